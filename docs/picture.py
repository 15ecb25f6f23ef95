"""Make the picture of the README out of the product: ``python docs/picture.py`` (needs what the browser tests need).

Writes ``docs/_static/view-light.png`` and ``view-dark.png``: the view of the tutorials' image as Chromium draws it.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import omezarr_nb  # noqa: E402 - after the path that it is found on
from omezarr_nb.viewers.image import ImageViewer  # noqa: E402 - after the path that it is found on
from tests.browser.bridge import show_viewer  # noqa: E402 - after the path that it is found on
from tests.browser.chromium import start_chromium  # noqa: E402 - after the path that it is found on

BACKGROUND = {"light": "#ffffff", "dark": "#0d1117"}


def make_view() -> ImageViewer:
    """Return the view that is pictured."""
    image = omezarr_nb.open(HERE.parent / "notebooks" / "data" / "tissue.ome.zarr")
    viewer: ImageViewer = image.view(height=420)
    return viewer


def main() -> None:
    """Make both pictures."""
    with start_chromium() as browser:
        if browser is None:
            sys.exit("There is no Chromium.")
        for scheme, background in BACKGROUND.items():
            context = browser.new_context(
                viewport={"width": 900, "height": 900},
                color_scheme="dark" if scheme == "dark" else "light",
                device_scale_factor=1.5,
            )
            page = context.new_page()
            with show_viewer(page, make_view) as view:
                page.add_style_tag(content=f"body {{ background: {background}; }}")
                view.wait()
                page.wait_for_timeout(1500)  # the small letters below the picture follow it
                shot = Image.open(io.BytesIO(view.root.screenshot()))
            # 256 colours: half the size, and nobody sees the difference.
            shot.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(
                HERE / "_static" / f"view-{scheme}.png", optimize=True
            )
            context.close()


if __name__ == "__main__":
    main()
