"""Every tutorial runs from top to bottom without an error or a warning, and lies in git without outputs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

pytestmark = [
    pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem),
    pytest.mark.timeout(900),  # whichever test comes first waits for all tutorials
]


def outputs(notebook: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each output of a notebook, with its cell."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield cell, output


@pytest.mark.notebook
def test_runs(path: Path, tutorials: Path) -> None:
    """Cells tagged "network" are left out: tests reach nothing but the loopback."""
    notebook = nbformat.read(tutorials / path.name, as_version=4)
    said = [output for _, output in outputs(notebook)]
    assert [output for output in said if output.output_type == "error"] == []
    assert [output.text for output in said if output.output_type == "stream" and output.name == "stderr"] == []
    run = {cell.get("execution_count") is not None for cell in notebook.cells if _is_run(cell)}
    left_out = {cell.get("execution_count") for cell in notebook.cells if "network" in cell.metadata.get("tags", [])}
    assert run == {True}
    assert left_out <= {None}


@pytest.mark.notebook
def test_shows_a_picture_of_each_view(path: Path, tutorials: Path) -> None:
    notebook = nbformat.read(tutorials / path.name, as_version=4)
    shown = [(cell, output.data) for cell, output in outputs(notebook) if "data" in output]
    views = [data["text/html"] for cell, data in shown if _shows_a_view(cell)]
    assert views
    assert [html for html in views if not html.startswith('<figure class="view"><img src="data:image/jpeg;')] == []
    assert [data for _, data in shown if "application/vnd.jupyter.widget-view+json" in data] == []
    assert str(tutorials.parent) not in json.dumps(notebook), "tells where it was run"


def _is_run(cell: Any) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip()) and "network" not in cell.metadata.get("tags", [])


def _shows_a_view(cell: Any) -> bool:
    last = cell.source.strip().splitlines()[-1]
    return last == "viewer" or ".view(" in last or "compare(" in last


def test_has_no_outputs_in_git(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
