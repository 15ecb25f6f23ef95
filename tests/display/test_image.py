"""An image in a cell: what stands there, how much is read, and that nothing in a file gets out of its place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import omezarr_nb
from omezarr_nb.display import to_html, to_text
from omezarr_nb.display.reads import MAX_BYTES, MAX_CHUNK_BYTES
from tests.display.page import Page, parse
from tests.display.stores import CountingStore, FailingStore
from tests.stores import block_mean, make_image

MAX_REPR = 150_000
WINDOW = {"min": 0, "max": 255, "start": 0, "end": 200}
OMERO = {
    "channels": [
        {"label": "DAPI", "color": "0000FF", "active": True, "window": WINDOW},
        {"label": "GFP", "color": "00FF00", "active": False, "window": WINDOW},
    ],
    "rdefs": {"defaultZ": 1, "defaultT": 0, "model": "color"},
}


def noise(*shape: int, dtype: str = "uint8") -> np.ndarray[Any, Any]:
    """Return pixels that no codec makes smaller."""
    return np.random.default_rng(0).integers(0, 256, shape).astype(dtype)


def edit(where: Path, change: Mapping[str, Any]) -> None:
    """Put keys into the OME block of a 0.5 image."""
    path = where / "zarr.json"
    document = json.loads(path.read_text())
    document["attributes"]["ome"].update(change)
    path.write_text(json.dumps(document))


def show(where: Any) -> Page:
    """Return the repr of an image as a browser sees it."""
    html = to_html(omezarr_nb.open(where))
    assert len(html) < MAX_REPR
    page = parse(html)
    assert not {tag for tag, _ in page.elements} & {"script", "iframe", "object", "link", "svg", "b-b"}
    for attributes in page.all("img"):
        assert set(attributes) <= {"src", "width", "height", "alt", "class"}
        assert str(attributes["src"]).startswith("data:image/png;base64,")
        assert attributes["alt"]
    return page


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Write an image of two channels, three planes and two levels, with a list of labels."""
    fine = noise(2, 3, 300, 200)
    where = tmp_path / "image.ome.zarr"
    make_image(
        where,
        [fine, block_mean(fine, (1, 1, 2, 2))],
        "czyx",
        scales=[(1, 2, 0.5, 0.25), (1, 2, 1, 0.5)],
        units={"y": "micrometer", "x": "micrometer"},
        chunks=(1, 1, 128, 128),
        omero=OMERO,
        name="cells",
    )
    zarr.create_group(str(where / "labels"), attributes={"ome": {"version": "0.5", "labels": ["nuclei", "cells"]}})
    return where


def test_everything_a_person_asks_for_is_there(image: Path) -> None:
    text = show(image).text
    for words in (
        "cells · Image · OME-Zarr 0.5 · czyx ·",
        "image, level 0, z = 1",
        "DAPI #0000FF 0 to 200 shown",
        "GFP #00FF00 0 to 200 hidden",
        "z space 3 2 px — none",
        "y space 300 0.5 µm 150 µm micrometer",
        '"z" has no unit in the metadata; shown as pixels.',
        "0 0 c 2 × z 3 × y 300 × x 200 1 × 1 × 128 × 128 z 2 px × y 0.5 µm × x 0.25 µm uint8 360 kB",
        "2 label images: nuclei , cells",
        "Metadata as stored",
        "defaultZ : 1",
    ):
        assert words in text


def test_pictures_have_the_physical_aspect(image: Path) -> None:
    sizes = [(int(str(img["height"])), int(str(img["width"]))) for img in show(image).all("img")]
    main, levels = sizes[0], sizes[-2:]
    assert main == (224, 75)  # 150 x 50 micrometres
    assert [round(height / width) for height, width in levels] == [3, 3]


def test_tables_are_tables_without_a_style(image: Path) -> None:
    page = show(image)
    assert len(page.all("style")) == 1
    assert all(heading.get("scope") in ("col", "row") for heading in page.all("th"))
    assert len(page.all("th")) > 10
    assert "<" not in page.style
    assert all(int(str(img["width"])) and int(str(img["height"])) for img in page.all("img"))


def test_no_line_of_a_narrow_cell_ends_in_a_sign(image: Path) -> None:
    html = str(to_html(omezarr_nb.open(image)))
    levels = html.partition('aria-label="Levels"')[2].partition("</table>")[0]
    assert "1 ×\u00a01 ×\u00a0128 ×\u00a0128" in levels
    assert levels.count("×\u00a0") == levels.count("×")


def test_the_style_touches_nothing_outside() -> None:
    from omezarr_nb.display.styles import CSS

    selectors = re.findall(r"(?:^|})\s*([^{}]+){", CSS)
    assert selectors
    for selector in selectors:
        for part in re.sub(r"\([^)]*\)", "", selector).split(","):
            assert part.strip().startswith(".omezarr-nb")


HOSTILE = "<img src=x onerror=alert(1)>\"'</style></div><script>alert(1)</script>\u202e\ud800\x00"


@pytest.mark.parametrize(
    "change",
    [
        {"omero": {"channels": [{"label": HOSTILE, "color": HOSTILE, "window": HOSTILE}, HOSTILE]}},
        {"omero": {"channels": [{"label": "n" * 10**6, "color": "FF0000"}] * 2}},
        {"omero": {"channels": [{"label": f"<b-b>{index}"} for index in range(5000)]}},
        {"omero": {"channels": [], "rdefs": {"defaultZ": "x", "defaultT": 10**30}}},
        {
            "omero": HOSTILE,
            "image-label": {"colors": [{"label-value": 1, "rgba": [0, 1, 2, 3]}], "source": {"image": HOSTILE}},
        },
        {
            "image-label": {
                "colors": [{"label-value": index} for index in range(5000)],
                "properties": [{HOSTILE: HOSTILE}],
            }
        },
        {HOSTILE: {HOSTILE: [HOSTILE] * 1000}},
        {"deep": json.loads("[" * 80 + "]" * 80)},
    ],
)
def test_hostile_metadata_stays_in_its_place(image: Path, change: Mapping[str, Any]) -> None:
    edit(image, change)
    show(image).text.encode()
    to_text(omezarr_nb.open(image)).encode()


@pytest.mark.parametrize(
    "change",
    [
        {"name": HOSTILE},
        {"name": "n" * 10**6},
        {"axes": [{"name": f"{HOSTILE}{index}", "type": HOSTILE, "unit": HOSTILE} for index in range(4)]},
        {"axes": [{"name": "n" * 10**6 + str(index), "type": "space", "unit": "u" * 10**6} for index in range(4)]},
        {"axes": ["c", "z", "c", "c"]},
        {"datasets": [{"path": HOSTILE}, {"path": "0"}, {"path": "0" * 10**6}] * 100},
        {"coordinateTransformations": [{"type": "scale", "scale": [1, 1, 1e308, 1e-320]}] * 3},
        {"coordinateTransformations": [{"type": "translation", "translation": [1e308] * 4}] * 3},
        {"coordinateTransformations": [{"type": "scale", "scale": [float("nan"), 0, -1, float("inf")]}]},
    ],
)
def test_hostile_pyramids_stay_in_their_place(image: Path, change: Mapping[str, Any]) -> None:
    document = json.loads((image / "zarr.json").read_text())
    edit(image, {"multiscales": [document["attributes"]["ome"]["multiscales"][0] | dict(change)]})
    show(image).text.encode()
    text = to_text(omezarr_nb.open(image))
    text.encode()
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) < 600


@pytest.mark.parametrize(
    ("shape", "chunks", "shards"),
    [
        ((1, 1, 3000, 3000), (1, 1, 512, 512), None),
        ((1, 1, 3000, 3000), (1, 1, 128, 128), None),
        ((1, 1, 3000, 3000), (1, 1, 3000, 3000), None),
        ((1, 1, 4200, 4200), (1, 1, 4200, 4200), None),
        ((1, 4, 2048, 2048), (1, 4, 256, 256), (1, 4, 2048, 2048)),
        ((12, 1, 1000, 1000), (1, 1, 500, 500), None),
        ((2, 40, 200, 200), (1, 40, 200, 200), None),
    ],
)
def test_at_most_4_mb_or_one_chunk_are_read(
    tmp_path: Path, shape: tuple[int, ...], chunks: tuple[int, ...], shards: tuple[int, ...] | None
) -> None:
    where = make_image(tmp_path / "large.zarr", [noise(*shape)], "czyx", chunks=chunks, shards=shards)
    store = CountingStore(where)
    page = show(store)
    one = chunks[-2] * chunks[-1]
    bound = max(MAX_BYTES, one if one <= MAX_CHUNK_BYTES else 0)
    assert store.chunk_bytes < bound * 1.01  # noise and its checksums do not get smaller
    if one > MAX_CHUNK_BYTES:
        assert store.chunk_bytes == 0
        assert "No picture: a chunk is the block that is read at once" in page.text
    else:
        assert len(page.all("img")) >= 2  # one is a swatch


def test_text_reads_no_pixels_and_documents_are_read_once(image: Path) -> None:
    store = CountingStore(image)
    shown = omezarr_nb.open(store)
    to_text(shown)
    assert store.chunk_bytes == 0
    to_html(shown)
    documents = [key for key in store.keys if key.endswith(".json")]
    assert sorted(documents) == ["0/zarr.json", "1/zarr.json", "labels/zarr.json", "zarr.json"]
    chunks = [key for key in store.keys if not key.endswith(".json")]
    assert len(chunks) == len(set(chunks))


@pytest.mark.parametrize("reads", range(16))
def test_a_store_that_goes_away_is_said_in_words(image: Path, reads: int) -> None:
    store = FailingStore(image, reads=1)
    shown = omezarr_nb.open(store)
    store.reads = reads
    page = parse(to_html(shown))
    assert "cells · Image · OME-Zarr 0.5" in page.text
    assert "connection" in page.text or store.reads > 0
    assert not page.all("connection")
    store.reads = reads
    assert "cells" in to_text(shown)


@pytest.mark.parametrize(
    ("broken", "words", "pictures"),
    [
        ("0/c/0", ['Of level 0, "DAPI" could not be read:', "image, level 1"], 2 + 2 + 1),
        ("0/c/1", ['Of level 0, "GFP" could not be read:', "image, level 0"], 2 + 2 + 2),
        ("1", ["image, level 0", "level 0 level 1 could not be read"], 2 + 3 + 1),
    ],
)
def test_a_broken_chunk_is_said_in_place(image: Path, broken: str, words: list[str], pictures: int) -> None:
    for chunk in (image / broken).rglob("*"):
        if chunk.is_file() and chunk.suffix != ".json":
            chunk.write_bytes(b"broken")
    page = show(image)
    for text in words:
        assert text in page.text
    assert len(page.all("img")) == pictures


def test_without_levels_the_metadata_is_shown(image: Path) -> None:
    for level in ("0", "1"):
        (image / level / "zarr.json").unlink()
    page = show(image)
    for words in ("No level: None of the levels", 'there is no array at "0"', "DAPI", "micrometer", "nuclei"):
        assert words in page.text
    assert "None of the levels" in to_text(omezarr_nb.open(image))


def test_text_is_a_tree_of_about_ten_lines(image: Path) -> None:
    lines = to_text(omezarr_nb.open(image)).splitlines()
    assert lines[0] == f"Image cells · OME-Zarr 0.5 · czyx · {image}"[: len(lines[0])]
    assert [line.replace("\u2009", " ").replace("\u00a0", " ") for line in lines[1:]] == [
        "├─ axes",
        "│     c (channel), z (space, 2 px), y (space, 0.5 µm), x (space, 0.25 µm)",
        '│     "z" has no unit in the metadata; shown as pixels.',
        "├─ 2 levels",
        '│     0  "0"  c 2 × z 3 × y 300 × x 200  uint8  chunks 1 × 1 × 128 × 128  '
        "z 2 px × y 0.5 µm × x 0.25 µm  360 kB",
        '│     1  "1"  c 2 × z 3 × y 150 × x 100  uint8  chunks 1 × 1 × 128 × 100  '
        "z 2 px × y 1 µm × x 0.5 µm     90 kB",
        "├─ 2 channels",
        "│     DAPI  #0000FF  0 to 200",
        "│     GFP   #00FF00  0 to 200  hidden at first",
        "└─ labels: nuclei, cells",
    ]


SAMPLES = [
    "bf2raw_v04_nuclei_PLK1_control.ome.zarr",
    "idr0062_6001240_v05_labels.zarr",
    "idr0062_6001240_v05_labels.zarr/labels/0",
    "fiji_5d_5d_dataset_v4.ome.zarr",
    "fiji_5d_5d_dataset_v5.ome.zarr",
    "fiji_pyramid_pyramid_v4.zarr",
    "fiji_pyramid_pyramid_v5.zarr",
    "omezarrpy_v0.1.zarr",
    "viv_blobs_v05.ome.zarr",
]


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_of_other_tools(samples: Path, name: str) -> None:
    page = show(samples / name)
    assert "could not" not in page.text
    assert len(page.all("img")) >= 1
    assert 3 < len(to_text(omezarr_nb.open(samples / name)).splitlines()) < 20


def test_a_level_of_which_nothing_can_be_read_is_named(image: Path) -> None:
    for chunk in (image / "0" / "c").rglob("*"):
        if chunk.is_file():
            chunk.write_bytes(b"broken")
    text = show(image).text
    assert "Level 0 could not be read:" in text
    assert "image, level 1" in text


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int32", "uint64", "float16", "float32", "float64"])
def test_pixels_of_any_type(tmp_path: Path, dtype: str) -> None:
    values = noise(40, 30).astype(dtype)
    if values.dtype.kind == "f":
        values[0, :3] = [np.nan, np.inf, -np.inf]
    assert len(show(make_image(tmp_path / "image.zarr", [values], "yx")).all("img")) == 2


def test_the_largest_repr_is_bounded(tmp_path: Path) -> None:
    fine = noise(12, 512, 512)
    levels = [fine, *(block_mean(fine, (1, factor, factor)) for factor in (2, 4, 8, 16))]
    colors = ["400000", "004000", "000040"] * 4  # so dark that nothing saturates, which would make files small
    channels = [{"label": '"' * 200, "color": color, "active": True} for color in colors]
    where = Path(make_image(tmp_path / "image.zarr", levels, "cyx", chunks=(1, 256, 256), omero={"channels": channels}))
    document = json.loads((where / "zarr.json").read_text())
    multiscale = document["attributes"]["ome"]["multiscales"][0]
    multiscale["datasets"] += [{"path": f"{'&' * 300}/{index}"} for index in range(60)]
    edit(where, {"multiscales": [multiscale], '"' * 5000: ['"' * 5000] * 1000})
    page = show(where)
    assert len(page.all("img")) == 8 + 1 + 8 + 4  # the finest level is not read
    assert "more problem" in page.text
    assert "4 channels without a picture here" in page.text
