"""Fixtures for all tests: shared samples, a web server, a browser, Jupyter."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import DirectoryServer, serve_directory

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.chromium import PageErrors
    from tests.browser.jupyter import JupyterServer
    from tests.storage.faults import FaultProxy
    from tests.storage.seaweed import SeaweedServer

PROJECT = Path(__file__).parents[1]

# A machine that is busy with other things fails no property; and what is drawn is the same each time, so that a failure
# is seen by who made it. `pytest --hypothesis-profile=search` draws others.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50)
settings.register_profile("patient", settings.get_profile("search"), derandomize=True, database=None)
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they use, so that ``-m "not browser"`` leaves out what needs a browser."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "browser" in fixtures:
            item.add_marker("browser")
        if "jupyter" in fixtures:
            item.add_marker("lab")


def pytest_collection_finish() -> None:
    """Leave what libraries and thousands of tests are made of out of collections of garbage: a tenth of CPU time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the root of the project."""
    return PROJECT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of specification cases and sample stores, which is not part of the repository."""
    named = os.environ.get("OMEZARR_NB_SHARED")
    folder = Path(named) if named else PROJECT.parent / "shared"
    if not (folder / "samples").is_dir():
        if named:
            raise FileNotFoundError(f"OMEZARR_NB_SHARED names {named!r}, where there is no folder 'samples'.")
        pytest.skip(f"no sample stores at {folder}; name their folder in OMEZARR_NB_SHARED")
    return folder


@pytest.fixture(scope="session")
def samples(shared: Path) -> Path:
    """Return the folder of stores that other tools wrote. They are read in place and never written to."""
    return shared / "samples"


@pytest.fixture(scope="session")
def tutorials(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with all tutorials as the site of documentation shows them: run, with their outputs."""
    out = tmp_path_factory.mktemp("tutorials")
    command = [sys.executable, str(project / "docs" / "executed.py"), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = {path.name for path in (project / "notebooks").glob("*.ipynb")}
    assert {path.name for path in out.iterdir()} == names, done.stderr
    return out


@pytest.fixture
def serve() -> Iterator[Callable[[Path], DirectoryServer]]:
    """Return a function that serves a directory over HTTP until the test ends."""
    with ExitStack() as stack:
        yield lambda directory: stack.enter_context(serve_directory(directory))


@pytest.fixture(scope="session")
def seaweed() -> Iterator[SeaweedServer]:
    """Return a real S3 server that runs as long as the tests do."""
    from tests.storage.seaweed import start_seaweed

    with start_seaweed() as server:
        yield server


@pytest.fixture
def bucket(seaweed: SeaweedServer) -> str:
    """Return the name of an empty bucket."""
    return seaweed.make_bucket()


@pytest.fixture
def fault_proxy() -> Iterator[Callable[[str], FaultProxy]]:
    """Return a function that puts a proxy, which fails as it is told, in front of a server until the test ends."""
    from tests.storage.faults import start_proxy

    with ExitStack() as stack:
        yield lambda upstream: stack.enter_context(start_proxy(upstream))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a Chromium; the test is skipped where there is none."""
    from playwright.sync_api import expect

    from tests.browser.bridge import PATIENCE
    from tests.browser.chromium import HOW_TO_GET_ONE, start_chromium

    expect.set_options(timeout=PATIENCE * 1000)
    with start_chromium() as chromium:
        if chromium is None:
            pytest.skip(HOW_TO_GET_ONE)
        yield chromium


@pytest.fixture
def page_errors() -> PageErrors:
    """Return the errors of `page`; those that a test expects are allowed by ``page_errors.allow(pattern)``."""
    from tests.browser.chromium import PageErrors

    return PageErrors()


@pytest.fixture
def page(browser: Browser, page_errors: PageErrors) -> Iterator[Page]:
    """Return an empty page of 1280 x 900; after the test it must have had no errors."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page_errors.watch(page)
    yield page
    context.close()
    page_errors.check()


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """Return a Jupyter server with an empty directory and settings of its own."""
    from tests.browser.jupyter import start_jupyter

    with start_jupyter(tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("private")) as server:
        yield server
