"""Reading over plain HTTP, where nothing but this package asks again."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientTimeout
from dask.base import tokenize
from zarr.storage import LocalStore, WrapperStore

import omezarr_nb
from omezarr_nb.core import remote, stores
from omezarr_nb.core.patience import CHUNKS, Patience
from omezarr_nb.errors import AccessRefusedError, InvalidArgumentError, StoreError
from tests.servers import serve_directory
from tests.storage.faults import FaultProxy, Outcome, start_proxy
from tests.stores import make_image

DATA = np.arange(1, 48 * 48 + 1, dtype="uint16").reshape(48, 48)
Layout = dict[str, Any]
LAYOUTS: dict[str, Layout] = {
    "0.4": {"version": "0.4", "chunks": (24, 48)},
    "0.5": {"version": "0.5", "chunks": (24, 48)},
    "shards": {"version": "0.5", "chunks": (12, 24), "shards": (24, 48)},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for name, layout in LAYOUTS.items():
        make_image(folder / name, [DATA], "yx", **layout)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[FaultProxy]:
    with serve_directory(folder) as server, start_proxy(server.url) as proxy:
        yield proxy


@pytest.fixture
def proxy(server: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    monkeypatch.setattr(remote, "CHUNKS", Patience(seconds=20, wait=0.02))
    server.clear()
    yield server
    server.heal()


def pixels(array: Any) -> Any:
    """Compute a dask array, which has no types."""
    return array.compute()


def opened(proxy: FaultProxy, name: str) -> omezarr_nb.Image:
    image = omezarr_nb.open(f"{proxy.url}/{name}")
    assert isinstance(image, omezarr_nb.Image)
    assert image.levels
    return image


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("fault", [503, 429, "reset", "truncate"])
def test_what_passes_is_not_noticed(proxy: FaultProxy, name: str, fault: Outcome) -> None:
    image = opened(proxy, name)
    rule = proxy.fail("*/0/*", fault, times=2)
    np.testing.assert_array_equal(pixels(image.array()), DATA)
    np.testing.assert_array_equal(image.levels[0].zarr[1:3, 5:40], DATA[1:3, 5:40])
    assert rule.failed == 2


@pytest.mark.parametrize("fault", [503, "reset", "truncate"])
def test_opening_asks_again(proxy: FaultProxy, fault: Outcome) -> None:
    rules = [proxy.fail(key, fault, times=1) for key in ("0.5/zarr.json", "0.5/0/zarr.json")]
    assert opened(proxy, "0.5").shape == (48, 48)
    assert [rule.failed for rule in rules] == [1, 1]


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize(
    ("fault", "found"),
    [(500, "500"), (503, "503"), ("reset", "reset|disconnected"), ("truncate", "not completed|payload")],
)
def test_a_server_that_dies_is_said_and_no_zeros_are_read(
    proxy: FaultProxy, name: str, fault: Outcome, found: str
) -> None:
    image = opened(proxy, name)
    array = image.array()
    rule = proxy.fail(outcome=fault)
    words = rf"tried 4 times in \d+\.\d s\. Where: .*/{name}/0/.* Found: .*({found})"
    with pytest.raises(StoreError, match=f"(?i){words}"):
        pixels(array)
    with pytest.raises(StoreError, match=f"(?i){words}"):
        image.levels[0].zarr[2:4]
    assert rule.failed < 30
    proxy.heal()
    np.testing.assert_array_equal(pixels(array), DATA)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_refusal_is_not_asked_again(proxy: FaultProxy, name: str) -> None:
    image = opened(proxy, name)
    rule = proxy.fail(outcome=403)
    with pytest.raises(AccessRefusedError, match="refused"):
        image.levels[0].zarr[:2, :2]
    assert rule.seen == 1


def test_a_server_that_is_not_there_is_said(server: FaultProxy) -> None:
    with start_proxy(server.url) as proxy:
        image = opened(proxy, "0.5")
    with pytest.raises(StoreError, match="tried 4 times"):
        pixels(image.array())


def test_a_server_that_hangs_is_not_waited_for(proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    image = opened(proxy, "0.5")
    monkeypatch.setattr(remote, "CHUNKS", Patience(seconds=0.5))
    proxy.fail(outcome="hang")
    with pytest.raises(StoreError, match="did not answer in time"):
        pixels(image.array())


def test_an_answer_that_stalls_is_asked_for_again(proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "_STALLED", 0.5)
    image = opened(proxy, "0.5")
    rule = proxy.fail("*/0/c/*", "hang", times=1)
    np.testing.assert_array_equal(pixels(image.array()), DATA)
    assert rule.failed == 1


def test_what_the_caller_says_of_the_connection_counts(proxy: FaultProxy) -> None:
    own = {"client_kwargs": {"timeout": ClientTimeout(total=0.5)}}
    image = omezarr_nb.open(f"{proxy.url}/0.5", storage_options=own)
    assert isinstance(image, omezarr_nb.Image)
    proxy.fail("*/0/c/*", "hang", times=1)
    np.testing.assert_array_equal(pixels(image.array()), DATA)
    assert own == {"client_kwargs": {"timeout": ClientTimeout(total=0.5)}}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_missing_chunk_is_the_fill_value_where_its_array_is_there(proxy: FaultProxy, name: str) -> None:
    image = opened(proxy, name)
    proxy.fail("*/0/*0/0", 404)
    proxy.clear()
    read = pixels(image.array())
    np.testing.assert_array_equal(read[:24], 0)
    np.testing.assert_array_equal(read[24:], DATA[24:])
    assert proxy.count("*/0/zarr.json") + proxy.count("*/0/.zarray") == 1


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_array_that_was_taken_away_is_said(proxy: FaultProxy, name: str) -> None:
    image = opened(proxy, name)
    proxy.fail(outcome=404)
    with pytest.raises(StoreError, match="not there any more"):
        pixels(image.array())
    with pytest.raises(StoreError, match="not there any more"):
        image.levels[0].zarr[40:, 40:]


@pytest.mark.parametrize(
    "layout", [{"chunks": (6, 6)}, {"chunks": (4, 4), "shards": (8, 8)}, {"dtype": "uint8"}], ids=str
)
def test_an_array_that_was_replaced_by_one_of_another_layout_is_said(tmp_path: Path, layout: Layout) -> None:
    def write(**given: Any) -> None:
        pixels = np.pad(DATA.astype(given.pop("dtype", "uint16")), 8)
        omezarr_nb.write_image(
            pixels, tmp_path / "a", axes="yx", scale_factors=[], overwrite=True, **({"chunks": (8, 8)} | given)
        )

    write()
    with serve_directory(tmp_path) as server:
        far = omezarr_nb.open(f"{server.url}/a").levels[0].zarr
        near = omezarr_nb.open(tmp_path / "a").levels[0]
        write(**layout)
        # What is nothing but zeros is not stored, and looks like what lies elsewhere by now.
        with pytest.raises(StoreError, match="replaced by one that is stored in another way"):
            far[:8, :8]
        with pytest.raises(StoreError, match="replaced by one that is stored in another way"):
            near.strict[:8, :8]
        assert not np.asarray(omezarr_nb.open(f"{server.url}/a").levels[0].zarr[:8, :8]).any()


def test_one_request_a_chunk_where_nothing_fails(proxy: FaultProxy) -> None:
    image = opened(proxy, "0.5")
    proxy.clear()
    pixels(image.array())
    assert proxy.by_path() == {"0.5/0/c/0/0": 1, "0.5/0/c/1/0": 1}


def test_an_array_from_elsewhere_is_sent_to_other_processes_and_keeps_its_token(proxy: FaultProxy) -> None:
    array = opened(proxy, "0.5").levels[0].zarr
    before = tokenize(array)
    copy = pickle.loads(pickle.dumps(array))
    proxy.fail("*/0/0", 404)
    array[...]
    assert tokenize(array) == before
    assert copy == array
    proxy.heal()
    np.testing.assert_array_equal(copy[...], DATA)


class Failing(WrapperStore[LocalStore]):
    """A store of someone's own that fails in a way of its own."""

    async def get(self, key: str, *args: Any, **options: Any) -> Any:
        if key.endswith("c/0/0"):
            raise RuntimeError("no such luck")
        return await super().get(key, *args, **options)


def test_a_store_of_ones_own_fails_in_words(folder: Path) -> None:
    image = omezarr_nb.open(Failing(LocalStore(folder / "0.5", read_only=True)))
    assert isinstance(image, omezarr_nb.Image)
    with pytest.raises(StoreError, match=r"could not be read\. Where: .*/0/c/0/0\. Found: no such luck") as raised:
        pixels(image.array())
    assert isinstance(raised.value.__cause__, RuntimeError)
    np.testing.assert_array_equal(pixels(image.array()[24:]), DATA[24:])


def test_arrays_on_a_disk_are_read_by_zarr_alone(folder: Path) -> None:
    image = omezarr_nb.open(folder / "0.5")
    assert isinstance(image, omezarr_nb.Image)
    assert type(image.levels[0].zarr.store) is LocalStore


def test_waits_grow_and_end() -> None:
    waits = [CHUNKS.wait * 2**number for number in range(CHUNKS.tries - 1)]
    assert sum(waits) < 3


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_missing_chunk_is_an_error_where_that_is_asked_for(proxy: FaultProxy, name: str) -> None:
    image = opened(proxy, name)
    array = image.array(missing="error")
    np.testing.assert_array_equal(pixels(array), DATA)
    proxy.fail("*/0/*0/0", 404)
    np.testing.assert_array_equal(pixels(array[24:]), DATA[24:])
    with pytest.raises(StoreError, match=rf"chunk is not there\. Where: .*/{name}/0/(c/)?0/0\."):
        pixels(array)
    assert image.levels[0].missing_chunks() == ((0, 0),)
    proxy.heal()
    assert image.levels[0].missing_chunks() == ()


def test_looking_for_missing_chunks_asks_for_no_pixels_and_fails_in_words(proxy: FaultProxy) -> None:
    level = opened(proxy, "0.5").levels[0]
    proxy.clear()
    assert level.missing_chunks() == ()
    assert (proxy.count(), proxy.sent()) == (2, 2)
    proxy.fail(outcome=503)
    with pytest.raises(StoreError, match="tried 4 times"):
        level.missing_chunks()


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_chunks_that_are_missing_on_a_disk_are_found(tmp_path: Path, version: str) -> None:
    data = np.zeros((5, 7), "uint8")
    data[4, 6] = data[0, 3] = 1
    make_image(tmp_path / "image", [data], "yx", version=version, chunks=(3, 3))
    image = omezarr_nb.open(tmp_path / "image")
    assert isinstance(image, omezarr_nb.Image)
    assert image.levels[0].missing_chunks() == ((0, 0), (0, 2), (1, 0), (1, 1))
    np.testing.assert_array_equal(pixels(image.array()), data)
    with pytest.raises(StoreError, match="chunk is not there"):
        pixels(image.array(missing="error"))
    assert pixels(image.array(missing="error")[4, 6]) == 1


def test_a_missing_chunk_is_nothing_else(folder: Path) -> None:
    image = omezarr_nb.open(folder / "0.5")
    assert isinstance(image, omezarr_nb.Image)
    with pytest.raises(InvalidArgumentError, match="'fill' or 'error'"):
        image.array(missing="zero")  # type: ignore[arg-type] # that is tested
