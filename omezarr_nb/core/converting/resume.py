"""What a conversion that was broken off must have in common with the one that goes on with it."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.work import ConvertPlan
from omezarr_nb.core.io import open_array
from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.pyramid.five import spread
from omezarr_nb.core.pyramid.regions import Grid, Pass, plan_given

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["facts_of", "nowhere", "relaid_pass", "sizes_of"]


def facts_of(plan: ConvertPlan) -> dict[str, Any]:
    """Return what decides the bytes of the arrays: version, paths, shapes, chunks, codecs and regions.

    The metadata of groups is not among it: it is written in the end, as the plan that ends the conversion has it.

    Parameters
    ----------
    plan
        Nothing is read.
    """
    arrays = [
        [
            path,
            array.stored.document,
            plan.relaid.get(path, array.new),
            dict(array.attributes),
            array.names,
            array.shape,
        ]
        for path, array in plan.arrays.items()
    ]
    passes = [[path, asdict(relaid_pass(plan, path))] for path in plan.relaid]
    return {
        "conversion to": plan.version,
        "number of arrays": len(arrays),
        "documents of arrays": zlib.crc32(json.dumps([arrays, passes], sort_keys=True, default=repr).encode()),
    }


def sizes_of(plan: ConvertPlan) -> dict[str, tuple[Ints, Ints]]:
    """Return shapes and chunks of the arrays as they will be, by path."""
    found = {}
    for path, array in plan.arrays.items():
        new = plan.relaid.get(path, array.new)
        opened = open_array(nowhere(), new or array.stored.document, path)
        chunks = opened.chunks
        if new is None and array.places:
            chunks = tuple(spread(chunks, array.places, (1,) * len(array.shape)))
        found[path] = (array.shape, chunks)
    return found


def relaid_pass(plan: ConvertPlan, path: str) -> Pass:
    """Return the regions in which an array is written into other chunks."""
    new = open_array(nowhere(), plan.relaid[path], path)
    old = open_array(nowhere(), plan.arrays[path].stored.document, path)
    grid = Grid(new.shape, (1,) * new.ndim, new.shards or new.chunks)
    (entry,) = plan_given([grid], new.dtype.itemsize, [old.chunks])
    return entry


def nowhere() -> StorePath:
    """Return a place in memory, at which documents are made that are not stored there."""
    from zarr.storage import MemoryStore, StorePath

    return StorePath(MemoryStore())
