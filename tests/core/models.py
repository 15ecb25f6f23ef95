"""Hypothesis strategies: transformations and images of each version, as the model has them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from omezarr_nb.core.axes import Axis, parse_axes
from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import (
    Channel,
    Dataset,
    ImageLabel,
    ImageMetadata,
    Intrinsic,
    LabelColor,
    Multiscale,
    Omero,
    Window,
)
from omezarr_nb.core.transforms import (
    CoordinateSystem,
    Edge,
    Identity,
    OtherTransformation,
    Reference,
    Scale,
    Sequence,
    Transformation,
    Translation,
)
from omezarr_nb.core.transforms.types import (
    Affine,
    Bijection,
    ByDimension,
    Coordinates,
    DimensionPart,
    Displacements,
    MapAxis,
    ProjectAxis,
    Rotation,
    StoredMatrix,
)

texts = st.sampled_from(["a", "é", "名", "<b>", " ", "a/b", "0"])
numbers = st.floats(-1e9, 1e9)
json_values = st.sampled_from([None, True, 0, 2**53, -0.25, "text", [], [1, [2]], {}, {"a": {"b": ["c"]}}])
extras = st.dictionaries(texts, json_values, max_size=2)
names = st.none() | st.sampled_from(["one", "名"])
windows = st.builds(Window, numbers, numbers, numbers, numbers, extras)
channels = st.builds(
    Channel, texts, st.from_regex(r"[0-9A-F]{6}", fullmatch=True), st.booleans(), st.none() | windows, extras
)
bytes_ = st.integers(0, 255)
label_colors = st.builds(LabelColor, st.integers(), st.none() | st.tuples(bytes_, bytes_, bytes_, bytes_), extras)
image_labels = st.builds(
    ImageLabel,
    st.lists(label_colors, max_size=3).map(tuple),
    st.lists(extras, max_size=2).map(tuple),
    st.none() | extras,
    extras,
)
omeros = st.builds(Omero, st.lists(channels, max_size=3).map(tuple), extras)
paths = st.sampled_from(["transforms/field", "matrix", "名"])


@st.composite
def notes(draw: st.DrawFn) -> dict[str, Any]:
    """Return other keys of a transformation: a name, and what nobody knows."""
    name = draw(names)
    return draw(extras) | ({} if name is None else {"name": name})


def vectors(ndim: int, values: st.SearchStrategy[float] = numbers) -> st.SearchStrategy[tuple[float, ...]]:
    return st.tuples(*[values] * ndim)


def sizes(ndim: int) -> st.SearchStrategy[tuple[float, ...]]:
    return vectors(ndim, st.floats(1e-6, 1e6))


def scales(ndim: int) -> st.SearchStrategy[Scale]:
    return st.builds(Scale, sizes(ndim), extra=notes())


def translations(ndim: int) -> st.SearchStrategy[Translation]:
    return st.builds(Translation, vectors(ndim), extra=notes())


@st.composite
def rotations(draw: st.DrawFn, ndim: int) -> Rotation:
    """Return a rotation within the first two axes, by an angle of a right triangle, or by whole turns."""
    c, s = draw(st.sampled_from([(1.0, 0.0), (0.0, 1.0), (0.6, 0.8), (-0.28, 0.96), (-1.0, 0.0)]))
    rows = [[float(i == j) for j in range(ndim)] for i in range(ndim)]
    if ndim > 1:
        rows[0][:2], rows[1][:2] = [c, -s], [s, c]
    return Rotation(tuple(map(tuple, rows)), extra=draw(notes()))


@st.composite
def affines(draw: st.DrawFn, ndim: int) -> Affine:
    """Return an affine that is far from singular: its diagonal outweighs the rest of each row."""
    small = st.floats(-0.1, 0.1)
    rows = []
    for i in range(ndim):
        diagonal = draw(st.floats(1, 100)) * draw(st.sampled_from([1, -1]))
        rows.append((*(diagonal if i == j else draw(small) for j in range(ndim)), draw(st.floats(-1e3, 1e3))))
    return Affine(tuple(rows), extra=draw(notes()))


def invertible(ndim: int, depth: int = 2) -> st.SearchStrategy[Transformation]:
    """Return transformations of points of `ndim` coordinates that can be undone without losing digits."""
    mild = st.one_of(
        st.builds(Identity, extra=notes()),
        st.builds(Scale, vectors(ndim, st.floats(0.01, 100)), extra=notes()),
        st.builds(Translation, vectors(ndim, st.floats(-1e3, 1e3)), extra=notes()),
        st.builds(MapAxis, st.permutations(range(ndim)).map(tuple), extra=notes()),
        rotations(ndim),
        affines(ndim),
    )
    if depth == 0:
        return mild
    inner = invertible(ndim, depth - 1)
    nested: list[st.SearchStrategy[Any]] = [
        st.builds(Sequence, st.lists(inner, min_size=1, max_size=3).map(tuple), extra=notes())
    ]
    if ndim > 1:
        nested.append(by_dimension(ndim, depth - 1))
    return st.one_of(mild, *nested)


@st.composite
def by_dimension(draw: st.DrawFn, ndim: int, depth: int) -> ByDimension:
    """Return two parts over all axes, the inputs and the outputs in any order."""
    inputs, outputs = draw(st.permutations(range(ndim))), draw(st.permutations(range(ndim)))
    cut = draw(st.integers(1, ndim - 1))
    parts = tuple(
        DimensionPart(
            tuple(inputs[part]), tuple(outputs[part]), draw(invertible(len(inputs[part]), depth)), extra=draw(extras)
        )
        for part in (slice(None, cut), slice(cut, None))
    )
    return ByDimension(parts, extra=draw(notes()))


def any_transformation(ndim: int) -> st.SearchStrategy[Transformation]:
    """Return transformations of every type of 0.6."""
    interpolations = st.sampled_from(["nearest", "linear", "cubic"])
    return st.one_of(
        invertible(ndim),
        st.builds(ProjectAxis, st.just((0,)), st.sampled_from([(), (1,)]), extra=notes()),
        st.builds(ProjectAxis, st.just(()), st.just((0, 1)), extra=notes()),
        st.builds(StoredMatrix, st.sampled_from(["affine", "rotation"]), paths, extra=notes()),
        st.builds(Displacements, paths, interpolations, extra=notes()),
        st.builds(Coordinates, paths, interpolations, extra=notes()),
        st.builds(Bijection, invertible(ndim, 1), invertible(ndim, 1), extra=notes()),
        st.builds(Sequence, st.tuples(invertible(ndim, 0), st.builds(Displacements, paths, interpolations))),
    )


@st.composite
def axes(draw: st.DrawFn, fmt: Format) -> tuple[Axis, ...]:
    """Return axes that a version can have."""
    default = fmt.default_axes()
    if default is not None:
        return default
    word = draw(st.sampled_from(["yx", "zyx", "cyx", "tczyx"] + ([] if fmt.axes_form == "names" else ["xy"])))
    if fmt.axes_form == "names":
        return parse_axes(word)
    units = st.none() | st.sampled_from(["micrometer", "second", "furlong"])
    return tuple(Axis(axis.name, axis.type, draw(units), draw(extras)) for axis in parse_axes(word))


def levels(fmt: Format, ndim: int) -> st.SearchStrategy[tuple[Transformation, ...]]:
    """Return the transformations of a level that a version can have."""
    if fmt.level_form == "none":
        return st.just(())
    placed = st.one_of(st.tuples(scales(ndim)), st.tuples(scales(ndim), translations(ndim)))
    if fmt.level_form == "one":
        return placed | st.tuples(st.builds(Identity, extra=notes()))
    kept = st.builds(lambda json: OtherTransformation("affine", {"type": "affine", **json}), extras)
    return st.one_of(placed, st.just(()), st.tuples(kept), st.tuples(scales(ndim), kept))


@st.composite
def multiscales(draw: st.DrawFn, fmt: Format) -> Multiscale:
    """Return a pyramid that a version can have."""
    own = draw(axes(fmt))
    datasets = []
    for index in range(draw(st.integers(1, 3))):
        steps = draw(levels(fmt, len(own)))
        annotation = draw(notes()) if fmt.level_form == "one" and len(steps) > 1 else {}
        datasets.append(Dataset(f"s{index}", steps, draw(extras), annotation))
    text = st.none() | texts
    multiscale = Multiscale(own, tuple(datasets), draw(text), draw(text), draw(st.none() | extras))
    also = {"extra": draw(extras)} | (draw(spaces(len(own))) if fmt.axes_form == "systems" else {})
    if fmt.level_form == "list":
        also["transformations"] = draw(levels(fmt, len(own)))
    return Multiscale(own, multiscale.datasets, multiscale.name, multiscale.type, multiscale.metadata, **also)


@st.composite
def spaces(draw: st.DrawFn, ndim: int) -> dict[str, Any]:
    """Return the named coordinate systems of a pyramid of 0.6, and transformations between them."""
    intrinsic = Intrinsic(draw(st.sampled_from(["physical", "intrinsic", "名"])), draw(extra_index()), draw(extras))
    word = parse_axes({1: "x", 2: "yx", 3: "zyx", 5: "tczyx"}[ndim])
    names = ["world", "other", "a/b"][: max(intrinsic.index, draw(st.integers(0, 3)))]
    others = tuple(CoordinateSystem(name, word, draw(extras)) for name in names)
    ends = st.sampled_from([Reference(name) for name in (*names, intrinsic.name)])
    far = st.builds(Reference, st.just("physical"), st.just("labels/cells"), extras)
    edge = st.builds(Edge, any_transformation(ndim), ends, ends | far)
    return {"intrinsic": intrinsic, "others": others, "edges": tuple(draw(st.lists(edge, max_size=2)))}


def extra_index() -> st.SearchStrategy[int]:
    """Return places of the intrinsic system among up to three others."""
    return st.integers(0, 2)


def images(fmt: Format) -> st.SearchStrategy[ImageMetadata]:
    """Return the metadata of images that a version can express."""
    pyramids = st.lists(multiscales(fmt), min_size=1, max_size=2).map(tuple)
    other = extras if fmt.nested else st.just({})  # up to 0.4 they are attributes of the group, not of the image
    return st.builds(ImageMetadata, pyramids, st.none() | omeros, st.none() | image_labels, other)
