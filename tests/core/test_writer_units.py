"""Units that the specification does not list are stored as they are given, and warned of with rule and place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import zarr
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.writer import write_image, write_labels, write_multiscale, write_multiscales_metadata

PIXELS = np.zeros((16, 16), "uint8")
WARNING = r'axes\[1\]\.unit: "foo" is not in the list of units \(axis-unit-known\)'
AXES = [{"name": "y", "type": "space", "unit": "um"}, {"name": "x", "type": "space", "unit": "foo"}]
SCALE: list[dict[str, Any]] = [{"type": "scale", "scale": [1, 1]}]


@pytest.mark.parametrize("version", ["0.4", "0.5", "0.6"])
def test_a_plan_warns_and_stores_it(version: str) -> None:
    with pytest.warns(UserWarning, match=WARNING):
        plan = omezarr_nb.plan_image(PIXELS, MemoryStore(), units={"x": "foo", "y": "um"}, version=version)
    assert [(problem.rule, problem.place) for problem in plan.problems] == [("axis-unit-known", "axes[1].unit")]
    image = plan.run()
    assert [axis.unit for axis in image.axes] == ["micrometer", "foo"]
    assert [problem.rule for problem in image.problems] == ["axis-unit-known"]


def test_every_writer_warns_once() -> None:
    group = zarr.create_group(MemoryStore())
    for write in (
        lambda: write_image(PIXELS, MemoryStore(), units={"x": "foo"}),
        lambda: write_multiscale([PIXELS], MemoryStore(), axes=AXES),
        lambda: write_labels(PIXELS, group, "cells", axes=AXES),
        lambda: write_multiscales_metadata(
            zarr.create_group(MemoryStore()), [{"path": "0", "coordinateTransformations": SCALE}], axes=AXES
        ),
    ):
        with pytest.warns(UserWarning, match=WARNING) as caught:
            write()
        assert len(caught) == 1
        assert caught[0].filename == __file__


@pytest.mark.parametrize("units", ["um", "Micrometres", {"y": "nm", "x": "mile"}, None])
def test_known_units_as_people_write_them_do_not(units: Any) -> None:
    assert omezarr_nb.plan_image(PIXELS, MemoryStore(), units=units).problems == ()
