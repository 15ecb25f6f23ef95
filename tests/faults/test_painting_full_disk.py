"""Painting more than fits on the disk for temporary files: no stroke is lost, and it is said what to do."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.errors import StoreError

SIDE = 1600


def test_strokes_that_no_longer_fit_are_refused_until_the_others_are_saved(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = omezarr_nb.write_image(np.zeros((SIDE, SIDE), "u1"), tmp_path / "image.zarr", levels=2)
    editor = omezarr_nb.edit_labels(image, "cells", create=True, dtype="uint16", memory=500_000)
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    # What is painted in the first stroke already takes more than the disk has.
    editor.polygon([(-1, -1), (-1, SIDE), (SIDE, SIDE), (SIDE, -1)], 3)
    expected = np.full((SIDE, SIDE), 3, "u2")
    np.testing.assert_array_equal(editor.read(), expected)
    with pytest.raises(StoreError, match=r"disk for temporary files is full.*No space left.*Save") as caught:
        editor.paint([(5, 5)], 4, 3)
    assert str(disk) in str(caught.value)
    with pytest.raises(StoreError, match="disk for temporary files is full"):
        editor.undo()
    np.testing.assert_array_equal(editor.read(), expected)
    assert (editor.state.name, editor.state.unsaved) == ("unsaved", 1)
    editor.save()
    editor.paint([(5, 5)], 4, 3)
    expected[4:7, 4:7] = editor.read(y=slice(4, 7), x=slice(4, 7))
    assert expected[5, 5] == 4
    editor.undo()
    editor.redo()
    editor.close(save=True)
    labels = omezarr_nb.open(tmp_path / "image.zarr").labels["cells"]
    np.testing.assert_array_equal(labels.levels[0].zarr[...], expected)
    fresh = omezarr_nb.write_image(expected, "memory://painted.zarr", axes="yx", levels=2, method="mode")
    np.testing.assert_array_equal(labels.levels[1].zarr[...], fresh.levels[1].zarr[...])
