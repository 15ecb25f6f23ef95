/** The label images of an image: opened when they are first shown, planned in the image's world, picked by id. */
import type { Camera, Size } from "./camera";
import { type LabelEntry, type LabelLook, type LabelStyle, valuesAt } from "./frame";
import { levelOf } from "./levels";
import type { Model } from "./model";
import type { Take } from "./pixels";
import type { Plan } from "./plan";
import type { Indices } from "./planes";
import type { Tiles } from "./tiles";
import type { Info, LabelInfo, Properties, Pyramid, Question } from "./types";
import type { VolumeInfo } from "./volume/types";
import { words } from "./words";

/** Ids whose properties are remembered. */
const REMEMBERED = 5000;

export type Opened =
  | { state: "opening" }
  | { state: "open"; info: LabelInfo }
  | { state: "failed"; why: string };

/** A label under a place. */
export interface Picked {
  labels: string;
  id: string;
  level: number;
  /** What is known of it so far. */
  properties: Properties | null | undefined;
}

/** The source of the tiles of labels. */
export const sourceOf = (name: string): string => `labels/${name}`;

/** The axis across the planes of what may be drawn as a volume; "" where there is none. */
export function depthOf(info: Pyramid & { volume?: VolumeInfo | null }): string {
  return info.axes[info.volume?.axis ?? -1]?.name ?? "";
}

export type Ask = (question: Question, take: Take) => () => void;

export class LabelImages {
  private readonly opened = new Map<string, Opened>();
  private readonly styles = new Map<string, { of: unknown[]; style: LabelStyle }>();
  private readonly properties = new Map<string, Properties | null | undefined>();

  constructor(
    private readonly model: Model,
    private readonly ask: Ask,
    private readonly changed: () => void,
  ) {}

  state(name: string): Opened | undefined {
    return this.opened.get(name);
  }

  /** Those that are shown and have been opened, the lowest first; those that are shown for the first time open now. */
  shown(): LabelInfo[] {
    const found: LabelInfo[] = [];
    for (const name of this.model.get("visible_labels")) {
      const known = this.opened.get(name);
      if (!known) this.open(name);
      else if (known.state === "open") found.push(known.info);
    }
    return found;
  }

  /** Labels that are to be shown are not known yet. */
  isOpening(): boolean {
    return this.model.get("visible_labels").some((name) => this.opened.get(name)?.state === "opening");
  }

  /** Forget what could not be opened, so that it is tried again. */
  again(): void {
    this.properties.clear();
    for (const [name, { state }] of this.opened) if (state === "failed") this.opened.delete(name);
  }

  style({ name, colors, dtype }: LabelInfo): LabelStyle {
    const { model } = this;
    const selected = model.get("selected_labels")[name] ?? [];
    const of = [
      colors,
      selected,
      model.get("label_opacity"),
      model.get("label_contour"),
      model.get("only_selected"),
    ];
    const known = this.styles.get(name);
    if (known?.of.every((value, position) => value === of[position])) return known.style;
    const style = {
      opacity: model.get("label_opacity"),
      contour: model.get("label_contour"),
      onlySelected: model.get("only_selected"),
      entries: entriesOf(colors, selected, dtype),
    };
    this.styles.set(name, { of, style });
    return style;
  }

  /** How those that are shown and reach to a plane of the image are drawn. */
  looks(
    indices: Indices,
    camera: Camera,
    size: Size,
    plan: (info: LabelInfo, source: string, indices: Indices) => Plan,
  ): (LabelLook & { name: string })[] {
    return this.shown().flatMap((info) => {
      const there = labelIndices(this.model.info, info, indices);
      if (!there) return [];
      const { name } = info;
      const tiles = plan(info, sourceOf(name), there);
      return [{ name, info, camera, size, plan: tiles, indices: there, style: this.style(info) }];
    });
  }

  /** The uppermost label under a place of the world. */
  pick(indices: Indices, tiles: Tiles, x: number, y: number): Picked | null {
    for (const info of this.shown().reverse()) {
      const there = labelIndices(this.model.info, info, indices);
      if (!there) continue;
      const look = { info, source: sourceOf(info.name), indices: there, channels: [0] };
      const value = valuesAt(look, tiles, x, y).get(0);
      if (value === undefined || BigInt(value.value) === 0n) continue;
      const id = signed(BigInt(value.value), info.dtype).toString();
      return { labels: info.name, id, level: value.level, properties: this.propertiesOf(info, id) };
    }
    return null;
  }

  /** What is stored of a label; undefined until it is there, null where there is nothing. */
  about(name: string, id: string): Properties | null | undefined {
    const opened = this.opened.get(name);
    return opened?.state === "open" ? this.propertiesOf(opened.info, id) : null;
  }

  private open(name: string): void {
    this.opened.set(name, { state: "opening" });
    this.ask({ kind: "labels", labels: name }, (answer) => {
      if (answer.kind === "labels") this.opened.set(name, { state: "open", info: answer.info });
      else if (answer.kind === "error") this.opened.set(name, { state: "failed", why: answer.message });
      this.changed();
    });
  }

  private propertiesOf(info: LabelInfo, id: string): Properties | null | undefined {
    if (!info.properties) return null;
    const key = JSON.stringify([info.name, id]);
    if (!this.properties.has(key)) {
      if (this.properties.size >= REMEMBERED) this.properties.clear();
      this.properties.set(key, undefined);
      this.ask({ kind: "properties", labels: info.name, value: id }, (answer) => {
        // What could not be read is not asked for until it is tried again.
        this.properties.set(key, answer.kind === "properties" ? answer.properties : null);
        this.changed();
      });
    }
    return this.properties.get(key);
  }
}

/**
 * The plane of a label image at which a plane of the image lies, in pixels of its level 0, not rounded; null where it
 * does not reach there. Axes that the image has not, and those of one pixel, are the same everywhere.
 */
export function labelIndices(image: Info, labels: Pyramid, indices: Indices): Indices | null {
  const finest = levelOf(labels, 0);
  const there: Indices = {};
  for (const position of labels.sliders) {
    const name = labels.axes[position]?.name ?? "";
    const axis = image.sliders.find((a) => image.axes[a]?.name === name);
    const count = finest.shape[position] ?? 1;
    if (axis === undefined || count === 1) {
      there[name] = 0;
      continue;
    }
    const from = levelOf(image, 0);
    const world = (from.translation[axis] ?? 0) + (indices[name] ?? 0) * (from.scale[axis] ?? 1);
    const index = (world - (finest.translation[position] ?? 0)) / (finest.scale[position] ?? 1);
    if (index < -0.5 - 1e-6 || index > count - 0.5 + 1e-6) return null;
    there[name] = index;
  }
  return there;
}

/** An id as it is stored, of the pattern of bits in which it was sent. */
export function signed(bits: bigint, dtype: string): bigint {
  if (dtype.startsWith("float")) return BigInt.asIntN(64, bits);
  const size = /^int(\d+)$/.exec(dtype)?.[1];
  return size === undefined ? bits : BigInt.asIntN(Number(size), bits);
}

/** The pattern of bits of an id, as it is sent. */
export function pattern(id: string, dtype: string): bigint {
  const size = dtype.startsWith("float") ? 64 : Number(/(\d+)$/.exec(dtype)?.[1] ?? 8);
  return BigInt.asUintN(size, BigInt(id));
}

function entriesOf(colors: [string, string][], selected: string[], dtype: string): LabelEntry[] {
  const entries = new Map<bigint, LabelEntry>();
  for (const [text, color] of colors) {
    const id = pattern(text, dtype);
    const part = (start: number) => Number.parseInt(color.slice(start, start + 2), 16);
    entries.set(id, { id, color: [part(1), part(3), part(5), part(7)], selected: false });
  }
  for (const text of selected) {
    const id = pattern(text, dtype);
    entries.set(id, { id, color: entries.get(id)?.color ?? null, selected: true });
  }
  return [...entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Select an id and go where it is; says in words what came of it, "" when it is on screen. */
export function findLabel(
  model: Model,
  ask: Ask,
  labels: string,
  id: string,
  say: (what: string) => void,
): void {
  ask({ kind: "find", labels, value: id, indices: model.get("indices") }, (answer) => {
    if (answer.kind === "error") say(answer.message);
    if (answer.kind !== "found") return;
    if (!answer.center) {
      say(words.notFound(id));
      return;
    }
    say("");
    model.set("indices", { ...model.get("indices"), ...answer.indices });
    model.set("center", answer.center);
    model.set("selected_labels", { [labels]: [id] });
  });
}
