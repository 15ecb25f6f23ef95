"""The plug-in for napari: its manifest, and what its reader gives for all that can be opened."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import omezarr_nb
from omezarr_nb.core.napari import get_reader
from tests.stores import make_image

PIXELS = np.arange(2 * 16 * 12, dtype="uint8").reshape(2, 16, 12)


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a plate of two wells, one with two fields, with labels in all fields but one."""
    where = tmp_path_factory.mktemp("napari") / "screen.zarr"
    with omezarr_nb.create_plate(where, ["A", "B"], [1, 2], name="screen") as plate:
        for row, column, count in (("A", 1, 2), ("B", 2, 1)):
            for index in range(count):
                field = plate[row, column].write_field(
                    PIXELS + index, axes="cyx", channels=["DAPI", "GFP"], scale={"y": 0.5, "x": 0.5}, scale_factors=[2]
                )
                if row == "A":
                    omezarr_nb.write_labels((PIXELS[0] // 50).astype("int32"), field, "cells")
    return where


@pytest.fixture
def manager(project: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a manager of plug-ins that knows this one alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # npe2 uses what pydantic has deprecated
        from npe2 import PluginManager, PluginManifest
    manager = PluginManager()
    monkeypatch.setattr(PluginManager, "instance", lambda: manager)
    manager.register(PluginManifest.from_file(project / "omezarr_nb" / "napari.yaml"))
    return manager


def test_npe2_accepts_the_manifest(manager: Any, project: Path, tmp_path: Path) -> None:
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [manifest.name for manifest in manager.iter_manifests()] == [declared["name"]]
    assert declared["entry-points"]["napari.manifest"] == {"omezarr_nb": "omezarr_nb:napari.yaml"}
    zarr.create_group(tmp_path / "image.ome.zarr").create_group("0")
    for path in (tmp_path / "image.ome.zarr", "https://example.org/image.zarr", "packed.ozx"):
        assert [reader.command for reader in manager.iter_compatible_readers(path)] == ["omezarr_nb.get_reader"]
    assert not list(manager.iter_compatible_readers("a/image.tif"))
    assert manager.commands.get("omezarr_nb.get_reader") is get_reader


def test_npe2_reads_with_it(manager: Any, plate: Path) -> None:
    from npe2.io_utils import _read

    for path, kinds in ((plate, ["image", "labels"]), (plate / "A" / "1" / "0", ["image", "labels"])):
        layers: Any = _read([str(path)], stack=False, _pm=manager)
        assert [kind for _, _, kind in layers] == kinds


def test_the_reader_needs_no_napari(plate: Path) -> None:
    code = (
        "import sys; from omezarr_nb.core.napari import get_reader; "
        f"path = {str(plate / 'A' / '1' / '0')!r}; layers = get_reader(path)(path); "
        "print(len(layers), 'napari' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "False"]


def test_a_plate_is_its_wells_side_by_side(plate: Path) -> None:
    reader = get_reader(str(plate))
    assert reader is not None
    (levels, settings, kind), (cells, of_cells, labels) = reader(str(plate))
    assert (kind, labels) == ("image", "labels")
    assert [level.shape for level in levels] == [(2, 32, 24), (2, 16, 12)]
    assert [level.shape for level in cells] == [(32, 24), (16, 12)]
    full = levels[0].compute()
    np.testing.assert_array_equal(full[:, :16, :12], PIXELS)
    np.testing.assert_array_equal(full[:, 16:, 12:], PIXELS)
    assert not full[:, :16, 12:].any()
    np.testing.assert_array_equal(cells[0].compute()[:16, :12], PIXELS[0] // 50)
    assert not cells[0].compute()[16:].any()  # where a field has none
    assert settings["name"] == ["screen DAPI", "screen GFP"]
    assert (settings["scale"], of_cells["name"]) == ([0.5, 0.5], "screen cells")
    assert settings["metadata"] == {"where": str(plate)}


def test_a_well_is_its_fields_side_by_side(plate: Path) -> None:
    well: Any = omezarr_nb.open(plate)["A", 1]  # type: ignore[index] # a plate
    (levels, settings, _), (cells, _, _) = well.to_napari()
    assert levels[0].shape == (2, 16, 24)
    np.testing.assert_array_equal(levels[0].compute()[:, :, 12:], PIXELS + 1)
    assert cells[0].shape == (16, 24)
    assert settings["name"] == ["A1 DAPI", "A1 GFP"]
    assert len(well.to_napari(labels=False)) == 1


def test_collections_labels_and_scenes(tmp_path: Path) -> None:
    attributes: Any = {"ome": {"version": "0.5", "bioformats2raw.layout": 3}}
    root = zarr.create_group(tmp_path / "several.zarr", attributes=attributes)
    for name in ("0", "1"):
        omezarr_nb.write_image(PIXELS[0], root.create_group(name), name=name)
    reader = get_reader([tmp_path / "several.zarr"])
    assert reader is not None
    assert [settings["name"] for _, settings, _ in reader([tmp_path / "several.zarr"])] == ["0", "1"]
    image = omezarr_nb.open(tmp_path / "several.zarr" / "0")
    for name in ("a", "b"):
        omezarr_nb.write_labels(PIXELS[0], image, name)
    labels = tmp_path / "several.zarr" / "0" / "labels"
    assert [settings["name"] for _, settings, _ in get_reader(labels)(labels)] == ["a", "b"]  # type: ignore[misc] # napari's types


def test_properties_and_colours_of_labels(tmp_path: Path) -> None:
    image = omezarr_nb.write_image(PIXELS[0], tmp_path / "image.zarr")
    label_metadata = {
        "colors": [{"label-value": 7, "rgba": [255, 0, 0, 255]}],
        "properties": [{"label-value": 7, "area": 3.5}, {"label-value": 9, "class": "b", "index": 1}],
    }
    labels = omezarr_nb.write_labels(PIXELS[0], image, "cells", label_metadata=label_metadata)
    ((_, settings, _),) = labels.to_napari()
    assert settings["features"] == {"index": [7, 9], "area": [3.5, None], "class": [None, "b"]}
    assert settings["colormap"][7].tolist() == [1, 0, 0, 1]
    assert settings["colormap"][0].tolist() == [0, 0, 0, 0]
    assert settings["colormap"][None][3] == 1  # a label without a colour is not invisible


@pytest.mark.parametrize("what", ["nothing", "array", "group", "several", "text"])
def test_what_is_no_image_is_left_to_others(tmp_path: Path, what: str) -> None:
    where = tmp_path / f"{what}.zarr"
    if what == "array":
        zarr.create_array(where, shape=(4, 4), dtype="uint8")
    elif what == "group":
        zarr.create_group(where)
    elif what == "several":
        make_image(where, [PIXELS], "cyx")
        assert get_reader([str(where), str(where)]) is None
        return
    elif what == "text":
        where.write_text("no folder")
    assert get_reader(str(where)) is None
