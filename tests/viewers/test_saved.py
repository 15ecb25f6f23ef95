"""What is left of a view without a kernel: a small picture in the notebook, a page of its own."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PILImages

import omezarr_nb
from omezarr_nb.errors import TargetExistsError
from omezarr_nb.viewers.page import COLORMAPS, why_not_live
from omezarr_nb.viewers.still import encoded
from tests.servers import serve_directory
from tests.stores import make_image

NOISE = np.random.default_rng(0).integers(0, 255, (512, 700)).astype("uint8")
#: Of the picture in base 64; it is saved with the output, and with the widget's state.
PICTURE_BYTES = 1300


def shown(viewer: omezarr_nb.ImageViewer) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
    """Return what a cell shows of a viewer."""
    bundle: tuple[dict[str, str], dict[str, dict[str, object]]] = viewer._repr_mimebundle_()
    return bundle


def picture_of(viewer: omezarr_nb.ImageViewer) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the pixels of the picture in the widget's state."""
    data = viewer._still.removeprefix("data:image/webp;base64,")
    return np.asarray(PILImages.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


def test_a_cell_has_a_small_picture_with_a_text_beside_the_view(tmp_path: Path) -> None:
    pixels = np.zeros((3, 200, 300), "uint8")
    pixels[1, :, 150:] = 255
    where = make_image(tmp_path / "image.zarr", [pixels], "zyx", name="halves")
    viewer = omezarr_nb.ImageViewer(where, colors=["#00ff00"], contrast_limits=[(0, 255)], indices={"z": 1})
    data, _ = shown(viewer)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == "View of halves, z 1 of 3"
    assert data["text/html"].startswith(f'<img src="{viewer._still}" alt="View of halves, z 1 of 3"')
    picture = picture_of(viewer)
    height, width = picture.shape[:2]
    assert width / height == pytest.approx(1.5, rel=0.02)
    assert picture[height // 2, width // 4].max() < 20
    assert picture[height // 2, -width // 4, 1] > 230
    assert picture[height // 2, -width // 4, 0] < 40


def test_names_in_the_text_beside_the_picture_are_never_html(tmp_path: Path) -> None:
    viewer = omezarr_nb.ImageViewer(make_image(tmp_path / "image.zarr", [NOISE], "yx", name='"><script>'))
    data, _ = shown(viewer)
    assert "<script>" not in data["text/html"]
    assert "&quot;&gt;&lt;script&gt;" in data["text/html"]


@pytest.mark.parametrize("shape", [(512, 700), (3, 700), (700, 3), (1, 1)])
def test_pictures_are_bounded_whatever_they_show(tmp_path: Path, shape: tuple[int, int]) -> None:
    where = make_image(
        tmp_path / "image.zarr", [np.ascontiguousarray(NOISE.repeat(2, 0)[: shape[0], : shape[1]])], "yx"
    )
    viewer = omezarr_nb.ImageViewer(where)
    data, _ = shown(viewer)
    assert 0 < len(viewer._still) < PICTURE_BYTES
    assert len(data["text/html"]) < PICTURE_BYTES + 200


def test_a_large_plane_without_coarse_levels_is_not_read_whole(tmp_path: Path) -> None:
    plane = np.zeros((6000, 6000), "uint8")
    plane[1500:4500, 1500:4500] = 200
    where = make_image(tmp_path / "image.zarr", [plane], "yx", chunks=(500, 500))
    viewer = omezarr_nb.ImageViewer(where, contrast_limits=[(0, 200)])
    for chunk in Path(where).glob("0/c/0/*"):  # cannot be read any more, and need not be
        chunk.write_bytes(b"broken")
    shown(viewer)
    assert picture_of(viewer).min() > 240, "the middle"


def test_what_cannot_be_read_has_no_picture_and_still_a_view(tmp_path: Path) -> None:
    where = make_image(tmp_path / "image.zarr", [NOISE], "yx", chunks=(700, 700))
    for chunk in Path(where).glob("0/c/*/*"):
        chunk.write_bytes(b"broken")
    data, _ = shown(omezarr_nb.ImageViewer(where))
    assert "text/html" not in data
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == "View of synthetic"


def test_a_picture_becomes_as_small_as_it_must() -> None:
    picture = PILImages.fromarray(np.random.default_rng(0).integers(0, 255, (240, 240, 3)).astype("uint8"))
    sizes = [len(encoded(picture, most)) for most in (10**6, 6000, 1200)]
    assert sizes[0] > 6000 >= sizes[1] > 1200 >= sizes[2]


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("file", "does not lie at a public URL"),
        ("https", ""),
        ("https with a signature", "is not public"),
        ("https with a password", "is not public"),
    ],
)
def test_only_what_the_web_can_read_is_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, why: str
) -> None:
    image = omezarr_nb.open(make_image(tmp_path / "image.zarr", [NOISE], "yx"))
    places = {
        "https": "https://example.org/image.zarr",
        "https with a signature": "https://example.org/image.zarr?X-Amz-Signature=1",
        "https with a password": "https://user:secret@example.org/image.zarr",
    }
    if where in places:
        monkeypatch.setattr(type(image), "where", places[where])
    found = why_not_live(image)
    assert (why in found) if why else found == ""


def test_a_page_offers_the_colour_maps_that_a_view_offers(project: Path) -> None:
    source = (project / "omezarr_nb/frontend/src/controls/more.ts").read_text()
    offered = re.search(r"const COLORMAPS = \[([^\]]*)\]", source)
    assert offered is not None
    assert tuple(re.findall(r'"(\w+)"', offered[1])) == COLORMAPS


def test_a_page_ends_no_element_early_whatever_the_file_says(tmp_path: Path) -> None:
    hostile = "</script><script>document.title='run'</script>"
    make_image(tmp_path / "image.zarr", [NOISE], "cyx"[1:], name=hostile)
    with serve_directory(tmp_path) as server:
        viewer = omezarr_nb.ImageViewer(f"{server.url}/image.zarr")
        viewer.save_html(tmp_path / "view.html")
    page = (tmp_path / "view.html").read_text()
    assert "document.title='run'</script>" not in page
    saved = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert saved is not None
    assert json.loads(saved[1])["state"]["_info"]["name"] == hostile
    assert len(re.findall(r"</script>", page, re.IGNORECASE)) == 6, "the state, colours, three modules, and what runs"


def test_a_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    viewer = omezarr_nb.ImageViewer(make_image(tmp_path / "image.zarr", [NOISE], "yx"))
    page = tmp_path / "view.html"
    page.write_text("precious")
    with pytest.raises(TargetExistsError):
        viewer.save_html(page)
    assert page.read_text() == "precious"
    viewer.save_html(page, overwrite=True, title="Noise & more")
    assert "<h1>Noise &amp; more</h1>" in page.read_text()
    assert "does not lie at a public URL" in page.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image.zarr", "view.html"]


def test_a_page_of_layers_or_projections_shows_the_picture_of_them(tmp_path: Path) -> None:
    dark = np.zeros((3, 64, 64), "uint8")
    bright = dark.copy()
    bright[2, :32] = 200
    for name, pixels in (("dark", dark), ("bright", bright)):
        make_image(tmp_path / f"{name}.zarr", [pixels], "zyx")
    with serve_directory(tmp_path) as server:
        urls = [f"{server.url}/{name}.zarr" for name in ("dark", "bright")]
        look: dict[str, Any] = {"indices": {"z": 2}, "height": 200}
        layers = omezarr_nb.ImageViewer(urls[0], layers=[urls[1]], contrast_limits=[(0, 200)] * 2, **look)
        projected = omezarr_nb.ImageViewer(urls[1], contrast_limits=[(0, 200)], indices={"z": 0}, height=200)
        projected.projection = {"method": "maximum"}
        for viewer, why in ((layers, "over one another"), (projected, "Projections")):
            shown(viewer)
            picture = picture_of(viewer)
            assert picture[10, 30].max() > 200
            assert picture[-10, 30].max() < 50
            viewer.save_html(tmp_path / "view.html", overwrite=True)
            page = (tmp_path / "view.html").read_text()
            assert why in page
            assert "<script" not in page
