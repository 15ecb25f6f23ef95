"""What is written, as others see it: valid for all that know its version, and read back identically by all readers.

Images with labels, images of three axes, and plates; in shards where a version has them; of every type of pixels.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import zarr

import omezarr_nb
from omezarr_nb.core.format import format_from_version
from omezarr_nb.core.validate.top import kind_of
from tests.core.validate.oracle import Oracle

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what these use themselves
    import bioio_ome_zarr
    import ngff_zarr
    import ome_zarr.io
    import ome_zarr.reader
    import ome_zarr_models
    import tensorstore
    import yaozarrs

pytestmark = pytest.mark.filterwarnings("ignore")

CASES = [(version, False) for version in ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6")] + [("0.5", True), ("0.6", True)]
PIXELS = np.random.default_rng(6).integers(0, 60000, (1, 2, 3, 64, 96)).astype("uint16")
CELLS = (PIXELS[:, :1] // 10000).astype("int32")
DTYPES = ("bool", *(f"{kind}{size}" for kind in ("int", "uint") for size in (8, 16, 32, 64)), "float32", "float64")

#: ome-zarr-models has had 0.6 since 1.8, which needs Python 3.12.
OF_MODELS = ("0.4", "0.5", "0.6") if hasattr(ome_zarr_models, "v06") else ("0.4", "0.5")
OF_YAOZARRS = ("0.4", "0.5")
OF_PLATES = ("0.4", "0.5", "0.6")  # for ngff-zarr, which validates plates of these
OF_BIOIO = ("0.4", "0.5")


class Written(NamedTuple):
    """A folder with image.ome.zarr, stack.ome.zarr (from 0.3 on) and plate.ome.zarr, and how they were written."""

    folder: Path
    version: str
    sharded: bool

    @property
    def image(self) -> Path:
        return self.folder / "image.ome.zarr"

    @property
    def stack(self) -> Path:
        return self.folder / "stack.ome.zarr"

    @property
    def plate(self) -> Path:
        return self.folder / "plate.ome.zarr"


def write(folder: Path, version: str, *, sharded: bool) -> Written:
    """Write images, labels and a plate with all that the version has a place for."""
    layout: dict[str, Any] = {"chunks": (1, 1, 2, 16, 32)} | ({"shards": (1, 1, 2, 64, 64)} if sharded else {})
    placed: dict[str, Any] = {}
    units: dict[str, str] = {}
    if version >= "0.4":
        placed = {"scale": {"z": 2.0, "y": 0.5, "x": 0.5}, "translation": {"y": 10.0}}
        units = {"z": "um", "y": "um", "x": "um"}
    written = Written(folder, version, sharded)
    image = omezarr_nb.write_image(
        PIXELS, written.image, axes="tczyx", channels=["DAPI", "GFP"], scale_factors=[2, 4], version=version,
        units=units and units | {"t": "s"}, **layout, **placed,
    )  # fmt: skip
    label_metadata = {
        "colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}],
        "properties": [{"label-value": 1, "area": 3}],
    }
    omezarr_nb.write_labels(CELLS, image, "cells", label_metadata=label_metadata, **layout)
    if version >= "0.3":
        omezarr_nb.write_image(
            PIXELS[0, 0], written.stack, axes="zyx", scale_factors=[2], version=version, units=units, **placed
        )
    acquisitions = [{"id": 1, "name": "first", "maximumfieldcount": 2}]
    with omezarr_nb.create_plate(
        written.plate, ["A", "B"], [1, 2], name="screen", version=version, acquisitions=acquisitions
    ) as plate:
        for row, column in (("A", 1), ("B", 2)):
            for index in range(2):
                plate[row, column].write_field(
                    PIXELS[..., :32, :48] + index, axes="tczyx", scale_factors=[2], units=units and units | {"t": "s"},
                    **layout, **placed,
                )  # fmt: skip
    return written


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}{' sharded' if case[1] else ''}")
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Return what is written in a version."""
    version, sharded = request.param
    return write(tmp_path_factory.mktemp("oracles"), version, sharded=sharded)


def of(versions: tuple[str, ...]) -> pytest.MarkDecorator:
    """Run a test for those versions alone that an oracle knows."""
    cases = [case for case in CASES if case[0] in versions]
    return pytest.mark.parametrize("written", cases, indirect=True, ids=lambda case: f"{case[0]} {case[1]}")


def groups(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give all groups below a folder with their attributes, read without zarr."""
    for path in sorted([*root.rglob(".zgroup"), *root.rglob("zarr.json")]):
        document = json.loads(path.read_text())
        if path.name == ".zgroup":
            attributes = path.with_name(".zattrs")
            yield path.parent, json.loads(attributes.read_text()) if attributes.exists() else {}
        elif document["node_type"] == "group":
            yield path.parent, document.get("attributes", {})


def same(theirs: Any, image: Any) -> None:
    """Compare levels as an oracle gives them with those of an image."""
    assert len(theirs) == len(image.levels)
    for level, own in zip(theirs, image.levels, strict=True):
        pixels = np.asarray(level)
        assert pixels.dtype == own.dtype
        np.testing.assert_array_equal(pixels, own.zarr[...])


def test_the_official_schemas(written: Written, shared: Path) -> None:
    oracle = Oracle(shared / "conformance" / "schemas")
    fmt, seen = format_from_version(written.version), set()
    for folder, attributes in groups(written.folder):
        kind = kind_of(fmt.block(attributes))
        kinds = ("image", "label") if kind == "label" else (kind,)
        for name in kinds:
            if name is None or not (shared / "conformance" / "schemas" / fmt.version / f"{name}.schema").is_file():
                continue
            assert oracle.says_valid(attributes, fmt.version, name), (folder, name)
            assert oracle.says_valid(attributes, fmt.version, name, strict=True), (folder, name)
            seen.add(name)
    assert "image" in seen
    assert written.version < "0.4" or seen >= {"image", "label", "plate", "well"}


def test_our_own_validation(written: Written) -> None:
    for where in filter(Path.exists, (written.image, written.stack, written.plate)):
        report = omezarr_nb.validate(where)
        assert report.problems == (), str(report)
        assert report.version == written.version


@of(OF_YAOZARRS)
def test_yaozarrs(written: Written) -> None:
    for where in (written.image, written.image / "labels" / "cells", written.stack, written.plate):
        yaozarrs.validate_zarr_store(str(where))


@of(OF_MODELS)
def test_ome_zarr_models(written: Written) -> None:
    expected = {
        written.image: "Image",
        written.image / "labels": "Labels",
        written.image / "labels" / "cells": "ImageLabel",
        written.stack: "Image",
        written.plate: "HCS",
        written.plate / "A" / "1": "Well",
        written.plate / "B" / "2" / "1": "Image",
    }
    for where, name in expected.items():
        model = ome_zarr_models.open_ome_zarr(zarr.open_group(where, mode="r"))
        assert type(model).__name__ == name
        assert type(model).__module__.split(".")[1] == f"v{written.version.replace('.', '')}"


def test_ngff_zarr(written: Written) -> None:
    for where in filter(Path.exists, (written.image, written.image / "labels" / "cells", written.stack)):
        read: Any = ngff_zarr.from_ngff_zarr(str(where), version=written.version, validate=where.name != "cells")
        image: Any = omezarr_nb.open(where)
        same([level.data.compute() for level in read.images], image)
        if written.version < "0.4":
            continue
        for theirs, ours in zip(read.images, image.levels, strict=True):
            names = [axis.name for axis in image.axes]
            assert list(theirs.dims) == names
            assert tuple(theirs.scale[name] for name in names) == ours.scale
            assert tuple(theirs.translation[name] for name in names) == ours.translation
            assert {name: theirs.axes_units.get(name) for name in names} == {a.name: a.unit for a in image.axes}


@of(OF_PLATES)
def test_ngff_zarr_of_plates(written: Written) -> None:
    plate: Any = ngff_zarr.from_hcs_zarr(str(written.plate), validate=True)
    assert [row.name for row in plate.rows] == ["A", "B"]
    ours: Any = omezarr_nb.open(written.plate)
    for row, column in (("A", "1"), ("B", "2")):
        well = plate.get_well(row, column)
        assert len(well.images) == 2
        for index in range(2):
            same([level.data.compute() for level in well.get_image(index).images], ours[row, column].fields[index])


def test_ome_zarr_py(written: Written) -> None:
    nodes = list(ome_zarr.reader.Reader(ome_zarr.io.parse_url(str(written.image)))())
    image: Any = omezarr_nb.open(written.image)
    same([level.compute() for level in nodes[0].data], image)
    same([level.compute() for level in nodes[-1].data], image.labels["cells"])
    if written.version in ("0.4", "0.5"):
        assert nodes[0].metadata["channel_names"] == ["DAPI", "GFP"]
        assert nodes[-1].metadata["color"][1] == [1, 0, 0, 1]
        for transforms, ours in zip(nodes[0].metadata["coordinateTransformations"], image.levels, strict=True):
            assert tuple(transforms[0]["scale"]) == ours.scale
            assert tuple(transforms[1]["translation"] if len(transforms) > 1 else (0,) * 5) == ours.translation
    (node,) = ome_zarr.reader.Reader(ome_zarr.io.parse_url(str(written.plate)))()
    whole = node.data[0].compute()
    assert whole.shape == (1, 2, 3, 64, 96)
    np.testing.assert_array_equal(whole[..., :32, :48], PIXELS[..., :32, :48])
    np.testing.assert_array_equal(whole[..., 32:, 48:], PIXELS[..., :32, :48])


def test_tensorstore(written: Written) -> None:
    fields = [written.plate / "A" / "1" / "0", written.plate / "B" / "2" / "1"]
    for where in filter(Path.exists, (written.image, written.image / "labels" / "cells", written.stack, *fields)):
        image: Any = omezarr_nb.open(where)
        same([read_by_tensorstore(where / level.path, written.version) for level in image.levels], image)


@of(OF_BIOIO)
def test_bioio_ome_zarr(written: Written) -> None:
    for where in (written.image, written.image / "labels" / "cells", written.stack, written.plate / "A" / "1" / "1"):
        image: Any = omezarr_nb.open(where)
        reader: Any = bioio_ome_zarr.Reader(str(where))
        assert reader.resolution_levels == tuple(range(len(image.levels)))
        levels = []
        for level in image.levels:
            reader.set_resolution_level(level.index)
            levels.append(reader.data)
            sizes = dict(zip((axis.name for axis in image.axes), level.scale, strict=True))
            assert reader.physical_pixel_sizes == (sizes["z"], sizes["y"], sizes["x"])
        assert reader.dims.order == "".join(axis.name for axis in image.axes).upper()
        same(levels, image)
    assert bioio_ome_zarr.Reader(str(written.image)).channel_names == ["DAPI", "GFP"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("version", "sharded"), [("0.4", False), ("0.5", True)])
def test_every_type_of_pixels(tmp_path: Path, dtype: str, version: str, sharded: bool) -> None:
    kind = np.dtype(dtype)
    values = np.arange(256) % 2 if kind.kind == "b" else np.arange(256)
    pixels = values.astype(kind).reshape(16, 16)
    if kind.kind in "iu":
        pixels[0, :2] = np.iinfo(kind).min, np.iinfo(kind).max
    elif kind.kind == "f":
        pixels[0, :3] = np.nan, np.inf, -0.5
    where = tmp_path / "a.ome.zarr"
    image = omezarr_nb.write_image(
        pixels, where, version=version, chunks=8, shards=(16, 16) if sharded else None, scale_factors=[2]
    )
    assert image.dtype == kind
    np.testing.assert_array_equal(image.levels[0].zarr[...], pixels)
    same([read_by_tensorstore(where / level.path, version) for level in image.levels], image)
    (node,) = ome_zarr.reader.Reader(ome_zarr.io.parse_url(str(where)))()
    same([level.compute() for level in node.data], image)
    read: Any = ngff_zarr.from_ngff_zarr(str(where), version=version, validate=True)
    same([level.data.compute() for level in read.images], image)
    if version in OF_BIOIO:
        np.testing.assert_array_equal(bioio_ome_zarr.Reader(str(where)).data, pixels)
    if version in OF_YAOZARRS:
        yaozarrs.validate_zarr_store(str(where))
    if version in OF_MODELS:
        assert type(ome_zarr_models.open_ome_zarr(zarr.open_group(where, mode="r"))).__name__ == "Image"


def read_by_tensorstore(where: Path, version: str) -> Any:
    driver = "zarr3" if version in ("0.5", "0.6") else "zarr"
    spec = {"driver": driver, "kvstore": {"driver": "file", "path": str(where)}}
    return tensorstore.open(spec, read=True).result().read().result()
