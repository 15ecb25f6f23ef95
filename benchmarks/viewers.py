"""Measure viewers of images side by side: the same data, the same JupyterLab, the same Chromium.

See README.md beside this file. Run as ``python -m benchmarks.viewers --data /tmp/data.zarr`` in the project's folder.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route

from benchmarks.data import SHAPE, write_data
from benchmarks.watch import WATCH, Traffic
from tests.browser.chromium import start_chromium
from tests.browser.jupyter import JupyterServer, Notebook, open_notebook, start_jupyter

_QUIET = 0.6
_PATIENCE = 40.0
#: The cell that is measured; the one before it imports.
_CELL = 1
_PLANES = SHAPE[1]
_VIZARR = "https://hms-dbmi.github.io/vizarr/"
_DEBOUNCE = "https://esm.sh/just-debounce-it@3"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to look at the data.

    Parameters
    ----------
    package
        Whose version is told.
    imports, code
        The cells; ``DATA`` in them is the path of the image.
    slider
        Finds the slider along z in the output: what is clicked along its length, for keys that are pressed on a slider
        never reach those that leave them to JupyterLab, and not all follow while they are dragged.
    note
        What has to be known to judge the figures.
    inset
        Pixels from the slider's ends to its first and last value.
    """

    package: str
    imports: str
    code: str
    slider: Callable[[Locator], Locator]
    note: str = ""
    inset: int = 0


CANDIDATES = {
    "omezarr_nb": Candidate(
        "omezarr_nb",
        # All that it needs is loaded when it is first touched.
        "import omezarr_nb\nomezarr_nb.open, omezarr_nb.ImageViewer",
        "omezarr_nb.open(DATA).view(height=600)",
        lambda output: output.get_by_role("slider", name="z", exact=True),
        inset=8,
    ),
    "vizarr": Candidate(
        "vizarr",
        "import vizarr, zarr",
        "viewer = vizarr.Viewer(height='600px')\nviewer.add_image(zarr.open_group(DATA, mode='r'))\nviewer",
        lambda output: output.locator(".MuiSlider-root").nth(1),
        "its script from this disk instead of its site",
    ),
    "ndv": Candidate(
        "ndv",
        "import ndv, zarr",
        "ndv.imshow(zarr.open_array(DATA + '/0', mode='r'), channel_axis=0, channel_mode='composite')",
        lambda output: output.locator(".noUi-base:visible").first,
        "level 0, for it has no levels",
    ),
    "ndv, level 2 in memory": Candidate(
        "ndv",
        "import ndv, zarr\npixels = zarr.open_array(DATA + '/2', mode='r')[:]",
        "ndv.imshow(pixels, channel_axis=0, channel_mode='composite')",
        lambda output: output.locator(".noUi-base:visible").first,
        "1024 x 1024 pixels, read beforehand",
    ),
    "stackview": Candidate(
        "stackview",
        "import stackview, zarr",
        "stackview.slice(zarr.open_array(DATA + '/0', mode='r')[0], display_max=4000)",
        lambda output: output.locator(".noUi-base:visible").first,
        "level 0, one channel: it has no levels and adds no channels",
    ),
    "stackview, level 2 in memory": Candidate(
        "stackview",
        "import stackview, zarr\npixels = zarr.open_array(DATA + '/2', mode='r')[0]",
        "stackview.slice(pixels, display_max=4000)",
        lambda output: output.locator(".noUi-base:visible").first,
        "1024 x 1024 pixels of one channel, read beforehand",
    ),
}


@dataclass(slots=True)
class Figures:
    """What one run found; times in seconds."""

    first_seen: float = 0.0
    first_complete: float = 0.0
    first_messages: int = 0
    first_bytes: int = 0
    step_seen: list[float] = field(default_factory=list)
    step_complete: list[float] = field(default_factory=list)
    step_messages: list[int] = field(default_factory=list)
    step_questions: list[int] = field(default_factory=list)
    step_bytes: list[int] = field(default_factory=list)
    #: Planes that were seen while all were asked for, and how long it took to the last; infinite where it never came.
    scrub_planes: int = 0
    scrub_seconds: float = 0.0


_ONE = ("first_seen", "first_complete", "first_messages", "first_bytes", "scrub_planes", "scrub_seconds")
_STEPS = ("step_seen", "step_complete", "step_messages", "step_questions", "step_bytes")


class Run:
    """One viewer in one fresh notebook and kernel."""

    def __init__(self, page: Page, server: JupyterServer, candidate: Candidate, data: Path) -> None:
        self._page, self._candidate = page, candidate
        self._traffic = Traffic()
        self._traffic.watch(page)
        cells = [f"DATA = {str(data)!r}\n{candidate.imports}", candidate.code]
        server.write_notebook("measured.ipynb", cells)
        self._notebook: Notebook = open_notebook(page, server, "measured.ipynb")
        self._notebook.run_cell(_CELL - 1)
        self._settle(need_picture=False)

    def first(self, figures: Figures) -> None:
        """Run the cell until its picture is complete."""
        self._begin()
        self._page.evaluate(
            """(cell) => {
                watch.output = document.querySelector(`.jp-Cell[data-windowed-list-index="${cell}"]`);
                watch.start = performance.now();
                jupyterapp.shell.currentWidget.content.activeCellIndex = cell;
                void jupyterapp.commands.execute("notebook:run-cell");
            }""",
            _CELL,
        )
        self._settle()
        self._notebook.check_cells()
        figures.first_seen, figures.first_complete = self._times()
        figures.first_messages, figures.first_bytes = self._traffic.messages, self._traffic.bytes_down

    def steps(self, figures: Figures) -> None:
        """Step through all planes, the next step when the picture is complete."""
        slider = self._at_first_plane()
        for plane in range(1, _PLANES):
            self._begin()
            slider(plane)
            self._settle(plane)
            seen, complete = self._times(plane)
            figures.step_seen.append(seen)
            figures.step_complete.append(complete)
            figures.step_messages.append(self._traffic.messages)
            figures.step_questions.append(self._traffic.questions)
            figures.step_bytes.append(self._traffic.bytes_down)

    def scrub(self, figures: Figures) -> None:
        """Step 20 times a second, whatever is seen, and wait for the last plane."""
        slider = self._at_first_plane()
        self._begin()
        start = self._page.evaluate("performance.now()")
        for plane in range(1, _PLANES):
            slider(plane)
            self._page.wait_for_timeout(50)
        try:
            self._settle(_PLANES - 1, patience=_PATIENCE / 2)
            arrived = True
        except TimeoutError:
            arrived = False
        changes = self._page.evaluate("watch.changes")
        figures.scrub_planes = len({plane for _, plane in changes} - {0, -1})
        figures.scrub_seconds = (changes[-1][0] - start) / 1000 if arrived else math.inf

    def picture(self, where: Path) -> None:
        """Store what is on screen, to see that what is measured is there."""
        self._page.screenshot(path=where)

    def _at_first_plane(self) -> Callable[[int], None]:
        """Go to the first plane, and return what goes to another by a click on the slider."""
        track = self._candidate.slider(self._notebook.output(_CELL))
        track.evaluate("(track) => track.scrollIntoView({ block: 'center' })")
        self._settle()
        box = track.bounding_box()
        if box is None:
            raise RuntimeError("there is no slider")
        x, y, width, height = (box[key] for key in ("x", "y", "width", "height"))
        inset = self._candidate.inset

        def go(plane: int) -> None:
            along = inset + (width - 2 * inset) * plane / (_PLANES - 1)
            self._page.mouse.click(x + min(max(along, 1), width - 1), y + height / 2)

        go(1)
        self._settle(1)
        go(0)
        self._settle(0)
        return go

    def _begin(self) -> None:
        """Forget what was seen and counted."""
        self._traffic.reset()
        self._page.evaluate("watch.changes = []")

    def _times(self, plane: int | None = None) -> tuple[float, float]:
        """Return how long after it was asked for a plane was first seen, and when it last changed."""
        start, changes = self._page.evaluate("[watch.start, watch.changes]")
        times = [when for when, found in changes if (found >= 0 if plane is None else found == plane)]
        return (times[0] - start) / 1000, (times[-1] - start) / 1000

    def _settle(self, plane: int | None = None, *, need_picture: bool = True, patience: float = _PATIENCE) -> None:
        """Wait until neither the picture changes nor anything comes from the kernel, and a plane is there."""
        state: tuple[int, ...] = ()
        quiet = waited = 0.0
        while quiet < _QUIET or not (self._is_there(plane) or not need_picture):
            if waited > patience:
                raise TimeoutError(f"no picture of plane {plane} after {patience} s")
            self._page.wait_for_timeout(50)
            now = (self._page.evaluate("watch.changes.length"), self._traffic.bytes_down, self._traffic.bytes_up)
            quiet = quiet + 0.05 if now == state else 0.0
            waited += 0.05
            state = now

    def _is_there(self, plane: int | None) -> bool:
        found = int(self._page.evaluate("watch.plane"))
        return found >= 0 if plane is None else found == plane


@contextmanager
def _page(browser: Browser, vizarr: Path | None) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.add_init_script(WATCH)
    if vizarr is not None:
        page.route(f"{_VIZARR}**", lambda route: _serve(route, vizarr / "dist", route.request.url[len(_VIZARR) :]))
        debounce = vizarr / "node_modules" / "just-debounce-it"
        page.route(f"{_DEBOUNCE}**", lambda route: _serve(route, debounce, "index.mjs"))
    try:
        yield page
    finally:
        page.close()


def _serve(route: Route, folder: Path, name: str) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}
    route.fulfill(path=folder / name, headers=headers)


def measure(name: str, data: Path, vizarr: Path | None, pictures: Path | None) -> Figures:
    """Measure one viewer once: the first picture and steps in one notebook, scrubbing in another."""
    candidate, figures = CANDIDATES[name], Figures()
    with tempfile.TemporaryDirectory() as folder, start_chromium() as browser:
        if browser is None:
            raise SystemExit("there is no Chromium to measure in")
        root, private = Path(folder, "root"), Path(folder, "private")
        root.mkdir()
        private.mkdir()
        with start_jupyter(root, private) as server:
            for scrubbing in (False, True):
                with _page(browser, vizarr) as page:
                    run = Run(page, server, candidate, data)
                    try:
                        run.first(Figures() if scrubbing else figures)
                        (run.scrub if scrubbing else run.steps)(figures)
                    finally:
                        if pictures is not None:
                            run.picture(pictures / f"{name}.png")
    return figures


def table(found: dict[str, list[Figures]]) -> str:
    """Return the medians as a table in Markdown."""
    lines = [
        "| viewer | first picture s (seen / complete) | its messages, kB | z step ms (seen / complete) | steps/s "
        "| messages a step (from, to the kernel) | kB a step | planes seen of 15 at 20/s, s to the last |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, runs in found.items():
        one = {key: statistics.median(getattr(run, key) for run in runs) for key in _ONE}
        step = {key: statistics.median(value for run in runs for value in getattr(run, key)) for key in _STEPS}
        lines.append(
            f"| {_named(name)} | {one['first_seen']:.2f} / {one['first_complete']:.2f} "
            f"| {one['first_messages']:.0f}, {one['first_bytes'] / 1000:.0f} "
            f"| {1000 * step['step_seen']:.0f} / {1000 * step['step_complete']:.0f} | {1 / step['step_complete']:.1f} "
            f"| {step['step_messages']:.0f}, {step['step_questions']:.0f} | {step['step_bytes'] / 1000:.0f} "
            f"| {one['scrub_planes']:.0f}, {one['scrub_seconds']:.1f} |"
        )
    return "\n".join(lines)


def _named(name: str) -> str:
    candidate = CANDIDATES[name]
    try:
        number = f" {version(candidate.package)}"
    except PackageNotFoundError:  # the project itself, where it is not installed
        number = ""
    first, *rest = name.split(",", 1)
    return f"{first}{number}{','.join(['', *rest])}" + (f" ({candidate.note})" if candidate.note else "")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="the image; written where it is not there (0.8 GB)")
    parser.add_argument("--only", nargs="*", default=list(CANDIDATES), choices=list(CANDIDATES))
    parser.add_argument("--runs", type=int, default=3, help="in turn; the table has medians")
    parser.add_argument("--vizarr", type=Path, help="a built checkout of vizarr; without it, its site is needed")
    parser.add_argument("--pictures", type=Path, help="a folder for a screenshot of each")
    parser.add_argument("--json", type=Path, help="a file for all figures")
    given = parser.parse_args(arguments)
    write_data(given.data)
    found: dict[str, list[Figures]] = {name: [] for name in given.only}
    for _ in range(given.runs):
        for name in given.only:
            figures = measure(name, given.data, given.vizarr, given.pictures)
            found[name].append(figures)
            print(name, json.dumps(asdict(figures)), file=sys.stderr, flush=True)
    if given.json is not None:
        rows: Any = {name: [asdict(run) for run in runs] for name, runs in found.items()}
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
