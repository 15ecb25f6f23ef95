/** What is asked of the kernel about shapes, and answered. */
import type { ShapeValue } from "./shapes";

interface OfShape {
  shape: ShapeValue;
  /** The plane on screen; that of the shape comes before it. */
  indices: Record<string, number>;
  channels: number[];
}

export type RegionQuestion = ({ kind: "profile" } & OfShape) | ({ kind: "statistics" } & OfShape);

/** Of a profile the buffers are distance, y, x, and the values of each channel, as float64. */
export type RegionAnswer =
  | { kind: "profile"; request: number; level: number; channels: number[] }
  | { kind: "statistics"; request: number; level: number; rows: StatisticsRow[] };

/** What the pixels of a channel amount to; null for what is no number. */
export interface StatisticsRow {
  channel: string;
  count: number;
  mean: number | null;
  std: number | null;
  min: number | null;
  max: number | null;
}
