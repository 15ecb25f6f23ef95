import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LabelStyle } from "../src/frame";
import type { Ask } from "../src/labels";
import { volumeTraits } from "../src/traits/volume";
import type { Answer, Info, LabelInfo } from "../src/types";
import {
  axesOf,
  dot,
  fitZoom,
  gridOf,
  middle,
  type Orbit,
  onStage,
  panned,
  raysOf,
  SIDES,
  samplesOf,
  turned,
  zoomedAt,
} from "../src/volume/geometry";
import { firstLabel } from "../src/volume/labels";
import { chooseLevel, type Limits3D, partsOf, ratioFor } from "../src/volume/levels";
import { edgesOf } from "../src/volume/lines";
import { isComplete, type Volume, Volumes, wantedAt } from "../src/volume/store";
import { TILTED, type Vec3 } from "../src/volume/turn";
import { infoOf } from "./info";

const info: Info = {
  ...infoOf({
    axes: "zyx",
    shape: [10, 40, 80],
    scale: [2, 0.5, 0.5],
    factors: [1, 2, 2],
    count: 3,
    translation: [100, 7, 3],
  }),
  volume: { axis: 0, units: [1, 1, 1] },
};
const size = { width: 400, height: 300 };
const front = { rotation: [0, 0, 0, 1] } as Pick<Orbit, "rotation">;
const far: Vec3 = [1e9, 1e9, 1e9];
const all: [Vec3, Vec3] = [[-1e9, -1e9, -1e9], far];

function orbit(rotation = front.rotation, zoom = 5): Orbit {
  return { rotation, zoom, center: middle(gridOf(info, 0)) };
}

function near(found: readonly number[], expected: readonly number[], by = 1e-9): void {
  assert.equal(found.length, expected.length);
  for (const [n, value] of found.entries())
    assert.ok(Math.abs(value - (expected[n] ?? 0)) <= by, `${found} is not ${expected}`);
}

describe("voxels in the world", () => {
  test("reach half a voxel around their middles, whatever the level", () => {
    const fine = gridOf(info, 0);
    near(fine.low, [2.75, 6.75, 99]);
    near(fine.high, [42.75, 26.75, 119]);
    const coarse = gridOf(info, 2);
    near(coarse.low, fine.low);
    near(coarse.high, fine.high);
    near(coarse.size, [20, 10, 10]);
  });

  test("have one unit for all three axes", () => {
    const nanometers = { ...info, volume: { axis: 0, units: [1, 1, 0.001] as Vec3 } };
    near(gridOf(nanometers, 0).scale, [0.5, 0.5, 0.002]);
  });
});

describe("turning", () => {
  test("the axes of the viewer stay at right angles and of length 1", () => {
    let rotation = TILTED;
    for (let n = 0; n < 1000; n++) rotation = turned(rotation, 0.1 * Math.sin(n), 0.1 * Math.cos(3 * n));
    const [right, down, away] = axesOf(rotation);
    for (const axis of [right, down, away]) near([dot(axis, axis)], [1]);
    near([dot(right, down), dot(right, away), dot(down, away)], [0, 0, 0]);
  });

  test("what is in front goes with the hand", () => {
    const place: Vec3 = [22.75, 16.75, 99];
    const before = onStage(place, orbit(), size);
    const right = onStage(place, orbit(turned(front.rotation, 0.1, 0)), size);
    const down = onStage(place, orbit(turned(front.rotation, 0, 0.1)), size);
    assert.ok(right[0] > before[0] + 1);
    assert.ok(down[1] > before[1] + 1);
  });

  test("the sides are those that their names say", () => {
    const seen = Object.fromEntries(SIDES.map(([name, rotation]) => [name, axesOf(rotation)]));
    near(seen.front?.flat() ?? [], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    // From the side z goes across and y stays downwards; from above x stays and z goes down.
    near((seen.side?.[0] ?? []).map(Math.abs), [0, 0, 1]);
    near(seen.side?.[1] ?? [], [0, 1, 0]);
    near(seen.top?.[0] ?? [], [1, 0, 0]);
    near((seen.top?.[1] ?? []).map(Math.abs), [0, 0, 1]);
  });

  test("a volume that is fitted touches the margin and lies within", () => {
    const grid = gridOf(info, 0);
    for (const [, rotation] of [...SIDES, ["", TILTED] as const]) {
      const zoom = fitZoom(grid, rotation, size);
      const places = edgesOf(grid.low, grid.high, orbit(rotation, zoom), size).flatMap((e) => [e.from, e.to]);
      const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
      const room = [Math.min(...xs), 400 - Math.max(...xs), Math.min(...ys), 300 - Math.max(...ys)];
      near([Math.min(...room)], [8], 1e-6);
    }
  });
});

describe("moving", () => {
  test("goes with the pointer, and zooms about it", () => {
    const tilted = orbit(TILTED);
    const place: Vec3 = [10, 10, 110];
    const [x, y] = onStage(place, tilted, size);
    near(onStage(place, panned(tilted, 30, -20), size).slice(0, 2), [x + 30, y - 20], 1e-6);
    near(onStage(place, zoomedAt(tilted, size, x, y, 11), size).slice(0, 2), [x, y], 1e-6);
  });
});

describe("rays", () => {
  test("from the front there is a sample for each plane, at the middle of the picture in the middle", () => {
    const rays = raysOf(gridOf(info, 0), orbit(), size, all);
    assert.equal(rays.axis, 2);
    assert.equal(samplesOf(rays, 0.5, 0.5), 10);
    near(
      rays.origin.map((value, a) => value + ((rays.across[a] ?? 0) + (rays.down[a] ?? 0)) / 2),
      [0.5, 0.5, 0.5],
    );
  });

  test("from the side go along x, as long as it is", () => {
    const [, [, side] = []] = SIDES;
    const rays = raysOf(gridOf(info, 0), orbit(side), size, all);
    assert.equal(rays.axis, 0);
    assert.equal(samplesOf(rays, 0.5, 0.5), 80);
  });

  test("end where the volume is clipped, and miss what lies beside it", () => {
    const clip: [Vec3, Vec3] = [[-1e9, -1e9, 103], far];
    const rays = raysOf(gridOf(info, 0), orbit(), size, clip);
    near(rays.low, [0, 0, 0.2]);
    assert.equal(samplesOf(rays, 0.5, 0.5), 8);
    assert.equal(samplesOf(rays, 0.01, 0.5), 0);
    assert.equal(samplesOf(raysOf(gridOf(info, 0), orbit(), size, [[...far], far]), 0.5, 0.5), 0);
  });
});

describe("the edges of the box", () => {
  test("are twelve, of which three lie behind", () => {
    const { low, high } = gridOf(info, 0);
    const edges = edgesOf(low, high, orbit(TILTED), size);
    assert.equal(edges.length, 12);
    assert.equal(edges.filter(({ behind }) => behind).length, 3);
  });
});

describe("the level", () => {
  const big: Info = {
    ...infoOf({ axes: "zyx", shape: [1024, 2048, 2048], scale: [1, 1, 1], factors: [2, 2, 2], count: 5 }),
    volume: { axis: 0, units: [1, 1, 1] },
  };
  const limits: Limits3D = { texture: 2048, voxel: 2, channels: 1 };

  test("is the finest that fits, a coarse one goes first", () => {
    assert.deepEqual(chooseLevel(big, "auto", 10, limits), { target: 2, coarse: 4, tooLarge: null });
    assert.equal(chooseLevel(big, "auto", 10, { ...limits, channels: 3 }).target, 3);
    assert.equal(chooseLevel(big, "auto", 10, { ...limits, texture: 256 }).target, 3);
  });

  test("is no finer than the screen", () => {
    assert.equal(chooseLevel(big, "auto", 0.2, limits).target, 2);
    assert.equal(chooseLevel(big, "auto", 0.1, limits).target, 3);
  });

  test("that is asked for is drawn where it fits, else said", () => {
    assert.deepEqual(chooseLevel(big, 3, 10, limits), { target: 3, coarse: 4, tooLarge: null });
    assert.deepEqual(chooseLevel(big, 0, 10, limits), { target: 2, coarse: 4, tooLarge: 0 });
    assert.deepEqual(chooseLevel(big, 4, 10, limits), { target: 4, coarse: null, tooLarge: null });
  });

  test("is none where none fits", () => {
    assert.equal(chooseLevel(big, "auto", 10, { ...limits, texture: 64 }).target, null);
  });
});

describe("parts of a volume", () => {
  for (const [voxels, bytes] of [
    [[200, 100, 37], 2],
    [[2048, 2048, 3], 4],
    [[1, 1, 1], 1],
  ] as const) {
    test(`of ${voxels} are all of it, none twice, and small`, () => {
      const [columns, rows, planes] = voxels;
      const covered = new Uint8Array(rows * planes);
      for (const [z0, z1, y0, y1] of partsOf([columns, rows, planes], bytes)) {
        assert.ok((z1 - z0) * (y1 - y0) * columns * bytes <= 2 ** 20);
        for (let z = z0; z < z1; z++)
          for (let y = y0; y < y1; y++) covered[z * rows + y] = (covered[z * rows + y] ?? 0) + 1;
      }
      assert.ok(covered.every((count) => count === 1));
    });
  }

  test("a picture has fewer pixels where they cost too much", () => {
    assert.equal(ratioFor(size, 2, 10, 1e9), 2);
    near([ratioFor(size, 1, 100, 400 * 300 * 25)], [0.5]);
  });
});

describe("what is wanted of volumes", () => {
  const want = (key: string) => ({
    key,
    source: "",
    level: 0,
    channel: 0,
    indices: [0, 0, 0],
    size: [1024, 512, 8] as Vec3,
    wire: "uint16" as const,
  });

  /** A kernel that answers when it is told to. */
  function kernel() {
    const open = new Map<number, { box: number[]; take: (answer: Answer, buffers: DataView[]) => void }>();
    const givenUp: number[] = [];
    let next = 0;
    const ask: Ask = (question, take) => {
      const id = next++;
      if (question.kind === "volume") open.set(id, { box: question.box, take });
      return () => {
        open.delete(id);
        givenUp.push(id);
      };
    };
    const answer = (value: number | null) => {
      const [found] = open;
      assert.ok(found);
      const [request, { box, take }] = found;
      open.delete(request);
      const [z0 = 0, z1 = 0, y0 = 0, y1 = 0] = box;
      const shape: [number, number, number] = [z1 - z0, y1 - y0, 1024];
      const said = { kind: "volume" as const, request, dtype: "uint16" as const, shape };
      if (value !== null) take({ ...said, value }, []);
      else take(said, [new DataView(new Uint16Array(shape[0] * shape[1] * shape[2]).fill(z0 + 1).buffer)]);
    };
    return { open, givenUp, ask, answer };
  }

  test("comes part by part, few at a time, and is put where it belongs", () => {
    const { ask, open, answer } = kernel();
    const volumes = new Volumes(ask, () => {});
    volumes.want([want("a")], []);
    assert.equal(open.size, 3);
    for (let n = 0; n < 7; n++) answer(null);
    answer(9);
    const volume = volumes.get("a");
    assert.ok(volume && isComplete(volume));
    const plane = 1024 * 512;
    near(
      [0, 1, 6, 7].map((z) => Number(volume.voxels[z * plane + 77])),
      [1, 2, 7, 9],
    );
    assert.equal(volumes.bytes, 8 * plane * 2);
  });

  test("is given up when something else is wanted, and asked for again", () => {
    const { ask, open, givenUp, answer } = kernel();
    const volumes = new Volumes(ask, () => {});
    volumes.want([want("a")], []);
    answer(1);
    volumes.want([want("b")], ["a"]);
    assert.equal(givenUp.length, 3);
    assert.equal(open.size, 3);
    for (let n = 0; n < 8; n++) answer(2);
    volumes.want([want("a")], []);
    for (let n = 0; n < 7; n++) answer(3);
    const volume = volumes.get("a");
    assert.ok(volume && isComplete(volume));
    assert.equal(volume.voxels[0], 1);
    assert.equal(open.size, 0);
  });

  test("that fails says why, asks no more, and is tried again when told to", () => {
    const { ask, open } = kernel();
    const volumes = new Volumes(ask, () => {});
    volumes.want([want("a")], []);
    const [first] = open;
    assert.ok(first);
    first[1].take({ kind: "error", request: 0, message: "the disk went away" }, []);
    assert.equal(volumes.get("a")?.failed, "the disk went away");
    const before = open.size;
    volumes.want([want("a")], []);
    assert.equal(open.size, before);
    volumes.again();
    assert.equal(volumes.get("a"), undefined);
  });

  test("answers of another size are refused", () => {
    const { ask, open } = kernel();
    const volumes = new Volumes(ask, () => {});
    volumes.want([want("a")], []);
    const [first] = open;
    const said = { kind: "volume", request: 0, dtype: "uint16", shape: [1, 1, 1] } as const;
    first?.[1].take({ ...said, shape: [1, 1, 1] }, [new DataView(new ArrayBuffer(2))]);
    assert.match(volumes.get("a")?.failed ?? "", /2 bytes where 1048576 were expected/);
  });

  test("is freed", () => {
    const { ask, open } = kernel();
    const volumes = new Volumes(ask, () => {});
    volumes.want([want("a")], []);
    volumes.clear();
    assert.equal(volumes.bytes, 0);
    assert.equal(open.size, 0);
  });
});

test("traits that are not valid change nothing", () => {
  const traits = volumeTraits();
  assert.equal(traits.volume_rotation.read([0, 0, 0, 0]), undefined);
  near(traits.volume_rotation.read([0, 0, 0, 2]) ?? [], [0, 0, 0, 1]);
  assert.equal(traits.volume_center.read([1, 2]), undefined);
  assert.deepEqual(traits.volume_clip.read({ z: [0, 3] }), { z: [0, 3] });
  assert.equal(traits.volume_clip.read({ z: [3, 3] }), undefined);
  assert.equal(traits.volume_method.read("median"), undefined);
  assert.deepEqual(traits.projection.read({}), {});
  assert.deepEqual(traits.projection.read({ axis: "z", method: "mean", range: [0, 3] }), {
    axis: "z",
    method: "mean",
    range: [0, 3],
  });
  assert.equal(traits.projection.read({ axis: "z", method: "mean", range: [3, 0] }), undefined);
});

describe("labels in a volume", () => {
  const size: Vec3 = [8, 6, 4];
  const labels: LabelInfo = {
    ...infoOf({ axes: "tzyx", shape: [3, 4, 6, 8], scale: [1, 2, 1, 1], factors: [1], count: 1 }),
    name: "cells",
    dtype: "uint64",
    wire: "uint64",
    colors: [],
    properties: false,
    volume: { axis: 1, units: [1, 1, 1] },
  } as unknown as LabelInfo;
  const voxels = new BigUint64Array(8 * 6 * 4);
  const at = (x: number, y: number, z: number) => (z * 6 + y) * 8 + x;
  const large = 2n ** 63n + 5n;
  // A label behind another one, and one beside them.
  voxels[at(2, 3, 1)] = 7n;
  voxels[at(2, 3, 3)] = large;
  voxels[at(6, 1, 2)] = 9n;
  const volume = {
    ...wantedAt(labels, { source: "labels/cells", level: 0, channels: [0], at: { t: 2 } })[0],
  };
  const there = { ...volume, voxels, there: [], failed: "", missing: [], onTheWay: 0 } as unknown as Volume;
  const style = { opacity: 1, contour: 0, onlySelected: false, entries: [] } as LabelStyle;
  const seen = { info: labels, source: "labels/cells", at: {}, style };
  const grid = gridOf(labels, 0);
  const stage = { width: 80, height: 60 };
  const rays = (rotation: Orbit["rotation"], clip = all) =>
    raysOf(grid, { rotation, center: middle(grid), zoom: 10 }, stage, clip);
  const entry = (id: bigint, alpha: number, selected = false) => ({
    id,
    color: [1, 2, 3, alpha] as [number, number, number, number],
    selected,
  });

  test("are asked for by name, at their place along the other axes", () => {
    assert.deepEqual(volume.indices, [2, 0, 0, 0]);
    assert.deepEqual(volume.size, size);
    assert.equal(volume.source, "labels/cells");
  });

  test("of those behind one another the first is met, of those that are drawn", () => {
    const front = rays([0, 0, 0, 1]);
    const back = rays([0, 1, 0, 0]);
    assert.equal(firstLabel(there, seen, front, 2.5 / 8, 3.5 / 6), "7");
    assert.equal(firstLabel(there, seen, back, 5.5 / 8, 3.5 / 6), large.toString());
    assert.equal(firstLabel(there, seen, front, 6.5 / 8, 1.5 / 6), "9");
    assert.equal(firstLabel(there, seen, front, 4.5 / 8, 3.5 / 6), null);
    assert.equal(firstLabel(there, seen, front, 1.5, 3.5 / 6), null);
    const clear = { ...seen, style: { ...style, entries: [entry(7n, 0)] } };
    assert.equal(firstLabel(there, clear, front, 2.5 / 8, 3.5 / 6), large.toString());
    const only = { ...seen, style: { ...style, onlySelected: true, entries: [entry(large, 255, true)] } };
    assert.equal(firstLabel(there, only, front, 2.5 / 8, 3.5 / 6), large.toString());
    assert.equal(firstLabel(there, only, front, 6.5 / 8, 1.5 / 6), null);
  });

  test("what is clipped is not met", () => {
    const clipped = rays(
      [0, 0, 0, 1],
      [
        [-1e9, -1e9, 3],
        [1e9, 1e9, 1e9],
      ],
    );
    assert.equal(firstLabel(there, seen, clipped, 2.5 / 8, 3.5 / 6), large.toString());
  });
});
