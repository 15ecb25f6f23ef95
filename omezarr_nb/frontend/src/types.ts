/** What the kernel and the browser say to one another, in the words of the specification. */

export interface Axis {
  name: string;
  type: string | null;
  unit: string | null;
  symbol: string | null;
}

/** One level of the pyramid; tuples in axis order, level 0 the finest. */
export interface Level {
  path: string;
  shape: number[];
  scale: number[];
  translation: number[];
  dtype: string;
}

/** The `_info` trait: set once, never changed. */
export interface Info {
  name: string;
  version: string;
  where: string;
  axes: Axis[];
  display: { y: number; x: number };
  channel: number | null;
  levels: Level[];
  /** `range`: the channel's own values, bounds of its contrast slider. */
  channels: { label: string; range?: Limits }[];
  dtype: string;
  wire: string;
  limits: Limits;
  sliders: number[];
  problems: string[];
  digest: string;
}

export type Limits = [number, number];
export type LevelChoice = "auto" | number;
export type Status = "loading" | "ready" | "empty" | "error";
/** Row and column of a tile in its level. */
export type TilePlace = [row: number, col: number];
export type Wire = "uint8" | "uint16" | "uint32" | "int16" | "int32" | "float32";

export interface TileAnswer {
  tile: TilePlace;
  channel: number;
  shape: [height: number, width: number];
  buffer?: number;
  value?: number;
  error?: string;
}

export type FromKernel =
  | { kind: "tiles"; request: number; level: number; dtype: Wire; tiles: TileAnswer[]; done: boolean }
  | { kind: "contrast"; request: number; channel: number; limits: Limits }
  | { kind: "error"; request: number; message: string };

export type ToKernel =
  | {
      kind: "tiles";
      request: number;
      level: number;
      indices: number[];
      channels: number[];
      tiles: TilePlace[];
    }
  | { kind: "cancel"; requests: number[] }
  | { kind: "contrast"; request: number; channel: number; indices: Record<string, number> };

/** A rectangle in world units (or in pixels), left < right and top < bottom. */
export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** What the viewer needs of anywidget's model. */
export interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(name: string, callback: (...args: unknown[]) => void): void;
  off(name: string, callback: (...args: unknown[]) => void): void;
}

/** What the viewer needs of the pixel channel, a bare widget model of ipywidgets. */
export interface PixelModel {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(name: string, callback: (...args: never[]) => void): void;
  off(name: string, callback: (...args: never[]) => void): void;
  comm_live?: boolean;
}
