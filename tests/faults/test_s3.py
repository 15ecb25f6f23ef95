"""An S3 store that fails, answers late, or dies: what was there is whole, and another write goes on."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core import patience
from omezarr_nb.core.pyramid import claims
from omezarr_nb.core.writer import write_image, write_labels
from omezarr_nb.errors import StoreError
from tests.faults.children import Children
from tests.faults.nursery import by_level, kill_and_check, nursery, pixels
from tests.storage.faults import FaultProxy, Outcome
from tests.storage.seaweed import SeaweedServer

OPTIONS: dict[str, Any] = {"axes": "zyx", "chunks": [3, 128, 128], "scale_factors": [2]}
OLD, NEW = pixels(1), pixels(2)
Proxy = Callable[[str], FaultProxy]


@pytest.fixture
def house() -> Iterator[Children]:
    """Give the interpreter whose children write."""
    with nursery() as started:
        yield started


def levels(where: str, options: dict[str, Any]) -> list[np.ndarray[Any, Any]]:
    """Return all pixels of an image, as its metadata names them."""
    image = omezarr_nb.open(where, storage_options=options)
    assert not image.problems
    return [np.asarray(level.zarr[...]) for level in image.levels]


def equal(one: list[np.ndarray[Any, Any]], other: list[np.ndarray[Any, Any]]) -> bool:
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def contents(seaweed: SeaweedServer, bucket: str, prefix: str) -> dict[str, bytes]:
    """Return everything below a prefix."""
    client = seaweed.client()
    try:
        keys = seaweed.keys(bucket, prefix)
        return {key.removeprefix(prefix): client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    finally:
        client.close()


def test_killed_at_three_moments(seaweed: SeaweedServer, bucket: str, house: Children) -> None:
    options = seaweed.storage_options()
    for place, seeds in (("old", [1]), ("new", [1, 2])):
        for seed in seeds:
            what = {"where": f"s3://{bucket}/{place}", "seed": seed, "options": OPTIONS, "storage_options": options}
            start = time.perf_counter()
            assert house.run({**what, "overwrite": len(seeds) > 1 and seed == 2}) == 0
            seconds = time.perf_counter() - start
    before, after = levels(f"s3://{bucket}/old", options), levels(f"s3://{bucket}/new", options)
    whole = by_level(contents(seaweed, bucket, "new/"))

    def holds(where: str, wanted: list[np.ndarray[Any, Any]]) -> bool:
        return equal(levels(where, options), wanted)

    draw = random.Random(0)
    for number in range(3):
        where = f"s3://{bucket}/{number}/new"
        what = {"where": where, "seed": 1, "options": OPTIONS, "storage_options": options}
        assert house.run(what) == 0
        kill_and_check(
            house,
            {**what, "seed": 2, "overwrite": True},
            draw.uniform(0, 1.1 * seconds),
            partial(holds, where, before),
            partial(holds, where, after),
        )
        assert by_level(contents(seaweed, bucket, f"{number}/new/")) == whole


def test_a_conversion_that_was_killed(seaweed: SeaweedServer, bucket: str, house: Children, tmp_path: Path) -> None:
    options, source = seaweed.storage_options(), tmp_path / "source"
    image = write_image(OLD, source, **(OPTIONS | {"version": "0.4", "chunks": [1, 64, 64]}))
    write_labels((OLD // 300).astype("u1"), image, "cells", chunks=(1, 128, 128))
    start = time.perf_counter()
    what = {"convert": source, "storage_options": options, "resume": True}
    assert house.run({**what, "where": f"s3://{bucket}/whole"}) == 0
    seconds = time.perf_counter() - start
    ended = house.run(
        {**what, "where": f"s3://{bucket}/new"},
        kill_when=lambda: len(seaweed.keys(bucket, "new/")) > 5,
        kill_after=random.Random(3).uniform(0, 0.3) * seconds,
    )
    there = seaweed.keys(bucket, "new/")
    if ended:
        assert "new/zarr.json" not in there or len(there) >= len(seaweed.keys(bucket, "whole/"))
        assert house.run({**what, "where": f"s3://{bucket}/new"}) == 0
    assert contents(seaweed, bucket, "new/") == contents(seaweed, bucket, "whole/")


@pytest.mark.parametrize("outcome", [503, "reset", "lost", "truncate"])
def test_what_passes_is_gone_through(outcome: Outcome, seaweed: SeaweedServer, bucket: str, fault_proxy: Proxy) -> None:
    proxy = fault_proxy(seaweed.endpoint)
    where = f"s3://{bucket}/image.zarr"
    write_image(OLD, where, storage_options=seaweed.storage_options(), **OPTIONS)
    fault = proxy.fail(outcome=outcome, first=3, every=5, times=6)
    options = seaweed.storage_options(endpoint=proxy.url)
    write_image(NEW, where, storage_options=options, overwrite=True, **OPTIONS)
    assert fault.failed >= 3
    proxy.heal()
    np.testing.assert_array_equal(levels(where, seaweed.storage_options())[0], NEW)
    left = {key.split("/")[1] for key in seaweed.keys(bucket)}
    assert left == {"zarr.json", "0_2", "1_2"}


@pytest.mark.parametrize(
    ("outcome", "first"), [(503, 12), ("reset", 12), ("hang", 12), (403, 12), (503, 1), ("hang", 1)]
)
def test_a_store_that_dies_is_given_up(  # noqa: PLR0917 - fixtures
    outcome: Outcome,
    first: int,
    seaweed: SeaweedServer,
    bucket: str,
    fault_proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = fault_proxy(seaweed.endpoint)
    where = f"s3://{bucket}/image.zarr"
    direct = seaweed.storage_options()
    write_image(OLD, where, storage_options=direct, **OPTIONS)
    before = contents(seaweed, bucket, "image.zarr/")
    options = seaweed.storage_options(endpoint=proxy.url, config_kwargs={"retries": {"max_attempts": 1}})
    proxy.fail(outcome=outcome, first=first)
    with monkeypatch.context() as short:
        short.setattr("omezarr_nb.core.pyramid.bounded.CHUNKS", patience.Patience(seconds=3))
        short.setattr("omezarr_nb.core.io._PATIENCE", patience.Patience(seconds=3))
        short.setattr(claims, "PATIENCE", 3.0)
        short.setattr("omezarr_nb.core.pyramid.remains.PATIENCE", 3.0)
        short.setattr("omezarr_nb.core.pyramid.group.PATIENCE", 3.0)
        with pytest.raises(StoreError) as caught:
            write_image(NEW, where, storage_options=options, overwrite=True, resume=True, **OPTIONS)
    proxy.heal()
    text = str(caught.value)
    (left,) = omezarr_nb.leftovers(where, storage_options=direct) or (None,)
    assert left is None or not left.alive
    assert "s3://" in text or bucket in text or "image.zarr" in text or "zarr.json" in text
    if outcome == "hang" and first > 1:
        assert "given up after" in text or "in time" in text
    after = contents(seaweed, bucket, "image.zarr/")
    assert {key: after[key] for key in before} == before
    np.testing.assert_array_equal(levels(where, direct)[0], OLD)
    write_image(NEW, where, storage_options=direct, overwrite=True, resume=True, **OPTIONS)
    np.testing.assert_array_equal(levels(where, direct)[0], NEW)
    assert omezarr_nb.leftovers(where, storage_options=direct) == ()
    assert {key.split("/")[0] for key in contents(seaweed, bucket, "image.zarr/")} <= {
        "zarr.json", *(level.path for level in omezarr_nb.open(where, storage_options=direct).levels)
    }  # fmt: skip
