"""Processes that run what a wizard has planned, and are killed; looked at file by file.

The tests kill each a few times, at moments that are the same each time. Many more, by hand::

    python -m tests.faults.wizards --kills 20 --seed 1
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

import omezarr_nb
import omezarr_nb.core.converting.run
import omezarr_nb.core.plate_run
from omezarr_nb.core.converting import chunks
from omezarr_nb.core.locks import LOCK_FILE, file_lock
from omezarr_nb.core.pyramid import regions
from omezarr_nb.errors import NotFoundError
from omezarr_nb.wizards.convert import ConvertWizard
from omezarr_nb.wizards.image import ImageWizard
from omezarr_nb.wizards.labels import LabelsWizard
from omezarr_nb.wizards.plate import PlateWizard
from tests.faults.children import Children, children
from tests.faults.nursery import same
from tests.wizards.driving import wait_for_state

__all__ = ["KINDS", "Killed", "do", "wizard_children"]

#: What is written: by which wizard, and where in a folder that `prepare` has filled.
KINDS: Mapping[str, str] = {
    "image": "stack.ome.zarr",
    "labels": "image.ome.zarr",
    "plate": "plate.ome.zarr",
    "convert": "other.ome.zarr",
    "convert plate": "other.ome.zarr",
}

WELLS = ("A1", "A2", "B1")


def prepare(kind: str, folder: Path) -> None:
    """Put into a folder what a wizard works on."""
    rng = np.random.default_rng(4)
    folder.mkdir(parents=True)
    match kind:
        case "image":
            tifffile.imwrite(folder / "stack.tif", rng.integers(0, 999, (6, 256, 240)).astype("u2"))
        case "labels":
            pixels = np.kron(rng.integers(0, 2, (6, 8, 8)) * 900, np.ones((1, 30, 30))).astype("u2")
            omezarr_nb.write_image(pixels, folder / "image.ome.zarr", axes="zyx", chunks=(1, 64, 64), levels=2)
        case "convert":
            pixels = rng.integers(0, 999, (6, 256, 240)).astype("u2")
            image = omezarr_nb.write_image(pixels, folder / "image.ome.zarr", axes="zyx", chunks=(1, 32, 32), levels=2)
            omezarr_nb.write_labels(pixels // 100, image, "cells", chunks=(1, 32, 32), levels=2)
        case _:
            (folder / "files").mkdir()
            for well in WELLS:
                for field in (1, 2):
                    path = folder / "files" / f"{well}_s{field}_DAPI.tif"
                    tifffile.imwrite(path, rng.integers(0, 99, (200, 200)).astype("u2"))
            if kind == "convert plate":
                omezarr_nb.write_plate(folder / "files", folder / "plate.ome.zarr", levels=2, chunks=32)


def plan_of(kind: str, folder: Path) -> Any:
    """Return what a wizard has planned."""
    where = str(folder / KINDS[kind])
    wizard: Any
    match kind:
        case "image":
            wizard = ImageWizard(str(folder / "stack.tif"), namespace={}, axes="zyx", target=where)
        case "labels":
            wizard = LabelsWizard(where, namespace={}, how="components", threshold="400")
        case "plate":
            wizard = PlateWizard(str(folder / "files"), target=where)
        case "convert":
            wizard = ConvertWizard(str(folder / "image.ome.zarr"), namespace={}, version="0.6", target=where)
        case _:
            wizard = ConvertWizard(str(folder / "plate.ome.zarr"), namespace={}, version="0.4", target=where)
    wait_for_state(wizard, "ready", "wrong")
    assert wizard.plan is not None, wizard.troubles
    return wizard.plan


def do(what: Mapping[str, str]) -> None:
    """Run what a wizard has planned; make a file when that begins."""
    # Small images are cut into as many regions as large ones.
    regions.LEAST_BYTES, regions.UNITS_BYTES = 1 << 14, 1 << 16
    chunks._BATCH = 4
    folder = Path(what["folder"])
    plan = plan_of(what["kind"], folder)
    (folder / "begun").touch()
    plan.run(resume=True)


def wizard_children() -> AbstractContextManager[Children]:
    """Start an interpreter whose children run what a wizard has planned."""
    return children("tests.faults.wizards")


class Killed:
    """What a wizard writes, killed and gone on with as often as one likes.

    Parameters
    ----------
    house
        Where it runs.
    kind
        One of `KINDS`.
    root
        An empty folder.
    """

    def __init__(self, house: Children, kind: str, root: Path) -> None:
        self._house = house
        self._kind = kind
        self._start, self._whole, self._now = root / "start", root / "whole", root / "now"
        prepare(kind, self._start)
        shutil.copytree(self._start, self._whole)
        assert house.run({"kind": kind, "folder": self._whole}) == 0
        self.seconds = time.time() - (self._whole / "begun").stat().st_mtime

    def once(self, moment: float) -> bool:
        """Kill it, look at what is there, go on with it, and compare all files with those of an undisturbed one.

        Parameters
        ----------
        moment
            Seconds after it has begun.

        Returns
        -------
        bool
            Whether it was killed before it had ended.
        """
        shutil.copytree(self._start, self._now)
        what = {"kind": self._kind, "folder": self._now}
        ended = self._house.run(what, kill_after=moment, kill_when=(self._now / "begun").exists)
        assert ended in (0, -9)
        self._look()
        for path in self._start.rglob("*"):  # what was there is as it was
            if path.is_file() and not (self._kind == "labels" and "labels" in path.parts):
                assert path.read_bytes() == (self._now / path.relative_to(self._start)).read_bytes(), path
        for left in self._now.rglob(LOCK_FILE):  # nobody's: whoever changes the group next takes it, and removes it
            with file_lock(left):
                pass
        if ended and not same(self._now, self._whole):
            assert self._house.run(what) == 0
        assert same(self._now, self._whole)
        shutil.rmtree(self._now)
        return ended != 0

    def _look(self) -> None:
        """See whether what a reader finds after the kill is nothing, or whole."""
        where = self._now / KINDS[self._kind]
        try:
            found: Any = omezarr_nb.open(where)
        except NotFoundError:
            return
        report = omezarr_nb.validate(where)
        assert report.is_valid, str(report)
        whole: Any = omezarr_nb.open(self._whole / KINDS[self._kind])
        match self._kind:
            case "plate":
                for path in found.wells:
                    for one, other in zip(found[path].fields, whole[path].fields, strict=False):
                        _equal(one, other)
            case "labels":
                assert list(found.labels) in ([], ["objects"])
                for name in found.labels:
                    _equal(found.labels[name], whole.labels[name])
            case _:
                assert same(where, self._whole / where.name)


def _equal(one: Any, other: Any) -> None:
    for level, wanted in zip(one.levels, other.levels, strict=True):
        np.testing.assert_array_equal(level.zarr[...], wanted.zarr[...])


def main() -> None:
    """Kill what each wizard writes, and say how often that was before its end."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    draw = random.Random(chosen.seed)
    with wizard_children() as house, tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            killed = Killed(house, kind, Path(folder) / kind)
            count = sum(killed.once(draw.uniform(0, 1.1 * killed.seconds)) for _ in range(chosen.kills))
            sys.stdout.write(f"{kind}: {count} of {chosen.kills} killed before the end; every one was gone on with\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
