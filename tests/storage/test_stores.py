"""Images in stores of every kind: written, opened, looked at, labelled, replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import icechunk
import numpy as np
import pytest
import zarr
from obstore.store import LocalStore, MemoryStore
from zarr.storage import FsspecStore, ObjectStore, StorePath

import omezarr_nb
from omezarr_nb.core.chunks import ChunkCache
from omezarr_nb.errors import OMEZarrError, StoreError, TargetExistsError
from omezarr_nb.viewers.layout import layout_of
from omezarr_nb.viewers.planes import ImagePlanes

RANDOM = np.random.default_rng(7)
DATA = RANDOM.integers(1, 1000, (2, 130, 150), "uint16")
CELLS = (DATA[0] > 500).astype("uint32")
KINDS = ("obstore-disk", "obstore-memory", "obstore-s3", "s3", "memory", "icechunk")
#: A place to write to, made anew each time, as another process would.
Place = Callable[[], Any]


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    match request.param:
        case "obstore-disk":
            yield lambda: ObjectStore(LocalStore(tmp_path))
        case "obstore-memory":
            memory = MemoryStore()
            yield lambda: ObjectStore(memory)
        case "memory":
            url = f"memory://{uuid4().hex}"
            yield lambda: FsspecStore.from_url(url)
        case "icechunk":
            session = icechunk.Repository.create(icechunk.in_memory_storage()).writable_session("main")
            yield lambda: session.store
        case kind:
            server, bucket = request.getfixturevalue("seaweed"), request.getfixturevalue("bucket")
            if kind == "obstore-s3":
                yield lambda: ObjectStore(server.obstore(bucket, "image.zarr"))
            else:
                options = server.storage_options()
                yield lambda: FsspecStore.from_url(f"s3://{bucket}/image.zarr", storage_options=options)


def write(where: Any, data: Any = DATA, **options: Any) -> omezarr_nb.Image:
    """Write an image of two levels."""
    image: omezarr_nb.Image = omezarr_nb.write_image(
        data, where, axes="cyx", levels=2, chunks={"y": 64, "x": 64}, **options
    )
    return image


def image_at(where: Any, **options: Any) -> omezarr_nb.Image:
    image = omezarr_nb.open(where, **options)
    assert isinstance(image, omezarr_nb.Image)
    return image


def pixels(image: omezarr_nb.Image, level: int = 0) -> Any:
    array: Any = image.array(level)
    return array.compute()


def test_an_image_is_written_read_and_looked_at(place: Place) -> None:
    write(place())
    image = image_at(place())
    np.testing.assert_array_equal(pixels(image), DATA)
    assert pixels(image, 1).shape == (2, 65, 75)
    planes = ImagePlanes(image, layout_of(image), ChunkCache())
    np.testing.assert_array_equal(planes.tile(image.levels[0], (0, 0, 0), 1, 0, 0), DATA[1])
    assert image.levels[0].missing_chunks() == ()


def test_labels_lie_beside_it(place: Place) -> None:
    write(place())
    omezarr_nb.write_labels(CELLS, place(), name="cells", axes="yx")
    image = image_at(place())
    assert list(image.labels) == ["cells"]
    np.testing.assert_array_equal(pixels(image.labels["cells"]), CELLS)
    np.testing.assert_array_equal(pixels(image), DATA)
    assert not [problem for problem in omezarr_nb.validate(place()).problems if problem.severity == "error"]


def test_it_is_replaced_when_that_is_asked_for(place: Place) -> None:
    write(place())
    with pytest.raises(TargetExistsError):
        write(place(), DATA + 1)
    np.testing.assert_array_equal(pixels(image_at(place())), DATA)
    write(place(), DATA + 1, overwrite=True)
    np.testing.assert_array_equal(pixels(image_at(place())), DATA + 1)


def test_it_is_replaced_by_what_is_made_of_it(place: Place) -> None:
    write(place())
    array: Any = image_at(place()).array()
    try:
        write(place(), array + 1, overwrite=True)
        expected = DATA + 1
    except OMEZarrError:
        expected = DATA
    np.testing.assert_array_equal(pixels(image_at(place())), expected)


def test_what_is_committed_is_seen_by_others_and_what_is_not_is_not(tmp_path: Path) -> None:
    storage = icechunk.local_filesystem_storage(str(tmp_path / "repository"))
    repository = icechunk.Repository.create(storage)
    session = repository.writable_session("main")
    write(session.store)
    first = session.commit("an image")
    session = repository.writable_session("main")
    write(session.store, DATA + 1, overwrite=True)
    write(StorePath(session.store, "second"))
    others = icechunk.Repository.open(storage)
    image = image_at(others.readonly_session("main").store)
    np.testing.assert_array_equal(pixels(image), DATA)
    assert image.name == "image"
    assert image.where == f"Icechunk({first})"
    session.commit("another")
    np.testing.assert_array_equal(pixels(image_at(others.readonly_session("main").store)), DATA + 1)
    np.testing.assert_array_equal(pixels(image_at(others.readonly_session(snapshot_id=first).store)), DATA)
    second = zarr.open_group(others.readonly_session("main").store, mode="r", path="second")
    np.testing.assert_array_equal(pixels(image_at(second)), DATA)


def test_a_snapshot_is_not_written_to(tmp_path: Path) -> None:
    repository = icechunk.Repository.create(icechunk.local_filesystem_storage(str(tmp_path)))
    session = repository.writable_session("main")
    write(session.store)
    session.commit("an image")
    with pytest.raises(StoreError, match="reading only"):
        write(repository.readonly_session("main").store, overwrite=True)


def test_icechunk_holds_no_image_of_zarr_2() -> None:
    session = icechunk.Repository.create(icechunk.in_memory_storage()).writable_session("main")
    with pytest.raises(OMEZarrError, match="Icechunk stores documents and chunks of Zarr"):
        write(StorePath(session.store, "old"), version="0.4")
    assert not session.has_uncommitted_changes


@pytest.mark.parametrize("version", ["0.4", "0.6"])
def test_a_url_of_s3_takes_every_version(seaweed: Any, bucket: str, version: str) -> None:
    url, options = f"s3://{bucket}/deep/image.zarr", seaweed.storage_options()
    write(url, version=version, storage_options=options)
    image = image_at(url, storage_options=options)
    assert image.version == version
    np.testing.assert_array_equal(pixels(image), DATA)
