"""Metadata is merged, never replaced; lists are appended once; what is passed is never changed. For any metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.format import Format, format_from_version, format_implementations
from omezarr_nb.core.writer import (
    add_metadata,
    get_metadata,
    write_image,
    write_label_metadata,
    write_labels,
    write_multiscale,
    write_multiscale_labels,
    write_multiscales_metadata,
    write_plate_metadata,
    write_well_metadata,
)

VERSIONS = ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6")
#: Keys that no version knows, so that all that they hold is to be found afterwards.
UNKNOWN: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["mine", "x-note", "名"]),
    st.sampled_from([None, True, 0, 2**53, -0.25, "text", "名", [], [1, [2]], {}, {"a": {"b": ["c"]}}]),
    max_size=2,
)
#: What of a plate is a list that grows.
LISTS = ("rows", "columns", "wells", "acquisitions")
ROWS, COLUMNS = ["A", "B", "C"], ["1", "2", "3"]
Write = Callable[[Any], None]


def group_of(version: str, attributes: Mapping[str, Any]) -> tuple[zarr.Group, Format]:
    """Make a group that has attributes already."""
    fmt = format_from_version(version)
    group = zarr.create_group(MemoryStore(), zarr_format=fmt.zarr_format)
    group.attrs.put(fmt.wrap(dict(attributes)) | ({"outside": {"a": 1}} if fmt.nested else {}))
    return group, fmt


def holds(after: Any, before: Any) -> None:
    """Assert that all of an object is in another: keys in objects, entries in lists at their places."""
    if isinstance(before, dict):
        assert isinstance(after, dict)
        for key, value in before.items():
            assert key in after
            holds(after[key], value)
    elif isinstance(before, list):
        assert isinstance(after, list)
        assert len(after) >= len(before)
        for one, other in zip(after, before, strict=False):
            holds(one, other)
    else:
        assert after == before


def check(group: zarr.Group, fmt: Format, write: Write, kept: Mapping[str, Any], arguments: Sequence[Any]) -> Any:
    """Write twice; assert that what was there is there, that the second time adds nothing, and arguments stay."""
    before = deepcopy(list(arguments))
    write(group)
    once = deepcopy(get_metadata(group, fmt))
    holds(once, kept)
    write(zarr.open_group(group.store, mode="r+", zarr_format=fmt.zarr_format))
    stored = zarr.open_group(group.store, mode="r", zarr_format=fmt.zarr_format)
    assert get_metadata(stored, fmt) == once
    if fmt.nested:
        assert stored.attrs["outside"] == {"a": 1}
    assert list(arguments) == before
    return once


@st.composite
def entries(draw: st.DrawFn, key: str, values: st.SearchStrategy[Any]) -> list[dict[str, Any]]:
    """Return objects, each with a value of its own at a key."""
    chosen = draw(st.lists(values, unique=True, max_size=3))
    return [{key: value, **draw(UNKNOWN)} for value in chosen]


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=15)
@given(data=st.data())
def test_plates(version: str, data: st.DataObject) -> None:
    old_rows = data.draw(st.lists(st.sampled_from(ROWS), unique=True, min_size=1))
    old_columns = data.draw(st.lists(st.sampled_from(COLUMNS), unique=True, min_size=1))
    fmt = format_from_version(version)
    old_wells = [
        {**fmt.generate_well_dict(f"{row}/{old_columns[0]}", old_rows, old_columns), **data.draw(UNKNOWN)}
        for row in data.draw(st.lists(st.sampled_from(old_rows), unique=True))
    ]
    plate: dict[str, Any] = {
        "rows": [{"name": name, **data.draw(UNKNOWN)} for name in old_rows],
        "columns": [{"name": name} for name in old_columns],
        "wells": old_wells,
        "acquisitions": data.draw(entries("id", st.integers(0, 4))),
        **data.draw(UNKNOWN),
    }
    others: dict[str, Any] = {"other": data.draw(UNKNOWN)}
    group, fmt = group_of(version, {"plate": plate, **others})
    rows = data.draw(st.lists(st.sampled_from(ROWS), unique=True, min_size=1))
    columns = data.draw(st.lists(st.sampled_from(COLUMNS), unique=True, min_size=1))
    wells = [f"{rows[0]}/{column}" for column in columns]
    acquisitions = data.draw(entries("id", st.integers(0, 4)))
    after = check(
        group,
        fmt,
        lambda place: write_plate_metadata(place, rows, columns, wells, acquisitions=acquisitions, fmt=fmt),
        others | {"plate": {key: value for key, value in plate.items() if key not in LISTS}},
        [rows, columns, wells, acquisitions],
    )["plate"]
    for key, old, new in (("rows", old_rows, rows), ("columns", old_columns, columns)):
        names = [entry["name"] for entry in after[key]]
        assert len(names) == len(set(names))
        assert set(names) == {*old, *new}
    assert all(entry in after["rows"] for entry in plate["rows"])
    renewed = {entry["id"]: entry for entry in acquisitions}
    kept = [entry | renewed.get(entry["id"], {}) for entry in plate["acquisitions"]]
    ids = [entry["id"] for entry in kept]
    assert after["acquisitions"] == [*kept, *(entry for entry in acquisitions if entry["id"] not in ids)]
    paths = [well["path"] for well in after["wells"]]
    assert len(paths) == len(set(paths))
    assert set(paths) == {*wells, *(well["path"] for well in old_wells)}
    for well in after["wells"]:
        expected = fmt.generate_well_dict(
            well["path"], [entry["name"] for entry in after["rows"]], [entry["name"] for entry in after["columns"]]
        )
        assert {key: well.get(key) for key in expected} == expected
    for old_well in old_wells:
        found = next(well for well in after["wells"] if well["path"] == old_well["path"])
        holds(found, {key: value for key, value in old_well.items() if key not in ("rowIndex", "columnIndex")})


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=15)
@given(data=st.data())
def test_wells(version: str, data: st.DataObject) -> None:
    well: dict[str, Any] = {"images": data.draw(entries("path", st.sampled_from("0123"))), **data.draw(UNKNOWN)}
    others: dict[str, Any] = {"other": data.draw(UNKNOWN)}
    group, fmt = group_of(version, {"well": well, **others})
    images: list[Any] = data.draw(entries("path", st.sampled_from("0123")).filter(bool))
    if data.draw(st.booleans()):
        images = [image["path"] for image in images]
    after = check(group, fmt, lambda place: write_well_metadata(place, images, fmt), others, [images])["well"]
    holds(after, {key: value for key, value in well.items() if key != "images"})
    paths = [image["path"] for image in after["images"]]
    old = [image["path"] for image in well["images"]]
    new = [image if isinstance(image, str) else image["path"] for image in images]
    assert paths == [*old, *(path for path in new if path not in old)]
    given_again = {image["path"]: image for image in images if isinstance(image, dict)}
    for image in well["images"]:
        found = next(entry for entry in after["images"] if entry["path"] == image["path"])
        assert found == image | given_again.get(image["path"], {})


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=12)
@given(data=st.data())
def test_labels(version: str, data: st.DataObject) -> None:
    values = st.integers(1, 4)
    label: dict[str, Any] = {
        "colors": [entry | {"rgba": [1, 2, 3, 4]} for entry in data.draw(entries("label-value", values))],
        "properties": data.draw(entries("label-value", values)),
        **data.draw(UNKNOWN),
    }
    others: dict[str, Any] = {"other": data.draw(UNKNOWN)}
    listed = data.draw(st.lists(st.sampled_from(["cells", "nuclei", "a"]), unique=True))
    group, fmt = group_of(version, {"labels": listed, "mine": 1})
    inner = group.create_group("cells")
    inner.attrs.put(fmt.wrap({"image-label": label, **others}))
    colors = [entry | {"rgba": [5, 6, 7, 8]} for entry in data.draw(entries("label-value", values))]
    properties = data.draw(entries("label-value", values))
    after = check(
        group,
        fmt,
        lambda place: write_label_metadata(place, "cells", colors or None, properties or None, fmt),
        {"labels": listed, "mine": 1},
        [colors, properties],
    )
    assert after["labels"] == (listed if "cells" in listed else [*listed, "cells"])
    stored: Any = get_metadata(zarr.open_group(group.store, path="cells", mode="r"), fmt)
    holds(stored, others | {"image-label": {k: v for k, v in label.items() if k not in ("colors", "properties")}})
    for key, new in (("colors", colors), ("properties", properties)):
        old: Any = label[key]
        given_again = {entry["label-value"]: entry for entry in new}
        expected = [entry | given_again.get(entry["label-value"], {}) for entry in old]
        known = {entry["label-value"] for entry in old}
        expected += [entry for entry in new if entry["label-value"] not in known]
        assert stored["image-label"][key] == expected


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=12)
@given(data=st.data())
def test_multiscales(version: str, data: st.DataObject) -> None:
    fmt = format_from_version(version)
    axes = "tczyx" if fmt.default_axes() is not None else "zyx"
    steps = [{"type": "scale", "scale": [1.0] * len(axes)}]
    datasets: list[dict[str, Any]] = [
        {"path": path} | ({"coordinateTransformations": deepcopy(steps)} if fmt.scaled else {}) for path in "01"
    ]
    channels = [{"label": label, "color": "00FF00", **data.draw(UNKNOWN)} for label in "ab"]
    others: dict[str, Any] = {"other": data.draw(UNKNOWN), "omero": {"channels": channels, **data.draw(UNKNOWN)}}
    group, fmt = group_of(version, others)
    unknown, more = data.draw(UNKNOWN), data.draw(UNKNOWN)
    write_multiscales_metadata(group, datasets, fmt, axes, "first", metadata={"kept": 1, **more})
    attributes = deepcopy(dict(group.attrs))
    block: Any = attributes["ome"] if fmt.nested else attributes
    block["multiscales"][0] |= unknown
    if fmt.nested:
        (first,) = block["multiscales"]
        first["type"] = "gaussian"
    group.attrs.put(attributes)
    metadata: dict[str, Any] = {"by": "me", "omero": {"channels": [{"label": "c"}, {"color": "FF0000"}]}}
    name = data.draw(st.sampled_from([None, "first", "second"]))
    new = deepcopy(datasets[:1] if name != "second" else [datasets[0] | {"path": "other"}])
    axes_given = [{"name": name, "type": {"t": "time", "c": "channel"}.get(name, "space")} for name in axes]
    stored_axes: Any = axes if fmt.axes_form == "names" else axes_given
    after = check(
        group,
        fmt,
        lambda place: write_multiscales_metadata(place, new, fmt, stored_axes, name, metadata=metadata),
        {"other": others["other"], "omero": {key: v for key, v in others["omero"].items() if key != "channels"}},
        [new, stored_axes, metadata],
    )
    assert [entry["name"] for entry in after["multiscales"]] == (["first", "second"] if name == "second" else ["first"])
    assert [dataset["path"] for dataset in after["multiscales"][-1]["datasets"]] == [new[0]["path"]]
    holds(after["multiscales"][0], unknown | {"metadata": {"kept": 1, **more}})
    assert after["multiscales"][-1]["metadata"]["by"] == "me"
    assert [channel["label"] for channel in after["omero"]["channels"]] == ["c", "b"]
    for channel, old in zip(after["omero"]["channels"], channels, strict=True):
        holds(channel, {key: value for key, value in old.items() if key not in ("label", "color")})


def test_coordinate_systems_stay_where_axes_stay() -> None:
    group, fmt = group_of("0.6", {})
    scale = [{"type": "scale", "scale": [1.0, 1.0]}]
    write_multiscales_metadata(group, [{"path": "0", "coordinateTransformations": scale}], fmt, "yx", "a")
    attributes: Any = deepcopy(dict(group.attrs))
    (entry,) = attributes["ome"]["multiscales"]
    own = entry["coordinateSystems"][0]
    entry["coordinateSystems"].append({"name": "stage", "axes": own["axes"]})
    edge = {"type": "identity", "input": {"name": own["name"]}, "output": {"name": "stage"}}
    entry["coordinateTransformations"] = [edge]
    group.attrs.put(attributes)
    write_multiscales_metadata(group, [{"path": "1", "coordinateTransformations": scale}], fmt, "yx", "a")
    (after,) = get_metadata(group)["multiscales"]
    assert [system["name"] for system in after["coordinateSystems"]] == [own["name"], "stage"]
    assert after["coordinateTransformations"] == [edge]
    assert [dataset["path"] for dataset in after["datasets"]] == ["1"]


@pytest.mark.parametrize("fmt", [fmt for fmt in format_implementations() if fmt.version in VERSIONS], ids=str)
@pytest.mark.parametrize("what", ["image", "pyramid", "labels", "label pyramid"])
def test_writers_of_pixels_keep_what_is_there_and_what_they_get(fmt: Format, what: str) -> None:
    group, _ = group_of(fmt.version, {"mine": {"a": [1]}})
    pixels = np.arange(2 * 2 * 2 * 16 * 16, dtype="uint8").reshape(2, 2, 2, 16, 16)
    before = pixels.copy()
    scale = [{"type": "scale", "scale": [1.0, 1.0, 1.0, 0.5, 0.5]}]
    options: dict[str, Any] = {"storage_options": {"chunks": (1, 1, 1, 8, 8)}, "metadata": {"by": ["me"]}}
    if fmt.scaled:
        options["coordinate_transformations"] = [deepcopy(scale)]
    pyramid = [pixels]
    names: Any = {"colors": [{"label-value": 1, "rgba": [1, 2, 3, 4]}], "properties": [{"label-value": 1, "a": [1]}]}
    arguments = deepcopy((options, names))
    for _ in range(2):
        if what == "image":
            write_image(pixels, group, axes="tczyx", fmt=fmt, levels=1, overwrite=True, **options)
        elif what == "pyramid":
            write_multiscale(pyramid, group, fmt=fmt, axes="tczyx", overwrite=True, **options)
        elif what == "labels":
            write_labels(
                pixels, group, "cells", axes="tczyx", fmt=fmt, levels=1, overwrite=True, label_metadata=names, **options
            )
        else:
            write_multiscale_labels(
                pyramid, group, "cells", fmt=fmt, axes="tczyx", overwrite=True, label_metadata=names, **options
            )
    assert (options, names) == arguments
    assert pyramid[0] is pixels
    np.testing.assert_array_equal(pixels, before)
    assert get_metadata(group, fmt)["mine"] == {"a": [1]}
    if "label" in what:
        assert get_metadata(zarr.open_group(group.store, path="labels", mode="r"), fmt)["labels"] == ["cells"]
    else:
        assert len(get_metadata(group, fmt)["multiscales"]) == 1


@settings(max_examples=15)
@given(
    old=st.dictionaries(st.sampled_from("abc"), UNKNOWN | st.integers()),
    new=st.dictionaries(st.sampled_from("abc"), UNKNOWN | st.integers()),
)
def test_metadata_that_is_added(old: dict[str, Any], new: dict[str, Any]) -> None:
    group, fmt = group_of("0.5", old)
    before = deepcopy(new)
    add_metadata(group, new, fmt)
    assert new == before
    after = get_metadata(group)
    for key in {*old, *new}:
        merged = isinstance(old.get(key), dict) and isinstance(new.get(key), dict)
        assert after[key] == (old[key] | new[key] if merged else new.get(key, old.get(key)))
    after["a"] = "changed"
    assert get_metadata(group).get("a") != "changed"


def test_labels_that_several_write_are_all_listed() -> None:
    group = zarr.create_group(MemoryStore())
    image = omezarr_nb.write_image(np.zeros((16, 16), "uint8"), group)
    for name in ("a", "b", "a"):
        write_labels(np.ones((16, 16), "uint8"), image, name, overwrite=True)
    labels = zarr.open_group(group.store, path="labels", mode="r+")
    write_label_metadata(labels, "a")
    assert get_metadata(labels)["labels"] == ["a", "b"]
