"""The cache of chunks: the right pixels, each chunk read once, bounded bytes, any number of threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omezarr_nb.core.chunks import ChunkCache
from tests.viewers.service import faulty_image

PIXELS = np.arange(40 * 50, dtype="uint16").reshape(40, 50)


def kept(cache: ChunkCache) -> int:
    return sum(chunk.nbytes for chunk in cache._pieces.values())


@settings(max_examples=25)
@given(st.data())
def test_a_box_is_a_slice(data: st.DataObject) -> None:
    ndim = data.draw(st.integers(2, 4))
    shape = data.draw(st.tuples(*[st.integers(1, 9)] * ndim))
    chunks = data.draw(st.tuples(*[st.integers(1, 4)] * ndim))
    shards = None
    if data.draw(st.booleans()):
        chunks = tuple(min(chunk, size) for chunk, size in zip(chunks, shape, strict=True))
        shards = tuple(chunk * data.draw(st.integers(1, 3)) for chunk in chunks)
    pixels = np.arange(np.prod(shape), dtype="int32").reshape(shape)
    image, _ = faulty_image([pixels], "tzyx"[-ndim:], chunks=chunks, shards=shards)
    box = []
    for size in shape:
        start = data.draw(st.integers(0, size - 1))
        box.append((start, data.draw(st.integers(start + 1, size))))
    cache = ChunkCache(data.draw(st.sampled_from([0, 64, 2**20])))
    for _ in range(2):
        np.testing.assert_array_equal(cache.read(image.levels[0], tuple(box)), pixels[tuple(slice(*s) for s in box)])


def test_each_chunk_is_read_once() -> None:
    image, store = faulty_image([PIXELS], "yx", chunks=(8, 8))
    cache = ChunkCache(2**20)
    for row in range(40):
        cache.read(image.levels[0], ((row, row + 1), (0, 50)))
    assert len(store.reads) == len(set(store.reads)) == 5 * 7


def test_threads_that_want_the_same_chunk_read_it_once() -> None:
    image, store = faulty_image([PIXELS], "yx", chunks=(40, 50))
    cache = ChunkCache(2**20)
    store.gate.clear()
    with ThreadPoolExecutor(8) as pool:
        wanted = [pool.submit(cache.read, image.levels[0], ((0, 40), (0, 50))) for _ in range(8)]
        store.gate.set()
        for future in wanted:
            np.testing.assert_array_equal(future.result(), PIXELS)
    assert len(store.reads) == 1


def test_the_cache_is_bounded_in_bytes() -> None:
    image, store = faulty_image([PIXELS], "yx", chunks=(8, 8))
    cache = ChunkCache(8 * 8 * 2 * 4)
    with ThreadPoolExecutor(4) as pool:
        boxes = [((row, row + 1), (0, 50)) for row in range(40)]
        for box, read in zip(boxes, pool.map(lambda box: cache.read(image.levels[0], box), boxes), strict=True):
            np.testing.assert_array_equal(read, PIXELS[slice(*box[0])])
            assert kept(cache) <= 8 * 8 * 2 * 4
    assert kept(cache) == cache._bytes
    assert len(store.reads) >= 35


def test_the_chunk_used_last_stays_longest() -> None:
    image, store = faulty_image([PIXELS], "yx", chunks=(8, 8))
    cache = ChunkCache(8 * 8 * 2 * 4)

    def read(row: int) -> int:
        before = len(store.reads)
        cache.read(image.levels[0], ((row * 8, row * 8 + 1), (0, 8)))
        return len(store.reads) - before

    assert [read(row) for row in (0, 1, 2, 3, 0, 4, 0, 1)] == [1, 1, 1, 1, 0, 1, 0, 1]


def test_a_large_chunk_is_read_past_the_cache() -> None:
    image, _ = faulty_image([PIXELS], "yx", chunks=(40, 50))
    cache = ChunkCache(PIXELS.nbytes * 4 - 1)
    np.testing.assert_array_equal(cache.read(image.levels[0], ((3, 5), (4, 9))), PIXELS[3:5, 4:9])
    assert kept(cache) == 0


def test_of_a_large_chunk_the_plane_is_kept() -> None:
    pixels = np.arange(20 * 40 * 50, dtype="uint16").reshape(20, 40, 50)
    image, store = faulty_image([pixels], "zyx", chunks=(20, 40, 50))
    cache = ChunkCache(pixels[0].nbytes * 8)
    for rows in ((0, 20), (20, 40)):
        box = ((7, 8), rows, (5, 45))
        np.testing.assert_array_equal(cache.read(image.levels[0], box), pixels[7:8, slice(*rows), 5:45])
    assert kept(cache) == pixels[0].nbytes
    assert len(store.reads) == 1


@pytest.mark.parametrize("threads", [1, 4])
def test_a_failure_reaches_all_who_wait_and_is_not_kept(threads: int) -> None:
    image, store = faulty_image([PIXELS], "yx", chunks=(40, 50))
    cache, store.failing = ChunkCache(2**20), "c/0/0"

    def read(_: Any = None) -> Any:
        return cache.read(image.levels[0], ((0, 40), (0, 50)))

    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(read) for _ in range(threads)]:
            with pytest.raises(OSError, match="the disk went away"):
                future.result()
    assert cache._loading == {}
    store.failing = ""
    np.testing.assert_array_equal(read(), PIXELS)
