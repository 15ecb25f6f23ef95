/** Parts of a plane, put together from the chunks of an array: pure. */
import type { Pyramid, Wire } from "../types";
import { ARRAYS, type Values } from "../wire";

/** Pixels along an axis: the first, and the one after the last. */
export interface Span {
  start: number;
  stop: number;
}

/** A part of a plane of a level. */
export interface Window {
  rows: Span;
  columns: Span;
  /** One index for each axis, in the level's pixels; those of the drawn axes do not count. */
  at: number[];
}

/** A chunk whose values are of the type that is drawn; `stride` counts values, in axis order. */
export interface Chunk {
  values: Values;
  stride: number[];
}

/** Where the chunks of a window lie in the grid of chunks, row by row. */
export function chunksOf(info: Pyramid, shape: number[], window: Window): number[][] {
  const { y, x } = info.display;
  const places: number[][] = [];
  const grid = ({ start, stop }: Span, size: number) =>
    Array.from(
      { length: Math.ceil(stop / size) - Math.floor(start / size) },
      (_, n) => Math.floor(start / size) + n,
    );
  const fixed = window.at.map((index, axis) => Math.floor(index / (shape[axis] ?? 1)));
  for (const row of grid(window.rows, shape[y] ?? 1)) {
    for (const column of grid(window.columns, shape[x] ?? 1)) {
      places.push(fixed.map((place, axis) => (axis === y ? row : axis === x ? column : place)));
    }
  }
  return places;
}

/** Copy what a chunk has of a window into its pixels, row by row. */
export function copyChunk(
  info: Pyramid,
  shape: number[],
  window: Window,
  place: number[],
  { values, stride }: Chunk,
  out: Values,
): void {
  const { y, x } = info.display;
  const part = ({ start, stop }: Span, axis: number) => {
    const size = shape[axis] ?? 1;
    const first = (place[axis] ?? 0) * size;
    return { from: Math.max(start, first), to: Math.min(stop, first + size), first };
  };
  const rows = part(window.rows, y);
  const columns = part(window.columns, x);
  const width = window.columns.stop - window.columns.start;
  const base = window.at.reduce(
    (sum, index, axis) =>
      axis === y || axis === x ? sum : sum + (index % (shape[axis] ?? 1)) * (stride[axis] ?? 0),
    0,
  );
  const [down, across] = [stride[y] ?? 0, stride[x] ?? 0];
  for (let row = rows.from; row < rows.to; row++) {
    let source = base + (row - rows.first) * down + (columns.from - columns.first) * across;
    let target = (row - window.rows.start) * width + columns.from - window.columns.start;
    for (let column = columns.from; column < columns.to; column++) {
      out[target++] = values[source] as never;
      source += across;
    }
  }
}

/** What zarrita gives as the values of a chunk: typed arrays, and one of its own for truth values. */
export type Stored = ArrayBufferView | Iterable<unknown>;

/**
 * Values as they are drawn. Ids of labels keep their bits; of images, numbers that the graphics card has no exact
 * texture for become the next that hold them, as those that the kernel sends.
 */
export function toWire(stored: Stored, wire: Wire, ids: boolean): Values {
  const ArrayType = ARRAYS[wire];
  if (stored instanceof ArrayType) return stored;
  if (ids && isInteger(stored)) {
    const { buffer, byteOffset, byteLength } = stored;
    return new ArrayType(
      buffer as ArrayBuffer,
      byteOffset,
      byteLength / ArrayType.BYTES_PER_ELEMENT,
    ) as Values;
  }
  const numbers = stored as Iterable<number | bigint | boolean>;
  if (wire === "uint64") {
    return BigUint64Array.from(numbers as Iterable<number>, (value) =>
      Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n,
    );
  }
  return (ArrayType as typeof Float32Array).from(numbers as Iterable<number>, Number);
}

function isInteger(stored: Stored): stored is Uint8Array {
  return ArrayBuffer.isView(stored) && /^(Big)?(Ui|I)nt/.test(stored.constructor.name);
}
