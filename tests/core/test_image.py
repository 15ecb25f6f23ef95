"""Images as they are used: levels with faults, where they lie, channels, labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.reader import open_image
from omezarr_nb.errors import (
    ArgumentTypeError,
    InvalidArgumentError,
    InvalidMetadataError,
    NotFoundError,
    StoreError,
)
from tests.core.documents import array_documents, group_documents, image_documents, memory_store, wrap, write_documents
from tests.servers import DirectoryServer

Serve = Callable[[Path], DirectoryServer]
SHAPES = [(4, 64, 64), (4, 32, 32), (4, 16, 16)]


def documents_of(axes: str = "zyx", shapes: Any = SHAPES, version: str = "0.5", **options: Any) -> dict[str, Any]:
    return image_documents(axes, shapes, version, **options)


def datasets_of(documents: dict[str, Any]) -> list[Any]:
    datasets: list[Any] = documents["zarr.json"]["attributes"]["ome"]["multiscales"][0]["datasets"]
    return datasets


def opened(documents: dict[str, Any]) -> Image:
    return open_image(memory_store(documents))


def rules(image: Image) -> list[str]:
    return [problem.rule for problem in image.problems]


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_an_image_as_it_should_be(version: str) -> None:
    image = opened(documents_of(version=version))
    assert (image.name, image.version, image.ndim) == ("made", version, 3)
    assert (image.shape, image.dtype) == (SHAPES[0], np.dtype("uint16"))
    assert [level.index for level in image.levels] == [0, 1, 2]
    assert [level.scale for level in image.levels] == [(1, 1, 1), (1, 2, 2), (1, 4, 4)]
    assert image.levels[0].nbytes == 4 * 64 * 64 * 2
    assert image.levels[0].shards is None
    assert image.problems == ()
    assert repr(image) == f"<Image 'made' zyx, 3 levels, OME-Zarr {version}>"


def test_a_level_is_an_array() -> None:
    image = opened(documents_of())
    assert image.array().shape == image.levels[0].dask.shape == SHAPES[0]
    assert image.array(-1).shape == SHAPES[-1]
    assert image.array(np.int64(1)).shape == SHAPES[1]  # type: ignore[arg-type] # an integer all the same
    for level in (3, -4):
        with pytest.raises(InvalidArgumentError, match=r"no such level.*0 to 2"):
            image.array(level)
    odd: list[Any] = ["0", 1.0, True, None, slice(1)]
    for value in odd:
        with pytest.raises(ArgumentTypeError, match="integer"):
            image.array(value)


def test_a_missing_level_is_a_problem() -> None:
    documents = documents_of()
    del documents["1/zarr.json"]
    image = opened(documents)
    assert [level.path for level in image.levels] == ["0", "2"]
    assert [level.index for level in image.levels] == [0, 1]
    assert [(problem.rule, problem.place) for problem in image.problems] == [
        ("level-array", "multiscales[0].datasets[1]")
    ]


@pytest.mark.parametrize(
    ("level", "rule"),
    [
        (array_documents("1", (32, 32), 3, "yx"), "level-dimensions"),
        (array_documents("1", (4, 0, 32), 3, "zyx"), "level-empty"),
        ({"1/zarr.json": {"zarr_format": 3, "node_type": "array"}}, "array-document"),
        (group_documents({}, 3, "1"), "level-array"),
        ({"1/zarr.json": b"{cut"}, "array-document"),
    ],
)
def test_a_level_that_cannot_be_used_is_a_problem(level: dict[str, Any], rule: str) -> None:
    image = opened(documents_of() | level)
    assert rules(image) == [rule]
    assert [level.path for level in image.levels] == ["0", "2"]


def test_no_level_at_all_is_an_error_that_names_the_problems() -> None:
    image = opened({key: value for key, value in documents_of().items() if key == "zarr.json"})
    with pytest.raises(NotFoundError, match=r'None of the levels.*no array at "0"'):
        image.shape  # noqa: B018 - reading it is the test
    assert rules(image) == ["level-array"] * 3


@pytest.mark.parametrize(
    ("names", "severity"),
    [(["z", "x", "y"], "error"), (["a", None, "c"], "error"), (None, "warning")],
)
def test_dimension_names_that_differ_are_a_problem(names: Any, severity: str) -> None:
    image = opened(documents_of() | array_documents("0", SHAPES[0], 3, names))
    assert [(problem.rule, problem.severity) for problem in image.problems] == [("dimension-names", severity)]
    assert len(image.levels) == 3


def test_levels_in_the_wrong_order_are_sorted() -> None:
    image = opened(documents_of(shapes=SHAPES[::-1], scales=[(1, 4, 4), (1, 2, 2), (1, 1, 1)]))
    assert rules(image) == ["level-order"]
    assert [level.shape for level in image.levels] == SHAPES
    assert [level.path for level in image.levels] == ["2", "1", "0"]
    assert [level.scale[1] for level in image.levels] == [1, 2, 4]


def test_a_missing_scale_is_taken_from_the_others_edge_to_edge() -> None:
    image = opened(documents_of(scales=[(2, 0.5, 0.5), None, (2, 2, 2)]))
    assert rules(image) == ["dataset-transformations"]
    assert image.levels[1].scale == (2, 1, 1)
    assert image.levels[1].translation == (0, 0.25, 0.25)


def test_a_missing_first_scale_is_taken_from_the_next() -> None:
    image = opened(documents_of(scales=[None, (2, 1, 1), (2, 2, 2)]))
    assert image.levels[0].scale == (2, 0.5, 0.5)
    assert image.levels[0].translation == (0, -0.25, -0.25)


def test_without_any_scale_pixels_are_the_unit() -> None:
    image = opened(documents_of(scales=[None, None, None]))
    assert rules(image) == ["dataset-transformations"] * 3
    assert [level.scale for level in image.levels] == [(1, 1, 1), (1, 2, 2), (1, 4, 4)]
    assert [level.translation[-1] for level in image.levels] == [0, 0.5, 1.5]


def test_versions_that_state_no_scale_have_no_problem() -> None:
    multiscale = {"version": "0.3", "axes": ["y", "x"], "datasets": [{"path": "0"}, {"path": "1"}]}
    documents = group_documents({"multiscales": [multiscale]}, 2)
    documents |= array_documents("0", (8, 8), 2) | array_documents("1", (4, 4), 2)
    image = opened(documents)
    assert (image.version, image.problems) == ("0.3", ())
    assert image.levels[1].scale == (2, 2)
    assert image.levels[1].translation == (0.5, 0.5)


def test_transformations_of_the_pyramid_come_after_those_of_the_level() -> None:
    documents = documents_of("yx", [(8, 8), (4, 4)])
    datasets_of(documents)[1]["coordinateTransformations"].append({"type": "translation", "translation": [0.5, 0.5]})
    documents["zarr.json"]["attributes"]["ome"]["multiscales"][0]["coordinateTransformations"] = [
        {"type": "scale", "scale": [10, 10]},
        {"type": "translation", "translation": [1, 0]},
    ]
    image = opened(documents)
    assert [level.scale for level in image.levels] == [(10, 10), (20, 20)]
    assert [level.translation for level in image.levels] == [(1, 0), (6, 5)]


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_scales_that_multiply_to_nothing_or_everything_are_a_problem(factor: float) -> None:
    documents = documents_of("yx", [(8, 8), (4, 4)], scales=[(factor, factor)] * 2)
    whole = [{"type": "scale", "scale": [factor, factor]}]
    documents["zarr.json"]["attributes"]["ome"]["multiscales"][0]["coordinateTransformations"] = whole
    image = opened(documents)
    assert rules(image) == ["scale-range"] * 2
    assert all(0 < size < 1e300 for level in image.levels for size in level.scale)


def test_a_storage_that_fails_at_the_levels_is_an_error_and_may_be_asked_again(tmp_path: Path, serve: Serve) -> None:
    write_documents(tmp_path / "a.zarr", documents_of())
    server = serve(tmp_path)
    image = open_image(f"{server.url}/a.zarr")
    server.fail("a.zarr/1/zarr.json", 500)
    with pytest.raises(StoreError, match=r"1/zarr\.json"):
        image.levels  # noqa: B018 - reading it is the test
    server.heal()
    assert len(image.levels) == 3


def test_a_level_that_is_refused_counts_as_missing(tmp_path: Path, serve: Serve) -> None:
    write_documents(tmp_path / "a.zarr", documents_of())
    server = serve(tmp_path)
    image = open_image(f"{server.url}/a.zarr")
    server.fail("a.zarr/1/zarr.json", 403)
    server.fail("a.zarr/labels/*", 403)
    assert rules(image) == ["level-array"]
    assert dict(image.labels) == {}


# Channels


def channels(omero: Any, count: int = 3) -> list[tuple[str, str]]:
    image = opened(documents_of("cyx", [(count, 8, 8)], keys={"omero": omero}))
    return [(channel.label, channel.color) for channel in image.channels]


def test_channels_are_filled_up_to_the_length_of_their_axis() -> None:
    assert channels({"channels": [{"label": "DAPI"}, {"color": "0000ff"}]}) == [
        ("DAPI", "00FF00"),
        ("channel 1", "0000FF"),
        ("channel 2", "00FFFF"),
    ]
    assert len(channels({"channels": [{}] * 9})) == 3
    assert channels(None, count=1) == [("channel 0", "FFFFFF")]


def test_an_image_without_a_channel_axis_has_one_channel() -> None:
    image = opened(documents_of(keys={"omero": {"channels": [{"label": "a"}, {"label": "b"}]}}))
    assert (image.channel_axis, [channel.label for channel in image.channels]) == (None, ["a"])
    assert opened(documents_of("cyx", [(2, 8, 8)])).channel_axis == 0


def test_a_name_is_made_where_there_is_none(tmp_path: Path) -> None:
    documents = documents_of()
    del documents["zarr.json"]["attributes"]["ome"]["multiscales"][0]["name"]
    assert open_image(write_documents(tmp_path / "cells.zarr", documents)).name == "cells.zarr"


def test_the_metadata_and_the_attributes_are_there() -> None:
    documents = documents_of(keys={"mine": {"a": 1}})
    image = opened(documents)
    assert image.attributes == documents["zarr.json"]["attributes"]
    assert image.metadata.extra == {"mine": {"a": 1}}
    assert image.multiscale is image.metadata.multiscales[0]


# Labels


def test_labels_are_opened_when_they_are_asked_for(tmp_path: Path, serve: Serve) -> None:
    write_documents(tmp_path / "a.zarr", documents_of(labels={"b": SHAPES, "a/deep": SHAPES[:1]}))
    server = serve(tmp_path)
    image = open_image(f"{server.url}/a.zarr")
    server.clear()
    labels = image.labels
    assert server.requests == []
    assert list(labels) == ["b", "a/deep"]
    assert (len(labels), "b" in labels, "x" in labels) == (2, True, False)
    assert repr(labels) == "<Labels b, a/deep>"
    assert len(server.requests) == 1
    assert isinstance(labels["a/deep"], LabelImage)
    assert labels["b"].shape == SHAPES[0]
    assert labels.problems == ()
    with pytest.raises(KeyError):
        labels["x"]
    assert labels.get("x") is None


def test_an_image_without_labels_has_none() -> None:
    labels = opened(documents_of()).labels
    assert (dict(labels), labels.problems, repr(labels)) == ({}, (), "<Labels none>")


def test_a_label_that_is_missing_is_said_when_it_is_asked_for() -> None:
    documents = documents_of(labels={"here": SHAPES, "gone": SHAPES})
    del documents["labels/gone/zarr.json"]
    image = opened(documents)
    assert list(image.labels) == ["here", "gone"]
    assert image.problems == ()
    assert image.labels["here"].levels
    with pytest.raises(NotFoundError, match=r"in the list, but not in the store.*labels/gone"):
        image.labels["gone"]
    assert "gone" in image.labels


def test_a_label_that_is_no_image_is_said() -> None:
    documents = documents_of(labels={"a": SHAPES}) | group_documents({}, 3, "labels/a")
    with pytest.raises(InvalidMetadataError):
        opened(documents).labels["a"]


@pytest.mark.parametrize(
    ("listed", "names", "rules_"),
    [
        (["a", "a", "b"], ("a", "b"), ["labels-twice"]),
        (
            ["../x", "/etc", "a", 3, None, ["a"], ""],
            ("a", "3"),
            [*["path-inside"] * 2, *["labels-path"] * 3, "path-inside"],
        ),
        ({"a": 1}, (), ["labels-list"]),
        ("a", (), ["labels-list"]),
        ([], (), []),
    ],
)
def test_a_list_of_labels_may_hold_anything(listed: Any, names: tuple[str, ...], rules_: list[str]) -> None:
    documents = documents_of() | group_documents(wrap({"labels": listed}), 3, "labels")
    labels = opened(documents).labels
    assert labels.names == names
    assert [problem.rule for problem in labels.problems] == rules_


def test_a_view_needs_the_floors_above(monkeypatch: pytest.MonkeyPatch) -> None:
    from omezarr_nb.core.shown import Shown

    image = opened(documents_of())
    monkeypatch.setattr(Shown, "face", None)
    assert str(image) == repr(image)
    assert image._repr_mimebundle_() == {"text/plain": repr(image)}
    with pytest.raises(InvalidArgumentError, match="Import omezarr_nb"):
        image.view()
