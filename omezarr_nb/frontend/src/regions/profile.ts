/** The values along the selected line, plotted below the picture while the line is moved. */
import { button, h, icon, setText } from "../dom";
import type { Ask } from "../labels";
import type { Model } from "../model";
import type { Indices } from "../planes";
import { short } from "../units";
import { type Plot, plotOf, samplesAt } from "./plot";
import { isTransposed, type Point, type Shape, toValue } from "./shapes";
import { regionWords } from "./words";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 112;

/** Values along a line, as they were answered. */
export interface Values {
  level: number;
  channels: number[];
  distance: Float64Array;
  x: Float64Array;
  y: Float64Array;
  values: Float64Array[];
}

export class Profile {
  readonly element: HTMLElement;
  /** The place of the world under the pointer on the plot. */
  mark: Point | null = null;
  private readonly svg = document.createElementNS(SVG, "svg");
  private readonly title = h("span", { class: "profile-title" });
  private readonly words = h("span", { class: "profile-words", role: "status" });
  private readonly save: HTMLButtonElement;
  private wanted = "";
  private asking = "";
  private giveUp: (() => void) | null = null;
  private line: Shape | null = null;
  private indices: Indices = {};
  private values: Values | null = null;
  private plot: Plot | null = null;
  private drawn = "";

  constructor(
    private readonly model: Model,
    private readonly ask: Ask,
    private readonly changed: () => void,
  ) {
    this.save = button(
      "save the profile",
      icon("save"),
      () => this.store(),
      "save the values as a table (CSV)",
    );
    this.svg.setAttribute("role", "img");
    this.svg.setAttribute("height", String(HEIGHT));
    this.element = h(
      "div",
      { class: "profile", role: "group", "aria-label": "profile", hidden: true },
      h("div", { class: "profile-head" }, this.title, this.words, this.save),
      this.svg,
    );
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.point(null));
  }

  /** Show the values along a line on a plane; null for none. */
  update(line: Shape | null, indices: Indices): void {
    this.line = line;
    this.indices = indices;
    this.element.hidden = !line;
    if (!line) {
      this.drop();
      return;
    }
    setText(this.title, `Profile of ${line.name}`);
    const plane = { ...indices, ...line.plane };
    this.wanted = JSON.stringify([line.points, plane, this.channels()]);
    this.request();
    this.draw();
  }

  dispose(): void {
    this.giveUp?.();
  }

  private channels(): number[] {
    return this.model.get("visible").flatMap((visible, channel) => (visible ? [channel] : []));
  }

  private drop(): void {
    this.giveUp?.();
    this.giveUp = null;
    this.asking = "";
    this.wanted = "";
    this.values = null;
    this.mark = null;
    this.drawn = "";
  }

  /** One question at a time: when it is answered, the line as it is by then is asked for. */
  private request(): void {
    const { line, wanted } = this;
    if (!line || this.giveUp || this.asking === wanted) return;
    this.asking = wanted;
    const shape = toValue(line, isTransposed(this.model.info));
    const question = { kind: "profile" as const, shape, indices: this.indices, channels: this.channels() };
    this.giveUp = this.ask(question, (answer, buffers) => {
      this.giveUp = null;
      if (answer.kind === "error") {
        this.values = null;
        setText(this.words, answer.message);
      } else if (answer.kind === "profile") {
        const [distance, y, x, ...values] = buffers.map(numbers);
        if (distance && x && y) this.values = { ...answer, distance, x, y, values };
        setText(this.words, "");
      }
      this.drawn = "";
      this.draw();
      this.request();
      this.changed();
    });
  }

  private colors(): string[] {
    const { model } = this;
    const grey = model.get("greyscale");
    return (this.values?.channels ?? []).map((channel) => {
      const mapped = grey || model.get("colormaps")[channel];
      return mapped ? "#ffffff" : (model.get("colors")[channel] ?? "#ffffff");
    });
  }

  private draw(): void {
    const { values, model } = this;
    const width = Math.max(this.svg.clientWidth || this.element.clientWidth, 120);
    const colors = this.colors();
    const key = JSON.stringify([width, colors, this.asking, values?.level]);
    if (this.drawn === key) return;
    this.drawn = key;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.save.disabled = !values;
    if (!values) {
      this.svg.replaceChildren();
      this.svg.setAttribute("aria-label", regionWords.noPlot);
      return;
    }
    const axis = model.info.axes[model.info.display.x];
    const plot = plotOf(values, { width, height: HEIGHT }, axis);
    this.plot = plot;
    const parts: SVGElement[] = plot.grid.map(({ x1, y1, x2, y2 }) =>
      make("line", { x1, y1, x2, y2, class: "grid" }),
    );
    parts.push(
      ...plot.texts.map(({ x, y, text, anchor }) =>
        write(make("text", { x, y, "text-anchor": anchor }), text),
      ),
    );
    parts.push(...plot.paths.map((d, n) => make("path", { d, stroke: colors[n] ?? "#ffffff" })));
    parts.push(make("line", { class: "cursor", y1: plot.top, y2: plot.bottom, visibility: "hidden" }));
    this.svg.replaceChildren(...parts);
    const labels = values.channels.map(
      (channel) => model.info.channels[channel]?.label ?? `channel ${channel}`,
    );
    const ranges = plot.ranges.map(
      (range, n) => `${labels[n]} ${range ? range.map((value) => short(value, 4)).join(" to ") : "–"}`,
    );
    const level = values.level > 0 ? `, level ${values.level}` : "";
    this.svg.setAttribute("aria-label", `values along the line${level}: ${ranges.join(", ")}`);
    if (!this.mark) {
      const nothing =
        values.channels.length === 0 ? regionWords.noValues : plot.empty ? regionWords.outside : "";
      setText(this.words, nothing || (values.level > 0 ? `values of level ${values.level}` : ""));
    }
  }

  private point(event: PointerEvent | null): void {
    const { values, plot, model } = this;
    if (!values || !plot) return;
    const cursor = this.svg.querySelector(".cursor");
    const box = this.svg.getBoundingClientRect();
    const index = event ? samplesAt(values, plot, event.clientX - box.left) : -1;
    const [x, y, distance] = [values.x[index], values.y[index], values.distance[index]];
    if (x === undefined || y === undefined || distance === undefined) {
      this.mark = null;
      cursor?.setAttribute("visibility", "hidden");
      this.drawn = "";
      this.draw();
    } else {
      this.mark = { x, y };
      const place = plot.left + (plot.width * distance) / (plot.length || 1);
      cursor?.setAttribute("visibility", "visible");
      for (const end of ["x1", "x2"]) cursor?.setAttribute(end, place.toFixed(1));
      const texts = values.channels.map((channel, n) => {
        const value = values.values[n]?.[index] ?? Number.NaN;
        return `${model.info.channels[channel]?.label ?? channel} ${Number.isNaN(value) ? "–" : short(value, 5)}`;
      });
      setText(this.words, [plot.at(distance), ...texts].join(" · "));
    }
    this.changed();
  }

  /** The table as a file: the columns that `viewer.profile()` has. */
  private store(): void {
    const { values, model, line } = this;
    if (!values || !line) return;
    const { display, axes } = model.info;
    const places = [
      { axis: display.y, column: values.y },
      { axis: display.x, column: values.x },
    ].sort((a, b) => a.axis - b.axis);
    const names = ["distance", ...places.map(({ axis }) => axes[axis]?.name ?? "")];
    names.push(
      ...values.channels.map((channel) => model.info.channels[channel]?.label ?? `channel ${channel}`),
    );
    const columns = [values.distance, ...places.map(({ column }) => column), ...values.values];
    const rows = [...values.distance].map((_, row) =>
      columns.map((column) => (Number.isNaN(column[row]) ? "" : String(column[row]))).join(","),
    );
    const text = `${names.map(quoted).join(",")}\n${rows.join("\n")}\n`;
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    const name = line.name.replace(/[^\p{L}\p{N} ._-]+/gu, "_").trim() || "line";
    h("a", { href: url, download: `${name}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

/** A cell that no spreadsheet takes for a formula, nor for two. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

function numbers(buffer: DataView): Float64Array {
  return new Float64Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength));
}

function make(tag: "line" | "text" | "path", attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

function write(element: SVGElement, text: string): SVGElement {
  element.textContent = text;
  return element;
}
