"""A view of an image far away: S3 that answers late, and now and then not at all."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
from fsspec import filesystem
from playwright.sync_api import Page, expect

import omezarr_nb
from tests.browser.bridge import ViewPage, show_viewer
from tests.storage.faults import FaultProxy
from tests.storage.seaweed import SeaweedServer
from tests.stores import block_mean, make_image

PLANES = 24
#: The value of each pixel of a plane.
VALUES = tuple(10 + 10 * plane for plane in range(PLANES))

#: What is seen at one moment: which values the picture has at 25 places, and which one the readout tells.
MOMENT = """() => {
    const canvas = document.querySelector(".omezarr-nb-viewer .picture canvas");
    const paper = canvas.getContext("2d");
    const seen = new Set();
    for (let row = 0; row < 5; row++)
        for (let column = 0; column < 5; column++) {
            const x = Math.round(canvas.width / 2 + ((column - 2) / 2) * canvas.height * 0.4);
            const y = Math.round(canvas.height * (0.1 + 0.2 * row));
            seen.add(paper.getImageData(x, y, 1, 1).data.slice(0, 4).join());
        }
    return [[...seen], document.querySelector(".omezarr-nb-viewer .readout").textContent];
}"""


def write(seaweed: SeaweedServer, bucket: str, folder: Path) -> str:
    """Put an image of two levels into a bucket, each plane of one value, and return its key."""
    level = np.array(VALUES, "uint8")[:, None, None] + np.zeros((PLANES, 512, 512), "uint8")
    make_image(folder / "image.zarr", [level, block_mean(level, (1, 2, 2))], "zyx", chunks=(1, 256, 256))
    filesystem("s3", **seaweed.storage_options()).put(
        str(folder / "image.zarr"), f"{bucket}/image.zarr", recursive=True
    )
    return f"s3://{bucket}/image.zarr"


def check(view: ViewPage) -> int | None:
    """Hold one moment to showing one plane only, the one that the readout tells; return its index."""
    seen, told = view.page.evaluate(MOMENT)
    # What failed is hatched: parts of the picture, of no plane at all.
    colors = {color for color in seen if len({*color.split(",")[:3]}) == 1 and color.endswith(",255")}
    values = {int(color.split(",")[0]) for color in colors} & set(VALUES)
    assert len(values) <= 1, f"planes of the values {sorted(values)} at once"
    if not values:
        return None
    value = values.pop()
    assert told.strip().endswith(f" {value}"), f"the picture shows {value}, the readout says {told!r}"
    return VALUES.index(value)


def test_scrubbing_over_a_slow_and_failing_store_shows_right_planes_and_recovers(
    page: Page, tmp_path: Path, seaweed: SeaweedServer, bucket: str, fault_proxy: Callable[[str], FaultProxy]
) -> None:
    where = write(seaweed, bucket, tmp_path)
    proxy = fault_proxy(seaweed.endpoint)
    options = seaweed.storage_options(endpoint=proxy.url)
    image = omezarr_nb.open(where, storage_options=options)
    with show_viewer(page, lambda: omezarr_nb.ImageViewer(image, contrast_limits=[(0, 255)], indices={"z": 0})) as view:
        view.wait()
        page.mouse.move(*centre(page))
        proxy.slow("*/c/*", 0.2)
        proxy.fail("*/c/*", 403, methods=("GET",), first=3, every=20)
        slider = page.get_by_role("slider", name="z", exact=True)
        shown: set[int | None] = set()
        forth, back = range(1, 20), range(18, 4, -1)
        for number, plane in enumerate(itertools.chain(forth, back, *[[*forth, *back]] * 20)):
            if number >= len(forth) + len(back) and len(shown - {None}) > 4:
                break
            slider.fill(str(plane))
            # The slider and its words follow at once, whatever the store does.
            assert slider.input_value() == str(plane)
            for _ in range(3):
                shown.add(check(view))
                page.wait_for_timeout(20)
        assert len(shown - {None}) > 4, "planes go by while the slider moves"
        # At rest it is all there, or what is missing is said; either way it comes when it is asked for.
        proxy.fail("*/c/22/*", 403)
        slider.fill("22")
        view.wait("error")
        expect(view.root).to_contain_text("could not be read")
        proxy.heal()
        view.wait_drawn(view.root.get_by_role("button", name="try again").first.click)
        expect(view.root).not_to_contain_text("could not be read")
        page.mouse.move(*centre(page))
        assert check(view) == 22
        assert view.page.evaluate(MOMENT)[0] == [f"{VALUES[22]},{VALUES[22]},{VALUES[22]},255"]


def centre(page: Page) -> tuple[float, float]:
    """Return the middle of the picture."""
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
