"""The site builds without a warning, its links lead somewhere, its code runs, and the tests that it names are there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PROJECT = DOCS.parent
#: Whichever test comes first waits for the tutorials and the site.
pytestmark = pytest.mark.timeout(900)

#: Pages of which all code in Python runs as it stands, one block after the other.
RUN = [
    "README.md",
    "docs/start.md",
    "docs/how-to/change.md",
    "docs/how-to/check.md",
    "docs/how-to/files.md",
    "docs/coming-from-ome-zarr-py.md",
]


class _Links(HTMLParser):
    """Collects the links of a page, and what can be linked to in it."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors.update(value for key in ("id", "name") if (value := given.get(key)))
        self.links += [value for key in ("href", "src") if (value := given.get(key)) and tag != "base"]


@pytest.fixture(scope="module")
def site(tutorials: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site, built with warnings as errors."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", f"{out}.trees"]
    command += ["-D", f"executed_tutorials={tutorials}"]
    done = subprocess.run([*command, str(DOCS), str(out)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return out


def broken(site: Path) -> list[str]:
    """Return the internal links of a site that lead nowhere."""
    pages = {page: _Links(page) for page in site.rglob("*.html")}
    found = []
    for page, seen in pages.items():
        for link in seen.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            there = target.exists()
            if there and parts.fragment and target in pages:
                there = unquote(parts.fragment) in pages[target].anchors
            if not there:
                found.append(f"{page.relative_to(site)}: {link}")
    return found


@pytest.mark.docs
def test_it_builds_and_its_links_lead_somewhere(site: Path) -> None:
    assert len(list(site.rglob("*.html"))) > 20
    assert broken(site) == []


@pytest.mark.docs
def test_every_tutorial_and_every_public_name_has_its_place(site: Path) -> None:
    import omezarr_nb

    tutorials = {page.stem for page in (site / "tutorials").glob("*.html")} - {"index"}
    assert tutorials == {notebook.stem for notebook in (PROJECT / "notebooks").glob("*.ipynb")}
    described = {anchor for page in (site / "reference").rglob("*.html") for anchor in _Links(page).anchors}
    assert [name for name in omezarr_nb.__all__ if name != "errors" and f"omezarr_nb.{name}" not in described] == []


@pytest.mark.docs
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="b.html#there">1</a><a href="#x">2</a><a href="c.html">3</a>')
    (tmp_path / "b.html").write_text('<h1 id="there">B</h1><a href="a.html">1</a><a href="https://example.org/x">2</a>')
    assert broken(tmp_path) == ["a.html: #x", "a.html: c.html"]


def test_the_tests_that_are_named_are_there() -> None:
    named = {
        match
        for page in [*DOCS.glob("*.md"), *DOCS.glob("how-to/*.md")]
        for match in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    missing = []
    for file, name in sorted(named):
        path = PROJECT / file
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if not path.is_file() or (name and name not in names):
            missing.append(f"{file}::{name}")
    assert missing == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "notebooks/data/README.md"])
def test_what_it_links_to_in_the_project_is_there(page: str) -> None:
    text = (PROJECT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r"(?:src|srcset|href)=\"([^\"#]+)", text)
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (PROJECT / page).parent.joinpath(link).exists()] == []
    assert inside or page != "README.md"


def lay_out_files() -> None:
    """Write the files that the pages take for the reader's."""
    import numpy as np
    import tifffile

    import omezarr_nb

    pixels = np.arange(2 * 64 * 64, dtype="uint16").reshape(2, 64, 64)
    for name, version in (("image.ome.zarr", "0.5"), ("old.ome.zarr", "0.4")):
        omezarr_nb.write_image(pixels, name, axes="cyx", version=version)
    with omezarr_nb.create_plate("plate.ome.zarr", rows=["A"], columns=["1"]) as plate:
        plate["A", "1"].write_field(pixels, axes="cyx")
    tifffile.imwrite("cells.ome.tif", pixels, ome=True, metadata={"axes": "ZYX"})


@pytest.mark.parametrize("page", RUN)
def test_its_code_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that need a network are left out: they name a URL. Of the reader's own files there are some."""
    monkeypatch.chdir(tmp_path)
    lay_out_files()
    blocks = re.findall(
        r"^```python\n(.*?)^```", (PROJECT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert blocks
    space: dict[str, object] = {}
    for block in blocks:
        if "://" not in block:
            exec(compile(block, page, "exec"), space)
    assert space
