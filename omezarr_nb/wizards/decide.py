"""What follows from a form: a plan, problems by field, and code. Pure: nothing is read, written or looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from omezarr_nb.core import code
from omezarr_nb.core.axes import parse_axes, spatial_axes
from omezarr_nb.core.pyramid.levels import SHORTEST, shapes_by_halving
from omezarr_nb.core.pyramid.plan import WritePlan, plan_image
from omezarr_nb.errors import OMEZarrError
from omezarr_nb.wizards.form import ImageForm, parse_size
from omezarr_nb.wizards.guess import axes_problems, reordered
from omezarr_nb.wizards.sources import Source

__all__ = ["Decision", "Trouble", "decide"]

#: Dimensions of an image.
_FEWEST, _MOST = 2, 5

#: No more levels than this are offered.
MOST_LEVELS = 10


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a field, in words. The part of `field` before a colon is the group it belongs to."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a form.

    Parameters
    ----------
    plan
        None while something is missing or wrong.
    troubles
        What must be changed, by field.
    code
        The equivalent code; "" without a plan.
    suggested
        The number of levels that the plan has by itself.
    shapes
        Shape of every level that could be made, the first included.
    """

    plan: WritePlan | None = None
    troubles: tuple[Trouble, ...] = ()
    code: str = ""
    suggested: int = 1
    shapes: tuple[tuple[int, ...], ...] = ()

    @property
    def ready(self) -> bool:
        """Whether the plan can be run."""
        return self.plan is not None and not self.troubles


def decide(form: ImageForm) -> Decision:
    """Return what follows from a form; nothing is read, written or looked at."""
    if form.source is None:
        return Decision()
    if not _FEWEST <= len(form.shape) <= _MOST:
        return Decision(troubles=(Trouble("source", _dimensions(len(form.shape))),))
    words, disordered = axes_problems(form.axes)
    troubles = [Trouble("axes", text) for text in words]
    if disordered and not words:
        wanted = "".join(reordered(form.names))
        troubles.append(Trouble("order", f"OME-Zarr keeps axes in the order time, channel, space: {wanted} here."))
    scale: dict[str, float] = {}
    for name in form.measured:
        text, _ = form.size(name)
        value = parse_size(text) if text else None
        if isinstance(value, str):
            if name == "x" and form.together and "y" in form.axes:
                continue  # it stands beside y
            troubles.append(Trouble(f"size:{name}", value))
        elif value is not None:
            scale[name] = value
    units = {name: form.size(name)[1] for name in scale if form.size(name)[1]}
    labels = [label.strip() for label in form.channels.split(",")] if form.channels.strip() else []
    count = dict(zip(form.axes, form.shape, strict=True)).get("c", 1)
    if labels and "c" in form.axes and len(labels) != count:
        named = "name is" if len(labels) == 1 else "names are"
        there = f"{count} channel{'' if count == 1 else 's'}"
        troubles.append(Trouble("channels", f"{len(labels)} {named} given for {there}; put commas between them."))
    troubles += _target_troubles(form)
    blocking = [trouble for trouble in troubles if trouble.field != "target"]
    if blocking or not form.target.strip():
        return Decision(troubles=tuple(troubles))
    return _planned(form, _Options(form, scale, units, labels if "c" in form.axes else []), troubles)


def _dimensions(count: int) -> str:
    has = {0: "no dimensions", 1: "1 dimension"}.get(count, f"{count} dimensions")
    return f"The array has {has}; an image has {_FEWEST} to {_MOST}."


def _target_troubles(form: ImageForm) -> list[Trouble]:
    target = form.target.strip()
    if not target:
        return [Trouble("target", "Say where the image is to be written.")]
    if form.kept:
        return [Trouble("target", form.kept)]
    if not target.rstrip("/\\").endswith(".zarr"):
        return [Trouble("target", "The name of an OME-Zarr image ends in .zarr, best in .ome.zarr.")]
    if form.taken and not form.replace:
        return [Trouble("target", "There is something here already. It is left alone unless you tick “replace it”.")]
    return []


@dataclass(frozen=True)
class _Options:
    """The arguments of `plan_image` that differ from its defaults."""

    form: ImageForm
    scale: Mapping[str, float]
    units: Mapping[str, str]
    labels: list[str]

    @cached_property
    def known(self) -> dict[str, Any]:
        """All but the number of levels, in the order in which people read them."""
        form = self.form
        options: dict[str, Any] = {}
        axes = "".join(form.axes)
        if {2: "yx", 5: "tczyx"}.get(len(axes)) != axes:
            options["axes"] = axes
        if self.scale:
            options["scale"] = dict(self.scale)
        if self.units:
            options["units"] = self._units()
        if self._channels():
            options["channels"] = self._channels()
        if form.method != "mean":
            options["method"] = form.method
        if form.version != "0.5":
            options["version"] = form.version
        if form.replace and form.taken:
            options["overwrite"] = True
        return options

    def _units(self) -> str | dict[str, str]:
        parsed = parse_axes(self.form.axes)
        spatial = [parsed[index].name for index in spatial_axes(parsed)]
        if set(self.units) == set(spatial) and len(set(self.units.values())) == 1:
            return next(iter(self.units.values()))
        return dict(self.units)

    def _channels(self) -> list[Any]:
        """Return what is known of each channel, with the names that were typed."""
        known = self.form.source.channels if self.form.source else ()
        if "c" not in self.form.axes:
            return []
        if len(known) == len(self.labels) and any(len(channel) > 1 for channel in known):
            return [dict(channel) | {"label": label} for channel, label in zip(known, self.labels, strict=True)]
        return list(self.labels)


def _planned(form: ImageForm, options: _Options, troubles: list[Trouble]) -> Decision:
    assert form.source is not None
    array, imports, lines = _arranged(form.source, form)
    where = form.target.strip()
    suggested = 1
    shapes: tuple[tuple[int, ...], ...] = ()
    known = options.known
    try:
        plan = plan_image(array, where, **known)
        suggested, shapes = len(plan.levels), _possible(plan)
        if form.levels not in (None, suggested):
            known = _before(known, "method", levels=min(form.levels or 1, len(shapes)))
            plan = plan_image(array, where, **known)
    except OMEZarrError as error:
        trouble = Trouble(_field(error), f"{error.what}{f' Found: {error.found}.' if error.found else ''}")
        return Decision(troubles=(*troubles, trouble), suggested=suggested, shapes=shapes)
    variable = "pixels" if lines else form.source.variable
    write = code.call("omezarr_nb.write_image", [variable, code.literal(where)], known)
    shown = code.script(imports, lines, write, end="image.view()")
    return Decision(plan, tuple(troubles), shown, suggested, shapes)


def _before(options: Mapping[str, Any], late: str, **more: Any) -> dict[str, Any]:
    """Put options before the ones from `late` on, where people look for them."""
    names = ("axes", "scale", "units", "channels", *more, late, "version", "overwrite")
    every = {**options, **more}
    return {name: every[name] for name in names if name in every}


def _arranged(source: Source, form: ImageForm) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """Return the array in the order of the image, and the code that makes it; no pixels are moved."""
    array, imports, lines = source.array, source.imports, source.lines
    if form.order == tuple(range(len(form.order))):
        return array, imports, lines
    variable = source.variable
    if not hasattr(array, "transpose"):  # zarr's
        import dask.array as da

        array, imports, variable = (
            da.from_array(array),  # type: ignore[no-untyped-call]
            (*imports, "import dask.array as da"),
            f"da.from_array({variable})",
        )
    order = ", ".join(map(str, form.order))
    line = f"pixels = {variable}.transpose({order})  # {''.join(form.names)} to {''.join(form.axes)}"
    return array.transpose(*form.order), imports, (*lines, line)


def _possible(plan: WritePlan) -> tuple[tuple[int, ...], ...]:
    """Return the shapes of all levels that halving can give."""
    finest, spatial = plan.levels[0], spatial_axes(plan.axes)
    shapes = [level.shape for level in plan.levels]
    while len(shapes) < MOST_LEVELS and any(shapes[-1][axis] >= SHORTEST for axis in spatial):
        levels = shapes_by_halving(finest.shape, plan.axes, finest.scale, finest.chunks, len(shapes) + 1)
        shapes = [level.shape for level in levels]
    return tuple(shapes)


def _field(error: OMEZarrError) -> str:
    """Return the field that an error of the plan belongs to."""
    where = str(error.where or "")
    for place, name in (("scale", "size"), ("units", "size"), ("levels", "levels"), ("channels", "channels")):
        if where.startswith(place):
            return name
    return "method" if where == "method" else "axes"
