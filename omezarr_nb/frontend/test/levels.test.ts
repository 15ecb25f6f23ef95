import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  autoLevel,
  extent,
  indexAtLevel,
  indicesAtLevel,
  pixelAt,
  planeOf,
  smaller,
  visibleTiles,
  worldOfTile,
} from "../src/levels";
import { infoOf } from "./info";

const halved = infoOf({ axes: "yx", shape: [1000, 1400], scale: [0.5, 0.5], factors: [2, 2], count: 4 });
const thirds = infoOf({ axes: "yx", shape: [1100, 1391], scale: [1, 1], factors: [3, 3], count: 4 });
const uneven = infoOf({
  axes: "zyx",
  shape: [60, 900, 1400],
  scale: [2, 0.5, 0.2],
  factors: [3, 2, 4],
  count: 3,
  translation: [10, 1234.5, -777.25],
});

describe("the level that a zoom asks for", () => {
  for (const [zoom, level] of [
    [100, 0],
    [3.1, 0],
    [1.5, 1],
    [0.75, 2],
    [0.374, 3],
    [0.0001, 3],
  ] as const) {
    test(`${zoom} device pixels a micrometer: level ${level}`, () =>
      assert.equal(autoLevel(halved, zoom), level));
  }

  test("goes by the larger side of an uneven pixel", () => {
    // Level 1: 1.0 along y, 0.8 along x.
    assert.equal(autoLevel(uneven, 1.5), 1);
    assert.equal(autoLevel(uneven, 1.6), 0);
  });
});

describe("places", () => {
  test("a pixel reaches half a pixel around its centre", () => {
    assert.deepEqual(extent(planeOf(halved, 0)), { left: -0.25, top: -0.25, right: 699.75, bottom: 499.75 });
  });

  test("all levels of an averaged pyramid begin at the same place", () => {
    for (const info of [halved, thirds, uneven]) {
      const first = extent(planeOf(info, 0));
      for (let level = 1; level < info.levels.length; level++) {
        const { left, top } = extent(planeOf(info, level));
        assert.ok(Math.abs(left - first.left) < 1e-9 && Math.abs(top - first.top) < 1e-9, `level ${level}`);
      }
    }
  });

  test("neighbouring tiles share their edge to the last bit", () => {
    for (const level of [0, 1]) {
      const plane = planeOf(uneven, level);
      assert.equal(worldOfTile(plane, [0, 0]).right, worldOfTile(plane, [0, 1]).left);
      assert.equal(worldOfTile(plane, [0, 0]).bottom, worldOfTile(plane, [1, 0]).top);
    }
  });

  test("the tile at the edge ends with the image", () => {
    assert.equal(worldOfTile(planeOf(halved, 0), [3, 5]).right, extent(planeOf(halved, 0)).right);
  });

  test("the pixel under a place, null outside", () => {
    const plane = planeOf(uneven, 0);
    assert.deepEqual(pixelAt(plane, -777.25, 1234.5), { col: 0, row: 0 });
    assert.deepEqual(pixelAt(plane, -777.25 + 7 * 0.2 + 0.09, 1234.5 + 3 * 0.5 - 0.24), { col: 7, row: 3 });
    assert.equal(pixelAt(plane, -777.36, 1234.5), null);
  });
});

describe("the tiles of a rectangle", () => {
  test("all of them for the whole image, whatever the level", () => {
    for (const info of [halved, thirds, uneven]) {
      info.levels.forEach((_, level) => {
        const plane = planeOf(info, level);
        const tiles = visibleTiles(plane, extent(plane));
        assert.equal(tiles.length, Math.ceil(plane.width / 256) * Math.ceil(plane.height / 256));
      });
    }
  });

  test("exactly those that it overlaps", () => {
    for (const info of [halved, thirds, uneven]) {
      info.levels.forEach((_, level) => {
        const plane = planeOf(info, level);
        const whole = extent(plane);
        const [width, height] = [whole.right - whole.left, whole.bottom - whole.top];
        const view = {
          left: whole.left + 0.31 * width,
          right: whole.left + 0.67 * width,
          top: whole.top - 0.2 * height,
          bottom: whole.top + 0.41 * height,
        };
        const found = new Set(visibleTiles(plane, view).map(String));
        for (const tile of visibleTiles(plane, whole)) {
          const { left, right, top, bottom } = worldOfTile(plane, tile);
          const overlaps = left < view.right && right > view.left && top < view.bottom && bottom > view.top;
          assert.equal(found.has(String(tile)), overlaps, `level ${level}, tile ${tile}`);
        }
      });
    }
  });

  test("none beside the image", () => {
    const beside = { left: 5000, right: 5100, top: 0, bottom: 10 };
    assert.deepEqual(visibleTiles(planeOf(halved, 0), beside), []);
  });

  test("a view that ends at a tile's edge asks for no neighbour", () => {
    const plane = planeOf(halved, 0);
    assert.deepEqual(visibleTiles(plane, worldOfTile(plane, [1, 2])), [[1, 2]]);
  });

  test("the nearest to the centre first", () => {
    const plane = planeOf(halved, 0);
    const { left, right, top, bottom } = worldOfTile(plane, [2, 3]);
    const around = { left: left - 200, right: right + 200, top: top - 200, bottom: bottom + 200 };
    assert.deepEqual(visibleTiles(plane, around)[0], [2, 3]);
  });
});

describe("the index of a slider at a coarser level", () => {
  for (const [factor, index, expected] of [
    [1, 17, 17],
    [2, 0, 0],
    [2, 1, 0],
    [2, 2, 1],
    [3, 1, 0],
    [3, 2, 0],
    [3, 3, 1],
    [3, 59, 19],
  ] as const) {
    test(`z ${index}, ${factor} × coarser: ${expected}`, () => {
      const info = infoOf({
        axes: "zyx",
        shape: [60, 8, 8],
        scale: [0.7, 1, 1],
        factors: [factor, 2, 2],
        count: 2,
        translation: [12.3, 0, 0],
      });
      assert.equal(indexAtLevel(info, 0, 1, index), expected);
    });
  }

  test("stays in the level", () => {
    const info = infoOf({ axes: "zyx", shape: [5, 8, 8], scale: [1, 1, 1], factors: [4, 1, 1], count: 2 });
    assert.equal(info.levels[1]?.shape[0], 1);
    assert.equal(indexAtLevel(info, 0, 1, 4), 0);
  });

  test("displayed and channel axes are 0", () => {
    const info = infoOf({
      axes: "tczyx",
      shape: [3, 2, 60, 8, 8],
      scale: [1, 1, 1, 1, 1],
      factors: [1, 1, 2, 2, 2],
      count: 2,
    });
    assert.deepEqual(indicesAtLevel(info, 1, { t: 2, z: 9 }), [2, 0, 4, 0, 0]);
  });
});

test("levels in words", () => {
  assert.equal(smaller(halved, 0), "full size");
  assert.equal(smaller(thirds, 2), "9 × smaller");
  assert.equal(smaller(uneven, 1), "x 4, y 2 × smaller");
});
