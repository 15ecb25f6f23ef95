"""What leaves a view: a picture, the code that makes it again, links to other viewers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from omezarr_nb.core.zipped.store import ZippedStore
from omezarr_nb.errors import UnsupportedError
from omezarr_nb.viewers.composite import Comparison, Overlaid, composed
from omezarr_nb.viewers.layers import Member, affine_of, plane_in
from omezarr_nb.viewers.layout import layout_of
from omezarr_nb.viewers.snapshot import ChannelLook, Floats, LabelLook, Sight, fitted, picture, size_of
from omezarr_nb.viewers.volume import depth_axis

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

    from omezarr_nb.core.image import Image
    from omezarr_nb.viewers.image import ImageViewer
    from omezarr_nb.viewers.labels import LabelLayers
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = [
    "channel_looks",
    "label_looks",
    "label_volumes",
    "neuroglancer_link",
    "snapshot",
    "to_code",
    "validator_link",
    "vizarr_link",
]

_PUBLIC_URL = re.compile(r"https?://", re.IGNORECASE)


def snapshot(
    viewer: ImageViewer, planes: ImagePlanes, labels: LabelLayers, width: int | None, height: int | None
) -> PILImage:
    """Do what `ImageViewer.snapshot` says."""
    from PIL import Image as PILImages

    wide, high = size_of(planes, width, height)
    sight = fitted(planes, wide, high)
    if viewer.zoom > 0 and len(viewer.center) == 2:
        # What the view shows is centred, and enlarged with the size that is asked for.
        larger = high / viewer.height if height is not None else 1.0
        sight = Sight(viewer.center[0], viewer.center[1], viewer.zoom * larger, wide, high)
    channels, looks = channel_looks(viewer), label_looks(viewer, labels)
    level = None if viewer.level == "auto" else viewer.level
    drawn = composed_of(viewer, sight)
    pixels = picture(planes, sight, viewer.indices, channels, labels=looks, level=level, drawn=drawn)
    image = PILImages.fromarray(pixels, "RGBA")
    viewer._draw_over(image, sight)
    return image


def composed_of(viewer: ImageViewer, sight: Sight) -> Floats | None:
    """Return what is seen of several images, or None where there is one."""
    members = viewer._members
    if len(members) == 1:
        return None
    images, first = [], 0
    for position, member in enumerate(members):
        count = len(member.planes.channels)
        indices = viewer.indices if position == 0 else plane_in(viewer.image, member.planes, viewer.indices)
        level = viewer.level if position == 0 and viewer.level != "auto" else None
        if viewer.layer_visible[position]:
            looks = channel_looks(viewer, range(first, first + count), viewer.layer_opacity[position])
            images.append(Overlaid(member.planes, indices, looks, member.matrix, level))
        else:
            images.append(Overlaid(member.planes, None, (), member.matrix, level))
        first += count
    limit = viewer.difference_limit
    if limit == 0:
        channel = next((index for index, on in enumerate(viewer.visible) if on), 0)
        limit = viewer.contrast_limits[channel][1] - viewer.contrast_limits[channel][0]
    return composed(images, sight, Comparison(viewer.comparison, viewer.divider, limit))


def channel_looks(viewer: ImageViewer, which: range | None = None, opacity: float = 1.0) -> list[ChannelLook]:
    """Return how the channels are drawn that are visible.

    Parameters
    ----------
    viewer
        The view.
    which
        Those of an image, among those of all; the first image's by default.
    opacity
        Of that image.
    """
    which = range(len(viewer._planes.channels)) if which is None else which
    return [
        ChannelLook(
            index - which.start,
            "#ffffff" if viewer.greyscale else viewer.colors[index],
            viewer.contrast_limits[index],
            viewer.gamma[index],
            viewer.inverted[index],
            viewer.opacity[index] * opacity,
            "" if viewer.greyscale else viewer.colormaps[index],
        )
        for index in which
        if viewer.visible[index]
    ]


def label_looks(viewer: ImageViewer, labels: LabelLayers) -> list[LabelLook]:
    """Return how the labels are drawn that are visible and reach to the plane, the lowest first."""
    return [look for name in viewer.visible_labels if (look := _label_look(viewer, labels, name)) is not None]


def label_volumes(viewer: ImageViewer, labels: LabelLayers) -> list[LabelLook]:
    """Return how those visible labels are drawn in a volume that have a depth and are there now, the lowest first."""
    depth = depth_axis(viewer.image, viewer._layout)
    name = "" if depth is None else viewer.image.axes[depth].name
    found = []
    for one in viewer.visible_labels:
        planes = labels.opened(one)
        own = depth_axis(planes.image, planes.layout)
        if own is None or planes.image.axes[own].name != name:
            continue
        look = _label_look(viewer, labels, one, own)
        found += [] if look is None else [look]
    return found


def _label_look(viewer: ImageViewer, labels: LabelLayers, name: str, depth: int | None = None) -> LabelLook | None:
    planes = labels.opened(name)
    indices = labels.plane_of(planes, viewer.indices, depth)
    if indices is None:
        return None
    image = viewer.image.labels[name]
    return LabelLook(
        planes,
        indices,
        viewer.label_opacity,
        viewer.label_contour,
        viewer.only_selected,
        frozenset(viewer.selected_labels.get(name, ())),
        {color.value: color.rgba for color in image.image_label.colors if color.rgba is not None},
    )


def to_code(viewer: ImageViewer, names: tuple[str, ...], first: dict[str, Any]) -> str:
    """Return a call that makes a view as this one: the traits that differ from what a new view begins with."""
    lines = ["import omezarr_nb", "", f"viewer = omezarr_nb.open({viewer.image.where!r}).view("]
    others = [_layer_code(member) for member in viewer._members[1:]]
    if others:
        lines += ["    layers=[", *(f"        {code}," for code in others), "    ],"]
    drawn = "".join(viewer.image.axes[axis].name for axis in (viewer._layout.x, viewer._layout.y))
    if viewer._layout != layout_of(viewer.image):
        lines.append(f"    plane={drawn!r},")
    for name in names:
        value = getattr(viewer, name)
        if value != first.get(name):
            lines += _lines(name, _plain(value))
    if lines[-1].endswith("view("):
        lines[-1] += ")"
    else:
        lines.append(")")
    return "\n".join([*lines, "viewer"])


def _layer_code(member: Member) -> str:
    """Return what makes a layer again."""
    layer = member.given
    assert layer is not None
    where = f"omezarr_nb.open({member.planes.image.where!r})"
    if layer.transformation is None and not layer.name:
        return where
    name = f", name={layer.name!r}" if layer.name else ""
    if layer.transformation is None:
        return f"omezarr_nb.Layer({where}{name})"
    linear, offset = affine_of(layer, member.planes.image)
    rows = [[*map(float, row), float(added)] for row, added in zip(linear, offset, strict=True)]
    return f"omezarr_nb.Layer({where}, transformation={rows!r}{name})"


def _lines(name: str, value: Any) -> list[str]:
    """Return an argument; mappings in a list, such as shapes, each on a line of its own."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [f"    {name}=[", *(f"        {one!r}," for one in value), "    ],"]
    return [f"    {name}={value!r},"]


def _plain(value: Any) -> Any:
    """Return a value as the builtins that it is made of."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value)) if type(value) in (list, tuple) else [_plain(part) for part in value]
    return value


def vizarr_link(image: Image) -> str:
    """Return a link that opens an image in vizarr."""
    return f"https://hms-dbmi.github.io/vizarr/?source={quote(_public_folder(image), safe='')}"


def validator_link(image: Image) -> str:
    """Return a link that opens an image in the validator of the OME."""
    return f"https://ome.github.io/ome-ngff-validator/?source={quote(_public_folder(image), safe='')}"


def neuroglancer_link(image: Image) -> str:
    """Return a link that opens an image and its labels in neuroglancer."""
    base = _neuroglancer_base(image)
    kind = "zarr2" if image.location.zarr_format == 2 else "zarr3"
    layers = [{"type": "image", "source": f"{base}|{kind}:", "name": image.name}]
    layers += [
        {"type": "segmentation", "source": f"{base}labels/{quote(name)}/|{kind}:", "name": name}
        for name in image.labels
    ]
    state = {"layers": layers, "layout": "xy"}
    return f"https://neuroglancer-demo.appspot.com/#!{quote(json.dumps(state, separators=(',', ':')), safe='')}"


def _neuroglancer_base(image: Image) -> str:
    """Return what the sources of an image and its labels begin with: a URL, or one and a path in the archive there."""
    url, store = _public(image), image.location.store
    if not isinstance(store, ZippedStore):
        return f"{url}/"
    inside = image.location.path.strip("/")
    return f"{store.where}|zip:{f'{inside}/' if inside else ''}"


def _public_folder(image: Image) -> str:
    """Return the URL of an image for what reads no archives."""
    if image.archived:
        raise UnsupportedError(
            "This viewer reads no archives.",
            where=image.where,
            do="Put the image there as a folder, or use neuroglancer.",
        )
    return _public(image)


def _public(image: Image) -> str:
    if not _PUBLIC_URL.match(image.where):
        raise UnsupportedError(
            "Other viewers read images by a public URL.",
            where=image.where,
            expected="an image that was opened by a URL such as https://...",
            do="Put the image where the web can read it, and open it from there.",
        )
    return image.where.rstrip("/")
