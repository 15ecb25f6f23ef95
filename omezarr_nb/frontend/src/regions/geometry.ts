/** Geometry of shapes: outlines, handles, what a drag makes of them, and how far away one is. All in the world. */
import type { Rect } from "../types";
import { KINDS, type Kind, type Point } from "./shapes";

/** Parts of the outline of an ellipse. */
const PARTS = 72;

export function boxOf(points: readonly Point[]): Rect {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y } of points) {
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return box;
}

/** The corners of what is drawn, and whether the last one is joined to the first. */
export function outline(
  kind: Kind,
  points: readonly Point[],
): { corners: readonly Point[]; closed: boolean } {
  if (kind !== "rectangle" && kind !== "ellipse") return { corners: points, closed: kind === "polygon" };
  const { left, top, right, bottom } = boxOf(points);
  if (kind === "rectangle") {
    const corners = [
      { x: left, y: top },
      { x: right, y: top },
      { x: right, y: bottom },
      { x: left, y: bottom },
    ];
    return { corners, closed: true };
  }
  const corners = Array.from({ length: PARTS }, (_, part) => {
    const turn = (2 * Math.PI * part) / PARTS;
    return {
      x: (left + right) / 2 + ((right - left) / 2) * Math.cos(turn),
      y: (top + bottom) / 2 + ((bottom - top) / 2) * Math.sin(turn),
    };
  });
  return { corners, closed: true };
}

/** How far a place is from what is drawn of a shape. */
export function distanceTo(kind: Kind, points: readonly Point[], at: Point): number {
  const { corners, closed } = outline(kind, points);
  const first = corners[0];
  if (!first) return Infinity;
  let least = Math.hypot(at.x - first.x, at.y - first.y);
  const ends = closed ? [...corners.slice(1), first] : corners.slice(1);
  let from = first;
  for (const to of ends) {
    least = Math.min(least, fromSegment(at, from, to));
    from = to;
  }
  return least;
}

function fromSegment(at: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const part = length > 0 ? ((at.x - from.x) * dx + (at.y - from.y) * dy) / length : 0;
  const inside = Math.min(Math.max(part, 0), 1);
  return Math.hypot(at.x - from.x - inside * dx, at.y - from.y - inside * dy);
}

/** What a shape is changed by: a corner or side of its box, a vertex, or the middle of a side, which makes a vertex. */
export type Handle =
  | (Point & { role: "box"; across: 0 | 0.5 | 1; down: 0 | 0.5 | 1 })
  | (Point & { role: "vertex"; index: number })
  | (Point & { role: "add"; index: number });

export function handlesOf(kind: Kind, points: readonly Point[]): Handle[] {
  if (kind === "rectangle" || kind === "ellipse") {
    const { left, top, right, bottom } = boxOf(points);
    const steps = [0, 0.5, 1] as const;
    return steps.flatMap((down) =>
      steps.flatMap((across): Handle[] => {
        if (across === 0.5 && down === 0.5) return [];
        const [x, y] = [left + across * (right - left), top + down * (bottom - top)];
        return [{ role: "box", across, down, x, y }];
      }),
    );
  }
  const vertices = points.map((point, index): Handle => ({ ...point, role: "vertex", index }));
  if (kind === "point" || points.length >= KINDS[kind][1]) return vertices;
  const added = points.flatMap((point, index): Handle[] => {
    const next = points[index + 1] ?? (kind === "polygon" ? points[0] : undefined);
    if (!next) return [];
    return [{ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2, role: "add", index: index + 1 }];
  });
  // Vertices lie over what would make others.
  return [...added, ...vertices];
}

/** The points of a shape once a handle has been dragged to a place; `even` keeps a box square. */
export function dragged(
  kind: Kind,
  points: readonly Point[],
  handle: Handle,
  to: Point,
  even = false,
): Point[] {
  if (handle.role === "add") return [...points.slice(0, handle.index), to, ...points.slice(handle.index)];
  if (handle.role === "vertex") {
    const from = points[handle.index === 0 ? 1 : 0];
    const place = even && kind === "line" && points.length === 2 && from ? straight(from, to) : to;
    return points.map((point, index) => (index === handle.index ? place : point));
  }
  const box = boxOf(points);
  const anchor = {
    x: handle.across === 0 ? box.right : box.left,
    y: handle.down === 0 ? box.bottom : box.top,
  };
  const corner = even && handle.across !== 0.5 && handle.down !== 0.5 ? square(anchor, to) : to;
  const xs = handle.across === 0.5 ? [box.left, box.right] : [anchor.x, corner.x];
  const ys = handle.down === 0.5 ? [box.top, box.bottom] : [anchor.y, corner.y];
  return [
    { x: Math.min(...xs), y: Math.min(...ys) },
    { x: Math.max(...xs), y: Math.max(...ys) },
  ];
}

/** The place nearest to one that makes a square with the opposite corner. */
export function square(corner: Point, to: Point): Point {
  const [dx, dy] = [to.x - corner.x, to.y - corner.y];
  const side = Math.max(Math.abs(dx), Math.abs(dy));
  return { x: corner.x + (dx < 0 ? -side : side), y: corner.y + (dy < 0 ? -side : side) };
}

/** The place that lies as far from an end, at a multiple of 45 degrees. */
export function straight(end: Point, to: Point): Point {
  const [dx, dy] = [to.x - end.x, to.y - end.y];
  const turn = (Math.round((Math.atan2(dy, dx) / Math.PI) * 4) * Math.PI) / 4;
  const length = Math.hypot(dx, dy);
  return { x: end.x + length * Math.cos(turn), y: end.y + length * Math.sin(turn) };
}

export function moved(points: readonly Point[], dx: number, dy: number): Point[] {
  return points.map(({ x, y }) => ({ x: x + dx, y: y + dy }));
}

/** A box whose lower right corner is moved, not beyond the upper left one; other shapes grow as their box does. */
export function resized(points: readonly Point[], dx: number, dy: number): Point[] {
  const box = boxOf(points);
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const across = width > 0 ? Math.max(width + dx, 0) / width : 1;
  const down = height > 0 ? Math.max(height + dy, 0) / height : 1;
  if (across === 0 || down === 0) return [...points];
  return points.map(({ x, y }) => ({
    x: box.left + (x - box.left) * across,
    y: box.top + (y - box.top) * down,
  }));
}

/** Without a vertex; null where too few would be left, or there are no vertices. */
export function withoutVertex(kind: Kind, points: readonly Point[], index: number): Point[] | null {
  if (kind !== "line" && kind !== "polygon") return null;
  return points.length > KINDS[kind][0] ? points.filter((_, place) => place !== index) : null;
}

/** A line drawn by hand with the corners only that are needed to stay so near to it (Douglas and Peucker). */
export function simplified(points: readonly Point[], near: number): Point[] {
  const kept = new Set([0, points.length - 1]);
  const open: [number, number][] = [[0, points.length - 1]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [first, last] = span;
    const [from, to] = [points[first], points[last]];
    if (!from || !to) continue;
    let [farthest, index] = [near, -1];
    for (let middle = first + 1; middle < last; middle++) {
      const point = points[middle];
      const away = point ? fromSegment(point, from, to) : 0;
      if (away > farthest) [farthest, index] = [away, middle];
    }
    if (index < 0) continue;
    kept.add(index);
    open.push([first, index], [index, last]);
  }
  return points.filter((_, index) => kept.has(index));
}
