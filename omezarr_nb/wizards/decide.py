"""What follows from a form: a plan, problems by field, and code. Pure: nothing is read, written or looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from omezarr_nb.core import code
from omezarr_nb.core.axes import parse_axes, spatial_axes
from omezarr_nb.core.format import format_from_version
from omezarr_nb.core.metadata import default_channels
from omezarr_nb.core.pyramid.levels import SHORTEST, shapes_by_halving
from omezarr_nb.core.pyramid.plan import WritePlan, plan_image
from omezarr_nb.core.pyramid.presets import storing_for
from omezarr_nb.display.words import elide
from omezarr_nb.errors import OMEZarrError
from omezarr_nb.wizards.form import ImageForm, parse_chunks, parse_limit, parse_size
from omezarr_nb.wizards.guess import axes_problems, reordered
from omezarr_nb.wizards.sources import Source
from omezarr_nb.wizards.troubles import Decision, Trouble

__all__ = ["ImageDecision", "decide"]

#: Dimensions of an image.
_FEWEST, _MOST = 2, 5

#: No more levels than this are offered.
MOST_LEVELS = 10


@dataclass(frozen=True, slots=True)
class ImageDecision(Decision):
    """What follows from the form of an image.

    Parameters
    ----------
    plan
        None while something is missing or wrong.
    suggested
        The number of levels that the plan has by itself.
    shapes
        Shape of every level that could be made, the first included.
    """

    plan: WritePlan | None = None
    suggested: int = 1
    shapes: tuple[tuple[int, ...], ...] = ()


def decide(form: ImageForm) -> ImageDecision:
    """Return what follows from a form; nothing is read, written or looked at."""
    if form.source is None:
        return ImageDecision()
    if not _FEWEST <= len(form.shape) <= _MOST:
        return ImageDecision(troubles=(Trouble("source", _dimensions(len(form.shape))),))
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
    labels, count = form.labels, form.channel_count
    if labels and "c" in form.axes and len(labels) != count:
        named = "name is" if len(labels) == 1 else "names are"
        there = f"{count} channel{'' if count == 1 else 's'}"
        troubles.append(Trouble("channels", f"{len(labels)} {named} given for {there}; put commas between them."))
    troubles += _limit_troubles(form)
    troubles += _target_troubles(form)
    blocking = [trouble for trouble in troubles if trouble.field != "target"]
    if blocking or not form.target.strip():
        return ImageDecision(troubles=tuple(troubles))
    storing, wrong = _storing(form)
    if wrong:
        return ImageDecision(troubles=(*troubles, *wrong))
    return _planned(form, _Options(form, scale, units, labels if "c" in form.axes else [], storing), troubles)


def _dimensions(count: int) -> str:
    has = {0: "no dimensions", 1: "1 dimension"}.get(count, f"{count} dimensions")
    return f"The array has {has}; an image has {_FEWEST} to {_MOST}."


def _limit_troubles(form: ImageForm) -> list[Trouble]:
    """Return what is wrong with limits of contrast."""
    troubles, labels = [], form.labels
    for index, texts in form.windows.items():
        if index >= form.channel_count or not "".join(texts).strip():
            continue  # of a channel that is there no more, or none at all
        words = [value for value in map(parse_limit, texts) if isinstance(value, str)]
        window = form.window(index)
        if not words and window is None:
            words.append("Give both limits, or none.")
        elif not words and window is not None and window[0] >= window[1]:
            words.append(f"Black ({window[0]:g}) lies below full colour ({window[1]:g}).")
        name = labels[index] if index < len(labels) and labels[index] else f"Channel {index}"
        troubles += [Trouble("limits", f"{elide(name, 40)}: {text}") for text in words]
    return troubles


def _target_troubles(form: ImageForm) -> list[Trouble]:
    target = form.target.strip()
    if not target:
        return [Trouble("target", "Say where the image is to be written.")]
    if form.kept:
        return [Trouble("target", form.kept)]
    if target.lower().startswith(("http://", "https://")):
        words = "A web address can only be read. Write to a folder, or to a bucket (s3://, gs:// or az://)."
        return [Trouble("target", words)]
    if not target.rstrip("/\\").endswith((".zarr", ".ozx")):
        words = (
            "The name of an OME-Zarr image ends in .zarr, best in .ome.zarr (or in .ozx, for all of it in one file)."
        )
        return [Trouble("target", words)]
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
    storing: Mapping[str, Any]

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
        options |= self.storing
        if form.version != "0.5":
            options["version"] = form.version
        if form.replace and form.taken:
            options["overwrite"] = True
        if form.storage_options:
            options["storage_options"] = form.storage_options
        return options

    def _units(self) -> str | dict[str, str]:
        parsed = parse_axes(self.form.axes)
        spatial = [parsed[index].name for index in spatial_axes(parsed)]
        if set(self.units) == set(spatial) and len(set(self.units.values())) == 1:
            return next(iter(self.units.values()))
        return dict(self.units)

    def _channels(self) -> list[Any]:
        """Return what is known of each channel, with what was typed and chosen."""
        form = self.form
        count = form.channel_count
        known = form.source.channels if form.source else ()
        entries: list[dict[str, Any]] = [dict(entry) for entry in known] if len(known) == count else []
        chosen = form.colors or form.windows
        if "c" not in form.axes and not chosen:
            return []
        if not chosen and not any(len(entry) > 1 for entry in entries):
            return list(self.labels)
        made = default_channels(count)
        entries = entries or [{"label": channel.label, "color": channel.color} for channel in made]
        for index, entry in enumerate(entries):
            if index < len(self.labels):
                entry["label"] = self.labels[index]
            if form.colors.get(index):
                entry["color"] = form.colors[index]
            window = form.window(index)
            if window is not None:
                entry["window"] = {"start": window[0], "end": window[1]}
        return entries


def _storing(form: ImageForm) -> tuple[dict[str, Any], list[Trouble]]:
    """Return the arguments that say how the image is stored, and what is wrong with them."""
    assert form.source is not None
    options: dict[str, Any] = {}
    axes, fmt = parse_axes(form.axes), format_from_version(form.version)
    if form.purpose:
        itemsize = int(np.dtype(form.source.array.dtype).itemsize)
        chosen = storing_for(form.purpose, form.shape, axes, itemsize, zarr_format=fmt.zarr_format)  # type: ignore[arg-type] # one of its names
        options = {"chunks": chosen.chunks, "shards": chosen.shards or None, "compression": chosen.compression}
    if form.chunks.strip():
        chunks = parse_chunks(form.chunks)
        if chunks is None or len(chunks) != len(form.axes):
            words = f"Chunks are {len(form.axes)} whole numbers with commas between, along {', '.join(form.axes)}."
            return {}, [Trouble("chunks", words)]
        options["chunks"] = chunks
    if form.shards is not None:
        options["shards"] = form.shards
    if form.version == "0.4" and options.get("shards"):
        options["shards"] = None
    if form.compression:
        best = storing_for("archive", form.shape, axes, 1, zarr_format=fmt.zarr_format).compression
        options["compression"] = best if form.compression == "best" else form.compression
    defaults = {"chunks": (None,), "shards": (None, False), "compression": ("auto",)}
    return {
        name: value for name, value in options.items() if not any(value is d or value == d for d in defaults[name])
    }, []


def _planned(form: ImageForm, options: _Options, troubles: list[Trouble]) -> ImageDecision:
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
        return ImageDecision(troubles=(*troubles, trouble), suggested=suggested, shapes=shapes)
    variable = "pixels" if lines else form.source.variable
    written = code.Call(
        "omezarr_nb.write_image", {"pixels": code.Code(variable, imports, lines), "store": where}, known
    )
    shown = written.to_code(end="image.view()")
    return ImageDecision(plan, tuple(troubles), shown, suggested, shapes)


def _before(options: Mapping[str, Any], late: str, **more: Any) -> dict[str, Any]:
    """Put options before the ones from `late` on, where people look for them."""
    storing = ("chunks", "shards", "compression")
    names = ("axes", "scale", "units", "channels", *more, late, *storing, "version", "overwrite", "storage_options")
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
            da.from_array(array),
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


_FIELDS = (
    ("the source", "source"),
    ("scale", "size"),
    ("units", "size"),
    ("levels", "levels"),
    ("channels", "channels"),
    ("chunks", "chunks"),
    ("shards", "shards"),
)


def _field(error: OMEZarrError) -> str:
    """Return the field that an error of the plan belongs to."""
    where = str(error.where or "")
    for place, name in _FIELDS:
        if where.startswith(place):
            return name
    return "method" if where == "method" else "axes"
