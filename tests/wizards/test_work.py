"""Threads of a form, and words about what they do."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.display.words import duration
from omezarr_nb.errors import StoreError
from omezarr_nb.wizards.place import free_target, place_words, resolved, taken
from omezarr_nb.wizards.steps import Frame, Step
from omezarr_nb.wizards.work import Debounce, Latest, Writer, error_words, progress_words


def test_only_the_last_that_was_asked_for_is_told() -> None:
    ends: list[object] = []
    gate, told = threading.Event(), threading.Event()

    def take(end: object) -> None:
        ends.append(end)
        told.set()

    def slow() -> str:
        assert gate.wait(30)
        return "first"

    latest: Latest[str] = Latest(take)
    latest.start(slow)
    first = latest._thread
    assert first is not None
    latest.start(lambda: "second")
    assert told.wait(30)
    gate.set()
    first.join(30)
    assert ends == ["second"]


def test_a_write_tells_how_far_it_is_and_how_it_ended() -> None:
    told: list[Progress] = []
    ends: list[Any] = []
    ended = threading.Event()

    def end(result: Any) -> None:
        ends.append(result)
        ended.set()

    writer = Writer(told.append, end)
    assert writer.start(omezarr_nb.plan_image(np.ones((64, 64), "uint8"), "memory://told.ome.zarr", chunks=16))
    assert ended.wait(30)
    assert isinstance(ends[0], omezarr_nb.Image), ends
    assert told[-1].regions_done == told[-1].regions


def test_a_wish_is_fulfilled_once_and_can_be_dropped() -> None:
    calls: list[int] = []
    done = threading.Event()

    def call() -> None:
        calls.append(1)
        done.set()

    debounce = Debounce(call, 3600)
    debounce.ask()
    debounce.ask()
    debounce.flush()
    debounce.flush()
    assert calls == [1]
    debounce.ask()
    debounce.drop()
    debounce.flush()
    assert calls == [1]
    done.clear()
    Debounce(call, 0.0).ask()
    assert done.wait(30)


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 s"), (45, "45 s"), (150, "2 min"), (7800, "2 h 10 min")])
def test_durations_are_written_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds).replace("\u2009", " ") == text


def test_progress_names_the_levels_that_are_written() -> None:
    assert progress_words(Progress(1, 4, 1, 4, 0.0, (0, 1, 2))).startswith("levels 0 to 2 · region 1 of 4 · ")
    assert progress_words(Progress(1, 4, 1, 4, 0.0, (3,))).startswith("level 3 · region 1 of 4 · ")


def test_progress_without_a_rate_promises_nothing() -> None:
    assert "left" not in progress_words(Progress(0, 12, 0, 10**6, 0.0, ()))
    assert "left" not in progress_words(Progress(12, 12, 10**6, 10**6, 2.0, ()))


def test_what_was_there_before_does_not_count_as_speed() -> None:
    progress = Progress(6, 12, 600, 1200, 10.0, (0,), bytes_before=500)
    assert (progress.bytes_per_second, progress.seconds_left) == (10.0, 60.0)
    assert Progress(6, 12, 500, 1200, 10.0, (0,), bytes_before=500).seconds_left is None
    assert Progress(12, 12, 1200, 1200, 10.0, (0,)).seconds_left == 0


def test_the_reason_of_a_failure_is_found_behind_other_errors() -> None:
    error = StoreError("The storage failed.")
    error.__cause__ = OSError(28, "No space left on device")
    assert error_words(error) == "There is no space left on the disk."


def test_what_went_away_or_is_not_allowed_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as gone:
        (tmp_path / "plane.tif").read_bytes()
    assert error_words(gone.value) == f"This is not there any more. Where: {tmp_path / 'plane.tif'}."
    refused = StoreError("The picture cannot be read.")
    refused.__cause__ = PermissionError(13, "Permission denied", "cells.tif")
    assert error_words(refused) == "You have no permission there. Where: cells.tif."


def test_a_click_on_cancel_is_seen_at_once() -> None:
    stopped: list[str] = []
    step = Step("Write", "Where to?", ipywidgets.VBox())
    frame = Frame(
        [step], on_step=lambda _: None, on_act=lambda: None, on_cancel=lambda: stopped.append(frame.stop.description)
    )
    frame.show_progress(0.0, "Starting …")
    frame.stop.click()
    assert stopped == ["Stopping …"]
    assert frame.stop.disabled
    frame.show_progress(None)
    assert (frame.stop.description, frame.stop.disabled) == ("Cancel", False)


@pytest.mark.parametrize(
    ("target", "stem", "free"),
    [
        ("", "cells", "cells-3.ome.zarr"),
        ("cells.ome.zarr", None, "cells-3.ome.zarr"),
        ("sub/a.ome.zarr", None, "sub/a-2.ome.zarr"),
        ("sub/", "a", "sub/a.ome.zarr"),
        ("s3://bucket/a.ome.zarr", None, "s3://bucket/a-2.ome.zarr"),
        ("other.zarr", None, "other.ome.zarr"),
    ],
)
def test_a_free_place_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, stem: str | None, free: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("cells.ome.zarr", "cells-2.ome.zarr"):
        (tmp_path / name).mkdir()
    assert free_target(target, stem) == free


def test_places_are_looked_at_without_touching_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.ome.zarr").symlink_to("nowhere")
    assert taken("link.ome.zarr")
    assert not taken("none.ome.zarr")
    assert not taken("s3://bucket/none.ome.zarr")
    assert resolved("s3://bucket/a.zarr") == "s3://bucket/a.zarr"
    assert resolved("a.zarr") == str(tmp_path / "a.zarr")
    assert place_words("a.zarr") == ""
    assert list(tmp_path.iterdir()) == [tmp_path / "link.ome.zarr"]
