"""Stores that other tools wrote: all that is in them, what deviates from the specification, and their pixels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.image import LabelImage
from omezarr_nb.core.plate import Plate
from omezarr_nb.core.reader import open_image
from tests.core.trees import all_problems, images_in, tree

#: What each holds, as `tree` writes it; looked at by hand beside what the tools that wrote them say.
TREES = {
    section.partition("\n")[0].split()[0]: f"## {section}".rstrip()
    for section in Path(__file__).with_name("sample_trees.txt").read_text(encoding="utf-8").split("## ")[1:]
}


@pytest.mark.parametrize("name", sorted(TREES))
def test_a_sample_is_what_it_is_and_says_what_deviates(samples: Path, name: str) -> None:
    found = omezarr_nb.open(samples / name)
    assert tree(found, omezarr_nb.validate(samples / name)) == TREES[name]
    assert str(found)
    assert "could not be shown" not in found._repr_mimebundle_()["text/html"]


def test_no_sample_is_left_out_and_their_arrays_are_those_of_the_manifest(samples: Path) -> None:
    described = json.loads((samples / "manifest.json").read_text(encoding="utf-8"))["samples"]
    assert {sample["path"] for sample in described} == set(TREES)
    for sample in described:
        found = omezarr_nb.open(samples / sample["path"])
        assert found.location.zarr_format == sample["zarr_format"]
        assert {
            f"{path}/{level.path}".lstrip("/"): (level.shape, str(level.dtype))
            for path, image in images_in(found).items()
            for level in image.levels
        } == {array["path"]: (tuple(array["shape"]), array["dtype"]) for array in sample["arrays"]}
        for image in images_in(found).values():
            assert all(level.zarr[(0,) * image.ndim] is not None for level in image.levels)


def test_what_reading_warns_of_is_what_validation_tells(samples: Path) -> None:
    for name in TREES:
        told = {problem.rule for problem in omezarr_nb.validate(samples / name).problems}
        assert {problem.rule for problem in all_problems(omezarr_nb.open(samples / name))} <= told


def test_the_labels_of_a_sample(samples: Path) -> None:
    image = open_image(samples / "idr0062_6001240_v05_labels.zarr")
    label = image.labels["0"]
    assert isinstance(label, LabelImage)
    assert [level.shape[1:] for level in label.levels] == [
        (236, 275, 271),
        (236, 137, 135),
        (236, 68, 67),
        (236, 34, 33),
    ]
    assert label.dtype == "int8"
    assert image.axes[1].unit == "micrometer"
    assert image.levels[0].scale[1] == pytest.approx(0.5002025531914894)
    assert image.levels[0].shards == (1, 10, 512, 512)
    assert image.levels[0].chunks == (1, 1, 256, 256)
    plane = label.levels[2].zarr[0, 118]
    assert isinstance(plane, np.ndarray)
    assert plane.max() > 0


def test_the_plate_among_the_samples(samples: Path) -> None:
    plate = omezarr_nb.open(samples / "challenge_hcs_v04.zarr")
    assert isinstance(plate, Plate)
    assert (plate.name, plate.rows, plate.columns, plate.field_count) == ("Plate Name 0", ("A", "B"), ("1", "2"), 2)
    assert [acquisition.id for acquisition in plate.acquisitions] == [0]
    assert plate.problems == ()
    assert plate["B", 2].fields_of(0).paths == ("0", "1")
    assert plate["B", 2].fields[0].name == "hcs 7"


def test_images_within_collections_and_plates_open(samples: Path) -> None:
    for path in ("challenge_bf2raw_v04.zarr/0", "challenge_hcs_v04.zarr/A/1/0"):
        assert open_image(samples / path).levels
    assert open_image(samples / "fiji_bioformats2raw_bf2raw_dataset_v5.ome.zarr/1").shape == (64, 64)
