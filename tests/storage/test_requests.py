"""How many requests opening takes: counted on a web server, and in front of a server for S3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from fsspec import filesystem
from zarr.storage import ObjectStore

import omezarr_nb
from tests.servers import serve_directory
from tests.storage.faults import FaultProxy
from tests.storage.seaweed import SeaweedServer
from tests.stores import make_image

ROWS, COLUMNS = "ABCDEFGHIJKLMNOP", range(1, 25)
#: Opens what lies at a path, and says which requests that took.
Opened = Callable[[str], tuple[Any, FaultProxy]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an image that has a label, and a plate of 384 wells."""
    folder = tmp_path_factory.mktemp("data")
    for version in ("0.4", "0.5"):
        image = folder / f"image-{version}"
        make_image(image, [np.ones((size, size), "uint8") for size in (64, 32, 16)], "yx", version=version)
        make_image(image / "labels" / "cells", [np.ones((64, 64), "uint32")], "yx", version=version)
        wells = [
            {"path": f"{row}/{column}", "rowIndex": i, "columnIndex": j}
            for i, row in enumerate(ROWS)
            for j, column in enumerate(COLUMNS)
        ]
        plate = {
            "rows": [{"name": row} for row in ROWS],
            "columns": [{"name": str(column)} for column in COLUMNS],
            "wells": wells,
            "version": version,
        }
        _group(image / "labels", version, {"labels": ["cells"]})
        _group(folder / f"plate-{version}", version, {"plate": plate})
    return folder


def _group(place: Path, version: str, block: dict[str, Any]) -> None:
    if version == "0.4":
        zarr.open_group(place, mode="a", zarr_format=2).attrs.update(block)
    else:
        zarr.open_group(place, mode="a", zarr_format=3).attrs["ome"] = {"version": version, **block}


@pytest.fixture(params=["http", "s3fs", "obstore"])
def opened(request: pytest.FixtureRequest, fault_proxy: Callable[[str], FaultProxy]) -> Opened:
    if request.param == "http":
        proxy = fault_proxy(request.getfixturevalue("web").url)
        return lambda path: (omezarr_nb.open(f"{proxy.url}/{path}"), proxy)
    server: SeaweedServer = request.getfixturevalue("seaweed")
    bucket: str = request.getfixturevalue("uploaded")
    proxy = fault_proxy(server.endpoint)
    if request.param == "s3fs":
        options = server.storage_options(endpoint=proxy.url)
        return lambda path: (omezarr_nb.open(f"s3://{bucket}/{path}", storage_options=options), proxy)
    return lambda path: (omezarr_nb.open(ObjectStore(server.obstore(bucket, path, endpoint=proxy.url))), proxy)


@pytest.fixture(scope="module")
def web(folder: Path) -> Any:
    with serve_directory(folder) as server:
        yield server


@pytest.fixture(scope="module")
def uploaded(folder: Path, seaweed: SeaweedServer) -> str:
    """Return a bucket that holds the folder."""
    bucket = seaweed.make_bucket()
    files = filesystem("s3", **seaweed.storage_options())
    found = [file for file in folder.rglob("*") if file.is_file()]
    files.put([str(file) for file in found], [f"{bucket}/{file.relative_to(folder)}" for file in found])
    return bucket


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_an_image_with_a_label_takes_at_most_six(opened: Opened, version: str) -> None:
    image, proxy = opened(f"image-{version}")
    assert [level.shape for level in image.levels] == [(64, 64), (32, 32), (16, 16)]
    to_image = proxy.count()
    assert list(image.labels) == ["cells"]
    assert proxy.count() <= 6, proxy.by_path()
    assert image.labels["cells"].levels[0].shape == (64, 64)
    assert to_image <= 5
    assert not any(request.lists for request in proxy.passed())
    assert not proxy.passed("*/c/*")
    assert max(proxy.by_path().values()) == 1


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_a_plate_takes_at_most_two_whatever_its_size(opened: Opened, version: str) -> None:
    plate, proxy = opened(f"plate-{version}")
    assert len(plate.wells) == 384
    assert proxy.count() <= 2, proxy.by_path()
    assert not any(request.lists for request in proxy.passed())


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_pixels_take_one_request_a_chunk(opened: Opened, version: str) -> None:
    image, proxy = opened(f"image-{version}")
    array = image.array()
    proxy.clear()
    assert array.compute().all()
    assert proxy.count() == 1
    assert not any(request.lists for request in proxy.passed())
