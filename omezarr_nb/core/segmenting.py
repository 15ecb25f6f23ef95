"""Labels of an image by threshold, watershed or connected components: computed when they are written, time by time."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.axes import axis_names
from omezarr_nb.core.code import Code, call, expression
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image

__all__ = ["HOW", "How", "Segmented", "segment", "segment_pixels", "threshold_of"]

How: TypeAlias = Literal["components", "watershed", "threshold"]

#: What each does, in words.
HOW = {
    "components": "each connected bright region is an object",
    "watershed": "bright regions, parted where they have a waist",
    "threshold": "one label for all that is bright",
}

#: Bytes of the pixels of one time that are held at once, as floats; more is not computed in one piece.
MOST_BYTES = 4 << 30


def segment(
    image: Image,
    how: How = "components",
    *,
    channel: int = 0,
    threshold: float | None = None,
    smooth: float = 1.0,
    smallest: int = 0,
    distance: int = 5,
) -> Segmented:
    """Find objects in a channel of an image, with scikit-image; nothing is read or computed before it is sliced.

    Parameters
    ----------
    image
        Whose level 0 is taken.
    how
        "components": connected pixels above the threshold are an object; "watershed": these are parted where they
        have a waist; "threshold": all of them have the label 1.
    channel
        Its index.
    threshold
        In pixel values, after smoothing; Otsu's of the smallest level by default, which is read with the first labels.
    smooth
        Standard deviation of a Gaussian, in pixels of level 0 along y and x.
    smallest
        Objects of fewer pixels are left out.
    distance
        Pixels between the centres of two objects at least (watershed).

    Returns
    -------
    Segmented
        Goes wherever an array of labels goes. Each time is computed as a whole, in memory, when a part of it is asked
        for; the last one is kept.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError
        For what cannot be meant.
    UnsupportedError
        When the pixels of one time are more than 4 GB as floats.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> pixels = np.zeros((64, 64), "uint8")
    >>> pixels[8:20, 8:20] = pixels[40:60, 30:50] = 200
    >>> image = omezarr_nb.write_image(pixels, "memory://objects.ome.zarr")
    >>> int(np.asarray(segment(image)).max())
    2
    """
    if how not in get_args(How):
        raise InvalidArgumentError("There is no such way.", where="how", found=how, expected=", ".join(HOW))
    count = 1 if image.channel_axis is None else image.shape[image.channel_axis]
    if isinstance(channel, bool) or not isinstance(channel, int):
        raise ArgumentTypeError("A channel is an index.", where="channel", found=channel)
    if not 0 <= channel < count:
        raise InvalidArgumentError(
            "There is no such channel.", where="channel", found=channel, expected=f"0 to {count - 1}"
        )
    for name, value in (("smooth", smooth), ("smallest", smallest), ("distance", distance)):
        if not (isinstance(value, int | float) and value >= 0):
            raise InvalidArgumentError("This is a number, 0 or more.", where=name, found=value)
    if threshold is not None and not (isinstance(threshold, int | float) and math.isfinite(threshold)):
        raise InvalidArgumentError("A threshold is a number.", where="threshold", found=threshold)
    given = {"channel": channel, "threshold": threshold, "smooth": smooth, "smallest": smallest, "distance": distance}
    defaults = {"channel": 0, "threshold": None, "smooth": 1.0, "smallest": 0, "distance": 5}
    options = {key: value for key, value in given.items() if value != defaults[key]}
    settings = {"smooth": smooth, "smallest": smallest, "distance": distance}
    return Segmented(image, how, channel=channel, threshold=threshold, settings=settings, options=options)


class Segmented:
    """Labels that are computed when they are sliced; made by `segment`."""

    def __init__(
        self,
        image: Image,
        how: How,
        *,
        channel: int,
        threshold: float | None,
        settings: dict[str, Any],
        options: dict[str, Any],
    ) -> None:
        self.image, self.how, self.channel = image, how, channel
        self._threshold = threshold
        self.options = options
        self._settings = settings
        names = axis_names(image.axes)
        self._kept = [index for index in range(len(names)) if index != image.channel_axis]
        self.axes = tuple(names[index] for index in self._kept)
        self.shape = tuple(image.shape[index] for index in self._kept)
        self.ndim = len(self.shape)
        self.dtype = np.dtype("uint8" if how == "threshold" else "uint32")
        self._time = next((place for place, index in enumerate(self._kept) if image.axes[index].type == "time"), None)
        size = int(np.prod([n for place, n in enumerate(self.shape) if place != self._time])) * 4
        if size > MOST_BYTES:
            raise UnsupportedError(
                "One time of this image is too large to be segmented in one piece.",
                where=image.where,
                found=f"{size} bytes as floats",
                expected=f"at most {MOST_BYTES}",
                do="Segment parts of it, or a coarser level, with scikit-image and dask-image.",
            )
        self._lock = threading.Lock()
        self._computed: tuple[int, NDArray[Any]] | None = None

    def code(self) -> Code:
        """Return the call that gives the same labels."""
        image = expression(self.image, "image")
        return Code(call("omezarr_nb.segment", [image, f'"{self.how}"'], self.options), image.imports, image.lines)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[...], dtype)

    def __getitem__(self, region: Any) -> NDArray[Any]:
        """Return labels of a region: slices, integers and an ellipsis, in axis order without channels."""
        if self._time is None:
            found: NDArray[Any] = self._frame(0)[region]
            return found
        entries = region if isinstance(region, tuple) else (region,)
        if Ellipsis in [entry for entry in entries if not isinstance(entry, slice)]:
            place = next(index for index, entry in enumerate(entries) if entry is Ellipsis)
            fill = (slice(None),) * (self.ndim - len(entries) + 1)
            entries = (*entries[:place], *fill, *entries[place + 1 :])
        entries = (*entries, *(slice(None),) * (self.ndim - len(entries)))
        wanted = entries[self._time]
        rest = tuple(entry for place, entry in enumerate(entries) if place != self._time)
        if not isinstance(wanted, slice):
            return self._frame(range(self.shape[self._time])[int(wanted)])[rest]  # type: ignore[no-any-return] # NumPy
        frames = [self._frame(t)[rest] for t in range(self.shape[self._time])[wanted]]
        before = sum(isinstance(entry, slice) for entry in entries[: self._time])
        return np.stack(frames, axis=before)

    def _frame(self, time: int) -> NDArray[Any]:
        """Compute the labels of one time, as a whole; the last is kept."""
        with self._lock:
            if self._computed is not None and self._computed[0] == time:
                return self._computed[1]
            region: list[Any] = [slice(None)] * len(self.image.shape)
            if self.image.channel_axis is not None:
                region[self.image.channel_axis] = self.channel
            if self._time is not None:
                region[self._kept[self._time]] = time
            if self._threshold is None:
                self._threshold = threshold_of(self.image, self.channel)
            pixels = np.asarray(self.image.levels[0].zarr[tuple(region)])
            labels = segment_pixels(pixels, self.how, self._threshold, **self._settings).astype(self.dtype)
            self._computed = (time, labels)
            return labels


def segment_pixels(
    pixels: NDArray[Any], how: How, threshold: float, *, smooth: float, smallest: int, distance: int
) -> NDArray[Any]:
    """Return labels of pixels in memory; parameters as for `segment`.

    Parameters
    ----------
    pixels
        (y, x) or (z, y, x). They are smoothed along the last two.
    """
    from scipy import ndimage

    blurred = pixels.astype("float32")
    if smooth:
        blurred = ndimage.gaussian_filter(blurred, [0] * (pixels.ndim - 2) + [smooth] * 2)
    mask = blurred > threshold
    parts, count = ndimage.label(mask)
    if smallest and count:
        sizes = np.bincount(parts.ravel())
        mask &= (sizes >= smallest)[parts]
        parts, count = ndimage.label(mask)
    if how == "threshold":
        return mask.astype("uint8")
    if how == "components" or not count:
        return parts.astype("uint32")  # type: ignore[no-any-return] # SciPy has no types
    from skimage.feature import peak_local_max
    from skimage.segmentation import watershed

    depth = ndimage.distance_transform_edt(mask)
    least = max(1, int(distance))
    centres = peak_local_max(ndimage.gaussian_filter(depth, 1), min_distance=least, labels=parts)
    seeds = np.zeros(mask.shape, "int32")
    seeds[tuple(centres.T)] = np.arange(1, len(centres) + 1)
    found: NDArray[Any] = watershed(-depth, seeds, mask=mask).astype("uint32")
    return found


def threshold_of(image: Image, channel: int) -> float:
    """Return Otsu's threshold of a channel, by its smallest level, which is read.

    Raises
    ------
    UnsupportedError
        When that level has more than 4 GB of pixels in a channel.
    """
    from skimage.filters import threshold_otsu

    level = image.levels[-1]
    region: list[Any] = [slice(None)] * len(level.shape)
    if image.channel_axis is not None:
        region[image.channel_axis] = channel
    size = math.prod(n for axis, n in enumerate(level.shape) if axis != image.channel_axis) * image.dtype.itemsize
    if size > MOST_BYTES:
        raise UnsupportedError(
            "The smallest level of this image is too large for a threshold to be chosen.",
            where=image.where,
            found=f"{size} bytes",
            expected=f"at most {MOST_BYTES}",
            do="Give a threshold.",
        )
    pixels = np.asarray(level.zarr[tuple(region)]).ravel()
    sample = pixels[:: max(1, pixels.size // (1 << 20))].astype("float64")
    sample = sample[np.isfinite(sample)]
    if not sample.size or sample.min() == sample.max():
        return float(sample[:1].sum())
    return float(threshold_otsu(sample))
