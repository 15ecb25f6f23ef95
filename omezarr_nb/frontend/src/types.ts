/** What the kernel and the browser say to one another, in the words of the specification. */

import type { PaintAnswer, PaintQuestion } from "./painting/types";
import type { RegionAnswer, RegionQuestion } from "./regions/types";
import type { VolumeAnswer, VolumeInfo, VolumeQuestion } from "./volume/types";

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

/** What tiles of an image or of labels are planned and placed by. */
export interface Pyramid {
  axes: Axis[];
  display: { y: number; x: number };
  channel: number | null;
  levels: Level[];
  sliders: number[];
  wire: string;
}

/** The `_info` trait: set once, never changed. */
export interface Info extends Pyramid {
  name: string;
  version: string;
  where: string;
  channels: ChannelInfo[];
  dtype: string;
  limits: Limits;
  problems: string[];
  digest: string;
  /** The wells, where a plate is viewed. */
  plate?: PlateInfo;
  /** How it is drawn as a volume, where it is one. */
  volume?: VolumeInfo;
  /** The axes along which planes can be put together. */
  projectable?: number[];
  /** Names of the label images; each is opened when it is first shown. */
  labels: string[];
  /** The images over the first one, the lowest first. */
  layers?: LayerInfo[];
}

/** a, b, c, d, e, f: a place (x, y) comes to (a x + b y + e, c x + d y + f). */
export type Matrix = [number, number, number, number, number, number];

/** An image over the first one; its levels are placed in the world of that one. */
export interface LayerInfo extends Pyramid {
  name: string;
  source: string;
  first: number;
  count: number;
  matrix: Matrix | null;
  problems: string[];
}

/**
 * Wells along an axis, in world units: where the first begins, from one to the next, how long each is; from one field
 * in it to the next, and how many there are.
 */
export interface WellSpan {
  start: number;
  pitch: number;
  size: number;
  step: number;
  fields: number;
}

export interface PlateInfo {
  rows: string[];
  columns: string[];
  wells: [row: number, column: number, path: string][];
  /** Names of the acquisitions, where there are several. */
  acquisitions: string[];
  /** The most fields that a well has. */
  fields: number;
  x: WellSpan;
  y: WellSpan;
}

export interface ChannelInfo {
  label: string;
  /** The channel's own values: the ends of its contrast slider. */
  range?: Limits;
  /** Pixels in equal parts of that range, a digit to the base 36 each; empty where nothing is known. */
  histogram?: string;
}

/** A label image, as it is told when it is opened. */
export interface LabelInfo extends Pyramid {
  name: string;
  dtype: string;
  /** Stored colours, as "#rrggbbaa" by id; ids are texts, for they have up to 64 bits. */
  colors: [id: string, color: string][];
  /** Whether ids have properties to ask for. */
  properties: boolean;
  /** How they are drawn in a volume, where they have a depth. */
  volume?: VolumeInfo | null;
  problems: string[];
}

export type Limits = [number, number];
export type LevelChoice = "auto" | number;
export type Status = "loading" | "ready" | "empty" | "error";
/** Row and column of a tile in its level. */
export type TilePlace = [row: number, col: number];
export type Wire = "uint8" | "uint16" | "uint32" | "uint64" | "int16" | "int32" | "float32";

export interface TileAnswer {
  tile: TilePlace;
  channel: number;
  shape: [height: number, width: number];
  buffer?: number;
  /** The buffer is packed as the request allowed. */
  packed?: boolean;
  /** The one value of all pixels; a text where it may have more than 53 bits. */
  value?: number | string;
  error?: string;
}

/** Properties of an id, as stored. */
export type Properties = Record<string, unknown>;

export type FromKernel =
  | { kind: "tiles"; request: number; level: number; dtype: Wire; tiles: TileAnswer[]; done: boolean }
  | Answer;

/** What the kernel says to a question. */
export type Answer =
  | {
      kind: "contrast";
      request: number;
      channel: number;
      limits: Limits;
      range: Limits;
      histogram: string;
    }
  | { kind: "colormap"; request: number }
  | { kind: "values"; request: number; values: (number | null)[] }
  | { kind: "missing"; request: number; wells: string[] }
  | { kind: "labels"; request: number; info: LabelInfo }
  | { kind: "properties"; request: number; properties: Properties | null }
  | { kind: "found"; request: number; center: [number, number] | null; indices: Record<string, number> }
  | PaintAnswer
  | { kind: "part"; request: number }
  | RegionAnswer
  | VolumeAnswer
  | { kind: "error"; request: number; message: string };

export type ToKernel =
  | {
      kind: "tiles";
      request: number;
      level: number;
      indices: number[];
      channels: number[];
      tiles: TilePlace[];
      /** Where the tiles come from, such as "labels/nuclei"; the image itself where it is left out. */
      source?: string;
      /** How tiles may be packed; not at all where it is left out. */
      packing?: string;
    }
  | { kind: "cancel"; requests: number[] }
  | (Question & { request: number });

/** What the kernel answers once. */
export type Question =
  /** Code that is needed now. */
  | { kind: "part"; part: string }
  | RegionQuestion
  | VolumeQuestion
  | PaintQuestion
  | { kind: "contrast"; channel: number; indices: Record<string, number>; source?: string }
  | { kind: "colormap"; name: string }
  | { kind: "missing"; indices: Record<string, number> }
  | { kind: "labels"; labels: string }
  | { kind: "properties"; labels: string; value: string }
  | { kind: "find"; labels: string; value: string; indices: Record<string, number> }
  | {
      kind: "values";
      level: number;
      row: number;
      column: number;
      indices: Record<string, number>;
      channels: number[];
    };

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
