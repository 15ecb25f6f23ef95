/** The shapes over the picture: outlines in their colours on a dark rim, handles and words of the one selected. */
import type { Camera, Size } from "../camera";
import { setText } from "../dom";
import type { Info } from "../types";
import type { Editor } from "./editor";
import { boxOf, handlesOf, outline } from "./geometry";
import { said } from "./measure";
import type { Kind, Point } from "./shapes";

const SVG = "http://www.w3.org/2000/svg";
/** Half the cross of a point, in CSS pixels. */
const CROSS = 6;
/** In a shape whose sides are shorter than this on screen there is no room for handles between the corners. */
const ROOM = 48;

interface Drawn {
  group: SVGGElement;
  rim: SVGPathElement;
  line: SVGPathElement;
}

export class Overlay {
  readonly element = svg("svg", "regions");
  private readonly drawn: Drawn[] = [];
  private readonly shapes = svg("g", "");
  private readonly draft = this.pair("draft");
  private readonly handles = svg("g", "handles");
  private readonly label = svg("text", "");
  private readonly marker = svg("circle", "marker");

  constructor(
    private readonly info: Info,
    private readonly editor: Editor,
  ) {
    this.element.setAttribute("aria-hidden", "true");
    this.marker.setAttribute("r", "4");
    this.element.append(this.shapes, this.draft.group, this.handles, this.marker, this.label);
  }

  /** `mark`: a place of the world that is pointed out, such as one on the profile. */
  update(camera: Camera, size: Size, mark: Point | null): void {
    const { editor } = this;
    const seen = (point: Point): Point => ({
      x: (point.x - camera.x) * camera.zoom + size.width / 2,
      y: (point.y - camera.y) * camera.zoom + size.height / 2,
    });
    const { shapes, selected, hovered } = editor;
    while (this.drawn.length < shapes.length) {
      const pair = this.pair("shape");
      this.drawn.push(pair);
      this.shapes.append(pair.group);
    }
    for (const { group } of this.drawn.splice(shapes.length)) group.remove();
    shapes.forEach((shape, index) => {
      const drawn = this.drawn[index];
      if (!drawn) return;
      const shown = editor.isSeen(shape) && isInside(shape.points.map(seen), size);
      drawn.group.toggleAttribute("hidden", !shown);
      if (!shown) return;
      drawn.group.classList.toggle("selected", index === selected);
      drawn.group.classList.toggle("hovered", index === hovered);
      trace(drawn, pathOf(shape.type, shape.points, seen), shape.color);
    });
    this.drawDraft(seen);
    this.drawHandles(seen);
    this.drawLabel(seen, size);
    this.marker.toggleAttribute("hidden", !mark);
    if (mark) place(this.marker, seen(mark));
  }

  private drawDraft(seen: (point: Point) => Point): void {
    const { draft } = this.editor;
    this.draft.group.toggleAttribute("hidden", !draft);
    if (!draft) return;
    const points = draft.path && draft.cursor ? [...draft.points, draft.cursor] : draft.points;
    // Not closed as long as corners follow.
    const kind = draft.path ? "line" : draft.type;
    trace(this.draft, points.length > 0 ? pathOf(kind, points, seen) : "", "#ffffff");
  }

  private drawHandles(seen: (point: Point) => Point): void {
    const { editor } = this;
    const { draft } = editor;
    const shape = draft ? undefined : editor.selectedShape;
    const corners = draft?.path ? draft.points.map((point) => ({ ...point, role: "vertex" as const })) : [];
    const handles = shape && editor.isSeen(shape) ? handlesOf(shape.type, shape.points) : corners;
    const box = shape ? boxOf(shape.points.map(seen)) : null;
    const tight = box !== null && Math.max(box.right - box.left, box.bottom - box.top) < ROOM;
    const shown = handles.filter((handle) => {
      if (!tight) return true;
      return (
        handle.role === "vertex" || (handle.role === "box" && handle.across !== 0.5 && handle.down !== 0.5)
      );
    });
    while (this.handles.childElementCount < shown.length) this.handles.append(svg("circle", ""));
    while (this.handles.childElementCount > shown.length) this.handles.lastElementChild?.remove();
    shown.forEach((handle, index) => {
      const circle = this.handles.children[index] as SVGElement;
      circle.setAttribute("class", handle.role);
      circle.setAttribute("r", handle.role === "add" ? "3.5" : "5");
      place(circle, seen(handle));
    });
  }

  private drawLabel(seen: (point: Point) => Point, size: Size): void {
    const { editor } = this;
    const { draft } = editor;
    const hovered = editor.hovered >= 0 ? editor.shapes[editor.hovered] : undefined;
    const shape = draft ?? hovered ?? editor.selectedShape;
    const known = shape && ("name" in shape ? editor.isSeen(shape) : true) ? shape : undefined;
    this.label.toggleAttribute("hidden", !known);
    if (!known) return;
    const points =
      "cursor" in known && known.path && known.cursor ? [...known.points, known.cursor] : known.points;
    const { label } = said(this.info, { type: known.type, points });
    setText(this.label, "name" in known ? [known.name, label].filter(Boolean).join(" · ") : label);
    const box = boxOf(points.map(seen));
    // Below the shape; above it where there is no room below.
    const below = box.bottom + 20 < size.height;
    const y = below ? box.bottom + 18 : Math.max(box.top - 10, 16);
    const half = Math.min(this.label.getComputedTextLength() / 2 + 8, size.width / 2);
    const x = Math.min(Math.max((box.left + box.right) / 2, half), size.width - half);
    this.label.setAttribute("x", x.toFixed(1));
    this.label.setAttribute("y", y.toFixed(1));
  }

  private pair(name: string): Drawn {
    const [group, rim, line] = [svg("g", name), svg("path", "rim"), svg("path", "line")];
    group.append(rim, line);
    return { group, rim, line };
  }
}

function svg<K extends keyof SVGElementTagNameMap>(tag: K, name: string): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  if (name) element.setAttribute("class", name);
  return element;
}

function place(element: SVGElement, { x, y }: Point): void {
  element.setAttribute("cx", x.toFixed(1));
  element.setAttribute("cy", y.toFixed(1));
}

function trace({ rim, line }: Drawn, path: string, color: string): void {
  rim.setAttribute("d", path);
  line.setAttribute("d", path);
  line.setAttribute("stroke", color);
}

function pathOf(kind: Kind, points: readonly Point[], seen: (point: Point) => Point): string {
  const write = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  if (kind === "point") {
    const { x, y } = seen(points[0] ?? { x: 0, y: 0 });
    return `M${write({ x: x - CROSS, y })}H${(x + CROSS).toFixed(1)}M${write({ x, y: y - CROSS })}V${(y + CROSS).toFixed(1)}`;
  }
  const { corners, closed } = outline(kind, points);
  return `M${corners.map((corner) => write(seen(corner))).join("L")}${closed ? "Z" : ""}`;
}

function isInside(points: readonly Point[], { width, height }: Size): boolean {
  const { left, top, right, bottom } = boxOf(points);
  return right > -CROSS && bottom > -CROSS && left < width + CROSS && top < height + CROSS;
}
