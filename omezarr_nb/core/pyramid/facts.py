"""What a write that was broken off must have in common with the one that continues it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.axes import axis_names
from omezarr_nb.core.pyramid.source import Source
from omezarr_nb.core.pyramid.work import LevelPlan, WritePlan

__all__ = ["Facts", "differences", "facts_of"]

#: By what it is called in a message; values are JSON.
Facts: TypeAlias = Mapping[str, Any]

#: Pixels of an array in memory that are looked at, about.
SAMPLES = 512


def facts_of(plan: WritePlan) -> dict[str, Any]:
    """Return what decides the bytes of the levels: shapes, chunks, codecs, regions, method, version and source.

    Scales, names and channels are not among it: they are written in the end, as the plan that ends the write has them.

    Parameters
    ----------
    plan
        Nothing is read but about `SAMPLES` pixels of a source that is an array in memory.
    """
    facts: dict[str, Any] = {
        "version": plan.version,
        "type of pixels": plan.dtype.str,
        "axes": list(axis_names(plan.axes)),
        "method": plan.method,
        "number of levels": len(plan.levels),
    }
    for index, level in enumerate(plan.levels):
        facts |= {f"{name} of level {index}": value for name, value in _of_level(level).items()}
    facts["regions"] = [asdict(entry) for entry in plan.passes]
    for index, source in enumerate(plan.given or (plan.source,)):
        facts[f"pixels of source {index}"] = _sampled(source)
    plain: dict[str, Any] = json.loads(json.dumps(facts, default=_plain))
    return plain


def differences(before: Facts, now: Facts) -> list[str]:
    """Return in words what differs. Pixels that were not looked at in one of them are taken to be the same.

    Examples
    --------
    >>> differences({"method": "mean"}, {"method": "mode"})
    ["method: 'mean' before, 'mode' now"]
    """
    found = []
    for name in dict.fromkeys((*before, *now)):
        one, two = before.get(name), now.get(name)
        if one == two or (name.startswith("pixels") and (one is None or two is None)):
            continue
        if name.startswith(("regions", "pixels")):  # nobody reads these
            found.append(f"{name} differ")
        else:
            found.append(f"{name}: {one!r} before, {two!r} now")
    return found


def _of_level(level: LevelPlan) -> dict[str, Any]:
    return {
        "path": level.path,
        "shape": level.shape,
        "chunks": level.chunks,
        "shards": level.shards,
        "step": level.step,
        "codecs": level.compressors,
        "options": level.options,
    }


def _sampled(source: Source) -> int | None:
    """Return a checksum of a few pixels; None for what is not in memory."""
    if source.kind != "numpy":
        return None
    array: NDArray[Any] = source.array
    count = max(1, int(SAMPLES ** (1 / max(1, array.ndim))))
    sample = array[tuple(slice(None, None, max(1, n // count)) for n in array.shape)]
    return zlib.crc32(np.ascontiguousarray(sample, dtype=source.dtype).tobytes())


def _plain(value: Any) -> Any:
    """Return JSON for a codec, a type or anything else that an option of zarr may be."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence | set | frozenset):
        return list(value)
    for name in ("to_dict", "get_config"):  # of zarr's codecs, and of numcodecs'
        if hasattr(value, name) and not isinstance(value, type):
            return getattr(value, name)()
    if isinstance(value, np.generic):
        return value.item()
    return repr(value)
