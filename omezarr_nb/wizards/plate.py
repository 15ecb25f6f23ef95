"""`PlateWizard`: a folder of files becomes a plate, by their names, a table, or by hand."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ipywidgets

from omezarr_nb.core.files.naming import PATTERNS, PLATES, Spot, plate_for
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.plate_fields import names_below
from omezarr_nb.core.plate_plan import PlatePlan, plan_plate
from omezarr_nb.core.tables import read_csv
from omezarr_nb.display.words import bytes_text, count, elide
from omezarr_nb.errors import ArgumentTypeError, OMEZarrError, WriteCancelledError
from omezarr_nb.wizards.base import Wizard
from omezarr_nb.wizards.by_hand import ByHand, put_by_hand
from omezarr_nb.wizards.controls import WellMap
from omezarr_nb.wizards.form import parse_size, target_options
from omezarr_nb.wizards.given import check_given
from omezarr_nb.wizards.guess import slug
from omezarr_nb.wizards.parts.part import Change, Part, set_choices
from omezarr_nb.wizards.parts.target import TargetPart
from omezarr_nb.wizards.pictures import shown_path
from omezarr_nb.wizards.place import first_target, other_target, place_words, resolved, with_place
from omezarr_nb.wizards.steps import Field, Step, box, note, row, unlabelled
from omezarr_nb.wizards.troubles import Decision, Trouble
from omezarr_nb.wizards.verdict import verdict

__all__ = ["PlateForm", "PlateWizard"]

_LABEL = {"description_width": "96px"}
_WIDE = {"width": "340px", "max_width": "100%"}
#: Wells of a plate that is offered to put files into, at least.
_FEWEST = 96
#: Files without a place that are listed, and lines about those that were put into a well.
_MOST_LEFT, _SHOWN = 500, 5
_UNITS = [("µm", "micrometer"), ("nm", "nanometer"), ("mm", "millimeter")]


@dataclass(frozen=True, slots=True)
class PlateForm:
    """What the form says.

    Parameters
    ----------
    images
        A folder, or the path of a CSV table with a column ``file`` and a column ``well``.
    pattern
        As typed; "" for the first of the usual ones that fits.
    wells
        Of the plate; 0 for the smallest that has all.
    placed
        Files that were put into a well by hand: name, well.
    skip
        Whether fields are left out that lack files.
    name
        Of the plate.
    sizes, unit
        Pixel size along y and x, and z, as typed.
    target, storage, taken, kept, replace, version
        As of the wizard of images.
    resume
        Whether to go on with the plate that is at the target.
    """

    images: str = ""
    pattern: str = ""
    wells: int = 0
    placed: tuple[tuple[str, str], ...] = ()
    skip: bool = False
    name: str = ""
    sizes: Mapping[str, str] = field(default_factory=dict)
    unit: str = "micrometer"
    target: str = ""
    version: str = "0.5"
    storage: Mapping[str, str] = field(default_factory=dict)
    taken: bool = False
    kept: str = ""
    replace: bool = False
    resume: bool = False

    @property
    def storage_options(self) -> dict[str, Any]:
        """What fsspec needs for the target."""
        return target_options(self.target, self.storage)


@dataclass(frozen=True, slots=True)
class PlateDecision(Decision):
    """What follows from a form.

    Parameters
    ----------
    plan, troubles, code
        As of all wizards.
    hand
        Which files were put into wells by hand, and which have no place yet.
    """

    hand: ByHand = field(default_factory=ByHand)


class FilesPart(Part):
    """A folder, a pattern, and what it makes of the names."""

    def __init__(self, change: Change, folder: Path) -> None:
        super().__init__(change)
        self._folder = folder
        self.folders = ipywidgets.Dropdown(options=[("choose", "")], description="folder", style=_LABEL, layout=_WIDE)
        self.images = ipywidgets.Text(
            description="or path", placeholder="plate1 or plate1.csv", continuous_update=False, style=_LABEL,
            layout={"width": "100%"},
        )  # fmt: skip
        self._images = Field(self.images, name="images")
        self.pattern = ipywidgets.Combobox(
            description="names are", placeholder="{well}_{field}_{channel}.tif", options=list(PATTERNS), style=_LABEL,
            layout={"width": "100%"},
        )  # fmt: skip
        self._pattern = Field(self.pattern, name="pattern")
        self._summary = ipywidgets.HTML()
        self.unmatched = ipywidgets.SelectMultiple(
            options=[], description="left over", style=_LABEL, layout={"width": "100%", "height": "84px"}
        )
        self.map = WellMap(self._put)
        self.well = ipywidgets.Text(
            description="or into well", placeholder="B3", style=_LABEL, layout={"width": "180px"}
        )
        self.put = ipywidgets.Button(description="Put them there", layout={"width": "auto"})
        self.undo = ipywidgets.Button(
            description="Take the last back",
            tooltip="Take back what was put into a well last",
            layout={"width": "auto"},
        )
        self._put_words = ipywidgets.HTML()
        self._typed = row(self.well, self.put)
        hand = (self.unmatched, self.map, self._typed, self._put_words, row(self.undo))
        self._by_hand = Field(box(*hand, name="oz-stack"), name="placed")
        self.fields = [self._images, self._pattern, self._by_hand]
        self.body.children = (self.folders, self._images, self._pattern, self._summary, self._by_hand)
        self._placed: tuple[tuple[str, str], ...] = ()
        self.on(self.folders, "value", self._choose)
        self.on(self.images, "value", lambda value: self._change(images=value.strip(), placed=(), pattern=""))
        self.on(self.pattern, "value", lambda value: self._change(typed=True, pattern=value))
        self.on(self.unmatched, "value", lambda value: setattr(self.map, "chosen", len(value)))
        self.put.on_click(lambda _: self._put(self.well.value.strip()))
        self.undo.on_click(lambda _: self._change(placed=self._before_last()))
        self.refresh()

    def refresh(self) -> None:
        """List the folders that are there."""
        try:
            found = sorted(
                entry.name for entry in self._folder.iterdir()
                if entry.is_dir() and entry.name[0] != "." and entry.suffix != ".zarr"
            )  # fmt: skip
        except OSError:
            found = []
        with self.filling():
            chosen = self.folders.value if self.folders.value in found else ""
            set_choices(self.folders, [("choose", ""), *((elide(name, 60), name) for name in found[:500])], chosen)

    def fill(self, form: PlateForm) -> None:
        """Show what the form says."""
        with self.filling():
            self.images.value = form.images
            self.pattern.value = form.pattern

    def show(self, form: PlateForm, decision: PlateDecision) -> None:
        """Say what the pattern makes of the names."""
        super().show(form, decision)
        self._placed = form.placed
        plan: PlatePlan | None = decision.plan
        matched = plan.matched if plan is not None else None
        self._pattern.say(
            note_="{well} or {row} and {column}, {field}, {channel}, {z}, {time}, {acquisition}; * is anything"
        )
        self._show_hand(form, decision)
        if matched is None:
            self._summary.value = ""
            return
        example = matched.spots[0]
        parts = [f"well {example.row}{example.column}"]
        parts += [
            f"{part} {getattr(example, part)}" for part in ("field", "channel", "z", "time") if getattr(example, part)
        ]
        channels = ", ".join(value for value in matched.values("channel") if value)
        words = f"{count(len(matched.spots), 'file')} fit. {elide(example.file, 60)}: {', '.join(parts)}."
        self._summary.value = note(words) + note(f"Channels: {elide(channels, 200)}" if channels else "")

    def _choose(self, name: str) -> None:
        if not name:
            return
        self.images.value = shown_path(self._folder / name)

    def _show_hand(self, form: PlateForm, decision: PlateDecision) -> None:
        """Offer the wells of the plate for the files that have no place."""
        hand, plan = decision.hand, decision.plan
        self._by_hand.layout.display = None if hand.left or hand.put else "none"
        spots = (*hand.spots, *hand.put)
        rows, columns = (plan.rows, plan.columns) if plan is not None else ((), ())
        if not form.wells and len(rows) * len(columns) < _FEWEST:  # a plate that is smaller may grow
            rows, columns = plate_for([("H", "12")])
        with self.filling():
            set_choices_multiple(self.unmatched, hand.left[:_MOST_LEFT])
        counts = Counter(f"{spot.row}{spot.column}" for spot in spots)
        put = sorted({f"{spot.row}{spot.column}" for spot in hand.put})
        with self.map.hold_sync():
            self.map.rows, self.map.columns, self.map.counts, self.map.put = list(rows), list(columns), counts, put
            self.map.chosen = len(self.unmatched.value)
        for widget in (self.unmatched, self.map, self._typed):
            widget.layout.display = None if hand.left else "none"
        more = f" The first {_MOST_LEFT} are listed." if len(hand.left) > _MOST_LEFT else ""
        words = f"Choose files, then click the well that they belong to.{more}" if hand.left else ""
        self._by_hand.say(note_=words)
        lines = [note(_put_words(spot)) for spot in hand.put[-_SHOWN:]]
        self._put_words.value = "".join(lines)
        self.undo.layout.display = None if hand.put else "none"

    def _put(self, well: str) -> None:
        if not self.unmatched.value:
            self._by_hand.say(note_="Choose one or more files in the list first.")
        elif well:
            self._change(placed=(*self._placed, *((name, well) for name in self.unmatched.value)))

    def _before_last(self) -> tuple[tuple[str, str], ...]:
        """Return what was placed but for what was put into a well last, at once."""
        last = self._placed[-1][1] if self._placed else ""
        kept = list(self._placed)
        while kept and kept[-1][1] == last:
            kept.pop()
        return tuple(kept)


def _put_words(spot: Spot) -> str:
    """Say where a file was put, and what it was taken for."""
    told = [f"{part} {getattr(spot, part)}" for part in ("field", "channel", "z", "time") if getattr(spot, part)]
    return f"{elide(spot.file, 60)} is in {', '.join([f'well {spot.row}{spot.column}', *told])}."


class WellsPart(Part):
    """How many wells, what the plate is called, and how large a pixel is."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self.wells = ipywidgets.Dropdown(
            options=[("as small as can be", 0), *((f"{n} ({PLATES[n][0]} × {PLATES[n][1]})", n) for n in PLATES)],
            description="wells",
            style=_LABEL,
            layout=_WIDE,
        )
        self._wells = Field(self.wells, name="wells")
        self.name = ipywidgets.Text(description="name", placeholder="run 7", style=_LABEL, layout=_WIDE)
        self.skip = ipywidgets.Checkbox(
            description="leave out fields that lack files", indent=False, layout={"width": "auto"}
        )
        self._skip = Field(self.skip, name="skip")
        self.sizes = {
            axes: ipywidgets.Text(description=words, placeholder="not known", style=_LABEL, layout={"width": "200px"})
            for axes, words in (("yx", "pixel size"), ("z", "planes apart"))
        }
        self.unit = unlabelled(ipywidgets.Dropdown(options=_UNITS, description="unit", layout={"width": "80px"}))
        self._sizes = Field(self.sizes["yx"], self.unit, name="size")
        self._depth = Field(self.sizes["z"], name="depth")
        self.fields = [self._wells, self._skip, self._sizes, self._depth]
        self.body.children = (self._wells, self.name, self._skip, self._sizes, self._depth)
        for name in ("wells", "skip", "unit"):
            self.on(getattr(self, name), "value", lambda value, name=name: self._change(**{name: value}))  # type: ignore[misc] # of a lambda
        self.on(self.name, "value", lambda value: self._change(typed=True, name=value))
        for control in self.sizes.values():
            self.on(
                control, "value", lambda _: self._change(typed=True, sizes={k: c.value for k, c in self.sizes.items()})
            )

    def fill(self, form: PlateForm) -> None:
        """Show what the form says."""
        with self.filling():
            self.wells.value, self.name.value = form.wells, form.name
            self.skip.value, self.unit.value = form.skip, form.unit
            for axes, control in self.sizes.items():
                control.value = form.sizes.get(axes, "")

    def show(self, form: PlateForm, decision: Decision) -> None:
        """Ask for the distance of planes where there are some; say whether anything is missing."""
        super().show(form, decision)
        plan: PlatePlan | None = decision.plan
        axes = [axis.name for axis in plan.first.axes] if plan is not None and plan.first is not None else []
        self._depth.layout.display = None if "z" in axes else "none"
        missing = len(plan.matched.gaps) if plan is not None and plan.matched is not None else 0
        self._skip.layout.display = None if missing else "none"


class PlateWizard(Wizard):
    """A form that makes a plate of a folder of files, and writes it field by field.

    Parameters
    ----------
    source
        The folder, or a CSV table with a column ``file`` and a column ``well``. None lets the person choose.
    folder
        In which folders are listed, and where the plate is written; the kernel's by default.
    **form
        What else the form says at first, by the names of `PlateForm`: ``pattern``, ``wells``, ``name``, ``target``, ...

    Examples
    --------
    >>> import numpy as np, tifffile, omezarr_nb
    >>> for well in ("A1", "A2", "A3", "B1", "B2", "B3"):
    ...     tifffile.imwrite(f"{well}_0_0.tif", np.zeros((64, 64), "uint8"))
    >>> wizard = omezarr_nb.PlateWizard(".", pattern="{well}_{field}_{channel}.tif")
    >>> wizard.plan.problems
    ()
    """

    nothing = "Nothing yet: choose a folder of files."

    def __init__(self, source: str | Path | None = None, *, folder: str | Path | None = None, **form: Any) -> None:
        check_given(self, PlateForm, form)
        if not isinstance(source, str | Path | None):
            raise ArgumentTypeError(
                "A plate is made of files.", found=type(source).__name__, expected="a folder, or a table as a CSV file"
            )
        self._folder = Path(folder).expanduser().resolve() if folder is not None else Path.cwd()
        self._files, self._wells = FilesPart(self._changed, self._folder), WellsPart(self._changed)
        self._target = TargetPart(self._changed, found=self._found)
        self._offered = ("", "")  # which target, and for what files
        self.resume = ipywidgets.Checkbox(indent=False, layout={"width": "auto"})
        self._target.body.children = (*self._target.body.children[:2], self.resume, *self._target.body.children[2:])
        self._target.on(self.resume, "value", lambda value: self._changed(resume=value))
        steps = [
            Step("Files", "Which files?", self._files.body, frozenset({"images", "pattern", "placed"})),
            Step("Plate", "Which plate?", self._wells.body, frozenset({"wells", "skip", "size", "depth"})),
            Step("Write", "Where to?", self._target.body, frozenset({"target"})),
        ]
        first = PlateForm(**form if source is None else {**form, "images": str(source)})
        super().__init__(first, PlateDecision(), (self._files, self._wells, self._target), steps)

    def _empty(self, form: PlateForm) -> bool:
        return not form.images

    def _look(self, form: PlateForm) -> PlateForm:
        is_for_others = form.target == self._offered[0] and form.images != self._offered[1]
        if form.images and (not form.target or is_for_others):
            form = replace(form, target=first_target(self._folder, slug(Path(form.images).stem))[0])
            self._offered = form.target, form.images
            with self._target.filling():
                self._target.target.value = form.target
        there = self._is_there(form.target)
        return replace(form, taken=there, resume=form.resume and there)

    def _follow(self, form: PlateForm) -> PlateDecision:
        if not form.images:
            return PlateDecision()
        return with_place(follow(form, self._folder), form.target)

    def _shown(self) -> None:
        form = self._form
        if form.taken:
            self._target.offer(other_target(form.target, slug(Path(form.images).stem)))
        self._target.note(place_words(form.target) if self._decision.ready else "")
        goes_on = form.taken and _begun(form.target)
        self.resume.layout.display = None if goes_on else "none"
        self.resume.description = f"go on with {elide(form.target.rstrip('/').rpartition('/')[2], 60)}"
        with self._target.filling():
            self.resume.value = form.resume

    def _run_options(self) -> dict[str, Any]:
        return {"resume": True} if self._form.resume else {}

    def _act_words(self, plan: PlatePlan) -> tuple[str, str]:
        where = resolved(self._form.target)
        words = f"{'Go on with' if self._form.resume else 'Write'} {count(len(plan.fields), 'field')}"
        words += f", {bytes_text(plan.nbytes)}, to"
        return f"{words} {elide(self._form.target.strip(), 60)}", f"{words} {where}"

    def _done_words(self, result: Any) -> str:
        return f"Written: {count(len(result.wells), 'well')} at {result.where}. {verdict(result)}"

    def _cancelled_words(self, error: WriteCancelledError) -> str:
        return f"Cancelled: {error.found} are written and can be looked at. Tick “go on with” to write the others."


def follow(form: PlateForm, folder: Path) -> PlateDecision:
    """Return what follows from a form; names of files are read, and the head of one."""
    troubles: list[Trouble] = []
    options: dict[str, Any] = {}
    images: Any = form.images
    hand = ByHand()
    path = (folder / Path(form.images).expanduser()).resolve()
    try:
        images = _table(path) if path.suffix.lower() == ".csv" else shown_path(path)
        if form.pattern.strip():
            options["pattern"] = form.pattern.strip()
        options |= {"wells": form.wells} if form.wells else {}
        options |= {"name": form.name.strip()} if form.name.strip() else {}
        options |= _sizes(form, troubles)
        options |= {"version": form.version} if form.version != "0.5" else {}
        options |= {"skip_incomplete": True} if form.skip else {}
        options |= {"overwrite": True} if form.replace and form.taken else {}
        options |= {"storage_options": form.storage_options} if form.storage_options else {}
        troubles += _target_troubles(form)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they stand in the plan
            if isinstance(images, str):
                hand = put_by_hand(names_below(Path(images)), form.pattern, form.placed)
                if form.placed:
                    images = hand.table(images)
                    options.pop("pattern", None)
            plan = plan_plate(images, form.target.strip() or "plate.ome.zarr", **options)
    except OMEZarrError as error:
        name = {"pattern": "pattern", "wells": "wells", "placed": "placed"}.get(str(error.where or ""), "images")
        name = "pattern" if "pattern" in error.what.lower() else name
        found = f" Found: {error.found}." if error.found is not None else ""
        do = _BY_HAND if name == "pattern" and not form.pattern.strip() else error.do or ""
        words = f"{error.what}{found} {do}".strip()
        return PlateDecision(troubles=(*troubles, Trouble(name, words)), hand=hand)
    if plan.errors:
        rules = {problem.rule for problem in plan.errors}
        more = f", and {len(plan.errors) - 1} more" if len(plan.errors) > 1 else ""
        where = "skip" if rules == {"files-missing"} else "pattern"
        troubles.append(Trouble(where, f"{plan.errors[0]}{more}."))
    return PlateDecision(plan, tuple(troubles), plan.to_code(), hand)


_BY_HAND = "Type what they look like, such as {well}_{field}_{channel}.tif, or put files into their wells below."


def _target_troubles(form: PlateForm) -> list[Trouble]:
    target = form.target.strip()
    if not target:
        return [Trouble("target", "Say where the plate is to be written.")]
    if not target.rstrip("/\\").endswith(".zarr"):
        return [Trouble("target", "The name of an OME-Zarr plate ends in .zarr, best in .ome.zarr.")]
    if form.taken and not (form.replace or form.resume):
        return [
            Trouble("target", "There is something here already. It is left alone unless you tick what becomes of it.")
        ]
    return []


def _sizes(form: PlateForm, troubles: list[Trouble]) -> dict[str, Any]:
    scale: dict[str, float] = {}
    for axes, text in form.sizes.items():
        value = parse_size(text) if text.strip() else None
        if isinstance(value, str):
            troubles.append(Trouble("size" if axes == "yx" else "depth", value))
        elif value is not None:
            scale |= dict.fromkeys(axes, value)
    return {"scale": scale, "units": dict.fromkeys(scale, form.unit)} if scale else {}


def _table(path: Path) -> list[dict[str, str]]:
    """Read a table; its files are relative to it."""
    rows = [
        {str(name).strip().lower(): str(entry or "").strip() for name, entry in row.items()} for row in read_csv(path)
    ]
    if not rows:
        raise OMEZarrError("The table has no rows.", where=path)
    if missing := [name for name in ("file", "well") if name not in rows[0]]:
        raise OMEZarrError(
            f"The table has no column “{'” and no column “'.join(missing)}”.",
            where=path,
            found=f"columns {elide(', '.join(rows[0]), 200)}",
            do="Each row names a file and its well, and may name field, channel, z, time and acquisition.",
        )
    said = [{name: entry for name, entry in row.items() if entry} for row in rows]
    return [row | {"file": shown_path(path.parent / row["file"])} if "file" in row else row for row in said]


def _begun(target: str) -> bool:
    """Return whether a plate is at a target, or what has been begun of one."""
    try:
        location = ZarrLocation(resolved(target))
        return (
            location.exists() and not location.is_array and "multiscales" not in location.fmt.block(location.root_attrs)
        )
    except OMEZarrError:
        return False


def set_choices_multiple(widget: ipywidgets.SelectMultiple, options: Any) -> None:
    """Give a list new entries where they are others; what was chosen of the old ones is let go first."""
    if tuple(widget.options) != tuple(options):
        widget.index = ()
        widget.options = tuple(options)
