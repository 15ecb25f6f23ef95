"""Stacks of files, channels, storage and buckets in the wizard, without a browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

import omezarr_nb
from omezarr_nb.core.axes import parse_axes
from omezarr_nb.core.pyramid.presets import PURPOSES, count_requests, storing_for
from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.wizards.browse import list_beside
from omezarr_nb.wizards.image import ImageWizard
from omezarr_nb.wizards.preview import composite, look_at
from tests.core.test_plans import files_of
from tests.wizards.driving import awaited, control, wait_for_state, wizard_for, words, write

RNG = np.random.default_rng(9)


def save_stack(folder: Path, count: int = 12) -> NDArray[np.uint16]:
    """Write a TIFF for each plane."""
    planes = RNG.integers(0, 3000, (count, 90, 120)).astype("uint16")
    (folder / "run7").mkdir()
    for index, plane in enumerate(planes):
        tifffile.imwrite(folder / "run7" / f"plane{index}.tif", plane)
    return planes


def test_a_stack_of_files_becomes_an_image_and_its_code_gives_the_same_bytes(folder: Path) -> None:
    planes = save_stack(folder)
    wizard = wizard_for()
    wizard._source.kind.value = "files"
    with awaited(wizard, lambda: wizard.state == "ready"):
        control(wizard, "pattern").value = "run7/*.tif"
    assert "12 files, from plane0.tif to plane11.tif" in words(wizard)
    assert wizard.plan is not None
    assert [axis.name for axis in wizard.plan.axes] == ["z", "y", "x"]
    control(wizard, "are").value = "t"
    wait_for_state(wizard, "ready")
    wizard.frame.go("Storage")
    wizard._storage.purpose.value = "archive"
    wizard.frame.go("Pixel size")
    control(wizard, "pixel size").value = "0.65"
    code = wizard.code
    assert 'omezarr_nb.open_files("run7/*.tif", axis="t")' in code
    write(wizard)
    assert wizard.state == "done", words(wizard)
    assert "It is valid OME-Zarr 0.5" in words(wizard)
    assert wizard.image is not None
    np.testing.assert_array_equal(wizard.image.levels[0].zarr[:], planes)
    assert wizard.image.axes[0].name == "t"
    before = files_of(folder / "run7.ome.zarr")
    (folder / "run7.ome.zarr").rename(folder / "first.ome.zarr")
    environment = {"PYTHONPATH": str(Path(omezarr_nb.__file__).parents[1])}
    code = code.replace("image.view()", "")
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder, env=environment)
    assert files_of(folder / "run7.ome.zarr") == before


def test_files_that_are_no_stack_are_told(folder: Path) -> None:
    save_stack(folder, 2)
    tifffile.imwrite(folder / "run7" / "other.tif", np.zeros((5, 5), "uint8"))
    wizard = ImageWizard("run7/*.tif", namespace={})
    wait_for_state(wizard, "wrong")
    assert "not all of one size" in words(wizard)


def test_axes_and_more_are_taken_from_python() -> None:
    wizard = ImageWizard(
        np.zeros((4, 64, 64)), axes="tyx", namespace={}, target="mine.ome.zarr", version="0.4", purpose="analysis"
    )
    plan = wizard.plan
    assert plan is not None
    assert ("".join(axis.name for axis in plan.axes), plan.version, plan.where) == ("tyx", "0.4", "mine.ome.zarr")


def test_channels_have_names_colours_and_limits_and_are_looked_at() -> None:
    pixels = np.stack([np.full((80, 90), 100), np.arange(7200).reshape(80, 90)]).astype("uint16")
    wizard = wizard_for(pixels, cells=pixels)
    wizard.frame.go("Channels")
    _until(lambda: "data:image/png" in wizard._channels.preview.value)
    control(wizard, "channel names").value = "DAPI, GFP"
    part = wizard._channels
    part.colors[1].value = "#ff8000"
    part.lows[1].value, part.highs[1].value = "10", "5000"
    plan = wizard.plan
    assert plan is not None
    assert plan.metadata.omero is not None
    channel = plan.metadata.omero.channels[1]
    assert (channel.label, channel.color) == ("GFP", "FF8000")
    assert channel.window is not None
    assert (channel.window.start, channel.window.end) == (10, 5000)
    assert '"color": "FF8000"' in wizard.code
    part.lows[1].value = "6000"
    assert wizard.plan is None
    assert "below" in words(wizard)
    part.lows[1].value = "x"
    assert "“x” is not a number" in "".join(wizard.troubles)


def test_pixels_that_cannot_be_read_are_told_as_text() -> None:
    def unreadable(_: NDArray[Any]) -> NDArray[Any]:
        raise OSError("<img src=x onerror=alert(1)>")

    pixels: Any = da.zeros((2, 80, 90), dtype="uint16").map_blocks(unreadable, dtype="uint16", meta=np.empty((0, 0, 0)))
    wizard = wizard_for(pixels)
    wizard.frame.go("Channels")
    _until(lambda: "The pixels cannot be read" in wizard._channels.preview.value)
    control(wizard, "channel names").value = "DAPI, GFP"
    assert wizard.plan is not None
    for shown in (wizard._channels.preview.value, wizard._levels.preview.value):  # and is not looked at once more
        assert "The pixels cannot be read: OSError: &lt;img" in shown


def test_levels_are_shown_as_they_will_be() -> None:
    wizard = wizard_for(RNG.integers(0, 255, (600, 700)).astype("uint8"))
    wizard.frame.go("Levels")
    _until(lambda: "oz-level" in wizard._levels.preview.value)
    assert wizard.plan is not None
    assert wizard._levels.preview.value.count("<img") == len(wizard.plan.levels)


def test_compression_is_measured_and_requests_are_counted() -> None:
    wizard = wizard_for(RNG.integers(0, 9, (4, 700, 700)).astype("uint16"))
    wizard.frame.go("Storage")
    _until(lambda: wizard.plan is not None and wizard.plan.sample is not None)
    assert "times smaller, measured on" in words(wizard)
    assert "requests, at full size" in words(wizard)
    wizard._storage.purpose.value = "cloud"
    assert wizard.plan is not None
    assert wizard.plan.levels[0].shards is not None
    assert "shards=True" in wizard.code
    control(wizard, "chunks").value = "1, 7"
    assert wizard.plan is None
    assert "3 whole numbers" in "".join(wizard.troubles)
    control(wizard, "chunks").value = "1 × 100 × 100"
    assert wizard.plan is not None
    assert wizard.plan.levels[0].chunks == (1, 100, 100)


def test_keys_of_a_bucket_are_in_no_control_and_in_no_code() -> None:
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    wizard.frame.go("Write")
    control(wizard, "write to").value = "s3://lab/new.ome.zarr"
    assert wizard.plan is not None
    control(wizard, "server").value = "http://127.0.0.1:18333"
    control(wizard, "access key").value = "me"
    control(wizard, "secret key").value = "do-not-tell"
    plan = wizard.plan
    assert plan is not None
    assert plan.storage_options == {"endpoint_url": "http://127.0.0.1:18333", "key": "me", "secret": "do-not-tell"}
    assert control(wizard, "secret key").value == ""
    assert "do-not-tell" not in wizard.code + words(wizard)
    assert 'os.environ["AWS_SECRET_ACCESS_KEY"]' in wizard.code


def test_what_is_in_a_place_is_listed_and_protected() -> None:
    omezarr_nb.write_image(np.zeros((8, 8)), "memory://listed/there.ome.zarr")
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    wizard.frame.go("Write")
    control(wizard, "write to").value = "memory://listed/new.ome.zarr"
    assert wizard.plan is not None
    wizard._target.look.click()
    _until(lambda: len(wizard._target.there.options) == 1)
    wizard._target.there.value = "there.ome.zarr"
    assert wizard.plan is not None
    assert wizard.state == "wrong"
    assert "There is something here already" in words(wizard)
    assert control(wizard, "replace there.ome.zarr").value is False
    assert wizard.frame.act.disabled


def test_a_zarr_is_a_source() -> None:
    image = omezarr_nb.write_image(
        RNG.integers(0, 9, (2, 40, 50)).astype("uint8"), "old.ome.zarr", axes="cyx", channels=["A", "B"], scale={"y": 2}
    )
    wizard = wizard_for("old.ome.zarr")
    assert wizard.plan is not None
    write(wizard)
    assert wizard.image is not None
    assert [channel.label for channel in wizard.image.channels] == ["A", "B"]
    assert wizard.image.where != image.where
    assert 'omezarr_nb.open("old.ome.zarr")' in wizard.code


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_purposes_suit_what_they_are_for(purpose: Any, zarr_format: int) -> None:
    axes = parse_axes("czyx")
    found = storing_for(purpose, (2, 200, 4000, 4000), axes, 2, zarr_format=zarr_format)
    assert found.shards == (zarr_format == 3 and purpose in ("archive", "cloud"))
    assert 100_000 <= np.prod(found.chunks) * 2 <= 4 << 20
    plan = omezarr_nb.plan_image(
        np.broadcast_to(np.uint16(0), (2, 200, 4000, 4000)), "x.zarr", axes=axes, chunks=found.chunks,
        shards=found.shards or None, compression=found.compression, version="0.5" if zarr_format == 3 else "0.4",
    )  # fmt: skip
    requests = count_requests(plan.levels, axes)
    assert 1 <= requests.screen <= requests.plane
    assert requests.column is not None
    if purpose == "analysis":
        assert requests.column < 10


def test_no_other_purpose() -> None:
    with pytest.raises(InvalidArgumentError):
        storing_for("fun", (8, 8), parse_axes("yx"), 1, zarr_format=3)  # type: ignore[arg-type] # that is the point


def test_a_look_reads_the_middle_and_no_more() -> None:
    class Counted:
        shape, dtype, read = (3, 5, 4000, 5000), np.dtype("uint8"), 0

        def __getitem__(self, region: Any) -> NDArray[Any]:
            part = np.ones([s.stop - s.start for s in region], "uint8")
            Counted.read += part.size
            return part

    look = look_at(Counted(), "ctyx")
    assert look.planes.shape == (3, 512, 512)
    assert Counted.read == 3 * 512 * 512
    assert composite(look.planes, look.limits, ["FF0000", "", "0000FF"]).startswith(b"\x89PNG")


def test_an_empty_place_is_listed_as_one(folder: Path) -> None:
    (folder / "sub").mkdir()
    assert list_beside("sub/new.zarr", {}).names == ()
    assert list_beside("new.zarr", {}).names == ("sub",)
    assert list_beside("memory://nothing-at-all/new.zarr", {}).names == ()


def _until(condition: Any) -> None:
    """Wait for what a thread of the wizard does."""
    import time

    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("typed", "size", "unit"),
    [("0.65 µm", 0.65, "micrometer"), ("650nm", 650.0, "nanometer"), ("1e3 nm", 1000.0, "nanometer"),
     ("0,2 mm", 0.2, "millimeter"), ("6,5 Å", 6.5, "angstrom"), ("1e3", 1000.0, "micrometer")],
)  # fmt: skip
def test_a_unit_that_is_typed_after_a_pixel_size_counts(typed: str, size: float, unit: str) -> None:
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    wizard.frame.go("Pixel size")
    control(wizard, "pixel size y and x").value = typed
    assert wizard.plan is not None, wizard.troubles
    assert wizard.plan.levels[0].scale == (size, size)
    assert [axis.unit for axis in wizard.plan.axes] == [unit, unit]
    assert control(wizard, "unit of y").value == unit
    control(wizard, "unit of y").value = "meter"
    assert [axis.unit for axis in wizard.plan.axes] == ["meter", "meter"]
    assert control(wizard, "unit of y").value == "meter"
    assert float(control(wizard, "pixel size y and x").value.replace(",", ".")) == size


@pytest.mark.usefixtures("folder")
def test_a_unit_of_another_kind_is_no_number() -> None:
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    wizard.frame.go("Pixel size")
    control(wizard, "pixel size y and x").value = "3 s"
    assert wizard.troubles == ("“3 s” is not a number.",)


def test_stacks_are_offered_for_clicking(folder: Path) -> None:
    planes = save_stack(folder)
    for name in ("a.png", "b.PNG", "one.npy", "notes.txt", "more.txt"):
        (folder / name).write_bytes(b"")
    tifffile.imwrite(folder / "lone.tif", planes[0])
    wizard = wizard_for()
    wizard._source.kind.value = "files"
    stacks = control(wizard, "stacks")
    assert [text for text, _ in stacks.options] == ["run7/*.tif · 12 files"]
    with awaited(wizard, lambda: wizard.state == "ready"):
        stacks.value = "run7/*.tif"
    assert control(wizard, "pattern").value == "run7/*.tif"
    assert wizard.plan is not None
    assert wizard.plan.levels[0].shape == planes.shape
    with awaited(wizard, lambda: wizard.state == "wrong"):
        control(wizard, "pattern").value = "run8/*.tif"
    assert stacks.value is None


def test_a_folder_shows_its_stacks_or_else_its_files(folder: Path) -> None:
    planes = save_stack(folder)
    wizard = wizard_for("run7")
    assert wizard.state == "empty"
    stacks = control(wizard, "stacks")
    assert [value for _, value in stacks.options] == ["*.tif"]
    with awaited(wizard, lambda: wizard.state == "ready"):
        stacks.value = "*.tif"
    assert control(wizard, "pattern").value == "run7/*.tif"
    assert wizard.plan is not None
    assert wizard.plan.levels[0].shape == planes.shape
    (folder / "other").mkdir()
    tifffile.imwrite(folder / "other" / "lone.tif", planes[0])
    wizard = wizard_for(folder / "other")
    assert [value for _, value in control(wizard, "files").options] == ["../", "lone.tif"]


def test_a_level_is_an_array_whatever_its_folder_is_called(folder: Path) -> None:
    omezarr_nb.write_image(np.zeros((60, 70), "uint8"), folder / "cells.ome.zarr")
    wizard = wizard_for("cells.ome.zarr/0")
    assert wizard.plan is not None, wizard.troubles
    assert wizard.plan.levels[0].shape == (60, 70)
