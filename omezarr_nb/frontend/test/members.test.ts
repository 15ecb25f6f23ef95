import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { worldAt } from "../src/camera";
import { autoLevel } from "../src/levels";
import { ownSight, toOwn } from "../src/members";
import type { Matrix } from "../src/types";
import { infoOf } from "./info";

const camera = { x: 30, y: -12, zoom: 4 };
const size = { width: 600, height: 400 };
const near = (a: number, b: number) =>
  assert.ok(Math.abs(a - b) < 1e-9 * Math.max(Math.abs(b), 1), `${a} is not ${b}`);

describe("a layer that is turned", () => {
  for (const [name, matrix] of [
    ["turned", [0.8, -0.6, 0.6, 0.8, 5, 7]],
    ["mirrored", [-1, 0, 0, 1, 100, 0]],
    ["sheared and enlarged", [2, 0.5, 0, 3, -4, 9]],
  ] as [string, Matrix][]) {
    test(`${name}: what its own sight shows comes where the matrix says`, () => {
      const own = ownSight(matrix, camera, size);
      const [a, b, c, d, e, f] = matrix;
      for (const [px, py] of [
        [0, 0],
        [600, 0],
        [123, 321],
      ] as const) {
        const world = worldAt(camera, size, px, py);
        const place = toOwn(matrix, world.x, world.y);
        near(a * place.x + b * place.y + e, world.x);
        near(c * place.x + d * place.y + f, world.y);
        // In clip space: of its own stage, brought to the view's.
        const u = ((place.x - own.camera.x) * own.camera.zoom * 2) / own.size.width;
        const v = ((own.camera.y - place.y) * own.camera.zoom * 2) / own.size.height;
        assert.ok(Math.abs(u) <= 1 + 1e-9 && Math.abs(v) <= 1 + 1e-9, "all of the view is on it");
        const [m00, m10, m01, m11] = own.turn ?? [1, 0, 0, 1];
        near(m00 * u + m01 * v, (px / size.width) * 2 - 1);
        near(m10 * u + m11 * v, 1 - (py / size.height) * 2);
      }
    });
  }
});

describe("levels of a plane across the one that is binned", () => {
  const binned = { axes: "zyx", shape: [40, 512, 512], scale: [4, 1, 1], factors: [1, 2, 2], count: 3 };
  const across = { ...infoOf(binned), display: { y: 0, x: 2 } };
  test("the axis that gets coarser decides", () => {
    assert.equal(autoLevel(across, 2), 0);
    assert.equal(autoLevel(across, 0.7), 1);
    assert.equal(autoLevel(across, 0.3), 2);
  });
  test("a level that is coarser along z alone is not taken for what is looked at closely", () => {
    const deep = infoOf({ ...binned, factors: [2, 1, 1] });
    assert.equal(autoLevel(deep, 2), 0);
    assert.equal(autoLevel(deep, 1), 2);
  });
});
