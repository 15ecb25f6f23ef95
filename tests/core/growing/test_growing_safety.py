"""Whenever a change is killed, and whoever reads or writes meanwhile: pixels are old or new, and none is lost."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import LocalStore, MemoryStore, ZipStore

import omezarr_nb
from omezarr_nb.core.growing import record
from omezarr_nb.core.growing.record import Record, parse
from omezarr_nb.core.locks import CHANGE_FILE as RECORD
from omezarr_nb.core.locks import OWN_FILES
from omezarr_nb.errors import NotFoundError, OMEZarrError, StoreError, UnsupportedError, WriteCancelledError
from tests.core.growing.stored import Watched, files, fresh, keys, levels_only, restored, watched
from tests.servers import DirectoryServer

PIXELS = np.random.default_rng(5).integers(0, 999, (7, 2, 20, 24)).astype("u2")
OPTIONS: dict[str, Any] = {"scale_factors": [{"t": 2, "y": 2, "x": 2}, {"t": 2, "y": 4, "x": 4}], "method": "mean"}


def small(frames: int = 4, **options: Any) -> tuple[Watched, omezarr_nb.Image]:
    """Return an image whose frames are reduced in time too, in a store that keeps its moments."""
    store = MemoryStore()
    known = {"axes": "tcyx", "chunks": (3, 1, 8, 8)} | OPTIONS | options
    omezarr_nb.write_image(PIXELS[:frames], store, **known)
    there = watched(store)
    return there, omezarr_nb.open(there)


def levels_of(image: omezarr_nb.Image, frames: int | None = None) -> list[np.ndarray[Any, Any]]:
    """Return the pixels of all levels, up to a number of frames of level 0."""
    ends = [frames, None if frames is None else frames // 2, None if frames is None else frames // 2]
    return [np.asarray(level.zarr[:end]) for level, end in zip(image.levels, ends, strict=False)]


def same(one: list[np.ndarray[Any, Any]], other: list[np.ndarray[Any, Any]]) -> bool:
    """Return whether all levels are the same."""
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_an_append_is_seen_whole_and_survives_any_kill(version: str) -> None:
    store, image = small(version=version)
    before = levels_of(image)
    image.append(PIXELS[4:6])
    after = levels_of(image)
    assert same(after, levels_of(omezarr_nb.open(fresh(PIXELS[:6], image, **OPTIONS))))
    assert len(store.moments) > 20
    seen = set()
    for index, moment in enumerate(store.moments):
        there = restored(moment)
        found = omezarr_nb.open(there)
        frames = found.shape[0]
        seen.add(frames)
        # What level 0 names is there at all levels, and right.
        assert all(level.shape[0] >= frames // 2 for level in found.levels[1:])
        assert same(levels_of(found, frames), after if frames == 6 else before)
        committed = RECORD in moment
        assert found.mend() is committed
        assert same(levels_of(found), after if committed or frames == 6 else before)
        assert not [key for key in keys(there) if "omezarr" in key]
        if index % 4:
            continue
        found.append(PIXELS[found.shape[0] :])
        assert levels_only(keys(there)) == levels_only(keys(fresh(PIXELS, found, **OPTIONS)))
    assert seen == {4, 6}


@pytest.mark.parametrize("options", [{}, {"version": "0.4"}, {"shards": (3, 2, 16, 24)}])
def test_a_region_is_old_or_new_after_any_kill_and_repair(options: dict[str, Any]) -> None:
    store, image = small(**options)
    before = levels_of(image)
    region: dict[str, Any] = {"t": slice(1, 4), "c": 1, "y": slice(3, 18), "x": slice(2, 23)}
    image.update_region(PIXELS[4:7, 0, 3:18, 2:23], **region)
    after = levels_of(image)
    expected = PIXELS[:4].copy()
    expected[1:4, 1, 3:18, 2:23] = PIXELS[4:7, 0, 3:18, 2:23]
    assert levels_only(keys(store._store)) == levels_only(keys(fresh(expected, image, **OPTIONS)))
    assert RECORD in store.moments[0]
    for moment in store.moments:
        there = restored(moment)
        found = omezarr_nb.open(there)
        assert found.mend() is (RECORD in moment)
        assert same(levels_of(found), after)
    assert not same(before, after)


def test_a_large_region_is_brought_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from omezarr_nb.core.growing import update

    monkeypatch.setattr(update, "LOCAL_RECORD", 100)
    store, image = small()
    image.update_region(PIXELS[6, 0], t=0, c=0)
    for moment in store.moments:
        found = omezarr_nb.open(restored(moment))
        found.mend()
        again = fresh(np.asarray(found.levels[0].zarr[...]), found, **OPTIONS)
        assert same(levels_of(found), levels_of(omezarr_nb.open(again)))
        part = np.asarray(found.levels[0].zarr[0, 0])
        assert np.logical_or(part == PIXELS[0, 0], part == PIXELS[6, 0]).all()


@pytest.mark.parametrize("do", ["rebuild", "add", "rechunk"])
@pytest.mark.parametrize("version", ["0.4", "0.6"])
def test_levels_are_old_or_new_after_any_kill(do: str, version: str) -> None:
    store, image = small(version=version)
    before = levels_of(image)
    names = {level.path for level in image.levels}
    if do == "rebuild":
        image.rebuild_levels("max")
    elif do == "add":
        image.add_levels(1)
    else:
        omezarr_nb.rechunk(image, chunks=5)
    after = levels_of(image)
    new_names = {level.path for level in image.levels}
    documents = (".zgroup", ".zattrs", "zarr.json")
    for moment in [*store.moments[:9], *store.moments[9:-9:5], *store.moments[-9:]]:
        there = restored(moment)
        found = omezarr_nb.open(there)
        assert same(levels_of(found), before) or same(levels_of(found), after)
        found.mend()
        folders = {key.split("/")[0] for key in keys(there)} - set(documents)
        assert folders == {level.path for level in found.levels}
        assert folders in (names, new_names)
    assert omezarr_nb.validate(store._store).is_valid


@pytest.mark.parametrize("after", [1, 3, 9, 20])
def test_a_store_that_fails_leaves_old_pixels(after: int) -> None:
    store, image = small()
    before = keys(store._store)
    store.fail_after = after
    with pytest.raises(StoreError, match=r"The storage failed.*No space left"):
        image.append(PIXELS[4:])
    with pytest.raises(StoreError, match=r"The storage failed.*No space left"):
        image.rebuild_levels("max")
    store.fail_after = None
    found = omezarr_nb.open(store)
    assert same(levels_of(found), levels_of(omezarr_nb.open(restored(before))))
    found.append(PIXELS[4:])
    assert levels_only(keys(store._store)) == levels_only(keys(fresh(PIXELS, found, **OPTIONS)))


def test_a_source_that_fails_leaves_all_as_it_was() -> None:
    class Camera:
        shape, dtype = (2, 2, 20, 24), np.dtype("u2")

        def __getitem__(self, _: Any) -> Any:
            raise RuntimeError("the camera went away")

    store, image = small()
    before = keys(store._store)
    with pytest.raises(RuntimeError, match="went away"):
        image.append(Camera())
    with pytest.raises(RuntimeError, match="went away"):
        image.update_region(Camera(), t=slice(0, 2))
    assert keys(store._store) == before


def test_painting_touches_the_chunks_under_the_stroke_and_no_others() -> None:
    store = watched(MemoryStore())
    image = omezarr_nb.create_image(store, shape=(4096, 4096), dtype="u4", axes="yx", chunks=256, method="mode")
    assert [level.shape[0] for level in image.levels] == [4096, 2048, 1024, 512, 256]
    random = np.random.default_rng(0)
    expected = np.zeros((4096, 4096), "u4")
    for value in range(1, 21):
        y, x = random.integers(0, 4096 - 300, 2)
        height, width = random.integers(1, 300, 2)
        mask = random.random((height, width)) < 0.7
        before = keys(store._store)
        store.changed.clear()
        image.update_region(
            np.full((height, width), value, "u4"), where=mask, y=slice(y, y + height), x=slice(x, x + width)
        )
        expected[y : y + height, x : x + width][mask] = value
        under = {
            f"{index}/c/{row}/{column}"
            for index in range(5)
            for row in range(y // (256 << index), (y + height - 1) // (256 << index) + 1)
            for column in range(x // (256 << index), (x + width - 1) // (256 << index) + 1)
        }
        changed = [key for key in store.changed if key != RECORD]
        assert len(changed) == len(set(changed))  # each once
        assert set(changed) <= under
        assert {key for key in keys(store._store) if keys(store._store)[key] != before.get(key)} <= under
    assert levels_only(keys(store._store)) == levels_only(keys(fresh(expected, image, levels=5, method="mode")))


def test_two_threads_that_paint_in_one_chunk_lose_nothing() -> None:
    _, image = small(1, scale_factors=[2, 4])
    errors: list[BaseException] = []

    def paint(first: int) -> None:
        try:
            mine = omezarr_nb.open(image.location.store)
            for row in range(first, 20, 2):
                mine.update_region(np.full(24, 1000 + row, "u2"), t=0, c=0, y=row)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=paint, args=(first,)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    expected = PIXELS[:1].copy()
    expected[0, 0] = 1000 + np.arange(20)[:, None]
    found = omezarr_nb.open(image.location.store)
    again = omezarr_nb.open(fresh(expected, found, scale_factors=[2, 4]))
    assert same(
        [np.asarray(level.zarr[...]) for level in found.levels], [np.asarray(v.zarr[...]) for v in again.levels]
    )


def run(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start another Python with this code."""
    script = "import sys, numpy as np, omezarr_nb\n" + textwrap.dedent(code)
    command = [sys.executable, "-c", script, *map(str, arguments)]
    folder = Path(__file__).parents[3]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)


def test_processes_that_paint_and_append_lose_nothing(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    omezarr_nb.write_image(PIXELS[:1], where, axes="tcyx", chunks=(3, 2, 20, 24), scale_factors=[2])
    code = """
        image = omezarr_nb.open(sys.argv[1])
        first = int(sys.argv[2])
        for row in range(first, 20, 2):
            image.update_region(np.full(24, 1000 + row, "u2"), t=0, c=0, y=row)
            if row % 4 == first:
                image.append(np.full((2, 20, 24), 5000 + row, "u2"))
    """
    painters = [run(code, where, first) for first in (0, 1)]
    for painter in painters:
        painter.communicate()
        assert painter.returncode == 0
    image = omezarr_nb.open(where)
    assert image.shape == (11, 2, 20, 24)
    pixels = np.asarray(image.levels[0].zarr[...])
    np.testing.assert_array_equal(pixels[0, 0], np.broadcast_to(1000 + np.arange(20)[:, None], (20, 24)))
    assert sorted(pixels[1:, 0, 0, 0].tolist()) == sorted([5000 + row for row in range(20) if row % 4 in (0, 1)])
    again = omezarr_nb.open(fresh(pixels, image, scale_factors=[2]))
    np.testing.assert_array_equal(image.levels[1].zarr[...], again.levels[1].zarr[...])
    assert not [name for name in files(where) if "omezarr" in name or "partial" in name]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_process_leaves_an_image_that_the_next_one_mends(tmp_path: Path) -> None:
    where, strokes = tmp_path / "image.zarr", 4
    omezarr_nb.create_image(where, shape=(1, 500, 500), dtype="u2", axes="tyx", levels=3, chunks=64)
    code = """
        image = omezarr_nb.open(sys.argv[1])
        for value in range(1, 1000):
            image.update_region(np.uint16(value), t=0)
            image.append(np.full((500, 500), value, "u2"))
            print(value, flush=True)
    """
    process = run(code, where)
    assert process.stdout is not None
    for _ in range(strokes):
        process.stdout.readline()
    time.sleep(0.03 * strokes)  # into the middle of the next one
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    image = omezarr_nb.open(where)
    frames = image.shape[0]
    assert frames >= strokes + 1
    for level in image.levels:
        assert [int(np.min(level.zarr[t])) for t in range(1, frames)] == list(range(1, frames))
        assert [int(np.max(level.zarr[t])) for t in range(1, frames)] == list(range(1, frames))
    image.mend()
    frames = image.shape[0]
    values = {int(value) for level in image.levels for value in np.unique(np.asarray(level.zarr[0]))}
    assert values in ({frames - 1}, {frames})
    assert record.read(image.location.store_path) is None
    image.append(np.zeros((500, 500), "u2"))
    assert omezarr_nb.validate(where).is_valid


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")
def test_consolidated_metadata_learns_of_the_new_length(tmp_path: Path, version: str) -> None:
    zarr_format: Any = 2 if version == "0.4" else 3
    zarr.create_group(tmp_path / "all.zarr", zarr_format=zarr_format)
    where = tmp_path / "all.zarr" / "a" / "image"
    omezarr_nb.write_image(PIXELS[:4], where, axes="tcyx", version=version, **OPTIONS)
    zarr.create_group(tmp_path / "all.zarr" / "a", zarr_format=zarr_format)
    for folder in (where, tmp_path / "all.zarr"):
        zarr.consolidate_metadata(str(folder), zarr_format=zarr_format)
    image = omezarr_nb.open(where)
    image.append(PIXELS[4:])
    image.append(np.zeros((7, 1, 20, 24), "u2"), axis="c", channels=["new"])
    image.rebuild_levels("max")
    for folder, path in ((where, ""), (tmp_path / "all.zarr", "a/image/")):
        group = zarr.open_consolidated(str(folder), zarr_format=zarr_format)
        for level in image.levels:
            array = group[f"{path}{level.path}"]
            assert isinstance(array, zarr.Array)
            assert array.metadata == level.zarr.metadata
        assert f"{path}1" not in group.metadata.consolidated_metadata.flattened_metadata  # type: ignore[union-attr] # it is there
        own = group[path.rstrip("/")] if path else group
        assert dict(own.attrs) == image.attributes


def test_what_cannot_be_changed_is_said(tmp_path: Path, serve: Callable[[Path], DirectoryServer]) -> None:
    where = tmp_path / "image.zarr"
    image = omezarr_nb.write_image(PIXELS[:4], where, axes="tcyx", **OPTIONS)
    before = files(where)
    shutil.make_archive(str(tmp_path / "image"), "zip", where)
    omezarr_nb.write_image(PIXELS[:4], tmp_path / "image.ozx", axes="tcyx", scale_factors=[])
    server = serve(tmp_path)
    cases: list[tuple[Any, type[OMEZarrError], str]] = [
        (LocalStore(where, read_only=True), StoreError, "open for reading only"),
        (f"{server.url}/image.zarr", StoreError, "over HTTP cannot be changed"),
        (ZipStore(tmp_path / "image.zip", mode="r"), UnsupportedError, "zip file is not changed"),
        (tmp_path / "image.ozx", UnsupportedError, "zip file is not changed"),
        (where / "0", UnsupportedError, "single array is no OME-Zarr image"),
    ]
    for place, error, message in cases:
        opened = omezarr_nb.open(place)
        assert isinstance(opened, omezarr_nb.Image)
        changes: list[tuple[str, tuple[Any, ...]]] = [
            ("append", (PIXELS,)),
            ("update_region", (1,)),
            ("add_levels", (1,)),
            ("rebuild_levels", ()),
            ("mend", ()),
        ]
        for name, arguments in changes:
            if name != "mend" or place != where / "0":
                with pytest.raises(error, match=message):
                    getattr(opened, name)(*arguments)
    assert files(where) == before
    for path in sorted(where.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    where.rmdir()
    with pytest.raises(NotFoundError, match="no longer there"):
        image.append(PIXELS)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "nonsense"},
        {"kind": "shapes"},
        {"kind": "shapes", "paths": ["0"], "shapes": [[1, 1, 1, 1]], "channels": None},
        {"kind": "shapes", "paths": ["../x"], "shapes": [[9, 9, 9, 9]], "channels": None},
        {"kind": "shapes", "paths": ["0", "1", "2"], "shapes": "abc", "channels": None},
        {"kind": "region", "path": "0", "start": [0], "shape": [1], "method": None, "pixels": False},
        {"kind": "region", "path": "0", "start": [9, 0, 0, 0], "shape": [1, 1, 1, 1], "method": None, "pixels": False},
        {"kind": "region", "path": "0", "start": [0, 0, 0, 0], "shape": [1, 1, 1, 1], "method": None, "pixels": True},
        {"kind": "levels", "paths": ["../../x", "/", "", ".", "0", "labels/cells", 7, "c\\d"]},
        {"kind": "levels", "paths": 5},
    ],
)
@pytest.mark.filterwarnings("ignore:A record of a change")
def test_a_record_of_unknown_origin_harms_nothing(fields: dict[str, Any]) -> None:
    store, image = small()
    before = keys(store._store)
    kind = fields["kind"]
    record.put(image.location.store_path, Record(kind, {k: v for k, v in fields.items() if k != "kind"}, b"123"))
    assert image.mend()
    assert keys(store._store) == before


def test_a_torn_record_is_none() -> None:
    store, image = small()
    record.put(image.location.store_path, Record("levels", {"paths": []}, b"1234"))
    whole = keys(store._store)[RECORD]
    assert parse(whole) == Record("levels", {"paths": []}, b"1234")
    assert all(parse(whole[:count]) is None for count in range(len(whole)))
    assert parse(b"omezarr_nb 1 00000000 0\n") is None
    assert parse(whole.replace(b"1234", b"1235")) is None


def test_an_image_on_s3_grows(seaweed: Any) -> None:
    bucket = seaweed.make_bucket()
    where, options = f"s3://{bucket}/image.zarr", seaweed.storage_options()
    omezarr_nb.create_image(
        where, shape=(1, 2, 20, 24), dtype="u2", axes="tcyx", levels=2, chunks=(1, 1, 16, 16), storage_options=options
    )
    image = omezarr_nb.open(where, storage_options=options)
    image.update_region(PIXELS[0], t=0)
    for frame in PIXELS[1:3]:
        image.append(frame)
    image.update_region(7, t=1, c=0, y=slice(2, 9))
    expected = PIXELS[:3].copy()
    expected[1, 0, 2:9] = 7
    again = fresh(expected, image, levels=2)
    stored = {key.removeprefix("image.zarr/"): size for key, size in seaweed.keys(bucket).items()}
    assert levels_only(dict.fromkeys(stored, b"")).keys() == levels_only(keys(again)).keys()
    assert same([np.asarray(v.zarr[...]) for v in image.levels], levels_of(omezarr_nb.open(again)))
    image.rebuild_levels("max")
    omezarr_nb.rechunk(image, chunks=(1, 1, 20, 24))
    np.testing.assert_array_equal(image.levels[0].zarr[...], expected)
    assert omezarr_nb.validate(image.location).is_valid


def test_what_a_killed_change_left_does_not_keep_an_image_from_being_replaced(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    omezarr_nb.write_image(PIXELS[:4], where, axes="tcyx")
    for name in OWN_FILES:
        (where / name).write_bytes(b"left")
    image = omezarr_nb.write_image(PIXELS, where, axes="tcyx", overwrite=True)
    assert image.shape == PIXELS.shape
    assert not [path for path in where.iterdir() if path.name in OWN_FILES]


def test_an_image_that_is_replaced_while_it_is_appended_to_is_left_alone() -> None:
    store, image = small()

    def replace(progress: omezarr_nb.Progress) -> None:
        if progress.regions_done == 1:
            other = omezarr_nb.write_image(PIXELS[:2], MemoryStore(), axes="tcyx", scale_factors=[2, 4])
            for key, value in keys(other.location.store).items():  # type: ignore[arg-type] # a store in memory
                store._store._store_dict[key] = default_buffer_prototype().buffer.from_bytes(value)

    with pytest.raises(StoreError, match="changed by others while it was appended to"):
        image.append(PIXELS[4:], on_progress=replace)
    found = omezarr_nb.open(store)
    assert found.shape[0] == 2
    assert not found.mend()


def test_a_cancelled_region_is_brought_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from omezarr_nb.core.growing import spread, update

    monkeypatch.setattr(update, "LOCAL_RECORD", 100)
    monkeypatch.setattr(spread, "TILE_BYTES", 300)
    _, image = small()
    cancel = threading.Event()

    def watch(progress: omezarr_nb.Progress) -> None:
        if progress.regions_done == 3:
            cancel.set()

    with pytest.raises(WriteCancelledError, match=r"a part of the region is written.*or mend\(\)") as caught:
        image.update_region(PIXELS[6, 0], t=0, c=0, on_progress=watch, cancel=cancel)
    assert "brings the levels in line" in caught.value.__notes__[0]
    assert image.mend()
    again = fresh(np.asarray(image.levels[0].zarr[...]), image, **OPTIONS)
    assert same(levels_of(image), levels_of(omezarr_nb.open(again)))


def test_a_store_of_obstore_and_a_session_of_icechunk() -> None:
    import icechunk
    from obstore.store import MemoryStore as Objects
    from zarr.storage import ObjectStore

    repository = icechunk.Repository.create(icechunk.in_memory_storage())
    session = repository.writable_session("main")
    for store in (ObjectStore(Objects()), session.store):
        omezarr_nb.write_image(PIXELS[:4], store, axes="tcyx", chunks=(3, 1, 8, 8), **OPTIONS)
        image = omezarr_nb.open(store)
        image.append(PIXELS[4:6])
        image.update_region(PIXELS[6], t=5)
        image.append(PIXELS[6])
        expected = np.concatenate([PIXELS[:5], PIXELS[6:], PIXELS[6:]])
        again = fresh(expected, image, **OPTIONS)
        assert same(levels_of(image), levels_of(omezarr_nb.open(again)))
        image.rebuild_levels("max")
    session.commit("grown")
    found = omezarr_nb.open(repository.readonly_session("main").store)
    np.testing.assert_array_equal(found.levels[0].zarr[...], expected)
    with pytest.raises(StoreError, match="open for reading only"):
        found.append(PIXELS[6])
