"""Ten minutes of scrubbing and panning in JupyterLab: what the memory of kernel and page does.

It is no test, and CI does not run it: what a browser gives back to the system, and when, is its own business. What the
caches hold at most is tested; here their sum is looked at from outside.

Run it as ``python -m benchmarks.endurance --minutes 10``.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from playwright.sync_api import Locator, Page

import omezarr_nb
from tests.browser.chromium import start_chromium
from tests.browser.jupyter import Notebook, open_notebook, start_jupyter

#: Planes, rows and columns: 1 GB in the finest level, far more than all caches together.
SHAPE = (64, 2896, 2896)
MIB = 2**20
#: Python that prints the resident memory of the kernel.
OWN_MEMORY = "print(int(open('/proc/self/statm').read().split()[1]) * __import__('os').sysconf('SC_PAGE_SIZE'))"


@dataclass(frozen=True)
class Memory:
    """Memory at one moment, in MiB.

    Parameters
    ----------
    minute
        Since the start.
    kernel
        Resident, of the kernel's process.
    heap, tiles
        Of the page's JavaScript: objects, and the buffers in which tiles are.
    page, gpu
        Resident, of the page's process, and of the browser's for graphics (where there is no GPU, textures are here).
    """

    minute: float
    kernel: float
    heap: float
    tiles: float
    page: float
    gpu: float


def write(where: Path) -> None:
    """Write the image, noise in 64 planes at four levels."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 4000, SHAPE[1:], "uint16")
    planes = (np.roll(noise, 37 * plane, axis=1) for plane in range(SHAPE[0]))
    omezarr_nb.write_image(
        omezarr_nb.Planes(planes, SHAPE[:1]),
        where,
        axes="zyx",
        scale={"z": 1.0, "y": 0.25, "x": 0.25},
        chunks=(1, 512, 512),
        scale_factors=[{"y": 2**level, "x": 2**level} for level in range(1, 4)],
    )


def measure(notebook: Notebook, page: Page, session: Any, start: float) -> Memory:
    """Return what is held now; the page collects its garbage first."""
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    kernel = int(notebook.python(OWN_MEMORY)) / MIB
    page.wait_for_timeout(200)
    sizes = {"renderer": 0.0, "gpu-process": 0.0}
    for process in psutil.Process().children(recursive=True):
        for kind, most in sizes.items():
            if f"--type={kind}" in process.cmdline():
                sizes[kind] = max(most, process.memory_info().rss / MIB)
    minute = (time.monotonic() - start) / 60
    heap, tiles = used["usedSize"] / MIB, used["backingStorageSize"] / MIB
    return Memory(minute, kernel, heap, tiles, sizes["renderer"], sizes["gpu-process"])


def work(page: Page, view: Locator, step: int) -> None:
    """Do what people do: zoom in, scrub through the planes there, drag about, zoom back, and scrub again."""
    slider = view.get_by_role("slider", name="z", exact=True)
    stage = view.get_by_role("application")
    box = stage.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    stage.focus()
    for _ in range(6):
        page.keyboard.press("+")
    for index in range(12):
        slider.fill(str((step * 7 + index) % SHAPE[0]))
        page.wait_for_timeout(60)
    for turn in range(8):
        angle = (step + turn) * 0.9
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 220 * math.cos(angle), y + 160 * math.sin(angle), steps=6)
        page.mouse.up()
        page.wait_for_timeout(60)
    stage.press("f")
    for index in range(6):
        slider.fill(str((step * 5 + index) % SHAPE[0]))
        page.wait_for_timeout(60)


def run(minutes: float) -> list[Memory]:
    """Work for so long, and return the memory about every half minute; it is printed as it comes."""
    taken: list[Memory] = []
    with tempfile.TemporaryDirectory() as folder, start_chromium() as browser:
        if browser is None:
            raise SystemExit("There is no Chromium.")
        root = Path(folder)
        write(root / "noise.zarr")
        for part in ("notebooks", "private"):
            (root / part).mkdir()
        with start_jupyter(root / "notebooks", root / "private") as server:
            code = f"import omezarr_nb\nviewer = omezarr_nb.open({str(root / 'noise.zarr')!r}).view()\nviewer"
            server.write_notebook("endurance.ipynb", [code])
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            notebook = open_notebook(page, server, "endurance.ipynb")
            notebook.run_all()
            view = notebook.output(0).locator(".omezarr-nb-viewer")
            view.wait_for()
            session = page.context.new_cdp_session(page)
            start = time.monotonic()
            step = 0
            while not taken or taken[-1].minute < minutes:
                until = time.monotonic() + 30
                while time.monotonic() < until:
                    work(page, view, step)
                    step += 1
                taken.append(measure(notebook, page, session, start))
                now = taken[-1]
                print(
                    f"{now.minute:5.1f} min, {step:4d} rounds: kernel {now.kernel:5.0f}, heap {now.heap:4.0f}, "
                    f"tiles {now.tiles:4.0f}, "
                    f"page {now.page:5.0f}, graphics {now.gpu:5.0f} MiB",
                    flush=True,
                )
    return taken


def main() -> None:
    """Measure, and print what the second half held more than the first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=10)
    taken = run(parser.parse_args().minutes)
    # Caches are full after the first fifth.
    full = [now for now in taken if now.minute > taken[-1].minute / 5]
    first, second = full[: len(full) // 2], full[len(full) // 2 :]
    for name in ("kernel", "heap", "tiles", "page", "gpu"):
        means = [sum(getattr(now, name) for now in half) / len(half) for half in (first, second)] if first else [0, 0]
        print(f"{name}: mean {means[0]:.0f} MiB, then {means[1]:.0f} MiB")


if __name__ == "__main__":
    main()
