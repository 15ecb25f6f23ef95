/** The traits of the widget, typed and checked: what arrives invalid changes nothing. */
import { type ChannelTraits, channelTraits } from "./traits/channels";
import { type CrosshairTraits, crosshairTraits } from "./traits/crosshair";
import { type LabelTraits, labelTraits } from "./traits/labels";
import { type LayerTraits, layerTraits } from "./traits/layers";
import { type PaintingTraits, paintingTraits } from "./traits/painting";
import type { Spec } from "./traits/read";
import { type ShapeTraits, shapeTraits } from "./traits/shapes";
import { type ViewTraits, viewTraits } from "./traits/view";
import { type VolumeTraits, volumeTraits } from "./traits/volume";
import type { Info, WidgetModel } from "./types";

export interface Traits
  extends ViewTraits,
    ChannelTraits,
    CrosshairTraits,
    LabelTraits,
    LayerTraits,
    ShapeTraits,
    PaintingTraits,
    VolumeTraits {
  greyscale: boolean;
}

function traitsOf(info: Info): Spec<Traits> {
  return {
    ...viewTraits(info),
    ...channelTraits(info),
    ...labelTraits(info),
    ...shapeTraits(info),
    ...layerTraits(info),
    ...crosshairTraits(),
    ...paintingTraits(),
    ...volumeTraits(),
  };
}

export type Name = keyof Traits;
/** Those that have one entry for each channel. */
export type ChannelTrait = keyof ChannelTraits;
type Listener = () => void;

export class Model {
  private readonly values: Traits;
  private readonly listeners = new Map<Name, Set<Listener>>();
  private readonly handlers = new Map<Name, () => void>();
  private frame = 0;

  constructor(
    private readonly widget: WidgetModel,
    readonly info: Info,
  ) {
    const traits = traitsOf(info);
    this.values = Object.fromEntries(
      Object.entries(traits).map(([name, { first }]) => [name, first]),
    ) as unknown as Traits;
    for (const name of Object.keys(traits) as Name[]) {
      const take = () => this.take(name, traits[name].read(widget.get(name)) as Traits[typeof name]);
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
  on(names: readonly Name[], listener: Listener): void {
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
