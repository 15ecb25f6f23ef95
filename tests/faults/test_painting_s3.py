"""Saving to an S3 store that fails meanwhile: that is said in words, strokes stay painted, and are saved later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core import patience
from omezarr_nb.core.editing import open as opening
from omezarr_nb.core.editing import turn
from omezarr_nb.errors import StoreError
from tests.storage.faults import FaultProxy, Outcome
from tests.storage.seaweed import SeaweedServer


@pytest.mark.parametrize(("outcome", "pattern"), [(503, "*/1/c/*"), ("reset", "*/0/c/*"), ("lost", "*")])
def test_a_save_that_the_store_breaks_off_is_made_up_for(  # noqa: PLR0917 - fixtures
    outcome: Outcome,
    pattern: str,
    seaweed: SeaweedServer,
    bucket: str,
    fault_proxy: Callable[[str], FaultProxy],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turn, "state_folder", lambda: tmp_path / "state")
    monkeypatch.setattr(opening, "state_folder", lambda: tmp_path / "state")
    where, direct = f"s3://{bucket}/image.zarr", seaweed.storage_options()
    image = omezarr_nb.write_image(np.zeros((96, 128), "u1"), where, levels=3, chunks=32, storage_options=direct)
    omezarr_nb.create_labels(image, "cells", chunks=32)
    proxy = fault_proxy(seaweed.endpoint)
    options = seaweed.storage_options(endpoint=proxy.url, config_kwargs={"retries": {"max_attempts": 1}})
    editor = omezarr_nb.edit_labels(where, "cells", storage_options=options)
    editor.paint([(10, 10), (80, 110)], 3, 21)
    editor.paint([(80, 10)], 4, 9)
    painted = editor.read()
    fault = proxy.fail(pattern, outcome, methods=("PUT",))
    with monkeypatch.context() as short:
        short.setattr("omezarr_nb.core.pyramid.bounded.CHUNKS", patience.Patience(seconds=1))
        short.setattr("omezarr_nb.core.io._PATIENCE", patience.Patience(seconds=1))
        with pytest.raises(StoreError, match=r"image\.zarr") as caught:
            editor.save()
    assert fault.failed
    assert (editor.state.name, editor.state.unsaved, editor.state.why) == ("failed", 2, str(caught.value))
    np.testing.assert_array_equal(editor.read(), painted)
    editor.paint([(20, 100)], 5, 9)
    painted = editor.read()
    proxy.heal()
    editor.save()
    assert editor.state.name == "saved"
    editor.close()
    labels = omezarr_nb.open(where, storage_options=direct).labels["cells"]
    fresh = omezarr_nb.write_image(painted, "memory://wanted.zarr", axes="yx", levels=3, method="mode", overwrite=True)
    for level, wanted in zip(labels.levels, fresh.levels, strict=True):
        np.testing.assert_array_equal(level.zarr[...], wanted.zarr[...])
    assert not [key for key in seaweed.keys(bucket, "image.zarr/") if ".omezarr_nb" in key]
    assert not [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
