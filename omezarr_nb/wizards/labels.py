"""`LabelsWizard`: labels of an image from an array or from its own pixels, with names, colours and properties."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np

from omezarr_nb.core.code import Code, expression, literal
from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.label_tables import colors_by
from omezarr_nb.core.segmenting import segment, threshold_of
from omezarr_nb.core.writing.label_plan import LabelsPlan, plan_labels
from omezarr_nb.display.words import bytes_text, elide
from omezarr_nb.errors import ArgumentTypeError, OMEZarrError
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.wizards.given import check_given
from omezarr_nb.wizards.labels_form import ARRAY, LabelsForm
from omezarr_nb.wizards.parts.describe import DescribePart
from omezarr_nb.wizards.parts.objects import ObjectsPart
from omezarr_nb.wizards.preview import Look, look_at, part_in_view
from omezarr_nb.wizards.steps import Step
from omezarr_nb.wizards.store import Loaded, StoreWizard, load_store
from omezarr_nb.wizards.troubles import Decision, Trouble
from omezarr_nb.wizards.verdict import verdict
from omezarr_nb.wizards.work import Debounce, Latest, error_words

__all__ = ["LabelsForm", "LabelsWizard"]


class LabelsWizard(StoreWizard):
    """A form that makes labels of an image: from an array, or by threshold, watershed or connected components.

    Parameters
    ----------
    source
        The image: a path, a URL, or what `omezarr_nb.open` returned. None lets the person choose.
    labels
        An array of integers, in place of segmenting the image.
    viewer
        A view of the image: objects are previewed in what it shows. Its image is taken where no source is given.
    namespace
        The variables that are offered; those of the notebook by default.
    folder
        Whose images are listed; the kernel's by default.
    **form
        What else the form says at first, by the names of `LabelsForm`: ``name``, ``how``, ``threshold``, ``table``, ...

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.eye(64, dtype="uint8"), "cells.ome.zarr")
    >>> wizard = omezarr_nb.LabelsWizard("cells.ome.zarr", how="watershed", name="nuclei")
    >>> wizard.plan.run()  # doctest: +SKIP
    """

    nothing = "Nothing yet: choose the image that the labels are of."

    def __init__(
        self,
        source: Any = None,
        *,
        labels: Any = None,
        viewer: ImageViewer | None = None,
        namespace: Mapping[str, Any] | None = None,
        folder: str | Path | None = None,
        **form: Any,
    ) -> None:
        check_given(self, LabelsForm, form)
        self._choose_from(namespace, folder)
        self._given = {**form, **({} if labels is None else {"how": ARRAY, "array": labels, "array_name": "labels"})}
        if viewer is not None and not (isinstance(viewer, ImageViewer) and isinstance(viewer.image, Image)):
            raise ArgumentTypeError("This is no view of an image.", where="viewer", found=type(viewer).__name__)
        self._viewer = viewer
        self._looked: tuple[object, int, str] | None = None
        self._thresholds: dict[tuple[str, int], float] = {}
        self._looker: Latest[tuple[Look, float, bool]] = Latest(self._has_looked)
        self._moving = Debounce(self._look_where_it_is, 0.3)
        self._objects = ObjectsPart(self._changed, self._variables)
        self._describe = DescribePart(self._changed, self._variables, self._folder)
        steps = [
            Step("Image", "Of which image?", self._store.body, frozenset({"source"})),
            Step("Objects", "What are the objects?", self._objects.body, frozenset({"array", "numbers"})),
            Step("Write", "What are they called?", self._describe.body, frozenset({"name", "table", "color"})),
        ]
        parts = (self._store, self._objects, self._describe)
        super().__init__(LabelsForm(), Decision(), parts, steps)
        self._preset(viewer.image if source is None and viewer is not None else source)
        if viewer is not None:
            viewer.observe(self._moved, ["center", "zoom", "indices"])

    def _drop(self) -> None:
        if self._viewer is not None:
            self._viewer.unobserve(self._moved, ["center", "zoom", "indices"])
        self._moving.drop()
        self._looker.drop()
        super()._drop()

    def _first(self, loaded: Loaded) -> LabelsForm:
        self._looked = None
        self._thresholds = {}
        return LabelsForm(loaded, **self._given)

    def _follow(self, form: LabelsForm) -> Decision:
        return Decision() if form.loaded is None else follow(form)

    def _decide(self) -> None:
        super()._decide()
        self._look_again()

    def _stepped(self, index: int) -> None:
        super()._stepped(index)
        with self._lock:
            if not self._writing:  # a cell may have made more
                self._objects.refresh()
                self._describe.refresh()
            self._look_again()

    def _look_again(self) -> None:
        """Read the middle of the image and a threshold, where the step that is shown needs them."""
        form, frame = self._form, getattr(self, "frame", None)
        image = form.image
        if frame is None or image is None or frame.steps[frame.step].title != "Objects" or form.how == ARRAY:
            return
        part = self._part(image)
        wanted = (image, form.channel, repr(part))
        if self._looked != wanted:
            self._looked = wanted
            self._form = replace(form, unseen="")
            axes, channel = [axis.name for axis in image.axes], form.channel
            known = self._thresholds.get((image.where, channel))

            def look() -> tuple[Look, float, bool]:
                threshold = threshold_of(image, channel) if known is None else known
                self._thresholds[image.where, channel] = threshold
                return look_at(image, axes, part), threshold, part is not None

            self._looker.start(look)

    def _part(self, image: Image) -> dict[str, tuple[int, int]] | None:
        """Return what the view shows, where there is one of this image."""
        viewer = self._viewer
        if viewer is None or viewer.image.where != image.where:
            return None
        return part_in_view(viewer)

    def _moved(self, _: object) -> None:
        self._moving.ask()

    def _look_where_it_is(self) -> None:
        with self._lock:
            self._look_again()

    def _has_looked(self, end: tuple[Look, float, bool] | Exception) -> None:
        with self._lock:
            if isinstance(end, Exception):
                self._form = replace(self._form, unseen=f"The pixels cannot be read: {error_words(end)}")
            else:
                self._form = replace(self._form, look=end[0], otsu=end[1], in_view=end[2])
            self._objects.show(self._form, self._decision)

    def _ended(self, end: Any) -> None:
        if isinstance(end, LabelImage) and self._form.loaded is not None:  # the image has them now
            self._form = replace(self._form, loaded=load_store(self._form.loaded.where))
        super()._ended(end)

    def _act_words(self, plan: LabelsPlan) -> tuple[str, str]:
        words = f"Write {bytes_text(plan.nbytes)} to"
        return f"{words} labels/{elide(plan.label_name, 40)}", f"{words} {plan.where}"

    def _done_words(self, result: Any) -> str:
        return f"Written: {result.where}. {verdict(result)}"

    def _view(self, result: Any) -> ipywidgets.Widget | None:  # noqa: ARG002 - its image is shown
        from omezarr_nb.core.reader import open as open_any

        return open_any(self._form.loaded.opened.location).view()


def follow(form: LabelsForm) -> Decision:
    """Return what follows from a form; no pixels are computed."""
    image, troubles = form.image, []
    if image is None:
        return Decision(troubles=(Trouble("source", "Labels are of an image. Choose one."),))
    if form.how == ARRAY and form.array is None:
        return Decision(troubles=(Trouble("array", "Choose an array of whole numbers."),))
    numbers = form.numbers()
    if isinstance(numbers, str):
        return Decision(troubles=(Trouble("numbers", numbers),))
    try:
        properties = form.described()
    except OMEZarrError as error:
        return Decision(troubles=(Trouble("table", str(error)),))
    options: dict[str, Any] = {}
    described: dict[str, Any] = {"properties": properties} if properties else {}
    if properties and form.color:
        described["colors"] = colors_by(properties, form.color)
    options |= {"label_metadata": described} if described else {}
    if form.taken and not form.replace:
        words = f"The image has labels called “{form.name}”. They are left alone unless you tick “replace”."
        troubles.append(Trouble("name", words))
    options |= {"overwrite": True} if form.taken and form.replace else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they stand in the plan
            plan = plan_labels(_labels(form, image, numbers), image, form.name.strip(), **options)
    except OMEZarrError as error:
        field = "name" if str(error.where or "") == "name" else "array" if form.how == ARRAY else "numbers"
        return Decision(troubles=(*troubles, Trouble(field, str(error))))
    return Decision(plan, tuple(troubles), _code(form, plan))


def _labels(form: LabelsForm, image: Image, numbers: Mapping[str, float | None]) -> Any:
    if form.how == ARRAY:
        return form.array.astype("uint8") if _is_mask(form.array) else form.array
    threshold = numbers["threshold"] if numbers["threshold"] is not None else form.otsu
    settings = {name: int(numbers[name] or 0) for name in ("smallest", "distance")}
    return segment(
        image,
        form.how,  # type: ignore[arg-type] # one of its names
        channel=form.channel,
        threshold=threshold,
        smooth=float(numbers["smooth"] or 0),
        **settings,
    )


def _is_mask(array: Any) -> bool:
    """Return whether an array says yes or no of each pixel, and can be made one of labels: 1 and 0."""
    return getattr(array, "dtype", None) == np.dtype(bool) and hasattr(array, "astype")


def _code(form: LabelsForm, plan: LabelsPlan) -> str:
    """Return the code; a table is read by it, and not written into it."""
    assert plan.asked is not None
    call = plan.asked
    (name, given), (_, image), *_ = call.positional.items()
    shown, opened = expression(given, name), expression(image, "image")
    if form.how == ARRAY and form.array_name:
        shown = Code(f'{form.array_name}.astype("uint8")' if _is_mask(form.array) else form.array_name)
    lines: list[str] = [*shown.lines, *opened.lines]
    if str(opened) in str(shown):  # it is opened once
        lines.append(f"image = {opened}")
        shown, opened = Code(shown.replace(opened, "image")), Code("image")
    options = call.options
    table = form.table_name or (literal(form.table) if form.table and isinstance(form.table, str) else "")
    if table and "label_metadata" in options:
        lines.append(f"properties = omezarr_nb.properties_of({table})")
        colors = f', "colors": omezarr_nb.colors_by(properties, {literal(form.color)})' if form.color else ""
        options = {**options, "label_metadata": Code(f'{{"properties": properties{colors}}}')}
    first = Code(shown, lines=list(dict.fromkeys(lines)))
    positional = {**call.positional, name: first, "image": Code(opened)}
    return replace(call, positional=positional, options=options).to_code()
