/**
 * The one WebGL context of a page: all views draw with it, one after the other, and keep a copy of what they drew.
 *
 * A browser has room for about 16 contexts and takes the oldest away when there are more. So there is one, whatever
 * the number of views; it is made when the first view comes into sight and given back when the last one leaves it.
 * Textures of all views share one budget.
 */
import { createContext } from "./context";
import { Painter } from "./draw";

/** A lost context is made anew after this long. */
const RESTORE_AFTER = 500;

/** A view that draws here while it is in sight. */
export interface Guest {
  /** There is a context, anew: draw. */
  ready: () => void;
  /** The context is lost, and is not made anew by itself. */
  lost: () => void;
}

export class Studio {
  private readonly guests = new Set<Guest>();
  private canvas: HTMLCanvasElement | undefined;
  private made: Painter | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private restored = false;
  private isLost = false;

  /** What draws; undefined while the context is lost. */
  get painter(): Painter | undefined {
    return this.made;
  }

  /** Come in. False where there is no WebGL 2. */
  enter(guest: Guest): boolean {
    this.guests.add(guest);
    // One that is lost comes again by itself, or when it is asked for.
    return this.made !== undefined || this.isLost || this.open();
  }

  /** Make a lost context anew, for all who are in; whether it is there. */
  again(): boolean {
    if (this.made) return true;
    if (!this.open()) return false;
    for (const guest of this.guests) guest.ready();
    return true;
  }

  /** Leave; the last one puts out the light. */
  leave(guest: Guest): void {
    this.guests.delete(guest);
    if (this.guests.size === 0) this.close();
  }

  /** Draw a picture of so many pixels, and give the canvas that it is on until the next one is drawn. */
  draw(width: number, height: number, paint: (painter: Painter) => void): HTMLCanvasElement | undefined {
    const { canvas, made } = this;
    if (!canvas || !made) return undefined;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    paint(made);
    return canvas;
  }

  private open(): boolean {
    clearTimeout(this.timer);
    const canvas = document.createElement("canvas");
    const gl = createContext(canvas);
    if (!gl) return false;
    canvas.addEventListener("webglcontextlost", (event) => {
      if (canvas !== this.canvas) return;
      event.preventDefault();
      this.lose();
    });
    this.canvas = canvas;
    this.made = new Painter(gl);
    this.isLost = false;
    return true;
  }

  private close(): void {
    clearTimeout(this.timer);
    const { canvas } = this;
    this.canvas = undefined;
    this.made = undefined;
    this.restored = false;
    this.isLost = false;
    // Collected some time, it would count until then.
    canvas?.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /** Once by itself, then when a view asks: two pages that take the last context from one another would never end. */
  private lose(): void {
    this.canvas = undefined;
    this.made = undefined;
    this.isLost = true;
    if (this.restored) {
      for (const guest of this.guests) guest.lost();
      return;
    }
    this.restored = true;
    this.timer = setTimeout(() => {
      if (this.again()) return;
      for (const guest of this.guests) guest.lost();
    }, RESTORE_AFTER);
  }
}

/** The page's. */
export const studio = new Studio();
