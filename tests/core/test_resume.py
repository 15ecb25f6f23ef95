"""A write that was broken off goes on where it was, to the same bytes; and no other write goes on with it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import zarr

import omezarr_nb
from omezarr_nb.core.pyramid import regions
from omezarr_nb.core.writer import write_image, write_labels, write_multiscale
from omezarr_nb.errors import InvalidArgumentError, TargetBusyError, TargetExistsError, WriteCancelledError
from tests.faults.nursery import same

PIXELS = np.random.default_rng(0).integers(0, 999, (6, 160, 150)).astype("u2")
OTHER = np.random.default_rng(1).integers(0, 999, (6, 160, 150)).astype("u2")
OPTIONS: dict[str, Any] = {"axes": "zyx", "chunks": (2, 32, 32), "scale_factors": [2, 4, 8]}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut small images into as many regions and passes as large ones."""
    monkeypatch.setattr(regions, "LEAST_BYTES", 1 << 10)
    monkeypatch.setattr(regions, "UNITS_BYTES", 1 << 14)


class Breaking:
    """A source that raises from its n-th region on."""

    def __init__(self, pixels: np.ndarray[Any, Any], at: float) -> None:
        self.pixels, self.at, self.calls = pixels, at, 0
        self.shape, self.dtype = pixels.shape, pixels.dtype
        self.lock = threading.Lock()

    def __getitem__(self, region: Any) -> Any:
        with self.lock:
            self.calls += 1
            if self.calls > self.at:
                raise RuntimeError("the camera went away")
        return self.pixels[region]


class After:
    """Says to cancel when it has been asked n times."""

    def __init__(self, count: int) -> None:
        self.count = count

    def is_set(self) -> bool:
        self.count -= 1
        return self.count < 0


def files(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


WRITES: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "plain": (write_image, OPTIONS),
    "0.4": (write_image, OPTIONS | {"version": "0.4"}),
    "shards": (write_image, OPTIONS | {"shards": (2, 64, 64)}),
    "gaussian": (write_image, OPTIONS | {"method": "gaussian"}),
    "rounded": (write_image, OPTIONS | {"version": "0.4", "storage_options": {"filters": []}}),
    "empty chunks": (write_image, OPTIONS | {"storage_options": {"config": {"write_empty_chunks": True}}}),
}


@pytest.mark.parametrize("kind", WRITES)
def test_from_any_region_to_the_same_bytes(kind: str, tmp_path: Path) -> None:
    write, options = WRITES[kind]
    pixels = PIXELS.copy()
    pixels[:, :64, :64] = 0
    plan = omezarr_nb.plan_image(Breaking(pixels, 1e9), tmp_path / "x", **options)
    assert plan.regions > 12
    assert len(plan.passes) > 1
    write(pixels, tmp_path / "whole" / "image.zarr", **options)
    whole = files(tmp_path / "whole")
    for after in range(0, plan.regions + 3, plan.regions // (9 if kind == "plain" else 4)):
        where = tmp_path / str(after) / "image.zarr"
        try:
            write(Breaking(pixels, 1e9), where, cancel=After(after), resume=True, **options)
        except WriteCancelledError as error:
            (note,) = getattr(error, "__notes__", ["resume=True"])
            assert "resume=True" in note
            assert not where.exists()
        seen: list[Any] = []
        source = Breaking(pixels, 1e9)
        write(source, where, resume=True, on_progress=seen.append, overwrite=where.exists(), **options)
        assert files(where.parent) == whole
        assert seen[-1].fraction == 1
        assert seen[-1].regions_done == seen[-1].regions


def test_only_what_is_missing_is_read_again(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    count = omezarr_nb.plan_image(Breaking(PIXELS, 0), where, **OPTIONS).passes[0].count
    with pytest.raises(RuntimeError, match="camera") as caught:
        write_image(Breaking(PIXELS, count - 4), where, resume=True, **OPTIONS)
    assert "resume=True" in caught.value.__notes__[0]
    source = Breaking(PIXELS, 1e9)
    write_image(source, where, resume=True, **OPTIONS)
    assert source.calls <= 12  # four that failed, those that had begun, and one that is compared
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], PIXELS)
    assert [path.name for path in tmp_path.iterdir()] == ["image.zarr"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"chunks": (2, 64, 64)}, r"chunks of level 0: \[2, 32, 32\] before, \[2, 64, 64\] now"),
        ({"scale_factors": [2, 4]}, "number of levels: 4 before, 3 now"),
        ({"method": "max"}, "method: 'mean' before, 'max' now"),
        ({"version": "0.4"}, "version: '0.5' before, '0.4' now"),
        ({"compression": "gzip"}, "codecs of level 0"),
        ({"shards": (2, 64, 64)}, "shards of level 0: None before"),
        ({"axes": "cyx"}, "axes"),
    ],
)
def test_another_plan_is_not_continued(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    with pytest.raises(RuntimeError):
        write_image(Breaking(PIXELS, 20), where, resume=True, **OPTIONS)
    before = files(tmp_path)
    with pytest.raises(InvalidArgumentError, match=f"another write.*{said}"):
        write_image(PIXELS, where, resume=True, **OPTIONS | change)
    assert files(tmp_path) == before


@pytest.mark.parametrize("lazy", [False, True])
def test_another_source_is_not_continued(lazy: bool, tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    with pytest.raises(WriteCancelledError):
        write_image(Breaking(PIXELS, 1e9) if lazy else PIXELS, where, cancel=After(9), resume=True, **OPTIONS)
    before = files(tmp_path)
    with pytest.raises(InvalidArgumentError, match=r"other pixels at 0:\d" if lazy else "pixels of source 0 differ"):
        write_image(Breaking(OTHER, 1e9) if lazy else OTHER, where, resume=True, **OPTIONS)
    assert {name: data for name, data in files(tmp_path).items() if "journal" not in name} == {
        name: data for name, data in before.items() if "journal" not in name
    }
    write_image(PIXELS if not lazy else Breaking(PIXELS, 1e9), where, resume=True, **OPTIONS)
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], PIXELS)


def test_names_and_sizes_may_be_mended_meanwhile(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    with pytest.raises(RuntimeError):
        write_image(Breaking(PIXELS, 20), where, resume=True, **OPTIONS)
    image = write_image(PIXELS, where, resume=True, scale={"y": 0.5, "x": 0.5}, name="mended", **OPTIONS)
    assert image.levels[0].scale == (1, 0.5, 0.5)
    assert image.name == "mended"


def test_without_resume_what_is_left_is_removed_with_a_word(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    with pytest.raises(RuntimeError):
        write_image(Breaking(PIXELS, 20), where, resume=True, **OPTIONS)
    assert [path.name for path in tmp_path.iterdir()] == [".image.zarr.partial"]
    with pytest.warns(UserWarning, match=r"was removed.*\.image\.zarr\.partial.*process \d+.*resume=True"):
        write_image(OTHER, where, **OPTIONS)
    assert [path.name for path in tmp_path.iterdir()] == ["image.zarr"]
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], OTHER)


def test_labels_and_given_levels(tmp_path: Path) -> None:
    write_image(PIXELS, tmp_path / "a.zarr", **OPTIONS)
    ids = (PIXELS // 300).astype("i4")
    for resume in (False, True):
        where = tmp_path / str(resume)
        write_image(PIXELS, where / "a.zarr", **OPTIONS)
        with pytest.raises(RuntimeError):
            write_labels(Breaking(ids, 20), where / "a.zarr", name="cells", resume=resume, chunks=(2, 32, 32))
        assert (where / "a.zarr" / "labels" / ".cells.partial").exists() == resume
        assert omezarr_nb.open(where / "a.zarr").labels is None or not omezarr_nb.open(where / "a.zarr").labels
        write_labels(ids, where / "a.zarr", name="cells", resume=resume, chunks=(2, 32, 32))
        levels = [PIXELS, PIXELS[:, ::2, ::2]]
        with pytest.raises(WriteCancelledError):
            write_multiscale(levels, where / "b.zarr", axes="zyx", chunks=32, cancel=After(20), resume=resume)
        write_multiscale(levels, where / "b.zarr", axes="zyx", chunks=32, resume=resume)
    assert files(tmp_path / "False") == files(tmp_path / "True")


def test_overwriting_keeps_the_old_image_until_the_end(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    write_image(OTHER, where, **OPTIONS)
    with pytest.raises(RuntimeError):
        write_image(Breaking(PIXELS, 20), where, overwrite=True, resume=True, **OPTIONS)
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], OTHER)
    with pytest.raises(TargetExistsError, match="overwrite=True"):
        write_image(PIXELS, where, resume=True, **OPTIONS)
    write_image(PIXELS, where, overwrite=True, resume=True, **OPTIONS)
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], PIXELS)
    assert [path.name for path in tmp_path.iterdir()] == ["image.zarr"]


def test_a_source_that_reads_the_target_goes_on_reading_the_old_image(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    write_image(OTHER, where, **OPTIONS)
    for cancel in (After(2), After(3), None):
        lazy: da.Array = da.from_zarr(zarr.open_array(where / "0", mode="r")) + 1
        with nullcontext() if cancel is None else pytest.raises(WriteCancelledError):
            write_image(lazy, where, overwrite=True, resume=True, cancel=cancel, **OPTIONS)
        now = OTHER + 1 if cancel is None else OTHER
        np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], now)


def test_two_writers_of_one_folder_notice_each_other(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    lost: list[BaseException] = []

    def second(progress: Any) -> None:
        if not progress.regions_done:
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()

    def other() -> None:
        try:
            write_image(OTHER, where, overwrite=True, **OPTIONS)
        except TargetBusyError as error:
            lost.append(error)

    for overwrite in (False, True):
        write_image(PIXELS, where, overwrite=overwrite, on_progress=second, **OPTIONS)
        np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], PIXELS)
    assert len(lost) == 2
    assert "Somebody is writing to this target now" in str(lost[0])
    assert "process" in str(lost[0])
    assert [path.name for path in tmp_path.iterdir()] == ["image.zarr"]


def test_a_folder_of_that_name_which_is_none_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / ".image.zarr.partial"
    folder.mkdir()
    (folder / "thesis.txt").write_text("...")
    before = files(tmp_path)
    for resume in (False, True):
        with pytest.raises(TargetExistsError, match=r"holds something else.*thesis\.txt"):
            write_image(PIXELS, tmp_path / "image.zarr", resume=resume, **OPTIONS)
    assert files(tmp_path) == before


@pytest.mark.parametrize("without_group", [False, True])
@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_labels_that_a_killed_writer_had_not_listed(version: str, without_group: bool, tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    image = write_image(PIXELS, where, version=version, **OPTIONS)
    write_labels(PIXELS, image, "cells", axes=OPTIONS["axes"])
    shutil.copytree(where, tmp_path / "whole")
    document = where / "labels" / ("zarr.json" if version == "0.5" else ".zattrs")
    if without_group:
        for path in (where / "labels").glob(".z*" if version == "0.4" else "zarr.json"):
            path.unlink()
    else:
        document.write_text(document.read_text().replace('"cells"', ""))
    with pytest.raises(TargetExistsError):
        write_labels(PIXELS, image, "cells", axes=OPTIONS["axes"])
    with pytest.raises(TargetExistsError):
        write_labels(PIXELS + 1, image, "cells", axes=OPTIONS["axes"], resume=True)
    write_labels(PIXELS, image, "cells", axes=OPTIONS["axes"], resume=True)
    assert same(where, tmp_path / "whole")
    with pytest.raises(TargetExistsError):  # they are listed: a write of the same is another one
        write_labels(PIXELS, image, "cells", axes=OPTIONS["axes"], resume=True)
