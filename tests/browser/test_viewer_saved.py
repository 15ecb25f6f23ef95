"""Views without a kernel: pages that read the store themselves, notebooks that were converted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import zarr
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Locator, Page, Route, expect

import omezarr_nb
from tests.browser.bridge import show_viewer, until
from tests.browser.chromium import PageErrors
from tests.servers import DirectoryServer
from tests.stores import block_mean, make_image

#: Value of each plane: it is told by its colour on the screen.
VALUES = (40, 90, 140, 190, 240)
CODECS: dict[str, dict[str, Any]] = {
    "0.4, blosc": {"compressors": {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 2}},
    "0.4, gzip": {"compressors": {"id": "gzip", "level": 5}},
    "0.5, blosc": {
        "compressors": {
            "name": "blosc",
            "configuration": {"cname": "zstd", "clevel": 1, "shuffle": "shuffle", "typesize": 2, "blocksize": 0},
        }
    },
    "0.5, zstd and shards": {"shards": (1, 128, 256)},
}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a machine that is busy with other things take longer for a picture than a cell waits for it."""
    monkeypatch.setattr("omezarr_nb.viewers.parts.saved._PATIENCE", 60)


def stack() -> np.ndarray[Any, Any]:
    """Return five planes with a black quarter at the upper left."""
    pixels = np.array(VALUES, "uint16")[:, None, None] + np.zeros((5, 256, 512), "uint16")
    pixels[:, :128, :256] = 0
    return pixels


def write(where: Path, kind: str) -> None:
    """Write an image of two levels with the codecs that are named."""
    pixels = stack()
    version = kind[:3]
    levels = [pixels, block_mean(pixels, (1, 2, 2))]
    make_image(where, levels, "zyx", version=version, units=dict.fromkeys("zyx", "micrometer"), name=kind)
    for index, level in enumerate(levels):
        zarr.create_array(
            f"{where}/{index}",
            data=level,
            chunks=(1, 64, 128),
            zarr_format=2 if version == "0.4" else 3,
            chunk_key_encoding={"name": "v2", "separator": "/"} if version == "0.4" else None,
            overwrite=True,
            **CODECS[kind],
        )


def grey_at(page: Page, x: float, y: float) -> list[int]:
    """Return the colour at a part of the canvas' width and height."""
    found: list[int] = page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector(".omezarr-nb-viewer .picture canvas");
            const at = [Math.round(canvas.width * x), Math.round(canvas.height * y)];
            return [...canvas.getContext("2d").getImageData(...at, 1, 1).data.slice(0, 3)];
        }""",
        [x, y],
    )
    return found


def wait_grey(page: Page, value: int) -> None:
    """Wait until the plane with a value is on the screen: below the middle it, above and left of it black."""
    expected = [[value] * 3, [0] * 3, [value] * 3]
    until(
        page,
        lambda: [grey_at(page, *place) for place in ((0.5, 0.6), (0.45, 0.4), (0.55, 0.4))],
        lambda seen: np.allclose(seen, expected, atol=2),
    )


def wait_picture(picture: Locator, width: int) -> None:
    """Wait until a picture of more than so many pixels is there."""
    expect(picture).to_be_visible()
    until(picture.page, lambda: int(picture.evaluate("img => img.naturalWidth")), lambda found: found > width)


@pytest.mark.parametrize("kind", CODECS)
def test_a_saved_page_reads_the_image_itself(
    page: Page, tmp_path: Path, serve: Callable[[Path], DirectoryServer], page_errors: PageErrors, kind: str
) -> None:
    store = tmp_path / "served"
    write(store / "image.zarr", kind)
    server = serve(store)
    page_errors.allow("404")  # chunks of nothing but zeros are not stored
    viewer = omezarr_nb.ImageViewer(f"{server.url}/image.zarr", contrast_limits=[(0, 255)], indices={"z": 2})
    viewer.save_html(tmp_path / "view.html")
    viewer.close()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "view.html").as_uri())
    page.wait_for_selector('.omezarr-nb-viewer[data-state="ready"]')
    expect(page.locator("figcaption")).to_contain_text("Live")
    wait_grey(page, VALUES[2])
    slider = page.get_by_role("slider", name="z", exact=True)
    for plane in (4, 0):
        slider.fill(str(plane))
        wait_grey(page, VALUES[plane])
    page.get_by_role("button", name=re.compile("^auto")).first.click()
    wait_grey(page, 255)
    elsewhere = [url for url in asked if not url.startswith((server.url, "file:", "data:", "blob:"))]
    assert not elsewhere


def test_a_saved_page_shows_a_picture_while_the_server_is_away(
    page: Page, tmp_path: Path, serve: Callable[[Path], DirectoryServer], page_errors: PageErrors
) -> None:
    page_errors.allow("503|404")
    store = tmp_path / "served"
    write(store / "image.zarr", "0.4, gzip")
    server = serve(store)
    viewer = omezarr_nb.ImageViewer(f"{server.url}/image.zarr", contrast_limits=[(0, 255)], volume=True)
    viewer.save_html(tmp_path / "view.html")
    server.fail("*", 503)
    page.goto((tmp_path / "view.html").as_uri())
    caption = page.locator("figcaption")
    expect(caption).to_contain_text("A still picture.")
    expect(caption).to_contain_text("503")
    picture = page.get_by_role("img", name="View of 0.4, gzip")
    wait_picture(picture, 400)
    server.heal()
    caption.get_by_role("button", name="try again").click()
    expect(caption).to_contain_text("Live")
    # It was saved as a volume, which a kernel reads: a page has its planes.
    wait_grey(page, VALUES[2])
    cube = page.get_by_role("button", name="volume", exact=True)
    expect(cube).to_be_disabled()
    expect(cube).to_have_attribute("title", "Volumes need a kernel: open the notebook and run it.")


def test_a_server_that_never_answers_is_given_up(
    page: Page, tmp_path: Path, serve: Callable[[Path], DirectoryServer], page_errors: PageErrors
) -> None:
    page_errors.allow("404")
    store = tmp_path / "served"
    write(store / "image.zarr", "0.4, gzip")
    server = serve(store)
    viewer = omezarr_nb.ImageViewer(f"{server.url}/image.zarr", contrast_limits=[(0, 255)])
    viewer.save_html(tmp_path / "view.html")
    viewer.close()
    asked: list[str] = []

    def hang(route: Route) -> None:
        asked.append(route.request.url)

    page.route(f"{server.url}/**", hang)
    page.clock.install()
    page.goto((tmp_path / "view.html").as_uri())
    caption = page.locator("figcaption")
    expect(caption).to_contain_text("reading")
    until(page, lambda: len(asked), lambda count: count > 0)
    page.clock.fast_forward(31_000)
    expect(caption).to_have_text("A still picture. The server has said nothing for 30 s. try again")
    page.unroute(f"{server.url}/**")
    caption.get_by_role("button", name="try again").click()
    expect(caption).to_contain_text("Live")
    wait_grey(page, VALUES[2])


def test_labels_and_colour_maps_are_there_without_a_kernel(
    page: Page, tmp_path: Path, serve: Callable[[Path], DirectoryServer], page_errors: PageErrors
) -> None:
    page_errors.allow("404")
    store = tmp_path / "served"
    write(store / "image.zarr", "0.5, blosc")
    ids = np.zeros((5, 256, 512), "int32")
    ids[:, 128:, :] = 7
    omezarr_nb.write_labels(
        ids,
        store / "image.zarr",
        name="cells",
        axes="zyx",
        label_metadata={"colors": [{"label-value": 7, "rgba": [255, 0, 0, 255]}]},
    )
    server = serve(store)
    viewer = omezarr_nb.ImageViewer(f"{server.url}/image.zarr", contrast_limits=[(0, 300)], label_opacity=1.0)
    viewer.save_html(tmp_path / "view.html")
    page.goto((tmp_path / "view.html").as_uri())
    page.wait_for_selector('.omezarr-nb-viewer[data-state="ready"]')
    until(page, lambda: grey_at(page, 0.5, 0.6), [255, 0, 0])
    until(page, lambda: grey_at(page, 0.55, 0.4), lambda seen: max(seen) > 100)  # the image, where no label is
    page.get_by_role("button", name=re.compile("more")).first.click()
    page.get_by_role("combobox").first.select_option("viridis")
    until(page, lambda: grey_at(page, 0.55, 0.4), lambda seen: len(set(seen)) > 1)


def notebook_of(code: str) -> Any:
    """Return an executed notebook of one cell, with the state of its widgets."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(code)]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(Path(__file__).parents[2])}}).execute()
    return notebook


def test_a_converted_notebook_shows_a_picture(page: Page, tmp_path: Path, page_errors: PageErrors) -> None:
    write(tmp_path / "image.zarr", "0.5, blosc")
    notebook = notebook_of(f"import omezarr_nb\nomezarr_nb.open({str(tmp_path / 'image.zarr')!r}).view()")
    notebook.metadata.pop("widgets")  # as JupyterLab saves it
    html, _ = HTMLExporter().from_notebook_node(notebook)
    (tmp_path / "notebook.html").write_text(html)
    page.route(re.compile("^https?:"), lambda route: route.abort())
    page_errors.allow("ERR_FAILED")  # the page of nbconvert loads MathJax and others
    page.set_content(html, wait_until="domcontentloaded")
    picture = page.get_by_role("img", name="View of 0.5, blosc, z 2 of 5")
    wait_picture(picture, 30)


def test_a_view_whose_kernel_is_gone_for_good_shows_its_picture(page: Page, tmp_path: Path) -> None:
    """What the widgets of a converted notebook with state, or of a notebook that is opened again, come to."""
    write(tmp_path / "image.zarr", "0.5, blosc")

    def make() -> omezarr_nb.ImageViewer:
        viewer = omezarr_nb.ImageViewer(str(tmp_path / "image.zarr"))
        viewer._repr_mimebundle_()
        return viewer

    with show_viewer(page, make, live=False):
        expect(page.get_by_text("There is no kernel")).to_be_visible()
        picture = page.get_by_role("img", name="0.5, blosc")
        wait_picture(picture, 30)
