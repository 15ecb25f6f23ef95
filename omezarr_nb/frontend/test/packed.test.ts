import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { unpacked } from "../src/packed";
import { Pixels } from "../src/pixels";
import { tileKey } from "../src/plan";
import { Tiles } from "../src/tiles";
import type { FromKernel, TilePlace, ToKernel } from "../src/types";

/** As the kernel packs them: the lower bytes of all numbers, then the upper ones. */
function pack(numbers: Uint16Array): DataView {
  const sorted = new Uint8Array(numbers.length * 2);
  numbers.forEach((number, at) => {
    sorted[at] = number & 255;
    sorted[numbers.length + at] = number >> 8;
  });
  const small = new Uint8Array(deflateRawSync(sorted));
  // In a message a buffer does not begin at 0.
  const held = new Uint8Array(small.length + 3);
  held.set(small, 3);
  return new DataView(held.buffer, 3);
}

const numbers = Uint16Array.from({ length: 6 }, (_, at) => at * 1000 + 7);
const answer = (buffer: number, packed?: boolean) => ({
  tile: [0, buffer] as TilePlace,
  channel: 0,
  shape: [2, 3] as [number, number],
  buffer,
  ...(packed ? { packed } : {}),
});

describe("packed tiles", () => {
  test("come out as they were, beside others that are not packed", async () => {
    const plain = new DataView(numbers.buffer);
    const [one, other] = await unpacked("uint16", [answer(0, true), answer(1)], [pack(numbers), plain]);
    assert.deepEqual(new Uint16Array(one?.buffer as ArrayBuffer), numbers);
    assert.equal(other, plain);
  });

  test("that are no such thing are empty, and fail as tiles of a wrong size", async () => {
    const [bytes] = await unpacked("uint16", [answer(0, true)], [new DataView(new ArrayBuffer(9))]);
    assert.equal(bytes?.byteLength, 0);
  });

  test("are taken in the order of their messages", async () => {
    const sent: ToKernel[] = [];
    let hear: (message: FromKernel, buffers: DataView[]) => void = () => {};
    const model = {
      comm_live: true,
      send: (message: unknown) => void sent.push(message as ToKernel),
      on: (name: string, handler: (...args: never[]) => void) => {
        if (name === "msg:custom") hear = handler as typeof hear;
      },
      off: () => {},
    };
    const tiles = new Tiles();
    let taken = () => {};
    const done = new Promise<void>((resolve) => {
      taken = resolve;
    });
    const changed = () => {
      if (tiles.settled(key(0)) && tiles.settled(key(1))) taken();
    };
    const pixels = new Pixels(model, tiles, { changed, silent: () => {} });
    const plane = { source: "", level: 0, indices: [0, 0] };
    const key = (column: number) => tileKey(plane, 0, [0, column]);
    const wanted: TilePlace[] = [
      [0, 0],
      [0, 1],
    ];
    pixels.want({ wants: [{ ...plane, channels: [0], tiles: wanted }], keep: () => false });
    const request = sent.find((message) => message.kind === "tiles")?.request ?? -1;
    const say = { kind: "tiles", request, level: 0, dtype: "uint16" } as const;
    hear({ ...say, tiles: [answer(0, true)], done: false }, [pack(numbers)]);
    hear({ ...say, tiles: [{ ...answer(0), tile: [0, 1] }], done: true }, [new DataView(numbers.buffer)]);
    await done;
    for (const column of [0, 1]) {
      assert.equal(tiles.failure(key(column)), undefined);
      assert.deepEqual(tiles.get(key(column))?.values, numbers);
    }
    pixels.dispose();
  });
});
