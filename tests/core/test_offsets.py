"""Levels that were averaged and do not say where their pixels lie: found where that is certain, and mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.offsets import missing_offsets
from tests.core.mending.test_mending import block
from tests.core.test_plans import files_of

RULE = "level-offset"


def level(scale: list[float], translation: list[float] | None = None) -> dict[str, Any]:
    """Return an entry of "datasets"."""
    moved = [] if translation is None else [{"type": "translation", "translation": translation}]
    return {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": scale}, *moved]}


FIRST = level([1.0, 0.5])


@pytest.mark.parametrize(
    ("told", "datasets", "shapes", "expected"),
    [
        ({"type": "mean"}, [FIRST, level([1, 1.0]), level([1, 2.0])], [[3, 9], [3, 5], [3, 2]],
         {1: [0, 0.25], 2: [0, 0.75]}),
        ({"type": "local_mean"}, [level([1, 0.5], [4, 7]), level([2, 1.5], [4, 7])], [[8, 9], [4, 3]], {1: [4.5, 7.5]}),
        ({"metadata": {"method": "skimage.transform.downscale_local_mean"}}, [FIRST, level([1, 1])], [[3, 8], [3, 4]],
         {1: [0, 0.25]}),
        # It says where they lie, though not exactly there.
        ({"type": "mean"}, [FIRST, level([1, 1.0], [0, 0.2])], [[3, 8], [3, 4]], {}),
        # Every second pixel, an unknown method, and none.
        ({"type": "nearest"}, [FIRST, level([1, 1.0])], [[3, 8], [3, 4]], {}),
        ({"type": "gaussian"}, [FIRST, level([1, 1.0])], [[3, 8], [3, 4]], {}),
        ({}, [FIRST, level([1, 1.0])], [[3, 8], [3, 4]], {}),
        ({"type": "nearest", "metadata": {"method": "mean"}}, [FIRST, level([1, 1.0])], [[3, 8], [3, 4]], {}),
        # No whole blocks, by the sizes of pixels or by the shapes; no shape; no larger pixels.
        ({"type": "mean"}, [FIRST, level([1, 0.75])], [[3, 9], [3, 6]], {}),
        ({"type": "mean"}, [FIRST, level([1, 1.0])], [[3, 8], [3, 3]], {}),
        ({"type": "mean"}, [FIRST, level([1, 1.0])], [[3, 8], None], {}),
        ({"type": "mean"}, [FIRST, level([1, 0.5])], [[3, 8], [3, 8]], {}),
        # What is hostile or broken is left to other rules.
        ({"type": "mean"}, [FIRST, {"coordinateTransformations": None}], [[3, 8], [3, 4]], {}),
        ({"type": "mean"}, [FIRST, level([1, 0])], [[3, 8], [3, 4]], {}),
        ({"type": "mean"}, [level([1, 1e-320]), level([1, 1e299])], [[3, 8], [3, 4]], {}),
        ({"type": "mean"}, [FIRST, None], [[3, 8], [3, 4]], {}),
        ({"type": ["mean"]}, [FIRST, level([1, 1.0])], [[3, 8], [3, 4]], {}),
        ({"type": "mean"}, [FIRST], [[3, 8], [3, 4]], {}),
    ],
)  # fmt: skip
def test_offsets_are_missing_where_it_is_certain(
    told: dict[str, Any], datasets: list[Any], shapes: list[Any], expected: dict[int, list[float]]
) -> None:
    assert missing_offsets({**told, "datasets": datasets}, shapes) == expected


def without_offsets(ome: dict[str, Any]) -> None:
    """Take the translations of all levels away, as some programs write them."""
    for dataset in ome["multiscales"][0]["datasets"]:
        (first, *rest) = dataset["coordinateTransformations"]
        if first["type"] == "sequence":
            kept = {key: value for key, value in first.items() if key not in ("type", "transformations")}
            first = {**first["transformations"][0], **kept}
        dataset["coordinateTransformations"] = [first]
        assert len(rest) <= 1


@pytest.mark.parametrize("version", ["0.4", "0.5", "0.6"])
def test_what_was_averaged_is_found_and_mended(tmp_path: Path, version: str) -> None:
    where = tmp_path / "image.ome.zarr"
    image = omezarr_nb.write_image(
        np.zeros((3, 101, 128), "uint8"), where, axes="zyx", scale={"y": 0.5, "x": 0.5}, levels=3, version=version
    )
    before, places = files_of(where), [level.translation for level in image.levels]
    assert RULE not in {problem.rule for problem in omezarr_nb.validate(where).problems}
    block(where, version, without_offsets)
    report = omezarr_nb.validate(where)
    found = [problem for problem in report.problems if problem.rule == RULE]
    assert [problem.place for problem in found] == [level.path for level in image.levels[1:]]
    assert {problem.severity for problem in found} == {"warning"}
    assert "a note of 0.6" in found[0].message
    plan = omezarr_nb.plan_repair(where)
    assert RULE in plan.mends
    mended: Any = plan.run()
    assert [level.translation for level in mended.levels] == places
    report = omezarr_nb.validate(where)
    assert report.is_valid
    assert RULE not in {problem.rule for problem in report.problems}
    changed = {name for name, content in files_of(where).items() if content != before[name]}
    assert changed <= {"zarr.json", ".zattrs"}
