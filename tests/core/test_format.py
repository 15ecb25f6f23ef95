"""The versions: what each stores where, and which one a group is of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omezarr_nb.core.axes import parse_axes
from omezarr_nb.core.format import (
    CurrentFormat,
    Format,
    FormatV01,
    FormatV02,
    FormatV03,
    FormatV04,
    FormatV05,
    FormatV06,
    FormatV09Dev1,
    declared_version,
    default_format,
    detect_format,
    format_from_version,
    format_implementations,
    known_format,
)

VERSIONS = ["0.6", "0.5", "0.4", "0.3", "0.2", "0.1"]


def attributes_of(version: str, key: str = "multiscales") -> dict[str, Any]:
    """Return attributes that name a version where that version puts it."""
    if version >= "0.5":
        return {"ome": {"version": version, key: []}}
    return {key: [{"version": version}] if key == "multiscales" else {"version": version}}


def test_formats_are_listed_newest_first() -> None:
    assert [fmt.version for fmt in format_implementations()] == VERSIONS
    assert CurrentFormat().version == "0.5"


@pytest.mark.parametrize(
    ("fmt", "zarr_format", "separator", "flags"),
    [
        (FormatV01(), 2, ".", (False, False, False)),
        (FormatV02(), 2, "/", (False, False, False)),
        (FormatV03(), 2, "/", (False, False, False)),
        (FormatV04(), 2, "/", (False, False, True)),
        (FormatV05(), 3, "/", (True, False, True)),
        (FormatV06(), 3, "/", (True, False, True)),
        (FormatV09Dev1(), 3, "/", (True, True, True)),
    ],
    ids=lambda value: value.version if isinstance(value, Format) else "",
)
def test_facts(fmt: Format, zarr_format: int, separator: str, flags: tuple[bool, ...]) -> None:
    assert fmt.zarr_format == zarr_format
    assert (fmt.nested, fmt.development, fmt.scaled) == flags
    assert fmt.chunk_key_encoding == {"name": "default" if zarr_format == 3 else "v2", "separator": separator}
    assert (fmt.default_axes() is not None) is (fmt.version in ("0.1", "0.2"))
    assert fmt.block(fmt.wrap({"labels": ["a"]}))["labels"] == ["a"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("key", ["multiscales", "plate", "well", "image-label", "omero"])
def test_the_version_is_found_wherever_it_is_put(version: str, key: str) -> None:
    attributes = attributes_of(version, key)
    assert declared_version(attributes) == version
    assert detect_format(attributes) == format_from_version(version)
    assert [fmt.version for fmt in format_implementations() if fmt.matches(attributes)] == [version]


@pytest.mark.parametrize("version", ["0.5", 0.5])
def test_a_version_is_text_or_number(version: str | float) -> None:
    assert format_from_version(version) == FormatV05()


@pytest.mark.parametrize("version", ["0.0", "9.9", "", "5", "0.50", 1, None])
def test_a_version_that_does_not_exist_is_refused(version: Any) -> None:
    with pytest.raises(ValueError, match=f"Version {version} not recognized"):
        format_from_version(version)


@pytest.mark.parametrize(
    ("version", "known"),
    [
        ("0.5", "0.5"),
        ("0.5.2", "0.5"),
        ("0.5-dev-spatialdata", "0.5"),
        ("0.6", "0.6"),
        ("0.6rc0", "0.6"),
        ("0.6.dev2", "0.6"),
        ("0.4.1", "0.4"),
        ("0.50", None),
        ("0.45", None),
        ("0.9.dev1", "0.9.dev1"),
        ("0.9.dev2", None),
        ("0.9", None),
        ("1", None),
        ("", None),
        (None, None),
    ],
)
def test_a_development_version_counts_as_what_it_begins_with(version: str | None, known: str | None) -> None:
    fmt = known_format(version)
    assert (None if fmt is None else fmt.version) == known


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"multiscales": {}},
        {"multiscales": [3, None]},
        {"multiscales": [{}]},
        {"ome": {}},
        {"ome": {"version": None}},
        {"plate": [], "well": 3},
    ],
)
def test_where_no_version_is_named_the_default_is_taken(attributes: dict[str, Any]) -> None:
    assert declared_version(attributes) is None
    assert detect_format(attributes) == CurrentFormat()
    assert detect_format(attributes, FormatV03()) == FormatV03()


def test_formats_are_values() -> None:
    assert FormatV04() == FormatV04() != FormatV05()
    assert len({FormatV04(), FormatV04(), FormatV05()}) == 2
    assert repr(FormatV04()) == "FormatV04()"


def test_a_development_version_is_known_to_whoever_names_it() -> None:
    fmt = format_from_version("0.9.dev1")
    assert fmt == FormatV09Dev1()
    assert fmt not in format_implementations()
    assert detect_format({"ome": {"version": "0.9.dev1"}}) == fmt
    assert detect_format({"ome": {"version": "0.9.dev2"}}) == CurrentFormat()
    assert detect_format({"ome": {"version": "0.9.dev2"}}, fmt) == fmt


@pytest.mark.parametrize(
    ("zarr_format", "attributes", "version"),
    [
        (2, {}, "0.4"),
        (3, {}, "0.5"),
        (None, {}, "0.5"),
        (3, {"ome": {"multiscales": [{"axes": []}]}}, "0.5"),
        (3, {"ome": {"multiscales": [{"coordinateSystems": []}]}}, "0.6"),
        (3, {"ome": {"multiscales": [None]}}, "0.5"),
        (3, {"ome": []}, "0.5"),
    ],
)
def test_a_version_that_is_not_named_is_told_from_the_store(zarr_format: Any, attributes: Any, version: str) -> None:
    assert default_format(zarr_format, attributes).version == version


def test_dimensions_are_named_where_a_version_does() -> None:
    axes = parse_axes("yx")
    named = {fmt.version: fmt.dimension_options(axes) for fmt in format_implementations()}
    assert named == {
        "0.6": {"dimension_names": ("y", "x")},
        "0.5": {"dimension_names": ("y", "x")},
        "0.4": {},
        "0.3": {"attributes": {"_ARRAY_DIMENSIONS": ["y", "x"]}},
        "0.2": {},
        "0.1": {},
    }


def test_a_store_is_opened_and_not_made(tmp_path: Path) -> None:
    assert FormatV05().init_store(str(tmp_path / "a.zarr")).read_only
    assert not FormatV05().init_store(tmp_path / "a.zarr", mode="w").read_only
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("fmt", format_implementations(), ids=lambda fmt: fmt.version)
def test_wells_are_generated_valid(fmt: Format) -> None:
    rows, columns = ["A", "B"], ["1", "2", "3"]
    well = fmt.generate_well_dict("B/3", rows, columns)
    assert well == {"path": "B/3"} | ({"rowIndex": 1, "columnIndex": 2} if fmt.version >= "0.4" else {})
    fmt.validate_well_dict(well | {"other": 1}, rows, columns)
    with pytest.raises(ValueError, match="path key of type str"):
        fmt.validate_well_dict({}, rows, columns)
    with pytest.raises(ValueError, match="path must be of type str"):
        fmt.validate_well_dict(well | {"path": 1}, rows, columns)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"path": "B"}, "composed of 2 groups"),
        ({"path": "plate/B/3"}, "composed of 2 groups"),
        ({"path": "C/3"}, "C is not defined in the plate rows"),
        ({"path": "B/4"}, "4 is not defined in the plate columns"),
        ({"rowIndex": 0}, "Mismatching rowIndex"),
        ({"columnIndex": 0}, "Mismatching columnIndex"),
        ({"columnIndex": "2"}, "columnIndex must be of type int"),
        ({"rowIndex": True}, "rowIndex must be of type int"),
    ],
)
def test_wells_that_are_not_on_the_plate(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FormatV04().validate_well_dict(
            {"path": "B/3", "rowIndex": 1, "columnIndex": 2} | change, ["A", "B"], ["1", "2", "3"]
        )


SCALE = {"type": "scale", "scale": (1, 0.5)}
SHIFT = {"type": "translation", "translation": [0, 1]}


@pytest.mark.parametrize("fmt", format_implementations(), ids=lambda fmt: fmt.version)
def test_generated_transformations_are_valid(fmt: Format) -> None:
    made = fmt.generate_coordinate_transformations([(64, 64), (32, 16)])
    assert made == ([[{"type": "scale", "scale": s}] for s in ([1, 1], [2, 4])] if fmt.version >= "0.4" else None)
    fmt.validate_coordinate_transformations(2, 2, made)
    fmt.validate_coordinate_transformations(2, 1, [[SCALE, SHIFT]])


@pytest.mark.parametrize(
    ("transformations", "words"),
    [
        (None, "must be provided"),
        ([[SCALE], [SCALE]], "for each level"),
        ([[]], "one 'scale'"),
        ([SCALE], "one 'scale'"),
        ([[SHIFT, SCALE]], "one 'scale'"),
        ([[SCALE, SCALE]], "one 'scale'"),
        ([[SCALE, SHIFT, SHIFT]], "one 'scale'"),
        ([[{"scale": [1, 1]}]], "one 'scale'"),
        ([["scale"]], "one 'scale'"),
        ([[{"type": "scale"}]], "number for each axis"),
        ([[{"type": "scale", "scale": ["1", 1]}]], "number for each axis"),
        ([[{"type": "scale", "scale": [1]}]], "number for each axis"),
        ([[SCALE, {"type": "translation", "translation": [1]}]], "number for each axis"),
        ([[{"type": "scale", "scale": [0, 1]}]], "above 0"),
    ],
)
def test_transformations_that_no_level_has(transformations: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FormatV05().validate_coordinate_transformations(2, 1, transformations)
    FormatV03().validate_coordinate_transformations(2, 1, transformations)
