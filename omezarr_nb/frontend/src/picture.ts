/** The canvas: a WebGL context while on screen, a still picture in its place otherwise. */

import type { Size } from "./camera";
import { h } from "./dom";
import type { Frame } from "./frame";
import { createContext } from "./gl/context";
import { Painter } from "./gl/draw";

/** A lost context is asked for again after this long; a browser with too many views takes the oldest ones away. */
const RESTORE_AFTER = 500;

export interface PictureEvents {
  /** A context is there (anew): draw. */
  ready: () => void;
  /** No WebGL 2, or its context is lost; "" when it is back. */
  trouble: (what: "" | "none" | "lost") => void;
}

export class Picture {
  readonly element = h("div", { class: "picture" });
  private canvas: HTMLCanvasElement | undefined;
  private painter: Painter | undefined;
  private still: HTMLCanvasElement | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private restored = false;
  private last: { frame: Frame; ratio: number } | undefined;

  constructor(private readonly events: PictureEvents) {}

  /** Be on screen: with a context of its own. */
  wake(): void {
    if (this.painter) return;
    const canvas = h("canvas", { class: "live" });
    const gl = createContext(canvas);
    if (!gl) {
      this.events.trouble("none");
      return;
    }
    canvas.addEventListener("webglcontextlost", (event) => {
      if (canvas !== this.canvas) return;
      event.preventDefault();
      this.lost();
    });
    this.canvas = canvas;
    this.painter = new Painter(gl);
    this.element.append(canvas);
    this.events.trouble("");
    this.events.ready();
  }

  /** Be off screen: the context is given back, what it showed stays as a still picture. */
  rest(): void {
    clearTimeout(this.timer);
    if (!this.canvas) return;
    this.keepStill();
    this.free();
  }

  /** Draw now. False where there is nothing to draw with. */
  draw(frame: Frame, size: Size, ratio: number): boolean {
    const { canvas, painter } = this;
    if (!canvas || !painter) return false;
    const width = Math.max(Math.round(size.width * ratio), 1);
    const height = Math.max(Math.round(size.height * ratio), 1);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    painter.draw(frame, ratio);
    this.last = { frame, ratio };
    const used = new Set(frame.layers.flatMap((layer) => layer.quads.map((quad) => quad.key)));
    painter.textures.trim((key) => used.has(key));
    this.still?.remove();
    this.still = undefined;
    return true;
  }

  /** What is drawn, as PNG; null where nothing is. */
  async png(): Promise<Blob | null> {
    const { canvas, painter, last } = this;
    if (!canvas || !painter || !last) return null;
    // The drawing buffer is only sure to be there right after it was drawn.
    painter.draw(last.frame, last.ratio);
    return new Promise((take) => canvas.toBlob(take, "image/png"));
  }

  /** A tile is gone: so is its texture. */
  forget(key: string): void {
    this.painter?.textures.delete(key);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.free();
    this.still?.remove();
    this.last = undefined;
  }

  private keepStill(): void {
    const { canvas, painter, last } = this;
    if (!canvas || !painter || !last) return;
    const still = h("canvas", { class: "still" });
    still.width = canvas.width;
    still.height = canvas.height;
    // The drawing buffer is only sure to be there right after it was drawn.
    painter.draw(last.frame, last.ratio);
    still.getContext("2d")?.drawImage(canvas, 0, 0);
    this.still?.remove();
    this.still = still;
    this.element.prepend(still);
    this.last = undefined;
  }

  private free(): void {
    const { canvas } = this;
    this.canvas = undefined;
    this.painter = undefined;
    canvas?.remove();
    canvas?.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /** Once by itself, then when asked: two views that take the last context from one another would never end. */
  private lost(): void {
    this.canvas?.remove();
    this.canvas = undefined;
    this.painter = undefined;
    this.last = undefined;
    this.events.trouble("lost");
    if (this.restored) return;
    this.restored = true;
    this.timer = setTimeout(() => this.wake(), RESTORE_AFTER);
  }
}
