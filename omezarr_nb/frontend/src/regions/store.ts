/** The shapes in the model, what is dragged of them at this moment, and the changes that can be undone. */
import type { Model } from "../model";
import type { Indices } from "../planes";
import type { Info } from "../types";
import {
  fromValue,
  isTransposed,
  KINDS,
  MOST_POINTS,
  MOST_SHAPES,
  type Point,
  type Shape,
  type ShapeValue,
  toValue,
} from "./shapes";
import { regionWords } from "./words";

/** So many changes can be undone. */
const REMEMBERED = 50;

export interface StoreEvents {
  /** The shapes are others, by a change here or elsewhere. */
  replaced(): void;
  /** Say what happened. */
  say(what: string): void;
}

interface State {
  shapes: ShapeValue[];
  selected: number;
}

export class ShapeStore {
  /** Points of a shape while it is dragged: the trait follows at the end. */
  live: { index: number; points: readonly Point[] } | null = null;
  private past: State[] = [];
  private future: State[] = [];
  private own = false;
  private readonly transposed: boolean;
  private known: { values: ShapeValue[]; shapes: readonly Shape[] } | null = null;

  constructor(
    private readonly model: Model,
    private readonly events: StoreEvents,
  ) {
    this.transposed = isTransposed(model.info);
    model.on(["shapes"], () => {
      this.live = null;
      if (!this.own) {
        // What was set elsewhere is not undone here.
        this.past = [];
        this.future = [];
      }
      events.replaced();
    });
  }

  get shapes(): readonly Shape[] {
    const values = this.model.get("shapes");
    if (this.known?.values !== values) {
      this.known = { values, shapes: values.map((value) => fromValue(value, this.transposed)) };
    }
    const { live } = this;
    const { shapes } = this.known;
    if (!live) return shapes;
    return shapes.map((shape, index) => (index === live.index ? { ...shape, points: live.points } : shape));
  }

  get selected(): number {
    const index = this.model.get("selected_shape");
    return index < this.model.get("shapes").length ? index : -1;
  }

  canUndo(): boolean {
    return this.past.length > 0;
  }

  canRedo(): boolean {
    return this.future.length > 0;
  }

  undo(): boolean {
    return this.swap(this.past, this.future, regionWords.undone);
  }

  redo(): boolean {
    return this.swap(this.future, this.past, regionWords.redone);
  }

  /** Put shapes in place of those that are there; false where they are more than the kernel takes. */
  commit(shapes: readonly Shape[], selected: number): boolean {
    const count = shapes.reduce((sum, { points }) => sum + points.length, 0);
    const grows = shapes.length >= this.model.get("shapes").length;
    const fit = shapes.every(({ type, points }) => points.length <= KINDS[type][1]);
    if (grows && (shapes.length > MOST_SHAPES || count > MOST_POINTS || !fit)) {
      this.events.say(regionWords.tooMany);
      return false;
    }
    this.past.push(this.now());
    if (this.past.length > REMEMBERED) this.past.shift();
    this.future = [];
    this.put({ shapes: shapes.map((shape) => toValue(shape, this.transposed)), selected });
    return true;
  }

  private now(): State {
    return { shapes: this.model.get("shapes"), selected: this.selected };
  }

  private put({ shapes, selected }: State): void {
    this.own = true;
    // Never a selection of what is not there, on the way.
    if (selected < this.model.get("selected_shape")) this.model.set("selected_shape", selected);
    this.model.set("shapes", shapes);
    this.model.set("selected_shape", selected);
    this.own = false;
  }

  private swap(from: State[], to: State[], what: string): boolean {
    const state = from.pop();
    if (!state) return false;
    to.push(this.now());
    this.put(state);
    this.events.say(what);
    return true;
  }
}

/** The plane of a new shape: the one on screen. Of axes with one plane nothing need be said. */
export function newPlane(info: Info, indices: Indices): Record<string, number> {
  const several = info.sliders.filter((position) => (info.levels[0]?.shape[position] ?? 1) > 1);
  const names = several.map((position) => info.axes[position]?.name ?? "");
  return Object.fromEntries(names.map((name) => [name, indices[name] ?? 0]));
}
