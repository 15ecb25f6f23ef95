"""`ImageWizard`: a picture or an array becomes an OME-Zarr image, step by step."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import ipywidgets
import traitlets

from omezarr_nb.core.image import Image
from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.display import to_html
from omezarr_nb.display.words import bytes_text, elide
from omezarr_nb.errors import TargetExistsError, WriteCancelledError
from omezarr_nb.wizards.decide import Decision, Trouble, decide
from omezarr_nb.wizards.form import ImageForm, first_form
from omezarr_nb.wizards.parts.axes import AxesPart
from omezarr_nb.wizards.parts.levels import LevelsPart
from omezarr_nb.wizards.parts.size import SizePart
from omezarr_nb.wizards.parts.source import SourcePart
from omezarr_nb.wizards.parts.target import TargetPart
from omezarr_nb.wizards.pictures import read_picture
from omezarr_nb.wizards.place import (
    first_target,
    kept_words,
    other_target,
    place_problems,
    place_words,
    resolved,
    taken,
)
from omezarr_nb.wizards.sources import Source, array_source, arrays_in, notebook_variables
from omezarr_nb.wizards.steps import Frame, Mark, Step, note
from omezarr_nb.wizards.work import Debounce, Latest, Writer, error_words, progress_words

__all__ = ["ImageWizard", "State"]

State = Literal["empty", "loading", "wrong", "ready", "writing", "cancelled", "failed", "done"]

#: Seconds without a key before what was typed is acted upon.
_TYPING = 0.3


class ImageWizard(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """A form that turns a picture file or an array of the notebook into an OME-Zarr image.

    It shows at every step what would be written and the code that does the same, and writes in a thread: the form can
    cancel it, and a cancelled or failed write leaves nothing behind.

    Parameters
    ----------
    source
        The path of a picture (PNG, JPEG, TIFF, BMP, GIF, NPY), an array, or an `Image`. None lets the person choose.
    namespace
        The variables that are offered; those of the notebook by default.
    folder
        Whose files are listed, and where the image is written unless another place is given; the kernel's by default.

    Attributes
    ----------
    state : str
        "empty" (nothing chosen), "loading", "wrong" (something is to be mended), "ready", "writing", "cancelled",
        "failed" or "done". Can be observed.
    image : Image or None
        What was written last.

    Examples
    --------
    >>> wizard = omezarr_nb.ImageWizard("cells.png")  # doctest: +SKIP
    >>> wizard.plan.levels[0].shape  # doctest: +SKIP
    (2048, 2048)
    """

    state = traitlets.Enum(get_args(State), "empty")
    image = traitlets.Instance(Image, allow_none=True)

    def __init__(
        self, source: Any = None, *, namespace: Mapping[str, Any] | None = None, folder: str | Path | None = None
    ) -> None:
        self._lock = threading.RLock()
        self._variables = notebook_variables if namespace is None else lambda: namespace
        self._folder = Path(folder).expanduser().resolve() if folder is not None else Path.cwd()
        self._form = ImageForm()
        self._decision = Decision()
        self._seen: set[int] = {0}
        self._stale = False  # the form says what has not been acted upon
        self._writing = False
        self._offered = ("", "")  # a target that was chosen because the first choice was taken, and words about it
        self._known: set[str] = set()  # targets that turned out to exist
        self._typing = Debounce(self._decide, _TYPING)
        self._loader: Latest[Source] = Latest(self._loaded)
        self._writer = Writer(self._progress, self._ended)
        self._source = SourcePart(
            self._changed,
            on_file=lambda path: self._load(path.name, lambda: read_picture(path)),
            on_array=lambda name, value: self._load(name, lambda: array_source(value, name)),
            variables=self._variables,
            folder=self._folder,
        )
        self._axes, self._size = AxesPart(self._changed), SizePart(self._changed)
        self._levels, self._target = LevelsPart(self._changed), TargetPart(self._changed)
        self._parts = (self._source, self._axes, self._size, self._levels, self._target)
        self.frame = Frame(
            [
                Step("Picture", "Which pixels?", self._source.body, frozenset({"source"})),
                Step("Axes", "What is each dimension?", self._axes.body, frozenset({"axes", "order", "channels"})),
                Step("Pixel size", "How large is a pixel?", self._size.body, frozenset({"size"})),
                Step("Levels", "How many levels?", self._levels.body, frozenset({"levels", "method"})),
                Step("Write", "Where to?", self._target.body, frozenset({"target"})),
            ],
            on_step=self._stepped,
            on_act=self._write,
            on_cancel=self._writer.cancel,
        )
        super().__init__([self.frame])
        self._fill()
        self._decide()
        if source is not None:
            self._preset(source)

    @property
    def plan(self) -> WritePlan | None:
        """What would be written as the form now stands; None while something is missing or wrong."""
        self._settle()
        return self._decision.plan

    @property
    def code(self) -> str:
        """The code that writes the same image; "" while something is missing or wrong."""
        self._settle()
        return self._decision.code

    def close(self) -> None:
        """Take the form off the page. A write that is going on is cancelled."""
        self._typing.drop()
        self._loader.drop()
        self._writer.cancel()
        super().close()

    def _preset(self, source: Any) -> None:
        """Choose what was passed; what cannot be meant is an error at once and no state of the form."""
        if isinstance(source, str | Path):
            path = (self._folder / Path(source).expanduser()).resolve()
            self._source.show_file(path)
            self._load(path.name, lambda: read_picture(path))
            return
        name = next((name for name, value in arrays_in(self._variables()).items() if value is source), None)
        taken_in = array_source(source, name)
        self._source.show_array(name)
        self._take(taken_in)

    def _load(self, title: str, load: Any) -> None:
        with self._lock:
            if self._writing:
                return
            self.state = "loading"
            self._source.show_chosen(None, loading=title)
            self.frame.next.disabled = True
            self.frame.show_message("")
            self._close_result()  # it belongs to what was chosen before
        self._loader.start(load)

    def _loaded(self, end: Source | Exception) -> None:
        with self._lock:
            self.frame.next.disabled = False
            if isinstance(end, Source):
                self._take(end)
                return
            words = error_words(end)
            self._form, self._decision = ImageForm(), Decision(troubles=(Trouble("source", words),))
            self._fill()
            self._source.show_chosen(None, error=words)
            self._show()
            self.state = "wrong"

    def _take(self, source: Source) -> None:
        with self._lock:
            target, words = first_target(self._folder, source.stem)
            self._form, self._offered = first_form(source, target=target), (target, words)
            self._seen = {0}
            self._fill()
            self._decide()

    def _fill(self) -> None:
        for part in self._parts:
            part.fill(self._form)

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
            form = self._form
            if form.target.strip():
                kept = kept_words(form.target, form.version)
                there = form.target in self._known or taken(form.target)
                form = replace(form, taken=there, kept=kept, replace=form.replace and not kept)
            self._form, self._decision = form, self._placed(form, decide(form))
            self._show()
            self.frame.show_message("")
            if self.frame.results and self.image is not None:
                self.frame.label_result(f"Written before: {_written(self.image)}")
            self.state = "empty" if form.source is None else "ready" if self._decision.ready else "wrong"

    def _placed(self, form: ImageForm, decision: Decision) -> Decision:
        """Add what forbids writing to the target to what is wrong with its name."""
        if decision.plan is None or any(trouble.field == "target" for trouble in decision.troubles):
            return decision
        problems = place_problems(form.target, decision.plan.nbytes)
        return replace(decision, troubles=(*decision.troubles, *(Trouble("target", words) for words in problems)))

    def _show(self) -> None:
        form = self._form
        for part in self._parts:
            part.show(form, self._decision)
        if form.taken:
            self._target.offer(other_target(form.target, form.source.stem if form.source else "image"))
        words = place_words(form.target) if self._decision.ready else ""
        self._target.note(f"{self._offered[1]} {words}".strip() if form.target == self._offered[0] else words)
        self._show_plan()
        self._show_marks()
        self._show_act()

    def _show_plan(self) -> None:
        plan, form = self._decision.plan, self._form
        if plan is not None:
            self.frame.show_plan(to_html(plan))
        elif form.source is None:
            self.frame.show_plan(note("Nothing yet: choose a picture or an array."))
        else:
            words = [note(trouble.message, "oz-trouble") for trouble in self._decision.troubles]
            self.frame.show_plan(note("There is no plan until this is mended:") + "".join(words))
        self.frame.show_code(self._decision.code)

    def _show_marks(self, all_done: bool = False) -> None:
        wrong = {trouble.field.partition(":")[0] for trouble in self._decision.troubles}
        last = len(self.frame.steps) - 1  # done by writing, and not by having been looked at
        seen = self._seen - {self.frame.step, last} if self._form.source is not None else set()
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
        where = resolved(self._form.target)
        words = f"{'Try again: write' if again else 'Write'} {bytes_text(plan.nbytes)} to"
        self.frame.show_act(f"{words} {elide(where, 40)}", enabled=self._decision.ready, tooltip=f"{words} {where}")

    def _stepped(self, index: int) -> None:
        self._settle()
        with self._lock:
            if index == 0 and not self._writing:
                self._source.refresh()
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
            self._writer.start(self._decision.plan)

    def _progress(self, progress: Progress) -> None:
        with self._lock:
            if self._writing:
                self.frame.show_progress(progress.fraction, progress_words(progress))

    def _ended(self, end: Image | Exception) -> None:
        """Show how a write ended; called in its thread. The state comes last: who waits for it finds all the rest."""
        with self._lock:
            self._writing = False
            for part in self._parts:
                part.freeze(False)
            self.frame.show_progress(None)
            self._source.refresh()
            if isinstance(end, Image):
                self.image = end
                self.frame.act.disabled = True
                self._show_result(end)
                self._seen = set(range(len(self.frame.steps)))
                self._show_marks(all_done=True)
                self.state = "done"
            elif isinstance(end, WriteCancelledError):
                self._show_act()
                self.frame.show_message(error_words(end))
                self.state = "cancelled"
            else:
                if isinstance(end, TargetExistsError):  # it came to be meanwhile, or is a URL
                    self._known.add(self._form.target)
                    self._decide()
                self._show_act(again=True)
                self.frame.show_message(error_words(end), "oz-trouble")
                self.state = "failed"

    def _show_result(self, image: Image) -> None:
        words = f"Written: {_written(image)}"
        try:
            self.frame.show_result(image.view())
        except Exception as error:  # the image is written, whatever the view says
            words += f" It cannot be viewed here: {error_words(error)}"
        self.frame.show_message(words, "oz-good")

    def _close_result(self) -> None:
        for widget in self.frame.results:
            widget.close()
        self.frame.show_result(None)


def _written(image: Image) -> str:
    count = len(image.levels)
    return f"{count} level{'' if count == 1 else 's'} at {image.where}."
