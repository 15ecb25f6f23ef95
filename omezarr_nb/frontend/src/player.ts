/** Playing along an axis: the next plane when the one before has been on screen for its time, none left out. */
import { levelOf } from "./levels";
import type { Model } from "./model";
import type { Indices } from "./planes";
import type { Axis } from "./types";

/** Planes that are loaded ahead of the one on screen. */
const AHEAD = 3;

const isOfSpace = (axis: Axis | undefined): boolean =>
  axis?.type === "space" || (!axis?.type && axis?.name === "z");

export class Player {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since = 0;

  constructor(private readonly model: Model) {
    model.on(["playing"], () => this.stop());
  }

  /** The plane that is wanted is on screen: go on when its time is over. */
  arrived(): void {
    if (!this.axis() || this.timer !== undefined || this.isLed()) return;
    const rest = Math.max(this.since + 1000 / this.model.get("fps") - performance.now(), 0);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.since = performance.now();
      const [next] = this.ahead();
      if (next) this.model.set("indices", next);
    }, rest);
  }

  /** The planes that come next; none where nothing plays. */
  ahead(): Indices[] {
    const axis = this.axis();
    if (!axis) return [];
    const now = this.model.get("indices");
    const count = Math.min(AHEAD, axis.count - 1);
    return Array.from({ length: count }, (_, n) => ({
      ...now,
      [axis.name]: ((now[axis.name] ?? 0) + n + 1) % axis.count,
    }));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Of several views on a volume the first one leads along the axes that all of them have. */
  private isLed(): boolean {
    const { model } = this;
    const axis = model.info.axes.find(({ name }) => name === model.get("playing"));
    return model.get("compact") && model.get("crosshair").length === 2 && !isOfSpace(axis);
  }

  private axis(): { name: string; count: number } | null {
    const { info } = this.model;
    const name = this.model.get("playing");
    const position = info.sliders.find((one) => info.axes[one]?.name === name);
    const count = position === undefined ? 1 : (levelOf(info, 0).shape[position] ?? 1);
    return name && count > 1 ? { name, count } : null;
  }
}
