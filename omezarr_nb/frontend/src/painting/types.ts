/** What the kernel and the browser say to one another about painting. */
import type { TileAnswer, TilePlace, Wire } from "../types";

export type EditState = "saved" | "unsaved" | "saving" | "failed" | "closed" | "locked" | "refused";

/** How it stands with labels that are painted; after "locked" and "refused" there is no more than the reason. */
export interface Editing {
  labels: string;
  state: EditState;
  why: string;
  unsaved?: number;
  undo?: boolean;
  redo?: boolean;
  /** Strokes that a kernel which died had not saved. */
  recovered?: number;
  /** Saved by itself as one goes. */
  going?: boolean;
  /** How coarser levels follow, where the labels do not say so themselves; "" otherwise. */
  method?: string;
  /** The smallest and the largest id, as texts: they have up to 64 bits. */
  ids?: [string, string];
}

/** Tiles that have changed: for each level the places of cells, in axis order; null where they are many. */
export type Cells = number[][][] | null;

export interface Painted {
  labels: string;
  /** Counts the changes. */
  number: number;
  cells: Cells;
}

/** A stroke in pixels of level 0 of the labels, y before x. */
export type Stroke = { indices: Record<string, number> } & (
  | {
      tool: "brush";
      points: [number, number][];
      size: number;
      label: string;
      only: string | null;
      depth: boolean;
    }
  | { tool: "polygon"; points: [number, number][]; label: string; only: string | null }
  | { tool: "fill"; point: [number, number]; label: string; depth: boolean }
  | { tool: "split"; points: [number, number][]; depth: boolean }
  | {
      tool: "interpolate";
      label: string;
      axis: string;
      within: [[number, number], [number, number]] | null;
    }
);

type Omitted<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** A stroke before it is known on which plane. */
export type Unplaced = Omitted<Stroke, "indices">;

/** What is on screen, so that the answer can bring it. */
export interface Sight {
  level: number;
  indices: number[];
  tiles: TilePlace[];
  packing?: string;
}

export type PaintQuestion =
  | { kind: "edit"; labels: string; create: boolean }
  | { kind: "stroke"; labels: string; stroke: Stroke; sight: Sight | null }
  | { kind: "retract"; labels: string; what: "undo" | "redo" | "discard"; sight: Sight | null }
  | { kind: "store" | "free" | "leave"; labels: string }
  | { kind: "going"; labels: string; value: boolean }
  | { kind: "pick"; labels: string; point: [number, number]; indices: Record<string, number> };

export type PaintAnswer =
  | { kind: "editing"; request: number; editing: Editing }
  | {
      kind: "painted";
      request: number;
      editing: Editing;
      /** 0 where nothing has changed. */
      number: number;
      cells: Cells;
      sight?: { level: number; dtype: Wire; tiles: TileAnswer[] };
    }
  | { kind: "id"; request: number; value: string };
