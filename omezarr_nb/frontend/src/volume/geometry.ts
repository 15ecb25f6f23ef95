/**
 * Geometry of volumes: quaternions, voxels in the world, rays in textures.
 *
 * Places are (x, y, z), along the axes that are drawn of planes and the one across them, all in the unit of x. The
 * viewer has x to the right, y downwards and z away; rays are parallel.
 */
import type { Size } from "../camera";
import { levelOf } from "../levels";
import { normalised, type Quaternion, type Vec3 } from "./turn";
import type { Deep } from "./types";

const HALF = Math.SQRT1_2;
/** The sides from which one may look, as their buttons say. */
export const SIDES: [name: string, rotation: Quaternion][] = [
  ["front", [0, 0, 0, 1]],
  ["side", [0, HALF, 0, HALF]],
  ["top", [-HALF, 0, 0, HALF]],
];

/** Room left around a volume, in CSS pixels. */
const MARGIN = 8;

export function multiply([ax, ay, az, aw]: Quaternion, [bx, by, bz, bw]: Quaternion): Quaternion {
  return [
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
    aw * bw - ax * bx - ay * by - az * bz,
  ];
}

/** A volume that is turned by a hand on its front, which moves by so many radians to the right and downwards. */
export function turned(q: Quaternion, right: number, down: number): Quaternion {
  const about = (axis: 0 | 1, angle: number): Quaternion => {
    const turn: Quaternion = [0, 0, 0, Math.cos(angle / 2)];
    turn[axis] = Math.sin(angle / 2);
    return turn;
  };
  return normalised(multiply(multiply(about(1, -right), about(0, down)), q));
}

/** The viewer's axes (to the right, downwards, away) in the world. */
export function axesOf([x, y, z, w]: Quaternion): [right: Vec3, down: Vec3, away: Vec3] {
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
  ];
}

export const map3 = (make: (axis: 0 | 1 | 2) => number): Vec3 => [make(0), make(1), make(2)];
export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** The voxels of a level in the world. */
export interface Grid {
  size: Vec3;
  scale: Vec3;
  /** The corner of the first voxel, and the far one of the last. */
  low: Vec3;
  high: Vec3;
}

/** The places of x, y and z among the axes of an image that is a volume. */
export function axesOfVolume(info: Deep): Vec3 {
  return [info.display.x, info.display.y, info.volume?.axis ?? -1];
}

export function gridOf(info: Deep, level: number): Grid {
  const { shape, scale, translation } = levelOf(info, level);
  const axes = axesOfVolume(info);
  const units = info.volume?.units ?? [1, 1, 1];
  const size = map3((a) => shape[axes[a]] ?? 1);
  const voxel = map3((a) => (scale[axes[a]] ?? 1) * units[a]);
  const low = map3((a) => (translation[axes[a]] ?? 0) * units[a] - voxel[a] / 2);
  return { size, scale: voxel, low, high: map3((a) => low[a] + size[a] * voxel[a]) };
}

/** From where a volume is seen. */
export interface Orbit {
  rotation: Quaternion;
  center: Vec3;
  /** CSS pixels for one unit. */
  zoom: number;
}

export const middle = ({ low, high }: Grid): Vec3 => map3((a) => (low[a] + high[a]) / 2);

/** The zoom at which the whole volume is just seen. */
export function fitZoom(grid: Grid, rotation: Quaternion, size: Size): number {
  const [right, down] = axesOf(rotation);
  const span = (axis: Vec3) =>
    dot(
      map3((a) => Math.abs(axis[a])),
      map3((a) => grid.high[a] - grid.low[a]),
    );
  return Math.min(
    Math.max(size.width - 2 * MARGIN, 1) / span(right),
    Math.max(size.height - 2 * MARGIN, 1) / span(down),
  );
}

/** Where a place of the world is on the stage, and how far away. */
export function onStage(place: Vec3, orbit: Orbit, size: Size): Vec3 {
  const from = map3((a) => place[a] - orbit.center[a]);
  const [right, down, away] = axesOf(orbit.rotation);
  return [
    size.width / 2 + dot(right, from) * orbit.zoom,
    size.height / 2 + dot(down, from) * orbit.zoom,
    dot(away, from) * orbit.zoom,
  ];
}

/** An orbit moved by so many CSS pixels. */
export function panned(orbit: Orbit, dx: number, dy: number): Orbit {
  const [right, down] = axesOf(orbit.rotation);
  const center = map3((a) => orbit.center[a] - (right[a] * dx + down[a] * dy) / orbit.zoom);
  return { ...orbit, center };
}

/** An orbit with another zoom; what is under (x, y) of the stage stays there. */
export function zoomedAt(orbit: Orbit, size: Size, x: number, y: number, zoom: number): Orbit {
  const [dx, dy] = [x - size.width / 2, y - size.height / 2];
  const there = panned(orbit, -dx, -dy);
  return panned({ ...there, zoom }, dx, dy);
}

/** The rays of a picture in a volume's texture: begin at origin + across * x + down * y, x and y from 0 to 1. */
export interface Rays {
  origin: Vec3;
  across: Vec3;
  down: Vec3;
  /** Along a ray, for one unit of the world. */
  away: Vec3;
  /** The part that is drawn, in the texture. */
  low: Vec3;
  high: Vec3;
  /** The axis along which rays cross most voxels: a sample lies in the middle plane of each. */
  axis: 0 | 1 | 2;
  /** Samples for one unit of the world. */
  steps: number;
}

export function raysOf(grid: Grid, orbit: Orbit, size: Size, clip: [low: Vec3, high: Vec3]): Rays {
  const [right, below, away] = axesOf(orbit.rotation);
  const extent = map3((a) => grid.high[a] - grid.low[a]);
  const corner = map3(
    (a) => orbit.center[a] - (right[a] * size.width + below[a] * size.height) / (2 * orbit.zoom),
  );
  const direction = map3((a) => away[a] / extent[a]);
  const perAxis = map3((a) => Math.abs(direction[a]) * grid.size[a]);
  const steps = Math.max(...perAxis);
  return {
    origin: map3((a) => (corner[a] - grid.low[a]) / extent[a]),
    across: map3((a) => (right[a] * size.width) / orbit.zoom / extent[a]),
    down: map3((a) => (below[a] * size.height) / orbit.zoom / extent[a]),
    away: direction,
    low: map3((a) => Math.max((clip[0][a] - grid.low[a]) / extent[a], 0)),
    high: map3((a) => Math.min((clip[1][a] - grid.low[a]) / extent[a], 1)),
    axis: perAxis.indexOf(steps) as Rays["axis"],
    steps,
  };
}

/** Where the ray through (x, y), from 0 to 1, enters what is drawn and leaves it; the first above the last where it misses. */
export function crossing(rays: Rays, x: number, y: number): [near: number, far: number] {
  let [near, far] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const a of [0, 1, 2] as const) {
    const origin = rays.origin[a] + rays.across[a] * x + rays.down[a] * y;
    const away = Math.abs(rays.away[a]) < 1e-12 ? 1e-12 : rays.away[a];
    const ends = [(rays.low[a] - origin) / away, (rays.high[a] - origin) / away];
    near = Math.max(near, Math.min(...ends));
    far = Math.min(far, Math.max(...ends));
  }
  return [near, far];
}

/** How many samples there are, about, along the ray through (x, y). */
export function samplesOf(rays: Rays, x: number, y: number): number {
  const [near, far] = crossing(rays, x, y);
  return Math.max(Math.round((far - near) * rays.steps), 0);
}
