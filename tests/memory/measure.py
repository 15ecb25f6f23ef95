"""Peak memory of writes against what their plans say, each in a process of its own.

By hand, for a table (with gigabytes of sources, whose pixels are cheap to store):

    python -m tests.memory.measure --gib 1 4 16 --workers 1 8 --source zarr dask --folder /tmp
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

#: Chunks of a source, in planes, rows and columns.
CHUNKS = {
    "rows": (1, 64, 2048),
    "planes": (1, 2048, 2048),
    "slabs": (16, 512, 2048),
    "cubes": (128, 128, 128),
    "large": (64, 1024, 1024),
    "huge": (128, 2048, 2048),
}


@dataclass(frozen=True)
class Case:
    """One write: the source's kind, its size, the name of its chunks, workers, and options of the plan."""

    source: str
    mib: int
    chunks: str
    workers: int
    method: str = "mean"
    shards: bool = False
    version: str = "0.5"
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Planes of 2048 x 2048 pixels of 16 bits (or smaller ones), as many as make up the size."""
        side = 2048 if self.mib >= 64 else 1024
        return (max(1, (self.mib << 20) // (2 * side * side)), side, side)


@dataclass(frozen=True)
class Figures:
    """Bytes: the peak above what was there before, and what the plan said; workers are those that it allowed."""

    peak: int
    estimate: int
    workers: int
    seconds: float


def measure(case: Case, folder: Path) -> Figures:
    """Run a case in a fresh process."""
    told = json.dumps({**asdict(case), "folder": str(folder)})
    command = [sys.executable, "-W", "ignore", "-m", "tests.memory.measure", "--case", told]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Figures(**json.loads(done.stdout.strip().splitlines()[-1]))


def make_source(case: Case, folder: Path) -> Any:
    """Return the pixels: a ramp along x that differs from plane to plane, computed or stored."""
    import zarr

    shape = case.shape
    chunks = tuple(min(c, n) for c, n in zip(CHUNKS[case.chunks], shape, strict=True))

    def block(starts: Any, lengths: Any) -> Any:
        z, y, x = (np.arange(a, a + n, dtype="u2") for a, n in zip(starts, lengths, strict=True))
        return np.broadcast_to(x + 3 * z[:, None, None], (len(z), len(y), len(x))).copy()

    if case.source == "numpy":
        return block((0, 0, 0), shape)
    if case.source == "dask":
        import dask.array as da

        def one(block_info: Any = None) -> Any:
            places = block_info[None]["array-location"]
            return block([a for a, _ in places], [b - a for a, b in places])

        each = tuple(tuple(min(c, n - start) for start in range(0, n, c)) for c, n in zip(chunks, shape, strict=True))
        return da.map_blocks(one, chunks=each, dtype="u2", meta=np.empty((0, 0, 0), "u2"))
    if case.source == "planes":
        import omezarr_nb

        return omezarr_nb.Planes((block((z, 0, 0), (1, *shape[1:]))[0] for z in range(shape[0])), shape[0])
    if case.source == "tiff":
        import tifffile

        import omezarr_nb

        path = folder / f"source-{case.mib}-{case.chunks}.tif"
        if not path.exists():
            planes = (block((z, 0, 0), (1, *shape[1:]))[0] for z in range(shape[0]))
            tifffile.imwrite(
                path, planes, shape=shape, dtype="u2", compression="zlib", compressionargs={"level": 1}, bigtiff=True,
                rowsperstrip=chunks[1], metadata={"axes": "ZYX"}, photometric="minisblack",
            )  # fmt: skip
        return omezarr_nb.open_tiff(path)
    path = folder / f"source-{case.mib}-{case.chunks}.zarr"
    if not path.exists():
        array = zarr.create_array(path, shape=shape, chunks=chunks, dtype="u2")
        corners = product(*(range(0, n, c) for n, c in zip(shape, chunks, strict=True)))
        for corner in corners:
            lengths = tuple(min(c, n - a) for a, c, n in zip(corner, chunks, shape, strict=True))
            array[tuple(slice(a, a + n) for a, n in zip(corner, lengths, strict=True))] = block(corner, lengths)
        del array
    return zarr.open_array(path, mode="r")


def run(case: Case, folder: Path) -> Figures:
    """Run a case here: a small write first, which imports all that there is to import."""
    import shutil
    import time

    import omezarr_nb
    from omezarr_nb.core.pyramid import plan as planning

    planning.processors = lambda: case.workers
    options: dict[str, Any] = {"method": case.method, "version": case.version, **dict(case.options)}
    if case.shards:
        options["shards"] = True
    small = replace(case, mib=8)
    omezarr_nb.write_image(make_source(small, folder), folder / "warm.ome.zarr", axes="zyx", **options)
    shutil.rmtree(folder / "warm.ome.zarr")
    source = make_source(case, folder)
    plan = omezarr_nb.plan_image(source, folder / "out.ome.zarr", axes="zyx", overwrite=True, **options)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before, start = _status("VmRSS"), time.perf_counter()
    plan.run()
    figures = Figures(_status("VmHWM") - before, plan.peak_memory, plan.workers, time.perf_counter() - start)
    shutil.rmtree(folder / "out.ome.zarr")
    return figures


def _status(key: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


def main() -> None:
    """Measure one case, or all that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case")
    parser.add_argument("--gib", type=float, nargs="+", default=[1])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--source", nargs="+", default=["zarr", "dask"])
    parser.add_argument("--chunks", nargs="+", default=list(CHUNKS), choices=list(CHUNKS))
    parser.add_argument("--method", nargs="+", default=["mean"])
    parser.add_argument("--shards", action="store_true")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.case:
        case = json.loads(options.case)
        folder = Path(case.pop("folder"))
        case["options"] = tuple(map(tuple, case["options"]))
        sys.stdout.write(json.dumps(asdict(run(Case(**case), folder))) + "\n")
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        sys.stdout.write("| source | GiB | chunks | method | workers | peak MiB | plan says | part | s |\n")
        sys.stdout.write("|---|---|---|---|---|---|---|---|---|\n")
        for source, gib, chunks, method, workers in product(
            options.source, options.gib, options.chunks, options.method, options.workers
        ):
            case = Case(source, math.ceil(gib * 1024), chunks, workers, method, options.shards)
            found = measure(case, Path(folder))
            peak, estimate = found.peak / 2**20, found.estimate / 2**20
            sys.stdout.write(
                f"| {source} | {gib:g} | {chunks} | {method} | {found.workers} of {workers} | {peak:.0f} | "
                f"{estimate:.0f} | {peak / estimate:.2f} | {found.seconds:.0f} |\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
