/** From the pointer to pixels of labels, and which tiles are others after a stroke. */
import type { Place } from "../features";
import { indexAtLevel, planeOf } from "../levels";
import { planeKey, tileKey } from "../plan";
import type { Indices } from "../planes";
import type { LabelInfo } from "../types";
import type { Cells } from "./types";

export type Pixel = [y: number, x: number];

/** The place of the world in pixels of level 0, whole numbers at their centres. */
export function pixelOf(info: LabelInfo, x: number, y: number): Pixel {
  const { scale, translation } = planeOf(info, 0);
  return [(y - translation.y) / scale.y, (x - translation.x) / scale.x];
}

/** The plane of level 0 that is nearest, by the names of its axes. */
export function planeIndices(info: LabelInfo, there: Indices): Record<string, number> {
  const found: Record<string, number> = {};
  for (const position of info.sliders) {
    const name = info.axes[position]?.name ?? "";
    found[name] = indexAtLevel(info, position, 0, there[name] ?? 0);
  }
  return found;
}

/** Points of a line without those that lie nearer than `least` to the one before; the last one stays. */
export function thinned(points: Pixel[], least: number): Pixel[] {
  const kept: Pixel[] = [];
  for (const point of points) {
    const before = kept.at(-1);
    if (!before || Math.hypot(point[0] - before[0], point[1] - before[1]) >= least) kept.push(point);
  }
  const last = points.at(-1);
  if (last && kept.at(-1) !== last) kept.push(last);
  return kept;
}

/** The next larger or smaller brush: steps of about a fifth, of one pixel at least. */
export function nextSize(size: number, up: boolean): number {
  const step = Math.max(1, Math.round(size / 5));
  return Math.min(Math.max(up ? size + step : size - step, 1), 20_000);
}

/** The keys of the tiles of cells that have changed; null where all of these labels may have. */
export function keysOfCells(info: LabelInfo, source: string, cells: Cells): Set<string> | null {
  if (!cells) return null;
  const { x, y } = info.display;
  const keys = new Set<string>();
  for (const [level, places] of cells.entries()) {
    for (const place of places) {
      const indices = info.axes.map((_, axis) => (info.sliders.includes(axis) ? (place[axis] ?? 0) : 0));
      keys.add(tileKey({ source, level, indices }, 0, [place[y] ?? 0, place[x] ?? 0]));
    }
  }
  return keys;
}

/** Whether a key is of a tile of some labels, of whatever plane. */
export function isOf(source: string): (key: string) => boolean {
  const start = planeKey({ source, level: 0, indices: [] }).slice(0, -2);
  return (key) => key.startsWith(start);
}

/** The colour of an id as it is drawn (see gl/shaders.ts): its own, or a hue by its number. */
export function colorOf(info: LabelInfo, id: bigint): string {
  const own = info.colors.find(([value]) => BigInt(value) === id);
  if (own) return own[1].slice(0, 7);
  const bits = BigInt.asUintN(64, id);
  const low = Number(bits & 0xffffffffn);
  const high = Number(bits >> 32n);
  const mixed = (Math.imul(low, 2654435769) + Math.imul(high, 2246822519)) >>> 0;
  const hue = (mixed >>> 8) / 16777216;
  const wave = [0, 2 / 3, 1 / 3].map((shift) => 0.5 + 0.5 * Math.cos(2 * Math.PI * (hue + shift)));
  const [r, g, b] = wave.map((part) => Math.round(60 + 190 * part));
  return `rgb(${r} ${g} ${b})`;
}

/** Whether a text is an id that the labels can have. */
export function isId(text: string, [least, most]: [string, string]): boolean {
  if (!/^-?\d{1,20}$/.test(text)) return false;
  const id = BigInt(text);
  return id >= BigInt(least) && id <= BigInt(most);
}

/** Rows and columns of a rectangle of the world, in pixels of level 0, cut to it. */
export function within(
  info: LabelInfo,
  view: { left: number; right: number; top: number; bottom: number },
): [[number, number], [number, number]] {
  const plane = planeOf(info, 0);
  const [top, left] = pixelOf(info, view.left, view.top);
  const [bottom, right] = pixelOf(info, view.right, view.bottom);
  const cut = (from: number, to: number, size: number): [number, number] => [
    Math.min(Math.max(Math.floor(from), 0), size),
    Math.min(Math.max(Math.ceil(to) + 1, 0), size),
  ];
  return [cut(top, bottom, plane.height), cut(left, right, plane.width)];
}

/** All places of a move: a pointer is asked more often than a picture is drawn. */
export function placesOf(now: Place, event: PointerEvent): Place[] {
  const between = event.getCoalescedEvents?.() ?? [];
  if (between.length < 2) return [now];
  return between.map((one) => ({
    x: now.x + one.clientX - event.clientX,
    y: now.y + one.clientY - event.clientY,
  }));
}
