/** Painting labels in the view: pointers become strokes, the kernel draws them, what is painted shows at once. */
import { viewOf } from "../camera";
import type { Drag, Feature, Host, Place } from "../features";
import { labelIndices } from "../labels";
import type { Answer, LabelInfo } from "../types";
import { Asks } from "./asks";
import { Corners } from "./corners";
import { colorOf, nextSize, type Pixel, pixelOf, placesOf, planeIndices, thinned, within } from "./geometry";
import { Screen } from "./screen";
import { Sketch, type Sketched } from "./sketch";
import { type Choice, isOpen, Toolbar } from "./toolbar";
import type { Editing, Sight, Stroke, Unplaced } from "./types";
import { keptWords, paintWords, TOOLS, type Tool } from "./words";

/** Points of a line that lie nearer than this on screen say nothing new. */
const NEAR = 0.5;
/** They paint with the id that is chosen. */
const NEEDS_ID: ReadonlySet<Tool> = new Set(["brush", "polygon", "lasso", "fill", "merge"]);

/** Make it; the button in the heading that opens and closes the tools is there already. */
export function make(host: Host, opener: HTMLButtonElement): Feature {
  return new PaintingFeature(host, opener);
}

class PaintingFeature implements Feature {
  readonly over: Element[];
  readonly below: Element[];
  private readonly sketch = new Sketch();
  private readonly bar: Toolbar;
  private readonly asks: Asks;
  private readonly screen: Screen;
  private editing: Editing | null = null;
  private choice: Choice = { tool: "brush", size: 10, id: "", keep: false, depth: false };
  private unfolded = false;
  private pointer: Place | null = null;
  private readonly corners = new Corners(this.sketch);

  constructor(
    private readonly host: Host,
    private readonly opener: HTMLButtonElement,
  ) {
    const { model } = host;
    this.screen = new Screen(host);
    this.asks = new Asks(host.ask, () => this.refresh());
    this.bar = new Toolbar({
      begin: (labels, create) => this.begin(labels, create),
      choose: (change) => this.choose(change),
      next: () => this.next(),
      undo: () => this.retract("undo"),
      redo: () => this.retract("redo"),
      save: () => this.save(),
      discard: () => this.retract("discard"),
      going: (value) => {
        if (this.editing) this.editing = { ...this.editing, going: value };
        this.tell({ kind: "going", labels: this.name, value });
      },
      interpolate: () => this.interpolate(),
      close: () => this.close(),
      key: (event) => this.key(event),
    });
    opener.addEventListener("click", () => (this.unfolded ? this.close() : this.unfold()));
    this.over = [this.sketch.element];
    this.below = [this.bar.element];
    model.on(["_painting"], () => this.hear(model.get("_painting")));
    model.on(["_painted"], () => this.hearOfChange());
    const now = model.get("_painting");
    if (now && isOpen(now)) this.hear(now);
  }

  // What the view asks.

  update(): void {
    const { camera, size } = this.host.navigation;
    this.sketch.update(this.info, camera, size);
    this.showBrush();
  }

  hover(place: Place | null): void {
    this.pointer = place;
    this.showBrush();
    if (place && this.corners.isOpen) this.corners.hover(this.pixel(place));
  }

  press(place: Place): Drag | null {
    const { info } = this;
    const { tool } = this.choice;
    if (!info || tool === "move" || !this.paints) return null;
    if (!this.plane()) return null;
    if (this.choice.id === "" && NEEDS_ID.has(tool)) {
      this.bar.say(paintWords.noId);
      return { move: () => {}, end: () => {}, cancel: () => {} };
    }
    switch (tool) {
      case "brush":
      case "erase":
        return this.line(place, tool === "erase" ? "0" : this.choice.id);
      case "lasso":
        return this.drawn(place, true, (points, shown) => this.area(points, shown));
      case "split":
        return this.drawn(place, false, (points, shown) => this.split(points, shown));
      default:
        return { move: () => this.showBrush(), end: (end) => this.act(tool, end), cancel: () => {} };
    }
  }

  open(): boolean {
    if (!this.paints || this.choice.tool === "move") return false;
    if (this.choice.tool === "polygon") this.closePolygon();
    return true;
  }

  key(event: KeyboardEvent): boolean {
    if (!this.paints) return false;
    const more = event.ctrlKey || event.metaKey;
    if (event.altKey) return false;
    if (more) {
      const acts: Record<string, () => void> = {
        z: () => this.retract(event.shiftKey ? "redo" : "undo"),
        y: () => this.retract("redo"),
        s: () => this.save(),
      };
      const act = acts[event.key.toLowerCase()];
      act?.();
      return act !== undefined;
    }
    const tool = TOOLS.find(([, key]) => key === event.key)?.[0];
    const keys: Record<string, () => void> = {
      "[": () => this.choose({ size: nextSize(this.choice.size, false) }),
      "]": () => this.choose({ size: nextSize(this.choice.size, true) }),
      n: () => this.next(),
      ...(this.corners.isOpen ? { Enter: () => this.closePolygon(), Escape: () => this.corners.drop() } : {}),
    };
    const act = tool ? () => this.choose({ tool }) : keys[event.key];
    act?.();
    return act !== undefined;
  }

  again(): void {
    if (this.editing && !isOpen(this.editing)) this.begin(this.editing.labels, false);
  }

  dispose(): void {
    this.asks.clear();
    this.sketch.clear();
  }

  // The labels.

  private get name(): string {
    return this.editing?.labels ?? "";
  }

  private get info(): LabelInfo | null {
    const known = this.host.labels.state(this.name);
    return known?.state === "open" ? known.info : null;
  }

  private get paints(): boolean {
    // A tool of shapes that is chosen draws shapes.
    return (
      this.host.model.get("tool") === "pan" && this.unfolded && this.editing !== null && isOpen(this.editing)
    );
  }

  private pixel(place: Place): Pixel | null {
    const { x, y } = this.host.toWorld(place);
    return this.info ? pixelOf(this.info, x, y) : null;
  }

  /** The plane of the labels that is on screen; null where they do not reach there. */
  private plane(): Record<string, number> | null {
    const { info } = this;
    const there = info && labelIndices(this.host.model.info, info, this.host.shown());
    return info && there ? planeIndices(info, there) : null;
  }

  private sight(): Sight | null {
    return this.info && this.screen.sight(this.info);
  }

  // The tools are opened and closed.

  private unfold(): void {
    const { model } = this.host;
    this.unfolded = true;
    model.set("tool", "pan");
    const chosen = model.get("visible_labels").at(-1) ?? model.info.labels.at(-1) ?? "";
    if (!this.editing || !isOpen(this.editing)) {
      this.editing = null;
      if (chosen) this.begin(chosen, false);
    }
    this.refresh();
  }

  private close(): void {
    this.corners.drop();
    this.unfolded = false;
    if (this.editing && isOpen(this.editing)) {
      const labels = this.name;
      this.asks.put(
        () => ({ kind: "leave", labels }),
        (answer) => this.take(answer),
      );
    }
    this.refresh();
    this.host.focus();
  }

  private begin(labels: string, create: boolean): void {
    this.bar.say("");
    this.asks.put(
      () => ({ kind: "edit", labels, create }),
      (answer) => {
        this.take(answer);
        if (answer.kind === "editing" && isOpen(answer.editing)) this.host.focus();
      },
    );
  }

  /** What the kernel says of the editor, asked or not. */
  private hear(editing: Editing | null): void {
    if (!editing) return;
    const { info } = this.host.model;
    // Labels that were made just now: the list of the view learns of them.
    if (isOpen(editing) && !info.labels.includes(editing.labels)) info.labels.push(editing.labels);
    const opens = isOpen(editing) && (!this.editing || !isOpen(this.editing) || this.name !== editing.labels);
    this.editing = editing;
    if (opens) {
      this.unfolded = true;
      this.findId();
      // What was painted before, by a kernel that died or in another view, is not in the tiles that are here.
      if (editing.unsaved) this.screen.renewAll(editing.labels);
      const notes = [
        editing.recovered ? paintWords.recovered(editing.recovered) : "",
        editing.method ? paintWords.method(editing.method) : "",
      ];
      this.bar.say(notes.filter(Boolean).join(" "));
    }
    if (editing.state === "failed") this.bar.say(paintWords.failed(editing.why));
    if (editing.state === "closed") this.unfolded = false;
    const again = { label: paintWords.begin, press: () => this.unfold() };
    this.host.notices.set("painting", keptWords(editing), again);
    this.refresh();
    if (opens) this.host.draw();
  }

  private refresh(): void {
    const { editing, choice, bar, info } = this;
    const { labels } = this.host.model.info;
    this.opener.setAttribute("aria-expanded", String(this.unfolded));
    bar.element.hidden = !this.unfolded;
    const chosen = this.name || (this.host.model.get("visible_labels").at(-1) ?? "");
    bar.offer(labels, chosen);
    const color = info && choice.id ? colorOf(info, BigInt(choice.id)) : "transparent";
    const planes = info?.sliders.some(
      (axis) => info.axes[axis]?.name === "z" && (info.levels[0]?.shape[axis] ?? 1) > 1,
    );
    bar.update(editing, choice, color, this.asks?.count ?? 0, planes ?? false);
    this.over[0]?.classList.toggle("active", this.paints && choice.tool !== "move");
    this.showBrush();
  }

  private choose(change: Partial<Choice>): void {
    if (change.tool && change.tool !== this.choice.tool) this.corners.drop();
    if (change.tool) this.host.model.set("tool", "pan");
    this.choice = { ...this.choice, ...change };
    this.refresh();
  }

  private showBrush(): void {
    const { tool, size } = this.choice;
    const shown = this.paints && (tool === "brush" || tool === "erase") && this.pointer;
    this.sketch.point(shown ? this.pixel(shown) : null, size);
  }

  // Strokes.

  private line(place: Place, label: string): Drag | null {
    const { size, keep, depth, id } = this.choice;
    const only = keep ? (label === "0" ? id || null : "0") : null;
    const finish = (points: Pixel[], shown: Sketched): void =>
      this.paint({ tool: "brush", points, size, label, only, depth }, shown);
    return this.drag(place, { size, color: label === "0" ? "" : this.color(), filled: false }, finish);
  }

  private drawn(
    place: Place,
    filled: boolean,
    finish: (points: Pixel[], shown: Sketched) => void,
  ): Drag | null {
    return this.drag(place, { size: 0, color: this.color(), filled }, finish);
  }

  private drag(
    place: Place,
    style: { size: number; color: string; filled: boolean },
    finish: (points: Pixel[], shown: Sketched) => void,
  ): Drag | null {
    const first = this.pixel(place);
    const { info } = this;
    if (!first || !info) return null;
    const points = [first];
    const shown = this.sketch.begin({ ...style, opacity: this.host.model.get("label_opacity") });
    shown.draw(points);
    const least =
      NEAR / (this.host.navigation.camera.zoom * Math.abs(info.levels[0]?.scale[info.display.x] ?? 1));
    return {
      move: (now, event) => {
        for (const one of placesOf(now, event)) {
          const pixel = this.pixel(one);
          if (pixel) points.push(pixel);
        }
        shown.draw(points);
        this.pointer = now;
        this.showBrush();
      },
      end: (now) => {
        const pixel = this.pixel(now);
        if (pixel && points.length > 1) points.push(pixel);
        finish(thinned(points, least), shown);
      },
      cancel: () => shown.remove(),
    };
  }

  private area(points: Pixel[], shown?: Sketched): void {
    if (points.length < 3) {
      shown?.remove();
      return;
    }
    const { id, keep } = this.choice;
    this.paint({ tool: "polygon", points, label: id, only: keep ? "0" : null }, shown);
  }

  private split(points: Pixel[], shown: Sketched): void {
    if (points.length < 2) shown.remove();
    else this.paint({ tool: "split", points, depth: this.choice.depth }, shown);
  }

  private act(tool: Tool, place: Place): void {
    const point = this.pixel(place);
    if (!point) return;
    if (tool === "polygon") this.corner(point);
    else if (tool === "fill") this.paint({ tool: "fill", point, label: this.choice.id, depth: false });
    else this.picked(point, (id) => this.actOn(tool, point, id));
  }

  private actOn(tool: Tool, point: Pixel, id: string): void {
    if (id === "0") this.bar.say(paintWords.nothingThere);
    else if (tool === "pick") this.choose({ id });
    else if (tool === "delete") this.paint({ tool: "fill", point, label: "0", depth: true });
    else if (id === this.choice.id) this.bar.say(paintWords.sameLabel);
    else this.paint({ tool: "fill", point, label: this.choice.id, depth: true });
  }

  private corner(point: Pixel): void {
    const { camera } = this.host.navigation;
    const scale = camera.zoom * (this.info?.levels[0]?.scale[this.info.display.x] ?? 1);
    const style = { color: this.color(), opacity: this.host.model.get("label_opacity") };
    if (this.corners.add(point, scale, style)) this.closePolygon();
  }

  private closePolygon(): void {
    const drawn = this.corners.take();
    if (drawn) this.area(thinned(drawn.points, 1e-9), drawn.shown);
  }

  private interpolate(): void {
    const { info, host } = this;
    if (!info) return;
    if (this.choice.id === "") {
      this.bar.say(paintWords.noId);
      return;
    }
    const { camera, size } = host.navigation;
    const view = within(info, viewOf(camera, size));
    this.paint({ tool: "interpolate", label: this.choice.id, axis: "z", within: view });
  }

  private color(): string {
    return this.info && this.choice.id ? colorOf(this.info, BigInt(this.choice.id)) : "white";
  }

  /** Send a stroke; its sketch stays until the kernel's pixels are there. */
  private paint(stroke: Unplaced, shown?: Sketched): void {
    const indices = this.plane();
    if (!indices) return;
    this.bar.say("");
    const labels = this.name;
    let sight: Sight | null = null;
    this.asks.put(
      () => {
        sight = this.sight();
        return { kind: "stroke", labels, stroke: { ...stroke, indices } as Stroke, sight };
      },
      (answer, buffers) => void this.show(answer, buffers, sight, shown),
    );
  }

  private retract(what: "undo" | "redo" | "discard"): void {
    if (!this.paints) return;
    const labels = this.name;
    this.bar.say("");
    let sight: Sight | null = null;
    this.asks.put(
      () => {
        sight = this.sight();
        return { kind: "retract", labels, what, sight };
      },
      (answer, buffers) => void this.show(answer, buffers, sight),
    );
  }

  private save(): void {
    if (!this.paints) return;
    this.tell({ kind: "store", labels: this.name });
  }

  private tell(
    question: { kind: "store"; labels: string } | { kind: "going"; labels: string; value: boolean },
  ): void {
    this.asks.put(
      () => question,
      (answer) => this.take(answer),
    );
  }

  private next(): void {
    const labels = this.name;
    this.asks.put(
      () => ({ kind: "free", labels }),
      (answer) => {
        if (answer.kind === "id") this.choose({ id: answer.value });
        else this.take(answer);
      },
    );
  }

  /** Look for a free id to begin with; strokes that need none are painted meanwhile. */
  private findId(): void {
    const labels = this.name;
    this.choice = { ...this.choice, id: "" };
    this.host.ask({ kind: "free", labels }, (answer) => {
      if (labels !== this.name || this.choice.id !== "") return;
      if (answer.kind === "id") {
        this.bar.unsay(paintWords.noId);
        this.choose({ id: answer.value });
      } else {
        this.take(answer);
      }
    });
  }

  private picked(point: Pixel, act: (id: string) => void): void {
    const indices = this.plane();
    if (!indices) return;
    const labels = this.name;
    this.bar.say("");
    this.asks.put(
      () => ({ kind: "pick", labels, point, indices }),
      (answer) => {
        if (answer.kind === "id") act(answer.value);
        else this.take(answer);
      },
    );
  }

  // Answers.

  private take(answer: Answer): void {
    if (answer.kind === "editing") this.hear(answer.editing);
    else if (answer.kind === "error") this.bar.say(answer.message);
    this.refresh();
  }

  private async show(
    answer: Answer,
    buffers: DataView[],
    sight: Sight | null,
    shown?: Sketched,
  ): Promise<void> {
    if (answer.kind !== "painted") {
      shown?.remove();
      this.take(answer);
      return;
    }
    this.editing = answer.editing;
    if (this.info) await this.screen.put(this.info, answer, buffers, sight);
    shown?.arrived();
    this.refresh();
    this.host.draw();
  }

  /** Somebody has painted: this view, another one, or Python. */
  private hearOfChange(): void {
    const painted = this.host.model.get("_painted");
    if (painted && this.info && painted.labels === this.name) this.screen.hear(this.info, painted);
  }
}
