"""What a conversion will do, said before it is done; how far it is; and axes that a version asks for."""

from __future__ import annotations

import json
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.abc.codec import ArrayBytesCodec
from zarr.codecs import BytesCodec
from zarr.core.codec_pipeline import BatchedCodecPipeline
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.errors import InvalidArgumentError, StoreError, UnsupportedError, WriteCancelledError
from tests.core.test_convert import assert_same_pixels, chunk_bytes, files
from tests.stores import make_image

RANDOM = np.random.default_rng(11)


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """Write an image of three axes, two levels, with sizes and units."""
    pixels = RANDOM.integers(0, 60000, (4, 40, 50), "uint16")
    where = tmp_path / "volume.zarr"
    make_image(
        where,
        [pixels, pixels[:, ::2, ::2]],
        "zyx",
        chunks=(2, 16, 16),
        scales=[(2, 0.5, 0.5), (2, 1, 1)],
        units={"y": "micrometer"},
        version="0.4",
    )
    return where


def test_a_plan_reads_no_pixels_and_touches_nothing(volume: Path, tmp_path: Path) -> None:
    before = files(tmp_path)
    for chunk in (volume / "0").rglob("[0-9]*"):
        if chunk.is_file():
            chunk.write_bytes(b"no chunk at all")
    spoilt = files(tmp_path)
    plan = omezarr_nb.plan_convert(volume, tmp_path / "new.zarr", version="0.3")
    assert (plan.version, plan.copied, plan.recoded) == ("0.3", ("0", "1"), ())
    assert (plan.nbytes, plan.chunks) == (2 * (4 * 40 * 50 + 4 * 20 * 25), 2 * 3 * 4 + 2 * 2 * 2)
    assert {problem.rule for problem in plan.losses} == {"axis-unit", "pixel-size"}
    assert plan.refused == plan.losses
    with pytest.raises(InvalidArgumentError, match=r"sizes of pixels(.|\n)*drop=True"):
        plan.run()
    assert files(tmp_path) == spoilt
    assert before.keys() == spoilt.keys()


@pytest.mark.parametrize("version", ["0.1", "0.2"])
@pytest.mark.parametrize("axes", ["yx", "zyx", "cyx", "tyx", "czyx", "tczyx"])
def test_axes_are_put_in_and_chunks_copied(tmp_path: Path, version: str, axes: str) -> None:
    shape = tuple({"t": 2, "c": 3, "z": 4, "y": 21, "x": 30}[name] for name in axes)
    pixels = RANDOM.integers(0, 60000, shape, "uint16")
    chunks = (*(min(2, n) for n in shape[:-2]), 8, 16)
    make_image(tmp_path / "old.zarr", [pixels], axes, chunks=chunks, version="0.4")
    plan = omezarr_nb.plan_convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version=version)
    missing = [name for name in "tczyx" if name not in axes]
    assert len(plan.notes) == bool(missing)
    if missing:
        assert f"{', '.join(missing)} of one pixel are put into 1 array." in plan.notes[0]
        with pytest.warns(UserWarning, match="of one pixel are put into 1 array"):
            omezarr_nb.convert(tmp_path / "old.zarr", tmp_path / "warned.zarr", version=version)
    new = plan.run()
    assert "".join(axis.name for axis in new.axes) == "tczyx"
    assert new.shape == tuple(shape[axes.index(name)] if name in axes else 1 for name in "tczyx")
    assert new.levels[0].chunks == tuple(chunks[axes.index(name)] if name in axes else 1 for name in "tczyx")
    np.testing.assert_array_equal(new.levels[0].zarr[...].reshape(shape), pixels)
    assert chunk_bytes(tmp_path / "new.zarr") == chunk_bytes(tmp_path / "old.zarr")
    assert omezarr_nb.validate(tmp_path / "new.zarr").is_valid


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("sharded", [False, True])
def test_axes_are_put_in_whatever_the_order_and_the_codecs(tmp_path: Path, order: Any, sharded: bool) -> None:
    pixels = RANDOM.integers(0, 60000, (5, 21, 30), "uint16")
    version = "0.5" if sharded else "0.4"
    make_image(tmp_path / "old.zarr", [pixels], "zyx", version=version)
    array: Any = zarr.create_array(
        tmp_path / "old.zarr" / "0",
        shape=pixels.shape,
        dtype="uint16",
        chunks=(2, 8, 8),
        shards=(4, 16, 16) if sharded else None,
        zarr_format=3 if sharded else 2,
        dimension_names=list("zyx") if sharded else None,
        overwrite=True,
        **({} if sharded else {"order": order, "chunk_key_encoding": {"name": "v2", "separator": "/"}}),
    )
    array[...] = pixels
    plan = omezarr_nb.plan_convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version="0.2")
    assert plan.recoded == (("0",) if sharded else ())
    new = plan.run()
    assert new.levels[0].chunks == (1, 1, 2, 8, 8)
    np.testing.assert_array_equal(new.levels[0].zarr[0, 0], pixels)


def test_axes_that_a_version_has_not_are_refused(tmp_path: Path) -> None:
    make_image(tmp_path / "old.zarr", [np.zeros((8, 8), "uint8")], "xy")
    plan = omezarr_nb.plan_convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version="0.1", drop=True)
    assert [problem.rule for problem in plan.refused] == ["axes-fixed"]
    with pytest.raises(InvalidArgumentError, match="tczyx alone"):
        plan.run()


@pytest.mark.parametrize("version", ["0.1", "0.3", "0.4", "0.5", "0.6"])
def test_not_one_chunk_is_decoded(tmp_path: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = RANDOM.integers(0, 60000, (2, 40, 50), "uint16")
    make_image(tmp_path / "old.zarr", [pixels], "cyx", chunks=(1, 16, 16), version="0.5", scales=[(1, 1, 1)])
    decoded: list[int] = []

    def counted(kind: type, name: str) -> None:
        true = getattr(kind, name)

        async def call(self: Any, batch: Any, *args: Any, **options: Any) -> Any:
            batch = list(batch)
            decoded.append(len(batch))
            return await true(self, batch, *args, **options)

        monkeypatch.setattr(kind, name, call)

    kinds: list[type] = [ArrayBytesCodec, BytesCodec, BatchedCodecPipeline]
    for kind in kinds:
        for name in ("decode", "encode"):
            counted(kind, name)
    omezarr_nb.plan_convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version=version).run()
    assert decoded == []
    assert chunk_bytes(tmp_path / "new.zarr") == sorted(
        path.read_bytes() for path in (tmp_path / "old.zarr" / "0" / "c").rglob("*") if path.is_file()
    )
    with zarr.config.set({"codec_pipeline.path": "zarr.core.codec_pipeline.BatchedCodecPipeline"}):
        array: Any = zarr.open_array(tmp_path / "new.zarr" / "0", mode="r")
        np.testing.assert_array_equal(array[...].squeeze(), pixels)
    assert sum(decoded) >= 24  # the count does count


def test_progress_counts_bytes_of_pixels_and_seconds(volume: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    plan = omezarr_nb.plan_convert(volume, tmp_path / "new.zarr")
    plan.run(on_progress=told.append)
    assert (told[0].regions_done, told[0].bytes_done) == (0, 0)
    assert (told[-1].regions_done, told[-1].bytes_done, told[-1].fraction) == (plan.chunks, plan.nbytes, 1)
    for one, next_ in pairwise(told):
        assert (one.regions_done, one.bytes_done, one.seconds) <= (next_.regions_done, next_.bytes_done, next_.seconds)
        assert 0 <= one.fraction <= 1


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_cancelled_conversion_leaves_everything_as_it_was(volume: Path, tmp_path: Path, after: int) -> None:
    omezarr_nb.convert(volume, tmp_path / "new.zarr", version="0.5")
    before = files(tmp_path)
    cancel, calls = threading.Event(), 0

    def count(_: Progress) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            cancel.set()

    for where in (tmp_path / "new.zarr", tmp_path / "deep" / "other.zarr", store := MemoryStore()):
        cancel.clear()
        calls = 0
        with pytest.raises(WriteCancelledError, match="cancelled"):
            omezarr_nb.convert(volume, where, version="0.6", overwrite=True, on_progress=count, cancel=cancel)
    assert files(tmp_path) == before
    assert not (tmp_path / "deep").exists()
    assert not store._store_dict


def test_a_store_that_fails_is_named(volume: Path) -> None:
    class Full(MemoryStore):
        async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
            if key == "1/c/0/0/0":
                raise OSError(28, "No space left on device")
            await super().set(key, value, byte_range)

    store = Full()
    with pytest.raises(StoreError, match=r"storage failed.*target is as it was.*No space left") as caught:
        omezarr_nb.convert(volume, store)
    assert isinstance(caught.value.__cause__, OSError)
    assert not store._store_dict


def test_options_of_the_source_are_not_those_of_the_target(volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from omezarr_nb.core import stores

    seen: dict[str, Any] = {}
    true = stores._remote_store

    def noted(url: str, scheme: str, read_only: bool, storage_options: Any) -> Any:
        seen.setdefault(url.rpartition("/")[2], dict(storage_options or {}))
        return true(url, scheme, read_only, None)

    monkeypatch.setattr(stores, "_remote_store", noted)
    omezarr_nb.convert(volume, "memory://options/source.zarr")
    seen.clear()
    omezarr_nb.convert(
        "memory://options/source.zarr",
        "memory://options/target.zarr",
        source_storage_options={"anon": True},
        storage_options={"key": "mine"},
    )
    assert seen == {"source.zarr": {"anon": True}, "target.zarr": {"key": "mine"}}


def test_a_group_in_which_nothing_is_takes_a_conversion(volume: Path, tmp_path: Path) -> None:
    group = zarr.create_group(MemoryStore())
    assert omezarr_nb.convert(volume, group, version="0.5").version == "0.5"
    zarr.create_group(tmp_path / "empty.zarr", zarr_format=2)
    assert omezarr_nb.convert(volume, tmp_path / "empty.zarr", version="0.5").version == "0.5"
    assert not (tmp_path / "empty.zarr" / ".zgroup").exists()
    with pytest.raises(InvalidArgumentError, match=r"group is of Zarr 3, and OME-Zarr 0\.4"):
        omezarr_nb.convert(volume, zarr.create_group(MemoryStore()), version="0.4")
    failing = zarr.create_group(MemoryStore())
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(WriteCancelledError):
        omezarr_nb.convert(volume, failing, cancel=cancel)
    assert list(failing.store._store_dict) == ["zarr.json"]  # type: ignore[attr-defined] # a store of a known kind


def test_a_target_within_an_array_or_another_format_is_refused(volume: Path, tmp_path: Path) -> None:
    omezarr_nb.convert(volume, tmp_path / "new.zarr", version="0.5")
    before = files(tmp_path)
    for where, words in (("new.zarr/0/inner", "within a Zarr array"), ("new.zarr/sub", "one Zarr format")):
        with pytest.raises((FileExistsError, ValueError), match=words):
            omezarr_nb.convert(volume, tmp_path / where, version="0.4")
    with pytest.raises(FileExistsError, match=r"array at the target|level '0'"):
        omezarr_nb.convert(volume, tmp_path / "new.zarr" / "0", version="0.5", overwrite=True)
    assert files(tmp_path) == before
    assert_same_pixels(volume, tmp_path / "new.zarr")


def test_metadata_of_the_document_alone_changes_within_a_format_of_zarr(tmp_path: Path) -> None:
    make_image(tmp_path / "old.zarr", [RANDOM.integers(0, 9, (16, 16), "uint8")], "yx", shards=(16, 16), chunks=(8, 8))
    old = json.loads((tmp_path / "old.zarr" / "0" / "zarr.json").read_text())
    omezarr_nb.convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version="0.6")
    assert json.loads((tmp_path / "new.zarr" / "0" / "zarr.json").read_text()) == old


def test_stores_with_commits(volume: Path) -> None:
    import icechunk

    repository = icechunk.Repository.create(icechunk.in_memory_storage())
    session = repository.writable_session("main")
    omezarr_nb.convert(volume, session.store, version="0.6")
    session.commit("converted")
    new: Any = omezarr_nb.open(repository.readonly_session("main").store)
    np.testing.assert_array_equal(new.levels[0].zarr[...], omezarr_nb.open(volume).levels[0].zarr[...])
    session = repository.writable_session("main")
    omezarr_nb.convert(volume, session.store, version="0.5", overwrite=True)
    assert omezarr_nb.open(repository.readonly_session("main").store).version == "0.6"  # not before it is committed
    session.commit("again")
    assert omezarr_nb.open(repository.readonly_session("main").store).version == "0.5"
    with pytest.raises(UnsupportedError, match="Zarr 3 alone"):
        omezarr_nb.convert(volume, repository.writable_session("main").store, version="0.4", overwrite=True)
