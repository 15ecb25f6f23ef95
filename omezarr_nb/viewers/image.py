"""The interactive view of an image."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets
from ipywidgets import widget_serialization

from omezarr_nb.core.chunks import ChunkCache
from omezarr_nb.core.image import Image
from omezarr_nb.core.reader import open_image
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers.bundle import bundle
from omezarr_nb.viewers.layers import Layer, members_of
from omezarr_nb.viewers.layout import describe, layout_along, layout_of, wire_dtype
from omezarr_nb.viewers.out import (
    channel_looks,
    label_volumes,
    neuroglancer_link,
    snapshot,
    to_code,
    validator_link,
    vizarr_link,
)
from omezarr_nb.viewers.parts import (
    CameraPart,
    CrosshairPart,
    LayerPart,
    PaintPart,
    ProjectionPart,
    SavedPart,
    ShapePart,
    ValuePart,
    VolumePart,
)
from omezarr_nb.viewers.planes import ImagePlanes
from omezarr_nb.viewers.tiles import TileService

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

    from omezarr_nb.core.io import Where
    from omezarr_nb.viewers.part import Question

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


class ImageViewer(
    SavedPart,
    CameraPart,
    CrosshairPart,
    ValuePart,
    ShapePart,
    LayerPart,
    PaintPart,
    VolumePart,
    ProjectionPart,
    anywidget.AnyWidget,
):
    """An image to pan, zoom and step through, in a notebook cell.

    Every control is also a trait, both ways: set it in Python and the view follows; move the control and the trait
    changes (and can be observed and linked). A trait is set as a whole: ``viewer.visible[0] = False`` is refused, for
    nobody would notice it. Pixels are sent for what is on screen only, and are never part of the
    saved notebook, but for a picture of 3 kB that stands there where no view runs; see `save_html` for a page.

    Parameters
    ----------
    image
        An `Image`, or anything that `omezarr_nb.open` takes.
    layers
        Images that are shown over it, the lowest first: each an `Image`, anything that `omezarr_nb.open` takes, or an
        `omezarr_nb.Layer` with the transformation that lays it over the first one. They share the world of the first
        image: units are converted, sliders move them by physical position. Their channels follow its own in
        all traits that have an entry for each channel.
    plane
        The axes that are drawn, the one to the right and the one downwards: "xz". By default y and x are.
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
    crosshair : tuple of float
        Position (x, y) of two lines over the picture, which a click moves; () for none. See `omezarr_nb.orthogonal`.
    compact : bool
        Whether only the picture is shown, with its name and its sliders; before the view is shown.
    layer_visible, layer_opacity : list
        For each image, the first one first, whether it is shown, and how much it adds to the picture, 0 to 1.
    comparison : str
        "swipe" shows the first image left of a line and the others right of it, "difference" the values of the first
        image's first visible channel minus those of the second's, "" (the default) adds all images.
    divider : float
        Where that line is, as a part of the width of the view, 0 to 1.
    difference_limit : float
        The difference that is drawn in full colour; 0 takes the span of the channel's contrast limits.
    projection : dict
        Many planes shown as one: ``{"axis": "z", "method": "maximum", "range": (0, 15)}``, the range in pixels of
        level 0, both ends included. Methods are "maximum", "minimum", "mean" and "sum". What is left out is z and the
        whole axis, and a method alone is taken, too; "" or {} is none. It is computed in the kernel, of the parts
        that are on screen.
    volume : bool
        Whether the image is drawn as a volume in place of a plane: the axis of space that lies across the planes is
        its depth. It is the first image's; shapes are those of planes. Labels that have a depth lie over it, of each
        ray the first one, lit from the front. Volumes take at most 256 MB of the GPU: of a level that is larger, the
        next coarser one is drawn.
    volume_method : str
        What is drawn of the values that lie behind one another: "maximum", "minimum", "mean", "additive" (they shine),
        "surface" (where a threshold is met, lit from the front) or "attenuated" (the maximum, the farther the darker).
    volume_threshold : float
        Where a surface lies: 0 at the lower contrast limit of the channel, 1 at the upper one.
    volume_density : float
        How much what shines adds up ("additive"), or hides what lies behind it ("attenuated"): its logarithm over a
        way as long as the volume's longest edge, at full brightness.
    volume_clip : dict
        The part that is drawn, by the name of an axis: ``{"z": (0, 20.5)}``, in the units of the axis.
    volume_rotation : tuple of float
        Quaternion (x, y, z, w) that turns the volume: (0, 0, 0, 1) shows it from the front, as planes are seen.
    volume_center : tuple of float
        Place (x, y, z) in the middle of the view, in the unit of the x axis; () for the middle of the volume.
    volume_zoom : float
        Screen pixels (CSS) for one unit of the x axis; 0 for the whole volume.
    visible_labels : list of str
        Names of the label images that lie over the image, the lowest first; the first one there is by default.
    selected_labels : dict of str to tuple of int
        The ids that are selected in each label image: by a click in the view, or set as
        ``viewer.selected_labels = {"nuclei": [3, 5]}``.
    labels_edited : dict of str to int
        How often each label image was changed by painting (see `edit_labels`); to be observed, and not set.
    label_opacity : float
        Of the labels, 0 to 1.
    label_contour : int
        Width in screen pixels (CSS) of the contours that are drawn of labels; 0 fills them.
    only_selected : bool
        Whether labels that are not selected are left out.
    shapes : list of dict
        Points, lines, rectangles, ellipses and polygons over the image, the lowest first: each with its "type", its
        "points" (positions along the axes that are drawn, in the units and the order of the axes: (y, x) as a rule; two
        opposite corners of a rectangle, and of the one around an ellipse), and where they are given a "name", a
        "color" and a "plane", the index on each axis to whose plane it belongs, such as ``{"z": 12}``; on axes that are
        not named it is on all planes. At most 1000, with 20,000 points.
    selected_shape : int
        Place in `shapes` of the one that is selected, -1 for none.
    tool : str
        What a drag in the view does: "pan", or drawing a "point", "line", "rectangle", "ellipse" or "polygon".
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
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((16, 64, 64), "uint16"), "memory://seen.ome.zarr", axes="zyx")
    >>> viewer = omezarr_nb.ImageViewer(image, indices={"z": 12})  # the same as image.view(...)
    >>> viewer.contrast_limits = [(0, 800)]
    >>> viewer.snapshot(width=320).size
    (320, 320)
    """

    _esm = bundle().loader

    status = traitlets.Enum(["loading", "ready", "empty", "error"], "loading").tag(sync=True, echo_update=False)
    error = traitlets.Unicode().tag(sync=True, echo_update=False)

    #: A text on its way: notebooks put each number of an object on a line of its own.
    _info = traitlets.Dict().tag(sync=True, to_json=lambda info, _: json.dumps(info, separators=(",", ":")))
    _pixels = traitlets.Instance(PixelChannel, allow_none=True).tag(sync=True, **widget_serialization)

    def __init__(
        self,
        image: Image | Where,
        *,
        layers: Sequence[Image | Layer | Where] = (),
        plane: Sequence[str] | None = None,
        **traits: Any,
    ) -> None:
        unknown = set(traits) - set(self.trait_names()) | {name for name in traits if name.startswith("_")}
        if unknown:
            raise ArgumentTypeError(
                "ImageViewer has no such trait.",
                found=", ".join(sorted(unknown)),
                expected=", ".join(self._all_settable()),
            )
        self._image = self._take(image)
        if wire_dtype(self.image.dtype) is None:
            raise UnsupportedError(
                "Pixels of this type cannot be shown.", where=self.image.where, found=str(self.image.dtype)
            )
        self._layout = layout_of(self.image) if plane is None else layout_along(self.image, plane)
        self._planes = self._planes_of(self.image)
        self._members = members_of(self._planes, layers)
        defaults = self._begin(traits)
        pixels = PixelChannel()
        self._service = TileService(self._source_of, self._answers() | {"part": _answer_part}, pixels.send)
        pixels.on_msg(self._take_message)
        try:
            super().__init__(_info=self._described(), _pixels=pixels, **(defaults | traits))
            self._first = {name: self.trait_defaults(name) for name in self._all_settable()} | defaults
        except BaseException:
            pixels.close()
            raise

    # What a view of something else than an image does differently.

    def _take(self, image: Any) -> Image:
        """Return what is viewed as an image."""
        return image if isinstance(image, Image) else open_image(image)

    def _planes_of(self, image: Image) -> ImagePlanes:
        return ImagePlanes(image, self._layout, ChunkCache())

    def _described(self) -> dict[str, Any]:
        return super()._described() | describe(self.image, self._layout) | {"digest": bundle().digest}

    def _source_of(self, name: str) -> ImagePlanes:
        """Return where the tiles come from that the browser names."""
        found = self._source(name) if name else self._planes
        if found is None:
            raise InvalidArgumentError("There are no such tiles.", found=name)
        return found

    @property
    def image(self) -> Image:
        """The image that is viewed; another image gets a view of its own."""
        return self._image

    def share_chunks(self, other: ImageViewer) -> None:
        """Read through the cache of another view of the same image, so that no chunk is read twice."""
        self._planes = replace(self._planes, cache=other._planes.cache)
        self._members = (replace(self._members[0], planes=self._planes), *self._members[1:])

    def close(self) -> None:
        """Take the view off the page and stop answering it."""
        if hasattr(self, "_service"):  # a view that could not be made is closed, too, when it is deleted
            self._service.close()
            self._end()
            for member in self._members:
                member.planes.cache.forget()
        if self._pixels is not None:
            self._pixels.close()
        super().close()

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
        if self.volume:
            own = [look for look in channel_looks(self) if look.channel < len(self._planes.channels)]
            return self._volume_snapshot(own, label_volumes(self, self._layers), width, height, self.height)
        return snapshot(self, self._drawn_planes(), self._layers, width, height)

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
        return to_code(self, self._all_settable(), self._first)

    def to_neuroglancer(self) -> str:
        """Return a link that opens the image, with its labels, in neuroglancer; for images with a public URL."""
        return neuroglancer_link(self.image)

    def to_vizarr(self) -> str:
        """Return a link that opens the image in vizarr; for images with a public URL."""
        return vizarr_link(self.image)

    def to_validator(self) -> str:
        """Return a link that checks the image in the OME's validator; for images with a public URL."""
        return validator_link(self.image)

    def _take_message(self, channel: PixelChannel, content: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """Answer the browser; called in any thread."""
        if not isinstance(content, Mapping):
            return
        if content.get("kind") == "bundle":
            parts = bundle()
            channel.send({"kind": "bundle", "digest": parts.digest}, [parts.script, parts.style])
        else:
            self._service.handle(content, buffers)


def _answer_part(question: Question) -> tuple[dict[str, Any], list[bytes]]:
    """Return code that the browser needs now."""
    script = bundle().parts.get(str(question.get("part")))
    if script is None:
        raise InvalidArgumentError("The viewer has no such part.", found=question.get("part"))
    return {"kind": "part"}, [script]
