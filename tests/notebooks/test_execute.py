"""Every tutorial runs from top to bottom, and lies in git without outputs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from jupyter_client.manager import KernelManager

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

#: Takes away what the notebook before has made. (%reset takes what starts processes needs of the main module, too.)
FORGET = """
for _name in [name for name in globals() if not name.startswith("_") and name not in get_ipython().user_ns_hidden]:
    del globals()[_name]
"""

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def _written(folder: str, names: list[str]) -> list[str]:
    """Return what earlier runs left beside the notebooks; their data, a folder below, is copied with them."""
    beside = Path(folder) == NOTEBOOKS[0].parent
    return [
        name for name in names if name.startswith(".") or (beside and name.endswith((".zarr", ".ozx", ".tif", "run7")))
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the folder of the notebooks: what they write goes there."""
    return shutil.copytree(NOTEBOOKS[0].parent, tmp_path_factory.mktemp("tutorials") / "notebooks", ignore=_written)


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[KernelManager]:
    """Return a kernel for all notebooks, which is emptied between them: it takes longer to start than most of them."""
    from jupyter_client.manager import KernelManager

    project = str(NOTEBOOKS[0].parents[1])
    path = os.pathsep.join(filter(None, [project, os.environ.get("PYTHONPATH")]))
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(
        cwd=str(folder), env=os.environ | {"PYTHONPATH": path, "IPYTHONDIR": str(folder.parent / "ipython")}
    )
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.mark.notebook
def test_runs(path: Path, folder: Path, kernel: KernelManager) -> None:
    """Cells tagged "network" are left out: tests reach nothing but the loopback."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(folder / path.name, as_version=4)  # type: ignore[no-untyped-call]
    notebook.cells = [cell for cell in notebook.cells if "network" not in cell.metadata.get("tags", [])]
    empty = nbformat.v4.new_code_cell(FORGET)  # type: ignore[no-untyped-call]
    notebook.cells.insert(0, empty)
    client = NotebookClient(notebook, km=kernel, timeout=120)
    try:
        client.execute()
    finally:
        if client.kc is not None:
            client.kc.stop_channels()

    said = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert [out for out in said if out.output_type == "error"] == []
    assert [out.text for out in said if out.output_type == "stream" and out.name == "stderr"] == []


def test_has_no_outputs_in_git(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
