"""Repairs and edits: what is broken is mended, nothing else changes, and no pixel is touched."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.converting.write import put_key
from omezarr_nb.core.mending import documents as module
from omezarr_nb.core.mending.mends import MENDS
from omezarr_nb.core.rules import RULES
from omezarr_nb.display import to_html, to_text
from omezarr_nb.errors import InvalidArgumentError, NotFoundError, StoreError, TargetBusyError, UnsupportedError
from tests.core.test_plans import files_of

PIXELS = np.random.default_rng(1).integers(0, 900, (2, 64, 80)).astype("uint16")
VERSIONS = ("0.4", "0.5", "0.6")


def make_image(where: Path, version: str = "0.5") -> Path:
    """Write an image with two channels and labels."""
    image = omezarr_nb.write_image(
        PIXELS, where / "image.ome.zarr", axes="cyx", version=version, levels=2, scale={"y": 0.5, "x": 0.5},
        units={"y": "um", "x": "um"}, channels=["A", "B"],
    )  # fmt: skip
    labels = (PIXELS[0] > 500).astype("uint8")
    colors = {"colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}]}
    omezarr_nb.write_labels(labels, image, "nuclei", label_metadata=colors)
    return where / "image.ome.zarr"


def make_plate(where: Path, version: str = "0.5") -> Path:
    """Write a plate of two wells."""
    with omezarr_nb.create_plate(where / "plate.ome.zarr", ["A", "B"], [1, 2], name="p", version=version) as plate:
        for row in "AB":
            plate[row, 2].write_field(PIXELS[0], levels=1)
    return where / "plate.ome.zarr"


def change(path: Path, spoil: Callable[[dict[str, Any]], object]) -> None:
    """Spoil a document."""
    document = json.loads(path.read_text())
    spoil(document)
    path.write_text(json.dumps(document))


def block(path: Path, version: str, spoil: Callable[[dict[str, Any]], object]) -> None:
    """Spoil the OME part of a group."""
    if version == "0.4":
        change(path / ".zattrs", spoil)
    else:
        change(path / "zarr.json", lambda document: spoil(document["attributes"]["ome"]))


def axes_of(ome: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the axes, wherever they are."""
    entry = ome["multiscales"][0]
    found: list[dict[str, Any]] = entry["axes"] if "axes" in entry else entry["coordinateSystems"][0]["axes"]
    return found


def untyped(ome: dict[str, Any]) -> None:
    for axis in axes_of(ome):
        del axis["type"]


def short_units(ome: dict[str, Any]) -> None:
    for axis in axes_of(ome)[1:]:
        axis["unit"] = "um"


def swap_steps(ome: dict[str, Any]) -> None:
    for dataset in ome["multiscales"][0]["datasets"][1:]:
        scale, moved = dataset["coordinateTransformations"]
        moved["translation"] = [a / b for a, b in zip(moved["translation"], scale["scale"], strict=True)]
        dataset["coordinateTransformations"] = [moved, scale]


SPOILT: dict[str, tuple[str, Callable[[dict[str, Any]], object], tuple[str, ...]]] = {
    "ome-version": ("", lambda ome: ome.pop("version"), ("0.5",)),
    "multiscale-version": ("", lambda ome: ome["multiscales"][0].pop("version"), ("0.4",)),
    "multiscale-version-value": ("", lambda ome: ome["multiscales"][0].update(version="0.4"), ("0.5",)),
    "multiscale-name": ("", lambda ome: ome["multiscales"][0].pop("name"), VERSIONS),
    "axis-type": ("", untyped, VERSIONS),
    "axis-unit-known": ("", short_units, VERSIONS),
    "translation-order": ("", swap_steps, ("0.4", "0.5")),
    "level-order": ("", lambda ome: ome["multiscales"][0]["datasets"].reverse(), ("0.4", "0.5")),
    "labels-twice": ("labels", lambda ome: ome["labels"].append("nuclei"), VERSIONS),
    "labels-unlisted": ("labels", lambda ome: ome.update(labels=[]), VERSIONS),
    "label-value-unique": (
        "labels/nuclei",
        lambda ome: ome["image-label"]["colors"].insert(0, {"label-value": 1, "rgba": [1, 1, 1, 1]}),
        VERSIONS,
    ),
    "channel-color": ("", lambda ome: ome["omero"]["channels"][0].pop("color"), VERSIONS),
    "channel-color-hex": ("", lambda ome: ome["omero"]["channels"][0].update(color="#00ff00"), VERSIONS),
    "channel-window": ("", lambda ome: ome["omero"]["channels"][1].pop("window"), VERSIONS),
    "window-field": ("", lambda ome: ome["omero"]["channels"][1]["window"].pop("start"), VERSIONS),
}

#: Each rule in one of its versions, all versions in turn: what differs is where the parts lie.
CASES = [(rule, versions[index % len(versions)]) for index, (rule, (_, _, versions)) in enumerate(SPOILT.items())]


@pytest.mark.parametrize(("rule", "version"), CASES)
def test_what_is_broken_is_mended_and_no_pixel_is_touched(tmp_path: Path, rule: str, version: str) -> None:
    where = make_image(tmp_path, version)
    path, spoil, _ = SPOILT[rule]
    block(where / path, version, spoil)
    report = omezarr_nb.validate(where)
    assert rule in {problem.rule for problem in report.problems}, report.problems
    before = files_of(where)
    plan = omezarr_nb.plan_repair(where)
    assert files_of(where) == before
    assert rule in plan.mends
    assert "could not be shown" not in to_html(plan)
    plan.run()
    after = files_of(where)
    assert {name for name in after if after[name] != before[name]} == {entry.path for entry in plan.changed}
    assert all(Path(entry.path).name in ("zarr.json", ".zattrs", ".zarray") for entry in plan.changed)
    mended = omezarr_nb.validate(where)
    assert rule not in {problem.rule for problem in mended.problems}
    assert mended.is_valid
    image = omezarr_nb.open(where)
    assert isinstance(image, omezarr_nb.Image)
    assert image.levels[1].translation == (0, 0.25, 0.25)
    assert not omezarr_nb.plan_repair(where).changed


@pytest.mark.parametrize("version", ["0.5", "0.6"])
def test_dimensions_get_the_names_of_the_axes(tmp_path: Path, version: str) -> None:
    where = make_image(tmp_path, version)
    change(where / "1" / "zarr.json", lambda document: document.pop("dimension_names"))
    plan = omezarr_nb.plan_repair(where, rules=["dimension-names"])
    assert [entry.path for entry in plan.changed] == ["1/zarr.json"]
    assert '+    "y",' in plan.diff()
    plan.run()
    assert omezarr_nb.validate(where).is_valid


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("plate-field-count", lambda ome: ome["plate"].pop("field_count")),
        ("plate-field-count-exceeded", lambda ome: ome["plate"].update(field_count=1)),
        ("well-index", lambda ome: [well.pop("rowIndex") for well in ome["plate"]["wells"]]),
        ("well-index-path", lambda ome: ome["plate"]["wells"][0].update(rowIndex=1)),
    ],
)
@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_plates_are_mended(tmp_path: Path, version: str, rule: str, spoil: Any) -> None:
    where = make_plate(tmp_path, version)
    if rule == "plate-field-count-exceeded":
        writer = omezarr_nb.PlateWriter.open(where)
        writer["A", 2].write_field(PIXELS[0], levels=1)
    block(where, version, spoil)
    assert rule in omezarr_nb.plan_repair(where).mends
    omezarr_nb.repair(where)
    report = omezarr_nb.validate(where)
    assert rule not in {problem.rule for problem in report.problems}
    assert report.is_valid


def test_a_missing_row_and_old_copies_are_mended(tmp_path: Path) -> None:
    import zarr

    where = make_plate(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is in no specification
        zarr.consolidate_metadata(where)
    (where / "B" / "zarr.json").unlink()
    change(where / "A" / "2" / "zarr.json", lambda document: document["attributes"].update(mine=1))
    plan = omezarr_nb.plan_repair(where)
    assert {"row-group", "consolidated-metadata"} <= set(plan.mends)
    plan.run()
    assert omezarr_nb.validate(where).is_valid
    assert json.loads((where / "A" / "2" / "zarr.json").read_text())["attributes"]["mine"] == 1


def test_only_what_is_asked_for_is_mended(tmp_path: Path) -> None:
    where = make_image(tmp_path)
    block(where, "0.5", untyped)
    block(where, "0.5", short_units)
    assert omezarr_nb.plan_repair(where, rules=["axis-unit-known"]).mends == ()  # the axes have no types yet
    plan = omezarr_nb.plan_repair(where, rules=["axis-type", "axes-space-typed"])
    assert set(plan.mends) <= {"axis-type", "axes-space-typed"}
    assert "micrometer" not in plan.diff()
    plan.run()
    assert "axis-unit-known" in omezarr_nb.plan_repair(where).mends


def test_every_mend_is_of_a_rule() -> None:
    assert set(MENDS) <= set(RULES)


def test_what_needs_a_person_is_left(tmp_path: Path) -> None:
    where = make_image(tmp_path)
    block(where, "0.5", lambda ome: axes_of(ome).reverse())
    plan = omezarr_nb.plan_repair(where)
    assert "axes-order" in {problem.rule for problem in plan.after}
    assert "What is left" in to_html(plan)
    with pytest.raises(InvalidArgumentError, match="no mend"):
        omezarr_nb.plan_repair(where, rules=["axes-order"])
    with pytest.raises(NotFoundError):
        omezarr_nb.plan_repair(tmp_path / "gone")


def test_a_document_that_was_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    where = make_image(tmp_path)
    plan = omezarr_nb.plan_metadata(where, name="new")
    change(where / "zarr.json", lambda document: document["attributes"].update(mine=1))
    before = files_of(where)
    with pytest.raises(TargetBusyError, match="changed since"):
        plan.run()
    assert files_of(where) == before


def test_a_write_that_fails_puts_everything_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = make_image(tmp_path)
    plan = omezarr_nb.plan_metadata(where, axes={"y": "x", "x": "y"})
    assert len(plan.changed) > 1
    before = files_of(where)
    put, count = put_key, iter(range(10))

    def fails(place: Any, data: bytes) -> None:
        if next(count) == 1:
            raise StoreError("The disk is full.")
        put(place, data)

    monkeypatch.setattr(module, "put_key", fails)
    with pytest.raises(StoreError, match="full"):
        plan.run()
    assert files_of(where) == before


@pytest.mark.parametrize("version", VERSIONS)
def test_an_image_is_edited_and_nothing_else(tmp_path: Path, version: str) -> None:
    where = make_image(tmp_path, version)
    plan = omezarr_nb.plan_metadata(
        where, name="cells", scale={"y": 0.65, "x": 0.13}, units={"y": "nm", "x": "um"},
        channels={1: {"label": "GFP", "color": "00FF00", "window": {"end": 700}}},
    )  # fmt: skip
    assert len(to_text(plan).splitlines()) > 5
    image = plan.run()
    assert isinstance(image, omezarr_nb.Image)
    assert (image.name, image.levels[0].scale) == ("cells", (1, 0.65, 0.13))
    assert image.levels[1].scale == (1, 1.3, 0.26)
    assert image.levels[1].translation == (0, 0.325, 0.065)
    assert [axis.unit for axis in image.axes] == [None, "nanometer", "micrometer"]
    assert [(channel.label, channel.color) for channel in image.channels][1] == ("GFP", "00FF00")
    assert image.channels[1].window is not None
    assert image.channels[1].window.end == 700
    assert omezarr_nb.validate(where).is_valid
    assert [entry.path for entry in plan.changed] == [".zattrs" if version == "0.4" else "zarr.json"]


def test_axes_are_renamed_with_the_arrays(tmp_path: Path) -> None:
    omezarr_nb.write_image(np.zeros((4, 32, 32), "uint8"), tmp_path / "t.ome.zarr", axes="tyx")
    image = omezarr_nb.edit_metadata(tmp_path / "t.ome.zarr", axes={"t": "z"}, units={"z": "µm"})
    assert isinstance(image, omezarr_nb.Image)
    assert next((axis.name, axis.type, axis.unit) for axis in image.axes) == ("z", "space", "micrometer")
    assert omezarr_nb.validate(tmp_path / "t.ome.zarr").is_valid


def test_plates_have_a_name(tmp_path: Path) -> None:
    where = make_plate(tmp_path)
    assert omezarr_nb.edit_metadata(where, name="run 8").name == "run 8"  # type: ignore[attr-defined] # of a plate
    with pytest.raises(InvalidArgumentError, match="of its images"):
        omezarr_nb.plan_metadata(where, scale={"y": 1})


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": {"q": 1}},
        {"units": {"q": "um"}},
        {"axes": {"y": "x2"}, "scale": {"y": 1}},
        {"scale": {"y": 0}},
        {"scale": {"y": float("nan")}},
        {"channels": {7: {"label": "x"}}},
        {"channels": ["one"]},
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, wrong: dict[str, Any]) -> None:
    where = make_image(tmp_path)
    with pytest.raises(InvalidArgumentError):
        omezarr_nb.plan_metadata(where, **wrong)


def test_what_a_version_has_no_place_for_is_told(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="tczyx"):
        omezarr_nb.write_image(np.zeros((8, 8)), tmp_path / "old.zarr", version="0.2")
    with pytest.raises(UnsupportedError, match="no place"):
        omezarr_nb.plan_metadata(tmp_path / "old.zarr", scale={"y": 2.0})
