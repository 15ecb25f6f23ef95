"""`ImageWizard`: pictures, files or an array become an OME-Zarr image, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets
import traitlets

from omezarr_nb.core.image import Image
from omezarr_nb.core.pyramid.sampling import Sample, measure
from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.display.words import bytes_text, count, elide
from omezarr_nb.errors import InvalidArgumentError, WriteCancelledError
from omezarr_nb.wizards.base import State, Wizard
from omezarr_nb.wizards.decide import ImageDecision, decide
from omezarr_nb.wizards.form import ImageForm, first_form
from omezarr_nb.wizards.given import check_given
from omezarr_nb.wizards.parts.axes import AxesPart
from omezarr_nb.wizards.parts.channels import ChannelsPart
from omezarr_nb.wizards.parts.levels import LevelsPart
from omezarr_nb.wizards.parts.size import SizePart
from omezarr_nb.wizards.parts.source import SourcePart
from omezarr_nb.wizards.parts.storage import StoragePart
from omezarr_nb.wizards.parts.target import TargetPart
from omezarr_nb.wizards.pictures import is_store, read_files, read_picture
from omezarr_nb.wizards.place import (
    first_target,
    kept_words,
    left_regions,
    other_target,
    place_words,
    resolved,
    with_place,
)
from omezarr_nb.wizards.preview import Look, look_at
from omezarr_nb.wizards.sources import Source, array_source, arrays_in, notebook_variables
from omezarr_nb.wizards.steps import Step
from omezarr_nb.wizards.troubles import Trouble
from omezarr_nb.wizards.verdict import verdict
from omezarr_nb.wizards.work import Latest, error_words

__all__ = ["ImageWizard", "State"]

#: Steps that show pixels, and the one that shows how far they can be compressed.
_LOOKING, _MEASURING = ("Channels", "Levels"), ("Storage",)


class ImageWizard(Wizard):
    """A form that turns picture files or an array of the notebook into an OME-Zarr image.

    It shows at every step what would be written and the code that does the same, and writes in a thread: the form can
    cancel it, and a cancelled or failed write leaves nothing behind.

    Parameters
    ----------
    source
        The path of a picture (PNG, JPEG, TIFF, BMP, GIF, NPY, Zarr), a pattern of files (``"run7/*.tif"``), an array,
        or an `Image`. None, or a folder, lets the person choose.
    axes
        What the dimensions of the source are, such as "zyx", in its order; guessed by default.
    namespace
        The variables that are offered; those of the notebook by default.
    folder
        Whose files are listed, and where the image is written unless another place is given; the kernel's by default.
    **form
        What else the form says at first, by the names of `omezarr_nb.wizards.form.ImageForm`: ``target``, ``version``,
        ``levels``, ``purpose``, ...

    Attributes
    ----------
    state : str
        "empty" (nothing chosen), "loading", "wrong" (something is to be mended), "ready", "writing", "cancelled",
        "failed" or "done". Can be observed.
    image : Image or None
        What was written last.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> wizard = omezarr_nb.ImageWizard(np.zeros((512, 512), "uint8"))  # or "cells.png"
    >>> wizard.plan.levels[0].shape
    (512, 512)
    """

    image = traitlets.Instance(Image, allow_none=True)
    nothing = "Nothing yet: choose a picture or an array."

    def __init__(
        self,
        source: Any = None,
        *,
        axes: str | None = None,
        namespace: Mapping[str, Any] | None = None,
        folder: str | Path | None = None,
        **form: Any,
    ) -> None:
        check_given(self, ImageForm, form)
        self._variables = notebook_variables if namespace is None else lambda: namespace
        self._folder = Path(folder).expanduser().resolve() if folder is not None else Path.cwd()
        self._given = {**form, **({} if axes is None else {"names": tuple(axes)})}
        self._offered = ("", "")  # a target that was chosen because the first choice was taken, and words about it
        self._looked: tuple[object, tuple[str, ...]] | None = None
        self._samples: dict[str, Sample] = {}
        self._looker: Latest[Look] = Latest(self._has_looked)
        self._measurer: Latest[tuple[str, Sample]] = Latest(self._has_measured)
        self._source = SourcePart(
            self._changed,
            on_file=lambda path: self._open(path.name, lambda: read_picture(path)),
            on_files=lambda pattern, axis: self._open(pattern, lambda: read_files(pattern, axis, self._folder)),
            on_array=lambda name, value: self._open(name, lambda: array_source(value, name)),
            variables=self._variables,
            folder=self._folder,
        )
        self._axes, self._size = AxesPart(self._changed), SizePart(self._changed)
        self._channels, self._storage = ChannelsPart(self._changed), StoragePart(self._changed)
        self._levels = LevelsPart(self._changed)
        self._target = TargetPart(self._changed, found=self._found)
        self.resume = ipywidgets.Checkbox(indent=False, layout={"width": "auto"})
        self._target.body.children = (*self._target.body.children[:2], self.resume, *self._target.body.children[2:])
        self._target.on(self.resume, "value", lambda value: self._changed(resume=value))
        steps = [
            Step("Picture", "Which pixels?", self._source.body, frozenset({"source"})),
            Step("Axes", "What is each dimension?", self._axes.body, frozenset({"axes", "order"})),
            Step("Pixel size", "How large is a pixel?", self._size.body, frozenset({"size"})),
            Step(
                "Channels", "How are channels called and shown?", self._channels.body, frozenset({"channels", "limits"})
            ),
            Step("Levels", "How many levels?", self._levels.body, frozenset({"levels", "method"})),
            Step("Storage", "How is it stored?", self._storage.body, frozenset({"chunks", "shards", "compression"})),
            Step("Write", "Where to?", self._target.body, frozenset({"target"})),
        ]
        parts = (self._source, self._axes, self._size, self._channels, self._levels, self._storage, self._target)
        super().__init__(ImageForm(), ImageDecision(), parts, steps)
        if source is not None:
            self._preset(source)

    def _drop(self) -> None:
        self._looker.drop()
        self._measurer.drop()
        super()._drop()

    def _preset(self, source: Any) -> None:
        """Choose what was passed; what cannot be meant is an error at once and no state of the form."""
        if isinstance(source, str) and any(mark in source for mark in "*?["):
            self._source.show_pattern(source)
            self._open(source, lambda: read_files(source, self._source.along.value, self._folder))
            return
        if isinstance(source, str | Path):
            path = (self._folder / Path(source).expanduser()).resolve()
            if path.is_dir() and not is_store(path):
                self._source.show_folder(path)
                return
            self._source.show_file(path)
            self._open(path.name, lambda: read_picture(path))
            return
        name = next((name for name, value in arrays_in(self._variables()).items() if value is source), None)
        taken_in = array_source(source, name)
        self._source.show_array(name)
        self._take(taken_in)

    def _open(self, title: str, load: Any) -> None:
        if not self._writing:
            self._source.show_chosen(None, loading=title)
            self._load(load)

    def _take(self, loaded: Source) -> None:
        with self._lock:
            target, words = first_target(self._folder, loaded.stem)
            self._form, self._offered = replace(first_form(loaded, target=target), **self._given), (target, words)
            self._seen, self._looked = {0}, None
            self._fill()
            self._decide()
            self._look_again()

    def _refuse(self, words: str) -> None:
        self._form, self._decision = ImageForm(), ImageDecision(troubles=(Trouble("source", words),))
        self._fill()
        self._source.show_chosen(None, error=words)
        self._show()

    def _empty(self, form: ImageForm) -> bool:
        return form.source is None

    def _look(self, form: ImageForm) -> ImageForm:
        if not form.target.strip():
            return replace(form, taken=False, kept="", left=0, replace=False)
        kept = kept_words(form.target, form.version)
        there, left = self._is_there(form.target), left_regions(form.target)
        return replace(form, taken=there, kept=kept, left=left, replace=form.replace and not kept)

    def _follow(self, form: ImageForm) -> ImageDecision:
        """Decide, add what forbids writing to the target, and what a sample has shown."""
        decision = decide(form)
        plan = decision.plan
        if plan is None:
            return decision
        sample = self._samples.get(_key(form, plan))
        if sample is not None:
            decision = replace(decision, plan=replace(plan, sample=sample))
        return with_place(decision, form.target)

    def _shown(self) -> None:
        form = self._form
        if form.taken:
            self._target.offer(other_target(form.target, form.source.stem if form.source else "image"))
        self.resume.layout.display = None if form.left else "none"
        self.resume.description = f"go on with the write that was broken off here ({count(form.left, 'region')} done)"
        with self._target.filling():
            self.resume.value = form.resume
        words = place_words(form.target) if self._decision.ready else ""
        self._target.note(f"{self._offered[1]} {words}".strip() if form.target == self._offered[0] else words)

    def _act_words(self, plan: WritePlan) -> tuple[str, str]:
        where = resolved(self._form.target)
        words = f"{'Go on writing' if self._run_options() else 'Write'} {bytes_text(plan.nbytes)} to"
        return f"{words} {elide(self._form.target.strip(), 60)}", f"{words} {where}"

    def _run_options(self) -> dict[str, Any]:
        return {"resume": True} if self._form.left and self._form.resume else {}

    def _cancelled_words(self, error: WriteCancelledError) -> str:
        if self._form.left:  # seen again since
            return "Cancelled. What is written stays, to go on with."
        return super()._cancelled_words(error)

    def _done_words(self, result: Image) -> str:
        return f"Written: {count(len(result.levels), 'level')} at {result.where}. {verdict(result)}"

    def _stepped(self, index: int) -> None:
        super()._stepped(index)
        with self._lock:
            if index == 0 and not self._writing:
                self._source.refresh()
            self._look_again()

    def _decide(self) -> None:
        super()._decide()
        self._look_again()

    def _ended(self, end: Any) -> None:
        if isinstance(end, Image):
            self.image = end
            self._form = replace(self._form, left=0)
            self.resume.layout.display = "none"
        elif isinstance(end, InvalidArgumentError) and self._run_options():  # another write was broken off: begin anew
            self._form = replace(self._form, resume=False)
            with self._target.filling():
                self.resume.value = False
        super()._ended(end)

    def _look_again(self) -> None:
        """Read what the step that is shown needs, in a thread, where it has not been read yet."""
        frame = getattr(self, "frame", None)
        form = self._form
        if frame is None or self._writing or form.source is None:
            return
        title, array, plan = frame.steps[frame.step].title, form.source.array, self._decision.plan
        wanted = (form.source, form.names)
        if title in _LOOKING and self._looked != wanted and {"y", "x"} <= set(form.names):
            self._looked = wanted
            self._form = replace(form, look=None, unseen="")
            self._looker.start(lambda: look_at(array, form.names))
        if title in _MEASURING and plan is not None and plan.source.in_order is None:
            key = _key(form, plan)
            if key not in self._samples and not form.measuring:
                self._form = replace(self._form, measuring=True)
                self._storage.show(self._form, self._decision)
                self._measurer.start(lambda: (key, measure(plan)))

    def _has_looked(self, end: Look | Exception) -> None:
        with self._lock:
            if isinstance(end, Look):
                self._form = replace(self._form, look=end)
            else:  # the write would say so, too
                self._form = replace(self._form, unseen=f"The pixels cannot be read: {error_words(end)}")
            for part in (self._channels, self._levels):
                part.show(self._form, self._decision)
            if self._form.windows and not self._writing:  # a limit that was typed alone goes with what was seen
                self._decide()

    def _has_measured(self, end: tuple[str, Sample] | Exception) -> None:
        with self._lock:
            self._form = replace(self._form, measuring=False)
            if isinstance(end, Exception):
                return
            self._samples[end[0]] = end[1]
            self._decide()


def _key(form: ImageForm, plan: WritePlan) -> str:
    """Return what decides how far pixels can be compressed."""
    level = plan.levels[0]
    return repr((id(form.source), form.order, level.chunks, level.shards, level.compressors, plan.fmt.zarr_format))
