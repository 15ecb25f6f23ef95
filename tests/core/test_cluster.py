"""Images that the processes of a dask cluster write: the same bytes as by threads, whatever happens to a worker."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import dask.array
import dask.config
import distributed
import numpy as np
import obstore.store
import pytest
import zarr
from zarr.storage import LocalStore, MemoryStore, ObjectStore, ZipStore

from omezarr_nb.core.pyramid import cluster as clusters
from omezarr_nb.core.pyramid import tasks
from omezarr_nb.core.pyramid.cluster import Cluster, active_client
from omezarr_nb.core.pyramid.helper import Facts, Helper
from omezarr_nb.core.pyramid.plan import plan_image
from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.core.writer import write_image, write_labels, write_multiscale
from omezarr_nb.errors import (
    ArgumentTypeError,
    InvalidArgumentError,
    StoreError,
    UnsupportedError,
    WriteCancelledError,
)
from tests.storage.seaweed import SeaweedServer

da: Any = dask.array  # which has no types


def start(**options: Any) -> Any:
    return distributed.LocalCluster(
        host="127.0.0.1", dashboard_address="127.0.0.1:0", threads_per_worker=1, memory_limit="1GiB", **options
    )


def connect(address: Any, **options: Any) -> Any:
    """Return a client that is not the active one."""
    return distributed.Client(address, set_as_default=False, **options)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Return a client of two worker processes; one that is killed may take its time to come again."""
    patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "5 minutes"})
    with patient, start(n_workers=2) as cluster, connect(cluster) as client:
        yield client


PIXELS = np.random.default_rng(0).integers(0, 4000, (2, 7, 300, 180)).astype("u2")
OPTIONS: dict[str, Any] = {"axes": "czyx", "chunks": (1, 4, 64, 64), "name": "image"}


def digest(folder: Path) -> dict[str, str]:
    """Return a checksum of each file of a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha1(path.read_bytes()).hexdigest() for path in sorted(files)}


def identity(block: np.ndarray[Any, Any], other: Any = 0) -> np.ndarray[Any, Any]:
    return block + np.uint16(other)


class Opened:
    """An array of a file that this process has open: it cannot be pickled."""

    def __init__(self, pixels: np.ndarray[Any, Any]) -> None:
        self.pixels, self.shape, self.dtype, self.lock = pixels, pixels.shape, pixels.dtype, threading.Lock()

    def __getitem__(self, region: Any) -> Any:
        return self.pixels[region]


def source(kind: str, client: Any, folder: Path) -> Any:
    chunked = da.from_array(PIXELS, chunks=(1, 3, 150, 100))
    store: Any = LocalStore(folder / "source.zarr") if kind in ("zarr", "dask of zarr") else MemoryStore()
    array = zarr.create_array(store, shape=PIXELS.shape, chunks=(1, 4, 90, 90), dtype=PIXELS.dtype)
    array[...] = PIXELS
    made: dict[str, Callable[[], Any]] = {
        "numpy": lambda: PIXELS,
        "open file": lambda: Opened(PIXELS),
        "zarr": lambda: array,
        "zarr in memory": lambda: array,
        "dask": lambda: chunked.map_blocks(identity, dtype="u2"),
        "dask of zarr": lambda: da.from_zarr(array),
        "persisted": lambda: client.persist(chunked),
        "future": lambda: chunked.map_blocks(identity, other=client.submit(int, 0), dtype="u2", meta=chunked._meta),
    }
    return made[kind]()


@pytest.mark.parametrize(
    "kind",
    ["numpy", "open file", "zarr", "zarr in memory", "dask", "dask of zarr", "persisted", "future"],
)
def test_every_source_gives_the_bytes_that_threads_write(kind: str, client: Any, tmp_path: Path) -> None:
    told: list[Progress] = []
    image = write_image(
        source(kind, client, tmp_path), tmp_path / "one", client=client, on_progress=told.append, **OPTIONS
    )
    assert not image.problems
    write_image(PIXELS, tmp_path / "two", client=False, **OPTIONS)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert [p.regions_done for p in told] == sorted(p.regions_done for p in told)
    assert told[-1].regions_done == told[-1].regions
    assert told[-1].bytes_done == told[-1].bytes == sum(level.zarr.nbytes for level in image.levels)


@pytest.mark.parametrize(
    "options",
    [{"version": "0.4"}, {"shards": (1, 8, 128, 128)}, {"method": "gaussian", "levels": 2}, {"method": "nearest"}],
    ids=str,
)
def test_versions_shards_and_methods(options: dict[str, Any], client: Any, tmp_path: Path) -> None:
    who: Any
    for name, who in (("one", client), ("two", False)):
        write_image(PIXELS, tmp_path / name, client=who, **OPTIONS, **options)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_labels_and_levels_that_are_given(client: Any, tmp_path: Path) -> None:
    labels = (PIXELS[0] // 500).astype("i4")
    who: Any
    for name, who in (("one", client), ("two", False)):
        image = write_image(PIXELS, tmp_path / name, client=who, **OPTIONS)
        write_labels(labels, image, name="cells", axes="zyx", client=who)
        write_multiscale(
            [da.from_array(PIXELS[0]), PIXELS[0, ..., ::2, ::2]], tmp_path / f"{name}/given", axes="zyx", client=who
        )
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


@pytest.mark.parametrize("kind", ["numpy", "zarr", "persisted"])
def test_a_worker_that_is_killed_midway_changes_nothing(kind: str, client: Any, tmp_path: Path) -> None:
    wait_for_both(client)
    pids = list(client.run(os.getpid).values())

    def kill(progress: Progress) -> None:
        if progress.regions_done >= 3 and pids:
            os.kill(pids.pop(), signal.SIGKILL)
            pids.clear()

    options = OPTIONS | {"chunks": (1, 1, 64, 64)}
    write_image(source(kind, client, tmp_path), tmp_path / "one", client=client, on_progress=kill, **options)
    assert not pids
    write_image(PIXELS, tmp_path / "two", client=False, **options)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    wait_for_both(client)


def wait_for_both(client: Any) -> None:
    """Wait until the scheduler has two workers and the cluster knows of them: it breaks where it loses one unknown."""
    wait_for(
        lambda: len(client.nthreads()) == 2 and set(client.nthreads()) == set(client.cluster.scheduler_info["workers"])
    )


class Gate:
    """Pixels that a worker waits for: it makes a file when it begins to read, and reads on when another is there."""

    shape, dtype = (4, 64, 64), np.dtype("u1")

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, region: Any) -> Any:
        if region[0].start > 0:
            (self.folder / "begun").touch()
            wait_for((self.folder / "open").exists)
        return np.full([s.stop - s.start for s in region], 7, "u1")


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def caught(call: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    """Run a call in a thread; give the thread, and a list for what it raises."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, errors


def test_nothing_is_written_any_more_once_a_cancelled_write_has_ended(client: Any, tmp_path: Path) -> None:
    cancel = threading.Event()
    target = tmp_path / "images"
    write = partial(write_image, Gate(tmp_path), target / "image.zarr", axes="zyx", chunks=(1, 64, 64), cancel=cancel)
    thread, errors = caught(partial(write, client=client))
    wait_for((tmp_path / "begun").exists)
    cancel.set()
    wait_for(lambda: all(client.run(is_stopped).values()))
    assert thread.is_alive()  # it waits for the worker that still reads
    (tmp_path / "open").touch()
    thread.join()
    assert [type(error) for error in errors] == [WriteCancelledError]
    assert not target.exists()
    assert not any(client.run(helpers).values())


def helpers(dask_worker: Any) -> list[Helper]:
    return [plugin for plugin in dask_worker.plugins.values() if isinstance(plugin, Helper)]


def is_stopped(dask_worker: Any) -> bool:
    return all(helper._stop.is_set() for helper in helpers(dask_worker))


class Broken:
    """Pixels of which some cannot be read."""

    shape, dtype = (4, 64, 64), np.dtype("u1")

    def __getitem__(self, region: Any) -> Any:
        if region[0].start > 0:
            raise ZeroDivisionError("no such plane")
        return np.zeros([s.stop - s.start for s in region], "u1")


def test_what_a_source_raises_on_a_worker_is_raised_here(client: Any, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="no such plane"):
        write_image(Broken(), tmp_path / "a/image", axes="zyx", chunks=(1, 64, 64), client=client)
    assert not (tmp_path / "a").exists()


def test_a_cluster_that_goes_away_leaves_the_target_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "SETTLE", 0.1)
    write_image(PIXELS, tmp_path / "image", **OPTIONS)
    before = digest(tmp_path / "image")
    with start(n_workers=1) as cluster, connect(cluster) as client:
        write = partial(write_image, Gate(tmp_path), tmp_path / "image", axes="zyx", chunks=(1, 64, 64), overwrite=True)
        thread, errors = caught(partial(write, client=client))
        wait_for((tmp_path / "begun").exists)
        closing, _ = caught(cluster.close)
        wait_for(lambda: client.status != "running")
        (tmp_path / "open").touch()  # the worker reads on, and would write
        thread.join()
        closing.join()
        assert [type(error) for error in errors] == [StoreError]
        assert "the target is as it was before" in str(errors[0])
        assert digest(tmp_path / "image") == before
        assert {path.name for path in tmp_path.iterdir()} == {"image", "begun", "open"}
        with pytest.raises(StoreError, match="not connected"):
            write(client=client)


def test_a_write_that_was_broken_off_goes_on_with_the_same_bytes(client: Any, tmp_path: Path) -> None:
    cancel, told = threading.Event(), list[Progress]()
    write = partial(write_image, PIXELS, tmp_path / "one", client=client, resume=True, **OPTIONS)
    with pytest.raises(WriteCancelledError):
        write(cancel=cancel, on_progress=lambda progress: cancel.set() if progress.regions_done == 2 else None)
    write(on_progress=told.append)
    assert told[0].regions_done >= 2
    write_image(PIXELS, tmp_path / "two", client=False, **OPTIONS)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


KILLED = """
import sys
from pathlib import Path
from tests.core.test_cluster import Gate, connect, write_image

folder = Path(sys.argv[2])
write_image(Gate(folder), folder / "image", axes="zyx", chunks=(1, 64, 64), client=connect(sys.argv[1]))
"""


def test_a_write_waits_for_what_a_killed_client_has_left_on_workers(client: Any, tmp_path: Path) -> None:
    script = [sys.executable, "-c", KILLED, client.scheduler.address, str(tmp_path)]
    with subprocess.Popen(script, cwd=Path(__file__).parents[2]) as process:
        wait_for((tmp_path / "begun").exists)
        process.kill()
    wait_for(lambda: any(client.run(unwanted).values()))
    opening = threading.Timer(0.5, (tmp_path / "open").touch)
    opening.start()
    with pytest.warns(UserWarning, match="was not brought to its end was removed"):
        write_image(PIXELS, tmp_path / "image", client=client, **OPTIONS)
    opening.join()
    write_image(PIXELS, tmp_path / "two", client=False, **OPTIONS)
    assert digest(tmp_path / "image") == digest(tmp_path / "two")


def unwanted(dask_worker: Any) -> int:
    return sum(helper.unwanted for helper in helpers(dask_worker))


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (lambda _: MemoryStore(), "MemoryStore is in the memory of this process"),
        (lambda _: "memory://not-for-workers", "MemoryFileSystem is in the memory of this process"),
        (lambda _: ObjectStore(obstore.store.MemoryStore()), "cannot be pickled"),
        (lambda folder: ZipStore(folder / "image.zip", mode="w"), "a zip file is written by one process"),
        (lambda folder: Elsewhere(folder / "here"), "was not seen by this process"),
    ],
)
def test_a_store_that_workers_do_not_share_is_refused(
    place: Callable[[Path], Any], reason: str, client: Any, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedError, match=reason):
        write_image(PIXELS, place(tmp_path), client=client, **OPTIONS)
    assert digest(tmp_path / "here") == {}


class Elsewhere(LocalStore):
    """A store that is another place in every process."""

    def __reduce__(self) -> Any:
        return LocalStore, (self.root.parent / "there",)


class Folder(LocalStore):
    """A store of a kind that is not known, and works."""


def test_a_store_of_an_unknown_kind_is_tried(client: Any, tmp_path: Path) -> None:
    write_image(PIXELS, Folder(tmp_path / "one"), client=client, **OPTIONS)
    write_image(PIXELS, Folder(tmp_path / "two"), client=False, **OPTIONS)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_a_source_that_workers_do_not_see_is_noticed(client: Any, tmp_path: Path) -> None:
    array = zarr.create_array(Elsewhere(tmp_path / "source"), shape=(64, 64), chunks=(16, 16), dtype="u1")
    array[...] = 1  # a chunk that is not found reads as zeros
    with pytest.raises(StoreError, match="does not see what this process sees"):
        write_image(array, tmp_path / "image", client=client)
    assert not (tmp_path / "image").exists()


def test_a_graph_that_holds_what_is_in_memory_is_refused(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = zarr.create_array("memory://not-for-workers", shape=(64, 64), chunks=(16, 16), dtype="u1", overwrite=True)
    with pytest.raises(UnsupportedError, match="memory of this process"):
        write_image(da.from_zarr(array), tmp_path / "image", client=client)
    monkeypatch.setattr("omezarr_nb.core.pyramid.parcel.MOST_BYTES", 1 << 10)
    with pytest.raises(UnsupportedError, match=r"persist\(\)"):
        write_image(da.from_array(PIXELS), tmp_path / "image", client=client, **OPTIONS)
    assert not (tmp_path / "image").exists()


def test_a_large_job_goes_to_the_workers_directly(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "DIRECT", 1)
    write_image(source("dask", client, tmp_path), tmp_path / "one", client=client, **OPTIONS)
    write_image(PIXELS, tmp_path / "two", client=False, **OPTIONS)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_the_active_client_is_taken_where_it_can_be(client: Any, tmp_path: Path) -> None:
    assert active_client() is None
    plan = plan_image(Reads(), "unused", axes="zyx")
    assert "Client" not in str(plan)
    with client.as_current():
        assert active_client() is client
        assert "written by the workers of the active Client" in str(plan)
        write_image(Reads(), tmp_path / "image", axes="zyx")
        assert zarr.open_array(tmp_path / "image/0", mode="r")[0, 0, 0] != os.getpid()
        write_image(Reads(), tmp_path / "here", axes="zyx", client=False)
        assert zarr.open_array(tmp_path / "here/0", mode="r")[0, 0, 0] == os.getpid()
        with pytest.warns(UserWarning, match="written by this process, and not by the active dask client"):
            image = write_image(Reads(), MemoryStore(), axes="zyx")
        assert image.levels[0].zarr[0, 0, 0] == os.getpid()


class Reads:
    """Pixels that say which process reads them."""

    shape, dtype = (2, 64, 64), np.dtype("u4")

    def __getitem__(self, region: Any) -> Any:
        return np.full([s.stop - s.start for s in region], os.getpid(), "u4")


def test_a_write_within_a_task_is_done_by_threads_of_its_worker(client: Any, tmp_path: Path) -> None:
    assert client.submit(write_within_a_task, tmp_path / "image").result(timeout=60)


def write_within_a_task(folder: Path) -> bool:
    with distributed.get_client().as_current():
        write_image(Reads(), folder, axes="zyx")
    return bool(zarr.open_array(folder / "0", mode="r")[0, 0, 0] == os.getpid())


def run_cell(cell: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine in a loop of a thread of its own: the browser of other tests has one in this thread."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(cell())).result()


def test_a_client_works_where_an_event_loop_runs_as_in_notebooks(client: Any, tmp_path: Path) -> None:
    async def cell() -> None:
        write_image(PIXELS, tmp_path / "one", client=client, **OPTIONS)

    run_cell(cell)
    write_image(PIXELS, tmp_path / "two", client=False, **OPTIONS)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_clients_that_cannot_be_used_are_refused_in_words(client: Any, tmp_path: Path) -> None:
    with pytest.raises(ArgumentTypeError, match=r"expected|Expected"):
        write_image(PIXELS, tmp_path / "image", client=client.cluster, **OPTIONS)

    async def cell() -> None:
        async with connect(client.scheduler.address, asynchronous=True) as other:
            with pytest.raises(InvalidArgumentError, match="asynchronous"):
                write_image(PIXELS, tmp_path / "image", client=other, **OPTIONS)

    run_cell(cell)
    with start(n_workers=0) as empty, connect(empty) as other, pytest.raises(StoreError, match="no workers"):
        write_image(PIXELS, tmp_path / "image", client=other, **OPTIONS)
    assert not (tmp_path / "image").exists()


def test_regions_fit_the_memory_of_the_workers() -> None:
    source = da.zeros((64, 4096, 4096), chunks=(1, 512, 512), dtype="u2")
    plan = plan_image(source, "unused", axes="tyx", chunks=(1, 256, 256), levels=5)
    needed = {}
    for room in (None, 4 << 30, 100 << 20):
        fitted = Cluster(None, (Facts(4, None), Facts(2, room)), "").fitted(plan)  # type: ignore[arg-type] # no client is asked
        assert fitted.workers == 6
        assert not any(entry.in_memory or entry.carry for entry in fitted.passes)
        needed[room] = max(clusters._needed(entry, plan.levels, plan.source) for entry in fitted.passes)
    assert needed[None] == needed[4 << 30] > needed[100 << 20]
    assert 4 * needed[100 << 20] <= 100 << 20
    with pytest.raises(InvalidArgumentError, match="not enough memory"):
        Cluster(None, (Facts(1, 1 << 20),), "").fitted(plan)  # type: ignore[arg-type] # no client is asked


@pytest.mark.parametrize("library", ["s3fs", "obstore"])
def test_s3(library: str, client: Any, seaweed: SeaweedServer, bucket: str, tmp_path: Path) -> None:
    options = OPTIONS | {"shards": (1, 8, 128, 128)}
    array = source("zarr", client, tmp_path)
    if library == "s3fs":
        url = f"s3://{bucket}/image.zarr"
        image = write_image(array, url, client=client, storage_options=seaweed.storage_options(), **options)
    else:
        store = ObjectStore(seaweed.obstore(bucket, "image.zarr"))
        image = write_image(array, store, client=client, **options)
    threads = write_image(PIXELS, tmp_path / "two", client=False, **options)
    for one, two in zip(image.levels, threads.levels, strict=True):
        np.testing.assert_array_equal(one.zarr[...], two.zarr[...])
    written = {key.removeprefix("image.zarr/") for key in seaweed.keys(bucket)}
    assert written == set(digest(tmp_path / "two"))


def test_importing_the_package_does_not_import_distributed() -> None:
    code = "import sys, omezarr_nb; omezarr_nb.write_image; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
