"""The kernel's side of labels: ids as they are sent, what the browser is told, properties, and the search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.chunks import ChunkCache
from omezarr_nb.core.image import Image
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.labels import LabelLayers
from omezarr_nb.viewers.layout import label_names, layout_of
from omezarr_nb.viewers.planes import ImagePlanes
from tests.stores import make_image
from tests.viewers.service import serving


def labelled(folder: Path, labels: np.ndarray[Any, Any], axes: str = "zyx", **metadata: Any) -> Image:
    """Write an image, and labels of half its resolution in y and x."""
    shape = [n if axis not in "yx" else 2 * n for axis, n in zip(axes, labels.shape, strict=True)]
    where = folder / "image.zarr"
    scale = dict.fromkeys("yx", 0.5) | ({"z": 2.0} if "z" in axes else {})
    omezarr_nb.write_image(np.zeros(shape, "uint8"), where, axes=axes, scale=scale, levels=1)
    place = [{"type": "scale", "scale": [{"z": 2.0}.get(axis, 1.0) for axis in axes]}]
    shift = [{"type": "translation", "translation": [0.25 if axis in "yx" else 0.0 for axis in axes]}]
    omezarr_nb.core.writer.write_multiscale_labels(
        [labels],
        where,
        "cells",
        axes=axes,
        coordinate_transformations=[place + shift],
        label_metadata=metadata or None,
    )
    return omezarr_nb.open(where)


def layers(image: Image) -> LabelLayers:
    return LabelLayers(image, label_names(image))


def ask(image: Image, **content: Any) -> dict[str, Any]:
    return layers(image).answer({"labels": "cells"} | content, given_up=lambda: False)


@pytest.mark.parametrize(
    ("dtype", "ids", "wire"),
    [
        ("bool", [0, 1], "uint8"),
        ("uint8", [0, 255], "uint8"),
        ("int8", [-128, 127], "uint8"),
        (">u2", [0, 65535], "uint16"),
        ("int32", [-1, 2**31 - 1], "uint32"),
        ("uint64", [0, 2**64 - 1], "uint64"),
        ("int64", [-(2**63), 2**53 + 1], "uint64"),
        ("float32", [0, 7], "uint64"),
    ],
)
def test_ids_are_sent_bit_by_bit(tmp_path: Path, dtype: str, ids: list[int], wire: str) -> None:
    where = make_image(tmp_path / "image.zarr", [np.array([ids, ids[::-1]], dtype)], "yx")
    image = omezarr_nb.open(where)
    planes = ImagePlanes(image, layout_of(image), ChunkCache(), ids=True)
    assert planes.wire is not None
    assert planes.wire.name == wire
    tile = planes.tile(image.levels[0], (0, 0), 0, 0, 0)
    assert tile.dtype == planes.wire
    assert tile.astype("uint64").tolist() == [
        [one % 2 ** (8 * tile.itemsize) for one in row] for row in (ids, ids[::-1])
    ]


def test_the_browser_is_told_places_colours_and_problems(tmp_path: Path) -> None:
    colors = [{"label-value": 2**60, "rgba": [1, 2, 3, 255]}, {"label-value": 4}]
    image = labelled(tmp_path, np.ones((2, 8, 8), "int64"), colors=colors)
    info = ask(image, kind="labels")["info"]
    assert info["name"] == "cells"
    assert (info["wire"], info["dtype"]) == ("uint64", "int64")
    assert info["colors"] == [[str(2**60), "#010203ff"]]
    assert info["levels"][0]["translation"] == [0, 0.25, 0.25]
    assert info["properties"] is False
    assert ImageViewer(image)._info["labels"] == ["cells"]


def test_properties_are_those_of_the_id(tmp_path: Path) -> None:
    properties = [{"label-value": 3, "class": "x" * 999, "area": 4.5, "nested": {"a": 1}}, {"label-value": 5}]
    image = labelled(tmp_path, np.ones((2, 8, 8), "uint8"), properties=properties)
    found = ask(image, kind="properties", value="3")["properties"]
    assert found == {"class": "x" * 200, "area": 4.5, "nested": "(dict)"}
    assert ask(image, kind="properties", value="5")["properties"] == {}
    assert ask(image, kind="properties", value="4")["properties"] is None


def test_an_id_is_found_in_the_plane_nearest_to_the_one_on_screen(tmp_path: Path) -> None:
    labels = np.zeros((6, 8, 8), "uint16")
    labels[1, 2:5, 2:5] = 9
    labels[4, 6, 7] = 9
    image = labelled(tmp_path, labels)
    found = ask(image, kind="find", value="9", indices={"z": 0})
    assert (found["center"], found["indices"]) == ([3.25, 3.25], {"z": 1})
    found = ask(image, kind="find", value="9", indices={"z": 5})
    assert (found["center"], found["indices"]) == ([7.25, 6.25], {"z": 4})
    for absent in ("8", "-1", "70000"):
        assert ask(image, kind="find", value=absent, indices={})["center"] is None


def test_a_search_goes_on_in_finer_levels_where_a_small_label_is_left(tmp_path: Path) -> None:
    labels = np.zeros((64, 64), "uint8")
    labels[33, 41] = 5
    where = tmp_path / "image.zarr"
    omezarr_nb.write_image(np.zeros((64, 64), "uint8"), where)
    omezarr_nb.write_labels(labels, where, "cells", axes="yx", scale_factors=[2, 4], method="nearest")
    image = omezarr_nb.open(where)
    assert not (np.asarray(image.labels["cells"].levels[-1].zarr) == 5).any()
    assert ask(image, kind="find", value="5", indices={})["center"] == [41, 33]


def test_a_search_that_nobody_waits_for_ends(tmp_path: Path) -> None:
    image = labelled(tmp_path, np.full((2, 8, 8), 3, "uint8"))
    answer = layers(image).answer(
        {"labels": "cells", "kind": "find", "value": "3", "indices": {}}, given_up=lambda: True
    )
    assert answer["center"] is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"kind": "labels", "labels": "zz"}, "no such labels"),
        ({"kind": "labels", "labels": None}, "no such labels"),
        ({"kind": "labels", "labels": "../../etc"}, "no such labels"),
        ({"kind": "properties", "value": 3}, "whole number"),
        ({"kind": "properties", "value": "3" * 21}, "whole number"),
        ({"kind": "find", "value": "1.5"}, "whole number"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(tmp_path: Path, content: dict[str, Any], words: str) -> None:
    image = labelled(tmp_path, np.ones((2, 8, 8), "uint8"))
    with pytest.raises(InvalidArgumentError, match=words):
        ask(image, **content)


def test_tiles_of_labels_that_were_not_opened_are_refused(tmp_path: Path) -> None:
    image = labelled(tmp_path, np.full((2, 8, 8), 2**63 + 1, "uint64"))
    tiles = {
        "kind": "tiles",
        "level": 0,
        "indices": [1, 0, 0],
        "channels": [0],
        "tiles": [[0, 0]],
        "source": "labels/cells",
    }
    with serving(image) as (service, wire):
        service.handle(tiles | {"request": 1})
        assert wire.until_done(1)[0][0]["kind"] == "error"
        service.handle({"kind": "labels", "request": 2, "labels": "cells"})
        assert wire.until_done(2)[0][0]["info"]["name"] == "cells"
        service.handle(tiles | {"request": 3})
        (message, _) = wire.until_done(3)[-1]
        assert message["dtype"] == "uint64"
        assert message["tiles"][0]["value"] == str(2**63 + 1)


def test_selections_are_whole_numbers_of_labels_that_are_there(tmp_path: Path) -> None:
    viewer = ImageViewer(labelled(tmp_path, np.ones((2, 8, 8), "uint8")))
    viewer.selected_labels = {"cells": np.array([3, 5, 3])}
    assert viewer.selected_labels == {"cells": (3, 5)}
    assert viewer.get_state(["selected_labels"])["selected_labels"] == {"cells": ["3", "5"]}
    viewer.set_state({"selected_labels": {"cells": [str(2**64 - 1)]}})
    assert viewer.selected_labels == {"cells": (2**64 - 1,)}
    viewer.selected_labels = {"cells": []}
    assert viewer.selected_labels == {}
    wrongs: list[Any] = [{"zz": [1]}, {"cells": [1.5]}, {"cells": [2**64]}, {"cells": 3}, [3]]
    for wrong in wrongs:
        with pytest.raises(Exception, match=r"labels|ids"):
            viewer.selected_labels = wrong
    with pytest.raises(TypeError, match="set the whole trait"):
        viewer.selected_labels["cells"] = (1,)
    with pytest.raises(Exception, match="no labels 'zz': they are cells"):
        viewer.visible_labels = ["zz"]


def test_an_image_without_labels_offers_none(tmp_path: Path) -> None:
    image = omezarr_nb.write_image(np.zeros((8, 8), "uint8"), tmp_path / "image.zarr")
    viewer = ImageViewer(image)
    assert viewer._info["labels"] == []
    assert viewer.visible_labels == []
    with pytest.raises(OMEZarrError):
        layers(image).planes("cells")
