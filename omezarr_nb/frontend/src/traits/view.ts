/** The traits of where a view looks, which plane it shows, and what it says of itself. */
import type { Info, LevelChoice, Status } from "../types";
import { isIndex, isNumber, isText, type Spec, when } from "./read";

export interface ViewTraits {
  level: LevelChoice;
  shown_level: number;
  indices: Record<string, number>;
  /** The axis along which the planes go by, "" for none. */
  playing: string;
  /** Planes a second, at most. */
  fps: number;
  center: [number, number] | [];
  zoom: number;
  height: number;
  status: Status;
  error: string;
  /** Path of the well that is selected on a plate; "" for none. */
  well: string;
  /** Which field of it is shown, or selected. */
  field: number;
}

export function viewTraits(info: Info): Spec<ViewTraits> {
  const states: unknown[] = ["loading", "ready", "empty", "error"] satisfies Status[];
  const above = (value: unknown): value is number => isNumber(value) && value > 0;
  return {
    level: { first: "auto", read: (value) => (value === "auto" || isIndex(value) ? value : undefined) },
    shown_level: { first: -1, read: when(isNumber) },
    indices: { first: readIndices(info, {}) ?? {}, read: (value) => readIndices(info, value) },
    playing: { first: "", read: when(isText) },
    fps: { first: 10, read: (value) => (above(value) && value <= 60 ? value : undefined) },
    center: { first: [], read: readPlace },
    zoom: { first: 0, read: (value) => (isNumber(value) && value >= 0 ? value : undefined) },
    height: { first: 480, read: when(above) },
    status: { first: "loading", read: when((value): value is Status => states.includes(value)) },
    error: { first: "", read: when(isText) },
    well: { first: "", read: when(isText) },
    field: { first: 0, read: when(isIndex) },
  };
}

/** A place of the world, x and y, or none. */
export function readPlace(value: unknown): [number, number] | [] | undefined {
  if (!Array.isArray(value)) return undefined;
  if (value.length === 0) return [];
  const [x, y] = value;
  return value.length === 2 && isNumber(x) && isNumber(y) ? [x, y] : undefined;
}

/** Indices of all sliders: those that are given and right, the others 0. */
function readIndices(info: Info, value: unknown): Record<string, number> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const given = value as Record<string, unknown>;
  const indices: Record<string, number> = {};
  for (const position of info.sliders) {
    const name = info.axes[position]?.name ?? "";
    const index = given[name] ?? 0;
    const count = info.levels[0]?.shape[position] ?? 1;
    if (!isIndex(index) || index >= count) return undefined;
    indices[name] = index;
  }
  return indices;
}
