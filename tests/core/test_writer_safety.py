"""What was at the target stays as it was, until the new image is complete: whatever fails, and wherever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.abc.store import Store
from zarr.core.buffer import Buffer
from zarr.storage import MemoryStore, WrapperStore

import omezarr_nb
from omezarr_nb.core.writer import write_image, write_labels
from omezarr_nb.errors import InvalidArgumentError, StoreError, TargetExistsError, WriteCancelledError
from tests.stores import make_image

OLD = np.random.default_rng(0).integers(0, 999, (3, 64, 64)).astype("u2")
NEW = np.random.default_rng(1).integers(0, 999, (5, 100, 90)).astype("u2")
OPTIONS: dict[str, Any] = {"axes": "zyx", "chunks": (1, 32, 32), "scale_factors": [2, 4]}
VERSIONS = ["0.4", "0.5"]


class Broken(WrapperStore[Store]):
    """A store whose `set` fails from the n-th call on, for keys that a test chooses."""

    def __init__(self, store: Store, after: int, when: Callable[[str], bool] = lambda _: True) -> None:
        super().__init__(store)
        self.after, self.when, self.calls, self.failed = after, when, 0, 0
        self.lock = threading.Lock()

    def _with_store(self, store: Store) -> Broken:
        return Broken(store, self.after, self.when)

    def count(self, key: str) -> None:
        with self.lock:
            if self.when(key):
                self.calls += 1
                if self.calls > self.after:
                    self.failed += 1
                    raise OSError(28, "No space left on device")

    async def set(self, key: str, value: Buffer) -> None:
        self.count(key)
        await self._store.set(key, value)

    def set_sync(self, key: str, value: Buffer) -> None:
        self.count(key)
        self._store.set_sync(key, value)  # type: ignore[attr-defined, unused-ignore] # not in zarr 3.1


class Raising:
    """A source that raises at its n-th region."""

    def __init__(self, pixels: np.ndarray[Any, Any], at: int) -> None:
        self.pixels, self.at, self.calls = pixels, at, 0
        self.shape, self.dtype = pixels.shape, pixels.dtype
        self.lock = threading.Lock()

    def __getitem__(self, region: Any) -> Any:
        with self.lock:
            self.calls += 1
            if self.calls == self.at:
                raise RuntimeError("the camera went away")
        return self.pixels[region]


def files(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def keys(store: MemoryStore) -> dict[str, bytes]:
    """Return everything in a store."""
    return {key: value.to_bytes() for key, value in store._store_dict.items()}


@pytest.fixture(params=VERSIONS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """Return a folder with an image in it."""
    where = tmp_path / "image.zarr"
    write_image(OLD, where, version=request.param, **OPTIONS)
    return where, request.param


def test_nothing_is_overwritten_unasked(old: tuple[Path, str]) -> None:
    where, version = old
    before = files(where.parent)
    for other in VERSIONS:
        with pytest.raises(TargetExistsError, match=r"already.*overwrite=True"):
            write_image(NEW, where, version=other, **OPTIONS)
    with pytest.raises(FileExistsError):
        write_image(NEW, zarr.open_group(where, mode="r+"), version=version, **OPTIONS)
    assert files(where.parent) == before


@pytest.mark.parametrize("other", VERSIONS)
def test_overwrite_replaces_all_of_the_old_image(old: tuple[Path, str], other: str) -> None:
    where, _ = old
    image = write_image(NEW, where, overwrite=True, version=other, **OPTIONS | {"scale_factors": []})
    assert [level.shape for level in image.levels] == [NEW.shape]
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], NEW)
    assert [path.name for path in where.parent.iterdir()] == ["image.zarr"]
    documents = {path.name for path in where.iterdir()}
    assert documents == ({"zarr.json", "0"} if other == "0.5" else {".zattrs", ".zgroup", "0"})


@pytest.mark.parametrize("at", [1, 2, 5])
def test_a_source_that_raises(old: tuple[Path, str], at: int) -> None:
    where, version = old
    before = files(where.parent)
    with pytest.raises(RuntimeError, match="the camera went away"):
        write_image(Raising(NEW, at), where, overwrite=True, version=version, **OPTIONS)
    assert files(where.parent) == before


def test_a_source_that_raises_where_nothing_was(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the camera went away"):
        write_image(Raising(NEW, 3), tmp_path / "deep" / "er" / "image.zarr", **OPTIONS)
    assert not list(tmp_path.iterdir())


def test_cancelling_and_a_callback_that_raises(old: tuple[Path, str]) -> None:
    where, version = old
    before = files(where.parent)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(WriteCancelledError):
        write_image(NEW, where, overwrite=True, version=version, cancel=cancel, **OPTIONS)

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_image(NEW, where, overwrite=True, version=version, on_progress=interrupt, **OPTIONS)
    assert files(where.parent) == before


@pytest.mark.parametrize("step", ["exchange", "first rename", "second rename"])
def test_a_rename_that_fails(old: tuple[Path, str], step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, version = old
    before = files(where.parent)
    rename, calls = Path.rename, [0]

    def exchange(*_: Path) -> bool:
        if step == "exchange":
            raise PermissionError(13, "Permission denied")
        return False  # as where the system cannot

    def failing(self: Path, target: Path) -> Path:
        calls[0] += 1
        if calls[0] == (1 if step == "first rename" else 2):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr("omezarr_nb.core.pyramid.staging._exchange", exchange)
    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="Permission denied"):
        write_image(NEW, where, overwrite=True, version=version, **OPTIONS)
    assert files(where.parent) == before


def test_what_cannot_be_removed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.rmtree", failing)
    with pytest.raises(RuntimeError) as caught:
        write_image(Raising(NEW, 2), tmp_path / "image.zarr", **OPTIONS)
    (left,) = tmp_path.iterdir()
    assert left.name in caught.value.__notes__[0]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_store_that_fails_at_any_write(version: str, overwrite: bool) -> None:
    pixels = NEW[:2, :40, :40] + 1
    total = 1000
    for after in (*range(12), 20, 30):
        inner = MemoryStore()
        if overwrite:
            write_image(OLD, inner, version=version, **OPTIONS)
        before = keys(inner)
        store = Broken(inner, after)
        with suppress(StoreError):
            write_image(pixels, store, version=version, overwrite=overwrite, **OPTIONS)
        if store.failed:
            assert keys(inner) == before
        else:
            total = min(total, after)
            np.testing.assert_array_equal(omezarr_nb.open(inner).levels[0].zarr[...], pixels)
    assert total > 10


def test_a_store_that_fails_is_an_error_in_words() -> None:
    with pytest.raises(StoreError, match=r"as it was before.*level \d.*No space left") as caught:
        write_image(NEW, Broken(MemoryStore(), 7), **OPTIONS)
    assert isinstance(caught.value, OSError)


@pytest.mark.parametrize("version", VERSIONS)
def test_overwriting_in_a_store_switches_with_one_write(version: str) -> None:
    store = MemoryStore()
    write_image(OLD, store, version=version, **OPTIONS)
    group = zarr.open_group(store, mode="r+")
    group.attrs["note"] = "kept"
    group.create_group("tables")
    seen: list[Any] = []

    def look(_: object) -> None:
        seen.append(omezarr_nb.open(store).levels[0].zarr[...])

    write_image(NEW, group, version=version, overwrite=True, on_progress=look, **OPTIONS)
    for pixels in seen:
        np.testing.assert_array_equal(pixels, OLD)
    image = omezarr_nb.open(store)
    assert not image.problems
    np.testing.assert_array_equal(image.levels[0].zarr[...], NEW)
    assert image.attributes["note"] == "kept"
    assert group.attrs["note"] == "kept"
    top = {key.split("/")[0] for key in keys(store)}
    assert "tables" in top
    assert len([name for name in top if name[0].isdigit()]) == 3  # the old levels are gone
    again = write_image(OLD, group, version=version, overwrite=True, **OPTIONS)
    np.testing.assert_array_equal(again.levels[0].zarr[...], OLD)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("target", ["path", "group", "memory"])
@pytest.mark.parametrize("kind", ["dask", "zarr"])
def test_the_source_may_be_read_from_the_target(tmp_path: Path, version: str, target: str, kind: str) -> None:
    where: Any = MemoryStore() if target == "memory" else tmp_path / "image.zarr"
    image = write_image(OLD, where, version=version, **OPTIONS)
    pixels: Any = image.array(0)
    source = pixels + 1 if kind == "dask" else image.levels[0].zarr
    group = zarr.open_group(where, mode="r+") if target == "group" else where
    new = write_image(source, group, version=version, overwrite=True, **OPTIONS)
    np.testing.assert_array_equal(new.levels[0].zarr[...], OLD + (1 if kind == "dask" else 0))


def test_what_is_no_zarr_hierarchy_is_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter1.txt").write_text("...")
    (tmp_path / "file.zarr").write_text("...")
    before = files(tmp_path)
    with pytest.raises(TargetExistsError, match=r"not a Zarr hierarchy.*chapter1.txt"):
        write_image(NEW, folder, overwrite=True, **OPTIONS)
    with pytest.raises(TargetExistsError, match="file at the target"):
        write_image(NEW, tmp_path / "file.zarr", overwrite=True, **OPTIONS)
    with pytest.raises(TargetExistsError, match="already"):
        write_image(NEW, folder, **OPTIONS)
    assert files(tmp_path) == before


@pytest.mark.parametrize("what", ["labels", "tables", "notes.txt"])
def test_more_than_the_levels_is_never_lost(old: tuple[Path, str], what: str) -> None:
    where, version = old
    if what == "labels":
        write_labels(np.ones(OLD.shape, "u1"), where, name="cells")
    elif what == "tables":
        zarr.open_group(where, mode="r+").create_group("tables")
    else:
        (where / what).write_text("seen under the microscope")
    before = files(where.parent)
    with pytest.raises(TargetExistsError, match=f"(?s)would be lost.*{what}"):
        write_image(NEW, where, overwrite=True, version=version, **OPTIONS)
    assert files(where.parent) == before


def test_an_empty_folder_and_an_empty_group_are_room(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    zarr.open_group(tmp_path / "group", mode="w")
    zarr.open_group(tmp_path / "group2", mode="w", zarr_format=2)
    for name in ("empty", "group", "group2"):
        write_image(NEW, tmp_path / name, **OPTIONS)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_group_keeps_what_else_is_in_it(tmp_path: Path) -> None:
    group = zarr.open_group(tmp_path / "a.zarr", mode="w")
    group.attrs["note"] = "kept"
    group.create_array("0", shape=(3,), dtype="u1")[...] = [1, 2, 3]
    image = write_image(NEW, group, **OPTIONS)
    assert [level.path for level in image.levels] == ["0_2", "1_2", "2_2"]
    np.testing.assert_array_equal(zarr.open_array(tmp_path / "a.zarr" / "0")[...], [1, 2, 3])
    assert "ome" in group.attrs
    assert group.attrs["note"] == "kept"


def test_a_group_of_the_other_zarr_format(tmp_path: Path) -> None:
    formats: list[tuple[Any, str]] = [(2, "0.5"), (3, "0.4")]
    for zarr_format, version in formats:
        group = zarr.open_group(tmp_path / str(zarr_format), mode="w", zarr_format=zarr_format)
        with pytest.raises(InvalidArgumentError, match=f"zarr_format: {zarr_format}.*version="):
            write_image(NEW, group, version=version, **OPTIONS)


def test_groups_that_are_no_image_and_stores_that_are_only_read(tmp_path: Path) -> None:
    group = zarr.open_group(tmp_path / "plate.zarr", mode="w")
    group.attrs["ome"] = {"version": "0.5", "plate": {}}
    with pytest.raises(TargetExistsError, match=r"not an image.*plate"):
        write_image(NEW, group, overwrite=True, **OPTIONS)
    with pytest.raises(StoreError, match="reading only"):
        write_image(NEW, zarr.open_group(tmp_path / "plate.zarr", mode="r"), **OPTIONS)
    store = MemoryStore()
    zarr.create_array(store, shape=(3,), dtype="u1")
    with pytest.raises(TargetExistsError, match="Zarr array"):
        write_image(NEW, store, overwrite=True, **OPTIONS)


def test_consolidated_metadata_does_not_outlive_what_it_tells_of(tmp_path: Path) -> None:
    for version in VERSIONS:
        where = tmp_path / version
        write_image(OLD, where, version=version, **OPTIONS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.warn", lambda *_, **__: None)
            zarr.consolidate_metadata(where)
        group = zarr.open_group(where, mode="r+")
        write_image(NEW, group, version=version, overwrite=True, **OPTIONS)
        path = omezarr_nb.open(where).levels[0].path
        np.testing.assert_array_equal(zarr.open_group(where, mode="r")[path][...], NEW)  # type: ignore[index] # zarr types a member as array or group


def test_labels_that_fail_leave_the_image_as_it_was(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    write_image(OLD, where, **OPTIONS)
    before = files(where)
    with pytest.raises(RuntimeError, match="camera"):
        write_labels(Raising(OLD, 2), where, name="cells", **OPTIONS)
    assert files(where) == before
    assert not (where / "labels").exists()
    write_labels(OLD, where, name="cells", **OPTIONS)
    with pytest.raises(TargetExistsError, match="already"):
        write_labels(OLD + 1, where, name="cells", **OPTIONS)
    np.testing.assert_array_equal(omezarr_nb.open(where).labels["cells"].levels[0].zarr[...], OLD)


def test_another_writer_that_was_faster_keeps_its_image(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"

    def faster(progress: Any) -> None:
        if progress.regions_done == 0:
            make_image(where, [OLD], "zyx")

    with pytest.raises(TargetExistsError, match="already"):
        write_image(NEW, where, on_progress=faster, **OPTIONS)
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], OLD)
    assert [path.name for path in tmp_path.iterdir()] == ["image.zarr"]
