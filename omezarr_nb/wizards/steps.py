"""The frame of a wizard: steps at the left, the form, the plan at the right, and what stands below them.

It knows nothing of images: a wizard gives it steps, and tells it what to show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import ipywidgets

from omezarr_nb.display.html import Html, element, stylesheet
from omezarr_nb.wizards.controls import Gone
from omezarr_nb.wizards.style import ROOT, SHEET

__all__ = ["Field", "Frame", "Mark", "Step", "box", "note", "row", "unlabelled"]

Control = TypeVar("Control", bound=ipywidgets.Widget)
Mark = Literal["open", "done", "wrong"]

_MARKS: Mapping[Mark, tuple[str, str]] = {"open": ("○", "open"), "done": ("✓", "done"), "wrong": ("!", "to be mended")}


def row(*children: ipywidgets.Widget) -> ipywidgets.Box:
    """Return widgets side by side, wrapped where there is no room."""
    return box(*children, name="oz-row", kind=ipywidgets.HBox)


def box(*children: ipywidgets.Widget, name: str, kind: Any = ipywidgets.VBox) -> ipywidgets.Box:
    """Return a box with a class of the style sheet."""
    made = kind(children)
    made.add_class(name)
    return made


def unlabelled(control: Control) -> Control:
    """Return a control whose description is read out and not seen: what stands before it says what it is."""
    control.add_class("oz-unlabelled")
    control.tooltip = control.description
    return control


def note(text: object = "", name: str = "oz-quiet", **attributes: str) -> Html:
    """Return a paragraph of words, escaped."""
    return element("div", text, class_=name, **attributes) if text else Html("")


class Field(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """A control with words below it: what is wrong with it, and where its value comes from.

    Parameters
    ----------
    *controls
        Side by side.
    name
        Of the field, as problems name it.
    """

    def __init__(self, *controls: ipywidgets.Widget, name: str) -> None:
        self.name = name
        self._words = ipywidgets.HTML()
        self._words.layout.display = "none"
        super().__init__([row(*controls) if len(controls) > 1 else controls[0], self._words])
        self.add_class("oz-field")
        self._trouble: tuple[str, ...] = ()
        self._note = ""

    def say(self, *, trouble: Sequence[str] | None = None, note_: str | None = None) -> None:
        """Change what stands below the control; what is None stays."""
        self._trouble = self._trouble if trouble is None else tuple(trouble)
        self._note = self._note if note_ is None else note_
        words = [note(text, "oz-trouble", role="alert") for text in self._trouble]
        if self._note:
            words.append(note(self._note))
        text = "".join(words)
        if text != self._words.value:
            self._words.value = text
        self._words.layout.display = None if text else "none"


@dataclass(frozen=True)
class Step:
    """One step of a wizard.

    Parameters
    ----------
    title
        In the list at the left, one or two words.
    heading
        Above the form, a question or an instruction.
    body
        The controls.
    fields
        Names of the fields whose problems are this step's.
    """

    title: str
    heading: str
    body: ipywidgets.Widget
    fields: frozenset[str] = field(default_factory=frozenset)


class Frame(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """Steps, form, plan, buttons, code, messages and result of a wizard, all of standard widgets.

    Parameters
    ----------
    steps
        In order; the last one has the button that acts in place of Next.
    on_step
        Called with the index of a step when it is shown.
    on_act
        Called when the button that acts is clicked.
    on_cancel
        Called when what is going on shall stop.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        on_step: Callable[[int], object],
        on_act: Callable[[], object],
        on_cancel: Callable[[], object],
    ) -> None:
        self.steps = tuple(steps)
        self.step = 0
        self._on_step = on_step
        self._marks: tuple[Mark, ...] = tuple("open" for _ in self.steps)
        self._buttons = [ipywidgets.Button(description=step.title) for step in self.steps]
        for index, button in enumerate(self._buttons):
            button.on_click(lambda _, index=index: self.go(index))
        self._heading = ipywidgets.HTML()
        self._body = ipywidgets.VBox()
        self.back = ipywidgets.Button(
            description="Back", layout={"width": "72px"}, tooltip="To the step before; nothing is lost"
        )
        self.next = ipywidgets.Button(description="Next", button_style="primary", layout={"width": "96px"})
        self.act = ipywidgets.Button(button_style="primary", layout={"width": "auto"})
        self.act.add_class("oz-act")
        self.stop = ipywidgets.Button(
            description="Cancel", layout={"width": "96px"}, tooltip="Stop; nothing is left behind"
        )
        _answer_anywhere(self.stop)
        self.code = ipywidgets.ToggleButton(description="Show the code", layout={"width": "auto"})
        self.back.on_click(lambda _: self._walk(-1))
        self.next.on_click(lambda _: self._walk(1))
        self.act.on_click(lambda _: on_act())
        self.stop.on_click(lambda _: self._stop(on_cancel))
        self.code.observe(self._show_code, "value")
        self._plan = ipywidgets.HTML()
        self._code = ipywidgets.HTML()
        self._code_box = box(self._code, name="oz-code")
        self._code_box.layout.display = "none"
        self._bar = ipywidgets.FloatProgress(min=0.0, max=1.0, layout={"width": "100%", "margin": "0"})
        self._progress = ipywidgets.HTML(layout={"flex": "1 1 160px"})
        self._message = ipywidgets.HTML()
        self._result = ipywidgets.VBox()
        self._result_words = ipywidgets.HTML()
        self._going = row(self.stop, self._progress)  # in this order: the words change their length
        self._end = box(self._result_words, self._result, name="oz-end")
        sheet = ipywidgets.HTML(stylesheet(SHEET))
        sheet.add_class("oz-sheet")
        foot = box(self.back, self.next, self.act, name="oz-foot", kind=ipywidgets.HBox)
        words = note("What will be written", "oz-head", role="heading", aria_level="3")
        plan_head = box(ipywidgets.HTML(words), self.code, name="oz-plan-head", kind=ipywidgets.HBox)
        columns = box(
            box(*self._buttons, name="oz-steps"),
            box(self._heading, self._body, foot, self._bar, self._going, self._message, name="oz-form"),
            box(plan_head, self._plan, name="oz-plan"),
            name="oz-columns",
            kind=ipywidgets.HBox,
        )
        super().__init__([sheet, Gone(self.stop), columns, self._code_box, self._end])
        self.add_class(ROOT)
        self.show_progress(None)
        self.show_message("")
        self.show_result(None)
        self.show_code("")
        self._show_step()

    def go(self, step: int | str) -> None:
        """Show a step, by its place or its title. Every form keeps what it says."""
        titles = [entry.title for entry in self.steps]
        self.step = titles.index(step) if isinstance(step, str) else max(0, min(step, len(titles) - 1))
        self._show_step()
        self._on_step(self.step)

    def _walk(self, by: int) -> None:
        """Go on or back. Where the button goes away under the finger, the focus goes to the step and is not lost."""
        self.go(self.step + by)
        if self.step in (0, len(self.steps) - 1):
            self._buttons[self.step].focus()

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Show which steps are done, open or wrong."""
        self._marks = tuple(marks)
        for index, (button, mark) in enumerate(zip(self._buttons, marks, strict=True)):
            sign, words = _MARKS[mark]
            button.description = f"{sign} {self.steps[index].title}"
            button.tooltip = f"{self.steps[index].heading} ({words}{', shown now' if index == self.step else ''})"
            for known in _MARKS:
                (button.add_class if known == mark else button.remove_class)(f"oz-{known}")
            (button.add_class if index == self.step else button.remove_class)("oz-here")

    def show_plan(self, html: str) -> None:
        """Show the plan as it now stands."""
        _set(self._plan, html)

    def show_code(self, code: str) -> None:
        """Show the code that does what the form says; "" where there is none yet."""
        hint = note("Click in it to select all of it, and copy it into a cell.")
        shown = (
            hint + element("pre", code, tabindex="0", role="group", aria_label="the code")
            if code
            else note("There is no code yet.")
        )
        _set(self._code, shown)

    def show_act(self, words: str, *, enabled: bool, tooltip: str = "") -> None:
        """Name the button that acts, and say whether it can."""
        self.act.description, self.act.tooltip, self.act.disabled = words, tooltip or words, not enabled

    def show_progress(self, fraction: float | None, words: str = "") -> None:
        """Show how far something is, with the button that stops it; None when nothing is going on."""
        going = fraction is not None
        if not going:
            self.stop.description, self.stop.disabled = "Cancel", False
        self._bar.value = fraction or 0.0
        _set(self._progress, note(words, "oz-progress", role="status"))
        _visible(self._bar, going)
        _visible(self._going, going)

    def show_message(self, text: object, name: str = "oz-quiet") -> None:
        """Show words about what has happened, or none."""
        _set(self._message, note(text, name, role="alert" if name == "oz-trouble" else "status"))
        _visible(self._message, bool(text))

    @property
    def results(self) -> tuple[ipywidgets.Widget, ...]:
        """What `show_result` was given last."""
        return tuple(self._result.children)

    def show_result(self, widget: ipywidgets.Widget | None) -> None:
        """Show what was made, in the full width."""
        self._result.children = () if widget is None else (widget,)
        self.label_result("")
        _visible(self._end, widget is not None)

    def label_result(self, text: str) -> None:
        """Say what the result is, where that does not follow from what stands above it."""
        _set(self._result_words, note(text, "oz-head"))
        _visible(self._result_words, bool(text))

    def _show_step(self) -> None:
        here, last = self.steps[self.step], self.step == len(self.steps) - 1
        _set(self._heading, note(here.heading, "oz-head", role="heading", aria_level="3"))
        self._body.children = (here.body,)
        self.back.disabled = self.step == 0
        _visible(self.next, not last)
        _visible(self.act, last)
        self.show_marks(self._marks)

    def _stop(self, on_cancel: Callable[[], object]) -> None:
        """Say that it was heard: what is being written or waited for may take a while to come to its end."""
        self.stop.description, self.stop.disabled = "Stopping …", True
        on_cancel()

    def _show_code(self, change: Mapping[str, Any]) -> None:
        self.code.description = "Hide the code" if change["new"] else "Show the code"
        _visible(self._code_box, change["new"])


def _answer_anywhere(widget: ipywidgets.Widget) -> None:
    """Have messages of a widget answered where they arrive, also while a cell runs.

    ipykernel 7.4 sends them to where the widget was last changed from, which is where cells run, as a rule.
    """
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = lambda _data, default: default


def _visible(widget: ipywidgets.Widget, visible: bool) -> None:
    wanted = None if visible else "none"
    if widget.layout.display != wanted:
        widget.layout.display = wanted


def _set(widget: ipywidgets.HTML, html: str) -> None:
    if widget.value != html:
        widget.value = html
