import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fit } from "../src/camera";
import { extent, planeOf } from "../src/levels";
import { MOST_TILES, missing, type Pending, planView, type Scene, stale, tileKey } from "../src/plan";
import { infoOf } from "./info";

const info = infoOf({
  axes: "czyx",
  shape: [2, 60, 8192, 8192],
  scale: [1, 1, 1, 1],
  factors: [1, 1, 2, 2],
  count: 6,
  channels: 2,
});
const size = { width: 800, height: 480 };

function scene(changes: Partial<Scene> = {}): Scene {
  return {
    info,
    camera: { x: 4000, y: 4000, zoom: 1 },
    size,
    ratio: 1,
    choice: "auto",
    indices: { z: 7 },
    channels: [0, 1],
    source: "",
    budget: 192 * 2 ** 20,
    ...changes,
  };
}

describe("a plan", () => {
  test("has the coarse tiles first, then the target's", () => {
    const plan = planView(scene({ size: { width: 1600, height: 900 } }));
    assert.equal(plan.target, 0);
    assert.deepEqual(
      plan.wants.map((want) => want.level),
      [2, 0],
    );
    assert.deepEqual(plan.wants[0]?.indices, [0, 7, 0, 0]);
    assert.ok((plan.wants[0]?.tiles.length ?? 9) <= 4);
  });

  test("is one step where the target itself is small", () => {
    const camera = fit(extent(planeOf(info, 0)), size);
    const plan = planView(scene({ camera }));
    assert.equal(plan.target, 4);
    assert.equal(plan.wants.length, 1);
  });

  test("is one step where few channels make up for more tiles", () => {
    const steps = (channels: number[]) => planView(scene({ channels })).wants.length;
    assert.equal(planView(scene()).wants.at(-1)?.tiles.length, 12);
    assert.deepEqual([steps([0]), steps([0, 1]), steps([0, 1, 2])], [1, 1, 2]);
  });

  test("keeps to a pinned level that there is", () => {
    assert.equal(planView(scene({ choice: 3 })).target, 3);
    assert.equal(planView(scene({ choice: 30 })).target, 5);
  });

  test("loads no more than it may, and says so", () => {
    const camera = fit(extent(planeOf(info, 0)), size);
    const plan = planView(scene({ choice: 0, camera }));
    assert.equal(plan.tooMany, 32 * 32);
    assert.equal(plan.wants.at(-1)?.tiles.length, MOST_TILES);
    const small = planView(scene({ choice: 0, camera, budget: 20 * 2 * 2 * 256 * 256 }));
    assert.equal(small.wants.at(-1)?.tiles.length, 20);
  });

  test("follows the screen's resolution", () => {
    assert.equal(planView(scene({ camera: { x: 4000, y: 4000, zoom: 0.5 } })).target, 1);
    assert.equal(planView(scene({ camera: { x: 4000, y: 4000, zoom: 0.5 }, ratio: 2 })).target, 0);
  });
});

describe("requests", () => {
  const want = {
    source: "",
    channels: [0, 1],
    level: 1,
    indices: [0, 7, 0, 0],
    tiles: [
      [0, 0],
      [0, 1],
      [1, 0],
    ] as [number, number][],
  };
  const key = (channel: number, row: number, col: number) => tileKey(want, channel, [row, col]);

  test("one for a viewport, with all its tiles and channels", () => {
    const batches = missing(want, () => false);
    assert.deepEqual(batches, [{ ...want, channels: [0, 1] }]);
  });

  test("nothing where all is there", () => {
    assert.deepEqual(
      missing(want, () => true),
      [],
    );
  });

  test("a channel that is switched on asks for its own tiles only", () => {
    const batches = missing(want, (known) => known.includes("/0/"));
    assert.deepEqual(batches, [{ ...want, channels: [1] }]);
  });

  test("what is there is not asked for again", () => {
    const there = new Set([key(0, 0, 0), key(1, 0, 0), key(1, 0, 1)]);
    assert.deepEqual(
      missing(want, (known) => there.has(known)).map(({ channels, tiles }) => ({ channels, tiles })),
      [
        { channels: [0], tiles: [[0, 1]] },
        { channels: [0, 1], tiles: [[1, 0]] },
      ],
    );
  });

  test("those of which nothing is wanted any longer are stale", () => {
    const pending: Pending[] = [
      {
        request: 1,
        source: "",
        level: 1,
        indices: want.indices,
        open: new Set([key(0, 0, 0), key(0, 0, 1)]),
      },
      { request: 2, source: "", level: 1, indices: want.indices, open: new Set([key(0, 5, 5)]) },
    ];
    assert.deepEqual(
      stale(pending, (open) => open === key(0, 0, 1)).map(({ request }) => request),
      [2],
    );
  });
});
