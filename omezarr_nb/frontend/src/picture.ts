/** The picture: a plain canvas with a copy of what was drawn last, which stays when the view is out of sight. */

import type { Size } from "./camera";
import { h } from "./dom";
import type { Frame } from "./frame";
import type { Painter } from "./gl/draw";
import { studio } from "./gl/studio";

export interface PictureEvents {
  /** A context is there (anew): draw. */
  ready: () => void;
  /** No WebGL 2, or its context is lost; "" when it is back. */
  trouble: (what: "" | "none" | "lost") => void;
}

let count = 0;

export class Picture {
  readonly element = h("div", { class: "picture" });
  private readonly canvas = h("canvas");
  /** Names the textures of this view among those of all. */
  private readonly owner = `${count++}`;
  private readonly guest: { ready: () => void; lost: () => void };
  private awake = false;

  constructor(private readonly events: PictureEvents) {
    this.element.append(this.canvas);
    this.guest = {
      ready: () => {
        events.trouble("");
        events.ready();
      },
      lost: () => events.trouble("lost"),
    };
  }

  /** Be on screen. */
  wake(): void {
    if (this.awake) return;
    this.awake = true;
    if (!studio.enter(this.guest)) {
      this.events.trouble("none");
      return;
    }
    this.events.trouble("");
    this.events.ready();
  }

  /** Try for a context again, where it was lost. */
  again(): void {
    if (!studio.again()) this.events.trouble("lost");
  }

  /** Be off screen: textures are given back, what was drawn stays. */
  rest(): void {
    if (!this.awake) return;
    this.awake = false;
    studio.painter?.deleteOf(this.owner);
    studio.leave(this.guest);
  }

  /** Draw now. False where there is nothing to draw with. */
  draw(frame: Frame, size: Size, ratio: number): boolean {
    return this.paint(size, ratio, (painter, owner) => painter.draw(frame, ratio, owner));
  }

  /** Draw something now, with so many pixels for one of CSS. */
  paint(size: Size, ratio: number, paint: (painter: Painter, owner: string) => void): boolean {
    if (!this.awake) return false;
    const { canvas, owner } = this;
    const width = Math.max(Math.round(size.width * ratio), 1);
    const height = Math.max(Math.round(size.height * ratio), 1);
    const drawn = studio.draw(width, height, (painter) => paint(painter, owner));
    if (!drawn) return false;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const paper = canvas.getContext("2d");
    if (!paper) return false;
    // In place of what was there, transparent parts too.
    paper.globalCompositeOperation = "copy";
    paper.drawImage(drawn, 0, 0);
    return true;
  }

  /** What is drawn, as PNG; null where nothing is. */
  async png(): Promise<Blob | null> {
    return new Promise((take) => this.canvas.toBlob(take, "image/png"));
  }

  /** A tile is gone: so is its texture. */
  forget(key: string): void {
    studio.painter?.textures.delete(this.owner, key);
  }

  dispose(): void {
    this.rest();
    // Its pixels are freed now, not when it is collected.
    this.canvas.width = 0;
    this.canvas.height = 0;
  }
}
