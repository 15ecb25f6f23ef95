/** Contrast after the pixels of a plane: pure. What the kernel finds where there is one (core/contrast.py). */

import type { Limits } from "../types";
import type { Values } from "../wire";

/** Values that are looked at. */
const SAMPLE = 2 ** 18;
/** Of the pixels, so many stay black and so many in full colour. */
const TAIL = 0.001;
const BINS = 64;
const HEIGHTS = 35;

export interface Contrast {
  limits: Limits;
  range: Limits;
  histogram: string;
}

export function contrastOf(values: Values, whole: boolean): Contrast {
  const step = Math.max(Math.floor(values.length / SAMPLE), 1);
  const sample: number[] = [];
  for (let index = 0; index < values.length; index += step) {
    const value = Number(values[index]);
    if (Number.isFinite(value)) sample.push(value);
  }
  sample.sort((a, b) => a - b);
  const low = sample[0] ?? 0;
  const high = sample.at(-1) ?? 1;
  if (low === high) return { limits: [low, low + 1], range: [low, low + 1], histogram: "" };
  const at = (part: number) => sample[Math.round(part * (sample.length - 1))] ?? low;
  let limits: Limits = [at(TAIL), at(1 - TAIL)];
  if (whole) limits = [Math.floor(limits[0]), Math.ceil(limits[1])];
  if (limits[0] >= limits[1]) limits = [low, high];
  return { limits, range: [low, high], histogram: histogramOf(sample, low, high, whole) };
}

/** The logarithm of the counts in equal parts of the range, a digit to the base 36 each. */
function histogramOf(sample: number[], low: number, high: number, whole: boolean): string {
  // A whole number is as wide as the next: so the last part has a place for its own.
  const [first, last] = whole ? [low - 0.5, high + 0.5] : [low, high];
  const count = whole ? Math.min(BINS, high - low + 1) : BINS;
  const counts = new Array<number>(count).fill(0);
  for (const value of sample) {
    const place = Math.min(Math.floor(((value - first) / (last - first)) * count), count - 1);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  const logs = counts.map(Math.log1p);
  const most = Math.max(...logs);
  return logs.map((value) => Math.round((value / most) * HEIGHTS).toString(36)).join("");
}
