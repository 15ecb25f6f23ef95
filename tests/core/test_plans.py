"""What all plans have in common: they touch nothing, show themselves, and say the code that does the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr
from numpy.typing import NDArray

import omezarr_nb
from omezarr_nb.core.code import Call, literal
from omezarr_nb.core.pyramid.sampling import sample_regions
from omezarr_nb.display import to_html, to_text
from omezarr_nb.errors import UnsupportedError

RNG = np.random.default_rng(3)


def pixels() -> NDArray[np.uint16]:
    """Return three planes that compress to about two thirds."""
    return RNG.integers(0, 1000, (3, 96, 128)).astype("uint16")


def files_of(folder: Path) -> Mapping[str, bytes]:
    """Return all files below a folder by their path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    """Return a TIFF that says its axes and pixel sizes."""
    path = tmp_path / "cells.ome.tif"
    said = {"axes": "ZYX", "PhysicalSizeX": 0.65, "PhysicalSizeY": 0.65, "PhysicalSizeXUnit": "µm"}
    tifffile.imwrite(path, pixels(), ome=True, metadata=said)
    return path


def image_of(tmp_path: Path, version: str = "0.5") -> omezarr_nb.Image:
    """Return an image in a folder."""
    return omezarr_nb.write_image(pixels(), tmp_path / "image.ome.zarr", axes="zyx", version=version)


def plan_of(kind: str, folder: Path, cells: Path, where: Path) -> Any:  # noqa: PLR0911 - a plan of each kind
    """Return a plan; what it reads lies in a folder."""
    match kind:
        case "image":
            shards = {"y": 128, "x": 128, "z": 1}
            return omezarr_nb.plan_image(str(cells), where, levels=2, chunks=(1, 64, 64), shards=shards)
        case "image with a codec":
            codec = zarr.codecs.ZstdCodec(level=7)
            return omezarr_nb.plan_image(omezarr_nb.open_tiff(cells), where, compression=codec, translation={"z": 2.5})
        case "image of an image":
            return omezarr_nb.plan_image(image_of(folder), where, version="0.4", name="again")
        case "labels":
            colors = {"colors": [{"label-value": 1, "rgba": [1, 2, 3, 4]}]}
            return omezarr_nb.plan_labels(str(cells), image_of(where.parent), "nuclei", label_metadata=colors)
        case "plate":
            (folder / "files").mkdir()
            for name in ("A1_1", "B2_1"):
                tifffile.imwrite(folder / "files" / f"{name}.tif", pixels()[0])
            sizes = {"y": 0.65, "x": 0.65}
            return omezarr_nb.plan_plate(str(folder / "files"), str(where), wells=(["A", "B"], [1, 2]), scale=sizes)
        case "repair":
            group = zarr.open_group(image_of(where.parent).where)
            ome: Any = group.attrs["ome"]
            group.attrs["ome"] = {key: value for key, value in ome.items() if key != "version"}
            return omezarr_nb.plan_repair(where.parent / "image.ome.zarr", rules=["ome-version"])
        case "edit":
            image = image_of(where.parent)
            return omezarr_nb.plan_metadata(image.where, scale={"y": 0.65}, channels={0: {"label": "B"}})
    return omezarr_nb.plan_convert(image_of(folder, "0.4"), where, version="0.6")


KINDS = ("image", "image with a codec", "image of an image", "labels", "plate", "repair", "edit", "conversion")


def test_the_code_of_each_plan_run_in_a_fresh_process_gives_the_same_bytes(tmp_path: Path, cells: Path) -> None:
    codes, written = [], {}
    for kind in KINDS:
        folder = tmp_path / kind.replace(" ", "-") / "one"
        folder.mkdir(parents=True)
        plan = plan_of(kind, folder.parent, cells, folder / "new.ome.zarr")
        codes.append(plan.to_code())
        shutil.copytree(folder, folder.with_name("before"))
        plan.run()
        written[folder] = files_of(folder)
        assert written[folder] != files_of(folder.with_name("before"))
        shutil.rmtree(folder)
        shutil.copytree(folder.with_name("before"), folder)
    fresh = "\n".join(f"exec({code!r}, {{}})" for code in codes)
    subprocess.run([sys.executable, "-c", fresh], check=True, cwd=Path(omezarr_nb.__file__).parents[1])
    for folder, before in written.items():
        assert files_of(folder) == before, folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_touches_nothing_and_shows_itself(tmp_path: Path, cells: Path, kind: str) -> None:
    plan = plan_of(kind, tmp_path, cells, tmp_path / "new.ome.zarr")
    before = files_of(tmp_path)
    assert "\n" not in repr(plan)
    assert len(to_text(plan).splitlines()) >= 3
    html = to_html(plan)
    assert "could not be shown" not in html
    assert "metadata" in html.lower()
    assert files_of(tmp_path) == before


def test_a_plan_of_an_array_names_it_in_the_code(tmp_path: Path) -> None:
    plan = omezarr_nb.plan_image(pixels(), tmp_path / "new.ome.zarr", axes="zyx", scale={"z": np.float64(0.5)})
    assert "# array: the ndarray that was given" in plan.to_code()
    assert "write_image(\n    cells," in plan.to_code("cells")
    assert 'scale={"z": 0.5}' in plan.to_code("cells")


def test_secrets_are_left_out_of_code() -> None:
    options = {"key": "me", "secret": "do-not-tell", "endpoint_url": "http://127.0.0.1:1"}
    plan = omezarr_nb.plan_image(np.zeros((8, 8)), "s3://lab/new.ome.zarr", storage_options=options)
    code = plan.to_code("cells")
    assert "do-not-tell" not in code
    assert 'os.environ["AWS_SECRET_ACCESS_KEY"]' in code
    assert "import os" in code
    assert "http://127.0.0.1:1" in code
    compile(code, "code", "exec")


def test_what_was_put_together_otherwise_has_no_code(tmp_path: Path) -> None:
    from dataclasses import replace

    plan = replace(omezarr_nb.plan_image(np.zeros((8, 8)), tmp_path / "new.ome.zarr"), asked=None)
    with pytest.raises(UnsupportedError, match="plan_image"):
        plan.to_code()


def test_a_call_gives_its_result_a_name() -> None:
    assert Call("f", {"a": 1}, result="found").to_code() == "import omezarr_nb\n\nfound = f(1)\n"
    assert literal((1,)) == "(1,)"


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("shards", [None, True])
def test_a_sample_says_how_much_is_stored(tmp_path: Path, version: str, shards: bool | None) -> None:
    if shards and version == "0.4":
        shards = None
    noise = RNG.integers(0, 16, (4, 600, 700)).astype("uint16")
    plan = omezarr_nb.plan_image(
        noise, tmp_path / "new.ome.zarr", axes="zyx", version=version, chunks=(1, 256, 256), shards=shards
    )
    assert plan.stored_bytes is None
    measured = plan.measured()
    assert not (tmp_path / "new.ome.zarr").exists()
    assert measured.sample is not None
    assert measured.stored_bytes is not None
    assert "times smaller" in to_text(measured)
    measured.run()
    stored = sum(len(content) for content in files_of(tmp_path / "new.ome.zarr").values())
    assert stored == pytest.approx(measured.stored_bytes, rel=0.2)
    assert measured.files == sum(
        "zarr.json" not in name and ".z" not in name[-8:] for name in files_of(tmp_path / "new.ome.zarr")
    )


def test_pixels_that_come_once_are_not_sampled(tmp_path: Path) -> None:
    planes = omezarr_nb.Planes(iter(np.zeros((3, 32, 32), "uint8")), (3,))
    plan = omezarr_nb.plan_image(planes, tmp_path / "new.ome.zarr", axes="zyx")
    with pytest.raises(UnsupportedError, match="read once"):
        plan.measured()


@pytest.mark.parametrize(
    ("shape", "unit"), [((7,), (3,)), ((1, 1), (1, 1)), ((100, 300), (64, 64)), ((5, 9, 9), (5, 9, 9))]
)
def test_a_sample_is_of_whole_chunks_inside(shape: tuple[int, ...], unit: tuple[int, ...]) -> None:
    regions = sample_regions(shape, unit, 2)
    assert len(set(map(str, regions))) == len(regions) >= 1
    for region in regions:
        assert all(s.start % u == 0 and s.start < s.stop <= n for s, u, n in zip(region, unit, shape, strict=True))
