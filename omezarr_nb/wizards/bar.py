"""A bar that shows how far a write is: in a notebook, or in a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Literal, TextIO, TypeAlias

from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.display.html import clean, element
from omezarr_nb.errors import InvalidArgumentError, MissingExtraError
from omezarr_nb.wizards.work import level_words, progress_words

__all__ = ["Kind", "progress_bar"]

Kind: TypeAlias = Literal["auto", "widget", "tqdm", "text"]
Bar: TypeAlias = Callable[[Progress], None]

#: Seconds between two changes of a bar: more would only fill the connection.
_EVERY = 0.1

#: Seconds between two lines of text where lines cannot be written over, as in a log.
_EVERY_LINE = 10.0


def progress_bar(description: str = "", *, kind: Kind = "auto") -> Bar:
    """Return a bar to pass as ``on_progress``: it appears with the first call, and shows what is done and what is left.

    Parameters
    ----------
    description
        What stands before the bar.
    kind
        "widget" for a notebook, "tqdm" (which has to be installed), or "text" for a line on standard error. "auto"
        takes the first in a notebook, elsewhere the second where tqdm is installed, and else the last.

    Returns
    -------
    callable
        For one write; takes a `Progress`.

    Raises
    ------
    InvalidArgumentError
        For another kind.
    MissingExtraError
        For "tqdm" where it is not installed.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> bar = omezarr_nb.progress_bar("cells", kind="text")
    >>> image = omezarr_nb.write_image(np.zeros((64, 64)), "memory://bar.ome.zarr", on_progress=bar)
    """
    if kind == "auto":
        kind = "widget" if _in_notebook() else "tqdm" if _has_tqdm() else "text"
    if kind == "widget":
        return _Widget(description)
    if kind == "tqdm":
        return _Tqdm(description)
    if kind == "text":
        return _Text(description, sys.stderr)
    raise InvalidArgumentError(
        "There is no such progress bar.", where="kind", found=kind, expected="auto, widget, tqdm or text"
    )


class _Sparing:
    """Shows the first and the last call, and others when there is time."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._shown: float | None = None

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if self._shown is None or now - self._shown >= self._every or progress.regions_done == progress.regions:
            self._shown = now
            self._show(progress)

    def _show(self, progress: Progress) -> None:
        raise NotImplementedError


class _Widget(_Sparing):
    def __init__(self, description: str) -> None:
        import ipywidgets

        super().__init__(_EVERY)
        self._bar = ipywidgets.FloatProgress(min=0.0, max=1.0, layout={"width": "16em"})
        self._words = ipywidgets.HTML()
        name = [ipywidgets.HTML(element("span", clean(description)))] if description else []
        layout = {"align_items": "center", "flex_flow": "row wrap"}
        self.widget = ipywidgets.HBox([*name, self._bar, self._words], layout=layout)
        self._displayed = False

    def _show(self, progress: Progress) -> None:
        if not self._displayed:
            from IPython.display import display

            display(self.widget)
            self._displayed = True
        self._bar.value = progress.fraction
        self._words.value = element("span", progress_words(progress), role="status")
        if progress.regions_done == progress.regions:
            self._bar.bar_style = "success"


class _Tqdm(_Sparing):
    def __init__(self, description: str) -> None:
        try:
            from tqdm import tqdm
        except ImportError as error:
            raise MissingExtraError(
                "This progress bar needs tqdm.", where="kind", do="pip install omezarr_nb[tqdm], or take kind='text'."
            ) from error
        super().__init__(_EVERY)
        self._make = tqdm
        self._description = description
        self._bar: Any = None

    def _show(self, progress: Progress) -> None:
        if self._bar is None:
            self._bar = self._make(
                total=progress.bytes, initial=progress.bytes_before, desc=self._description or None, unit="B",
                unit_scale=True,
            )  # fmt: skip
        self._bar.set_postfix_str(level_words(progress), refresh=False)
        self._bar.update(progress.bytes_done - self._bar.n)
        if progress.regions_done == progress.regions:
            self._bar.close()


class _Text(_Sparing):
    def __init__(self, description: str, file: TextIO) -> None:
        self._over = file.isatty()
        super().__init__(_EVERY if self._over else _EVERY_LINE)
        self._file = file
        self._description = f"{description}: " if description else ""
        self._length = 0

    def _show(self, progress: Progress) -> None:
        line = f"{self._description}{progress.fraction:4.0%} · {progress_words(progress)}"
        end = "\n" if not self._over or progress.regions_done == progress.regions else ""
        self._file.write(("\r" if self._over else "") + line.ljust(self._length if self._over else 0) + end)
        self._file.flush()
        self._length = len(line)


def _in_notebook() -> bool:
    if "IPython" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def _has_tqdm() -> bool:
    from importlib.util import find_spec

    return find_spec("tqdm") is not None
