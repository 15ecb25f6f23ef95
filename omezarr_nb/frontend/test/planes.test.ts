import assert from "node:assert/strict";
import { test } from "node:test";
import { Planes } from "../src/planes";

const z = (index: number) => ({ z: index });

test("the old plane stays until the new one is there", () => {
  const first = z(0);
  const planes = new Planes(first);
  const next = z(1);
  planes.want(next);
  planes.choose(() => false);
  assert.equal(planes.shown, first);
  planes.choose((indices) => indices === next);
  assert.equal(planes.shown, next);
});

test("a plane that was passed over is shown when its tiles come first", () => {
  const planes = new Planes(z(0));
  const [one, two, three] = [z(1), z(2), z(3)];
  for (const plane of [one, two, three]) planes.want(plane);
  assert.equal(planes.passed, one);
  planes.choose((indices) => indices === one);
  assert.equal(planes.shown, one);
  assert.equal(planes.passed, null);
  // The drag goes on: what is wanted now is what may come late next.
  planes.want(z(4));
  assert.equal(planes.passed, three);
});

test("the wanted plane wins over one that was passed", () => {
  const planes = new Planes(z(0));
  planes.want(z(1));
  const last = z(2);
  planes.want(last);
  planes.choose(() => true);
  assert.equal(planes.shown, last);
  assert.equal(planes.passed, null);
});
