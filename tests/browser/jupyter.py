"""A Jupyter server of its own, and a hand on the notebooks that it shows in a browser.

Used in a test so::

    def test_slider(jupyter, page):
        jupyter.write_notebook("slider.ipynb", ["import ipywidgets", "ipywidgets.IntSlider(description='z')"])
        notebook = open_notebook(page, jupyter, "slider.ipynb")
        notebook.run_all()
        expect(notebook.output(1).get_by_role("slider")).to_be_visible()

Nothing here sleeps: each call returns when what it asked for has happened, and raises when that takes too long.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Locator, Page

from tests.browser.bridge import until
from tests.servers import free_port

PROJECT = Path(__file__).parents[2]
START_TIMEOUT = 120.0
RUN_TIMEOUT = 180.0
PRIVATE = (
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "IPYTHONDIR",
)

# A cell that runs before the kernel's socket is connected is lost without a word, and the indicator says "idle" by
# then. So: the session, then the socket, then an answer of the kernel.
CONNECTED = """
const panel = jupyterapp.shell.currentWidget;
await panel.context.ready;
await panel.sessionContext.ready;
const kernel = panel.sessionContext.session.kernel;
while (kernel.connectionStatus !== "connected") await new Promise((resolve) => setTimeout(resolve, 50));
await kernel.info;
await kernel.requestKernelInfo();
"""


@dataclass(frozen=True, slots=True)
class JupyterServer:
    """A running Jupyter server: where it is, its token, and the directory it shows."""

    url: str
    token: str
    root: Path

    def write_notebook(self, name: str, cells: Sequence[str]) -> Path:
        """Write a notebook of these code cells into the directory."""
        empty: dict[str, Any] = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
        notebook = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "cells": [{**empty, "id": f"cell-{index}", "source": code} for index, code in enumerate(cells)],
        }
        path = self.root / name
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path

    def get(self, path: str) -> Any:
        """Return the JSON that the server answers to a GET of `path` ("api/status")."""
        request = urllib.request.Request(f"{self.url}/{path}", headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


@contextmanager
def start_jupyter(root: Path, private: Path) -> Iterator[JupyterServer]:
    """Start JupyterLab (and Notebook 7, on the same server) for as long as the block lasts.

    Parameters
    ----------
    root
        The directory whose notebooks are shown.
    private
        A directory for configuration, settings and the log, so that those of the person who runs the tests are
        neither read nor changed.
    """
    port, token = free_port(), secrets.token_hex(16)
    server = JupyterServer(f"http://127.0.0.1:{port}", token, root)
    log = private / "jupyter.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ServerApp.ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
                *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}"),
                *("--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"),
            ],
            cwd=root,
            env=_environment(private),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_up(server, process, log)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def open_notebook(page: Page, server: JupyterServer, name: str, *, app: Literal["lab", "notebook"] = "lab") -> Notebook:
    """Open a notebook of the server in JupyterLab or Notebook 7, and wait until its kernel answers."""
    place = f"lab/workspaces/{secrets.token_hex(6)}/tree" if app == "lab" else "notebooks"
    page.goto(f"{server.url}/{place}/{name}?token={server.token}", timeout=START_TIMEOUT * 1000)
    page.wait_for_function(
        "name => globalThis.jupyterapp?.shell?.currentWidget?.context?.path === name",
        arg=name,
        timeout=START_TIMEOUT * 1000,
    )
    notebook = Notebook(page, server.root / name)
    notebook.wait_connected()
    return notebook


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook open in a page: the current one of JupyterLab, or the one of Notebook 7."""

    page: Page
    path: Path

    def wait_connected(self) -> None:
        """Wait until the kernel is connected and answers."""
        self._evaluate(CONNECTED)

    def run_all(self) -> None:
        """Run all cells, and raise AssertionError if one fails."""
        self._evaluate('await jupyterapp.commands.execute("notebook:run-all-cells");')
        self.check_cells()

    def run_cell(self, index: int, *, wait: bool = True) -> None:
        """Run one cell (counted from 0); with ``wait=False`` return while it runs."""
        hold = "await" if wait else "void"
        self._evaluate(
            "jupyterapp.shell.currentWidget.content.activeCellIndex = argument;"
            f'{hold} jupyterapp.commands.execute("notebook:run-cell");',
            index,
        )
        if wait:
            self.check_cells()

    def restart(self) -> None:
        """Restart the kernel without asking, and wait until the new one answers."""
        self._evaluate("await jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart();" + CONNECTED)

    def python(self, code: str) -> str:
        """Run `code` in the notebook's kernel, outside its cells, and return what it printed.

        Raises
        ------
        AssertionError
            If the code raises; the message is its traceback.
        """
        result = self._evaluate(
            """
            const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const future = kernel.requestExecute({ code: argument, store_history: false });
            let text = "", error = null;
            future.onIOPub = (message) => {
              if (message.header.msg_type === "stream" && message.content.name === "stdout")
                text += message.content.text;
              if (message.header.msg_type === "error") error = message.content.traceback.join("\\n");
            };
            await future.done;
            return { text, error };
            """,
            code,
        )
        if result["error"] is not None:
            raise AssertionError(result["error"])
        return str(result["text"])

    def wait_python(self, code: str, expected: str) -> None:
        """Wait until `code` prints what is expected: what is executed may overtake what the page says to the kernel."""
        until(self.page, lambda: self.python(code).strip(), expected)

    def save(self) -> Path:
        """Save the notebook, widgets' state included, and return its path on disk."""
        self._evaluate("await jupyterapp.shell.currentWidget.context.save();")
        return self.path

    def cell(self, index: int) -> Locator:
        """Return the cell with that index (counted from 0), scrolled to: Jupyter draws cells when they are seen."""
        self._evaluate("await jupyterapp.shell.currentWidget.content.scrollToItem(argument);", index)
        return self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"]')

    def output(self, index: int) -> Locator:
        """Return the output area of the cell with that index."""
        return self.cell(index).locator(".jp-Cell-outputArea")

    def use_theme(self, name: Literal["JupyterLab Light", "JupyterLab Dark"]) -> None:
        """Change the theme of JupyterLab, and wait until it is there."""
        self._evaluate('await jupyterapp.commands.execute("apputils:change-theme", { theme: argument });', name)
        dark = "false" if name.endswith("Dark") else "true"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{dark}"]', state="attached")

    def check_cells(self) -> None:
        """Raise AssertionError with the tracebacks of the cells that failed."""
        failed = self._evaluate(
            """
            const cells = jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
            return cells.flatMap((cell) => (cell.toJSON().outputs ?? []))
              .filter((output) => output.output_type === "error").map((output) => output.traceback.join("\\n"));
            """
        )
        assert not failed, "\n".join(failed)

    def _evaluate(self, body: str, argument: object = None) -> Any:
        """Run JavaScript in the page, for at most `RUN_TIMEOUT`: playwright itself would wait for ever."""
        script = (
            "([argument, limit]) => Promise.race([(async () => {" + body + "})(), new Promise((_, reject) =>"
            "setTimeout(() => reject(new Error(`not done after ${limit / 1000} s`)), limit))])"
        )
        return self.page.evaluate(script, [argument, RUN_TIMEOUT * 1000])


def _environment(private: Path) -> dict[str, str]:
    """Return the server's environment: everything of Jupyter's in `private`, the project importable."""
    own = {name: str(private / name.lower()) for name in PRIVATE}
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, **own, "PYTHONPATH": path, "JUPYTER_PREFER_ENV_PATH": "1"}


def _wait_until_up(server: JupyterServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"JupyterLab ended with {process.returncode}:\n{log.read_text(errors='replace')}")
        try:
            server.get("api/status")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"JupyterLab did not answer within {START_TIMEOUT} s:\n{log.read_text(errors='replace')}")
