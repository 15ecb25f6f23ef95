"""What axe-core finds in views, and what it cannot: keys, high contrast, motion, small screens, fingers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

import omezarr_nb
from omezarr_nb import Image
from tests.browser.bridge import ViewPage, show_viewer
from tests.browser.jupyter import JupyterServer, Notebook, open_notebook
from tests.stores import block_mean, make_image

Scheme = Literal["light", "dark"]
CHANNELS = [
    {"label": label, "color": color, "active": True, "window": {"min": 0, "max": 255, "start": 0, "end": 255}}
    for label, color in (("nuclei", "0000FF"), ("membrane", "FFFF00"))
]


def violations(page: Page, context: str, *, rest: bool = True) -> list[str]:
    """Return what axe-core finds within an element, a line each; looked at once what moves has come to rest.

    `rest`: once nothing is to come from the kernel, either.
    """
    page.evaluate(
        """async (rests) => {
            if (rests) await globalThis.rest?.(30_000);
            const ends = (moving) => moving.effect.getComputedTiming().endTime !== Infinity;
            await Promise.allSettled(document.getAnimations().filter(ends).map((moving) => moving.finished));
        }""",
        rest,
    )
    response = Axe().run(page, context=context).response
    assert len(response["passes"]) > 10, "it looked"
    found = response["violations"]
    return [f"{rule['id']}: {node['failureSummary']} {node['html']}" for rule in found for node in rule["nodes"]]


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Return an image with two channels, t and z, two levels, and labels."""
    pixels = np.random.default_rng(0).integers(0, 200, (3, 2, 4, 128, 128)).astype("uint8")
    levels = [pixels, block_mean(pixels, (1, 1, 1, 2, 2))]
    units = {"t": "second", **dict.fromkeys("zyx", "micrometer")}
    where = make_image(tmp_path / "image.zarr", levels, "tczyx", units=units, omero={"channels": CHANNELS})
    ids = np.zeros((128, 128), "uint16")
    ids[32:96, 32:96] = 7
    omezarr_nb.write_labels(
        ids, where, name="cells", axes="yx", label_metadata={"properties": [{"label-value": 7, "area": 3}]}
    )
    opened = omezarr_nb.open(where)
    assert isinstance(opened, Image)
    return opened


@pytest.fixture
def plate(tmp_path: Path) -> Any:
    """Return a plate of six wells."""
    with omezarr_nb.create_plate(tmp_path / "plate.zarr", rows=list("AB"), columns=list("123")) as written:
        for row in "AB":
            for column in "123":
                written[row, column].write_field(np.full((64, 64), 90, "uint8"), axes="yx", scale_factors=[2])
    return omezarr_nb.open(tmp_path / "plate.zarr")


def open_all(view: ViewPage) -> None:
    """Unfold whatever is folded, and show the help."""
    for fold in view.root.locator("button[aria-expanded=false]").element_handles():
        if fold.is_visible():
            fold.click()
    view.page.get_by_role("application").focus()
    view.page.keyboard.press("?")
    expect(view.root.locator(".help")).to_be_visible()


def lab_theme(notebook: Notebook, name: str) -> None:
    """Switch JupyterLab to a theme."""
    notebook.page.evaluate(
        "async (theme) => { await jupyterapp.commands.execute('apputils:change-theme', { theme }); }", name
    )
    light = "false" if "Dark" in name else "true"
    notebook.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")


def themed(page: Page, scheme: Scheme) -> None:
    """Have the page, which no notebook themes, follow the system."""
    page.emulate_media(color_scheme=scheme)
    page.add_style_tag(content=":root { color-scheme: light dark; }")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shown", ["image", "plate"])
def test_axe_finds_nothing(page: Page, request: pytest.FixtureRequest, shown: str, scheme: Scheme) -> None:
    target = request.getfixturevalue(shown)
    with show_viewer(page, target.view) as view:
        view.wait()
        themed(page, scheme)
        assert violations(page, ".omezarr-nb-viewer") == []
        open_all(view)
        assert violations(page, ".omezarr-nb-viewer") == []
        page.set_viewport_size({"width": 320, "height": 900})
        view.wait()
        assert violations(page, ".omezarr-nb-viewer") == []


def test_axe_finds_nothing_in_jupyterlab(jupyter: JupyterServer, page: Page, image: Image) -> None:
    """The wizard, and a view in the colours of the notebook."""
    cells = ["import omezarr_nb", "omezarr_nb.ImageWizard()", f"omezarr_nb.open({image.where!r}).view(height=200)"]
    jupyter.write_notebook("accessible.ipynb", cells)
    notebook = open_notebook(page, jupyter, "accessible.ipynb")
    notebook.run_all()
    expect(notebook.output(2).locator('.omezarr-nb-viewer[data-state="ready"]')).to_be_visible(timeout=60_000)
    expect(notebook.output(1).get_by_role("button").first).to_be_visible()
    for theme in ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"):
        lab_theme(notebook, theme)
        for cell in (1, 2):
            notebook.output(cell).evaluate("(output, id) => { output.id = id; }", f"looked-at-{cell}")
            assert violations(page, f"#looked-at-{cell}") == [], theme


#: What a person can act on.
CONTROLS = "button, input, select, textarea, a[href], summary, [tabindex='0']"


def name_of(control: Locator) -> str:
    """Return how an element begins, to be told in a failure."""
    return str(control.evaluate("element => element.outerHTML.slice(0, 120)"))


def test_every_control_is_reached_by_the_keyboard_and_shows_that_it_is(page: Page, image: Image) -> None:
    with show_viewer(page, image.view) as view:
        view.wait()
        open_all(view)
        page.keyboard.press("Escape")
        controls = [
            control
            for control in view.root.locator(CONTROLS).all()
            if control.is_visible() and control.is_enabled() and control.get_attribute("tabindex") != "-1"
        ]
        assert len(controls) > 25
        page.evaluate("document.body.tabIndex = -1; document.body.focus()")
        page.evaluate("globalThis.reached = new Set()")
        unmarked = []
        for _ in range(2 * len(controls)):
            page.keyboard.press("Tab")
            marked = page.evaluate(
                """() => {
                    const now = document.activeElement;
                    reached.add(now);
                    // The handles of contrast sliders lie over one another: there the handle itself is marked.
                    const own = getComputedStyle(now).outlineStyle !== "none" || now.closest(".contrast") !== null;
                    return own || now === document.body ? "" : now.outerHTML.slice(0, 120);
                }"""
            )
            unmarked += [marked] if marked else []
        reached = [control.evaluate("element => reached.has(element)") for control in controls]
        missed = [name_of(control) for control, was in zip(controls, reached, strict=True) if not was]
        assert missed == []
        assert unmarked == []


def test_sliders_are_seen_in_high_contrast(page: Page, image: Image) -> None:
    with show_viewer(page, image.view) as view:
        view.wait()
        page.emulate_media(forced_colors="active")
        for slider in view.root.locator("input[type=range]:visible").all():
            shot = grey_of(slider)
            # The track, half way between handle and end, or the handle where it is at this end.
            for part in (0.2, 0.8):
                column = shot[:, int(part * shot.shape[1])]
                assert column.max() - column.min() > 60, name_of(slider)


def grey_of(locator: Locator) -> np.ndarray[Any, Any]:
    """Return an element as it is seen, (rows, columns)."""
    import io

    from PIL import Image as PILImages

    return np.asarray(PILImages.open(io.BytesIO(locator.screenshot())).convert("L"), dtype=int)


def test_nothing_moves_where_reduced_motion_is_asked_for(page: Page, image: Image) -> None:
    moving = """root => [...root.querySelectorAll("*")].flatMap((element) => ["", "::before"].flatMap((part) => {
        const { animationName, transitionDuration } = getComputedStyle(element, part || null);
        const still = animationName === "none" && transitionDuration.split(",").every((time) => parseFloat(time) === 0);
        return still ? [] : [`${element.className}${part}`];
    }))"""
    with show_viewer(page, image.view) as view:
        view.wait()
        view.root.locator(".progress").evaluate("element => { element.hidden = false; }")
        assert view.root.evaluate(moving) == ["progress::before"]
        page.emulate_media(reduced_motion="reduce")
        assert view.root.evaluate(moving) == []


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Return the page of a phone, 320 px wide."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, has_touch=True, device_scale_factor=2)
    yield context.new_page()
    context.close()


def test_fingers_pan_and_pinch_on_a_phone(phone: Page, image: Image) -> None:
    with show_viewer(phone, image.view) as view:
        view.wait()
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
        zoom, (x, y) = view.viewer.zoom, view.viewer.center
        box = phone.get_by_role("application").bounding_box()
        assert box is not None
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        session = phone.context.new_cdp_session(phone)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            fingers = [{"x": middle[0] + x, "y": middle[1] + y, "id": number} for number, (x, y) in enumerate(points)]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

        touch("touchStart", (0, 0))
        touch("touchMove", (20, 10))
        touch("touchMove", (40, 20))
        touch("touchEnd")
        view.wait_trait("center", pytest.approx((x - 40 / zoom, y - 20 / zoom), abs=3 / zoom))
        touch("touchStart", (-20, 0), (20, 0))
        touch("touchMove", (-40, 0), (40, 0))
        touch("touchEnd")
        view.wait_trait("zoom", lambda now: now == pytest.approx(2 * zoom, rel=0.05))
