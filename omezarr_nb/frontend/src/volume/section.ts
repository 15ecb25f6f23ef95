/** The section of the panel for volumes: what is drawn of the values, from which side, and which part. */
import { button, h, icon, setValue } from "../dom";
import type { Model } from "../model";
import type { Axis } from "../types";
import { decimalsFor, short, unitFor, withUnit } from "../units";
import { axesOfVolume, gridOf, SIDES } from "./geometry";
import { METHODS, type Method } from "./methods";
import type { Quaternion } from "./turn";
import { methodWords, volumeWords } from "./words";

/** The slider of the density goes by powers of ten. */
const DENSITY = { min: -1, max: 2, step: 0.05 };

export interface SectionActions {
  side: (rotation: Quaternion) => void;
  reset: () => void;
}

export class Section {
  readonly element: HTMLElement;
  private readonly method: HTMLSelectElement;
  private readonly threshold: HTMLInputElement;
  private readonly density: HTMLInputElement;
  private readonly thresholdRow: HTMLElement;
  private readonly densityRow: HTMLElement;
  private readonly clips: ClipRow[];

  constructor(
    private readonly model: Model,
    actions: SectionActions,
  ) {
    this.method = h(
      "select",
      {
        "aria-label": "volume method",
        onchange: () => model.set("volume_method", this.method.value as Method),
      },
      ...METHODS.map((name) => h("option", { value: name }, methodWords[name])),
    );
    this.threshold = h("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.01,
      "aria-label": "surface threshold",
      oninput: () => model.set("volume_threshold", Number(this.threshold.value)),
    });
    this.density = h("input", {
      type: "range",
      ...DENSITY,
      "aria-label": "volume density",
      oninput: () => model.set("volume_density", Number((10 ** Number(this.density.value)).toPrecision(3))),
    });
    const row = (name: string, ...parts: Element[]) =>
      h("label", { class: "setting" }, h("span", {}, name), ...parts);
    this.thresholdRow = row("threshold", this.threshold);
    this.thresholdRow.title = "where the surface lies between the contrast limits";
    this.densityRow = row("density", this.density);
    this.densityRow.title = "how much light adds up, or hides what lies behind it";
    const sides = SIDES.map(([name, rotation]) =>
      h("button", { type: "button", class: "boxed", onclick: () => actions.side(rotation) }, name),
    );
    const reset = button("reset the view of the volume", icon("fit"), actions.reset, volumeWords.reset);
    this.clips = axesOfVolume(model.info).map((axis, place) => new ClipRow(model, axis, place));
    this.element = h(
      "section",
      { class: "volume leads", "aria-label": "volume", hidden: true },
      h("h4", {}, "Volume"),
      row("shows", this.method),
      this.thresholdRow,
      this.densityRow,
      h("div", { class: "setting", role: "group", "aria-label": "seen from" }, ...sides, reset),
      ...this.clips.map((clip) => clip.element),
    );
    this.update();
  }

  update(): void {
    const { model } = this;
    const method = model.get("volume_method");
    this.element.hidden = !model.get("volume");
    this.method.value = method;
    this.thresholdRow.hidden = method !== "surface";
    this.densityRow.hidden = method !== "additive" && method !== "attenuated";
    setValue(this.threshold, String(model.get("volume_threshold")));
    setValue(this.density, String(Math.log10(Math.max(model.get("volume_density"), 0.1))));
    this.density.setAttribute("aria-valuetext", short(model.get("volume_density"), 3));
    for (const clip of this.clips) clip.update();
  }
}

/** Which part of the volume is drawn along an axis: two handles that do not cross. */
class ClipRow {
  readonly element: HTMLElement;
  private readonly handles: [HTMLInputElement, HTMLInputElement];
  private readonly track: HTMLElement;
  private readonly said = h("span", { class: "clip-words" });
  private readonly axis: Axis | undefined;
  /** The ends of the volume, in the axis' own unit. */
  private readonly ends: [number, number];
  private readonly voxel: number;

  constructor(
    private readonly model: Model,
    axis: number,
    place: number,
  ) {
    const grid = gridOf(model.info, 0);
    const unit = model.info.volume?.units[place] ?? 1;
    this.axis = model.info.axes[axis];
    this.ends = [(grid.low[place] ?? 0) / unit, (grid.high[place] ?? 1) / unit];
    this.voxel = (grid.scale[place] ?? 1) / unit;
    this.handles = [this.handle(0), this.handle(1)];
    this.track = h("div", { class: "contrast" }, ...this.handles);
    this.element = h(
      "div",
      { class: "clip", role: "group", "aria-label": `part along ${this.name}` },
      h("div", { class: "clip-head" }, h("span", {}, this.name), this.said),
      this.track,
    );
  }

  update(): void {
    const [low, high] = this.now();
    const [least, most] = this.ends;
    setValue(this.handles[0], String(low));
    setValue(this.handles[1], String(high));
    const part = (value: number) => String(Math.min(Math.max((value - least) / (most - least), 0), 1));
    this.track.style.setProperty("--from", part(low));
    this.track.style.setProperty("--to", part(high));
    this.handles[0].style.zIndex = low > (least + most) / 2 ? "2" : "1";
    const whole = low <= least && high >= most;
    this.said.textContent = whole ? "all" : this.words(low, high);
    for (const [end, handle] of this.handles.entries())
      handle.setAttribute("aria-valuetext", this.words(end === 0 ? low : high));
  }

  private get name(): string {
    return this.axis?.name ?? "";
  }

  private now(): [number, number] {
    const [least, most] = this.ends;
    const [low, high] = this.model.get("volume_clip")[this.name] ?? this.ends;
    return [Math.min(Math.max(low, least), most), Math.max(Math.min(high, most), least)];
  }

  /** "12.0–20.5 µm" */
  private words(...places: number[]): string {
    const { axis } = this;
    if (!axis?.unit) return places.map((place) => short(place, 4)).join("–");
    const unit = unitFor(axis, Math.max(Math.abs(this.ends[0]), Math.abs(this.ends[1])));
    const decimals = decimalsFor(this.voxel * unit.factor);
    const texts = places.map((place) => (place * unit.factor).toFixed(decimals));
    return withUnit(texts.join("–"), unit.symbol);
  }

  private handle(end: 0 | 1): HTMLInputElement {
    const [least, most] = this.ends;
    const handle = h("input", {
      type: "range",
      min: least,
      max: most,
      step: "any",
      "aria-label": `${this.name} ${end === 0 ? "from" : "to"}`,
      title: "double click shows all",
      oninput: () => this.set(end, Number(handle.value)),
      ondblclick: () => this.clip(this.ends),
      onkeydown: (event: KeyboardEvent) => {
        const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[
          event.key
        ];
        if (by === undefined) return;
        event.preventDefault();
        this.set(end, this.now()[end] + by * this.voxel);
      },
    });
    return handle;
  }

  /** At least a voxel is left. */
  private set(end: 0 | 1, value: number): void {
    const [low, high] = this.now();
    const [least, most] = this.ends;
    this.clip(
      end === 0
        ? [Math.max(Math.min(value, high - this.voxel), least), high]
        : [low, Math.min(Math.max(value, low + this.voxel), most)],
    );
  }

  private clip(ends: [number, number]): void {
    const { [this.name]: _, ...others } = this.model.get("volume_clip");
    const whole = ends[0] <= this.ends[0] && ends[1] >= this.ends[1];
    this.model.set("volume_clip", whole ? others : { ...others, [this.name]: ends });
  }
}
