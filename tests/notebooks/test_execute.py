"""Every tutorial runs from top to bottom, and lies in git without outputs."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def _written(folder: str, names: list[str]) -> list[str]:
    """Return what earlier runs left beside the notebooks; their data, a folder below, is copied with them."""
    beside = Path(folder) == NOTEBOOKS[0].parent
    return [
        name for name in names if name.startswith(".") or (beside and name.endswith((".zarr", ".ozx", ".tif", "run7")))
    ]


@pytest.mark.notebook
def test_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells tagged "network" are left out: tests reach nothing but the loopback."""
    import nbformat
    from nbclient import NotebookClient

    # What the notebook writes goes into a copy of its folder, and its kernel finds the project's package.
    folder = shutil.copytree(path.parent, tmp_path / "notebooks", ignore=_written)
    project = str(path.parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [project, os.environ.get("PYTHONPATH")])))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))

    notebook = nbformat.read(folder / path.name, as_version=4)  # type: ignore[no-untyped-call]
    notebook.cells = [cell for cell in notebook.cells if "network" not in cell.metadata.get("tags", [])]
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute()

    errors = [out for cell in notebook.cells for out in cell.get("outputs", []) if out.output_type == "error"]
    assert not errors


def test_has_no_outputs_in_git(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
