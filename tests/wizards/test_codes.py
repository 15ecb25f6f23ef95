"""The code that each wizard shows, run in an interpreter that knows nothing else: the same files, byte for byte."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from tests.core.mending.test_mending import block, make_image, short_units, untyped
from tests.core.test_plans import files_of
from tests.wizards.driving import wait_for_state, words, write
from tests.wizards.test_store_wizards import cells

#: Runs codes one after the other, each with no names but those of a notebook whose arrays lie in the folder.
RUN = """
import json, os, pathlib, sys, numpy as np
for folder, code in json.load(sys.stdin):
    os.chdir(folder)
    exec(code, {path.stem: np.load(path) for path in pathlib.Path("..").glob("*.npy")})
"""


def image_of_a_file() -> Any:
    return omezarr_nb.ImageWizard("../cells.png", namespace={}, target="new.ome.zarr")


def image_of_an_array() -> Any:
    volume = np.load("../volume.npy")
    return omezarr_nb.ImageWizard(volume, axes="zyx", namespace={"volume": volume}, target="new.ome.zarr")


def labels(**form: Any) -> Any:
    cells()
    return omezarr_nb.LabelsWizard("cells.ome.zarr", namespace={}, **form)


def labels_of_an_array() -> Any:
    found = np.load("../found.npy")
    wizard = omezarr_nb.LabelsWizard(cells(), namespace={"found": found}, how="array")
    wait_for_state(wizard, "ready", "wrong")
    wizard._objects.arrays.value = "found"
    return wizard


def repair() -> Any:
    where = make_image(Path())
    block(where, "0.5", untyped)
    block(where, "0.5", short_units)
    return omezarr_nb.RepairWizard("image.ome.zarr", namespace={})


def metadata() -> Any:
    make_image(Path())
    return omezarr_nb.MetadataEditor("image.ome.zarr", namespace={}, name="cells")


def convert() -> Any:
    make_image(Path(), "0.4")
    return omezarr_nb.ConvertWizard("image.ome.zarr", namespace={}, version="0.6", target="new.ome.zarr")


WIZARDS: dict[str, Callable[[], Any]] = {
    "an image of a file": image_of_a_file,
    "an image of an array": image_of_an_array,
    "labels by threshold": lambda: labels(how="threshold", channel=1),
    "labels by watershed": lambda: labels(how="watershed", channel=1, distance="7"),
    "labels by components": lambda: labels(how="components", channel=1, threshold="300"),
    "labels of an array": labels_of_an_array,
    "a repair": repair,
    "metadata": metadata,
    "a conversion": convert,
}


@pytest.mark.usefixtures("picture")
def test_the_code_of_each_wizard_gives_the_same_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(folder / "volume.npy", np.arange(4 * 90 * 80, dtype="uint16").reshape(4, 90, 80))
    np.save(folder / "found.npy", (np.arange(160)[:, None] // 40 * 9 + np.arange(200) // 50).astype("uint16"))
    runs = []
    for name, make in WIZARDS.items():
        one = folder / name
        one.mkdir()
        monkeypatch.chdir(one)
        wizard = make()
        wait_for_state(wizard, "ready", "wrong")
        wizard.frame.go(len(wizard.frame.steps) - 1)
        code = wizard.code
        again = folder / f"{name}, once more"
        shutil.copytree(one, again)
        runs.append((str(again), code.replace(str(one), str(again)).replace("image.view()", "")))
        write(wizard)
        assert wizard.state == "done", (name, words(wizard))
        wizard.close()
    monkeypatch.chdir(folder)
    environment = {"PYTHONPATH": str(Path(omezarr_nb.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", RUN], input=json.dumps(runs), text=True, check=True, env=environment)
    for name in WIZARDS:
        before, after = files_of(folder / name), files_of(folder / f"{name}, once more")
        assert before.keys() == after.keys(), name
        assert [key for key in before if before[key] != after[key]] == [], name
