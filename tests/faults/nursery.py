"""Processes that write an image and are killed: children of an interpreter that has imported everything already.

Run by hand for longer than the tests do::

    python -m tests.faults.nursery --kills 200 --megabytes 64
"""

from __future__ import annotations

import argparse
import filecmp
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import s3fs  # noqa: F401 - so that no child has to import it
import zarr

import omezarr_nb
import omezarr_nb.core.converting.run
import omezarr_nb.core.pyramid.run
from omezarr_nb.core.pyramid.claims import is_torn_claim
from omezarr_nb.core.writer import write_image
from tests.faults.children import Children, children

__all__ = ["by_level", "do", "files_of", "kill_and_check", "nursery", "pixels", "same"]

Write = Mapping[str, Any]


def pixels(seed: int, shape: tuple[int, ...] = (6, 256, 240)) -> np.ndarray[Any, Any]:
    """Return random pixels that compress a little."""
    return np.random.default_rng(seed).integers(0, 999, shape).astype("u2")


def do(what: Write) -> None:
    """Write an image as a document says, or convert one."""
    from omezarr_nb.core.pyramid import claims, regions

    # Small images are cut into as many regions and passes as large ones.
    regions.LEAST_BYTES, regions.UNITS_BYTES = what.get("region", 1 << 14), 1 << 16
    claims.SAVE_EVERY = 0.05
    where = what["where"]
    if what.get("convert"):
        omezarr_nb.convert(
            what["convert"], where, resume=what.get("resume", False), storage_options=what.get("storage_options")
        )
        return
    if what.get("group"):
        where = zarr.open_group(where, mode="a", zarr_format=2 if what["options"].get("version") == "0.4" else 3)
    write_image(
        pixels(what["seed"], tuple(what.get("shape", (6, 256, 240)))),
        where,
        overwrite=what.get("overwrite", False),
        resume=what.get("resume", False),
        storage_options=what.get("storage_options"),
        **what["options"],
    )


def nursery() -> AbstractContextManager[Children]:
    """Start an interpreter whose children write images."""
    return children("tests.faults.nursery")


def kill_and_check(
    house: Children, what: Write, moment: float, old: Callable[[], bool], new: Callable[[], bool]
) -> tuple[bool, bool]:
    """Kill a write, look at what is there, and let another one go on.

    Parameters
    ----------
    house
        Where it runs.
    what
        The write.
    moment
        Seconds after its begin.
    old, new
        Look whether the target is what it was before, or what it will be, to the last pixel of the last level.

    Returns
    -------
    killed, switched
        Whether it was killed before it had ended, and whether the target was the new image by then.
    """
    killed = house.run(what, kill_after=moment) != 0
    switched = new()
    assert switched or old(), f"killed after {moment} s: neither the old image nor the new one"
    assert killed or switched
    if killed:
        assert house.run({**what, "resume": True}) == 0
    assert new()
    return killed, switched


def same(one: Path, other: Path) -> bool:
    """Return whether two folders hold the same files with the same bytes."""
    names = {path.relative_to(one) for path in one.rglob("*") if path.is_file()}
    if names != {path.relative_to(other) for path in other.rglob("*") if path.is_file()}:
        return False
    return all(filecmp.cmp(one / name, other / name, shallow=False) for name in names)


def files_of(where: Path) -> dict[str, bytes]:
    """Return all that a folder holds."""
    return {str(path.relative_to(where)): path.read_bytes() for path in where.rglob("*") if path.is_file()}


def by_level(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of an image with its levels numbered, whatever their names.

    A write that could not go on with one that was killed takes names that nobody has used: a request of the killed
    one may still be on its way to its names.
    """
    name = "zarr.json" if "zarr.json" in files else ".zattrs"
    document = json.loads(files[name])
    attributes = document["attributes"]["ome"] if name == "zarr.json" else document
    datasets = attributes["multiscales"][0]["datasets"]
    numbers = {dataset["path"]: f"level {index}" for index, dataset in enumerate(datasets)}
    for dataset in datasets:
        dataset["path"] = numbers[dataset["path"]]
    renamed = {}
    for path, data in files.items():
        if is_torn_claim(path):  # killed over its first claim: nobody knows that its writer is dead, for a minute
            continue
        first, slash, rest = path.partition("/")
        renamed[numbers.get(first, first) + slash + rest] = data
    return renamed | {name: json.dumps(document).encode()}


def main() -> None:
    """Kill writes of a larger image, and say what was seen."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--version", default="0.5")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    draw = random.Random(chosen.seed)
    shape = (max(1, chosen.megabytes * (1 << 20) // 2 // (1 << 20)), 1024, 1024)
    options = {"axes": "zyx", "version": chosen.version, "chunks": [1, 256, 256]}
    found = {"killed": 0, "switched": 0}
    with tempfile.TemporaryDirectory() as folder, nursery() as house:
        root = Path(folder)
        old, new = root / "old" / "image.zarr", root / "new" / "image.zarr"  # the name is in the metadata
        what = {"shape": shape, "options": options, "region": 1 << 20}
        assert house.run({**what, "where": str(old), "seed": 0}) == 0
        start = time.perf_counter()
        assert house.run({**what, "where": str(new), "seed": 1}) == 0
        seconds = time.perf_counter() - start
        for _ in range(chosen.kills):
            where = root / "a" / "image.zarr"
            shutil.copytree(old, where)
            killed, switched = kill_and_check(
                house,
                {**what, "where": str(where), "seed": 1, "overwrite": True},
                draw.uniform(0, 1.1 * seconds),
                partial(same, where, old),
                partial(same, where, new),
            )
            found["killed"] += killed
            found["switched"] += killed and switched
            assert [path.name for path in where.parent.iterdir()] == ["image.zarr"]
            shutil.rmtree(where)
    sys.stdout.write(f"{chosen.kills} writes of {seconds:.2f} s: {found}; every target was whole, every resume exact\n")


if __name__ == "__main__":
    main()
