import assert from "node:assert/strict";
import { test } from "node:test";
import { swapped } from "../src/forms/order";
import { stepped } from "../src/forms/wells";

test("two names change places, and the others stay", () => {
  assert.deepEqual(swapped(["c", "z", "y", "x"], 0, 2), ["y", "z", "c", "x"]);
  assert.deepEqual(swapped(["y", "x"], 1, 0), ["x", "y"]);
});

test("arrow keys lead through the wells and stop at the edge of the plate", () => {
  assert.deepEqual(stepped("ArrowDown", [0, 0], [8, 12]), [1, 0]);
  assert.deepEqual(stepped("ArrowUp", [0, 3], [8, 12]), [0, 3]);
  assert.deepEqual(stepped("End", [2, 3], [8, 12]), [2, 11]);
  assert.deepEqual(stepped("Home", [2, 3], [8, 12]), [2, 0]);
  assert.equal(stepped("a", [0, 0], [8, 12]), null);
});
