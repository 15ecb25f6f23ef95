"""The versions: what each stores where, and which one a group is of."""

from __future__ import annotations

from typing import Any

import pytest

from omezarr_nb.core.format import (
    CurrentFormat,
    Format,
    FormatV01,
    FormatV02,
    FormatV03,
    FormatV04,
    FormatV05,
    declared_version,
    detect_format,
    format_from_version,
    format_implementations,
    known_format,
)

VERSIONS = ["0.5", "0.4", "0.3", "0.2", "0.1"]


def attributes_of(version: str, key: str = "multiscales") -> dict[str, Any]:
    """Return attributes that name a version where that version puts it."""
    if version == "0.5":
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
        (FormatV04(), 2, "/", (False, True, True)),
        (FormatV05(), 3, "/", (True, True, True)),
    ],
    ids=lambda value: value.version if isinstance(value, Format) else "",
)
def test_facts(fmt: Format, zarr_format: int, separator: str, flags: tuple[bool, ...]) -> None:
    assert fmt.zarr_format == zarr_format
    assert (fmt.nested, fmt.writable, fmt.scaled) == flags
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
        ("0.4.1", "0.4"),
        ("0.50", None),
        ("0.45", None),
        ("0.9.dev1", None),
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
