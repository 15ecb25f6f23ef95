"""Find a Chromium, start it, and hold its pages to having no errors."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Playwright, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# WebGL2 works without any flag for the GPU. The sandbox does not start as root, as in containers.
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
HOW_TO_GET_ONE = (
    "no browser was found; install Chromium (`apt-get install chromium`, or `python -m playwright install chromium`) "
    "or name a Chrome in OMEZARR_NB_CHROMIUM"
)


def find_chromium(playwright: Playwright) -> Path | None:
    """Return the browser to test in, or None where there is none.

    Looked for: what OMEZARR_NB_CHROMIUM names, then `PROGRAMS` on the PATH, then the one playwright installs.
    """
    named = os.environ.get("OMEZARR_NB_CHROMIUM")
    if named:
        if shutil.which(named) is None:
            raise FileNotFoundError(f"OMEZARR_NB_CHROMIUM names {named!r}, which is not a program.")
        return Path(named)
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is not None:
        return Path(found)
    own = Path(playwright.chromium.executable_path)
    return own if own.is_file() else None


@contextmanager
def start_chromium() -> Iterator[Browser | None]:
    """Start a Chromium for as long as the block lasts; None where there is none."""
    with sync_playwright() as playwright:
        program = find_chromium(playwright)
        if program is None:
            yield None
            return
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


# What JupyterLab 4.6 and Notebook 7.6 themselves complain of now and then, with no widget in sight.
NOISE_OF_JUPYTER = (
    r"Could not restore the debugger state",
    r"Command 'filebrowser:open-path' not registered",
    r"Cannot read properties of undefined \(reading 'schema'\)[^)]*notebook_core",
)


@dataclass  # without slots: playwright keeps its wrappers of the handlers on the object
class PageErrors:
    """The errors of a page: exceptions nobody caught, and what was written to the console as an error."""

    errors: list[str] = field(default_factory=list)
    _allowed: list[re.Pattern[str]] = field(default_factory=lambda: [re.compile(text) for text in NOISE_OF_JUPYTER])

    def watch(self, page: Page) -> None:
        """Collect the errors of `page` from now on."""
        page.on("pageerror", self._on_exception)
        page.on("console", self._on_console)

    def allow(self, pattern: str) -> None:
        """Expect errors that `pattern` (a regular expression) is found in."""
        self._allowed.append(re.compile(pattern))

    def check(self) -> None:
        """Raise AssertionError where there was an error that is not allowed."""
        unexpected = [text for text in self.errors if not any(allowed.search(text) for allowed in self._allowed)]
        if unexpected:
            raise AssertionError("the page had errors:\n" + "\n".join(unexpected))

    def _on_exception(self, error: Error) -> None:
        self.errors.append(f"uncaught: {error.stack or error.message}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self.errors.append(f"console: {message.text} ({where})")
