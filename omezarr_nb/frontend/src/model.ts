/** The traits of the widget, typed and checked: what arrives invalid changes nothing. */
import type { Info, LevelChoice, Limits, Status, WidgetModel } from "./types";

export interface Traits {
  level: LevelChoice;
  shown_level: number;
  indices: Record<string, number>;
  visible: boolean[];
  colors: string[];
  contrast_limits: Limits[];
  gamma: number[];
  inverted: boolean[];
  colormaps: string[];
  opacity: number[];
  greyscale: boolean;
  /** Path of the well that is selected on a plate; "" for none. */
  well: string;
  /** The axis along which the planes go by, "" for none. */
  playing: string;
  /** Planes a second, at most. */
  fps: number;
  center: [number, number] | [];
  zoom: number;
  height: number;
  status: Status;
  error: string;
  /** Names, the lowest first. */
  visible_labels: string[];
  /** Ids by name; as texts, for they have up to 64 bits. */
  selected_labels: Record<string, string[]>;
  label_opacity: number;
  label_contour: number;
  only_selected: boolean;
}

type Name = keyof Traits;
/** Those that have one entry for each channel. */
export type ChannelTrait =
  | "visible"
  | "colors"
  | "contrast_limits"
  | "gamma"
  | "inverted"
  | "colormaps"
  | "opacity";
/** Those that change how the pixels that are there look. */
export const LOOKS = [
  "visible",
  "colors",
  "contrast_limits",
  "gamma",
  "inverted",
  "colormaps",
  "opacity",
  "greyscale",
] as const satisfies Name[];
type Listener = () => void;

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isIndex = (value: unknown): value is number => isNumber(value) && Number.isInteger(value) && value >= 0;

const isText = (value: unknown): value is string => typeof value === "string";

function isSelection(value: unknown): value is Record<string, string[]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const isId = (id: unknown) => isText(id) && /^-?\d{1,20}$/.test(id);
  return Object.values(value).every((ids) => Array.isArray(ids) && ids.every(isId));
}

/** Reads a trait's value; undefined means that it is not valid. */
type Reader<T> = (value: unknown) => T | undefined;

function listOf<T>(length: number, read: Reader<T>): Reader<T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length !== length) return undefined;
    const items = value.map(read);
    return items.some((item) => item === undefined) ? undefined : (items as T[]);
  };
}

function readers(info: Info): { [K in Name]: Reader<Traits[K]> } {
  const count = info.channels.length;
  const when =
    <T>(test: (value: unknown) => value is T): Reader<T> =>
    (value) =>
      test(value) ? value : undefined;
  return {
    level: (value) => (value === "auto" || isIndex(value) ? value : undefined),
    shown_level: when(isNumber),
    indices: (value) => readIndices(info, value),
    visible: listOf(
      count,
      when((item): item is boolean => typeof item === "boolean"),
    ),
    colors: listOf(count, (item) =>
      typeof item === "string" && /^#[0-9a-f]{6}$/i.test(item) ? item.toLowerCase() : undefined,
    ),
    contrast_limits: listOf(count, (item) => {
      if (!Array.isArray(item) || item.length !== 2) return undefined;
      const [low, high] = item;
      return isNumber(low) && isNumber(high) && low <= high ? [low, high] : undefined;
    }),
    gamma: listOf(count, (item) => (isNumber(item) && item >= 0.1 && item <= 10 ? item : undefined)),
    inverted: listOf(
      count,
      when((item): item is boolean => typeof item === "boolean"),
    ),
    colormaps: listOf(count, when(isText)),
    opacity: listOf(count, (item) => (isNumber(item) && item >= 0 && item <= 1 ? item : undefined)),
    well: when(isText),
    playing: when(isText),
    fps: when((value): value is number => isNumber(value) && value > 0 && value <= 60),
    greyscale: when((value): value is boolean => typeof value === "boolean"),
    center: (value) => {
      if (!Array.isArray(value)) return undefined;
      if (value.length === 0) return [];
      const [x, y] = value;
      return value.length === 2 && isNumber(x) && isNumber(y) ? [x, y] : undefined;
    },
    zoom: (value) => (isNumber(value) && value >= 0 ? value : undefined),
    height: (value) => (isNumber(value) && value > 0 ? value : undefined),
    status: when((value): value is Status => ["loading", "ready", "empty", "error"].includes(String(value))),
    error: when(isText),
    visible_labels: when(
      (value): value is string[] => Array.isArray(value) && value.every((name) => info.labels.includes(name)),
    ),
    selected_labels: when(isSelection),
    label_opacity: when((value): value is number => isNumber(value) && value >= 0 && value <= 1),
    label_contour: when((value): value is number => isIndex(value)),
    only_selected: when((value): value is boolean => typeof value === "boolean"),
  };
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

function defaults(info: Info): Traits {
  return {
    level: "auto",
    shown_level: -1,
    indices: readIndices(info, {}) ?? {},
    visible: info.channels.map(() => true),
    colors: info.channels.map(() => "#ffffff"),
    contrast_limits: info.channels.map(() => [...info.limits] as Limits),
    gamma: info.channels.map(() => 1),
    inverted: info.channels.map(() => false),
    colormaps: info.channels.map(() => ""),
    opacity: info.channels.map(() => 1),
    greyscale: false,
    well: "",
    playing: "",
    fps: 10,
    center: [],
    zoom: 0,
    height: 480,
    status: "loading",
    error: "",
    visible_labels: [],
    selected_labels: {},
    label_opacity: 0.5,
    label_contour: 0,
    only_selected: false,
  };
}

export class Model {
  private readonly values: Traits;
  private readonly listeners = new Map<Name, Set<Listener>>();
  private readonly handlers = new Map<Name, () => void>();
  private frame = 0;

  constructor(
    private readonly widget: WidgetModel,
    readonly info: Info,
  ) {
    this.values = defaults(info);
    const read = readers(info);
    for (const name of Object.keys(this.values) as Name[]) {
      const take = () => this.take(name, read[name](widget.get(name)));
      take();
      this.handlers.set(name, take);
      widget.on(`change:${name}`, take);
    }
  }

  get<K extends Name>(name: K): Traits[K] {
    return this.values[name];
  }

  /** Set a trait here and, with the next frame, in the kernel. What is equal is not set again. */
  set<K extends Name>(name: K, value: Traits[K]): void {
    if (same(this.values[name], value)) return;
    this.values[name] = value;
    this.widget.set(name, value);
    this.frame ||= requestAnimationFrame(() => this.save());
    this.tell(name);
  }

  /** Set one entry of a trait that has one for each channel. */
  setChannel<K extends ChannelTrait>(name: K, channel: number, value: Traits[K][number]): void {
    this.set(name, this.values[name].map((item, c) => (c === channel ? value : item)) as Traits[K]);
  }

  /** Call when any of these traits has changed, from here or from Python. */
  on(names: Name[], listener: Listener): void {
    for (const name of names) {
      const set = this.listeners.get(name) ?? new Set();
      set.add(listener);
      this.listeners.set(name, set);
    }
  }

  dispose(): void {
    if (this.frame) this.save();
    for (const [name, handler] of this.handlers) this.widget.off(`change:${name}`, handler);
    this.listeners.clear();
  }

  /** A value that came with the model; the echo of one that was set here is equal, and so goes no further. */
  private take<K extends Name>(name: K, value: Traits[K] | undefined): void {
    if (value === undefined || same(this.values[name], value)) return;
    this.values[name] = value;
    this.tell(name);
  }

  private tell(name: Name): void {
    for (const listener of this.listeners.get(name) ?? []) listener();
  }

  private save(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.widget.save_changes();
  }
}

/** Equality of JSON values. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [one, other] = [Object.entries(a), b as Record<string, unknown>];
  return (
    one.length === Object.keys(b).length &&
    Array.isArray(a) === Array.isArray(b) &&
    one.every(([key, value]) => same(value, other[key]))
  );
}
