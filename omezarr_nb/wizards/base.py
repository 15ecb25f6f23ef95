"""What all wizards are: a form that makes a plan, shows it with its code, and runs it in a thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol, get_args

import ipywidgets
import traitlets

from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.display import to_html
from omezarr_nb.errors import TargetExistsError, WriteCancelledError
from omezarr_nb.wizards.parts.part import Part
from omezarr_nb.wizards.place import taken
from omezarr_nb.wizards.steps import Frame, Mark, Step, note
from omezarr_nb.wizards.troubles import Trouble
from omezarr_nb.wizards.work import Debounce, Latest, Writer, error_words, progress_words

__all__ = ["Decided", "State", "Wizard"]

State = Literal["empty", "loading", "wrong", "ready", "writing", "cancelled", "failed", "done"]

#: Seconds without a key before what was typed is acted upon.
_TYPING = 0.3


class Decided(Protocol):
    """What follows from a form."""

    @property
    def plan(self) -> Any:
        """What would be done; None while something is missing or wrong."""

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What must be changed, by field."""

    @property
    def code(self) -> str:
        """The code that does the same; "" without a plan."""

    @property
    def ready(self) -> bool:
        """Whether the plan can be run."""


class Wizard(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """The frame, the form and the thread of a wizard. A subclass says what its steps are and what follows from a form.

    Parameters
    ----------
    form
        The form as it is at first, a frozen dataclass.
    parts
        The controls, each of which is filled from the form and shows what follows from it.
    steps
        In order; the last one acts.

    Attributes
    ----------
    state : str
        "empty" (nothing chosen), "loading", "wrong" (something is to be mended), "ready", "writing", "cancelled",
        "failed" or "done". Can be observed.
    result
        What was made last.
    """

    state = traitlets.Enum(get_args(State), "empty")
    result = traitlets.Any(None, allow_none=True)

    #: Words in place of the plan while there is nothing to plan.
    nothing = "Nothing yet."

    def __init__(self, form: Any, decision: Any, parts: Sequence[Part], steps: Sequence[Step]) -> None:
        self._lock = threading.RLock()
        self._form = form
        self._decision: Any = decision
        self._seen: set[int] = {0}
        self._stale = False  # the form says what has not been acted upon
        self._writing = False
        self._known: set[str] = set()  # targets that turned out to exist
        self._typing = Debounce(self._decide, _TYPING)
        self._loader: Latest[Any] = Latest(self._loaded)
        self._writer = Writer(self._progress, self._ended)
        self._parts = tuple(parts)
        self.frame = Frame(steps, on_step=self._stepped, on_act=self._write, on_cancel=self._writer.cancel)
        super().__init__([self.frame])
        self._fill()
        self._decide()

    @property
    def plan(self) -> Any:
        """What would be done as the form now stands; None while something is missing or wrong."""
        self._settle()
        return self._decision.plan

    @property
    def code(self) -> str:
        """The code that does the same; "" while something is missing or wrong."""
        self._settle()
        return str(self._decision.code)

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is to be mended, in words."""
        self._settle()
        return tuple(trouble.message for trouble in self._decision.troubles)

    def close(self) -> None:
        """Take the form off the page. What is going on is cancelled."""
        if hasattr(self, "frame"):  # else what it was given was refused before there was a form
            self._drop()
        super().close()

    def _drop(self) -> None:
        """Forget what is being loaded, and cancel what is being written."""
        self._typing.drop()
        self._loader.drop()
        self._writer.cancel()

    # What a subclass says.

    def _look(self, form: Any) -> Any:
        """Return the form with what is seen of the world: whether something is at the target."""
        return form

    def _follow(self, form: Any) -> Any:
        """Return what follows from the form."""
        raise NotImplementedError

    def _empty(self, form: Any) -> bool:
        """Return whether nothing has been chosen."""
        raise NotImplementedError

    def _act_words(self, plan: Any) -> tuple[str, str]:
        """Return what the button that acts says, short and in full."""
        raise NotImplementedError

    def _done_words(self, result: Any) -> str:
        """Return what was made, in a sentence."""
        raise NotImplementedError

    def _view(self, result: Any) -> ipywidgets.Widget | None:
        """Return what shows the result."""
        return result.view()

    def _take(self, loaded: Any) -> None:
        """Take what was loaded into the form."""
        raise NotImplementedError

    def _refuse(self, words: str) -> None:
        """Show that something could not be loaded."""
        raise NotImplementedError

    def _cancelled_words(self, error: WriteCancelledError) -> str:
        """Return what was left when the write was cancelled."""
        return error_words(error)

    def _run_options(self) -> dict[str, Any]:
        """Return what `run` of the plan is called with, beside what watches it."""
        return {}

    def _shown(self) -> None:
        """Show more of what follows."""

    # What is the same for all.

    def _fill(self) -> None:
        for part in self._parts:
            part.fill(self._form)

    def _load(self, load: Any) -> None:
        """Load something in a thread; `_take` or `_refuse` hears of it."""
        with self._lock:
            if self._writing:
                return
            self.state = "loading"
            self.frame.next.disabled = True
            self.frame.show_message("")
            self._close_result()  # it belongs to what was chosen before
        self._loader.start(load)

    def _loaded(self, end: Any) -> None:
        with self._lock:
            self.frame.next.disabled = False
            if not isinstance(end, Exception):
                try:
                    self._take(end)
                except Exception as error:  # whatever it is: the form says so, and does not wait for ever
                    end = error
            if isinstance(end, Exception):
                self._refuse(error_words(end))
                self.state = "wrong"

    def _changed(self, *, typed: bool = False, **changes: Any) -> None:
        """Take what a person has changed."""
        with self._lock:
            self._form = replace(self._form, **changes)
            self._stale = True
        if typed:
            self._typing.ask()
        else:
            self._settle()

    def _settle(self) -> None:
        """Act upon what was typed, if that has not happened yet."""
        with self._lock:
            self._typing.drop()
            if self._stale:
                self._decide()

    def _decide(self) -> None:
        """Make the plan anew, and show what follows."""
        with self._lock:
            if self._writing:
                return
            self._stale = False
            self._form = self._look(self._form)
            self._decision = self._follow(self._form)
            self._show()
            self.frame.show_message("")
            if self.frame.results and self.result is not None:
                self.frame.label_result(f"Before: {self._done_words(self.result).partition(': ')[2]}")
            self.state = "empty" if self._empty(self._form) else "ready" if self._decision.ready else "wrong"

    def _show(self) -> None:
        for part in self._parts:
            part.show(self._form, self._decision)
        self._shown()
        self._show_plan()
        self._show_marks()
        self._show_act()

    def _show_plan(self) -> None:
        plan = self._decision.plan
        if plan is not None:
            self.frame.show_plan(to_html(plan))
        elif self._empty(self._form):
            self.frame.show_plan(note(self.nothing))
        else:
            words = [note(trouble.message, "oz-trouble") for trouble in self._decision.troubles]
            self.frame.show_plan(note("There is no plan until this is mended:") + "".join(words))
        self.frame.show_code(self._decision.code)

    def _show_marks(self, all_done: bool = False) -> None:
        wrong = {trouble.field.partition(":")[0] for trouble in self._decision.troubles}
        last = len(self.frame.steps) - 1  # done by acting, and not by having been looked at
        seen = self._seen - {self.frame.step, last} if not self._empty(self._form) else set()
        marks: list[Mark] = [
            "wrong" if step.fields & wrong else "done" if all_done or index in seen else "open"
            for index, step in enumerate(self.frame.steps)
        ]
        self.frame.show_marks(marks)

    def _show_act(self, again: bool = False) -> None:
        plan = self._decision.plan
        if plan is None:
            self.frame.show_act("Write", enabled=False, tooltip="Something is missing or to be mended before")
            return
        short, long = self._act_words(plan)
        if again:
            short, long = (f"Try again: {words[:1].lower()}{words[1:]}" for words in (short, long))
        self.frame.show_act(short, enabled=self._decision.ready, tooltip=long)

    def _stepped(self, index: int) -> None:
        self._settle()
        with self._lock:
            self._seen.add(index)
            self._show_marks(all_done=self.state == "done")

    def _write(self) -> None:
        with self._lock:
            if self._writing:
                return
            self._decide()  # the target may have come to exist since
            if self._decision.plan is None or not self._decision.ready:
                return
            self._writing = True
            self.state = "writing"
            for part in self._parts:
                part.freeze(True)
            self.frame.act.disabled = True
            self.frame.show_message("")
            self._close_result()
            self.frame.show_progress(0.0, "Starting …")
            self._writer.start(self._decision.plan, **self._run_options())

    def _found(self, places: frozenset[str]) -> None:
        """Take note of what was seen beside the target."""
        with self._lock:
            self._known |= places
            self._decide()

    def _is_there(self, target: str) -> bool:
        """Return whether something is at a target, or was seen there."""
        return bool(target.strip()) and (target.rstrip("/") in self._known or taken(target))

    def _progress(self, progress: Progress) -> None:
        with self._lock:
            if self._writing:
                self.frame.show_progress(progress.fraction, progress_words(progress))

    def _ended(self, end: Any) -> None:
        """Show how a write ended; called in its thread. The state comes last: who waits for it finds all the rest."""
        with self._lock:
            self._writing = False
            for part in self._parts:
                part.freeze(False)
            self.frame.show_progress(None)
            for part in self._parts:
                part.refresh()
            if isinstance(end, WriteCancelledError):
                self._decide()
                self.frame.show_message(self._cancelled_words(end))
                self.state = "cancelled"
            elif isinstance(end, Exception):
                if isinstance(end, TargetExistsError):  # it came to be meanwhile, or is a URL
                    self._known.add(getattr(self._form, "target", ""))
                    self._decide()
                self._show_act(again=True)
                self.frame.show_message(error_words(end), "oz-trouble")
                self.state = "failed"
            else:
                self.result = end
                self.frame.act.disabled = True
                self._show_result(end)
                self._seen = set(range(len(self.frame.steps)))
                self._show_marks(all_done=True)
                self.state = "done"

    def _show_result(self, result: Any) -> None:
        words = self._done_words(result)
        try:
            self.frame.show_result(self._view(result))
        except Exception as error:  # it is made, whatever the view says
            words += f" It cannot be viewed here: {error_words(error)}"
        self.frame.show_message(words, "oz-good")

    def _close_result(self) -> None:
        for widget in self.frame.results:
            widget.close()
        self.frame.show_result(None)
