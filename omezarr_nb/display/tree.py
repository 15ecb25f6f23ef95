"""An image as HTML: a tree of its metadata, with pictures."""

from __future__ import annotations

from collections.abc import Sequence

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.display.channels import channels_html
from omezarr_nb.display.contents import Contents, gather
from omezarr_nb.display.html import Html, element
from omezarr_nb.display.levels import levels_table, strip
from omezarr_nb.display.parts import frame, guarded, image_element, note, problems_html, table, title
from omezarr_nb.display.pictures import Pictures, make_pictures
from omezarr_nb.display.raw import json_tree
from omezarr_nb.display.thumbnail import Picture
from omezarr_nb.display.words import count, elide, number, quantity, reason, short_axes, unit_notes, version_word

__all__ = ["axes_table", "image_html", "kind_of", "names_html"]

_MAX_NAMES = 24


def image_html(image: Image) -> Html:
    """Return an image as HTML: what it is, what is wrong, pictures, channels, axes, levels, labels, raw metadata."""
    contents = gather(image)
    pictures = _pictures(image, contents)
    return frame(
        guarded("name", lambda: _title(image)),
        guarded("problems", lambda: problems_html(contents.problems)),
        guarded("pictures", lambda: _look(image, contents, pictures)),
        guarded("levels", lambda: _levels(image, contents, pictures)),
        guarded("labels", lambda: _labels(image, contents)),
        guarded("metadata", lambda: json_tree(image.attributes, "Metadata as stored")),
    )


def kind_of(image: Image) -> str:
    """Return what a person calls it."""
    return "Label image" if isinstance(image, LabelImage) else "Image"


def axes_table(axes: Sequence[Axis], shape: Sequence[int] | None, scale: Sequence[float] | None) -> Html:
    """Return the axes with types, sizes and units, and a sentence for those without a unit.

    Parameters
    ----------
    axes
        Of the image.
    shape, scale
        Of level 0, or None where they are not known.
    """
    rows = [
        [elide(axis.name, 40), elide(axis.type or "none", 40), *_extent(axis, index, shape, scale)]
        for index, axis in enumerate(axes)
    ]
    notes = [note(text) for text in unit_notes(axes)]
    return element("div", table(("axis", "type", "pixels", "pixel size", "extent", "unit"), rows, "Axes"), *notes)


def names_html(names: Sequence[str]) -> Html:
    """Return how many label images there are, and their names."""
    if not names:
        return element("p", element("b", "Labels: "), "none")
    shown = [element("code", elide(name, 48)) for name in names[:_MAX_NAMES]]
    parts = [part for name in shown for part in (", ", name)][1:]
    more = f" and {number(len(names) - _MAX_NAMES)} more" if len(names) > _MAX_NAMES else ""
    return element("p", element("b", f"{count(len(names), 'label image')}: "), *parts, more)


def _pictures(image: Image, contents: Contents) -> Pictures:
    try:
        return make_pictures(image, contents)
    except Exception as error:  # hostile metadata, a store that went away: the metadata is still shown
        return Pictures(f"No picture: {reason(error)}")


def _title(image: Image) -> Html:
    facts = f"{kind_of(image)} · {version_word(image)} · {short_axes(image.axes)}"
    return title(image.name, facts, image.where)


def _look(image: Image, contents: Contents, pictures: Pictures) -> Html:
    """Return the picture, and beside it the channels (or what is stored about the labels) and the axes."""
    notes = [note(text) for text in pictures.notes]
    if isinstance(pictures.main, Picture):
        alt = f"{kind_of(image)} {elide(image.name, 60)}: {pictures.caption}"
        picture = element("figure", image_element(pictures.main, alt), element("figcaption", pictures.caption, *notes))
    else:
        picture = element("p", pictures.main)
    is_label = isinstance(image, LabelImage)
    beside = guarded("channels", lambda: _label_facts(image) if is_label else channels_html(contents, pictures))
    first = contents.levels[0] if contents.levels else None
    axes = guarded(
        "axes", lambda: axes_table(image.axes, first.shape if first else None, first.scale if first else None)
    )
    return element("div", picture, element("div", beside, axes, class_="oz-side"), class_="oz-look")


def _label_facts(image: Image) -> Html:
    stored = image.metadata.image_label
    colors, properties = (stored.colors, stored.properties) if stored else ((), ())
    facts = [
        f"colours of {count(len(colors), 'label')}" if colors else "no colours; shown in colours made of the numbers",
        f"properties of {count(len(properties), 'label')}" if properties else "no properties",
    ]
    source = stored.source.get("image") if stored and stored.source else None
    if isinstance(source, str):
        facts.append(f"the image they belong to: {elide(source, 60)}")
    return element("p", element("b", "Stored with the labels: "), "; ".join(facts))


def _levels(image: Image, contents: Contents, pictures: Pictures) -> Html:
    if contents.missing is not None:
        return element("p", element("b", "No level: "), contents.missing)
    levels = contents.levels
    rows = levels_table(image.axes, levels, [level.dtype for level in levels])
    return element("div", strip(len(levels), pictures.levels), rows)


def _extent(axis: Axis, index: int, shape: Sequence[int] | None, scale: Sequence[float] | None) -> list[str]:
    """Return size in pixels, size of a pixel, extent and unit of an axis."""
    measured = axis.type in ("space", "time") or axis.unit is not None
    size = str(shape[index]) if shape is not None else "unknown"
    step = quantity(scale[index], axis) if scale is not None and measured else "—"
    known = shape is not None and scale is not None and axis.unit is not None
    extent = quantity(scale[index] * shape[index], axis) if known and scale and shape else "—"
    return [size, step, extent, elide(axis.unit or "none", 40) if measured else "—"]


def _labels(image: Image, contents: Contents) -> Html | None:
    if isinstance(image, LabelImage):
        return None
    if isinstance(contents.labels, str):
        return element("p", element("b", "Labels: "), contents.labels)
    return names_html(contents.labels)
