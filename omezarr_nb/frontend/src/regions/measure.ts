/** How long and large shapes are, as numbers and as people write them. */
import { planeOf } from "../levels";
import type { Info } from "../types";
import { decimalsFor, short, unitFor, withUnit } from "../units";
import { boxOf } from "./geometry";
import type { Kind, Point, Shape } from "./shapes";

export interface Measures {
  /** Along all parts of a line. */
  length?: number;
  perimeter?: number;
  area?: number;
  /** Degrees: of a line of two points from the x axis, counterclockwise; of one of three that between its arms. */
  angle?: number;
}

export function measure(kind: Kind, points: readonly Point[]): Measures {
  const { left, top, right, bottom } = boxOf(points);
  const [width, height] = [right - left, bottom - top];
  if (kind === "rectangle") return { perimeter: 2 * (width + height), area: width * height };
  if (kind === "ellipse") {
    return { perimeter: around(width / 2, height / 2), area: (Math.PI * width * height) / 4 };
  }
  if (kind === "line") {
    const angle = angleOf(points);
    return { length: along(points), ...(angle === undefined ? {} : { angle }) };
  }
  if (kind === "polygon") {
    const [first] = points;
    if (!first) return {};
    const next = [...points.slice(1), first];
    const twice = points.map(({ x, y }, index) => {
      const to = next[index] ?? first;
      return (x - first.x) * (to.y - first.y) - (to.x - first.x) * (y - first.y);
    });
    return { perimeter: along([...points, first]), area: Math.abs(twice.reduce((a, b) => a + b, 0)) / 2 };
  }
  return {};
}

export function along(points: readonly Point[]): number {
  let length = 0;
  points.forEach((point, index) => {
    const before = points[index - 1];
    if (before) length += Math.hypot(point.x - before.x, point.y - before.y);
  });
  return length;
}

function angleOf(points: readonly Point[]): number | undefined {
  const [a, b, c] = points;
  if (!a || !b) return undefined;
  const degrees = 180 / Math.PI;
  // 0 rather than -0, of which the angle would be -180.
  if (points.length === 2) return Math.atan2(a.y - b.y || 0, b.x - a.x) * degrees;
  if (points.length !== 3 || !c) return undefined;
  const [ax, ay, bx, by] = [a.x - b.x, a.y - b.y, c.x - b.x, c.y - b.y];
  return Math.abs(Math.atan2(ax * by - ay * bx, ax * bx + ay * by)) * degrees;
}

/** The perimeter of an ellipse of such half axes, by arithmetic and geometric means (Gauss). */
function around(across: number, down: number): number {
  let [a, b] = [Math.max(across, down), Math.min(across, down)];
  if (a === 0) return 0;
  if (b === 0) return 4 * a;
  const square = a * a;
  let [sum, power] = [(a * a - b * b) / 2, 0.5];
  for (let step = 0; step < 40 && a - b > 1e-15 * a; step++) {
    const c = (a - b) / 2;
    [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
    power *= 2;
    sum += power * c * c;
  }
  return ((2 * Math.PI) / a) * (square - sum);
}

/** Writes lengths in the units of the axes, or in pixels where they have none. */
interface Ruler {
  length(value: number): string;
  area(value: number): string;
  sides(width: number, height: number): string;
  /** The places along both axes. */
  place(point: Point): string;
  /** Points in what is measured in: units, or pixels of level 0. */
  scaled(points: readonly Point[]): Point[];
}

/** By what shapes of an image are measured; null where its axes have different units. */
export function rulerOf(info: Info): Ruler | null {
  const [x, y] = [info.axes[info.display.x], info.axes[info.display.y]];
  if (!x || !y || x.unit !== y.unit) return null;
  const { scale, translation } = planeOf(info, 0);
  const bare = !x.unit;
  const scaled = (points: readonly Point[]) =>
    points.map((point) =>
      bare
        ? { x: (point.x - translation.x) / scale.x, y: (point.y - translation.y) / scale.y }
        : { x: point.x, y: point.y },
    );
  const unit = (value: number) => (bare ? { symbol: "px", factor: 1 } : unitFor(x, value));
  return {
    scaled,
    length: (value) => {
      const { symbol, factor } = unit(value);
      return withUnit(short(value * factor, 4), symbol);
    },
    area: (value) => {
      const { symbol, factor } = unit(Math.sqrt(value));
      return withUnit(short(value * factor * factor, 4), `${symbol}²`);
    },
    sides: (width, height) => {
      const { symbol, factor } = unit(Math.max(width, height));
      return withUnit(`${short(width * factor, 4)} × ${short(height * factor, 4)}`, symbol);
    },
    place: (point) => {
      const { symbol, factor } = unit(Math.max(Math.abs(point.x), Math.abs(point.y)));
      const decimals = decimalsFor(bare ? 1 : Math.abs(scale.x * factor));
      const [first, second] = [point.x, point.y].map((value) => (value * factor).toFixed(decimals));
      return withUnit(`${first}, ${second}`, symbol);
    },
  };
}

export interface Said {
  /** What matters most, for a list. */
  brief: string;
  /** What is written at the shape. */
  label: string;
  /** All that can be measured. */
  whole: string;
}

/** What can be said of a shape's size, in the units of the image. */
export function said(info: Info, shape: Pick<Shape, "type" | "points">): Said {
  const ruler = rulerOf(info);
  if (!ruler) return { brief: "", label: "", whole: "not measured: the axes have different units" };
  const points = ruler.scaled(shape.points);
  const { length, perimeter, area, angle } = measure(shape.type, points);
  if (length !== undefined) {
    const brief = ruler.length(length);
    const whole = angle === undefined ? brief : `${brief} · ${short(angle, 3).replace("-", "−")}°`;
    return { brief, label: whole, whole };
  }
  if (area === undefined || perimeter === undefined) {
    const place = points[0] ? ruler.place(points[0]) : "";
    return { brief: "", label: place, whole: place };
  }
  const { left, top, right, bottom } = boxOf(points);
  const sides = shape.type === "polygon" ? [] : [ruler.sides(right - left, bottom - top)];
  const brief = ruler.area(area);
  const whole = [...sides, `area ${brief}`, `perimeter ${ruler.length(perimeter)}`].join(" · ");
  return { brief, label: [...sides, brief].join(" · "), whole };
}
