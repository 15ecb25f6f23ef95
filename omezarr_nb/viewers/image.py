"""The interactive view of an image."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets
from ipywidgets import widget_serialization

from omezarr_nb.core.image import Image
from omezarr_nb.core.reader import open_image
from omezarr_nb.core.transforms import as_vector
from omezarr_nb.core.writing.rendering import write_rendering
from omezarr_nb.display.roles import first_index, stored_indices
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers.bundle import bundle
from omezarr_nb.viewers.chunks import ChunkCache
from omezarr_nb.viewers.fixed import Entries, FixedDict, FixedList, Named, Selection
from omezarr_nb.viewers.labels import LabelLayers
from omezarr_nb.viewers.layout import describe, label_names, layout_of, wire_dtype
from omezarr_nb.viewers.out import neuroglancer_link, snapshot, to_code, validator_link, vizarr_link
from omezarr_nb.viewers.planes import Planes
from omezarr_nb.viewers.rendering import (
    Contrast,
    check_color,
    check_colormap,
    check_gamma,
    check_limits,
    check_part,
    first_contrast,
)
from omezarr_nb.viewers.tiles import TileService

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

    from omezarr_nb.core.io import Where

__all__ = ["ImageViewer", "PixelChannel"]


class PixelChannel(ipywidgets.Widget):  # type: ignore[misc] # ipywidgets has no types
    """The channel on which pixels travel.

    It is a widget of its own, without a view and without traits that anyone sets: a kernel that answers messages in
    threads of its own (ipykernel 7) sends those of a comm to where that comm was last published from, so pixels
    would wait for a cell that runs if that cell had set a trait on the same comm.
    """

    def open(self) -> None:
        """Connect to the browser, and have messages answered wherever they arrive."""
        super().open()
        comm = self.comm
        if hasattr(comm, "_reply_subshell_for"):  # ipykernel 7.4 and later
            comm._reply_subshell_for = lambda _data, default: default


class ImageViewer(anywidget.AnyWidget):
    """An image to pan, zoom and step through, in a notebook cell.

    Every control is also a trait, both ways: set it in Python and the view follows; move the control and the trait
    changes (and can be observed and linked). A trait is set as a whole: ``viewer.visible[0] = False`` is refused, for
    nobody would notice it. Pixels are sent for what is on screen only, and are never part of the
    saved notebook.

    Parameters
    ----------
    image
        An `Image`, or anything that `omezarr_nb.open` takes.
    **traits
        Initial values of the traits below.

    Attributes
    ----------
    level : "auto" or int
        The level that is drawn: by zoom, or always this one (0 is the finest, and -1 becomes the coarsest).
    shown_level : int
        The level on screen; -1 before there is one. Set by the browser.
    indices : dict of str to int
        Index, in pixels of level 0, on each axis that has a slider. Axes that are left out when it is set keep
        theirs: ``viewer.indices = {"z": 3}``.
    playing : str
        The axis along which the planes go by, "" for none.
    fps : float
        Planes a second while one plays, at most: each is shown, however long it takes to come.
    visible : list of bool
        One for each channel.
    colors : list of str
        "#RRGGBB" for each channel; names that matplotlib knows are taken too.
    contrast_limits : list of (float, float)
        For each channel the pixel values that are drawn black and in full colour, the first not above the second.
    gamma : list of float
        For each channel the exponent of its brightness, 0.1 to 10: below 1 what is dark becomes brighter.
    inverted : list of bool
        For each channel whether high values are drawn dark and low ones bright.
    colormaps : list of str
        For each channel the name of a colour map of matplotlib, which takes the place of the colour; "" for none.
    opacity : list of float
        For each channel how much it adds to the picture, 0 to 1.
    greyscale : bool
        Whether all channels are drawn in white, whatever their colours.
    center : tuple of float
        Position (x, y) in the middle of the view, in the units of those axes; () until the view has been shown.
    zoom : float
        Screen pixels (CSS) for one unit of the x axis; 0 until the view has been shown.
    height : int
        Of the image, in screen pixels (CSS), 120 to 4000.
    visible_labels : list of str
        Names of the label images that lie over the image, the lowest first; the first one there is by default.
    selected_labels : dict of str to tuple of int
        The ids that are selected in each label image: by a click in the view, or set as
        ``viewer.selected_labels = {"nuclei": [3, 5]}``.
    label_opacity : float
        Of the labels, 0 to 1.
    label_contour : int
        Width in screen pixels (CSS) of the contours that are drawn of labels; 0 fills them.
    only_selected : bool
        Whether labels that are not selected are left out.
    status : str
        "loading", "ready", "empty" (no channel is visible) or "error". Set by the browser.
    error : str
        What went wrong last, in words. Set by the browser.

    Raises
    ------
    UnsupportedError
        When the pixels are of a type that cannot be shown.
    TraitError
        When a trait is set to what cannot be meant.

    Examples
    --------
    >>> viewer = omezarr_nb.ImageViewer("image.ome.zarr", indices={"z": 12})  # doctest: +SKIP
    >>> viewer.contrast_limits = [(0, 800)]  # doctest: +SKIP
    """

    _esm = bundle().loader

    level = traitlets.Union([traitlets.Enum(["auto"]), traitlets.Int()], default_value="auto").tag(sync=True)
    shown_level = traitlets.Int(-1).tag(sync=True)
    indices = Named(key_trait=traitlets.Unicode(), value_trait=traitlets.Int()).tag(sync=True)
    playing = traitlets.Unicode().tag(sync=True)
    fps = traitlets.Float(10.0, max=60.0).tag(sync=True)
    visible = Entries(traitlets.Bool()).tag(sync=True)
    colors = Entries(traitlets.Unicode()).tag(sync=True)
    contrast_limits = Entries(traitlets.Tuple(traitlets.Float(), traitlets.Float())).tag(sync=True)
    gamma = Entries(traitlets.Float()).tag(sync=True)
    inverted = Entries(traitlets.Bool()).tag(sync=True)
    colormaps = Entries(traitlets.Unicode()).tag(sync=True)
    opacity = Entries(traitlets.Float()).tag(sync=True)
    greyscale = traitlets.Bool(False).tag(sync=True)
    center = traitlets.Tuple().tag(sync=True)
    zoom = traitlets.Float(0.0, min=0.0).tag(sync=True)
    height = traitlets.Int(480, min=120, max=4000).tag(sync=True)
    visible_labels = Entries(traitlets.Unicode()).tag(sync=True)
    selected_labels = Selection()
    label_opacity = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True)
    label_contour = traitlets.Int(0, min=0, max=20).tag(sync=True)
    only_selected = traitlets.Bool(False).tag(sync=True)
    status = traitlets.Enum(["loading", "ready", "empty", "error"], "loading").tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)

    _info = traitlets.Dict().tag(sync=True)
    _pixels = traitlets.Instance(PixelChannel, allow_none=True).tag(sync=True, **widget_serialization)

    def __init__(self, image: Image | Where, **traits: Any) -> None:
        unknown = set(traits) - set(self.trait_names()) | {name for name in traits if name.startswith("_")}
        if unknown:
            raise ArgumentTypeError(
                "ImageViewer has no such trait.", found=", ".join(sorted(unknown)), expected=", ".join(_PUBLIC)
            )
        self._image = self._take(image)
        if wire_dtype(self.image.dtype) is None:
            raise UnsupportedError(
                "Pixels of this type cannot be shown.", where=self.image.where, found=str(self.image.dtype)
            )
        self._layout = layout_of(self.image)
        self._planes = self._planes_of(self.image)
        stored, shape = stored_indices(self.image), self.image.shape
        sliders = [(self.image.axes[axis], shape[axis]) for axis in self._layout.sliders]
        first = {axis.name: first_index(axis, size, stored) for axis, size in sliders}
        self._contrast = first_contrast(self._planes, first | _known(traits.get("indices"), first))
        pixels = PixelChannel()
        self._labels = self._label_names()
        self._layers = LabelLayers(self.image, self._labels)
        self._service = TileService(self._planes, self._layers, pixels.send)
        pixels.on_msg(self._take_message)
        channels = self._planes.channels
        defaults = {
            "indices": first,
            "visible": [channel.active for channel in channels],
            "colors": [f"#{channel.color.lower()}" for channel in channels],
            "contrast_limits": [contrast.limits for contrast in self._contrast],
            "gamma": [1.0] * len(channels),
            "inverted": [channel.extra.get("inverted") is True for channel in channels],
            "colormaps": [""] * len(channels),
            "opacity": [1.0] * len(channels),
            "visible_labels": list(self._labels[:1]),
        }
        info = describe(self.image, self._layout, self._contrast, self._labels) | self._more_info()
        info["digest"] = bundle().digest
        try:
            super().__init__(_info=info, _pixels=pixels, **(defaults | traits))
            self._first = {name: self.trait_defaults(name) for name in _PUBLIC} | defaults
        except BaseException:
            pixels.close()
            raise

    # What a view of something else than an image does differently.

    def _take(self, image: Any) -> Image:
        """Return what is viewed as an image."""
        return image if isinstance(image, Image) else open_image(image)

    def _planes_of(self, image: Image) -> Planes:
        return Planes(image, self._layout, ChunkCache())

    def _label_names(self) -> tuple[str, ...]:
        return label_names(self.image)

    def _more_info(self) -> dict[str, Any]:
        return {}

    @property
    def image(self) -> Image:
        """The image that is viewed; another image gets a view of its own."""
        return self._image

    def close(self) -> None:
        """Take the view off the page and stop answering it."""
        if hasattr(self, "_service"):  # a view that could not be made is closed, too, when it is deleted
            self._service.close()
        if self._pixels is not None:
            self._pixels.close()
        super().close()

    def auto_contrast(self, channel: int | None = None) -> None:
        """Set contrast limits after the pixels of the planes on screen.

        Parameters
        ----------
        channel
            Index of the channel; all visible ones by default.

        Raises
        ------
        InvalidArgumentError
            When there is no such channel.
        """
        if channel is not None and channel not in range(len(self.visible)):
            raise InvalidArgumentError(
                "There is no such channel.", found=channel, expected=f"0 to {len(self.visible) - 1}"
            )
        limits = list(self.contrast_limits)
        for index, visible in enumerate(self.visible):
            if index == channel or (channel is None and visible):
                limits[index] = Contrast.of(self._planes.sample(index, self.indices)).limits
        self.contrast_limits = limits

    def save_rendering(self) -> None:
        """Store how the image is shown now in its metadata (`omero`), so that it is shown so wherever it is opened.

        Stored are for each channel whether it is visible, its colour, contrast limits and inversion, and the plane.
        All else that stands there stays as it is.

        Raises
        ------
        StoreError
            When the store can only be read.

        Examples
        --------
        >>> viewer.contrast_limits = [(0, 800)]  # doctest: +SKIP
        >>> viewer.save_rendering()  # doctest: +SKIP
        """
        channels = [
            {
                "active": active,
                "color": color.lstrip("#").upper(),
                "inverted": inverted,
                "window": self._window(index, limits),
            }
            for index, (active, color, inverted, limits) in enumerate(
                zip(self.visible, self.colors, self.inverted, self.contrast_limits, strict=True)
            )
        ]
        settings: dict[str, Any] = {
            f"default{name.upper()}": index for name, index in self.indices.items() if name in ("z", "t")
        }
        settings["model"] = "greyscale" if self.greyscale else "color"
        write_rendering(self.image, channels, settings)

    def snapshot(self, width: int | None = None, height: int | None = None) -> PILImage:
        """Return what the view shows as a picture, made in the kernel: it needs no browser.

        Parameters
        ----------
        width, height
            In pixels. With `height` the picture is enlarged to be as high as the view is there; without it, it is as
            large as on screen. By default it has the proportions of the image and is 800 wide.

        Returns
        -------
        PIL.Image.Image
            RGBA, transparent where there is no image; ``.save("picture.png")`` stores it, and a cell shows it.

        Examples
        --------
        >>> viewer.snapshot(width=1600).save("picture.png")  # doctest: +SKIP
        """
        return snapshot(self, self._planes, self._layers, width, height)

    def to_code(self) -> str:
        """Return the Python that makes this view again, with all that has been set in it.

        Examples
        --------
        >>> print(viewer.to_code())  # doctest: +SKIP
        import omezarr_nb
        <BLANKLINE>
        viewer = omezarr_nb.open('image.ome.zarr').view(
            indices={'z': 12},
        )
        viewer
        """
        return to_code(self, _PUBLIC, self._first)

    def to_neuroglancer(self) -> str:
        """Return a link that opens the image, with its labels, in neuroglancer; for images with a public URL."""
        return neuroglancer_link(self.image)

    def to_vizarr(self) -> str:
        """Return a link that opens the image in vizarr; for images with a public URL."""
        return vizarr_link(self.image)

    def to_validator(self) -> str:
        """Return a link that checks the image in the OME's validator; for images with a public URL."""
        return validator_link(self.image)

    def _window(self, index: int, limits: tuple[float, float]) -> dict[str, float]:
        """Return a channel's window as it is stored; the range of its values where none is stored yet."""
        window = {"start": limits[0], "end": limits[1]}
        if self._planes.channels[index].window is None:
            low, high = self._contrast[index].range
            window |= {"min": min(low, limits[0]), "max": max(high, limits[1])}
        whole = self.image.dtype.kind in "biu"
        return {key: int(value) if whole and float(value).is_integer() else value for key, value in window.items()}

    def _take_message(self, channel: PixelChannel, content: Mapping[str, Any], _buffers: Sequence[Any]) -> None:
        """Answer the browser; called in any thread."""
        if not isinstance(content, Mapping):
            return
        if content.get("kind") == "bundle":
            parts = bundle()
            channel.send({"kind": "bundle", "digest": parts.digest}, [parts.script, parts.style])
        else:
            self._service.handle(content)

    @traitlets.validate("level")
    def _check_level(self, proposal: Mapping[str, Any]) -> Any:
        value, count = proposal["value"], len(self.image.levels)
        if value == "auto":
            return value
        if not -count <= value < count:
            raise traitlets.TraitError(f"level {value} is not there: it is 'auto' or 0 to {count - 1}")
        return value % count

    @traitlets.validate("indices")
    def _check_indices(self, proposal: Mapping[str, Any]) -> dict[str, int]:
        value: dict[str, int] = proposal["value"]
        sizes = {self.image.axes[axis].name: self.image.shape[axis] for axis in self._layout.sliders}
        for name, index in value.items():
            if name not in sizes:
                raise traitlets.TraitError(f"there is no slider for the axis {name!r}: they are {', '.join(sizes)}")
            if not 0 <= index < sizes[name]:
                raise traitlets.TraitError(f"index {index} is not on the axis {name!r}: it is 0 to {sizes[name] - 1}")
        return FixedDict({name: value.get(name, self.indices.get(name, 0)) for name in sizes})

    @traitlets.validate("visible", "colors", "contrast_limits", "gamma", "inverted", "colormaps", "opacity")
    def _check_channels(self, proposal: Mapping[str, Any]) -> list[Any]:
        name, value, count = proposal["trait"].name, proposal["value"], len(self._planes.channels)
        if len(value) != count:
            entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
            raise traitlets.TraitError(f"{name} has {entries} for {count} channels")
        check = _CHECKS[name]
        return FixedList(check(entry) for entry in value)

    @traitlets.validate("visible_labels", "selected_labels")
    def _check_labels(self, proposal: Mapping[str, Any]) -> Any:
        value = proposal["value"]
        for name in value:
            if name not in self._labels:
                there = ", ".join(self._labels) or "none"
                raise traitlets.TraitError(f"the image has no labels {name!r}: they are {there}")
        return FixedList(dict.fromkeys(value)) if isinstance(value, list) else value

    @traitlets.validate("center")
    def _check_center(self, proposal: Mapping[str, Any]) -> tuple[float, ...]:
        value = as_vector(proposal["value"])
        if value is None or len(value) not in (0, 2):
            found = proposal["value"]
            raise traitlets.TraitError(f"center is a position (x, y), or () for the middle; found {found!r}")
        return value

    @traitlets.validate("playing")
    def _check_playing(self, proposal: Mapping[str, Any]) -> str:
        value: str = proposal["value"]
        names = [self.image.axes[axis].name for axis in self._layout.sliders if self.image.shape[axis] > 1]
        if value and value not in names:
            raise traitlets.TraitError(f"no slider for the axis {value!r}: they are {', '.join(names) or 'none'}")
        return value

    @traitlets.validate("fps")
    def _check_fps(self, proposal: Mapping[str, Any]) -> float:
        value: float = proposal["value"]
        if not value > 0:
            raise traitlets.TraitError(f"fps is a number of planes a second, above 0 and at most 60; found {value}")
        return value

    @traitlets.validate("zoom")
    def _check_zoom(self, proposal: Mapping[str, Any]) -> float:
        value: float = proposal["value"]
        if not 0 <= value < math.inf:
            raise traitlets.TraitError(f"zoom is a number of screen pixels for one unit, 0 for all; found {value}")
        return value


#: What each entry of a trait that has one for each channel goes through.
_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "visible": bool,
    "colors": check_color,
    "contrast_limits": check_limits,
    "gamma": check_gamma,
    "inverted": bool,
    "colormaps": check_colormap,
    "opacity": check_part,
}

_PUBLIC = (
    "level",
    "indices",
    "playing",
    "fps",
    "visible",
    "colors",
    "contrast_limits",
    "gamma",
    "inverted",
    "colormaps",
    "opacity",
    "greyscale",
    "visible_labels",
    "selected_labels",
    "label_opacity",
    "label_contour",
    "only_selected",
    "center",
    "zoom",
    "height",
)


def _known(given: object, sizes: Mapping[str, int]) -> dict[str, int]:
    """Return the entries of an argument that will turn out to be indices; what is wrong is refused by the trait."""
    if not isinstance(given, Mapping):
        return {}
    return {name: index for name, index in given.items() if name in sizes and isinstance(index, int)}
