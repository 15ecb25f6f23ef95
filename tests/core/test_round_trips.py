"""What a file says survives being read and written: what is known as the same model, what is not where it stood."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omezarr_nb.core.converting.attributes import convert_attributes
from omezarr_nb.core.converting.survey import Group
from omezarr_nb.core.format import Format, format_implementations
from omezarr_nb.core.metadata import image_to_json
from omezarr_nb.core.parse import parse_image
from omezarr_nb.core.plate_metadata import parse_plate, parse_well
from omezarr_nb.core.scene import parse_scene, scene_to_json
from tests.core.models import extras
from tests.core.validate.samples import attributes

FORMATS = list(format_implementations())
UNKNOWN = {"of": ["whom", 1, None], "": {}}


def objects_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path of every object in a JSON value."""
    if isinstance(value, dict):
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield from objects_in(part, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def written(document: dict[str, Any], fmt: Format) -> dict[str, Any]:
    """Return what is written of an image or a scene that was read."""
    scene, _ = parse_scene(document, fmt)
    if scene is not None:
        return fmt.wrap({"scene": scene_to_json(scene)})
    return fmt.wrap(image_to_json(parse_image(document, fmt)[0], fmt))


MODELLED = [(fmt, kind) for fmt in FORMATS for kind in ("image", "label")] + [(FORMATS[0], "scene")]


@pytest.mark.parametrize(("fmt", "kind"), MODELLED, ids=lambda value: getattr(value, "version", value))
def test_an_unknown_key_is_kept_in_every_object(fmt: Format, kind: str) -> None:
    document = attributes(fmt.version, kind)
    paths = list(objects_in(fmt.block(document)))
    assert len(paths) > 5
    for path in paths:
        if not path and (not fmt.nested or kind == "scene"):
            continue  # other attributes of the group, which are no part of the image
        spoilt = copy.deepcopy(document)
        at(fmt.block(spoilt), path)["of nobody"] = UNKNOWN
        out = fmt.block(json.loads(json.dumps(written(spoilt, fmt))))
        assert at(out, path).get("of nobody") == UNKNOWN, path


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.version)
@pytest.mark.parametrize("kind", ["plate", "well"])
def test_an_unknown_key_of_a_plate_is_kept_in_every_version(fmt: Format, kind: str) -> None:
    for source in FORMATS:
        document = attributes(source.version, kind)
        for path in objects_in(source.block(document)[kind]):
            spoilt = copy.deepcopy(document)
            at(source.block(spoilt)[kind], path)["of nobody"] = UNKNOWN
            out = fmt.block(in_version(spoilt, source, fmt))[kind]
            assert at(out, path).get("of nobody") == UNKNOWN, (source.version, path)


def in_version(document: dict[str, Any], source: Format, target: Format) -> Any:
    """Return the attributes of a plate or a well in another version."""
    converted = convert_attributes(Group(document, source), target, lambda _: None)
    return json.loads(json.dumps(converted.attributes))


names = st.lists(st.from_regex(r"[A-Za-z0-9]{1,3}", fullmatch=True), min_size=1, max_size=4, unique_by=str.casefold)
texts = st.text(max_size=5)
counts = st.integers(1, 99)


def entries(values: list[dict[str, Any]], draw: st.DrawFn) -> list[dict[str, Any]]:
    return [draw(extras) | value for value in values]


@st.composite
def plate_blocks(draw: st.DrawFn, fmt: Format) -> dict[str, Any]:
    """Return what a version says of a plate, with keys that nobody knows in each object."""
    rows, columns = draw(names), draw(names)
    paths = [f"{row}/{column}" for row in rows for column in columns]
    chosen = draw(st.lists(st.sampled_from(paths), min_size=1, unique=True))
    ids = draw(st.lists(st.integers(0, 99), max_size=3, unique=True))
    optional = {"name": texts, "field_count": counts}
    acquisition = {
        "name": texts,
        "description": texts,
        "maximumfieldcount": counts,
        "starttime": counts,
        "endtime": counts,
    }
    return draw(extras) | {
        "rows": entries([{"name": name} for name in rows], draw),
        "columns": entries([{"name": name} for name in columns], draw),
        "wells": entries([fmt.generate_well_dict(path, rows, columns) for path in chosen], draw),
        **draw(st.fixed_dictionaries({}, optional=optional)),
        **({"version": fmt.version} if not fmt.nested else {}),
        **(
            {"acquisitions": [draw(st.fixed_dictionaries({"id": st.just(i)}, optional=acquisition)) for i in ids]}
            if ids
            else {}
        ),
    }


formats = st.sampled_from(FORMATS)


@settings(max_examples=100)
@given(st.data(), formats, formats)
def test_a_plate_is_the_same_in_every_version(data: st.DataObject, source: Format, target: Format) -> None:
    block = data.draw(plate_blocks(source))
    metadata, problems = parse_plate(block)
    assert problems == ()
    out = target.block(in_version(source.wrap({"plate": block}), source, target))["plate"]
    assert parse_plate(out) == (metadata, ())


@st.composite
def well_blocks(draw: st.DrawFn, fmt: Format) -> dict[str, Any]:
    """Return what a version says of a well, with keys that nobody knows in each object."""
    paths = draw(st.lists(st.from_regex(r"[A-Za-z0-9]{1,3}", fullmatch=True), min_size=1, max_size=4, unique=True))
    acquisition = st.fixed_dictionaries({}, optional={"acquisition": st.integers(0, 9)})
    images = entries([{"path": path} | draw(acquisition) for path in paths], draw)
    return draw(extras) | {"images": images} | ({"version": fmt.version} if not fmt.nested else {})


@settings(max_examples=100)
@given(st.data(), formats, formats)
def test_a_well_is_the_same_in_every_version(data: st.DataObject, source: Format, target: Format) -> None:
    block = data.draw(well_blocks(source))
    metadata, problems = parse_well(block)
    assert problems == ()
    out = target.block(in_version(source.wrap({"well": block}), source, target))["well"]
    assert parse_well(out) == (metadata, ())
