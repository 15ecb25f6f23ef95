"""A wizard writes to a bucket of a real S3 server, by its form alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

import omezarr_nb
from tests.storage.seaweed import SeaweedServer
from tests.wizards.driving import control, wait_for_state, words, write


def test_a_stack_of_tiffs_becomes_an_image_of_five_levels_in_a_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seaweed: SeaweedServer, bucket: str
) -> None:
    monkeypatch.chdir(tmp_path)
    planes = np.random.default_rng(1).integers(0, 4000, (3, 512, 640)).astype("uint16")
    for index, plane in enumerate(planes):
        tifffile.imwrite(f"plane{index}.tif", plane)
    options = seaweed.storage_options()
    wizard = omezarr_nb.ImageWizard("plane*.tif", namespace={}, purpose="cloud")
    wait_for_state(wizard, "ready")
    wizard.frame.go("Levels")
    wizard._levels.levels.value = 5
    wizard.frame.go("Write")
    control(wizard, "write to").value = f"s3://{bucket}/run7.ome.zarr"
    assert wizard.plan is not None
    server = options.get("endpoint_url") or options["client_kwargs"]["endpoint_url"]
    control(wizard, "server").value = server
    control(wizard, "access key").value = options["key"]
    control(wizard, "secret key").value = options["secret"]
    wizard._target.look.click()
    assert wizard.plan is not None
    code = wizard.code
    write(wizard)
    assert wizard.state == "done", words(wizard)
    assert "It is valid OME-Zarr 0.5" in words(wizard)
    assert wizard.image is not None
    assert len(wizard.image.levels) == 5
    np.testing.assert_array_equal(wizard.image.levels[0].zarr[:], planes)
    before = seaweed.keys(bucket)

    # What is there now is known, and left alone unless it is named.
    control(wizard, "write to").value = f"s3://{bucket}/other.ome.zarr"
    control(wizard, "write to").value = f"s3://{bucket}/run7.ome.zarr"
    write(wizard)
    assert wizard.state == "failed"
    assert control(wizard, "replace run7.ome.zarr").value is False
    assert seaweed.keys(bucket) == before

    # The code takes the keys from the environment, and gives the same bytes.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["secret"])
    exec(code.replace("run7.ome.zarr", "again.ome.zarr").replace("image.view()", ""), {})
    keys = seaweed.keys(bucket)
    again = {key.replace("again.", "run7."): size for key, size in keys.items() if key.startswith("again")}
    assert again.keys() == before.keys()
