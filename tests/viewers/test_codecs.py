"""The codecs of a page, against those of numcodecs: what it encodes they decode, and refuse what is broken."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numcodecs import LZ4, Blosc, Zstd
from numcodecs.abc import Codec

from hatch_build import find_node

#: Decodes the first file, which lists name, encoded length and decoded length; encoded data, then decoded data.
SCRIPT = """
import { readFileSync } from "node:fs";
const [module, file, list] = process.argv.slice(1);
const { decoders } = await import(module);
const all = new Uint8Array(readFileSync(file));
let at = 0;
const take = (size) => all.subarray(at, (at += size));
const said = [];
for (const [name, encoded, decoded] of JSON.parse(readFileSync(list))) {
  const [data, expected] = [take(encoded), take(decoded)];
  try {
    const found = await decoders[name](data);
    said.push(Buffer.compare(found, expected) === 0 ? "same" : "other");
  } catch (error) {
    said.push(`${error.message}`);
  }
}
console.log(JSON.stringify(said));
"""
Case = tuple[str, bytes, bytes]


def decoded(cases: list[Case], project: Path, folder: Path) -> list[str]:
    """Return for each case "same" where the page's codec gives what is expected, "other", or what it says is wrong."""
    node, _ = find_node()
    (folder / "data").write_bytes(b"".join(encoded + expected for _, encoded, expected in cases))
    (folder / "list.json").write_text(json.dumps([(name, len(one), len(other)) for name, one, other in cases]))
    module = (project / "omezarr_nb/frontend/static/codecs.js").as_uri()
    # Without a package.json beside it, node would ask whether it is a module.
    command = [str(node), "--no-warnings", "--input-type=module", "--eval", SCRIPT]
    arguments = [module, str(folder / "data"), str(folder / "list.json")]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    said: list[str] = json.loads(done.stdout)
    return said


def pixels(dtype: str, size: int) -> npt.NDArray[np.generic]:
    """Return values that compress like those of a picture: smooth, with noise in some, and a part that is empty."""
    random = np.random.default_rng(size)
    smooth = (
        900 + 800 * np.sin(np.arange(size) / 40) + np.where(np.arange(size) % 700 < 300, random.normal(0, 9, size), 0)
    )
    smooth[size // 3 : size // 2] = 0
    return smooth.astype(dtype)


def of_blosc() -> Iterator[tuple[str, Codec, npt.NDArray[np.generic]]]:
    """Give encoders of Blosc, each with what it encodes."""
    names = ("blosclz", "lz4", "lz4hc", "zlib", "zstd")
    for name, shuffle, dtype in product(
        names, (0, 1, 2), ("uint8", "uint16", "float32", "int64", "complex128", "S3", "S17")
    ):
        values = pixels(dtype, 40_003) if dtype[0] != "S" else pixels("int64", 9001).astype(dtype)
        yield f"{name} {shuffle} {dtype}", Blosc(cname=name, clevel=5, shuffle=shuffle), values
    for name, shuffle, block in product(names, (1, 2), (0, 256, 1000, 65_536)):
        for size in (7, 128, 1024, 20_001):
            codec = Blosc(cname=name, clevel=9, shuffle=shuffle, blocksize=block)
            yield f"{name} {shuffle} {block} {size}", codec, pixels("uint16", size)
    noise = np.random.default_rng(0).integers(0, 256, 50_000, "uint8")
    yield "stored", Blosc(cname="lz4", clevel=0), noise
    yield "noise", Blosc(cname="zstd", clevel=1, shuffle=2), noise.view("uint16")
    yield "half noise", Blosc(cname="blosclz", clevel=9), np.concatenate([noise, pixels("uint8", 90_000)])
    yield "far copies", Blosc(cname="blosclz", clevel=9, shuffle=0, blocksize=2**18), np.tile(noise[:20_000], 6)
    yield "empty", Blosc(), np.empty(0, "uint8")


def of_others() -> Iterator[tuple[str, Codec, npt.NDArray[np.generic]]]:
    """Give encoders of LZ4 and Zstandard, each with what it encodes."""
    for codec in (LZ4(), LZ4(acceleration=9), Zstd(level=1), Zstd(level=15), Zstd(level=3, checksum=True)):
        for dtype, size in product(("uint8", "uint16", "float64"), (1, 12, 500, 70_000)):
            yield f"{codec} {dtype} {size}", codec, pixels(dtype, size)
        yield f"{codec} noise", codec, np.random.default_rng(0).integers(0, 256, 70_000, "uint8")
        yield f"{codec} zeros", codec, np.zeros(300_000, "uint8")


def test_a_page_decodes_what_numcodecs_encodes(project: Path, tmp_path: Path) -> None:
    given = [(type(codec).__name__.lower(), name, codec, values) for name, codec, values in (*of_blosc(), *of_others())]
    cases = [(kind, bytes(codec.encode(values)), values.tobytes()) for kind, _, codec, values in given]
    said = decoded(cases, project, tmp_path)
    assert {name: one for (_, name, _, _), one in zip(given, said, strict=True) if one != "same"} == {}


def test_zstandard_comes_in_frames_of_unknown_size_too(project: Path, tmp_path: Path) -> None:
    """As streams are written: `numcodecs` says the size in each frame."""
    plain = pixels("uint16", 90_000).tobytes()
    half = len(plain) // 2
    frames = Zstd(level=1).encode(plain[:half]) + Zstd(level=1).encode(plain[half:])
    # Magic number, a window of 1 MiB and no size; one raw block, the last one.
    raw = bytes.fromhex("28b52ffd 00 50") + (1 | 1000 << 3).to_bytes(3, "little") + plain[:1000]
    assert decoded([("zstd", frames, plain), ("zstd", raw, plain[:1000])], project, tmp_path) == ["same", "same"]


def test_what_is_cut_off_or_spoilt_is_refused_and_ends(project: Path, tmp_path: Path) -> None:
    plain, random = pixels("uint16", 5000), np.random.default_rng(1)
    cut, spoilt = [], []
    for codec in (*(Blosc(cname=name) for name in ("blosclz", "lz4", "zlib", "zstd")), LZ4(), Zstd()):
        kind, data = type(codec).__name__.lower(), bytes(codec.encode(plain))
        cut += [(kind, data[:size], plain.tobytes()) for size in (*range(1, 40, 3), len(data) // 2, len(data) - 1)]
        for _ in range(80):
            changed = bytearray(data)
            for at in random.integers(0, len(data), 4):
                changed[at] = random.integers(0, 256)
            spoilt.append((kind, bytes(changed), plain.tobytes()))
    said = decoded(cut + spoilt, project, tmp_path)
    assert not {"same", "other"} & set(said[: len(cut)])
    assert len(said) == len(cut + spoilt)


def test_what_a_page_does_not_know_is_said_in_words(project: Path, tmp_path: Path) -> None:
    data = bytearray(Blosc(cname="lz4").encode(pixels("uint16", 5000)))
    snappy, later, long = bytearray(data), bytearray(data), bytearray(data)
    snappy[2] = snappy[2] & 31 | 2 << 5
    later[0] = 5
    long[4:8] = (2**32 - 1).to_bytes(4, "little")
    long[8:12] = (2**31).to_bytes(4, "little")
    said = decoded([("blosc", bytes(one), b"") for one in (snappy, later, long)], project, tmp_path)
    assert "Snappy" in said[0]
    assert "version is 5" in said[1]
    assert "4294967295 bytes" in said[2]
