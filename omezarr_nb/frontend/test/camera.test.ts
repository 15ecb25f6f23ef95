import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bounded, fit, pan, viewOf, worldAt, zoomAt } from "../src/camera";

const size = { width: 800, height: 480 };
const world = { left: -10, top: 20, right: 190, bottom: 140 };

describe("the camera", () => {
  test("fits the image with a margin around it", () => {
    const camera = fit(world, size);
    assert.deepEqual({ x: camera.x, y: camera.y }, { x: 90, y: 80 });
    assert.equal(camera.zoom, 464 / 120);
    const view = viewOf(camera, size);
    assert.ok(view.left < world.left && view.right > world.right && view.top < world.top);
  });

  test("zooms about the pointer", () => {
    const before = fit(world, size);
    const after = zoomAt(before, size, 130, 400, before.zoom * 3);
    const [here, there] = [worldAt(before, size, 130, 400), worldAt(after, size, 130, 400)];
    assert.ok(Math.abs(here.x - there.x) < 1e-9 && Math.abs(here.y - there.y) < 1e-9);
  });

  test("pans by screen pixels", () => {
    const camera = pan({ x: 5, y: 5, zoom: 2 }, 10, -4);
    assert.deepEqual(camera, { x: 0, y: 7, zoom: 2 });
  });

  test("never loses the image, never zooms beyond sense", () => {
    const lost = bounded({ x: 1e6, y: -1e6, zoom: 1e9 }, world, 0.5);
    assert.deepEqual(lost, { x: 190, y: 20, zoom: 1024 });
    assert.equal(bounded({ x: 0, y: 0, zoom: 1e-9 }, world, 0.5).zoom, 16 / 200);
  });
});
