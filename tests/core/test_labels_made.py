"""Labels of an image's own pixels, and what a table says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import omezarr_nb
from omezarr_nb.core.segmenting import segment_pixels, threshold_of
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, NotFoundError, OMEZarrError, UnsupportedError


def two_discs() -> NDArray[np.uint16]:
    """Return two bright discs that touch, and a speck."""
    y, x = np.mgrid[:80, :120]
    pixels = np.zeros((80, 120), "uint16")
    for centre in (40, 74):
        pixels[(y - 40) ** 2 + (x - centre) ** 2 < 20**2] = 1000
    pixels[3, 3] = 1000
    return pixels


@pytest.mark.parametrize(("how", "count"), [("components", 1), ("watershed", 2), ("threshold", 1)])
def test_each_way_finds_its_objects(how: Any, count: int) -> None:
    labels = segment_pixels(two_discs(), how, 500, smooth=0, smallest=10, distance=10)
    assert set(np.unique(labels)) == set(range(count + 1))
    assert labels[3, 3] == 0
    assert labels[40, 40] > 0


def test_times_are_segmented_one_by_one_and_channels_left_out(tmp_path: Path) -> None:
    pixels = np.zeros((3, 2, 80, 120), "uint16")
    for time in range(3):
        pixels[time, 1] = np.roll(two_discs(), time, axis=0)
    image = omezarr_nb.write_image(pixels, tmp_path / "times.ome.zarr", axes="tcyx", scale={"t": 2})
    found = omezarr_nb.segment(image, channel=1, threshold=400, smooth=0)
    assert (found.axes, found.shape, found.dtype) == (("t", "y", "x"), (3, 80, 120), np.dtype("uint32"))
    whole = np.asarray(found)
    assert whole.shape == found.shape
    np.testing.assert_array_equal(found[1:, 10:70, ::2], whole[1:, 10:70, ::2])
    np.testing.assert_array_equal(found[2], whole[2])
    np.testing.assert_array_equal(found[..., 40], whole[..., 40])
    labels = omezarr_nb.write_labels(found, image, "discs")
    np.testing.assert_array_equal(labels.levels[0].zarr[:], whole)
    assert labels.levels[0].scale[0] == 2


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"how": "magic"}, InvalidArgumentError),
        ({"channel": 1}, InvalidArgumentError),
        ({"channel": "DAPI"}, ArgumentTypeError),
        ({"smooth": -1}, InvalidArgumentError),
        ({"smallest": "many"}, InvalidArgumentError),
        ({"threshold": "bright"}, InvalidArgumentError),
        ({"threshold": float("nan")}, InvalidArgumentError),
    ],
)
def test_what_cannot_be_meant_is_told(given: dict[str, Any], error: type[OMEZarrError]) -> None:
    image = omezarr_nb.write_image(np.zeros((16, 16), "uint8"), "memory://flat.ome.zarr", overwrite=True)
    assert not np.asarray(omezarr_nb.segment(image)).any()
    with pytest.raises(error):
        omezarr_nb.segment(image, **given)


def test_nothing_is_read_before_it_is_sliced(tmp_path: Path) -> None:
    image = omezarr_nb.write_image(two_discs(), tmp_path / "discs.ome.zarr", levels=1)
    chunk = tmp_path / "discs.ome.zarr" / "0" / "c" / "0" / "0"
    whole = chunk.read_bytes()
    chunk.write_bytes(b"torn")
    found = omezarr_nb.segment(image, smooth=0)
    chunk.write_bytes(whole)
    assert found[40, 40] > 0


def test_a_level_beyond_all_memory_is_not_read_for_a_threshold(tmp_path: Path) -> None:
    image = omezarr_nb.create_image(tmp_path / "vast.ome.zarr", shape=(100_000, 100_000), dtype="uint8", levels=1)
    with pytest.raises(UnsupportedError, match="Give a threshold"):
        threshold_of(image, 0)


class Frame:
    """What a DataFrame has."""

    def to_dict(self, kind: str) -> list[dict[str, Any]]:
        """Return the rows."""
        assert kind == "records"
        return [{"id": np.int64(4), "area": np.float64(2.5), "empty": float("nan")}]


def test_tables_of_every_kind_are_properties(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\ufeffLabel,area,kind,note\n1,12.5,round,\n2,30,long,far away\n")
    assert omezarr_nb.properties_of(tmp_path / "t.csv") == [
        {"label-value": 1, "area": 12.5, "kind": "round"},
        {"label-value": 2, "area": 30, "kind": "long", "note": "far away"},
    ]
    assert omezarr_nb.properties_of(Frame()) == [{"label-value": 4, "area": 2.5}]
    assert omezarr_nb.properties_of({"cell": [3], "x": ["7"]}, "cell") == [{"label-value": 3, "x": 7}]
    assert omezarr_nb.properties_of([{"label-value": 9}]) == [{"label-value": 9}]


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ("gone.csv", NotFoundError),
        (7, ArgumentTypeError),
        ([{"area": 1}], InvalidArgumentError),
        ([{"label": 0}], InvalidArgumentError),
        ([{"label": 1.5}], InvalidArgumentError),
        ([{"label": "x"}], InvalidArgumentError),
        ([{"label": 1}, {"label": 1}], InvalidArgumentError),
        ({"label": [1, 2], "area": [1]}, InvalidArgumentError),
    ],
)
def test_what_is_no_table_of_labels_is_told(table: Any, error: type[OMEZarrError]) -> None:
    with pytest.raises(error):
        omezarr_nb.properties_of(table)


def test_colours_follow_numbers_and_names() -> None:
    rows = [{"label-value": n, "area": n * n, "kind": "ab"[n % 2]} for n in (1, 2, 3)]
    by_area = [entry["rgba"] for entry in omezarr_nb.colors_by(rows, "area")]
    assert by_area[0] == [68, 1, 84, 255]
    assert by_area[-1] == [253, 231, 37, 255]
    by_kind = [entry["rgba"] for entry in omezarr_nb.colors_by(rows, "kind")]
    assert by_kind[0] == by_kind[2] != by_kind[1]
    with pytest.raises(InvalidArgumentError):
        omezarr_nb.colors_by(rows, "volume")


def test_numbers_without_end_have_no_colour() -> None:
    values = [-1.7e308, 0, 1.7e308, float("inf"), float("nan"), 10**400]
    colors = omezarr_nb.colors_by([{"label-value": n, "size": value} for n, value in enumerate(values, 1)], "size")
    assert [(entry["label-value"], entry["rgba"][:3]) for entry in colors] == [
        (1, [68, 1, 84]),
        (2, [33, 145, 140]),
        (3, [253, 231, 37]),
    ]
    assert omezarr_nb.properties_of({"label": [1], "size": ["9" * 400]}) == [{"label-value": 1}]


@pytest.mark.parametrize("data", ["label,name\n1,Bär".encode("latin-1"), b"label,name\n1," + b"x" * 200_000])
def test_a_table_that_cannot_be_read_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "table.csv").write_bytes(data)
    with pytest.raises(InvalidArgumentError, match=r"cannot be read.*UTF-8"):
        omezarr_nb.properties_of(tmp_path / "table.csv")


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("label;area;kind\n1;2,5;a, b\n2;-3;1,2,3\n", "utf-8", [(2.5, "a, b"), (-3, "1,2,3")]),
        ("label;area;kind\n1;1,5e3;\n", "utf-8-sig", [(1500.0, None)]),
        ("label\tarea\tkind\n1\t2.5\tx;y\n", "utf-8-sig", [(2.5, "x;y")]),
        ('label,area,kind\n1,"2,5",a;b\n', "utf-8", [("2,5", "a;b")]),
    ],
)
def test_tables_of_spreadsheets_are_read_whatever_is_between_their_columns(
    tmp_path: Path, text: str, encoding: str, expected: list[tuple[Any, Any]]
) -> None:
    (tmp_path / "objects.csv").write_text(text, encoding=encoding)
    found = omezarr_nb.properties_of(tmp_path / "objects.csv")
    assert [(row["area"], row.get("kind")) for row in found] == expected


def test_a_table_in_another_encoding_is_refused_with_the_byte_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "objects.csv").write_bytes("label,größe\n1,2\n".encode("latin-1"))
    with pytest.raises(InvalidArgumentError, match=r"Found: byte 0xf6.*CSV UTF-8"):
        omezarr_nb.properties_of(tmp_path / "objects.csv")
