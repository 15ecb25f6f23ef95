"""Pictures made in the kernel, and links to other viewers."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlparse

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.chunks import ChunkCache
from omezarr_nb.core.ozx import pack
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers.layout import layout_of
from omezarr_nb.viewers.planes import ImagePlanes
from omezarr_nb.viewers.snapshot import ChannelLook, Sight, picture
from tests.servers import serve_directory
from tests.stores import make_image
from tests.viewers.service import planes_of

WHITE = ChannelLook(0, "#ffffff", (0, 255))


def test_a_pixel_of_the_picture_is_the_pixel_under_its_middle(tmp_path: Path) -> None:
    pixels = np.arange(12, dtype="uint8").reshape(3, 4) * 20
    planes = planes_of(omezarr_nb.open(make_image(tmp_path / "image.zarr", [pixels], "yx")))
    seen = picture(planes, Sight(1.5, 1.0, 2.0, 8, 6), {}, [WHITE])
    assert (seen[..., 3] == 255).all()
    assert (seen[..., 0] == np.kron(pixels, np.ones((2, 2)))).all()


def test_beyond_the_image_it_is_transparent(tmp_path: Path) -> None:
    planes = planes_of(omezarr_nb.open(make_image(tmp_path / "image.zarr", [np.full((4, 4), 255, "uint8")], "yx")))
    seen = picture(planes, Sight(1.5, 1.5, 1.0, 8, 6), {}, [WHITE])
    assert (seen[1:5, 2:6] == 255).all()
    assert seen.astype(int).sum() == 4 * 4 * 4 * 255
    assert not picture(planes, Sight(100, 100, 1.0, 8, 6), {}, [WHITE]).any()


def test_a_level_that_is_far_larger_than_the_picture_is_read_in_bands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omezarr_nb.viewers import snapshot

    pixels = np.random.default_rng(0).integers(0, 255, (500, 400)).astype("uint8")
    image = omezarr_nb.open(make_image(tmp_path / "image.zarr", [pixels], "yx", chunks=(64, 64)))
    planes = ImagePlanes(image, layout_of(image), ChunkCache())
    whole = picture(planes, Sight(199.5, 249.5, 0.1, 40, 50), {}, [WHITE], level=0)
    monkeypatch.setattr(snapshot, "_BAND_BYTES", 400 * 30)
    assert (picture(planes, Sight(199.5, 249.5, 0.1, 40, 50), {}, [WHITE], level=0) == whole).all()
    assert (whole[..., 0] == pixels[5::10, 5::10]).all()


def test_not_a_number_is_black_even_where_colours_are_inverted() -> None:
    values = np.array([[np.nan, 0.0, 1.0]], "float32")
    look = ChannelLook(0, "#ffffff", (0, 1), inverted=True)
    assert look.colors(values)[0, :, 0].tolist() == [0, 1, 0]


def test_a_picture_has_a_size() -> None:
    for width, height in ((0, 5), (5, -1), (10**5, 10**5)):
        with pytest.raises(InvalidArgumentError, match="picture"):
            Sight(0, 0, 1, width, height)


def test_links_name_the_public_url(tmp_path: Path) -> None:
    where = tmp_path / "a b.zarr"
    omezarr_nb.write_image(np.zeros((8, 8), "uint8"), where)
    omezarr_nb.write_labels(np.ones((8, 8), "uint8"), where, "cells", axes="yx")
    with pytest.raises(UnsupportedError, match="public URL"):
        omezarr_nb.open(where).view().to_vizarr()
    with serve_directory(tmp_path) as server:
        viewer = omezarr_nb.open(f"{server.url}/a%20b.zarr").view()
        url = viewer.image.where
        for link in (viewer.to_vizarr(), viewer.to_validator()):
            assert parse_qs(urlparse(link).query) == {"source": [url]}
        state = json.loads(unquote(urlparse(viewer.to_neuroglancer()).fragment[1:]))
    assert [layer["source"] for layer in state["layers"]] == [f"{url}/|zarr3:", f"{url}/labels/cells/|zarr3:"]


def test_links_lead_into_archives_where_they_are_read(tmp_path: Path) -> None:
    folder = omezarr_nb.write_image(np.zeros((8, 8), "uint8"), tmp_path / "a.zarr")
    omezarr_nb.write_labels(np.ones((8, 8), "uint8"), folder.where, "cells", axes="yx")
    pack(folder, tmp_path / "a.ozx")
    with serve_directory(tmp_path) as server:
        viewer = omezarr_nb.open(f"{server.url}/a.ozx").view()
        state = json.loads(unquote(urlparse(viewer.to_neuroglancer()).fragment[1:]))
        for link in (viewer.to_vizarr, viewer.to_validator):
            with pytest.raises(UnsupportedError, match="reads no archives"):
                link()
    url = f"{server.url}/a.ozx"
    assert [layer["source"] for layer in state["layers"]] == [f"{url}|zip:|zarr3:", f"{url}|zip:labels/cells/|zarr3:"]
