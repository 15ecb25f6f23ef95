"""The types of the package, as a project sees them that has it installed and runs mypy."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

USE = """
from typing import Any, assert_type

import omezarr_nb
from omezarr_nb import errors

image = omezarr_nb.write_image([[1]], "a.ome.zarr", axes="yx", scale={"y": 0.5, "x": 0.5})
assert_type(image, omezarr_nb.Image)
assert_type(image.shape, tuple[int, ...])
assert_type(image.levels[0].scale, tuple[float, ...])
assert_type(image.labels["cells"], omezarr_nb.LabelImage)
assert_type(omezarr_nb.validate("a.ome.zarr").is_valid, bool)
assert_type(omezarr_nb.plan_image([[1]], "a.ome.zarr", axes="yx"), omezarr_nb.WritePlan)


def tell(progress: omezarr_nb.Progress) -> None:
    assert_type(progress.regions_done, int)


omezarr_nb.write_image([[1]], "a.ome.zarr", on_progress=tell)
try:
    omezarr_nb.open("b.ome.zarr")
except errors.NotFoundError as error:
    assert_type(error.do, str | None)
"""

MISUSE = {
    'omezarr_nb.write_image([[1]], "a.ome.zarr", axess="yx")': "call-overload",
    'omezarr_nb.write_image([[1]], "a.ome.zarr", on_progress=3)': "call-overload",
    "omezarr_nb.validate()": "call-arg",
    "omezarr_nb.opem": "attr-defined",
    'omezarr_nb.plan_image([[1]], "a.ome.zarr").nothing': "attr-defined",
    "for level in omezarr_nb.validate('a').levels: pass": "attr-defined",
    'omezarr_nb.ValidationReport("a", "image", "0.5", False, ()).strict = True': "misc",
}


@pytest.fixture(scope="module")
def consumer(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with an environment in which the package alone is installed.

    What it depends on is not there, as an environment without types of NumPy or zarr: reading theirs as well takes
    mypy ten times as long, and they are not what is tested.
    """
    folder = tmp_path_factory.mktemp("consumer")
    venv.create(folder / ".venv", with_pip=False)
    (site,) = (folder / ".venv").rglob("site-packages")
    shutil.copytree(
        project / "omezarr_nb", site / "omezarr_nb", ignore=shutil.ignore_patterns("frontend", "__pycache__")
    )
    return folder


def check(consumer: Path, source: str) -> tuple[int, str]:
    """Return the exit status and output of mypy, as strict as it can be, on a module of the project."""
    (python,) = [*(consumer / ".venv").glob("bin/python"), *(consumer / ".venv").glob("Scripts/python.exe")]
    (consumer / "use.py").write_text(source, encoding="utf-8")
    (consumer / "mypy.ini").write_text("[mypy]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), "use.py"],
        cwd=consumer,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.once
def test_right_use_passes_and_each_mistake_is_found(consumer: Path) -> None:
    lines = USE.splitlines()
    assert check(consumer, USE) == (0, "Success: no issues found in 1 source file\n")
    status, said = check(consumer, "\n".join([*lines, *MISUSE]))
    found = {
        int(line): code for line, code in re.findall(r"^use\.py:(\d+): error: .*\[([a-z-]+)\]$", said, re.MULTILINE)
    }
    assert status == 1
    assert found == {len(lines) + 1 + index: code for index, code in enumerate(MISUSE.values())}


def test_without_its_marker_nothing_would_be_checked(consumer: Path) -> None:
    (marker,) = (consumer / ".venv").rglob("omezarr_nb/py.typed")
    marker.rename(marker.with_name("py.untyped"))
    try:
        assert "py.typed marker" in check(consumer, USE)[1]
    finally:
        marker.with_name("py.untyped").rename(marker)
