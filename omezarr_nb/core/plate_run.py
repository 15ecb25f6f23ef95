"""Writing a planned plate: one field after the other, each named when it is complete; it can be gone on with."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.paths import DOCUMENTS
from omezarr_nb.core.plates import PlateWriter, create_plate
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.target import local_folder
from omezarr_nb.core.writing.plates import own_version
from omezarr_nb.core.writing.unlisted import has_pixels
from omezarr_nb.errors import InvalidArgumentError, TargetExistsError, WriteCancelledError

if TYPE_CHECKING:
    from omezarr_nb.core.plate import Plate
    from omezarr_nb.core.plate_plan import PlatePlan

__all__ = ["run_plate"]

_LISTED = 10


def run_plate(
    plan: PlatePlan,
    *,
    on_progress: Callable[[Progress], object] | None,
    cancel: Cancel | None,
    resume: bool,
) -> Plate:
    """Do what `PlatePlan.run` says."""
    from omezarr_nb.core.reader import open as open_any

    errors = plan.errors
    if errors or not plan.fields:
        lines = "\n".join(f"- {problem}" for problem in errors[:_LISTED]) or "- there are no fields"
        more = f"\n- and {len(errors) - _LISTED} more" if len(errors) > _LISTED else ""
        raise InvalidArgumentError(
            f"This is not a whole plate, and nothing was written:\n{lines}{more}\n",
            do="Mend the files or the pattern, or pass skip_incomplete=True to leave out fields that lack files.",
        )
    with _begin(plan, resume) as writer:
        done = _done(writer)
        meter = _Meter(plan, sum((f"{entry.row}/{entry.column}", entry.name) in done for entry in plan.fields))
        meter.told = on_progress
        for entry in plan.fields:
            if (f"{entry.row}/{entry.column}", entry.name) in done:
                continue
            if cancel is not None and cancel.is_set():
                raise _cancelled(plan, meter)
            options: dict[str, Any] = {**plan.options, "client": False}
            well, pixels = writer[entry.row, entry.column], plan.open_field(entry)
            if resume and has_pixels(well.place / entry.name, pixels, plan.fmt):  # and its writer had not listed it
                options["overwrite"] = True
            try:
                well.write_field(
                    pixels,
                    field=entry.name,
                    acquisition=entry.acquisition,
                    on_progress=meter.part,
                    cancel=cancel,
                    resume=resume,
                    **options,
                )
            except WriteCancelledError as error:
                raise _cancelled(plan, meter) from error
            meter.step()
    return open_any(plan.where, plan.storage_options)  # type: ignore[return-value] # a plate was written


def _begin(plan: PlatePlan, resume: bool) -> PlateWriter:
    """Make the plate, or go on with the one that is there."""
    location = ZarrLocation(plan.where, "r", plan.fmt, storage_options=plan.storage_options)
    if resume and not plan.overwrite and location.exists() and not location.is_array:
        block = location.fmt.block(location.root_attrs)
        if "plate" in block:
            writer = PlateWriter.open(plan.where, storage_options=plan.storage_options)
            _check_same(plan, writer)
            return writer
        folder = local_folder(location)
        names = {entry.name for entry in folder.iterdir()} if folder is not None else set()
        if block or not names <= {*DOCUMENTS, *plan.rows}:
            raise TargetExistsError(
                "What is at the target is no plate that was begun.", where=location.where, do="Choose another name."
            )
        facts = _facts(plan)
        place = ZarrLocation(plan.where, "r+", plan.fmt, storage_options=plan.storage_options).store_path
        return PlateWriter(place, plan.fmt, facts | own_version(plan.fmt), location.where)
    return create_plate(
        plan.where,
        plan.rows,
        plan.columns,
        name=plan.name,
        acquisitions=plan.acquisitions or None,
        version=plan.fmt,
        field_count=max(plan.wells.values()),
        overwrite=plan.overwrite,
        storage_options=plan.storage_options,
    )


def _done(writer: PlateWriter) -> set[tuple[str, str]]:
    """Return the well and the name of each field that is listed."""
    found = set()
    for path in writer.wells():
        row, _, column = path.partition("/")
        found |= {(path, name) for name in writer[row, column].fields()}
    return found


def _facts(plan: PlatePlan) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "columns": [{"name": name} for name in plan.columns],
        "rows": [{"name": name} for name in plan.rows],
    }
    facts |= {} if plan.name is None else {"name": plan.name}
    facts |= {"acquisitions": [dict(entry) for entry in plan.acquisitions]} if plan.acquisitions else {}
    return facts | {"field_count": max(plan.wells.values())}


def _check_same(plan: PlatePlan, writer: PlateWriter) -> None:
    before: dict[str, Any] = {"version": writer.fmt.version, "rows": writer.rows, "columns": writer.columns}
    now: dict[str, Any] = {"version": plan.version, "rows": plan.rows, "columns": plan.columns}
    before |= {"acquisitions": writer.acquisitions, "name": writer.facts.get("name")}
    now |= {"acquisitions": tuple(entry["id"] for entry in plan.acquisitions), "name": plan.name}
    differing = [key for key in now if now[key] != before[key]]
    if differing:
        raise InvalidArgumentError(
            "The plate at the target is another one.",
            where=writer.where,
            found=f"other {', '.join(differing)}",
            do="Choose another name, or pass overwrite=True to replace it.",
        )


class _Meter:
    """Tells how far a plate is: fields are its regions, and all are taken to be as large as the first."""

    def __init__(self, plan: PlatePlan, before: int) -> None:
        self._each = plan.first.nbytes if plan.first is not None else 0
        self._fields, self.done, self._before = len(plan.fields), before, before
        self._begun = time.perf_counter()
        self.told: Callable[[Progress], object] | None = None

    def part(self, progress: Progress) -> None:
        """Tell of a region of the field that is written."""
        self._tell(int(self._each * progress.fraction), progress.levels)

    def step(self) -> None:
        """Count a field."""
        self.done += 1
        self._tell(0, ())

    def _tell(self, extra: int, levels: tuple[int, ...]) -> None:
        if self.told is None:
            return
        nbytes, before = min(self._fields, self.done) * self._each + extra, self._before * self._each
        whole = self._fields * self._each
        seconds = time.perf_counter() - self._begun
        self.told(Progress(self.done, self._fields, min(nbytes, whole), whole, seconds, levels, before))


def _cancelled(plan: PlatePlan, meter: _Meter) -> WriteCancelledError:
    return WriteCancelledError(
        "The plate was cancelled; the fields that are complete stay.",
        where=str(plan.where),
        found=f"{meter.done} of {len(plan.fields)} fields",
        do="Go on with resume=True.",
    )
