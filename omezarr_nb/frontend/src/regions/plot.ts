/** What is drawn of a profile: paths, a grid and its numbers. */
import type { Axis } from "../types";
import { short, unitFor, withUnit } from "../units";
import type { Values } from "./profile";

const LEFT = 52;
const RIGHT = 12;
const TOP = 8;
const BOTTOM = 20;
/** CSS pixels between two numbers along the line. */
const APART = 96;

interface Line {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

interface Text {
  x: number;
  y: number;
  text: string;
  anchor: "start" | "middle" | "end";
}

export interface Plot {
  left: number;
  top: number;
  bottom: number;
  width: number;
  /** Of the line, in the units of the axes. */
  length: number;
  paths: string[];
  grid: Line[];
  texts: Text[];
  /** Smallest and largest value of each channel; null where it has none. */
  ranges: ([number, number] | null)[];
  /** There is no value at all. */
  empty: boolean;
  /** A distance in words. */
  at(distance: number): string;
}

export function plotOf(
  values: Pick<Values, "distance" | "values">,
  size: { width: number; height: number },
  axis: Axis | undefined,
): Plot {
  const length = values.distance.at(-1) ?? 0;
  const ranges = values.values.map(rangeOf);
  const known = ranges.flatMap((range) => range ?? []);
  const [low, high] = known.length > 0 ? [Math.min(...known), Math.max(...known)] : [0, 1];
  // A line of one value lies in the middle.
  const [least, most] = low < high ? [low, high] : [low - 1, high + 1];
  const [width, bottom] = [Math.max(size.width - LEFT - RIGHT, 1), size.height - BOTTOM];
  const across = (distance: number) => LEFT + (width * distance) / (length || 1);
  const up = (value: number) => bottom - ((bottom - TOP) * (value - least)) / (most - least);
  const unit = axis?.unit ? unitFor(axis, length) : { symbol: "", factor: 1 };
  const steps = ticks(length * unit.factor, Math.max(Math.floor(width / APART), 1));
  const write = (value: number, last: boolean) =>
    last ? withUnit(short(value, 4), unit.symbol) : short(value, 4);
  const heights = known.length > 0 ? [...new Set([low, high])] : [];
  return {
    left: LEFT,
    top: TOP,
    bottom,
    width,
    length,
    paths: values.values.map((column) => pathOf(values.distance, column, across, up)),
    grid: [
      ...heights.map((value) => ({ x1: LEFT, x2: LEFT + width, y1: up(value), y2: up(value) })),
      ...steps.map((value) => {
        const x = across(value / unit.factor);
        return { x1: x, x2: x, y1: bottom, y2: bottom + 4 };
      }),
    ],
    texts: [
      ...heights.map(
        (value): Text => ({ x: LEFT - 6, y: up(value) + 4, text: short(value, 4), anchor: "end" }),
      ),
      ...steps.map((value, n): Text => {
        const last = n === steps.length - 1;
        return {
          x: across(value / unit.factor),
          y: size.height - 4,
          text: write(value, last),
          anchor: "middle",
        };
      }),
    ],
    ranges,
    empty: known.length === 0,
    at: (distance) => write(distance * unit.factor, true),
  };
}

/** Where along the line a place of the plot is: the index of the nearest value, -1 beside the plot. */
export function samplesAt(
  values: Pick<Values, "distance">,
  plot: Pick<Plot, "left" | "width" | "length">,
  x: number,
): number {
  const part = (x - plot.left) / plot.width;
  if (part < -0.02 || part > 1.02) return -1;
  const wanted = part * plot.length;
  let [first, last] = [0, values.distance.length - 1];
  while (last - first > 1) {
    const middle = (first + last) >> 1;
    if ((values.distance[middle] ?? 0) < wanted) first = middle;
    else last = middle;
  }
  const [before, after] = [values.distance[first] ?? 0, values.distance[last] ?? 0];
  return wanted - before < after - wanted ? first : last;
}

function rangeOf(column: Float64Array): [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (const value of column) {
    // What is infinite is not drawn, and neither is what is no number.
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : null;
}

function pathOf(
  distance: Float64Array,
  column: Float64Array,
  across: (distance: number) => number,
  up: (value: number) => number,
): string {
  let path = "";
  let pen = "M";
  column.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      pen = "M";
      return;
    }
    path += `${pen}${across(distance[index] ?? 0).toFixed(1)} ${up(value).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

/** Round numbers from 0 to a length, at most so many steps. */
export function ticks(length: number, steps: number): number[] {
  if (!(length > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(length / steps));
  const step =
    [1, 2, 5, 10].map((times) => times * power).find((size) => length / size <= steps) ?? 10 * power;
  return Array.from({ length: Math.floor(length / step + 1e-9) + 1 }, (_, n) => n * step);
}
