"""A scene in one view: its images lie where its transformations have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import omezarr_nb
from omezarr_nb.core.scenes import ImageScene
from omezarr_nb.errors import NotFoundError, UnsupportedError


def scene_of(where: Path, transformations: list[dict[str, Any]]) -> ImageScene:
    """Return a scene of two images of 32 x 32 pixels of 0.5 µm, of 100 and of 50, each moved to "world"."""
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
    scene = {"coordinateSystems": [{"name": "world", "axes": axes}], "coordinateTransformations": transformations}
    zarr.create_group(where, attributes={"ome": {"version": "0.6", "scene": scene}})
    for name, value in (("fixed", 100), ("moving", 50)):
        pixels = np.full((32, 32), value, "uint8")
        pixels[:8] = value // 2
        omezarr_nb.write_image(
            pixels, where / name, axes="yx", scale=(0.5, 0.5), units="micrometer", version="0.6", levels=1
        )
    opened = omezarr_nb.open(where)
    assert isinstance(opened, ImageScene)
    return opened


def edge(name: str, **transformation: Any) -> dict[str, Any]:
    return transformation | {"input": {"name": "physical", "path": name}, "output": {"name": "world"}}


def test_images_lie_where_the_scene_has_them(tmp_path: Path) -> None:
    where = tmp_path / "scene.zarr"
    turn = [[0, 1, 4], [-1, 0, 15.5]]
    scene = scene_of(
        where,
        [
            edge("fixed", type="translation", translation=[4, 0]),
            edge("moving", type="affine", affine=turn),
        ],
    )
    viewer = scene.view(contrast_limits=[(0, 255), (0, 255)], colors=["red", "lime"])
    assert viewer.layer_names[1] == "moving"
    # In the coordinates of the first one: x' = 15.5 - y, y' = x.
    assert viewer._members[1].matrix == (0, -1, 1, 0, 15.5, 0)
    pixels = np.asarray(viewer.snapshot(width=32, height=32))
    assert (pixels[8:, :, 0] == 100).all()
    assert (pixels[:, :24, 1] == 50).all()
    assert (pixels[:, 24:, 1] == 25).all()


def test_what_cannot_be_viewed_is_refused_in_words(tmp_path: Path) -> None:
    apart = scene_of(
        tmp_path / "apart.zarr",
        [edge(name, type="identity") for name in ("fixed",)]
        + [{"type": "identity", "input": {"name": "physical", "path": "moving"}, "output": {"name": "elsewhere"}}],
    )
    with pytest.raises(UnsupportedError, match="No transformation"):
        apart.view()
    empty = zarr.create_group(tmp_path / "empty.zarr", attributes={"ome": {"version": "0.6", "scene": {}}})
    opened = omezarr_nb.open(empty)
    assert isinstance(opened, ImageScene)
    with pytest.raises(NotFoundError, match="no image"):
        opened.view()
