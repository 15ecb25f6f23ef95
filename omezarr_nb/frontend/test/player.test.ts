import assert from "node:assert/strict";
import { test } from "node:test";
import type { Model } from "../src/model";
import { Player } from "../src/player";
import { infoOf } from "./info";

const info = infoOf({ axes: "tzyx", shape: [3, 4, 6, 8], scale: [1, 1, 1, 1], factors: [1], count: 1 });
for (const axis of info.axes) axis.type = axis.name === "t" ? "time" : "space";

/** The index that follows when a plane has arrived, of a view that plays along an axis. */
function next(mock: { tick(by: number): void }, axis: string, traits: object): unknown {
  const state: Record<string, unknown> = {
    indices: { t: 0, z: 0 },
    playing: axis,
    fps: 10,
    compact: false,
    crosshair: [],
    ...traits,
  };
  const model = {
    info,
    get: (name: string) => state[name],
    set: (name: string, value: unknown) => {
      state[name] = value;
    },
    on: () => {},
  };
  new Player(model as unknown as Model).arrived();
  mock.tick(1000);
  return state.indices;
}

test("of views side by side the first one leads along the axes of all, and each along its own", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { timers } = context.mock;
  const led = { compact: true, crosshair: [1, 2] };
  assert.deepEqual(next(timers, "t", { crosshair: [1, 2] }), { t: 1, z: 0 });
  assert.deepEqual(next(timers, "t", led), { t: 0, z: 0 });
  assert.deepEqual(next(timers, "z", led), { t: 0, z: 1 });
  // A small view that stands alone leads itself.
  assert.deepEqual(next(timers, "t", { compact: true }), { t: 1, z: 0 });
});
