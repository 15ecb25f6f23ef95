"""A wizard driven as a person would: controls by what they are called, and waiting for what happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets

from omezarr_nb.wizards.base import Wizard
from omezarr_nb.wizards.image import ImageWizard

PATIENCE = 30.0


def controls(widget: Any) -> Iterator[Any]:
    """Return a widget and all that is below it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from controls(child)


def control(wizard: Wizard, name: str) -> Any:
    """Return the control of the wizard's present step with that description (or one that begins so)."""
    found = [
        widget
        for widget in controls(wizard)
        if str(getattr(widget, "description", "")).startswith(name) and shown(wizard, widget)
    ]
    assert len(found) == 1, (name, [widget.description for widget in found])
    return found[0]


def shown(wizard: Wizard, widget: Any) -> bool:
    """Return whether nothing on the way to a widget is hidden."""

    def path(at: Any) -> list[Any] | None:
        if at is widget:
            return [at]
        for child in getattr(at, "children", ()):
            found = path(child)
            if found is not None:
                return [at, *found]
        return None

    return all(part.layout.display != "none" for part in path(wizard) or [])


def words(wizard: Wizard) -> str:
    """Return all that stands in the wizard now, as HTML."""
    return "\n".join(
        widget.value
        for widget in controls(wizard)
        if isinstance(widget, ipywidgets.HTML) and shown(wizard, widget) and not widget.value.startswith("<style>")
    )


def wait_for_state(wizard: Wizard, *states: str) -> None:
    """Wait until the wizard is in one of these states."""
    with awaited(wizard, lambda: wizard.state in states):
        pass


@contextmanager
def awaited(wizard: Wizard, condition: Callable[[], bool]) -> Iterator[None]:
    """After the block, wait until the condition holds; it is looked at whenever the state changes."""
    event = threading.Event()

    def look(_: object) -> None:
        if condition():
            event.set()

    wizard.observe(look, "state")
    try:
        yield
        look(None)
        assert event.wait(PATIENCE), f"still {wizard.state}"
    finally:
        wizard.unobserve(look, "state")


def click(wizard: Wizard, *names: str) -> None:
    """Click buttons, one after the other."""
    for name in names:
        button = control(wizard, name)
        assert not button.disabled, f"{name} cannot be clicked"
        button.click()


def wizard_for(source: Any = None, **namespace: Any) -> ImageWizard:
    """Return a wizard that has loaded its source."""
    wizard = ImageWizard(source, namespace=namespace)
    wait_for_state(wizard, "empty", "ready", "wrong")
    return wizard


def write(wizard: Wizard) -> None:
    """Go to the last step, write, and wait for the end."""
    wizard.frame.go(len(wizard.frame.steps) - 1)
    assert not wizard.frame.act.disabled, wizard.troubles
    wizard.frame.act.click()
    wait_for_state(wizard, "done", "failed", "cancelled")


def marks(wizard: Wizard) -> str:
    """Return the signs of the steps."""
    return "".join(control(wizard, sign).description[0] for sign in step_names(wizard))


def step_names(wizard: Wizard) -> list[str]:
    """Return the descriptions of the steps."""
    return [button.description for button in wizard.frame._buttons]
