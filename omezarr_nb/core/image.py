"""An image as it is used: levels, axes, channels and labels, read when they are asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

from omezarr_nb.core.axes import Axis, axes_word
from omezarr_nb.core.bare import read_bare
from omezarr_nb.core.growing.methods import Growing
from omezarr_nb.core.io import ZarrLocation, as_dask
from omezarr_nb.core.label_rows import rows_of
from omezarr_nb.core.levels import Level, read_levels
from omezarr_nb.core.metadata import Channel, ImageLabel, ImageMetadata, Multiscale, default_channels
from omezarr_nb.core.opened import LAYOUT_KEY, Opened, block_of, version_problems
from omezarr_nb.core.parse import parse_image
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules.groups import BF2RAW_BESIDE
from omezarr_nb.core.rules.storage import LABEL_DTYPE
from omezarr_nb.core.select import Points, level_at, select, to_pixels, to_world
from omezarr_nb.errors import (
    ArgumentTypeError,
    InvalidArgumentError,
    InvalidMetadataError,
    NotFoundError,
)

if TYPE_CHECKING:
    import dask.array as da
    import numpy as np
    import xarray

    from omezarr_nb.core.interop import LayerData
    from omezarr_nb.core.labels import Labels

__all__ = ["Image", "LabelImage", "Level"]

_MAX_CHANNELS = 4096


class Image(Growing, Opened):
    """A multiscale image.

    Made by `omezarr_nb.open`. The metadata of the group has been read; the levels' and the labels' metadata are read
    when they are first asked for, and pixels only through `array`, ``levels[i].zarr`` or a view.

    Parameters
    ----------
    location
        The image's group; or a single array, which is read as an image of one level with guessed axes.
    multiscale
        Name or index of the pyramid to take, where the group holds several; the first one by default.

    Raises
    ------
    InvalidMetadataError
        When no multiscale can be read there: every problem that was found stands in the message.
    InvalidArgumentError
        When there is no such multiscale.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> pixels = np.zeros((2, 64, 48), "uint8")
    >>> image = omezarr_nb.write_image(pixels, "memory://seen.ome.zarr", axes="cyx", scale_factors=[2])
    >>> image.shape, image.dtype, [level.shape for level in image.levels]
    ((2, 64, 48), dtype('uint8'), [(2, 64, 48), (2, 32, 24)])
    >>> int(image.array(level=1)[0].max().compute())
    0
    """

    def __init__(self, location: ZarrLocation, multiscale: str | int | None = None) -> None:
        super().__init__(location)
        self.metadata: ImageMetadata
        if location.is_array:
            self.metadata, self._metadata_problems = read_bare(location)
        else:
            self.metadata, problems = parse_image(location.root_attrs, location.fmt)
            self._metadata_problems = (*problems, *version_problems(location), *_layout_problems(location))
        if not self.metadata.multiscales:
            raise InvalidMetadataError(
                "The metadata of this image cannot be read.",
                where=location.where,
                found="; ".join(map(str, self._metadata_problems[:5])),
            )
        self._multiscale = 0 if multiscale is None else self._index_of(multiscale)

    def _index_of(self, multiscale: str | int) -> int:
        """Return the index of a multiscale, by its name first."""
        names = self.multiscale_names
        if isinstance(multiscale, str) and multiscale in names:
            return names.index(multiscale)
        if isinstance(multiscale, int) and not isinstance(multiscale, bool) and 0 <= multiscale < len(names):
            return multiscale
        raise InvalidArgumentError(
            "There is no such multiscale in this image.", where=self.where, found=multiscale, expected=list(names)
        )

    @property
    def multiscale_names(self) -> tuple[str, ...]:
        """Names of the pyramids that the group holds, in order; its index for one that has no name."""
        return tuple(multiscale.name or str(index) for index, multiscale in enumerate(self.metadata.multiscales))

    def select_multiscale(self, multiscale: str | int) -> Self:
        """Return the image with another one of its pyramids; nothing is read.

        Parameters
        ----------
        multiscale
            Its name or index, as in `multiscale_names`.

        Raises
        ------
        InvalidArgumentError
            When there is no such multiscale.
        """
        return type(self)(self.location, multiscale)

    @property
    def multiscale(self) -> Multiscale:
        """The pyramid's metadata: the first one, where there are several and none was selected."""
        return self.metadata.multiscales[self._multiscale]

    @property
    def name(self) -> str:
        """The image's name, or the last part of its place where it has none."""
        name = (self.multiscale.name or "").strip().strip("/")
        return name or self.location.basename() or "image"

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes, in the order of the arrays."""
        return self.multiscale.axes

    @property
    def channel_axis(self) -> int | None:
        """The index of the axis of type "channel", or None."""
        for index, axis in enumerate(self.axes):
            if axis.type == "channel":
                return index
        return None

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Pixels of level 0 along each axis."""
        return self.levels[0].shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels of level 0."""
        return self.levels[0].dtype

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that are there, from the finest; the others stand in `problems`.

        Raises
        ------
        NotFoundError
            When no level is there.
        """
        levels, problems = self._levels
        if not levels:
            raise NotFoundError(
                "None of the levels that the metadata names is there.",
                where=self.where,
                found="; ".join(map(str, problems[:5])),
            )
        return levels

    @cached_property
    def _levels(self) -> tuple[tuple[Level, ...], tuple[Problem, ...]]:
        return read_levels(self.location, self.multiscale, f"multiscales[{self._multiscale}]")

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """One channel for each index of the channel axis (exactly one without such an axis).

        What is not stored is filled in: labels "channel 0", and colours that can be told apart.
        """
        axis = self.channel_axis
        count = 1 if axis is None else min(self.shape[axis], _MAX_CHANNELS)
        stored = self.metadata.omero.channels if self.metadata.omero else ()
        return tuple(
            replace(stored[index], color=stored[index].color or default.color) if index < len(stored) else default
            for index, default in enumerate(default_channels(count))
        )

    @cached_property
    def labels(self) -> Labels:
        """The label images that are stored with this image, by name; {} where there are none."""
        from omezarr_nb.core.labels import Labels  # which opens images

        return Labels(self.location)

    def forget_labels(self) -> None:
        """Read the list of labels anew when it is asked for again: `omezarr_nb.write_labels` does so."""
        self.__dict__.pop("labels", None)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What breaks a rule or could not be read, in the metadata and the levels (which this reads)."""
        return self._metadata_problems + self._levels[1]

    def array(self, level: int = 0, *, missing: Literal["fill", "error"] = "fill") -> da.Array:
        """Return a level as a dask array with the chunks of the store; no pixels are read.

        Parameters
        ----------
        level
            0 is the finest; negative numbers count from the coarsest.
        missing
            What a chunk (with shards: a shard) is that is not there: "fill", the fill value, as the specification of
            Zarr has it, since chunks that have nothing else are left out; "error", a `StoreError` when it is computed.

        Raises
        ------
        InvalidArgumentError
            When there is no such level, or `missing` is neither of these.
        ArgumentTypeError
            When `level` is no integer.
        """
        if missing not in ("fill", "error"):
            raise InvalidArgumentError(
                "A missing chunk is one of two things.", found=missing, expected="'fill' or 'error'"
            )
        found = level_at(self, level)
        return found.dask if missing == "fill" else as_dask(found.strict)

    def to_world(self, points: Any, level: int = 0, system: str | None = None) -> Points:
        """Return the physical coordinates of places in a level.

        Parameters
        ----------
        points
            Shape (..., n): for each point the n pixel coordinates in axis order, whole numbers at pixels' centres.
        level
            Whose pixels are meant; 0 is the finest, negative numbers count from the coarsest.
        system
            Name of a coordinate system of the image (0.6), of which the coordinates are wanted. By default the one
            that all levels map to, in the units of the image's axes.

        Returns
        -------
        numpy.ndarray
            Float64, a row of coordinates for each point, shape (..., m).

        Raises
        ------
        InvalidArgumentError, ArgumentTypeError
            For what are no points, and where there is no such level or system.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> image = omezarr_nb.write_image(np.zeros((64, 64)), "memory://world.ome.zarr", scale=[0.5, 0.5], levels=2)
        >>> image.to_world([[0, 0], [10, 20]], level=1).tolist()
        [[0.25, 0.25], [10.25, 20.25]]
        """
        return to_world(self, points, level, system)

    def to_pixels(self, points: Any, level: int = 0, system: str | None = None) -> Points:
        """Return the places in a level of physical coordinates: what undoes `to_world`.

        Parameters
        ----------
        points
            Shape (..., n): for each point its coordinates in axis order, in the axes' units.
        level, system
            As for `to_world`.

        Returns
        -------
        numpy.ndarray
            Float64, shape (..., n): pixel coordinates, which may lie between pixels or outside the image.
        """
        return to_pixels(self, points, level, system)

    def sel(self, *, level: int = 0, **positions: Any) -> da.Array:
        """Return the part of a level at physical positions, as a dask array; no pixels are read.

        Parameters
        ----------
        level
            0 is the finest; negative numbers count from the coarsest.
        **positions
            By the axes' names, in their units: a number takes the pixel whose centre is nearest and drops the axis, a
            list of numbers takes one pixel for each, and ``slice(start, stop)`` the pixels whose centres lie from the
            one to the other, both included. For the channel axis (or ``channel=``) labels or indices.

        Raises
        ------
        InvalidArgumentError, ArgumentTypeError
            When there is no such axis, channel or level, or a position is outside the image.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> image = omezarr_nb.write_image(
        ...     np.zeros((2, 64, 64)), "memory://sel.ome.zarr", axes="cyx", scale={"x": 0.5}, channels=["DAPI", "GFP"]
        ... )
        >>> image.sel(channel="GFP", x=slice(0, 10)).shape
        (64, 21)
        """
        return select(self, level, positions)

    def view(self, **options: Any) -> Any:
        """Return an interactive view of the image for a notebook cell, an `omezarr_nb.ImageViewer`.

        Parameters
        ----------
        **options
            Traits of `omezarr_nb.ImageViewer`: level, indices, visible, colors, contrast_limits, height, ...
        """
        if self.face is None:
            raise InvalidArgumentError("Views are part of omezarr_nb, not of its core.", do="Import omezarr_nb.")
        return self.face.call("view", self, **options)

    def to_xarray(self, level: int = 0) -> xarray.DataArray:
        """Return a level as an xarray DataArray over a dask array; no pixels are read.

        Dimensions are the axes; coordinates the physical positions of the pixels' centres, with their unit in
        ``.attrs["units"]``, and along the channel axis the channels' labels, where each has one of its own. Its
        ``.attrs`` say where it is from, in which version, the path of the level, and how its channels are shown.

        Parameters
        ----------
        level
            Its index; 0 is the finest, -1 the coarsest.

        Raises
        ------
        MissingExtraError
            When xarray is not installed.
        InvalidArgumentError
            When there is no such level.
        """
        from omezarr_nb.core.interop import to_xarray

        return to_xarray(self, level)

    def to_napari(self, *, labels: bool = True) -> list[LayerData]:
        """Return layers as napari's readers give them, `(data, kwargs, type)`; no pixels are read.

        Each channel is a layer of its name, colour and contrast limits; labels bring their colours and properties.
        Sizes, positions and units are those of the image. (napari itself opens these by its plug-in, which comes with
        ``pip install 'omezarr_nb[napari]'``.)

        Parameters
        ----------
        labels
            Whether the label images are layers, too.
        """
        from omezarr_nb.core.interop import to_napari

        return to_napari(self, labels=labels)

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray[Any, Any]:
        """Refuse: which level is meant, and that all of it is to be loaded, is for the user to say."""
        raise ArgumentTypeError(
            "An image is no array: it has several levels, which may be larger than the memory.",
            where=self.where,
            do="Pass one of its levels: image.array(0) as a dask array, numpy.asarray(image.array(-1)) to load it.",
        )

    def __repr__(self) -> str:
        count = len(self.multiscale.datasets)
        levels = f"{count} level{'s' * (count != 1)}"
        return f"<{type(self).__name__} {self.name!r} {axes_word(self.axes)}, {levels}, OME-Zarr {self.version}>"


class LabelImage(Image):
    """An image whose pixel values name objects (`image-label`).

    Parameters
    ----------
    location, multiscale
        As of `Image`.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://labelled.ome.zarr")
    >>> cells = np.zeros((64, 64), "uint16")
    >>> cells[10:20, 10:20] = 7
    >>> omezarr_nb.write_labels(cells, image, name="cells")
    <LabelImage 'cells' yx, 1 level, OME-Zarr 0.5>
    """

    @property
    def image_label(self) -> ImageLabel:
        """Colours and properties of the labels, and the image they belong to; empty where nothing is stored."""
        return self.metadata.image_label or ImageLabel()

    def table(self) -> list[dict[str, Any]]:
        """Return what is stored of each label (`image-label` colours and properties) as rows of a table.

        Only metadata is read. Labels of which nothing is stored have no row, whether they are in the pixels or not.

        Returns
        -------
        list of dict
            By ascending label, all with the same keys: ``label-value``, ``rgba`` (four integers from 0 to 255) where
            any label has a colour, and every property; None for what a label has not. ``pandas.DataFrame`` takes it as
            it is.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> image = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://told.ome.zarr")
        >>> cells = np.zeros((64, 64), "uint16")
        >>> told = {"properties": [{"label-value": 7, "class": "neuron", "area": 41.5}]}
        >>> omezarr_nb.write_labels(cells, image, name="cells", label_metadata=told).table()
        [{'label-value': 7, 'class': 'neuron', 'area': 41.5}]
        """
        return rows_of(self.image_label)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """As of an image; also whether the pixels are no integers, which labels are."""
        odd = [level for level in self._levels[0] if level.dtype.kind not in "iu"]
        message = f"labels are integers, found {odd[0].dtype}" if odd else ""
        return super().problems + tuple(Problem(LABEL_DTYPE.name, "error", level.path, message) for level in odd[:1])


def _layout_problems(location: ZarrLocation) -> tuple[Problem, ...]:
    """Return the problem of an image whose group is said to hold several images instead."""
    if LAYOUT_KEY not in block_of(location):
        return ()
    message = "the group says that it holds several images, and is one itself; the one is read"
    return (Problem(BF2RAW_BESIDE.name, "warning", LAYOUT_KEY, message),)
