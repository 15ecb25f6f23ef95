import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { fit } from "../src/camera";
import { failuresOf, frameOf, isSettled, type Look, rgb, valuesAt } from "../src/frame";
import { extent, indicesAtLevel, planeOf } from "../src/levels";
import { planView, tileKey } from "../src/plan";
import { Tiles } from "../src/tiles";
import type { TilePlace } from "../src/types";
import { infoOf } from "./info";

const info = infoOf({
  axes: "zyx",
  shape: [9, 1024, 1024],
  scale: [1, 0.5, 0.5],
  factors: [2, 2, 2],
  count: 3,
  translation: [0, 100, -40],
});
const size = { width: 528, height: 528 };
const camera = fit(extent(planeOf(info, 0)), size);
const indices = { z: 6 };

let tiles: Tiles;
beforeEach(() => {
  tiles = new Tiles();
});

function look(level: number): Look {
  const plan = planView({
    info,
    source: "",
    camera,
    size,
    ratio: 1,
    choice: level,
    indices,
    channels: [0],
    budget: 2 ** 28,
  });
  return {
    info,
    camera,
    size,
    plan,
    indices,
    channels: [0],
    looks: [
      {
        color: rgb("#ff8000"),
        colormap: undefined,
        limits: [3, 9],
        gamma: 1,
        inverted: false,
        opacity: 1,
      },
    ],
    labels: [],
  };
}

const key = (level: number, place: TilePlace) =>
  tileKey({ source: "", level, indices: indicesAtLevel(info, level, indices) }, 0, place);

function load(level: number, ...places: TilePlace[]) {
  for (const tile of places) {
    const answer = { tile, channel: 0, shape: [256, 256] as [number, number], value: 10 * level + 5 };
    tiles.take(key(level, tile), "uint16", answer, []);
  }
}

const drawn = (level: number) => frameOf(look(level), tiles).layers[0]?.quads.map((quad) => quad.key);

describe("a frame", () => {
  test("puts the image where the camera sees it", () => {
    load(2, [0, 0]);
    const { grounds, layers } = frameOf(look(2), tiles);
    const quad = layers[0]?.quads[0];
    // 512 of 528 px: 8 px on each side.
    const edge = 512 / 528;
    for (const rect of [grounds[0]?.rect, quad?.rect]) {
      assert.ok(rect && Math.abs(rect.left + edge) < 1e-9 && Math.abs(rect.right - edge) < 1e-9);
      assert.ok(Math.abs(rect.top - edge) < 1e-9 && Math.abs(rect.bottom + edge) < 1e-9);
    }
    assert.deepEqual(layers[0]?.color, [1, 128 / 255, 0]);
    assert.deepEqual(layers[0]?.limits, [3, 9]);
  });

  test("draws what is finer before what is coarser", () => {
    load(2, [0, 0]);
    load(1, [0, 1]);
    assert.deepEqual(drawn(1), [key(1, [0, 1]), key(2, [0, 0])]);
  });

  test("draws the target alone once all of it is there", () => {
    load(2, [0, 0]);
    load(1, [0, 0], [0, 1], [1, 0], [1, 1]);
    assert.equal(drawn(1)?.length, 4);
    assert.ok(drawn(1)?.every((one) => one.startsWith("1:")));
  });

  test("stands in with finer tiles while a coarser target loads", () => {
    load(1, [0, 0]);
    assert.deepEqual(drawn(2), [key(1, [0, 0])]);
  });

  test("takes no tile of another plane", () => {
    tiles.take(
      tileKey({ source: "", level: 2, indices: [0, 0, 0] }, 0, [0, 0]),
      "uint16",
      { tile: [0, 0], channel: 0, shape: [4, 4], value: 1 },
      [],
    );
    assert.deepEqual(drawn(2), []);
  });

  test("hatches what could not be read, over what is coarser", () => {
    load(2, [0, 0]);
    load(1, [0, 0], [0, 1], [1, 0]);
    tiles.fail(key(1, [1, 1]), "The store answered 403.");
    const one = look(1);
    const frame = frameOf(one, tiles);
    assert.equal(frame.hatches.length, 1);
    assert.ok(frame.layers[0]?.quads.some((quad) => quad.key === key(2, [0, 0])));
    const want = one.plan.wants.at(-1);
    assert.ok(want && isSettled(want, tiles));
    assert.deepEqual(want && failuresOf(want, tiles), {
      count: 1,
      all: 4,
      why: "The store answered 403.",
    });
  });
});

test("the value under the pointer is that of the finest tile that is there", () => {
  load(2, [0, 0]);
  const at = (x: number, y: number) =>
    valuesAt<number>({ info, source: "", indices, channels: [0] }, tiles, x, y).get(0);
  assert.deepEqual(at(-39, 101), { value: 25, level: 2 });
  load(0, [0, 0]);
  assert.deepEqual(at(-39, 101), { value: 5, level: 0 });
  assert.equal(at(-41, 101), undefined);
});
