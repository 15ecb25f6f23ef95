"""Tiles on their way to the browser: packed, they are the same and smaller."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from omezarr_nb.viewers.packing import pack, payload_of
from tests.viewers.service import all_tiles, image_of, pixels_of, serving

Array = np.ndarray[Any, Any]
DTYPES = ("uint8", "<u2", "<i2", "<u4", "<f4", "<u8")
REQUEST = {"kind": "tiles", "request": 1, "level": 0, "indices": [0, 0], "channels": [0]}


def unpack(data: bytes, like: Array) -> Array:
    """Return what the browser makes of a packed tile."""
    parts = np.frombuffer(zlib.decompress(data, wbits=-15), "u1").reshape(like.itemsize, -1)
    return np.frombuffer(np.ascontiguousarray(parts.T).tobytes(), like.dtype).reshape(like.shape)


@given(
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: arrays.arrays(dtype, st.tuples(st.integers(1, 9), st.integers(1, 40)))
    )
)
def test_what_is_packed_comes_out_as_it_was(pixels: Array) -> None:
    small = pack(np.tile(pixels, (8, 4)))
    if small is not None:
        np.testing.assert_array_equal(unpack(small, np.tile(pixels, (8, 4))), np.tile(pixels, (8, 4)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_small_numbers_in_wide_types_are_packed_to_less_than_half(dtype: str) -> None:
    pixels = np.random.default_rng(0).poisson(5, (256, 256)).astype(dtype)
    payload = payload_of(pixels, packed=True)
    assert payload.entry == {"shape": [256, 256], "packed": True}
    assert payload.data is not None
    assert len(payload.data) < 0.55 * pixels.nbytes
    np.testing.assert_array_equal(unpack(payload.data, pixels), pixels)


def test_noise_is_sent_as_it_is() -> None:
    pixels = np.random.default_rng(0).integers(0, 2**16, (256, 256)).astype("<u2")
    assert payload_of(pixels, packed=True).data == pixels.tobytes()
    assert payload_of(pixels, packed=True).entry == {"shape": [256, 256]}


@pytest.mark.parametrize(("packing", "packed"), [("deflate-raw", True), ("zstd", False), (3, False), (None, False)])
def test_only_a_browser_that_asks_gets_packed_tiles(tmp_path: Path, packing: object, packed: bool) -> None:
    pixels = np.random.default_rng(0).poisson(5, (300, 256)).astype("uint16")
    image = image_of(tmp_path, [pixels], "yx")
    with serving(image) as (service, wire):
        service.handle(REQUEST | {"tiles": all_tiles(image)} | ({} if packing is None else {"packing": packing}))
        answer = wire.until_done(1)
    assert [tile.get("packed", False) for content, _ in answer for tile in content["tiles"]] == [packed] * 2
    if not packed:
        np.testing.assert_array_equal(pixels_of(answer)[0, 0, 0], pixels[:256])
