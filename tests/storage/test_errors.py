"""What a store for objects refuses or cannot do is said in words, and in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from zarr.storage import ObjectStore

import omezarr_nb
from omezarr_nb.core import io
from omezarr_nb.core.patience import Patience
from omezarr_nb.errors import AccessRefusedError, NotFoundError, OMEZarrError, StoreError, TargetExistsError
from tests.servers import free_port
from tests.storage.faults import FaultProxy, Outcome
from tests.storage.seaweed import OWNER, PUBLIC, READER, WRONG, Credentials, SeaweedServer

DATA = np.arange(1, 65, dtype="uint8").reshape(8, 8)
NOBODY = Credentials("nobody", "nothing12345")
#: botocore asks once, and s3fs five times, which takes two seconds instead of ten.
QUICK = {"config_kwargs": {"retries": {"mode": "standard", "max_attempts": 1}}}
#: Where, and what else `open` is told.
Place = tuple[Any, dict[str, Any]]
Places = Callable[..., Place]


@pytest.fixture(scope="module")
def filled(seaweed: SeaweedServer) -> str:
    """Return the name of a bucket with an image."""
    bucket = seaweed.make_bucket()
    for name in (bucket, PUBLIC):
        omezarr_nb.write_image(DATA, f"s3://{name}/image.zarr", axes="yx", storage_options=seaweed.storage_options())
    return bucket


@pytest.fixture(params=["s3fs", "obstore"])
def places(request: pytest.FixtureRequest, seaweed: SeaweedServer) -> Places:
    def place(bucket: str, key: str = "image.zarr", who: Credentials = OWNER, endpoint: str | None = None) -> Place:
        if request.param == "s3fs":
            return f"s3://{bucket}/{key}", {"storage_options": seaweed.storage_options(who, endpoint=endpoint, **QUICK)}
        return ObjectStore(seaweed.obstore(bucket, key, credentials=who, endpoint=endpoint)), {}

    return place


def read(place: Place) -> Any:
    image = omezarr_nb.open(place[0], **place[1])
    assert isinstance(image, omezarr_nb.Image)
    array: Any = image.array()
    return array.compute()


def write(place: Place, **options: Any) -> None:
    omezarr_nb.write_image(DATA, place[0], axes="yx", **place[1], **options)


@pytest.mark.parametrize("who", [WRONG, NOBODY])
def test_who_is_not_known_is_refused(places: Places, filled: str, seaweed: SeaweedServer, who: Credentials) -> None:
    for act in (read, write):
        with pytest.raises(AccessRefusedError, match=r"refused access.*Check the access key"):
            act(places(filled, who=who))
    assert set(seaweed.keys(filled)) == {"image.zarr/zarr.json", "image.zarr/0/zarr.json", "image.zarr/0/c/0/0"}


def test_who_may_read_alone_reads_alone(places: Places, filled: str, seaweed: SeaweedServer) -> None:
    np.testing.assert_array_equal(read(places(filled, who=READER)), DATA)
    before = seaweed.keys(filled)
    with pytest.raises(StoreError, match=r"Access Denied|refused"):
        write(places(filled, "new.zarr", READER))
    with pytest.raises(TargetExistsError):
        write(places(filled, who=READER))
    with pytest.raises(StoreError, match=r"Access Denied|refused"):
        write(places(filled, who=READER), overwrite=True)
    assert seaweed.keys(filled) == before
    np.testing.assert_array_equal(read(places(filled)), DATA)


def test_what_is_public_is_read_without_a_key(seaweed: SeaweedServer, filled: str) -> None:
    anonymous = {"storage_options": seaweed.storage_options(None)}
    np.testing.assert_array_equal(read((f"s3://{PUBLIC}/image.zarr", anonymous)), DATA)
    with pytest.raises(AccessRefusedError):
        read((f"s3://{filled}/image.zarr", anonymous))
    with pytest.raises(OMEZarrError):
        write((f"s3://{PUBLIC}/other.zarr", anonymous))


def test_no_bucket_and_no_key_are_nothing(places: Places, filled: str) -> None:
    for place in (places("no-such-bucket"), places(filled, "nothing.zarr")):
        with pytest.raises(NotFoundError, match="no Zarr hierarchy here"):
            read(place)
    with pytest.raises(OMEZarrError, match=r"(?s)bucket.*does not exist|NoSuchBucket|no-such-bucket"):
        write(places("no-such-bucket"))


def test_a_server_that_is_down_is_said(places: Places, filled: str) -> None:
    down = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(StoreError, match=r"could not be read(: given up after \d+\.\d s)?\. Where: .*zarr\.json"):
        read(places(filled, endpoint=down))


def test_a_server_that_fails_for_good_is_given_up(
    places: Places, filled: str, seaweed: SeaweedServer, fault_proxy: Callable[[str], FaultProxy]
) -> None:
    proxy = fault_proxy(seaweed.endpoint)
    proxy.fail("*/zarr.json", 500)
    with pytest.raises(StoreError, match=r"could not be read(: given up after \d+\.\d s)?\. Where"):
        read(places(filled, endpoint=proxy.url))


def test_a_server_that_hangs_is_given_up(
    places: Places,
    filled: str,
    seaweed: SeaweedServer,
    fault_proxy: Callable[[str], FaultProxy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(io, "_PATIENCE", Patience(seconds=0.5))
    proxy = fault_proxy(seaweed.endpoint)
    proxy.fail(outcome="hang")
    with pytest.raises(StoreError, match=r"did not answer in time"):
        read(places(filled, endpoint=proxy.url))


@pytest.mark.parametrize("fault", [503, "truncate"])
def test_what_passes_is_not_noticed(
    places: Places, filled: str, seaweed: SeaweedServer, fault_proxy: Callable[[str], FaultProxy], fault: Outcome
) -> None:
    proxy = fault_proxy(seaweed.endpoint)
    rule = proxy.fail("*", fault, first=2, every=2, times=3)
    np.testing.assert_array_equal(read(places(filled, endpoint=proxy.url)), DATA)
    assert rule.failed >= 1


def test_labels_are_written_beside_an_image_that_was_opened_with_a_key(seaweed: SeaweedServer, bucket: str) -> None:
    url, options = f"s3://{bucket}/image.zarr", seaweed.storage_options()
    write((url, {"storage_options": options}))
    image = omezarr_nb.open(url, storage_options=options)
    omezarr_nb.write_labels(DATA.astype("uint32"), image, name="cells")
    labels = omezarr_nb.open(url, storage_options=options).labels
    assert list(labels) == ["cells"]
