"""What views hold is bounded, and given back when they are closed."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

import omezarr_nb
from omezarr_nb import Image
from tests.stores import make_image


def stack(where: Path) -> Image:
    """Return an image of 12 planes of 64 kB, a chunk each, with labels."""
    pixels = np.arange(12, dtype="uint8")[:, None, None] + np.zeros((12, 256, 256), "uint8")
    make_image(where, [pixels], "zyx", chunks=(1, 256, 256))
    omezarr_nb.write_labels(pixels.astype("uint16"), where, name="cells", axes="zyx", levels=1)
    return Image(omezarr_nb.open(where).location)


def look(viewer: omezarr_nb.ImageViewer) -> None:
    """Read every plane, of the image and of its labels."""
    for plane in range(12):
        viewer.indices = {"z": plane}
        viewer.snapshot(width=64)


def test_a_view_keeps_no_more_than_its_cache_may_hold(tmp_path: Path) -> None:
    viewer = omezarr_nb.ImageViewer(stack(tmp_path / "image.zarr"))
    cache = viewer._planes.cache
    cache._max_bytes = 5 * 2**16
    look(viewer)
    assert 2**16 <= cache.bytes <= 5 * 2**16
    viewer.close()


def test_closing_a_view_gives_back_what_it_holds_in_the_kernel(tmp_path: Path) -> None:
    others = threading.enumerate()
    viewer = omezarr_nb.ImageViewer(stack(tmp_path / "image.zarr"))
    look(viewer)
    caches = [viewer._planes.cache, viewer._layers.planes("cells").cache]
    assert all(cache.bytes > 0 for cache in caches)
    viewer.close()
    assert [cache.bytes for cache in caches] == [0, 0]
    new = [thread for thread in threading.enumerate() if thread not in others]
    own = [thread for thread in new if thread.name.startswith("omezarr_nb-")]
    for thread in own:
        thread.join(10)
    assert not any(thread.is_alive() for thread in own)
