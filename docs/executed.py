"""The tutorials as the site shows them: run, with a still picture in place of each view.

``python docs/executed.py FOLDER`` writes them into a folder. Cells that are tagged "network" are left as they are; with
``--network`` they run, and the views of public images in them are live on the site.
"""

from __future__ import annotations

import os
import shutil
import sys
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from omezarr_nb.viewers.live import MARK  # noqa: E402 - after the path that it is found on

NOTEBOOKS = PROJECT / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"

#: Makes the kernel give pictures of views beside them, and beside forms what they would do.
PICTURES = """
def _show_pictures():
    import io
    import time

    from ipywidgets import HBox
    from PIL import Image

    from omezarr_nb.viewers.image import ImageViewer
    from omezarr_nb.wizards.base import Wizard

    def jpeg(picture):
        ground = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        ground.alpha_composite(picture)
        file = io.BytesIO()
        ground.convert("RGB").save(file, "JPEG", quality=88)
        return file.getvalue()

    def of_view(view):
        return jpeg(view.snapshot(width=704, height=view.height))

    def of_views(box):
        pictures = [view.snapshot(width=348, height=348) for view in box.children if hasattr(view, "snapshot")]
        if not pictures:
            return None
        both = Image.new("RGBA", (356 * len(pictures) - 8, 348))
        for number, picture in enumerate(pictures):
            both.paste(picture, (356 * number, 0))
        return jpeg(both)

    def html(plan):
        return get_ipython().display_formatter.format(plan)[0].get("text/html", "")

    def of_form(form):
        words = f"In a notebook, a form stands here: <code>{type(form).__name__}</code>."
        for _ in range(100):  # some read a store, in a thread of their own
            if form.plan is not None:
                return f"<p>{words} As it is filled in, it would do this:</p>{html(form.plan)}"
            time.sleep(0.1)
        return f"<p>{words}</p>"

    of_type = get_ipython().display_formatter.formatters
    of_type["image/jpeg"].for_type(ImageViewer, of_view)
    of_type["image/jpeg"].for_type(HBox, of_views)
    of_type["text/html"].for_type(Wizard, of_form)

_show_pictures()
"""

#: Takes away what the tutorial before has made. (%reset takes what starts processes needs of the main module, too.)
FORGET = """
for _name in [name for name in globals() if not name.startswith("_") and name not in get_ipython().user_ns_hidden]:
    del globals()[_name]
"""


def execute(target: Path, *, network: bool = False) -> list[str]:
    """Run all tutorials, each from top to bottom, and write them with what they show.

    They share a kernel, which is emptied between them: it takes longer to start than most of them. What they write
    goes into a folder that is there as long as they run.

    Parameters
    ----------
    target
        Folder for the notebooks with their outputs; it is made. What is there under their names is replaced.
    network
        Whether cells that need one are run.

    Returns
    -------
    list of str
        What failed: an error for each cell that raised. The others were run all the same.
    """
    failed = []
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "notebooks"
        shutil.copytree(NOTEBOOKS / "data", folder / "data")
        # The package of this folder, also where another one is installed; and nothing of the person's own.
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        own = {"PYTHONPATH": path, "IPYTHONDIR": str(Path(temporary) / "ipython")}
        kernel = KernelManager(kernel_name="python3")
        options = ["--HistoryManager.enabled=False"]
        kernel.start_kernel(cwd=str(folder), env=os.environ | own, extra_arguments=options)
        try:
            for source in sorted(NOTEBOOKS.glob("*.ipynb")):
                notebook = _run(source, kernel, f"{folder}/", network=network)
                nbformat.write(notebook, target / source.name)
                failed += [f"{source.name}: {error.ename}: {error.evalue}" for error in outputs(notebook, "error")]
        finally:
            kernel.shutdown_kernel(now=True)
    return failed


def outputs(notebook: Any, kind: str) -> list[Any]:
    """Return the outputs of one kind ("error", "stream", ...) of all cells."""
    return [out for cell in notebook.cells for out in cell.get("outputs", []) if out.output_type == kind]


def _run(source: Path, kernel: KernelManager, folder: str, *, network: bool) -> Any:
    """Return a notebook with the outputs of its cells, without the name of the folder in which they were made."""
    notebook = nbformat.read(source, as_version=4)
    cells = notebook.cells
    remote = [cell for cell in cells if "network" in cell.metadata.get("tags", [])]
    left_out = [] if network else remote
    before = [nbformat.v4.new_code_cell(code) for code in (PICTURES, FORGET)]
    notebook.cells = [*before, *(cell for cell in cells if cell not in left_out)]
    client = NotebookClient(notebook, km=kernel, timeout=120, allow_errors=True, store_widget_state=False)
    try:
        client.execute()
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
    notebook.cells = cells
    for number, cell in enumerate([cell for cell in cells if cell.get("execution_count")], 1):
        cell.execution_count = number
    for cell in cells:
        cell.metadata.pop("execution", None)  # when it ran is nobody's business
        if cell.cell_type == "code":
            shown = [_still(out, live=cell in remote) for out in cell.outputs]
            cell.outputs = [_without(out, folder) for out in shown if out is not None]
    return notebook


def _still(output: Any, *, live: bool) -> Any | None:
    """Return an output without a widget: its picture, its sentence, or None where it has neither (progress).

    The small picture of a live view stays: `omezarr_nb.viewers.sphinx` makes the view of what it carries.
    """
    data = output.get("data", {})
    if WIDGET not in data:
        return output
    del data[WIDGET]
    if live and MARK in data.get("text/html", ""):
        data.pop("image/jpeg", None)
    elif "image/jpeg" in data:
        words = escape(data["text/plain"] if "text/html" in data else "Two views, side by side")
        image = f'<img src="data:image/jpeg;base64,{data.pop("image/jpeg").strip()}" alt="{words}">'
        caption = "A still picture. In a notebook it is a view: pan, zoom, channels, labels."
        data["text/html"] = f'<figure class="view">{image}<figcaption>{caption}</figcaption></figure>'
    return output if "text/html" in data else None


def _without(found: Any, words: str) -> Any:
    """Return an output in which some words stand nowhere."""
    if isinstance(found, str):
        return found.replace(words, "")
    if isinstance(found, dict):
        return type(found)({key: _without(value, words) for key, value in found.items()})
    return [_without(value, words) for value in found] if isinstance(found, list) else found


if __name__ == "__main__":
    sys.exit("\n".join(execute(Path(sys.argv[1]), network="--network" in sys.argv[2:])) or 0)
