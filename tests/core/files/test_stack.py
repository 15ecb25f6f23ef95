"""Many files as one image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import omezarr_nb
from omezarr_nb.core.files.part import open_part
from omezarr_nb.core.files.stack import FileStack, list_files
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, NotFoundError, OMEZarrError, StoreError

RNG = np.random.default_rng(5)
PLANES = RNG.integers(0, 255, (12, 24, 32)).astype("uint8")


def save_zarr(path: Path, plane: NDArray[Any]) -> None:
    """Write an array of Zarr."""
    zarr.create_array(path, data=plane, chunks=(8, 8))


SAVE: dict[str, Callable[[Path, NDArray[Any]], object]] = {
    "tif": tifffile.imwrite,
    "png": lambda path, plane: Image.fromarray(plane).save(path),
    "npy": np.save,
    "zarr": save_zarr,
    "ome.zarr": lambda path, plane: omezarr_nb.write_image(plane, path, levels=1),
}


def save_planes(folder: Path, kind: str = "tif") -> str:
    """Write each plane to a file of its own, and return a pattern for them."""
    for index, plane in enumerate(PLANES):
        SAVE[kind](folder / f"plane{index}.{kind}", plane)
    return str(folder / f"plane*.{kind}")


@pytest.mark.parametrize("kind", SAVE)
def test_files_of_every_kind_are_one_image_in_the_order_of_their_numbers(tmp_path: Path, kind: str) -> None:
    stack = omezarr_nb.open_files(save_planes(tmp_path, kind))
    assert (stack.axes, stack.shape, stack.dtype) == (("z", "y", "x"), PLANES.shape, PLANES.dtype)
    np.testing.assert_array_equal(stack, PLANES)
    np.testing.assert_array_equal(np.asarray(stack.dask()), PLANES)
    written = omezarr_nb.write_image(stack, tmp_path / "out" / "stack.ome.zarr")
    assert [axis.name for axis in written.axes] == ["z", "y", "x"]
    np.testing.assert_array_equal(written.levels[0].zarr[:], PLANES)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_slices_are_those_of_the_array(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp() / "planes"
    if not folder.exists():
        folder.mkdir()
        save_planes(folder, "npy")
    stack = FileStack(list_files(str(folder / "*.npy")), {"t": 3, "c": 4})
    whole = PLANES.reshape(3, 4, 24, 32)
    steps = st.slices
    region = tuple(data.draw(st.one_of(steps(n), st.integers(-n, n - 1))) for n in whole.shape)
    np.testing.assert_array_equal(stack[region], whole[region])
    np.testing.assert_array_equal(stack[..., 3], whole[..., 3])


def test_channels_come_before_planes_and_are_called_as_given(tmp_path: Path) -> None:
    for index in range(2):
        tifffile.imwrite(tmp_path / f"c{index}.tif", PLANES[index * 6 : index * 6 + 6], metadata={"axes": "ZYX"})
    stack = FileStack(list_files(tmp_path), {"c": 2}, labels=("DAPI", "GFP"))
    assert stack.axes == ("c", "z", "y", "x")
    plan = omezarr_nb.plan_image(stack, "memory://channels.ome.zarr")
    assert plan.metadata.omero is not None
    assert [channel.label for channel in plan.metadata.omero.channels] == ["DAPI", "GFP"]


def test_sizes_are_those_that_the_files_say(tmp_path: Path) -> None:
    for index in range(2):
        said = {"axes": "ZYX", "PhysicalSizeX": 0.65, "PhysicalSizeY": 0.65}
        tifffile.imwrite(tmp_path / f"{index}.ome.tif", PLANES[index : index + 1], ome=True, metadata=said)
    stack = omezarr_nb.open_files(tmp_path, axis="t")
    assert (stack.axes, stack.shape) == (("t", "y", "x"), (2, 24, 32))
    assert stack.scale == {"y": 0.65, "x": 0.65}
    assert stack.units == {"y": "micrometer", "x": "micrometer"}


def test_colours_of_pictures_are_channels(tmp_path: Path) -> None:
    for index in range(2):
        Image.fromarray(np.full((8, 9, 4), (10, 20, 30, 255), "uint8")).save(tmp_path / f"{index}.png")
    stack = omezarr_nb.open_files(tmp_path)
    assert (stack.axes, stack.shape) == (("c", "z", "y", "x"), (3, 2, 8, 9))
    assert [channel["label"] for channel in stack.channels or ()] == ["red", "green", "blue"]
    assert "opacity" in open_part(tmp_path / "0.png").note
    assert stack[:, 1, 0, 0].tolist() == [10, 20, 30]


def test_the_code_opens_the_same_files(tmp_path: Path) -> None:
    pattern = save_planes(tmp_path)
    plan = omezarr_nb.plan_image(omezarr_nb.open_files(pattern, axis="t", axes="yx"), tmp_path / "new.ome.zarr")
    scope: dict[str, Any] = {}
    exec(plan.to_code(), scope)
    np.testing.assert_array_equal(scope["image"].levels[0].zarr[:], PLANES)
    assert scope["image"].axes[0].name == "t"


@pytest.mark.parametrize(
    ("files", "error", "words"),
    [
        ("nothing*.tif", NotFoundError, "no files of pixels"),
        ([], NotFoundError, "no files"),
        (7, ArgumentTypeError, "a pattern, a folder"),
        (["gone.tif"], NotFoundError, "no such file"),
        (["note.txt"], StoreError, "no kind of file"),
        (["one.png", "gone.png"], NotFoundError, "no such file"),
        (["one.png", "broken.png"], InvalidArgumentError, "not all of one size"),
        (["one.png", "small.png"], InvalidArgumentError, "not all of one size"),
        (["one.tif", "small.tif"], InvalidArgumentError, "as one.tif"),
        (["broken.png"], StoreError, "cannot be read as a picture"),
    ],
)
def test_what_cannot_be_one_image_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Any, error: type[OMEZarrError], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, size in (("one", 24), ("small", 12)):
        Image.fromarray(PLANES[0, :size]).save(f"{name}.png")
        tifffile.imwrite(f"{name}.tif", PLANES[0, :size])
    Path("broken.png").write_bytes(b"no picture")
    Path("note.txt").write_text("text")
    with pytest.raises(error, match=words):
        omezarr_nb.open_files(files)


def test_a_picture_that_has_changed_is_told_and_not_written(tmp_path: Path) -> None:
    pattern = save_planes(tmp_path, "png")
    stack = omezarr_nb.open_files(pattern)
    Image.fromarray(PLANES[0, :7]).save(tmp_path / "plane3.png")
    with pytest.raises(StoreError, match="another size"):
        omezarr_nb.write_image(stack, tmp_path / "new.ome.zarr")
    assert not (tmp_path / "new.ome.zarr").exists()


@pytest.mark.parametrize(("axis", "axes"), [("q", None), ("z", "zyx"), ("z", "yy"), ("c", "cyx")])
def test_axes_that_the_files_have_not_are_told(tmp_path: Path, axis: str, axes: str | None) -> None:
    save_planes(tmp_path)
    with pytest.raises(InvalidArgumentError):
        omezarr_nb.open_files(tmp_path, axis=axis, axes=axes)
