"""What a notebook keeps of a view that a page can make live: small, bounded, and never code."""

from __future__ import annotations

import base64
import json
import re
import tomllib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.viewers.exporter import LiveHTMLExporter
from omezarr_nb.viewers.live import MARK, live_html, unpacked_view
from tests.servers import DirectoryServer, serve_directory
from tests.stores import make_image

PIXELS = np.random.default_rng(0).integers(0, 255, (3, 128, 128)).astype("uint8")
WIDGET = "application/vnd.jupyter.widget-view+json"
GOOD: dict[str, Any] = {
    "state": {"_info": {"channels": []}, "colormaps": []},
    "live": {"url": "https://example.org/image.zarr", "format": 3, "labels": {}},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DirectoryServer]:
    """Return a server with an image of three channels that has labels."""
    folder = tmp_path_factory.mktemp("public")
    make_image(folder / "image.zarr", [PIXELS], "cyx", name="cells")
    omezarr_nb.write_labels(np.eye(128, dtype="int32"), folder / "image.zarr", name="nuclei", axes="yx")
    omezarr_nb.write_labels(np.eye(128, dtype="int32"), folder / "image.zarr", name="others", axes="yx")
    with serve_directory(folder) as served:
        yield served


def shown(viewer: omezarr_nb.ImageViewer) -> dict[str, Any]:
    """Return what a cell shows of a viewer."""
    data: dict[str, Any] = viewer._repr_mimebundle_()[0]
    return data


def packed_in(html: str) -> str:
    """Return what the picture of a view carries; "" for nothing."""
    found = re.search(rf'{MARK}="([^"]*)"', html)
    return found[1] if found else ""


def packed(saved: object) -> str:
    """Return anything as a picture would carry it."""
    text = saved if isinstance(saved, str) else json.dumps(saved)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()


def notebook_of(*outputs: dict[str, Any]) -> Any:
    """Return a notebook with cells that show these."""
    made = [nbformat.v4.new_output("display_data", data=data) for data in outputs]
    cells = [nbformat.v4.new_code_cell("image.view()", outputs=[one], id=f"cell-{n}") for n, one in enumerate(made)]
    return nbformat.v4.new_notebook(cells=cells)


def test_a_public_image_leaves_its_state_beside_its_picture(server: DirectoryServer) -> None:
    look: dict[str, Any] = {
        "visible_labels": ["others"],
        "colormaps": ["viridis", "", ""],
        "visible": [True, False, True],
    }
    viewer = omezarr_nb.ImageViewer(f"{server.url}/image.zarr", **look)
    saved = unpacked_view(packed_in(shown(viewer)["text/html"]))
    assert saved is not None
    assert {name: saved["state"][name] for name in look} == look
    assert saved["live"]["url"] == f"{server.url}/image.zarr"
    assert list(saved["live"]["labels"]) == saved["state"]["_info"]["labels"] == ["others"]
    assert saved["state"]["_info"]["name"] == "cells"


def test_other_images_leave_their_picture_alone(server: DirectoryServer) -> None:
    local = omezarr_nb.ImageViewer(str(server.directory / "image.zarr"))
    layers = omezarr_nb.ImageViewer(f"{server.url}/image.zarr", layers=[f"{server.url}/image.zarr"])
    for viewer in (local, layers):
        html = shown(viewer)["text/html"]
        assert html.startswith("<img src=")
        assert f'{MARK}=""' in html
        assert live_html(html) == html


def test_twenty_views_of_public_images_are_saved_in_less_than_100_kb(server: DirectoryServer) -> None:
    viewer = omezarr_nb.ImageViewer(f"{server.url}/image.zarr", visible_labels=["nuclei", "others"])
    text = nbformat.writes(notebook_of(*[shown(viewer)] * 20))
    assert text.count(MARK) == 20
    assert len(text) < 100_000


def test_what_would_be_too_much_is_left_out_histograms_first(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    with serve_directory(tmp_path) as served:
        for count, histograms in ((3, True), (120, False), (500, None)):
            pixels = random.normal(100, 20, (count, 16, 16)).clip(0).astype("uint16")
            make_image(tmp_path / f"{count}.zarr", [pixels], "cyx")
            viewer = omezarr_nb.ImageViewer(f"{served.url}/{count}.zarr")
            found = packed_in(shown(viewer)["text/html"])
            assert len(found) <= 2500
            if histograms is None:
                assert not found
                continue
            saved = unpacked_view(found)
            assert saved is not None
            channels = saved["state"]["_info"]["channels"]
            assert len(channels) == count
            assert any(len(channel["histogram"]) > 1 for channel in channels) is histograms


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "AAAA",
        "not base64!",
        packed("no JSON"),
        packed("[" * 50_000),
        packed('{"state": NaN}'),
        packed(json.dumps(GOOD).replace('"channels": []', '"channels": [1e999]')),
        packed(json.dumps(GOOD) + " " * 10**7),
        packed(GOOD)[:-8],
        packed([GOOD]),
        packed(GOOD | {"state": []}),
        packed(GOOD | {"state": {"_info": {}}}),
        *(
            packed(GOOD | {"live": GOOD["live"] | {"url": url}})
            for url in (
                "javascript:alert(1)",
                "data:text/html,x",
                "file:///etc/passwd",
                "//example.org/image.zarr",
                "https://user:secret@example.org/image.zarr",
                "https://example.org/image.zarr?signature=1",
                "https://[",
                7,
            )
        ),
        packed(GOOD | {"live": GOOD["live"] | {"format": 4}}),
        packed(GOOD | {"live": GOOD["live"] | {"labels": []}}),
        packed(GOOD | {"live": None}),
    ],
)
def test_what_is_no_view_stays_a_picture(hostile: str) -> None:
    page = f'<html><body><img src="data:," {MARK}="{hostile}"></body></html>'
    assert live_html(page) == page


def test_what_was_packed_is_taken_and_more_is_not() -> None:
    assert unpacked_view(packed(GOOD | {"more": 1})) == GOOD
    assert unpacked_view(packed({"state": GOOD["state"], "live": GOOD["live"] | {"more": 1}})) == GOOD
    # By chance it compresses so badly that it is too long.
    long = "".join(chr(code) for code in np.random.default_rng(0).integers(65, 91, 5000))
    assert unpacked_view(packed(GOOD | {"more": long})) is None


def test_a_page_ends_no_element_early_whatever_a_notebook_says() -> None:
    hostile = "</script><script>document.title='run'</script><!--"
    state = GOOD["state"] | {"status": hostile, "colormaps": [hostile, "hsv", 7], "_info": {"name": hostile}}
    picture = f'<img src="data:," {MARK}="{packed(GOOD | {"state": state})}">'
    page = live_html(f"<html><body>{picture}{picture}<p>after</p></body></html>")
    assert "document.title='run'</script>" not in page
    assert page.count("<figure") == page.count("</figure>") == 2
    assert MARK not in page.partition("<p>after")[0]
    assert page.count('<script type="text/plain"') == 3, "once"
    assert page.endswith("</body></html>")
    maps = re.search(r"data-omezarr-nb-colormaps>(.*?)</script>", page)
    assert maps is not None
    assert {"viridis", "hsv"} < set(json.loads(maps[1]))
    assert len(json.loads(maps[1])) == 16


def test_a_part_of_a_page_has_what_runs_at_its_end() -> None:
    part = live_html(f'<p>before</p><img src="data:," {MARK}="{packed(GOOD)}"><p>after</p>')
    assert part.startswith('<p>before</p><figure class="omezarr-nb-saved">')
    assert part.index("<p>after</p>") < part.index('<script type="module">')


def test_a_page_has_at_most_a_hundred_live_views() -> None:
    page = live_html(f'<img src="data:," {MARK}="{packed(GOOD)}">\n' * 120)
    assert page.count("<figure") == 100


def test_nbconvert_takes_widgets_of_views_away_and_leaves_others(server: DirectoryServer) -> None:
    viewer = omezarr_nb.ImageViewer(f"{server.url}/image.zarr")
    local = omezarr_nb.ImageViewer(str(server.directory / "image.zarr"))
    other = {WIDGET: {"model_id": "other", "version_major": 2, "version_minor": 0}, "text/plain": "IntSlider(value=0)"}
    states = {"state": {"other": {"model_name": "IntSliderModel"}}, "version_major": 2, "version_minor": 0}
    for outputs, others in (([shown(viewer), shown(local)], False), ([shown(viewer), other], True)):
        notebook = notebook_of(*outputs)
        notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": states}
        html, _ = LiveHTMLExporter().from_notebook_node(notebook)
        assert html.count('<figure class="omezarr-nb-saved">') == 1
        assert ("unpkg.com" in html) is others
        assert ('"model_id": "other"' in html) is others
        assert notebook.metadata.widgets, "the notebook itself is not changed"
        assert WIDGET in notebook.cells[0].outputs[0].data


def test_a_page_without_views_is_that_of_nbconvert() -> None:
    from nbconvert import HTMLExporter

    notebook = notebook_of({"text/html": "<b>bold</b>"})
    own, theirs = LiveHTMLExporter(), HTMLExporter()
    assert own.from_notebook_node(notebook)[0] == theirs.from_notebook_node(notebook)[0]


def test_nbconvert_finds_the_exporter_by_its_name(project: Path) -> None:
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = declared["entry-points"]["nbconvert.exporters"]["omezarr_html"].partition(":")
    assert (module, name) == (LiveHTMLExporter.__module__, LiveHTMLExporter.__name__)
