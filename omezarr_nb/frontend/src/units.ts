/** Physical values as people write them: µm, nm, s, min; a thin space before the unit. */
import type { Axis } from "./types";

const THIN = "\u2009";

const PREFIXES: [name: string, symbol: string, power: number][] = [
  ["femto", "f", -15],
  ["pico", "p", -12],
  ["nano", "n", -9],
  ["micro", "µ", -6],
  ["milli", "m", -3],
  ["", "", 0],
  ["kilo", "k", 3],
];

/** A unit by which values are shown: `value in the axis' unit * factor` is a number of `symbol`. */
export interface Unit {
  symbol: string;
  factor: number;
  /** Numbers of this unit stay below 1000 by taking another one: false where there is no other. */
  known: boolean;
}

/** The SI powers in which people also give lengths and times, though nobody chooses them for display. */
const OTHER_POWERS: Record<string, number> = { centi: -2, deci: -1, hecto: 2, deca: 1, mega: 6, giga: 9 };

/** Metres or seconds in one of the axis' unit, where its name is an SI one. */
function siUnit(name: string): { base: "m" | "s"; power: number } | null {
  const match = /^([a-z]*?)(meter|metre|second)$/.exec(name);
  if (!match) return null;
  const base = match[2] === "second" ? "s" : "m";
  const prefix = PREFIXES.find(([word]) => word === match[1]);
  const power = prefix ? prefix[2] : OTHER_POWERS[match[1] ?? ""];
  return power === undefined ? null : { base, power };
}

const TIMES: [name: string, symbol: string, seconds: number][] = [
  ["day", "d", 86400],
  ["hour", "h", 3600],
  ["minute", "min", 60],
];

/** The unit in which a value of this size reads best: between 1 and 1000 where the SI has one. */
export function unitFor(axis: Axis, value: number): Unit {
  const size = Math.abs(value);
  const name = axis.unit ?? "";
  const time = TIMES.find(([word]) => word === name);
  const si = time ? { base: "s" as const, power: 0 } : siUnit(name);
  if (!si) return { symbol: axis.symbol ?? name, factor: 1, known: false };
  const inBase = (time ? time[2] : 1) * 10 ** si.power;
  const amount = size * inBase;
  if (si.base === "s" && amount >= 60) {
    const [, symbol, seconds] = TIMES.find(([, , length]) => amount >= length) ?? ["", "min", 60];
    return { symbol, factor: inBase / seconds, known: true };
  }
  if (amount === 0) return { symbol: axis.symbol ?? name, factor: 1, known: true };
  // 999.9995 of a unit is 1000 of it on screen, so the next prefix starts a hair earlier.
  const fitting = PREFIXES.filter(([, , power]) => amount >= 10 ** power * (1 - 1e-6)).at(-1) ?? PREFIXES[0];
  const [, symbol, power] = fitting ?? ["", "", 0];
  // The power is added before it is raised: 1e-6 / 1e-9 is 999.9999999999999.
  const factor = (time ? time[2] : 1) * 10 ** (si.power - power);
  return { symbol: symbol + si.base, factor, known: true };
}

/** A number with a unit behind a thin space, or the bare number. */
export function withUnit(number: string, symbol: string): string {
  return symbol ? `${number}${THIN}${symbol}` : number;
}

/** Decimals that tell apart two values which lie `step` from one another. */
export function decimalsFor(step: number): number {
  if (!(step > 0)) return 0;
  return Math.min(Math.max(Math.ceil(-Math.log10(step) - 1e-9), 0), 6);
}

/** A number at most `digits` significant digits long, without trailing zeros. */
export function short(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "-∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return value.toExponential(Math.min(digits, 3) - 1).replace("e+", "e");
  // Digits before the point are never rounded away: 65535 stays 65535.
  const whole = Math.floor(Math.log10(size)) + 1;
  return String(Number(value.toFixed(Math.min(Math.max(digits - whole, 0), 12))));
}

/** Pixel size for a heading, such as "0.36 µm/px" or "0.36 × 0.65 µm/px"; empty where no unit is known. */
export function pixelSize(xAxis: Axis, yAxis: Axis, x: number, y: number): string {
  if (!xAxis.unit) return x === 1 && y === 1 ? "" : `${sizes(x, y)} per px`;
  if (yAxis.unit !== xAxis.unit) return "";
  // 0.36 µm stays 0.36 µm, as people write pixel sizes; a unit far from the size of a pixel is changed.
  const usual = x >= 0.01 && x < 1000;
  const unit = usual ? { symbol: xAxis.symbol ?? xAxis.unit, factor: 1 } : unitFor(xAxis, x);
  return `${withUnit(sizes(x * unit.factor, y * unit.factor), unit.symbol)}/px`;
}

function sizes(x: number, y: number): string {
  const [first, second] = [short(x, 4), short(y, 4)];
  return first === second ? first : `${first} × ${second}`;
}

/**
 * The place of an index along an axis in physical units, or "" where the metadata give none.
 * The unit is chosen by the far end of the axis, so that it does not change along the slider.
 */
export function placeAlong(
  axis: Axis,
  index: number,
  scale: number,
  translation: number,
  count: number,
): string {
  if (!axis.unit && scale === 1 && translation === 0) return "";
  const far = Math.max(Math.abs(translation), Math.abs(translation + (count - 1) * scale));
  const unit = unitFor(axis, far);
  const decimals = decimalsFor(Math.abs(scale * unit.factor));
  const value = (translation + index * scale) * unit.factor;
  return withUnit((value === 0 ? 0 : value).toFixed(decimals), unit.symbol);
}

/** What people type for a unit, as the specification names it. */
const TYPED: Record<string, string> = {
  um: "micrometer",
  µm: "micrometer",
  μm: "micrometer",
  nm: "nanometer",
  mm: "millimeter",
  cm: "centimeter",
  m: "meter",
  ms: "millisecond",
  µs: "microsecond",
  us: "microsecond",
  s: "second",
  sec: "second",
  min: "minute",
  h: "hour",
  d: "day",
};

/** A typed place such as "3.6 um" in the unit of the axis; null where no unit, or another kind of one, was typed. */
export function placeOf(axis: Axis, text: string): number | null {
  const match = /^\s*([-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[-+]?\d+)?)\s*([^\d\s.,]\S*)\s*$/i.exec(text);
  if (!match?.[1] || !match[2]) return null;
  const value = Number(match[1].replace(",", "."));
  if (match[2] === axis.unit || match[2] === axis.symbol) return value;
  const typed = sizeOf(TYPED[match[2]] ?? match[2]);
  const own = sizeOf(axis.unit ?? "");
  return typed && own && typed.base === own.base ? (value * typed.size) / own.size : null;
}

/** A unit in metres or seconds. */
function sizeOf(name: string): { base: "m" | "s"; size: number } | null {
  const time = TIMES.find(([word]) => word === name);
  if (time) return { base: "s", size: time[2] };
  const si = siUnit(name);
  return si ? { base: si.base, size: 10 ** si.power } : null;
}

export interface ScaleBar {
  /** Length in CSS pixels. */
  length: number;
  label: string;
}

/** A bar of 1, 2 or 5 times a power of ten, as long as `room` allows. `pixel`: world size of a level-0 pixel. */
export function scaleBar(axis: Axis, zoom: number, pixel: number, room = 120): ScaleBar {
  // An axis without a unit is measured in pixels of the finest level: its numbers mean nothing to people.
  const bare = !axis.unit;
  const perStep = bare ? zoom * pixel : zoom;
  const most = room / perStep;
  const unit = bare ? { symbol: "px", factor: 1 } : unitFor(axis, most);
  const inUnit = most * unit.factor;
  const power = 10 ** Math.floor(Math.log10(inUnit) + 1e-9);
  const nice = ([5, 2, 1].find((step) => step * power <= inUnit * (1 + 1e-9)) ?? 1) * power;
  return { length: (nice / unit.factor) * perStep, label: withUnit(short(nice, 3), unit.symbol) };
}
