"""Views of an image on a server that fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from omezarr_nb.core import remote
from omezarr_nb.core.patience import Patience
from omezarr_nb.core.reader import open_image
from tests.servers import DirectoryServer
from tests.storage.faults import FaultProxy, Outcome
from tests.stores import make_image
from tests.viewers.service import all_tiles, pixels_of, serving

PIXELS = np.random.default_rng(3).integers(1, 200, (300, 300), "uint8")
REQUEST = {"kind": "tiles", "request": 1, "level": 0, "indices": [0, 0], "channels": [0]}


@pytest.fixture
def proxy(
    tmp_path: Path,
    serve: Callable[[Path], DirectoryServer],
    fault_proxy: Callable[[str], FaultProxy],
    monkeypatch: pytest.MonkeyPatch,
) -> FaultProxy:
    make_image(tmp_path / "image", [PIXELS], "yx", chunks=(256, 256))
    monkeypatch.setattr(remote, "CHUNKS", Patience(seconds=20, wait=0.02))
    return fault_proxy(serve(tmp_path).url)


def test_what_passes_is_not_seen(proxy: FaultProxy) -> None:
    image = open_image(f"{proxy.url}/image")
    with serving(image, 2**24) as (service, wire):
        rule = proxy.fail("*/c/*", 503, times=3)
        service.handle(REQUEST | {"tiles": all_tiles(image)})
        tiles = pixels_of(wire.until_done(1))
    assert rule.failed == 3
    np.testing.assert_array_equal(tiles[0, 0, 0], PIXELS[:256, :256])
    np.testing.assert_array_equal(tiles[1, 1, 0], PIXELS[256:, 256:])


@pytest.mark.parametrize(
    ("fault", "words"), [(503, "tried 4 times"), ("reset", "tried 4 times"), (404, "not there any more")]
)
def test_what_does_not_is_said_in_place_of_the_tile(proxy: FaultProxy, fault: Outcome, words: str) -> None:
    image = open_image(f"{proxy.url}/image")
    with serving(image, 2**24) as (service, wire):
        assert image.levels
        proxy.fail(outcome=fault)
        service.handle(REQUEST | {"tiles": all_tiles(image)})
        tiles = [tile for content, _ in wire.until_done(1) for tile in content["tiles"]]
    assert len(tiles) == 4
    assert all(words in tile["error"] for tile in tiles)
