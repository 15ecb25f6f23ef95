"""What the parts of a wizard have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import ipywidgets

from omezarr_nb.wizards.steps import Field, box

__all__ = ["Change", "Part"]


class Change(Protocol):
    """How a part says that a person has changed something."""

    def __call__(self, *, typed: bool = False, **changes: Any) -> None:
        """Change entries of the form; with `typed`, what follows may wait until typing has stopped."""


class Part:
    """Controls of one step.

    Parameters
    ----------
    change
        Called with what a person changes.
    """

    def __init__(self, change: Change) -> None:
        self.body = box(name="oz-stack")
        self.fields: list[Field] = []
        self._change = change
        self._filling = False

    def fill(self, form: Any) -> None:
        """Show what the form says. This is not a change."""

    def show(self, form: Any, decision: Any) -> None:  # noqa: ARG002 # those of other parts use it
        """Show what follows from the form: problems beside their fields, and what can be chosen."""
        for field in self.fields:
            field.say(trouble=[trouble.message for trouble in decision.troubles if trouble.field == field.name])

    def refresh(self) -> None:
        """Look again at what is there."""

    def freeze(self, frozen: bool) -> None:
        """Take no changes, or take them again."""
        for widget in _controls(self.body):
            if hasattr(widget, "disabled"):
                widget.disabled = frozen

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Set controls without telling of it."""
        before, self._filling = self._filling, True
        try:
            yield
        finally:
            self._filling = before

    def on(self, widget: ipywidgets.Widget, name: str, take: Callable[[Any], object]) -> None:
        """Call `take` with the new value when a person (and not `fill`) changes a trait."""

        def changed(change: Mapping[str, Any]) -> None:
            if not self._filling:
                take(change["new"])

        widget.observe(changed, name)


def set_choices(widget: ipywidgets.Widget, options: Sequence[Any], value: Any) -> None:
    """Give a control new options and a value at once; options alone would choose the first of them."""
    if tuple(widget.options) != tuple(options):
        widget.index = None
        widget.options = options
    if widget.value != value:
        widget.value = value


def _controls(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    for child in getattr(widget, "children", ()):
        yield child
        yield from _controls(child)
