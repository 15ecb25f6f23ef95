"""What a write does not replace, even when overwriting is asked for; nothing of it is touched."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore, StorePath

import omezarr_nb
from omezarr_nb.core.writer import write_image, write_labels, write_multiscale
from omezarr_nb.errors import InvalidArgumentError, TargetExistsError

PIXELS = np.random.default_rng(0).integers(0, 999, (2, 3, 32, 32)).astype("u2")
LABELS = np.ones((2, 3, 32, 32), "u1")
VERSIONS = ["0.4", "0.5"]
KINDS = ["path", "group", "memory"]


def contents(where: Any) -> dict[str, bytes]:
    """Return everything in a folder or a store."""
    if isinstance(where, MemoryStore):
        return {key: value.to_bytes() for key, value in where._store_dict.items()}
    return {str(path.relative_to(where)): path.read_bytes() for path in where.rglob("*") if path.is_file()}


def place(root: Any, path: str, kind: str) -> Any:
    """Return a target below the root, as a path or as a place of a store."""
    if kind == "memory":
        return zarr.storage.StorePath(root, path)
    if kind == "group":
        return zarr.storage.StorePath(zarr.storage.LocalStore(root), path)
    return root / path


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, str]:
    """Return a root, and how places below it are said."""
    return (MemoryStore() if request.param == "memory" else tmp_path / "root"), request.param


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("path", ["image.zarr/0", "image.zarr/0/deeper"])
def test_levels_of_an_image(target: tuple[Any, str], version: str, overwrite: bool, path: str) -> None:
    root, kind = target
    write_image(PIXELS, place(root, "image.zarr", kind), axes="czyx", version=version)
    before = contents(root)
    for other in VERSIONS:
        with pytest.raises(
            TargetExistsError, match=r"(level '0' of an image.*image\.zarr|within a Zarr array).*to another place"
        ):
            write_image(PIXELS + 1, place(root, path, kind), axes="czyx", overwrite=overwrite, version=other)
    with pytest.raises(TargetExistsError, match=r"level '0' of an image|within a Zarr array"):
        write_multiscale([PIXELS], place(root, path, kind), axes="czyx", overwrite=overwrite)
    assert contents(root) == before


def test_a_level_that_is_not_there_any_more(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    write_image(PIXELS, where, axes="czyx", version="0.5", scale_factors=[2])
    (where / "1").rename(tmp_path / "taken")
    with pytest.raises(TargetExistsError, match="level '1' of an image"):
        write_image(PIXELS, where / "1", axes="czyx")
    assert not (where / "1").exists()


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("overwrite", [False, True])
def test_arrays(target: tuple[Any, str], zarr_format: Any, overwrite: bool) -> None:
    root, kind = target
    array = zarr.create_array(place(root, "array.zarr", kind), data=PIXELS, zarr_format=zarr_format)
    before = contents(root)
    for version in VERSIONS if kind == "path" else [VERSIONS[zarr_format - 2]]:  # Zarr makes groups above others
        with pytest.raises(TargetExistsError, match=r"Zarr array at the target.*another place"):
            write_image(PIXELS + 1, place(root, "array.zarr", kind), axes="czyx", overwrite=overwrite, version=version)
        with pytest.raises(TargetExistsError, match="within a Zarr array"):
            write_image(PIXELS, place(root, "array.zarr/deeper", kind), axes="czyx", version=version)
    assert contents(root) == before
    np.testing.assert_array_equal(array[...], PIXELS)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("marked", [False, True])
def test_labels_by_an_image(target: tuple[Any, str], version: str, overwrite: bool, marked: bool) -> None:
    root, kind = target
    where = place(root, "image.zarr", kind)
    write_image(PIXELS, where, axes="czyx", version=version)
    labels = place(root, "image.zarr/labels/cells", kind)
    write_labels(LABELS, where, name="cells")
    if not marked:  # the list of labels alone makes them labels
        group = zarr.open_group(labels, mode="r+")
        attributes = dict(group.attrs)
        block: dict[str, Any] = attributes["ome"] if version == "0.5" else attributes  # type: ignore[assignment] # JSON
        del block["image-label"]
        group.attrs.put(attributes)
    before = contents(root)
    with pytest.raises(TargetExistsError, match=r"labels at the target.*write_labels\(\.\.\., overwrite=True\)"):
        write_image(PIXELS, labels, axes="czyx", overwrite=overwrite, version=version)
    assert contents(root) == before
    write_labels(LABELS + 1, where, name="cells", overwrite=True)
    assert omezarr_nb.open(where).labels["cells"].levels[0].zarr[0, 0, 0, 0] == 2


@pytest.mark.parametrize("version", VERSIONS)
def test_an_image_by_labels(target: tuple[Any, str], version: str) -> None:
    root, kind = target
    where = place(root, "image.zarr", kind)
    write_image(PIXELS, where, axes="czyx", version=version)
    write_image(PIXELS, place(root, "image.zarr/labels/raw", kind), axes="czyx", version=version)
    before = contents(root)
    with pytest.raises(TargetExistsError, match=r"image at the target.*another name"):
        write_labels(LABELS, where, name="raw", overwrite=True)
    assert contents(root) == before


@pytest.mark.parametrize("version", VERSIONS)
def test_one_format_of_zarr_in_a_hierarchy(target: tuple[Any, str], version: str) -> None:
    root, kind = target
    other = "0.5" if version == "0.4" else "0.4"
    write_image(PIXELS, place(root, "image.zarr", kind), axes="czyx", version=version)
    before = contents(root)
    for path in ("image.zarr/more", "image.zarr/not/there/yet"):
        with pytest.raises(InvalidArgumentError, match=rf"one Zarr format.*image\.zarr.*version='{version}'"):
            write_image(PIXELS, place(root, path, kind), axes="czyx", version=other)
    assert contents(root) == before
    assert write_image(PIXELS, place(root, "image.zarr/more", kind), axes="czyx", version=version).version == version
    if kind == "path":  # a store has its root above all images
        write_image(PIXELS, place(root, "beside.zarr", kind), axes="czyx", version=other)


@pytest.mark.parametrize("attributes", [{"note": "x"}, {"ome": {"version": "0.5", "plate": {}}}])
def test_groups_that_are_no_image(tmp_path: Path, attributes: dict[str, Any]) -> None:
    zarr.open_group(tmp_path / "group.zarr", mode="w").attrs.put(attributes)
    before = contents(tmp_path)
    with pytest.raises(TargetExistsError, match="not an image"):
        write_image(PIXELS, tmp_path / "group.zarr", axes="czyx", overwrite=True)
    assert contents(tmp_path) == before


def test_metadata_that_waits_for_its_image_is_kept(tmp_path: Path) -> None:
    write_image(PIXELS, tmp_path / "image.zarr", axes="czyx")
    group = zarr.open_group(tmp_path / "image.zarr", mode="r+").create_group("labels/cells")
    group.attrs["ome"] = {"version": "0.5", "image-label": {"source": {"image": "../../"}}}
    image = write_image(LABELS, group, axes="czyx")
    assert image.attributes["ome"]["image-label"] == {"source": {"image": "../../"}}


def test_a_plain_group_above_may_be_of_either_format(tmp_path: Path) -> None:
    zarr.create_group(tmp_path / "all.zarr", zarr_format=2)
    assert write_image(PIXELS, tmp_path / "all.zarr" / "one", axes="czyx", version="0.5").version == "0.5"


def converted(where: Any, overwrite: bool) -> object:
    """Convert a small image to a place."""
    return omezarr_nb.convert(write_image(np.zeros((8, 8)), MemoryStore()), where, overwrite=overwrite)


@pytest.mark.parametrize("write", [partial(write_image, np.zeros((8, 8))), converted])
@pytest.mark.parametrize("there", ["a file", "a folder", "a store"])
def test_who_finds_something_in_the_way_is_told_what_to_do(
    write: Callable[..., object], there: str, tmp_path: Path
) -> None:
    where: Any = tmp_path / "thesis"
    if there == "a file":
        where.write_text("mine")
    elif there == "a folder":
        where.mkdir()
        (where / "chapter").write_text("mine")
    else:
        where = StorePath(MemoryStore({"chapter": default_buffer_prototype().buffer.from_bytes(b"mine")}))
    with pytest.raises(TargetExistsError) as caught:
        write(where, overwrite=True)
    assert str(caught.value.do).startswith("Write to another place, or remove")
