import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { clicked, without } from "../src/controls/labels";
import { labelIndices, pattern, signed } from "../src/labels";
import { tileKey } from "../src/plan";
import { Tiles } from "../src/tiles";
import type { LabelInfo } from "../src/types";
import { infoOf } from "./info";

const image = infoOf({
  axes: "tzyx",
  shape: [3, 20, 64, 64],
  scale: [1, 0.5, 1, 1],
  factors: [1, 1, 2, 2],
  count: 2,
});
const labelsOf = (axes: string, shape: number[], scale: number[], translation: number[]): LabelInfo => ({
  ...infoOf({ axes, shape, scale, factors: shape.map(() => 1), count: 1, translation }),
  name: "cells",
  dtype: "int32",
  colors: [],
  properties: false,
  problems: [],
});

describe("the plane of labels at a plane of the image", () => {
  test("lies where both are in the world", () => {
    const half = labelsOf("zyx", [10, 32, 32], [1, 2, 2], [0.25, 0.5, 0.5]);
    assert.deepEqual(labelIndices(image, half, { t: 2, z: 5 }), { z: 2.25 });
  });

  test("is nowhere where they do not reach", () => {
    const slab = labelsOf("zyx", [4, 64, 64], [0.5, 1, 1], [4, 0, 0]);
    assert.equal(labelIndices(image, slab, { t: 0, z: 7 }), null);
    assert.deepEqual(labelIndices(image, slab, { t: 0, z: 8 }), { z: 0 });
    assert.deepEqual(labelIndices(image, slab, { t: 0, z: 11 }), { z: 3 });
    assert.equal(labelIndices(image, slab, { t: 0, z: 12 }), null);
  });

  test("is the same everywhere along an axis of one pixel", () => {
    const flat = labelsOf("tzyx", [1, 1, 64, 64], [1, 0.5, 1, 1], [0, 0, 0, 0]);
    assert.deepEqual(labelIndices(image, flat, { t: 2, z: 19 }), { t: 0, z: 0 });
  });
});

describe("ids", () => {
  test("come as patterns of bits and go back", () => {
    for (const [id, dtype] of [
      ["-1", "int32"],
      ["-128", "int8"],
      ["4294967295", "uint32"],
      ["18446744073709551615", "uint64"],
      ["-9223372036854775808", "int64"],
      ["7", "bool"],
      ["-3", "float32"],
    ] as const) {
      assert.equal(signed(pattern(id, dtype), dtype).toString(), id, dtype);
    }
    assert.equal(pattern("-1", "int16"), 0xffffn);
  });

  test("of 64 bits are exact in a tile", () => {
    const tiles = new Tiles();
    const plane = { source: "labels/cells", level: 0, indices: [0, 0] };
    const answer = { tile: [0, 0] as [number, number], channel: 0, shape: [2, 1] as [number, number] };
    const values = BigUint64Array.of(2n ** 53n + 1n, 2n ** 64n - 1n);
    tiles.take(tileKey(plane, 0, [0, 0]), "uint64", { ...answer, buffer: 0 }, [new DataView(values.buffer)]);
    assert.equal(tiles.valueAt(plane, 0, 0, 0), 9007199254740993n);
    assert.equal(tiles.valueAt(plane, 0, 0, 1), 18446744073709551615n);
    assert.equal(tiles.valueAt({ ...plane, source: "" }, 0, 0, 0), undefined);
    tiles.take(tileKey(plane, 0, [0, 0]), "uint64", { ...answer, value: "9007199254740993" }, []);
    assert.equal(tiles.valueAt(plane, 0, 0, 1), 9007199254740993n);
  });
});

describe("a click", () => {
  const [a, b] = [
    { labels: "cells", id: "1" },
    { labels: "nuclei", id: "9" },
  ];

  test("selects one label alone, and lets go of it", () => {
    assert.deepEqual(clicked({}, a, false), { cells: ["1"] });
    assert.deepEqual(clicked({ cells: ["1"], nuclei: ["9"] }, b, false), { nuclei: ["9"] });
    assert.deepEqual(clicked({ cells: ["1"] }, a, false), {});
    assert.deepEqual(clicked({ cells: ["1"] }, null, false), {});
  });

  test("with shift adds to the selection, and takes out of it", () => {
    assert.deepEqual(clicked({ cells: ["1"] }, b, true), { cells: ["1"], nuclei: ["9"] });
    assert.deepEqual(clicked({ cells: ["1", "2"] }, a, true), { cells: ["2"] });
    assert.deepEqual(clicked({ cells: ["1"] }, null, true), { cells: ["1"] });
  });

  test("leaves no names without ids", () => {
    assert.deepEqual(without({ cells: ["1"], nuclei: ["9"] }, "cells", "1"), { nuclei: ["9"] });
    assert.deepEqual(without({ cells: ["1"] }, "nuclei", "1"), { cells: ["1"] });
  });
});
