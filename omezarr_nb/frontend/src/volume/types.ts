/** What is said of volumes between kernel and browser. */
import type { Pyramid, Wire } from "../types";

export interface VolumeInfo {
  /** The axis that lies across the planes. */
  axis: number;
  /** By what places along x, y and it are multiplied to be in the unit of x. */
  units: [number, number, number];
}

/** A pyramid that may be drawn as a volume. */
export type Deep = Pyramid & { volume?: VolumeInfo | null };

/** A part of a volume: `box` is first and last-plus-one plane, first and last-plus-one row. */
export interface VolumeQuestion {
  kind: "volume";
  /** Where it comes from, such as "labels/nuclei"; the image itself where it is left out. */
  source?: string;
  level: number;
  channel: number;
  indices: number[];
  box: number[];
}

/** Planes, rows and columns, in a buffer, or one value for all of them. */
export interface VolumeAnswer {
  kind: "volume";
  request: number;
  dtype: Wire;
  shape: [planes: number, rows: number, columns: number];
  /** A text where it may have more than 53 bits. */
  value?: number | string;
}
