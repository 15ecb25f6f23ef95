"""`LabelsWizard`: labels of an image from an array or from its own pixels, with names, colours and properties."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np

from omezarr_nb.core.code import Code
from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.label_tables import colors_by, properties_of
from omezarr_nb.core.segmenting import HOW, segment, segment_pixels, threshold_of
from omezarr_nb.core.writing.label_plan import LabelsPlan, plan_labels
from omezarr_nb.display.html import element, join
from omezarr_nb.display.png import data_uri, encode_png
from omezarr_nb.display.words import bytes_text, count, elide
from omezarr_nb.errors import ArgumentTypeError, OMEZarrError
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.wizards.form import parse_limit
from omezarr_nb.wizards.given import check_given
from omezarr_nb.wizards.parts.part import Change, Part, set_choices
from omezarr_nb.wizards.preview import Look, look_at, part_in_view
from omezarr_nb.wizards.sources import arrays_in
from omezarr_nb.wizards.steps import Field, Step, note, row
from omezarr_nb.wizards.store import Loaded, StoreWizard, load_store
from omezarr_nb.wizards.troubles import Decision, Trouble
from omezarr_nb.wizards.verdict import verdict
from omezarr_nb.wizards.work import Debounce, Latest

__all__ = ["LabelsForm", "LabelsWizard"]

_LABEL = {"description_width": "104px"}
_WIDE = {"width": "340px", "max_width": "100%"}
_ARRAY = "array"


@dataclass(frozen=True, slots=True, eq=False)
class LabelsForm:
    """What the form says.

    Parameters
    ----------
    loaded
        The image.
    how
        "array", "components", "watershed" or "threshold".
    array, array_name
        Labels of the notebook.
    channel
        That is segmented.
    threshold, smooth, smallest, distance
        As typed; an empty threshold is Otsu's, which is `otsu`.
    name
        Of the labels.
    table
        Path of a CSV file with properties, or a table of the notebook.
    color
        The property that colours are by; "" for colours by id.
    look
        A part of the pixels, once it has been read.
    unseen
        Why it cannot be read, in words; "" where it can be, or nobody has tried.
    in_view
        Whether that part is what a view shows.
    replace
        Whether labels of the name may be replaced.
    """

    loaded: Loaded | None = None
    how: str = "components"
    array: Any = None
    array_name: str = ""
    channel: int = 0
    threshold: str = ""
    smooth: str = "1"
    smallest: str = "20"
    distance: str = "5"
    otsu: float | None = None
    name: str = "objects"
    table: Any = ""
    color: str = ""
    look: Look | None = None
    unseen: str = ""
    in_view: bool = False
    replace: bool = False

    @property
    def image(self) -> Image | None:
        """The image, where it is one that can have labels."""
        opened = self.loaded.opened if self.loaded is not None else None
        return opened if isinstance(opened, Image) and not isinstance(opened, LabelImage) else None

    @property
    def taken(self) -> bool:
        """Whether the image has labels of this name."""
        return self.image is not None and self.name.strip() in self.image.labels

    def numbers(self) -> dict[str, float | None] | str:
        """Return the settings of the segmentation, or what is wrong with them."""
        found: dict[str, float | None] = {}
        for name in ("threshold", "smooth", "smallest", "distance"):
            value = parse_limit(getattr(self, name))
            if isinstance(value, str):
                return f"{name}: {value}"
            if value is not None and value < 0 and name != "threshold":
                return f"{name}: 0 or more."
            found[name] = value if value is not None or name == "threshold" else 0.0
        return found


class ObjectsPart(Part):
    """Where the objects come from, with a picture that follows."""

    def __init__(self, change: Change, variables: Any) -> None:
        super().__init__(change)
        self._variables = variables
        self.how = ipywidgets.Dropdown(
            options=[
                ("connected regions", "components"),
                ("regions parted at waists (watershed)", "watershed"),
                ("all that is bright (threshold)", "threshold"),
                ("an array of the notebook", _ARRAY),
            ],
            description="objects are",
            style=_LABEL,
            layout=_WIDE,
        )
        self._how = Field(self.how, name="how")
        self.arrays = ipywidgets.Dropdown(options=[], description="array", style=_LABEL, layout=_WIDE)
        self._array = Field(self.arrays, name="array")
        self.channel = ipywidgets.Dropdown(
            options=[("channel 0", 0)], description="channel", style=_LABEL, layout=_WIDE
        )
        texts = {
            "threshold": ("threshold", "pixel value above which a pixel is bright; empty for Otsu's"),
            "smooth": ("smoothing", "pixels; 0 for none"),
            "smallest": ("smallest", "pixels; smaller objects are left out"),
            "distance": ("distance", "pixels between two centres, at least"),
        }
        self.texts = {
            name: ipywidgets.Text(description=words, tooltip=hint, style=_LABEL, layout={"width": "204px"})
            for name, (words, hint) in texts.items()
        }
        self._numbers = Field(row(*self.texts.values()), name="numbers")
        self.preview = ipywidgets.HTML()
        self.fields = [self._array, self._numbers]
        self.body.children = (self._how, self._array, self.channel, self._numbers, self.preview)
        self.on(self.how, "value", lambda value: self._change(how=value))
        self.on(self.arrays, "value", self._take_array)
        self.on(self.channel, "value", lambda value: self._change(channel=value))
        for name, control in self.texts.items():
            self.on(control, "value", lambda value, name=name: self._change(typed=True, **{name: value}))  # type: ignore[misc] # of a lambda

    def fill(self, form: LabelsForm) -> None:
        """Show what the form says."""
        channels = form.image.channels if form.image is not None else ()
        names = [(elide(channel.label, 40) or f"channel {index}", index) for index, channel in enumerate(channels)]
        with self.filling():
            self.how.value = form.how
            set_choices(self.channel, names or [("channel 0", 0)], form.channel)
            for name, control in self.texts.items():
                control.value = getattr(form, name)
            self._list(form.array_name)

    def refresh(self) -> None:
        """List the arrays of the notebook."""
        with self.filling():
            self._list(str(self.arrays.value or ""))

    def show(self, form: LabelsForm, decision: Decision) -> None:
        """Show the controls of the way that is chosen, and how it looks."""
        super().show(form, decision)
        array = form.how == _ARRAY
        words = HOW.get(form.how, "whole numbers, 0 where there is none")
        self._how.say(note_=f"{words[:1].upper()}{words[1:]}.")
        self._array.layout.display = None if array else "none"
        for widget in (self.channel, self._numbers):
            widget.layout.display = "none" if array else None
        self.texts["distance"].layout.display = None if form.how == "watershed" else "none"
        self.texts["threshold"].placeholder = "" if form.otsu is None else f"{form.otsu:g}"
        if form.image is None:
            self.preview.value = note("Choose an image first.")
        elif array:
            self.preview.value = ""
        else:
            self.preview.value = _preview(form)

    def _list(self, chosen: str) -> None:
        names = [
            name
            for name, value in arrays_in(self._variables()).items()
            if not isinstance(value, Image) and np.dtype(value.dtype).kind in "iub"
        ]
        set_choices(self.arrays, [("choose", ""), *((name, name) for name in names)], chosen if chosen in names else "")

    def _take_array(self, name: str) -> None:
        value = self._variables().get(name) if name else None
        self._change(array=value, array_name=name or "")


class DescribePart(Part):
    """Name, properties and colours."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self.name = ipywidgets.Text(description="name", style=_LABEL, layout=_WIDE)
        self._name = Field(self.name, name="name")
        self.replace = ipywidgets.Checkbox(indent=False, layout={"width": "auto"})
        self.table = ipywidgets.Text(
            description="properties", placeholder="objects.csv", continuous_update=False, style=_LABEL,
            layout={"width": "100%"},
        )  # fmt: skip
        self._table = Field(self.table, name="table")
        self.color = ipywidgets.Dropdown(options=[("by id", "")], description="colours", style=_LABEL, layout=_WIDE)
        self._color = Field(self.color, name="color")
        self.fields = [self._name, self._table, self._color]
        self.body.children = (self._name, self.replace, self._table, self._color)
        self.on(self.name, "value", lambda value: self._change(typed=True, name=value, replace=False))
        self.on(self.replace, "value", lambda value: self._change(replace=value))
        self.on(self.table, "value", lambda value: self._change(table=value, color=""))
        self.on(self.color, "value", lambda value: self._change(color=value))

    def fill(self, form: LabelsForm) -> None:
        """Show what the form says."""
        with self.filling():
            self.name.value = form.name
            self.replace.value = form.replace
            self.table.value = form.table if isinstance(form.table, str) else "(a table of the notebook)"

    def show(self, form: LabelsForm, decision: Decision) -> None:
        """Offer the properties that a table has."""
        super().show(form, decision)
        self.replace.layout.display = None if form.taken else "none"
        self.replace.description = f"replace the labels {elide(form.name, 40)}"
        properties = _properties(form)
        names = list(dict.fromkeys(name for entry in properties or () for name in entry if name != "label-value"))
        with self.filling():
            self.replace.value = form.replace
            options = [("by id", ""), *((f"by {elide(name, 40)}", name) for name in names)]
            set_choices(self.color, options, form.color if form.color in names else "")
        self._table.say(note_=f"{count(len(properties), 'object')} in the table" if properties else "")


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
        self._given = {**form, **({} if labels is None else {"how": _ARRAY, "array": labels, "array_name": "labels"})}
        if viewer is not None and not (isinstance(viewer, ImageViewer) and isinstance(viewer.image, Image)):
            raise ArgumentTypeError("This is no view of an image.", where="viewer", found=type(viewer).__name__)
        self._viewer = viewer
        self._looked: tuple[object, int, str] | None = None
        self._thresholds: dict[tuple[str, int], float] = {}
        self._looker: Latest[tuple[Look, float, bool]] = Latest(self._has_looked)
        self._moving = Debounce(self._look_where_it_is, 0.3)
        self._objects, self._describe = ObjectsPart(self._changed, self._variables), DescribePart(self._changed)
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
            self._look_again()

    def _look_again(self) -> None:
        """Read the middle of the image and a threshold, where the step that is shown needs them."""
        form, frame = self._form, getattr(self, "frame", None)
        image = form.image
        if frame is None or image is None or frame.steps[frame.step].title != "Objects" or form.how == _ARRAY:
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
                self._form = replace(self._form, unseen=f"The pixels cannot be read: {end}")
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
    if form.how == _ARRAY and form.array is None:
        return Decision(troubles=(Trouble("array", "Choose an array of whole numbers."),))
    numbers = form.numbers()
    if isinstance(numbers, str):
        return Decision(troubles=(Trouble("numbers", numbers),))
    try:
        properties = _described(form)
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
        field = "name" if str(error.where or "") == "name" else "array" if form.how == _ARRAY else "numbers"
        return Decision(troubles=(*troubles, Trouble(field, str(error))))
    return Decision(plan, tuple(troubles), _code(form, plan))


def _labels(form: LabelsForm, image: Image, numbers: Mapping[str, float | None]) -> Any:
    if form.how == _ARRAY:
        return form.array
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


def _code(form: LabelsForm, plan: LabelsPlan) -> str:
    """Return the code; a table is read by it, and not written into it."""
    assert plan.asked is not None
    call = plan.asked
    if form.table and isinstance(form.table, str) and "label_metadata" in call.options:
        table = f"properties = omezarr_nb.properties_of({Code(repr(form.table))})"
        told = '{"properties": properties'
        told += f', "colors": omezarr_nb.colors_by(properties, {form.color!r})' if form.color else ""
        options = {**call.options, "label_metadata": Code(told + "}")}
        first, *rest = call.positional.items()
        labels = Code(*_written(first[1], first[0], form), lines=(table,))
        call = replace(call, positional={first[0]: labels, **dict(rest)}, options=options)
        return call.to_code()
    return call.to_code(form.array_name or None if form.how == _ARRAY else None)


def _written(value: Any, name: str, form: LabelsForm) -> tuple[str]:
    from omezarr_nb.core.code import expression

    return (form.array_name if form.how == _ARRAY and form.array_name else str(expression(value, name)),)


def _described(form: LabelsForm) -> list[dict[str, Any]]:
    return properties_of(form.table) if not isinstance(form.table, str) or form.table.strip() else []


def _properties(form: LabelsForm) -> list[dict[str, Any]] | None:
    """Return the properties of the table, or None where it cannot be read: the plan says why."""
    try:
        return _described(form)
    except OMEZarrError:
        return None


def _preview(form: LabelsForm) -> str:
    """Return the part that was read with the outlines of what would be found there."""
    if form.unseen:
        return note(form.unseen, "oz-trouble")
    numbers = form.numbers()
    if form.look is None or form.otsu is None or isinstance(numbers, str):
        return note("Looking at the pixels …" if form.look is None else "", role="status")
    index = min(form.channel, len(form.look.planes) - 1)
    plane, (low, high) = form.look.planes[index], form.look.limits[index]
    threshold = numbers["threshold"] if numbers["threshold"] is not None else form.otsu
    labels = segment_pixels(
        plane, form.how, threshold, smooth=float(numbers["smooth"] or 0), smallest=int(numbers["smallest"] or 0),  # type: ignore[arg-type] # one of its names
        distance=int(numbers["distance"] or 0),
    )  # fmt: skip
    edges = np.zeros(labels.shape, bool)
    edges[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edges[1:] |= labels[1:] != labels[:-1]
    grey = np.clip((plane.astype("float32") - low) / max(high - low, 1e-9) * 255, 0, 255).astype("uint8")
    picture = np.stack([grey] * 3, axis=-1)
    picture[edges] = (255, 200, 0)
    where = "what the view shows" if form.in_view else "the middle of the image"
    found = int(len(np.unique(labels)) - (labels == 0).any())
    shown = element("img", src=data_uri(encode_png(picture)), alt="preview of the objects", class_="oz-preview")
    return join(shown, note(f"{count(found, 'object')} in {where}, threshold {threshold:g}."))
