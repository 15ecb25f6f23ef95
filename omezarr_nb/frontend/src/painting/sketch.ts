/** What is painted but has not come back from the kernel yet, and the brush at the pointer: drawn over the picture. */
import type { Camera, Size } from "../camera";
import { h } from "../dom";
import { planeOf } from "../levels";
import type { LabelInfo } from "../types";
import type { Pixel } from "./geometry";

const SVG = "http://www.w3.org/2000/svg";

export interface SketchStyle {
  /** "" where it takes away. */
  color: string;
  opacity: number;
  /** Diameter in pixels of the labels; 0 for a thin line. */
  size: number;
  filled: boolean;
}

/** A stroke that is shown until its pixels are. */
export interface Sketched {
  draw(points: Pixel[]): void;
  /** Its pixels are there: it goes with the next picture. */
  arrived(): void;
  remove(): void;
}

export class Sketch {
  readonly element = h("div", { class: "sketch" });
  private readonly svg = document.createElementNS(SVG, "svg");
  /** In pixels of the labels. */
  private readonly ground = document.createElementNS(SVG, "g");
  /** The brush: a light ring on a dark one, so that it is seen on anything. */
  private readonly cursor = document.createElementNS(SVG, "g");
  private readonly gone = new Set<SVGElement>();

  constructor() {
    this.svg.setAttribute("aria-hidden", "true");
    this.cursor.setAttribute("class", "brush");
    this.cursor.append(...["dark", "light"].map(ring));
    this.cursor.style.display = "none";
    this.ground.append(this.cursor);
    this.svg.append(this.ground);
    this.element.append(this.svg);
  }

  begin({ color, opacity, size, filled }: SketchStyle): Sketched {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", color ? "stroke" : "stroke away");
    path.style.opacity = String(color ? opacity : 1);
    if (color) path.style[filled ? "fill" : "stroke"] = color;
    if (size > 0) path.setAttribute("stroke-width", String(size));
    else path.classList.add("line");
    if (filled && color) path.style.stroke = color;
    this.ground.insertBefore(path, this.cursor);
    return {
      draw: (points) => path.setAttribute("d", pathOf(points, filled)),
      arrived: () => this.gone.add(path),
      remove: () => path.remove(),
    };
  }

  /** The brush at a place; null where there is none. */
  point(place: Pixel | null, size: number): void {
    this.cursor.style.display = place ? "" : "none";
    if (!place) return;
    for (const circle of this.cursor.children) {
      circle.setAttribute("cy", String(place[0]));
      circle.setAttribute("cx", String(place[1]));
      circle.setAttribute("r", String(size / 2));
    }
  }

  /** A picture has been drawn: follow the camera, and let go of what is in it. */
  update(info: LabelInfo | null, camera: Camera, size: Size): void {
    for (const path of this.gone) path.remove();
    this.gone.clear();
    if (!info) return;
    const { scale, translation } = planeOf(info, 0);
    const zoom = camera.zoom;
    const left = (translation.x - camera.x) * zoom + size.width / 2;
    const top = (translation.y - camera.y) * zoom + size.height / 2;
    this.ground.setAttribute("transform", `matrix(${scale.x * zoom} 0 0 ${scale.y * zoom} ${left} ${top})`);
  }

  clear(): void {
    for (const child of [...this.ground.children]) if (child !== this.cursor) child.remove();
    this.gone.clear();
    this.point(null, 0);
  }
}

function ring(name: string): SVGCircleElement {
  const circle = document.createElementNS(SVG, "circle");
  circle.setAttribute("class", name);
  return circle;
}

export function pathOf(points: Pixel[], closed: boolean): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const to = ([y, x]: Pixel) => `${x} ${y}`;
  // A line to itself: a point has a round end, too.
  const line = rest.length > 0 ? rest : [first];
  return `M${to(first)}${line.map((point) => `L${to(point)}`).join("")}${closed ? "Z" : ""}`;
}
