import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { contrastOf } from "../src/page/contrast";
import { fetchPatiently } from "../src/page/patience";
import { chunksOf, copyChunk, toWire, type Window } from "../src/page/windows";
import type { Pyramid } from "../src/types";
import { emptyOf } from "../src/wire";

/** What is read of a pyramid: axes z, y, x. */
const info = { display: { y: 1, x: 2 } } as Pyramid;

test("a window is put together from the chunks that it touches, and those alone", () => {
  const [depth, height, width] = [3, 7, 9];
  const shape = [2, 3, 4];
  const at = (z: number, y: number, x: number) => (z * height + y) * width + x;
  const window: Window = { rows: { start: 2, stop: 7 }, columns: { start: 3, stop: 9 }, at: [2, 0, 0] };
  const places = chunksOf(info, shape, window);
  assert.deepEqual(
    places,
    [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => [1, y, x])),
  );
  const out = emptyOf("uint16", 5 * 6);
  for (const place of places) {
    const values = new Uint16Array(2 * 3 * 4);
    for (let n = 0; n < values.length; n++) {
      const [z, y, x] = [Math.floor(n / 12), Math.floor(n / 4) % 3, n % 4];
      const [a = 0, b = 0, c = 0] = place;
      const inside = a * 2 + z < depth && b * 3 + y < height && c * 4 + x < width;
      values[n] = inside ? at(a * 2 + z, b * 3 + y, c * 4 + x) : 60_000;
    }
    copyChunk(info, shape, window, place, { values, stride: [12, 4, 1] }, out);
  }
  const expected = Array.from({ length: 30 }, (_, n) => at(2, 2 + Math.floor(n / 6), 3 + (n % 6)));
  assert.deepEqual([...out], expected);
});

test("chunks in another order of axes are read by their strides", () => {
  const out = emptyOf("uint8", 6);
  const window: Window = { rows: { start: 0, stop: 2 }, columns: { start: 0, stop: 3 }, at: [0, 0, 0] };
  const chunk = { values: Uint8Array.of(0, 10, 1, 11, 2, 12), stride: [6, 1, 2] };
  copyChunk(info, [1, 2, 3], window, [0, 0, 0], chunk, out);
  assert.deepEqual([...out], [0, 1, 2, 10, 11, 12]);
});

test("values are what the graphics card draws; ids keep their bits", () => {
  const same = Uint16Array.of(1, 65_535);
  assert.equal(toWire(same, "uint16", false), same);
  assert.deepEqual([...toWire(Int8Array.of(-1, 5), "int16", false)], [-1, 5]);
  assert.deepEqual([...toWire(Float64Array.of(0.5), "float32", false)], [0.5]);
  assert.deepEqual([...toWire(BigInt64Array.of(-3n, 7n), "float32", false)], [-3, 7]);
  assert.deepEqual([...toWire([true, false], "uint8", false)], [1, 0]);
  assert.deepEqual([...toWire(Int32Array.of(-1, 7), "uint32", true)], [4_294_967_295, 7]);
  assert.deepEqual([...toWire(BigInt64Array.of(-1n), "uint64", true)], [2n ** 64n - 1n]);
  assert.deepEqual([...toWire(Float32Array.of(3, Number.NaN), "uint64", true)], [3n, 0n]);
});

test("contrast leaves out a thousandth at each end", () => {
  const values = Uint16Array.from({ length: 1001 }, (_, n) => n);
  const found = contrastOf(values, true);
  assert.deepEqual(found.limits, [1, 999]);
  assert.deepEqual(found.range, [0, 1000]);
  assert.equal(found.histogram.length, 64);
  assert.deepEqual(contrastOf(Uint8Array.of(4, 4), true).limits, [4, 5]);
  assert.deepEqual(contrastOf(Float32Array.of(Number.NaN, 0, 1), false).range, [0, 1]);
});

describe("a server", () => {
  const known = globalThis.fetch;
  after(() => {
    globalThis.fetch = known;
  });
  const place = () => new Request("http://127.0.0.1/zarr.json");
  /** Give parts, and then nothing until it is given up. */
  const begin = (texts: string[], signal: AbortSignal) =>
    new ReadableStream({
      start(out) {
        for (const text of texts) out.enqueue(new TextEncoder().encode(text));
        signal.addEventListener("abort", () => out.error(signal.reason));
      },
    });

  test("that never answers is given up, and named as silent", async () => {
    globalThis.fetch = (given) =>
      new Promise((_, refuse) => {
        const { signal } = given as Request;
        signal.addEventListener("abort", () => refuse(signal.reason));
      });
    await assert.rejects(fetchPatiently(place(), 20), /The server has said nothing for 0.02 s/);
  });

  test("that stops in the middle of its answer is, too", async () => {
    globalThis.fetch = async (given) => new Response(begin(["{"], (given as Request).signal));
    const response = await fetchPatiently(place(), 20);
    await assert.rejects(response.text(), /The server has said nothing/);
  });

  test("that answers is heard to the end, with its status and headers", async () => {
    globalThis.fetch = async () =>
      new Response("whole", { status: 206, headers: { "Content-Range": "bytes 0-4/9" } });
    const response = await fetchPatiently(place(), 10_000);
    assert.equal(response.status, 206);
    assert.equal(response.headers.get("Content-Range"), "bytes 0-4/9");
    assert.equal(await response.text(), "whole");
    globalThis.fetch = async () => new Response("no", { status: 404 });
    assert.equal((await fetchPatiently(place(), 10_000)).status, 404);
    globalThis.fetch = async () => {
      throw new TypeError("Failed to fetch");
    };
    await assert.rejects(fetchPatiently(place(), 10_000), /Failed to fetch/);
  });
});
