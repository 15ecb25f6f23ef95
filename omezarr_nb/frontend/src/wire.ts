/** The types in which pixels travel, and the arrays that hold them. */
import type { Wire } from "./types";

export const ARRAYS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
};

export type Values =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int16Array
  | Int32Array
  | Float32Array;

export function emptyOf(wire: Wire, count: number): Values {
  return new ARRAYS[wire](count);
}
