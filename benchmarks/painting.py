"""Measure painting: 200 strokes on a label image of 20000 x 20000 pixels, from letting the button go to the result.

The strokes are real ones, of a mouse in Chromium on a plain page (the kernel's messages come as they do in a notebook,
without a server between). A stroke is sketched at once; what is measured is when the kernel's own pixels, drawn exactly
on level 0, are on screen. Beside it, in turn with the strokes: how long the view takes to show a place that it has not
shown before, from the move of the mouse to the last tile. Run as ``python -m benchmarks.painting`` in the project's
folder; with ``--save`` the chunks that were written are counted, too.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
from playwright.sync_api import Page

import omezarr_nb
from tests.browser.bridge import ViewPage, show_viewer
from tests.browser.chromium import start_chromium

SIZE = 20_000
BLOCK = 2_000
#: Zooms in screen pixels per pixel of level 0: pixel by pixel, and at levels 2 and 3.
ZOOMS = (1.0, 0.25, 1 / 8)

WATCH = """
() => {
  const watch = globalThis.watch = { up: 0, shown: 0, moved: 0, drawn: 0 };
  addEventListener("pointerup", (event) => { watch.up = performance.now(); }, { capture: true });
  addEventListener("pointermove", () => { watch.moved = performance.now(); }, { capture: true });
  document.addEventListener("omezarr_nb:drawn", () => { watch.drawn = performance.now(); });
  const sketch = document.querySelector(".sketch");
  new MutationObserver((changes) => {
    const gone = changes.some(({ removedNodes }) => [...removedNodes].some((node) => node.nodeName === "path"));
    if (gone) watch.shown = performance.now();
  }).observe(sketch, { childList: true, subtree: true });
}
"""


def write_data(where: Path) -> None:
    """Write an empty image and labels: half a million discs, each with an id of its own."""
    if where.exists():
        return
    partial = where.with_name(f"{where.name}.partial")
    image = omezarr_nb.create_image(partial, shape=(SIZE, SIZE), dtype="uint8", axes="yx", chunks=512)
    rows, columns = np.ogrid[:BLOCK, :BLOCK]
    inside = (rows % 28 - 14) ** 2 + (columns % 28 - 14) ** 2 < 100

    def block(block_info: Any = None) -> np.ndarray[Any, Any]:
        y, x = block_info[None]["chunk-location"]
        number = 1 + (y * BLOCK + rows) // 28 * 1000 + (x * BLOCK + columns) // 28
        return np.where(inside, number, 0).astype("uint32")

    count = SIZE // BLOCK
    labels = da.map_blocks(block, chunks=((BLOCK,) * count,) * 2, dtype="uint32")
    omezarr_nb.write_labels(labels, image, "cells", axes="yx", chunks=512)
    partial.rename(where)


def ready(page: Page, view: ViewPage) -> None:
    """Wait until nothing is under way."""
    view.wait()
    page.wait_for_function("!document.querySelector('.sketch path')")


def stroke(page: Page, view: ViewPage, draw: random.Random, length: float) -> float:
    """Draw a stroke somewhere on the stage, and return the milliseconds until its pixels are there."""
    box = view.root.locator(".stage").bounding_box()
    assert box is not None
    x = box["x"] + draw.uniform(0.25, 0.75) * box["width"]
    y = box["y"] + draw.uniform(0.25, 0.75) * box["height"]
    angle = draw.uniform(0, 2 * math.pi)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + length * math.cos(angle), y + length * math.sin(angle), steps=8)
    page.mouse.up()
    page.wait_for_function("watch.shown > watch.up")
    return float(page.evaluate("watch.shown - watch.up"))


def refresh(page: Page, view: ViewPage) -> float:
    """Drag the image so far that other tiles are needed, and return the milliseconds until all of them are there."""
    box = view.root.locator(".stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    # Towards the middle: at the border nothing moves.
    dx = (0.4 if view.viewer.center[0] > SIZE / 2 else -0.4) * box["width"]
    page.mouse.move(x - dx, y)
    page.mouse.down(button="middle")
    page.mouse.move(x + dx, y)
    page.mouse.up(button="middle")
    page.wait_for_function("watch.drawn > watch.moved")
    return float(page.evaluate("watch.drawn - watch.moved"))


def measure(
    page: Page, view: ViewPage, zoom: float, strokes: int, draw: random.Random
) -> tuple[list[float], list[float]]:
    """Measure strokes and refreshes in turn, at one zoom."""
    view.viewer.zoom = zoom
    painted, refreshed = [], []
    for number in range(strokes):
        if number % 5 == 0:
            view.viewer.center = tuple(draw.uniform(0.3, 0.7) * SIZE for _ in range(2))
            page.wait_for_timeout(300)
        ready(page, view)
        refreshed.append(refresh(page, view))
        ready(page, view)
        painted.append(stroke(page, view, draw, 120))
    return painted, refreshed


def quartiles(times: list[float]) -> str:
    """Return the quartiles of some milliseconds, for people."""
    low, middle, high = statistics.quantiles(times, n=4)
    return f"median {middle:4.0f} ms (quartiles {low:.0f} to {high:.0f}, longest {max(times):.0f})"


def main() -> None:
    """Measure, and say what was seen."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "omezarr_nb-painting.zarr")
    parser.add_argument("--strokes", type=int, default=200, help="in all, shared by three zooms")
    parser.add_argument("--brush", type=float, default=15, help="diameter on screen, in pixels")
    parser.add_argument("--save", action="store_true", help="save at the end, and count the chunks; changes the data")
    chosen = parser.parse_args()
    write_data(chosen.data)
    draw = random.Random(4)
    image = omezarr_nb.open(chosen.data)
    with start_chromium() as browser:
        if browser is None:
            raise SystemExit("There is no Chromium.")
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        with show_viewer(page, lambda: image.view(height=600)) as view:
            view.wait()
            editor = view.viewer.edit_labels("cells")
            editor.discard()  # of a run that was broken off
            page.wait_for_selector(".paint-state[data-state=saved]")
            page.evaluate(WATCH)
            every: list[float] = []
            others: list[float] = []
            for zoom in ZOOMS:
                field = page.get_by_label("brush size in pixels")
                field.fill(f"{chosen.brush / zoom:.0f}")
                field.press("Enter")
                painted, refreshed = measure(page, view, zoom, chosen.strokes // len(ZOOMS), draw)
                every, others = every + painted, others + refreshed
                ratio = statistics.median(painted) / statistics.median(refreshed)
                say(
                    f"zoom {zoom:6.4f}: strokes {quartiles(painted)}; refresh {quartiles(refreshed)}; ratio {ratio:.2f}"
                )
            ratio = statistics.median(every) / statistics.median(others)
            say(f"{len(every)} strokes: {quartiles(every)}; refresh {quartiles(others)}; ratio {ratio:.2f}")
            if chosen.save:
                count_chunks(editor, chosen.data)
            else:
                editor.discard()
            editor.close()


def count_chunks(editor: omezarr_nb.LabelEditor, where: Path) -> None:
    """Save, and say which chunks of level 0 were written."""
    canvas, unit = editor.layers.canvases[0], editor.layers.unit
    under = {tuple(s.start // u for s, u in zip(canvas.box(place), unit, strict=True)) for place in canvas.places()}
    start, now = time.time(), time.perf_counter()
    editor.save()
    seconds = time.perf_counter() - now
    chunks = (where / "labels" / "cells" / "0" / "c").rglob("*")
    written = {tuple(map(int, path.parts[-2:])) for path in chunks if path.is_file() and path.stat().st_mtime > start}
    say(
        f"saved in {seconds:.1f} s: {len(written)} chunks of level 0 written, {len(under)} lay under strokes, "
        f"{'the same ones' if written == under else 'not the same ones'}, of {math.ceil(SIZE / 512) ** 2}"
    )


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
