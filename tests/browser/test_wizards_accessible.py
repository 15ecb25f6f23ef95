"""What axe-core finds in the wizards, at every step."""

from __future__ import annotations

import json
import re
from typing import Literal

import numpy as np
import skimage.data
import tifffile
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

import omezarr_nb
from tests.browser.jupyter import JupyterServer, open_notebook

THEMES: tuple[Literal["JupyterLab Light", "JupyterLab Dark"], ...] = ("JupyterLab Light", "JupyterLab Dark")

#: Every wizard with something in it, and something wrong in some.
CELL = """
import ipywidgets
import omezarr_nb
wizards = [
    omezarr_nb.ImageWizard("pixels.npy", target="image.ome.zarr"),
    omezarr_nb.LabelsWizard("image.ome.zarr", name="cells"),
    omezarr_nb.PlateWizard("files", wells=96),
    omezarr_nb.ConvertWizard("image.ome.zarr", version="0.3"),
    omezarr_nb.RepairWizard("image.ome.zarr"),
    omezarr_nb.MetadataEditor("image.ome.zarr/labels/cells", label_colors="2: red", sizes={"y": "none"}),
    omezarr_nb.MetadataEditor("image.ome.zarr", name="other"),
]
for wizard in wizards:
    wizard.frame.code.value = True
ipywidgets.VBox(wizards)
"""


def test_axe_finds_nothing_at_any_step_of_any_wizard(jupyter: JupyterServer, page: Page) -> None:
    root = jupyter.root / "accessible"
    root.mkdir()
    pixels = np.random.default_rng(3).integers(0, 4000, (2, 3, 64, 64)).astype("uint16")
    np.save(root / "pixels.npy", pixels)
    image = omezarr_nb.write_image(
        pixels, root / "image.ome.zarr", axes="czyx", units="micrometer", channels=["DAPI", "GFP"]
    )
    told = {"colors": [{"label-value": 1, "rgba": [255, 255, 0, 255]}], "properties": [{"label-value": 1, "area": 2}]}
    omezarr_nb.write_labels((pixels[0] > 2000).astype("uint8"), image, "cells", axes="zyx", label_metadata=told)
    document = json.loads((root / "image.ome.zarr" / "zarr.json").read_text())
    document["attributes"]["ome"]["multiscales"][0]["axes"][0].pop("type")
    (root / "image.ome.zarr" / "zarr.json").write_text(json.dumps(document))
    (root / "files").mkdir()
    coins = np.asarray(skimage.data.coins())[:32, :48]
    for name in ("A1_DAPI", "A1_GFP", "B1_DAPI", "odd"):
        tifffile.imwrite(root / "files" / f"{name}.tif", coins)
    jupyter.write_notebook("accessible/wizards.ipynb", [CELL])
    notebook = open_notebook(page, jupyter, "accessible/wizards.ipynb")
    notebook.run_cell(0)
    forms = notebook.output(0).locator(".omezarr-nb-wizard")
    expect(forms).to_have_count(7, timeout=60_000)
    notebook.wait_python("print([wizard.state for wizard in wizards].count('loading'))", "0")
    found: list[str] = []
    looked = dict.fromkeys(THEMES, 0)
    for theme in THEMES:
        notebook.use_theme(theme)
        options = {} if theme == "JupyterLab Light" else {"runOnly": ["color-contrast"]}  # all that colours change
        for index in range(7):
            form = forms.nth(index)
            form.evaluate("(form, id) => { form.id = id; }", f"wizard-{index}")
            for step in form.locator(".oz-steps button").all():
                step.click()
                expect(step).to_have_class(re.compile("oz-here"))
                response = Axe().run(page, context=f"#wizard-{index}", options=options).response
                looked[theme] += len(response["passes"])
                found += [
                    f"{theme}, {index}, {step.inner_text()}: {rule['id']}: {node['html']} {node['failureSummary']}"
                    for rule in response["violations"]
                    for node in rule["nodes"]
                ]
    assert found == []
    assert looked["JupyterLab Light"] > 300
    assert looked["JupyterLab Dark"] > 15
