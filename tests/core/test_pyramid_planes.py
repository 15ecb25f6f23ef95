"""Planes that come one after the other."""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb import Planes, plan_image, write_image
from omezarr_nb.core.pyramid import plan as planning
from omezarr_nb.core.pyramid import regions
from omezarr_nb.core.pyramid.regions import in_one_piece
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError
from tests.core.pyramid_reference import pyramid

AXES = {3: "zyx", 4: "tzyx", 5: "tczyx"}


class Camera:
    """Gives planes in one buffer, as cameras do, and says how many at most were asked for ahead of what is stored."""

    def __init__(self, pixels: np.ndarray[Any, Any], leading: int, *, stop: int | None = None) -> None:
        self.planes = pixels.reshape(-1, *pixels.shape[leading:])
        self.stop = len(self.planes) if stop is None else stop
        self.given = 0

    def __iter__(self) -> Iterator[np.ndarray[Any, Any]]:
        buffer = np.empty(self.planes.shape[1:], self.planes.dtype)
        for plane in self.planes[: self.stop]:
            buffer[...] = plane
            self.given += 1
            yield buffer
            buffer[...] = 0


@st.composite
def acquisitions(draw: st.DrawFn) -> dict[str, Any]:
    ndim = draw(st.integers(3, 5))
    shape = tuple(draw(st.integers(1, 9 if ndim < 5 else 6)) for _ in range(ndim))
    step = tuple(draw(st.integers(1, 3)) for _ in range(ndim))
    worth = any(f > 1 and n > 1 for f, n in zip(step, shape, strict=True))
    return {
        "shape": shape,
        "leading": draw(st.integers(1, ndim - 2)),
        "factors": [step] if worth else [],
        "chunks": tuple(draw(st.integers(1, n)) for n in shape),
        "method": draw(st.sampled_from(["mean", "median", "nearest", "gaussian"])),
        "workers": draw(st.integers(1, 4)),
        "carry": draw(st.sampled_from([0, 1 << 20])),
    }


@settings(deadline=None, max_examples=60)
@given(acquisitions())
def test_planes_give_what_the_array_gives(case: dict[str, Any]) -> None:
    pixels = np.random.default_rng(0).integers(0, 999, case["shape"]).astype("u2")
    camera = Camera(pixels, case["leading"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "MOST_WORKERS", case["workers"])
        patch.setattr(planning, "processors", lambda: case["workers"])
        patch.setattr(regions, "CARRY_BYTES", case["carry"])
        plan = plan_image(
            Planes(camera, case["shape"][: case["leading"]]),
            MemoryStore(),
            axes=AXES[pixels.ndim],
            scale_factors=case["factors"],
            chunks=case["chunks"],
            method=case["method"],
        )
    image = plan.run()
    expected = pyramid(pixels, [level.step for level in plan.levels[1:]], case["method"])
    for level, wanted in zip(image.levels, expected, strict=True):
        np.testing.assert_array_equal(level.zarr[...], wanted)
    assert camera.given == math.prod(case["shape"][: case["leading"]])


def test_no_more_planes_are_held_than_the_regions_of_the_workers_have() -> None:
    pixels = np.random.default_rng(0).integers(0, 999, (64, 128, 128)).astype("u2")
    camera = Camera(pixels, 1)
    plan = plan_image(Planes(camera, 64), MemoryStore(), axes="zyx", chunks=(4, 64, 64), levels=2)
    deep = plan.passes[0].region[0]
    assert plan.passes[0].region[1:] == (128, 128)
    ahead: list[int] = []
    plan.run(on_progress=lambda progress: ahead.append(camera.given - progress.regions_done * deep))
    assert max(ahead) <= 2 * plan.workers * deep


def test_shape_and_dtype_come_from_the_first_plane_alone() -> None:
    camera = Camera(np.zeros((6, 5, 4), "i2"), 1)
    planes = Planes(camera, (2, 3))
    assert camera.given == 0
    assert (planes.shape, planes.dtype, camera.given) == ((2, 3, 5, 4), np.dtype("i2"), 1)


@pytest.mark.filterwarnings("ignore:Images of OME-Zarr 0.2")
def test_for_a_version_of_five_axes(tmp_path: Path) -> None:
    pixels = np.arange(6 * 64 * 64, dtype="u2").reshape(6, 64, 64)
    planes = Planes(Camera(pixels, 1), 6)
    plan = plan_image(planes, tmp_path / "i.ome.zarr", axes="zyx", version="0.2", levels=2, chunks=(1, 1, 2, 16, 16))
    assert plan.source.in_order == 3
    assert plan.passes[0].region[3:] == (64, 64)
    image = plan.run()
    np.testing.assert_array_equal(image.levels[0].zarr[0, 0], pixels)


def _raising() -> Iterator[Any]:
    yield np.zeros((64, 64), "u1")
    yield np.zeros((64, 64), "u1")
    raise RuntimeError("the camera is gone")


@pytest.mark.parametrize(
    ("planes", "kind", "words"),
    [
        (lambda: iter([np.zeros((64, 64), "u1")] * 7), InvalidArgumentError, r"ended early.*7 planes.*8"),
        (lambda: iter([np.zeros((64, 64), "u1")] * 9), InvalidArgumentError, r"more planes than.*islice"),
        (lambda: iter([]), InvalidArgumentError, r"ended early.*0 planes"),
        (
            lambda: iter([np.zeros((64, 64), "u1")] * 5 + [np.zeros((64, 63), "u1")] * 3),
            InvalidArgumentError,
            r"not like the first.*plane 5.*\(64, 63\).*\(64, 64\)",
        ),
        (
            lambda: iter([np.zeros((64, 64), "u1")] * 7 + [np.zeros((64, 64), "u2")]),
            InvalidArgumentError,
            r"not like the first.*plane 7.*uint16.*uint8",
        ),
        (lambda: iter([np.zeros(64, "u1")] * 8), InvalidArgumentError, "two axes or more"),
        (_raising, RuntimeError, "the camera is gone"),
    ],
)
def test_what_goes_wrong_is_said_and_the_target_is_as_before(
    planes: Any, kind: type[Exception], words: str, tmp_path: Path
) -> None:
    where = tmp_path / "movie.ome.zarr"
    write_image(np.full((8, 64, 64), 7, "u1"), where, axes="zyx")
    with pytest.raises(kind, match=f"(?s){words}"):
        write_image(Planes(planes(), 8), where, axes="zyx", overwrite=True)
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], np.full((8, 64, 64), 7))
    assert [path.name for path in tmp_path.iterdir()] == ["movie.ome.zarr"]


def test_planes_come_once() -> None:
    plan = plan_image(Planes(Camera(np.zeros((4, 8, 8), "u1"), 1), 4), MemoryStore(), axes="zyx")
    plan.run()
    with pytest.raises(InvalidArgumentError, match="taken already"):
        write_image(plan.source.array, MemoryStore(), axes="zyx")


def test_what_is_no_sequence_of_planes() -> None:
    with pytest.raises(ArgumentTypeError, match=r"generator.*Planes\(generator, lengths\)"):
        write_image((plane for plane in np.zeros((4, 8, 8))), MemoryStore(), axes="zyx")
    with pytest.raises(ArgumentTypeError, match="iterable of arrays"):
        Planes(3, 4)  # type: ignore[arg-type] # what a person may pass
    for lengths in (0, -1, True, (), (3, 0), 2.5, "3"):
        with pytest.raises(InvalidArgumentError, match="lengths"):
            Planes([], lengths)  # type: ignore[arg-type] # what a person may pass


def test_what_planes_cannot_do() -> None:
    planes = Planes(Camera(np.zeros((4, 64, 64), "u1"), 1), 4)
    with pytest.raises(UnsupportedError, match="read only once"):
        plan_image(planes, "unused", axes="zyx", method="laplacian")
    with pytest.raises(ArgumentTypeError, match="sent to another"):
        pickle.dumps(planes)
    with pytest.raises(InvalidArgumentError, match="read whole"):
        planes[slice(0, 1), slice(0, 9), slice(0, 64)]


@pytest.mark.parametrize(
    ("region", "whole", "expected"),
    [
        ((1, 1, 64, 64), 2, (1, 1, 100, 100)),
        ((1, 4, 64, 64), 2, (1, 4, 100, 100)),
        ((2, 1, 64, 64), 2, (2, 20, 100, 100)),
        ((1, 4, 64, 64), 1, (1, 20, 100, 100)),
    ],
)
def test_regions_in_one_piece(region: Any, whole: int, expected: Any) -> None:
    assert in_one_piece(region, (10, 20, 100, 100), whole) == expected


def test_planes_of_regions_that_are_there_already_are_dropped() -> None:
    camera = Camera(np.arange(300 * 4, dtype="u2").reshape(300, 2, 2), 1)
    planes = Planes(camera, 300)
    for number in range(299):
        if number != 7:
            planes.skip((slice(number, number + 1), slice(0, 2), slice(0, 2)))
    last = planes[slice(299, 300), slice(0, 2), slice(0, 2)]
    np.testing.assert_array_equal(last[0], [[1196, 1197], [1198, 1199]])
    np.testing.assert_array_equal(planes[slice(7, 8), slice(0, 2), slice(0, 2)][0], [[28, 29], [30, 31]])
