/** A slider for each axis that is not displayed: index, count and the place in physical units. */
import { h, icon, numberField, setText, setValue, stepByKey } from "../dom";
import { levelOf } from "../levels";
import type { Model } from "../model";
import { placeAlong, placeOf } from "../units";

const PAGE = 10;

interface Row {
  position: number;
  name: string;
  slider: HTMLInputElement;
  number: HTMLInputElement;
  place: HTMLElement;
  play: HTMLButtonElement;
  speed: HTMLInputElement;
  /** The speed with its unit, seen while this axis plays. */
  speedBox: HTMLElement;
}

export class AxisSliders {
  readonly element = h("div", { class: "axes" });
  private readonly rows: Row[] = [];
  private last = "";

  /** `ends`: what stands at the end of a row, by the name of its axis. */
  constructor(
    private readonly model: Model,
    private readonly ends: ReadonlyMap<string, Element>,
  ) {
    const { info } = model;
    const shape = levelOf(info, 0).shape;
    for (const position of info.sliders) {
      // Acquisitions are chosen by their names.
      const named = info.plate && info.axes[position]?.name === "acquisition";
      if ((shape[position] ?? 1) > 1 && !named) this.rows.push(this.row(position));
    }
    this.element.hidden = this.rows.length === 0;
    model.on(["indices", "playing", "fps"], () => this.update());
    this.update();
  }

  /** Step along an axis by name; nothing where there is no such slider. */
  step(name: string, by: number): void {
    const row = this.rows.find((one) => one.name === name);
    if (row) this.go(row.name, (this.model.get("indices")[row.name] ?? 0) + by, this.count(row));
  }

  /** Play along the axis that was used last, the first one to begin with; or stop. */
  toggle(): void {
    const { model } = this;
    const name = this.last || this.rows[0]?.name;
    if (name) model.set("playing", model.get("playing") ? "" : name);
  }

  private row(position: number): Row {
    const axis = this.model.info.axes[position];
    const name = axis?.name ?? "";
    const count = this.count({ position });
    const title = axis?.unit ? `${name} in ${axis.unit}` : `${name}: no unit in the metadata`;
    const slider = h("input", {
      type: "range",
      min: 0,
      max: count - 1,
      step: 1,
      "aria-label": name,
      title,
      oninput: () => this.go(name, Number(slider.value), count),
      onkeydown: (event: KeyboardEvent) => {
        const steps = { now: Number(slider.value), first: 0, last: count - 1, page: PAGE };
        stepByKey(event, steps, (to) => this.go(name, to, count));
      },
    });
    const number = numberField(
      {
        "aria-label": `${name} index`,
        size: String(count - 1).length,
        title: axis?.unit ? `an index, or a place such as ${this.example(position)}` : "an index",
      },
      (index) => this.go(name, Math.round(index), count),
      () => String(this.model.get("indices")[name] ?? 0),
      (text) => this.read(position, text),
    );
    const place = h("span", { class: "place" });
    const play = h("button", {
      type: "button",
      class: "play",
      onclick: () => {
        this.last = name;
        this.model.set("playing", this.model.get("playing") === name ? "" : name);
      },
    });
    const speed = numberField(
      { inputmode: "decimal", "aria-label": `${name} planes per second` },
      (fps) => this.model.set("fps", Math.min(Math.max(fps, 0.1), 60)),
      () => String(this.model.get("fps")),
    );
    const speedBox = h("label", { class: "speed", title: "planes per second" }, speed, h("span", {}, "/s"));
    const head = h("span", { class: "axis-name", title }, name);
    const end = h("span", { class: "axis-end" }, place, ...[this.ends.get(name) ?? []].flat());
    this.element.append(h("div", { class: "axis" }, head, play, speedBox, slider, number, end));
    return { position, name, slider, number, place, play, speed, speedBox };
  }

  /** What was typed: an index, or with a unit a place along the axis; not-a-number where it is neither. */
  private read(position: number, text: string): number {
    const { info } = this.model;
    const axis = info.axes[position];
    const { scale, translation } = levelOf(info, 0);
    const place = axis ? placeOf(axis, text) : null;
    if (place === null) return Number(text);
    return (place - (translation[position] ?? 0)) / (scale[position] ?? 1);
  }

  private example(position: number): string {
    const { info } = this.model;
    const { scale, translation, shape } = levelOf(info, 0);
    const axis = info.axes[position];
    const count = shape[position] ?? 1;
    if (!axis) return "";
    return placeAlong(axis, count - 1, scale[position] ?? 1, translation[position] ?? 0, count);
  }

  private count({ position }: Pick<Row, "position">): number {
    return levelOf(this.model.info, 0).shape[position] ?? 1;
  }

  private go(name: string, index: number, count: number): void {
    const bounded = Math.min(Math.max(index, 0), count - 1);
    this.last = name;
    this.model.set("indices", { ...this.model.get("indices"), [name]: bounded });
  }

  private update(): void {
    const { info } = this.model;
    const finest = levelOf(info, 0);
    for (const { position, name, slider, number, place, play, speed, speedBox } of this.rows) {
      const plays = this.model.get("playing") === name;
      if (play.dataset.plays !== String(plays)) {
        play.dataset.plays = String(plays);
        play.replaceChildren(icon(plays ? "pause" : "play"));
        play.title = plays ? "stop (space)" : "play (space)";
        play.setAttribute("aria-label", `${plays ? "stop" : "play"} ${name}`);
      }
      speedBox.classList.toggle("idle", !plays);
      setValue(speed, String(this.model.get("fps")));
      const axis = info.axes[position];
      const index = this.model.get("indices")[name] ?? 0;
      const count = finest.shape[position] ?? 1;
      const physical = axis
        ? placeAlong(axis, index, finest.scale[position] ?? 1, finest.translation[position] ?? 0, count)
        : "";
      const said = physical ? `of ${count} · ${physical}` : `of ${count}`;
      setValue(slider, String(index));
      setValue(number, String(index));
      setText(place, said);
      slider.setAttribute("aria-valuetext", `${index} ${said}`);
    }
  }
}
