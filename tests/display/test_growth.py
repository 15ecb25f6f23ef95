"""A planned append shows what it will do."""

from __future__ import annotations

import numpy as np
import zarr
from zarr.storage import MemoryStore

import omezarr_nb


def test_a_planned_append_in_a_cell_and_in_a_terminal() -> None:
    store = MemoryStore()
    pixels = np.zeros((3, 64, 64), "u1")
    omezarr_nb.write_image(pixels, store, axes="tyx", chunks=(2, 32, 64), levels=2, name="<b>lapse</b>")
    omezarr_nb.write_labels(pixels, zarr.open_group(store), "cells", axes="tyx")
    plan = omezarr_nb.open(store).plan_append(pixels)
    bundle = plan._repr_mimebundle_()
    text = bundle["text/plain"].replace("\u00a0", " ").replace("\u2009", " ")
    assert text.startswith("Plan to make an image longer along t, from 3 to 6 · <b>lapse</b>")
    assert "0  t 3 × y 64 × x 64 to t 6 × y 64 × x 64" in text
    assert "Writes 6 chunks, 3 of them read first for the old pixels in them; 15.4 kB of new pixels" in text
    assert "These labels will be shorter than the image: cells. Append to them, too." in text
    page = bundle["text/html"]
    assert "<b>lapse</b>" not in page
    assert "&lt;b&gt;lapse&lt;/b&gt;" in page
    assert "These labels will be shorter" in page
    assert '<table cellpadding="4">' in page
