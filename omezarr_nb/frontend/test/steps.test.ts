import assert from "node:assert/strict";
import { test } from "node:test";
import { Steps } from "../src/steps";
import { infoOf } from "./info";

const info = infoOf({
  axes: "tzyx",
  shape: [6, 6, 64, 64],
  scale: [1, 1, 1, 1],
  factors: [1, 1, 2, 2],
  count: 1,
});

test("the next plane is expected after two steps in one direction, and no other", () => {
  const steps = new Steps(info, { t: 3, z: 2 });
  const next = (indices: Record<string, number>) => {
    steps.to(indices);
    return steps.next();
  };
  assert.equal(next({ t: 3, z: 3 }), null);
  assert.deepEqual(next({ t: 3, z: 4 }), { t: 3, z: 5 });
  // Drawn again, nothing has moved.
  assert.deepEqual(next({ t: 3, z: 4 }), { t: 3, z: 5 });
  assert.equal(next({ t: 3, z: 5 }), null, "there are no more");
  assert.equal(next({ t: 3, z: 4 }), null, "it turns");
  assert.deepEqual(next({ t: 3, z: 3 }), { t: 3, z: 2 });
  assert.equal(next({ t: 2, z: 3 }), null, "another axis");
  assert.equal(next({ t: 5, z: 3 }), null, "a jump");
  assert.equal(next({ t: 4, z: 4 }), null, "two at once");
});
