"""What is read for a repr: the level that serves, never more than the bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omezarr_nb.core.axes import parse_axes
from omezarr_nb.core.image import Level
from omezarr_nb.display.reads import MAX_BYTES, MAX_CHUNK_BYTES, MAX_CHUNKS, ReadPlan, plan_reads


@dataclass(frozen=True)
class Planned:
    """A level as far as planning looks at it."""

    index: int
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    scale: tuple[float, ...]
    translation: tuple[float, ...]
    dtype: np.dtype[Any]


def pyramid(
    shape: tuple[int, ...], chunks: tuple[int, ...], count: int, dtype: str = "uint16", axes: str = "yx"
) -> list[Level]:
    """Return levels that halve y and x."""
    levels = []
    for index in range(count):
        factors = tuple(2**index if name in "yx" else 1 for name in axes)
        size = tuple(-(-length // factor) for length, factor in zip(shape, factors, strict=True))
        offsets = tuple((factor - 1) / 2 for factor in factors)
        levels.append(Planned(index, size, chunks, tuple(map(float, factors)), offsets, np.dtype(dtype)))
    return cast("list[Level]", levels)


def plan(levels: list[Level], axes: str = "yx", channels: int = 1, **defaults: int) -> ReadPlan:
    """Plan with all channels shown."""
    channel_axis = axes.index("c") if "c" in axes else None
    shown = list(range(channels))
    return plan_reads(levels, parse_axes(axes), channel_axis, channels=shown, composite=shown, defaults=defaults)


@pytest.mark.parametrize(
    ("shape", "chunks", "count", "level"),
    [
        ((100, 100), (64, 64), 1, 0),
        ((1024, 1024), (256, 256), 4, 2),  # 256 serves, 128 does not
        ((40, 2000), (256, 256), 4, 3),  # the longer side counts
        ((300_000, 200_000), (1024, 1024), 12, 10),
    ],
)
def test_the_smallest_level_that_serves(
    shape: tuple[int, int], chunks: tuple[int, int], count: int, level: int
) -> None:
    picture = plan(pyramid(shape, chunks, count)).picture
    assert picture is not None
    assert (picture.level, picture.cropped) == (level, False)


def test_a_coarser_level_is_taken_where_that_is_too_large() -> None:
    picture = plan(pyramid((40, 300, 300), (40, 100, 100), 4, "float64", "zyx"), "zyx").picture
    assert picture is not None
    assert (picture.level, picture.cropped, picture.chunks) == (2, False, 1)


def test_a_huge_single_level_is_cropped_to_its_middle() -> None:
    picture = plan(pyramid((100_000, 80_000), (512, 512), 1)).picture
    assert picture is not None
    assert picture.cropped
    assert picture.window == (slice(49664, 50176), slice(39936, 40448))
    assert picture.nbytes == 512 * 512 * 2


def test_one_chunk_is_read_where_nothing_less_is_there() -> None:
    found = plan(pyramid((500, 1000, 1000), (125, 250, 250), 1, "uint8", "zyx"), "zyx")
    assert found.picture is not None
    assert (found.picture.chunks, found.picture.nbytes) == (1, 125 * 250 * 250)


def test_nothing_is_read_where_one_chunk_is_too_large() -> None:
    found = plan(pyramid((20_000, 20_000), (4096, 4096), 3))
    assert found.picture is None
    assert found.levels == {}
    assert {words.replace("\u2009", " ") for words in found.reasons.values()} == {"not read: one chunk holds 33.6 MB"}


def test_channels_are_left_out_before_a_picture_is() -> None:
    picture = plan(pyramid((8, 1200, 1200), (1, 1200, 1200), 1, axes="cyx"), "cyx", channels=8).picture
    assert picture is not None
    assert (picture.channels, picture.cropped) == ((0,), False)


def test_channels_in_one_chunk_are_counted_once() -> None:
    picture = plan(pyramid((4, 200, 200), (4, 200, 200), 1, axes="cyx"), "cyx", channels=4).picture
    assert picture is not None
    assert (picture.chunks, picture.nbytes) == (1, 4 * 200 * 200 * 2)


@pytest.mark.parametrize(("defaults", "t", "z"), [({}, 0, 5), ({"z": 7, "t": 2}, 2, 7), ({"z": 71, "t": -1}, 0, 5)])
def test_the_plane_is_the_default_or_the_middle(defaults: dict[str, int], t: int, z: int) -> None:
    picture = plan(pyramid((3, 10, 64, 64), (1, 1, 64, 64), 1, axes="tzyx"), "tzyx", **defaults).picture
    assert picture is not None
    assert picture.fixed[:2] == (t, z)


def test_the_default_plane_is_found_in_other_levels() -> None:
    fine = Planned(0, (100, 300, 300), (1, 300, 300), (0.5, 1.0, 1.0), (0.0, 0.0, 0.0), np.dtype("uint8"))
    coarse = Planned(1, (25, 150, 150), (1, 150, 150), (2.0, 2.0, 2.0), (0.75, 0.5, 0.5), np.dtype("uint8"))
    found = plan(cast("list[Level]", [fine, coarse]), "zyx", z=41)
    assert {index: plane.fixed[0] for index, plane in found.levels.items()} == {0: 41, 1: 10}


@pytest.mark.parametrize("dtype", ["complex64", "S4", "datetime64[s]"])
def test_pixels_that_cannot_be_drawn_are_not_read(dtype: str) -> None:
    found = plan(pyramid((64, 64), (64, 64), 2, dtype=dtype))
    assert found.picture is None
    assert "cannot be drawn" in found.reasons[0]


sizes = st.integers(1, 20_000)


@settings(max_examples=200, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 20), sizes, sizes),
    chunks=st.tuples(st.integers(1, 4), st.integers(1, 3000), st.integers(1, 3000)),
    count=st.integers(1, 8),
    dtype=st.sampled_from(["uint8", "float64"]),
)
def test_bounds_hold_for_any_layout(
    shape: tuple[int, int, int], chunks: tuple[int, int, int], count: int, dtype: str
) -> None:
    levels = pyramid(shape, chunks, count, dtype, "cyx")
    found = plan(levels, "cyx", channels=min(shape[0], 8))
    planes = found.levels.values()
    single = len(planes) == 1 and sum(plane.chunks for plane in planes) == 1
    assert sum(plane.nbytes for plane in planes) <= (MAX_CHUNK_BYTES if single else MAX_BYTES)
    assert sum(plane.chunks for plane in planes) <= MAX_CHUNKS
    assert set(found.levels) | set(found.reasons) == set(range(count))
    for plane in planes:
        for part, size in zip(plane.window, levels[plane.level].shape[1:], strict=True):
            assert 0 <= part.start < part.stop <= size
