"""An image that is replaced where nothing can be renamed: at every moment a reader finds the old one or the new one."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.storage import LocalStore, MemoryStore, WrapperStore, ZipStore

import omezarr_nb
from omezarr_nb.core.pyramid.claims import is_claim
from omezarr_nb.errors import StoreError, TargetBusyError, TargetExistsError, UnsupportedError
from tests.core.test_convert import plate
from tests.stores import make_image

OLD, NEW = 3, 7
PAIRS = [("0.4", "0.5"), ("0.5", "0.4"), ("0.5", "0.6"), ("0.4", "0.2"), ("0.6", "0.1"), ("0.4", "0.4")]


class Watched(WrapperStore[MemoryStore]):
    """A store that calls a function after each change, and fails at one of them; marks of writers do not count."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.look: Callable[[], None] = lambda: None
        self.fail_at = -1
        self.changes = 0

    def _count(self, key: str) -> None:
        if is_claim(key.rpartition("/")[2]):
            return
        self.changes += 1
        if self.changes == self.fail_at:
            raise OSError("the bucket is gone")

    async def set(self, key: str, value: Any) -> None:
        self._count(key)
        await self._store.set(key, value)
        self.look()

    async def delete(self, key: str) -> None:
        self._count(key)
        await self._store.delete(key)
        self.look()

    async def delete_dir(self, prefix: str) -> None:
        await self._store.delete_dir(prefix)
        self.look()


def build(where: Any, value: int, version: str, labels: tuple[str, ...]) -> Any:
    """Write an image of one value, with labels of that value, five axes, without sizes."""
    pixels = np.full((1, 1, 1, 16, 16), value, "uint8")
    image = omezarr_nb.write_image(pixels, where, axes="tczyx", version=version, scale_factors=[2], method="nearest")
    for name in labels:
        omezarr_nb.write_labels(pixels, image, name, axes="tczyx", method="nearest")
    return image


def state(keys: MutableMapping[str, Any]) -> tuple[int, dict[str, int]]:
    """Open a copy of a store as it is now; give the value of the image, and of each of its labels."""
    image = omezarr_nb.open(MemoryStore(dict(keys)))
    values = {int(value) for level in image.levels for value in np.unique(level.zarr[...])}
    assert len(values) == 1, values
    labels = {}
    for name in image.labels:
        of_label = {int(value) for level in image.labels[name].levels for value in np.unique(level.zarr[...])}
        assert len(of_label) == 1
        labels[name] = of_label.pop()
    return values.pop(), labels


@pytest.mark.filterwarnings("ignore:Both zarr.json")
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_reader_finds_the_one_or_the_other_at_every_moment(before: str, after: str) -> None:
    memory = MemoryStore()
    build(memory, OLD, before, ("cells", "gone"))
    source = build(MemoryStore(), NEW, after, ("cells", "fresh"))
    store = Watched(memory)
    seen: list[tuple[int, dict[str, int]]] = []
    snapshots: list[dict[str, Any]] = []
    store.look = lambda: snapshots.append(dict(memory._store_dict))
    new = omezarr_nb.convert(source, store, version=after, overwrite=True)
    for snapshot in snapshots:
        now = state(snapshot)
        if not seen or seen[-1] != now:
            seen.append(now)
    assert seen == [
        (OLD, {"cells": OLD, "gone": OLD}),
        (OLD, {}),
        (NEW, {}),
        (NEW, {"cells": NEW, "fresh": NEW}),
    ]
    assert new.version == after
    assert omezarr_nb.validate(store).is_valid
    assert not [key for key in memory._store_dict if "gone" in key or key.startswith(("0/", "labels/cells/0/"))]


@pytest.mark.parametrize(("before", "after"), PAIRS[:3])
def test_a_failure_at_any_change_leaves_the_old_one(before: str, after: str) -> None:
    source = build(MemoryStore(), NEW, after, ("cells",))
    old = MemoryStore()
    build(old, OLD, before, ("cells",))
    kept = {key: value.to_bytes() for key, value in old._store_dict.items()}
    counted = Watched(MemoryStore(dict(old._store_dict)))
    omezarr_nb.convert(source, counted, version=after, overwrite=True)
    assert counted.changes > 10
    for fail_at in range(1, counted.changes + 1):
        memory = MemoryStore(dict(old._store_dict))
        store = Watched(memory)
        store.fail_at = fail_at
        with pytest.raises(StoreError, match="bucket is gone"):
            omezarr_nb.convert(source, store, version=after, overwrite=True)
        assert {key: value.to_bytes() for key, value in memory._store_dict.items()} == kept


def test_a_target_that_changes_meanwhile_is_left(tmp_path: Path) -> None:
    store = Watched(MemoryStore())
    build(store, OLD, "0.5", ())
    source = build(tmp_path / "new.zarr", NEW, "0.5", ())

    def change(progress: Any) -> None:
        if progress.regions_done == progress.regions:
            zarr.open_group(store, mode="r+").attrs["mine"] = 1

    with pytest.raises(TargetExistsError, match="changed while"):
        omezarr_nb.convert(source, store, overwrite=True, on_progress=change)
    assert state(store._store._store_dict) == (OLD, {})
    assert not [key for key in store._store._store_dict if key.startswith("0_2")]


def test_other_stores(tmp_path: Path) -> None:
    source = build(tmp_path / "new.zarr", NEW, "0.5", ("cells",))
    build(tmp_path / "old.zarr", OLD, "0.5", ("cells",))
    build("memory://replace/old.zarr", OLD, "0.4", ())
    group = zarr.open_group(LocalStore(tmp_path / "old.zarr"), mode="r+")
    for where in (group, "memory://replace/old.zarr"):
        with pytest.raises(TargetExistsError, match="overwrite=True"):
            omezarr_nb.convert(source, where)
        new = omezarr_nb.convert(source, where, version="0.5", overwrite=True)
        assert int(new.levels[0].zarr[0, 0, 0, 0, 0]) == NEW
        assert list(new.labels) == ["cells"]
    assert omezarr_nb.validate(tmp_path / "old.zarr").is_valid
    zipped = ZipStore(tmp_path / "old.zip", mode="w")
    omezarr_nb.convert(source, zipped)
    with pytest.raises(UnsupportedError, match="ZipStore, cannot remove what is in it"):
        omezarr_nb.convert(source, zipped, overwrite=True)
    zipped.close()


def test_what_cannot_be_switched_at_one_stroke_is_refused_with_the_reason(tmp_path: Path) -> None:
    store = MemoryStore()
    image = build(store, OLD, "0.5", ())
    wells = plate(tmp_path / "plate.zarr")
    with pytest.raises(UnsupportedError, match=r"The source is more than an image.*no image at its top"):
        omezarr_nb.convert(wells, store, version="0.5", overwrite=True)
    there = MemoryStore()
    omezarr_nb.convert(wells, there, version="0.5")
    with pytest.raises(UnsupportedError, match="The target is more than an image"):
        omezarr_nb.convert(image, there, overwrite=True)
    zarr.open_group(store, mode="r+").create_group("tables")
    with pytest.raises(UnsupportedError, match="holds the group 'tables'"):
        omezarr_nb.convert(build(MemoryStore(), NEW, "0.5", ()), store, overwrite=True)
    assert state(store._store_dict)[0] == OLD
    array = zarr.create_array(MemoryStore(), shape=(4,), dtype="uint8")
    with pytest.raises(TargetExistsError, match="Zarr array"):
        omezarr_nb.convert(image, array.store, overwrite=True)


def test_names_of_levels_stand_right_wherever_they_stand() -> None:
    store = MemoryStore()
    build(store, OLD, "0.6", ())
    new = omezarr_nb.convert(build(MemoryStore(), NEW, "0.6", ()), store, version="0.6", overwrite=True)
    (multiscale,) = new.attributes["ome"]["multiscales"]
    for dataset in multiscale["datasets"]:
        (step,) = dataset["coordinateTransformations"]
        assert step["input"] == {"path": dataset["path"]}
    assert [dataset["path"] for dataset in multiscale["datasets"]] == ["0_2", "1_2"]
    again = omezarr_nb.convert(build(MemoryStore(), OLD, "0.6", ()), store, version="0.6", overwrite=True)
    assert [level.path for level in again.levels] == ["0", "1"]


def test_a_pyramid_of_one_array_is_no_image(tmp_path: Path) -> None:
    make_image(tmp_path / "old.zarr", [np.zeros((8, 8), "uint8")], "yx")
    group = zarr.open_group(tmp_path / "old.zarr", mode="r+")
    group.create_array("mask", shape=(2,), dtype="uint8")
    with pytest.raises(UnsupportedError, match="'mask', which is no level"):
        omezarr_nb.convert(build(MemoryStore(), NEW, "0.5", ()), group, overwrite=True)


def test_what_somebody_writes_to_is_left_to_them() -> None:
    store = MemoryStore()
    build(store, OLD, "0.5", ())
    source = build(MemoryStore(), NEW, "0.5", ())
    plan = omezarr_nb.plan_image(np.full((1, 1, 1, 16, 16), 5, "uint8"), store, axes="tczyx", overwrite=True)
    refused: list[Exception] = []

    def convert_meanwhile(_: object) -> None:
        if not refused:
            with pytest.raises(TargetBusyError) as caught:
                omezarr_nb.convert(source, store, overwrite=True)
            refused.append(caught.value)

    image = plan.run(on_progress=convert_meanwhile)
    assert refused
    assert {int(value) for value in np.unique(image.levels[0].zarr[...])} == {5}
    assert omezarr_nb.convert(source, store, overwrite=True).levels[0].zarr[0, 0, 0, 0, 0] == NEW
