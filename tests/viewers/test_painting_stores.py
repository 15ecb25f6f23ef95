"""Labels of any layout, painted by what the browser sends: every level in the store, against plain NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import zarr

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.core.kinds import Array, Ints


class Layout(NamedTuple):
    """How labels are stored: `shape` without the axes of time and channels, factors from each level to the next."""

    axes: str
    factors: tuple[Ints, ...]
    version: str = "0.5"
    shards: int | None = None
    #: How the levels are made: "mode", "nearest", or "last" as ome-zarr-py does; None where the labels say so.
    foreign: str | None = None

    @property
    def shape(self) -> Ints:
        lengths = {"t": 2, "c": 2, "z": 7, "y": 62, "x": 75}
        return tuple(lengths[axis] for axis in self.axes)


LAYOUTS = {
    "3x": Layout("yx", ((3, 3), (3, 3))),
    "anisotropic": Layout("zyx", ((1, 2, 3), (3, 2, 2))),
    "czyx": Layout("czyx", ((1, 1, 2, 2), (1, 1, 2, 2))),
    "tczyx, Zarr 2": Layout("tczyx", ((1, 1, 2, 2, 2),), "0.4"),
    "sharded": Layout("zyx", ((1, 2, 2), (1, 2, 2)), shards=2),
    "of ome-zarr-py": Layout("zyx", ((1, 2, 2), (1, 2, 2)), "0.4", foreign="last"),
    "first pixels, unnamed": Layout("tyx", ((1, 2, 2), (1, 2, 2)), foreign="nearest"),
    "most frequent, unnamed": Layout("zyx", ((1, 2, 2),), foreign="mode"),
}


def blocks(pixels: Array, step: Ints) -> Array:
    """Return the pixels of each full block: the first axis is the place within it."""
    whole = pixels[tuple(slice(n // f * f) for n, f in zip(pixels.shape, step, strict=True))]
    return np.stack([whole[tuple(slice(a, None, f) for a, f in zip(at, step, strict=True))] for at in np.ndindex(step)])


def reduced(pixels: Array, step: Ints, method: str) -> Array:
    """Return the next level."""
    places = blocks(pixels, step)
    if method != "mode":
        return np.asarray(places[0 if method == "nearest" else -1])
    ids = np.unique(pixels)
    counts = np.stack([(places == one).sum(axis=0) for one in ids])
    chosen: Array = ids[counts.argmax(axis=0)].astype(pixels.dtype)
    return chosen


def levels_of(pixels: Array, layout: Layout, method: str) -> list[Array]:
    levels = [pixels.copy()]
    for step in layout.factors:
        levels.append(reduced(levels[-1], step, method))
    return levels


def stored(where: Path, layout: Layout) -> tuple[Image, Array]:
    """Write an image and its labels: ids 7 and 9 on every plane, with edges at odd and even places."""
    omezarr_nb.write_image(np.zeros(layout.shape, "u1"), where, axes=layout.axes, levels=1, version=layout.version)
    pixels = np.zeros(layout.shape, "u2")
    pixels[..., 5:20, 3:31] = 9
    pixels[..., 5:30, 31:40] = 7
    chunks: tuple[int, ...] = tuple(1 if axis in "tcz" else 16 for axis in layout.axes)
    shards = None if layout.shards is None else tuple(n if n == 1 else n * layout.shards for n in chunks)
    factors = [dict(zip(layout.axes, step, strict=True)) for step in np.cumprod(layout.factors, axis=0).tolist()]
    written = omezarr_nb.write_labels(
        pixels, where, "cells", axes=layout.axes, scale_factors=factors, chunks=chunks, shards=shards, method="mode"
    )
    if layout.foreign:
        group = zarr.open_group(where / "labels/cells", mode="r+")
        attributes: dict[str, Any] = group.attrs.asdict()
        owner = attributes.get("ome", attributes)
        for key in ("type", "metadata"):
            owner["multiscales"][0].pop(key, None)
        group.attrs.put(attributes)
        for level, made in zip(written.levels, levels_of(pixels, layout, layout.foreign), strict=True):
            group[level.path][...] = made  # type: ignore[index]
    return omezarr_nb.open(where), pixels


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_the_browser_paints_is_in_every_level(tmp_path: Path, name: str) -> None:
    layout = LAYOUTS[name]
    image, pixels = stored(tmp_path / "image.zarr", layout)
    before = levels_of(pixels, layout, layout.foreign or "mode")
    viewer = image.view()
    answers = viewer._answers()

    def ask(kind: str, **content: Any) -> dict[str, Any]:
        answer: dict[str, Any] = answers[kind]({"kind": kind, "labels": "cells", **content})[0]
        return answer

    told = ask("edit")["editing"]
    method = "nearest" if layout.foreign == "nearest" else "mode"
    assert (told["state"], told["method"]) == ("saved", method if layout.foreign else "")

    marks = {axis: 1 for axis in layout.axes if axis in "tc"}
    plane = tuple(marks[axis] for axis in layout.axes if axis in marks)
    rows, columns = np.ogrid[:62, :75]
    disc = (rows - 40) ** 2 + (columns - 50) ** 2 <= 9**2
    volume = pixels[plane]
    # A stroke with the brush in the first and in the fifth plane; between them the label is filled in.
    for z in (1, 5) if "z" in layout.axes else (None,):
        indices = marks | ({} if z is None else {"z": z})
        stroke = {"tool": "brush", "points": [[40, 50]], "size": 18, "label": "300", "indices": indices}
        assert ask("stroke", stroke=stroke)["number"]
        (volume if z is None else volume[z])[disc] = 300
    if "z" in layout.axes:
        within = [[20, 62], [20, 75]]
        between = {"tool": "interpolate", "label": "300", "axis": "z", "within": within, "indices": marks | {"z": 3}}
        assert ask("stroke", stroke=between)["number"]
        volume[2:5, disc] = 300
    # The label under a click is taken away in this plane.
    indices = marks | ({"z": 5} if "z" in layout.axes else {})
    erased = {"tool": "fill", "point": [10, 10], "label": "0", "depth": False, "indices": indices}
    assert ask("stroke", stroke=erased)["number"]
    flat = volume[5] if "z" in layout.axes else volume[...]
    flat[flat == 9] = 0

    assert ask("store")["editing"]["state"] == "saved"
    assert ask("leave")["editing"]["state"] == "closed"
    viewer.close()
    found = [np.asarray(level.zarr[...]) for level in omezarr_nb.open(image.where).labels["cells"].levels]
    np.testing.assert_array_equal(found[0], pixels)
    for level, step in enumerate(layout.factors, start=1):
        expected = reduced(found[level - 1], step, method)
        changed = blocks(found[level - 1] != before[level - 1], step).any(axis=0)
        assert changed.any()
        np.testing.assert_array_equal(found[level][changed], expected[changed])
        # What others made stays as it was, but for pixels beside those that were painted.
        same = found[level] == (before[level] if layout.foreign == "last" else expected)
        assert (same | (found[level] == expected)).all()
        assert same.mean() > 0.9
