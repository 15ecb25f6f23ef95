"""``python -m omezarr_nb``: what it says, in text and in JSON, and how it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import omezarr_nb
from omezarr_nb.cli import main
from omezarr_nb.cli.command import DONE, FAILED, REFUSED, USAGE


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Return a small image with units and a channel, and labels."""
    where = tmp_path / "image.ome.zarr"
    pixels = np.arange(2 * 64 * 48, dtype="uint16").reshape(2, 64, 48)
    options: dict[str, Any] = {"scale": {"y": 0.5, "x": 0.25}, "units": {"y": "micrometer", "x": "micrometer"}}
    written = omezarr_nb.write_image(pixels, where, axes="cyx", scale_factors=[2], chunks=(1, 32, 32), **options)
    omezarr_nb.write_labels(np.zeros((64, 48), "uint8"), written, name="cells", axes="yx")
    return where


def spoil(image: Path) -> None:
    """Give the image a scale of two numbers too few, and a name that would drive a terminal."""
    document = json.loads((image / "zarr.json").read_text(encoding="utf-8"))
    multiscale = document["attributes"]["ome"]["multiscales"][0]
    multiscale["name"] = "evil \x1b[31mname"
    multiscale["datasets"][0]["coordinateTransformations"][0]["scale"] = [1.0]
    (image / "zarr.json").write_text(json.dumps(document), encoding="utf-8")


def answer(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Return the exit code, standard output and standard error of a command."""
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_info_in_json_agrees_with_the_image(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = answer(capsys, "info", image, "--json")
    said, opened = json.loads(out), omezarr_nb.open(image)
    assert (code, err) == (DONE, "")
    assert (said["kind"], said["version"], said["dtype"]) == ("Image", "0.5", "uint16")
    assert said["shape"] == [2, 64, 48]
    assert said["axes"][1] == {"name": "y", "type": "space", "unit": "micrometer"}
    assert [level["scale"] for level in said["levels"]] == [list(level.scale) for level in opened.levels]
    assert said["levels"][1]["translation"] == [0.0, 0.25, 0.125]
    assert said["levels"][0]["chunks"] == [1, 32, 32]
    assert said["labels"] == ["cells"]
    assert len(said["channels"]) == len(opened.channels)


def test_info_in_text(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = answer(capsys, "info", image)
    assert (code, err) == (DONE, "")
    assert "OME-Zarr 0.5" in out
    assert "├─ 2 levels" in out
    assert "└─ labels: cells" in out


def plate(folder: Path) -> tuple[Path, dict[str, Any]]:
    where = folder / "plate.ome.zarr"
    with omezarr_nb.create_plate(where, rows=["A", "B"], columns=["1", "2"]) as writer:
        writer["B", "2"].write_field(np.zeros((16, 16), "uint8"), axes="yx")
    return where, {"kind": "Plate", "rows": ["A", "B"], "wells": ["B/2"], "field_count": 1}


def well(folder: Path) -> tuple[Path, dict[str, Any]]:
    where, _ = plate(folder)
    return where / "B/2", {"kind": "Well", "fields": ["0"]}


def labels(folder: Path) -> tuple[Path, dict[str, Any]]:
    where = folder / "image.ome.zarr"
    image = omezarr_nb.write_image(np.zeros((16, 16), "uint8"), where, axes="yx")
    omezarr_nb.write_labels(np.zeros((16, 16), "uint8"), image, name="cells", axes="yx")
    return where / "labels", {"kind": "Labels", "labels": ["cells"]}


def label_image(folder: Path) -> tuple[Path, dict[str, Any]]:
    where, _ = labels(folder)
    return where / "cells", {"kind": "LabelImage", "shape": [16, 16]}


def collection(folder: Path) -> tuple[Path, dict[str, Any]]:
    where = folder / "two.ome.zarr"
    zarr.create_group(where, attributes={"ome": {"version": "0.5", "bioformats2raw.layout": 3}})
    for name in ("0", "1"):
        omezarr_nb.write_image(np.zeros((16, 16), "uint8"), where / name, axes="yx")
    return where, {"kind": "ImageCollection", "images": ["0", "1"]}


def scene(folder: Path) -> tuple[Path, dict[str, Any]]:
    where = folder / "scene.ome.zarr"
    systems = [{"name": "world", "axes": [{"name": name, "type": "space"} for name in "yx"]}]
    zarr.create_group(where, attributes={"ome": {"version": "0.6", "scene": {"coordinateSystems": systems}}})
    return where, {"kind": "ImageScene", "systems": ["world"]}


@pytest.mark.parametrize("make", [plate, well, labels, label_image, collection, scene])
def test_info_of_everything_else(make: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where, expected = make(tmp_path)
    code, out, _ = answer(capsys, "info", where, "--json")
    said = json.loads(out)
    assert code == DONE
    assert {key: said[key] for key in expected} == expected
    code, out, _ = answer(capsys, "info", where)
    assert code == DONE
    assert str(where) in out


def test_validate_says_what_is_wrong_and_ends_with_one(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answer(capsys, "validate", image)
    assert (code, out.startswith("Valid OME-Zarr 0.5 image: 0 errors")) == (DONE, True)

    good = shutil.copytree(image, image.with_name("good.ome.zarr"))
    spoil(image)
    code, out, _ = answer(capsys, "validate", good, image, "--json")
    reports = json.loads(out)
    assert code == REFUSED
    assert [report["valid"] for report in reports] == [True, False]
    assert "scale" in reports[1]["errors"][0]["place"].casefold() + reports[1]["errors"][0]["rule"]
    assert omezarr_nb.validate(image).errors[0].rule == reports[1]["errors"][0]["rule"]


def test_a_path_that_is_not_there_hides_no_other(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = answer(capsys, "validate", image.with_name("missing.ome.zarr"), image)
    assert code == FAILED
    assert "NotFoundError" in err
    assert "missing.ome.zarr" in err
    assert out.startswith("Valid")


def test_nothing_of_a_file_drives_the_terminal(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(image)
    for command in ("info", "validate"):
        for form in ([], ["--json"]):
            _, out, err = answer(capsys, command, image, *form)
            assert "\x1b" not in out + err
    assert "evil" in answer(capsys, "info", image)[1]
    code, out, _ = answer(capsys, "info", image, "--json")
    assert (code, json.loads(out)["name"]) == (DONE, "evil \x1b[31mname")
    assert json.loads(out)["problems"]


def test_convert_writes_another_version_and_says_so(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = image.with_name("old.ome.zarr")
    code, out, _ = answer(capsys, "convert", image, target, "--to", "0.4", "--dry-run", "--json")
    assert (code, json.loads(out)["version"], target.exists()) == (DONE, "0.4", False)

    code, out, err = answer(capsys, "convert", image, target, "--to", "0.4")
    assert (code, err) == (DONE, "")
    assert "from OME-Zarr 0.5 to 0.4" in out
    converted = omezarr_nb.open(target)
    assert converted.version == "0.4"
    np.testing.assert_array_equal(converted.array(), omezarr_nb.open(image).array())
    assert converted.labels.names == ("cells",)


def test_convert_loses_and_overwrites_nothing_unasked(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = image.with_name("old.ome.zarr")
    code, out, err = answer(capsys, "convert", image, target, "--to", "0.3", "--json")
    assert (code, target.exists()) == (REFUSED, False)
    assert "units" in json.loads(out)["refused"][0]["message"]
    assert "--drop" in err

    assert answer(capsys, "convert", image, target, "--to", "0.3", "--drop")[0] == DONE
    before = sorted((file, file.read_bytes()) for file in target.rglob("*") if file.is_file())
    code, _, err = answer(capsys, "convert", image, target, "--to", "0.4")
    assert (code, "TargetExistsError" in err) == (FAILED, True)
    assert sorted((file, file.read_bytes()) for file in target.rglob("*") if file.is_file()) == before
    assert answer(capsys, "convert", image, target, "--to", "0.4", "--overwrite")[0] == DONE
    assert omezarr_nb.open(target).version == "0.4"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required"),
        (["paint"], "invalid choice"),
        (["info"], "required"),
        (["info", "a", "--storage-option", "anon"], "expected KEY=VALUE, found 'anon'"),
        (["convert", "IMAGE", "b", "--to", "7"], "InvalidArgumentError"),
        (["validate", "--stri", "a"], "unrecognized"),
    ],
)
def test_wrong_arguments_end_with_two(
    arguments: list[str], said: str, image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = answer(capsys, *[image if argument == "IMAGE" else argument for argument in arguments])
    assert (code, out) == (USAGE, "")
    assert said in err


def test_storage_options_reach_the_store(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from omezarr_nb.core import reader

    given: list[object] = []

    def remember(where: str, storage_options: dict[str, Any]) -> Any:
        given.append(storage_options)
        raise omezarr_nb.errors.NotFoundError("There is nothing.", where=where)

    monkeypatch.setattr(reader, "open", remember)
    options = ["anon=true", "endpoint_url=https://a/b?c=d", 'client_kwargs={"verify": false}']
    arguments = [part for option in options for part in ("--storage-option", option)]
    assert answer(capsys, "info", "s3://bucket/image", *arguments)[0] == FAILED
    expected = {"anon": True, "endpoint_url": "https://a/b?c=d", "client_kwargs": {"verify": False}}
    assert given == [expected]


def test_runs_as_a_program(image: Path) -> None:
    command = [sys.executable, "-m", "omezarr_nb"]
    done = subprocess.run([*command, "info", str(image), "--json"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (DONE, "")
    assert json.loads(done.stdout)["kind"] == "Image"
    missing = subprocess.run([*command, "info", f"{image}x"], capture_output=True, text=True, check=False)
    assert missing.returncode == FAILED
    assert "Traceback" not in missing.stderr
