"""An image as HTML: a tree of its metadata, with pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.problems import Problem
from omezarr_nb.display.html import Html, element, join, stylesheet
from omezarr_nb.display.pictures import Pictures, make_pictures, shown_channels
from omezarr_nb.display.png import data_uri
from omezarr_nb.display.raw import json_tree
from omezarr_nb.display.styles import CSS
from omezarr_nb.display.thumbnail import Picture, swatch
from omezarr_nb.display.words import (
    bytes_text,
    count,
    elide,
    full,
    number,
    pixel_size,
    quantity,
    reason,
    shape_text,
    short_axes,
    unit_notes,
)

if TYPE_CHECKING:
    from omezarr_nb.core.image import Level
    from omezarr_nb.core.metadata import Channel

__all__ = ["frame", "guarded", "image_html", "kind_of", "problems_html", "table"]

_MAX_PROBLEMS = 20
_MAX_LEVELS = 16
_MAX_NAMES = 24


def image_html(image: Image) -> Html:
    """Return an image as HTML: what it is, what is wrong, pictures, channels, levels, axes, labels, raw metadata."""
    pictures = _pictures(image)
    return frame(
        guarded("name", lambda: _title(image)),
        guarded("problems", lambda: problems_html(image.problems)),
        guarded("pictures", lambda: _look(image, pictures)),
        guarded("levels", lambda: _levels(image, pictures)),
        guarded("axes", lambda: _axes(image)),
        guarded("labels", lambda: _labels(image)),
        guarded("metadata", lambda: json_tree(image.attributes, "Metadata as stored")),
    )


def frame(*sections: Html | None) -> Html:
    """Return sections as one repr, with its style."""
    return element("div", stylesheet(CSS), *sections, class_="omezarr-nb")


def guarded(what: str, section: Callable[[], Html | None]) -> Html | None:
    """Return a section, or in its place the words of what kept it from being made: a repr never raises."""
    try:
        return section()
    except Exception as error:  # whatever it is, the other sections are still of use
        return element("p", element("b", f"The {what} could not be shown: "), reason(error))


def kind_of(image: Image) -> str:
    """Return what a person calls it."""
    return "Label image" if isinstance(image, LabelImage) else "Image"


def problems_html(problems: Sequence[Problem]) -> Html | None:
    """Return problems as a list in words, errors first, or None where there are none."""
    if not problems:
        return None
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    items = [
        element(
            "li",
            element("b", problem.severity),
            " ",
            element("code", elide(problem.place, 120)),
            f": {elide(problem.message, 300)} ",
            element("span", f"({elide(problem.rule, 40)})", class_="oz-quiet"),
            class_="oz-error" if problem.severity == "error" else None,
        )
        for problem in ordered[:_MAX_PROBLEMS]
    ]
    if len(ordered) > _MAX_PROBLEMS:
        items.append(element("li", f"… and {count(len(ordered) - _MAX_PROBLEMS, 'more problem')} in image.problems"))
    return element("ul", *items, class_="oz-problems", aria_label="Problems")


def table(head: Iterable[str], rows: Iterable[Sequence[object]], label: str) -> Html:
    """Return a table whose first column heads its rows; it scrolls within itself where the cell is narrow.

    Parameters
    ----------
    head
        Of the columns.
    rows
        Cells; what is no `Html` is escaped.
    label
        What a screen reader calls it.
    """
    headings = element("thead", element("tr", *(element("th", text, scope="col") for text in head)))
    body = element("tbody", *(element("tr", *_cells(row)) for row in rows))
    return element(
        "div", element("table", headings, body), class_="oz-scroll", tabindex=0, role="region", aria_label=label
    )


def _cells(row: Sequence[object]) -> list[Html]:
    return [element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])]


def _pictures(image: Image) -> Pictures:
    try:
        return make_pictures(image)
    except Exception as error:  # hostile metadata, a store that went away: the metadata is still shown
        return Pictures(f"No picture: {reason(error)}")


def _title(image: Image) -> Html:
    name, where = elide(image.name, 80), elide(image.where, 72)
    facts = f"{kind_of(image)} · OME-Zarr {elide(image.version, 16)} · {short_axes(image.axes)}"
    return element(
        "div",
        element("b", name, title=full(image.name, name)),
        f" {facts} · ",
        element("code", where, title=full(image.where, where)),
        class_="oz-title",
    )


def _look(image: Image, pictures: Pictures) -> Html:
    notes = [element("p", note, class_="oz-quiet") for note in pictures.notes]
    if isinstance(pictures.main, Picture):
        alt = f"{kind_of(image)} {elide(image.name, 60)}: {pictures.caption}"
        caption = element("figcaption", pictures.caption, *notes)
        look = element("figure", _image(pictures.main, alt), caption)
    else:
        look = element("p", pictures.main)
    beside = _label_facts(image) if isinstance(image, LabelImage) else _channels(image, pictures)
    return element("div", look, beside, class_="oz-look")


def _image(picture: Picture, alt: str, class_: str | None = None) -> Html:
    classes = class_ or ("oz-coarse" if picture.enlarged else None)
    return element(
        "img", src=data_uri(picture.png), width=picture.width, height=picture.height, alt=alt, class_=classes
    )


def _channels(image: Image, pictures: Pictures) -> Html:
    try:
        channels = image.channels
    except Exception:  # no level says how many there are: those that are stored are shown
        channels = image.metadata.omero.channels if image.metadata.omero else ()
    if not channels:
        return element("p", "No channels are described.")
    shown = shown_channels(channels)
    with_pictures = bool(pictures.channels)
    rows = []
    for index in shown:
        channel, picture = channels[index], pictures.channels.get(index, "")
        alt = f"channel {elide(channel.label, 60)}"
        cell: object = _image(picture, alt) if isinstance(picture, Picture) else picture
        rows.append(
            [_channel_name(channel), *([cell] if with_pictures else []), *_channel_facts(channel, index, pictures)]
        )
    head = ["channel", *(["picture"] if with_pictures else []), "colour", "contrast", "shown at first"]
    rest = [index for index in range(len(channels)) if index not in shown]
    more = None
    if rest:
        names = ", ".join(elide(channels[index].label, 30) for index in rest[:_MAX_NAMES])
        left = f" and {number(len(rest) - _MAX_NAMES)} more" if len(rest) > _MAX_NAMES else ""
        more = element("p", f"{count(len(rest), 'channel')} without a picture: {names}{left}", class_="oz-quiet")
    return element("div", table(head, rows, "Channels"), more)


def _channel_name(channel: Channel) -> Html:
    label = elide(channel.label, 40)
    color = channel.color or "FFFFFF"
    square = _image(swatch(color), f"colour {color}", "oz-swatch")
    return join(square, " ", element("span", label, title=full(channel.label, label)))


def _channel_facts(channel: Channel, index: int, pictures: Pictures) -> tuple[object, ...]:
    limits = pictures.limits.get(index)
    if channel.window is not None:
        window = channel.window
        words = f"{number(window.start)} to {number(window.end)}"
        exact = f"window {window.start!r} to {window.end!r} within {window.min!r} to {window.max!r}"
        if limits is not None and not limits[2]:
            words += f" (shown: {number(limits[0])} to {number(limits[1])})"
        contrast: object = element("span", words, title=exact)
    else:
        contrast = f"{number(limits[0])} to {number(limits[1])}, from the pixels" if limits else "none stored"
    return element("code", f"#{channel.color or 'FFFFFF'}"), contrast, "yes" if channel.active else "no"


def _label_facts(image: LabelImage) -> Html:
    stored = image.image_label
    source = stored.source.get("image") if stored.source else None
    facts = [
        f"{count(len(stored.colors), 'colour')} stored"
        if stored.colors
        else "no colours stored; shown in colours by number",
        f"{count(len(stored.properties), 'label')} with properties" if stored.properties else "no properties stored",
    ]
    if isinstance(source, str):
        facts.append(f"labels of the image at {elide(source, 60)}")
    return element("ul", *(element("li", fact) for fact in facts))


def _levels(image: Image, pictures: Pictures) -> Html:
    levels = image.levels
    sharded = any(level.shards for level in levels)
    head = [
        "level",
        "path",
        "shape",
        "chunks",
        *(["shards"] if sharded else []),
        "pixel size",
        "type",
        "size in memory",
    ]
    rows = [_level(image, level, sharded=sharded) for level in levels[:_MAX_LEVELS]]
    left = len(levels) - _MAX_LEVELS
    more = element("p", f"{count(left, 'more level')} in image.levels", class_="oz-quiet") if left > 0 else None
    return element("div", _strip(levels, pictures) if len(levels) > 1 else None, table(head, rows, "Levels"), more)


def _level(image: Image, level: Level, *, sharded: bool) -> list[object]:
    path = elide(level.path, 32)
    exact = f"scale {list(level.scale)!r}, translation {list(level.translation)!r}"
    shards = ([" × ".join(map(str, level.shards)) if level.shards else "none"]) if sharded else []
    return [
        level.index,
        element("code", path, title=full(level.path, path)),
        shape_text(image.axes, level.shape),
        element("span", " × ".join(map(str, level.chunks)), title="a chunk is the block that is read at once"),
        *shards,
        element("span", pixel_size(image.axes, level.scale), title=elide(exact, 400)),
        elide(level.dtype, 24),
        bytes_text(level.nbytes),
    ]


def _strip(levels: Sequence[Level], pictures: Pictures) -> Html | None:
    """Return the pictures of the levels side by side, or None where there is none."""
    if not any(isinstance(picture, Picture) for picture in pictures.levels.values()):
        return None
    shown = levels[:_MAX_LEVELS]
    cells = []
    for level in shown:
        picture = pictures.levels.get(level.index, "not read")
        alt = f"level {level.index}"
        cells.append(element("td", _image(picture, alt) if isinstance(picture, Picture) else elide(picture, 100)))
    heads = [element("th", f"level {level.index}", scope="col") for level in shown]
    strip = element("table", element("tbody", element("tr", *cells)), element("thead", element("tr", *heads)))
    return element(
        "div", strip, class_="oz-scroll oz-strip", tabindex=0, role="region", aria_label="Pictures of the levels"
    )


def _axes(image: Image) -> Html:
    rows = []
    sizes: Sequence[object]
    try:
        sizes, scale = image.shape, image.levels[0].scale
    except Exception:  # no level can be read: names, types and units are still known
        sizes, scale = ["unknown"] * image.ndim, None
    for index, axis in enumerate(image.axes):
        measured = scale is not None and (axis.type in ("space", "time") or axis.unit is not None)
        spacing = quantity(scale[index], axis) if scale is not None and measured else "—"
        extent = (
            quantity(scale[index] * int(str(sizes[index])), axis)
            if scale is not None and measured and axis.unit
            else "—"
        )
        rows.append(
            [
                elide(axis.name, 40),
                elide(axis.type or "no type", 40),
                sizes[index],
                spacing,
                extent,
                elide(axis.unit or "—", 40),
            ]
        )
    notes = [element("p", note, class_="oz-quiet") for note in unit_notes(image.axes)]
    return element("div", table(("axis", "type", "pixels", "pixel size", "extent", "unit"), rows, "Axes"), *notes)


def _labels(image: Image) -> Html | None:
    if isinstance(image, LabelImage):
        return None
    names = tuple(image.labels)
    if not names:
        return element("p", element("b", "Labels: "), "none")
    shown = [element("code", elide(name, 48)) for name in names[:_MAX_NAMES]]
    parts = [part for name in shown for part in (", ", name)][1:]
    left = f" and {number(len(names) - _MAX_NAMES)} more" if len(names) > _MAX_NAMES else ""
    return element("p", element("b", f"{count(len(names), 'label image')}: "), *parts, left)
