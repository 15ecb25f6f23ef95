/** Stepping by hand: who has gone two planes in one direction is likely to go on, so the next one is loaded ahead. */
import { levelOf } from "./levels";
import type { Indices } from "./planes";
import type { Pyramid } from "./types";

/** Steps in one direction after which the next one is expected. */
const ENOUGH = 2;

export class Steps {
  private last: Indices;
  private axis = "";
  private by = 0;
  private count = 0;

  constructor(
    private readonly info: Pyramid,
    first: Indices,
  ) {
    this.last = first;
  }

  /** Another plane is wanted. */
  to(indices: Indices): void {
    const moved = Object.keys(indices).filter((axis) => indices[axis] !== this.last[axis]);
    const [axis = ""] = moved;
    const by = (indices[axis] ?? 0) - (this.last[axis] ?? 0);
    this.last = indices;
    if (moved.length === 0) return;
    const one = moved.length === 1 && Math.abs(by) === 1;
    const same = one && axis === this.axis && by === this.by;
    this.count = same ? this.count + 1 : Number(one);
    this.axis = axis;
    this.by = by;
  }

  /** The plane that is likely to come next, or null. */
  next(): Indices | null {
    if (this.count < ENOUGH) return null;
    const { axes, sliders } = this.info;
    const position = sliders.find((one) => axes[one]?.name === this.axis);
    const count = position === undefined ? 0 : (levelOf(this.info, 0).shape[position] ?? 0);
    const index = (this.last[this.axis] ?? 0) + this.by;
    return index >= 0 && index < count ? { ...this.last, [this.axis]: index } : null;
  }
}
