"""Wells, collections, scenes and groups of labels as HTML and as text: tables of their images, the first with pictures.

At most `MAX_BYTES` of pixels are read for one repr, and the metadata of the first images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from omezarr_nb.core.collection import ImageCollection
from omezarr_nb.core.image import Image
from omezarr_nb.core.images import Images
from omezarr_nb.core.labels import Labels
from omezarr_nb.core.plate import Well
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.scenes import ImageScene
from omezarr_nb.display.contents import Contents, gather
from omezarr_nb.display.html import Html, element
from omezarr_nb.display.parts import frame, guarded, image_element, note, path_element, problems_html, table, title
from omezarr_nb.display.pictures import make_thumbnail
from omezarr_nb.display.raw import json_tree
from omezarr_nb.display.reads import MAX_BYTES
from omezarr_nb.display.text import aligned, more, problem_lines, tree
from omezarr_nb.display.thumbnail import Picture
from omezarr_nb.display.words import count, elide, pixel_size, reason, shape_text, short_axes, version_word
from omezarr_nb.errors import OMEZarrError

__all__ = [
    "collection_html",
    "collection_text",
    "labels_html",
    "labels_text",
    "scene_html",
    "scene_text",
    "well_html",
    "well_text",
]

_MAX_IMAGES = 12  # that are opened for one repr
_MAX_CHUNKS = 12  # of each
_BOX = 64
_PNG = 6000
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Row:
    """One of several images: how it is listed, what it is, and its picture; in words why there is none."""

    path: str
    notes: tuple[str, ...]
    image: Image | str
    contents: Contents | None
    picture: Picture | str | None


def well_html(well: Well) -> Html:
    """Return a well as HTML: its fields as a table."""
    rows = _read(well.fields, _acquisition_notes(well))
    head = f"Well · {version_word(well)} · {count(len(well.fields), 'field')}"
    return frame(
        guarded("name", lambda: title(well.name, head, well.where)),
        guarded("problems", lambda: problems_html(well.problems)),
        guarded("fields", lambda: _table(rows, len(well.fields), "field", ".fields")),
        guarded("metadata", lambda: json_tree(well.attributes, "Metadata as stored")),
    )


def collection_html(collection: ImageCollection) -> Html:
    """Return a collection as HTML: its images as a table."""
    rows = _read(collection.images)
    head = f"Collection · {version_word(collection)} · {count(len(collection), 'image')}"
    order = "as OME/series lists them" if collection.has_series else "by number: no list of them is stored"
    return frame(
        guarded("name", lambda: title(collection.name, f"{head} · {order}", collection.where)),
        guarded("problems", lambda: problems_html(collection.problems)),
        guarded("images", lambda: _table(rows, len(collection), "image", ".images")),
        guarded("metadata", lambda: json_tree(collection.attributes, "Metadata as stored")),
    )


def scene_html(scene: ImageScene) -> Html:
    """Return a scene as HTML: its images as a table, and its coordinate systems."""
    rows = _read(scene.images)
    head = f"Scene · {version_word(scene)} · {count(len(scene.images), 'image')}"
    return frame(
        guarded("name", lambda: title(scene.name, head, scene.where)),
        guarded("problems", lambda: problems_html(scene.problems)),
        guarded("images", lambda: _table(rows, len(scene.images), "image", ".images")),
        guarded("systems", lambda: element("p", element("b", "Coordinate systems: "), _systems(scene))),
        guarded("metadata", lambda: json_tree(scene.attributes, "Metadata as stored")),
    )


def labels_html(labels: Labels) -> Html:
    """Return a group of labels as HTML: its label images as a table."""
    rows = _read_labels(labels)
    head = count(len(labels), "label image") if len(labels) else "none"
    return frame(
        guarded("name", lambda: title("Labels", f"Labels: {head}", labels.where)),
        guarded("problems", lambda: problems_html(labels.problems)),
        guarded("labels", lambda: _table(rows, len(labels), "label image", ".names")),
    )


def well_text(well: Well) -> str:
    """Return a well as text; no pixels are read."""
    rows = _read(well.fields, _acquisition_notes(well), pictures=False)
    head = f"Well {elide(well.name)} · {version_word(well)} · {elide(well.where, 100)}"
    return _text(head, well.problems, count(len(well.fields), "field"), rows, len(well.fields))


def collection_text(collection: ImageCollection) -> str:
    """Return a collection as text; no pixels are read."""
    rows = _read(collection.images, pictures=False)
    name = f"Collection {elide(collection.name)} · {version_word(collection)}"
    head = f"{name} · {elide(collection.where, 100)}"
    return _text(head, collection.problems, count(len(collection), "image"), rows, len(collection))


def scene_text(scene: ImageScene) -> str:
    """Return a scene as text; no pixels are read."""
    rows = _read(scene.images, pictures=False)
    head = f"Scene {elide(scene.name)} · {version_word(scene)} · {elide(scene.where, 100)}"
    systems = ("coordinate systems", [_systems(scene)])
    return _text(head, scene.problems, count(len(scene.images), "image"), rows, len(scene.images), systems)


def labels_text(labels: Labels) -> str:
    """Return a group of labels as text; no pixels are read."""
    head = f"Labels · {elide(labels.where, 100)}"
    rows = _read_labels(labels, pictures=False)
    return _text(head, labels.problems, count(len(labels), "label image"), rows, len(labels))


def _systems(scene: ImageScene) -> str:
    """Return the names and axes of the scene's own systems."""
    words = [f"{elide(system.name, 40)} ({short_axes(system.axes)})" for system in scene.systems[:_MAX_IMAGES]]
    return ", ".join(words + more(len(scene.systems) - _MAX_IMAGES)) or "none of its own"


def _acquisition_notes(well: Well) -> list[tuple[str, ...]]:
    return [
        () if entry.acquisition is None else (f"acquisition {entry.acquisition}",)
        for entry in well.metadata.fields[:_MAX_IMAGES]
    ]


def _read(images: Images, notes: Sequence[tuple[str, ...]] = (), *, pictures: bool = True) -> list[_Row]:
    """Open the first images and read a few pixels of each, several at a time."""
    paths = images.paths[:_MAX_IMAGES]
    return _rows(paths, lambda index: images[index], notes or [()] * len(paths), pictures=pictures)


def _read_labels(labels: Labels, *, pictures: bool = True) -> list[_Row]:
    names = labels.names[:_MAX_IMAGES]
    return _rows(names, lambda index: labels[names[index]], [()] * len(names), pictures=pictures)


def _rows(
    paths: Sequence[str], find: Callable[[int], Image], notes: Sequence[tuple[str, ...]], *, pictures: bool
) -> list[_Row]:
    if not paths:
        return []

    def read(index: int) -> _Row:
        try:
            image = find(index)
        except OMEZarrError as error:
            return _Row(paths[index], notes[index], error.what, None, None)
        except Exception as error:  # whatever a storage library raises
            return _Row(paths[index], notes[index], reason(error), None, None)
        contents = gather(image, labels=False)
        picture: Picture | str | None = None
        if pictures:
            try:
                picture = make_thumbnail(
                    image,
                    contents,
                    box=_BOX,
                    max_bytes=MAX_BYTES // len(paths),
                    max_chunks=_MAX_CHUNKS,
                    max_png=_PNG,
                )
            except Exception as error:  # hostile metadata, a store that went away: the rest is still shown
                picture = reason(error)
        return _Row(paths[index], notes[index], image, contents, picture)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(read, range(len(paths))))


def _table(rows: Sequence[_Row], total: int, noun: str, where: str) -> Html | None:
    if not rows:
        return element("p", f"No {noun} is listed.")
    noted = any(row.notes for row in rows)
    pictured = any(isinstance(row.picture, Picture) for row in rows)
    head = [noun, *(["picture"] if pictured else []), *(["acquisition"] if noted else [])]
    head += ["name", "size", "levels", "type", "pixel size", "problems"]
    cells = [[path_element(row.path or "."), *_cells(row, pictured=pictured, noted=noted)] for row in rows]
    left = total - len(rows)
    rest = note(f"{count(left, f'more {noun}')}, not opened here; all are in {where}") if left > 0 else None
    return element("div", table(head, cells, f"{noun.capitalize()}s"), rest)


def _cells(row: _Row, *, pictured: bool, noted: bool) -> list[object]:
    cells: list[object] = []
    if pictured:
        known = isinstance(row.picture, Picture)
        alt = f"{elide(row.path or 'image', 40)}"
        cells.append(image_element(row.picture, alt) if isinstance(row.picture, Picture) else "—" if not known else "")
    if noted:
        cells.append(" ".join(row.notes).removeprefix("acquisition ") or "—")
    return cells + list(_facts(row))


def _facts(row: _Row) -> tuple[str, ...]:
    """Return name, size, levels, type, pixel size and problems of an image, or what kept it from being read."""
    if isinstance(row.image, str) or row.contents is None:
        return ("—", "—", "—", "—", "—", elide(row.image, 120))
    image, contents = row.image, row.contents
    problems = count(len(contents.problems), "problem") if contents.problems else "none"
    if not contents.levels:
        return (elide(image.name, 40), "—", "0", "—", "—", elide(contents.missing or problems, 120))
    first = contents.levels[0]
    return (
        elide(image.name, 40),
        shape_text(image.axes, first.shape),
        str(len(contents.levels)),
        elide(first.dtype, 16),
        pixel_size(image.axes, first.scale),
        problems,
    )


def _text(
    head: str,
    problems: Sequence[Problem],
    what: str,
    rows: Sequence[_Row],
    total: int,
    *branches_after: tuple[str, list[str]],
) -> str:
    branches: list[tuple[str, list[str]]] = []
    if problems:
        branches.append((count(len(problems), "problem"), problem_lines(problems)))
    lines = []
    for row in rows:
        name, size, levels, kind, pixels, wrong = _facts(row)
        levels = f"{levels} level{'s' * (levels != '1')}"
        wrong = "" if wrong == "none" else wrong
        lines.append((f'"{elide(row.path, 32)}"', name, *row.notes, size, kind, levels, pixels, wrong))
    widest = max((len(line) for line in lines), default=0)
    padded = [(*line, *[""] * (widest - len(line))) for line in lines]
    leaves = (aligned(padded) if padded else []) + more(total - len(rows))
    branches.append((what, leaves or ["none"]))
    return "\n".join([head, *tree([*branches, *branches_after])])
