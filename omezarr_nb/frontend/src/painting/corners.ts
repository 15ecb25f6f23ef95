/** A polygon that is drawn corner by corner, until it is closed or given up. */
import type { Pixel } from "./geometry";
import type { Sketch, Sketched } from "./sketch";

/** A corner this near to the first one on screen closes it. */
const CLOSES = 8;

export class Corners {
  private points: Pixel[] = [];
  private shown: Sketched | null = null;

  constructor(private readonly sketch: Sketch) {}

  get isOpen(): boolean {
    return this.shown !== null;
  }

  /** Draw the edge to the pointer. */
  hover(pixel: Pixel | null): void {
    if (pixel) this.shown?.draw([...this.points, pixel]);
  }

  /** Add a corner; true where it is the first one again. `scale`: CSS pixels of a pixel. */
  add(point: Pixel, scale: number, style: { color: string; opacity: number }): boolean {
    const [first] = this.points;
    if (first && Math.hypot(point[0] - first[0], point[1] - first[1]) * scale < CLOSES) return true;
    this.shown ??= this.sketch.begin({ ...style, size: 0, filled: true });
    this.points.push(point);
    this.shown.draw(this.points);
    return false;
  }

  /** Close it, and give it away. */
  take(): { points: Pixel[]; shown: Sketched } | null {
    const { points, shown } = this;
    this.points = [];
    this.shown = null;
    shown?.draw(points);
    return shown && { points, shown };
  }

  drop(): void {
    this.take()?.shown.remove();
  }
}
