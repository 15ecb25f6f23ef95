"""Which public name stands on which page of the reference, and the pages themselves.

A name that is on no page yet comes to the end of the page of its part of the package: none is left out.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pkgutil import resolve_name

import omezarr_nb

PAGES: dict[str, tuple[str, str, list[str]]] = {
    "reading": (
        "Open and read",
        "What lies at a path or URL, as objects that read nothing before it is needed.",
        ["open", "Image", "Level", "Channel", "Labels", "LabelImage", "Plate", "Well", "ImageCollection", "ImageScene"],
    ),
    "writing": (
        "Write",
        "Images, labels and plates: planned, then written, in bounded memory and without half-written targets.",
        ["write_image", "plan_image", "WritePlan", "write_labels", "create_image", "create_labels", "create_plate"],
    ),
    "checking": (
        "Check and convert",
        "Whole hierarchies against the rules of their version, and from one version to another.",
        ["validate", "ValidationReport", "convert", "plan_convert", "ConvertPlan"],
    ),
    "viewing": ("View", "Interactive views: every control is an attribute, both ways.", ["ImageViewer", "PlateViewer"]),
    "wizards": ("Wizards", "Forms that make a plan, show it, run it, and say the call that does the same.", []),
}
#: What is no part of `omezarr_nb` itself, but met on the way.
BESIDES = {
    "reading": ["core.problems.Problem"],
    "writing": ["core.plates.WellWriter"],
    "checking": ["core.ozx.pack", "core.ozx.unpack"],
}
#: Classes of which most is inherited.
_WITH_INHERITED = {"Image", "LabelImage", "Plate", "Well"}


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page."""
    placed = {name for _, _, names in PAGES.values() for name in names}
    for page, (title, lead, names) in PAGES.items():
        others = [name for name in omezarr_nb.__all__ if name not in placed and _page_of(name) == page]
        parts = [f"# {title}", lead, *(_entry(name) for name in [*names, *others, *BESIDES.get(page, [])])]
        yield page, "\n\n".join(parts) + "\n"


def _page_of(name: str) -> str | None:
    """Return the page of a name that the table has not."""
    if name == "errors":
        return None  # on a page of its own
    floor = getattr(omezarr_nb, name).__module__.split(".")[1]
    return {"viewers": "viewing", "wizards": "wizards"}.get(floor, "writing")


def _entry(name: str) -> str:
    found = resolve_name(f"omezarr_nb.{name}")
    lines = [f".. auto{'class' if inspect.isclass(found) else 'function'}:: omezarr_nb.{name}"]
    if inspect.isclass(found):
        lines.append("   :members:")
    if name in _WITH_INHERITED:
        lines.append("   :inherited-members:")
    return "\n".join(["```{eval-rst}", *lines, "```"])
