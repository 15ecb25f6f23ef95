"""Whatever the chunks, shards, source and cut: every level equals the reference that was never cut."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Sequence
from typing import Any

import dask.array
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.storage import MemoryStore

from omezarr_nb.core.pyramid import plan as planning
from omezarr_nb.core.pyramid import regions
from omezarr_nb.core.pyramid.plan import plan_image
from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.core.pyramid.reduce import FILTERS, METHODS
from omezarr_nb.core.pyramid.source import as_source
from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.core.writer import write_image
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError, WriteCancelledError
from tests.core.pyramid_reference import pyramid

da: Any = dask.array  # which has no types
AXES = {1: "x", 2: "yx", 3: "cyx", 4: "czyx", 5: "tczyx"}


def reference(pixels: np.ndarray[Any, Any], plan: WritePlan) -> list[np.ndarray[Any, Any]]:
    """Give all levels, each of the whole level before."""
    return pyramid(pixels, [level.step for level in plan.levels[1:]], plan.method)


def sources(kind: str, pixels: np.ndarray[Any, Any], chunks: Sequence[int]) -> Any:
    if kind == "dask":
        return da.from_array(pixels, chunks=tuple(chunks))
    if kind == "zarr":
        array = zarr.create_array(MemoryStore(), shape=pixels.shape, chunks=tuple(chunks), dtype=pixels.dtype)
        array[...] = pixels
        return array
    if kind == "strided":
        return np.repeat(pixels, 2, axis=-1)[..., ::2]
    return pixels


@st.composite
def writes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an image and how it is written."""
    ndim = draw(st.integers(2, 5))
    longest = {2: 60, 3: 25, 4: 12, 5: 8}[ndim]
    shape = tuple(draw(st.integers(1, longest)) for _ in range(ndim))
    lengths = st.tuples(*(st.integers(n // 5 + 1, n) for n in shape))
    factors, now = [], (1,) * ndim
    for _ in range(draw(st.integers(0, 3))):
        after = tuple(a * draw(st.integers(1, 3)) for a in now)
        left = [max(1, n // a) for n, a in zip(shape, now, strict=True)]
        if any(b > a and n > 1 for a, b, n in zip(now, after, left, strict=True)):
            factors.append(after)
            now = after
    chunks = draw(lengths)
    per_shard = tuple(draw(st.integers(1, 3)) for _ in range(ndim))
    version = draw(st.sampled_from(["0.4", "0.5"]))
    dtype = draw(st.sampled_from(["u1", "i2", "u2", "i4", "i8", "u8", "?", "f2", "f4", "f8", "c8", ">u2"]))
    refused = {"f": ("mode",), "c": ("mode", "min", "max", "median")}.get(np.dtype(dtype).kind, ())
    methods = [method for method in (*METHODS, *FILTERS) if method not in refused]
    return {
        "shape": shape,
        "kind": draw(st.sampled_from(["numpy", "strided", "dask", "zarr"])),
        "source_chunks": draw(lengths),
        "dtype": dtype,
        "seed": draw(st.integers(0, 1000)),
        "budget": draw(st.sampled_from([64, 1000, 1 << 20])),
        "carry": draw(st.sampled_from([0, 500, 1 << 20])),
        "workers": draw(st.integers(1, 3)),
        "options": {
            "axes": AXES[ndim],
            "scale_factors": factors,
            "chunks": chunks,
            "shards": None
            if version == "0.4" or draw(st.booleans())
            else tuple(c * k for c, k in zip(chunks, per_shard, strict=True)),
            "version": version,
            "method": draw(st.sampled_from(methods)),
        },
    }


@pytest.mark.once
@settings(deadline=None, max_examples=150)
@given(writes())
def test_every_level_equals_the_reference_that_was_never_cut(case: dict[str, Any]) -> None:
    generator = np.random.default_rng(case["seed"])
    pixels = generator.integers(0, 200, case["shape"]).astype(case["dtype"])
    if pixels.dtype.kind in "fc":
        pixels[generator.random(case["shape"]) < 0.2] = np.nan
    if pixels.dtype.itemsize == 8 and pixels.dtype.kind in "iu":
        pixels += np.iinfo(pixels.dtype).max - 300  # beyond what a float can hold
    source = sources(case["kind"], pixels, case["source_chunks"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regions, "UNITS_BYTES", case["budget"])
        patch.setattr(regions, "LEAST_BYTES", case["budget"])
        patch.setattr(regions, "CARRY_BYTES", case["carry"])
        patch.setattr(planning, "MOST_WORKERS", case["workers"])
        plan = plan_image(source, MemoryStore(), **case["options"])
    image = plan.run()
    assert not image.problems
    expected = reference(pixels, plan)
    assert len(image.levels) == len(expected)
    for level, wanted in zip(image.levels, expected, strict=True):
        assert level.dtype == wanted.dtype
        assert level.shape == wanted.shape
        np.testing.assert_array_equal(level.zarr[...], wanted)


@settings(deadline=None, max_examples=80)
@given(writes())
def test_regions_cover_each_level_once_in_whole_units(case: dict[str, Any]) -> None:
    source = sources(case["kind"], np.zeros(case["shape"], case["dtype"]), case["source_chunks"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regions, "UNITS_BYTES", case["budget"])
        patch.setattr(regions, "CARRY_BYTES", case["carry"])
        plan = plan_image(source, "unused", **case["options"])
    seen = [np.zeros(level.shape, int) for level in plan.levels]
    for entry in plan.passes:
        for region in entry.regions():
            box = region
            for index in range(entry.base, entry.write[-1] + 1):
                if index > entry.base:
                    step = plan.levels[index].step
                    box = tuple(
                        slice(s.start // f, min(s.start // f + (s.stop - s.start) // f, n))
                        for s, f, n in zip(box, step, plan.levels[index].shape, strict=True)
                    )
                if index in entry.write:
                    seen[index][box] += 1
                    for part, unit, length in zip(box, plan.levels[index].unit, plan.levels[index].shape, strict=True):
                        if part.start < part.stop:
                            assert part.start % unit == 0
                            assert part.stop == length or part.stop % unit == 0
    for count in seen:
        assert (count == 1).all()


class Counted:
    """An array that counts how often each pixel is read."""

    def __init__(self, pixels: np.ndarray[Any, Any]) -> None:
        self.pixels, self.count = pixels, np.zeros(pixels.shape, int)
        self.shape, self.dtype = pixels.shape, pixels.dtype
        self.largest = 0

    def __getitem__(self, region: Any) -> Any:
        self.count[region] += 1
        self.largest = max(self.largest, self.pixels[region].nbytes)
        return self.pixels[region]


def test_the_source_is_read_once_and_in_bounded_pieces() -> None:
    source = Counted(np.random.default_rng(0).integers(0, 999, (9, 1024, 1100)).astype("u2"))
    plan = plan_image(source, MemoryStore(), axes="zyx", chunks=(1, 128, 128))
    plan.run()
    assert (source.count == 1).all()
    assert source.largest <= 4 << 20


@pytest.mark.once
def test_a_dask_source_computes_each_chunk_about_once() -> None:
    calls: list[Any] = []
    lock = threading.Lock()

    def make(block_info: Any = None) -> np.ndarray[Any, Any]:
        with lock:
            calls.append(block_info[None]["chunk-location"])
        return np.ones((4, 300, 300), "u2")

    source = da.map_blocks(make, chunks=((4,) * 4, (300,) * 4, (300,) * 4), dtype="u2", meta=np.empty((0, 0, 0), "u2"))
    plan = plan_image(source, MemoryStore(), axes="zyx", chunks=(1, 64, 64), levels=4)
    plan.run()
    assert len(calls) <= 2 * len(set(calls))


def test_a_chunk_that_is_read_whole_is_not_copied() -> None:
    def make() -> np.ndarray[Any, Any]:
        return np.ones((16, 512, 512), "u2")

    array = da.map_blocks(make, chunks=((16, 16), (512,), (512,)), dtype="u2", meta=np.empty((0, 0, 0), "u2"))
    source = as_source(array)
    region = (slice(16, 32), slice(0, 512), slice(0, 512))
    source.read(region)  # imports what it needs
    tracemalloc.start()
    block = source.read(region)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert block.nbytes <= peak < 1.2 * block.nbytes


def test_a_source_of_very_large_chunks_has_fewer_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "processors", lambda: 8)
    source = da.zeros((8, 64, 2048, 2048), chunks=(1, 64, 2048, 2048), dtype="u2")  # 512 MiB each
    assert plan_image(source, "unused", axes="tzyx").workers == 1
    assert plan_image(np.zeros((8, 512, 512), "u2"), "unused", axes="zyx").workers == 8


def test_progress_ends_complete_and_never_goes_back() -> None:
    told: list[Progress] = []
    write_image(np.zeros((300, 300), "u1"), MemoryStore(), chunks=32, levels=3, on_progress=told.append)
    assert [p.regions_done for p in told] == sorted(p.regions_done for p in told)
    assert [p.bytes_done for p in told] == sorted(p.bytes_done for p in told)
    assert (told[0].regions_done, told[-1].regions_done) == (0, told[-1].regions)
    assert told[-1].bytes_done == told[-1].bytes
    assert told[-1].fraction == 1


def test_cancel_stops_between_regions() -> None:
    cancel = threading.Event()
    store = MemoryStore()

    def after_two(progress: Progress) -> None:
        if progress.regions_done >= 2:
            cancel.set()

    pixels = np.ones((64, 256, 256), "u1")
    plan = plan_image(pixels, store, axes="zyx", chunks=(1, 64, 64), levels=2)
    with pytest.raises(WriteCancelledError, match=r"cancelled.*of \d+ regions"):
        plan.run(on_progress=after_two, cancel=cancel)
    assert not store._store_dict


def test_the_codec_settings_of_zarr_are_as_before_also_after_writes_that_overlap() -> None:
    before = zarr.config.get("codec_pipeline.path")
    inside = threading.Barrier(2, timeout=30)

    def write() -> None:
        first = [True]

        def meet(_: Progress) -> None:
            if first:
                first.clear()
                inside.wait()

        write_image(np.zeros((64, 64), "u1"), MemoryStore(), on_progress=meet)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert zarr.config.get("codec_pipeline.path") == before


@pytest.mark.parametrize(
    "pixels",
    [
        np.array([["a", "b"]]),
        np.array([[None, 1]], object),
        np.zeros((2, 2), "M8[s]"),
        np.zeros((2, 2), [("a", "u1")]),
        np.zeros((2, 2), np.longdouble),
    ],
)
def test_pixels_that_cannot_be_stored(pixels: Any) -> None:
    with pytest.raises(UnsupportedError, match=r"cannot be stored.*dtype"):
        plan_image(pixels, "unused")


def test_dask_arrays_of_unknown_length_are_refused() -> None:
    array = da.from_array(np.arange(16).reshape(4, 4))
    with pytest.raises(InvalidArgumentError, match="compute_chunk_sizes"):
        plan_image(array[array[:, 0] > 3], "unused")


def test_lists_and_planes_of_another_shape() -> None:
    assert plan_image([[1, 2], [3, 4]], "unused").levels[0].shape == (2, 2)

    class Liar(Counted):
        def __getitem__(self, region: Any) -> Any:
            return self.pixels[region][..., :-1]

    with pytest.raises(InvalidArgumentError, match="another shape"):
        write_image(Liar(np.zeros((8, 8), "u1")), MemoryStore())
