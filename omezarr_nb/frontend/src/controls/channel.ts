/** One channel: checkbox, colour, "auto", a histogram, and a slider with two handles that cannot cross. */
import { button, h, icon, numberField, setValue, shape } from "../dom";
import type { Model } from "../model";
import type { Limits } from "../types";
import { short } from "../units";
import { More } from "./more";

type End = 0 | 1;
const NAMES = ["minimum", "maximum"] as const;

export class ChannelRow {
  readonly element: HTMLElement;
  private readonly box: HTMLInputElement;
  private readonly color: HTMLInputElement;
  private readonly handles: [HTMLInputElement, HTMLInputElement];
  private readonly numbers: [HTMLInputElement, HTMLInputElement];
  private readonly track: HTMLElement;
  private readonly histogram = shape("histogram");
  private readonly more: More;
  /** What a double click goes back to. */
  private readonly first: Limits;
  /** The slider's ends: the channel's own values. They widen where the limits lie outside, and stay so. */
  private range: Limits;
  private drawn: { histogram: number[]; range: Limits } = { histogram: [], range: [0, 1] };

  constructor(
    private readonly model: Model,
    private readonly channel: number,
    actions: { auto: () => void; solo: () => void },
  ) {
    const label = model.info.channels[channel]?.label ?? `channel ${channel}`;
    this.first = this.limits;
    this.range = model.info.channels[channel]?.range ?? model.info.limits;
    this.box = h("input", {
      type: "checkbox",
      "aria-label": label,
      onchange: () => model.setChannel("visible", channel, this.box.checked),
    });
    this.color = h("input", {
      type: "color",
      "aria-label": `${label} colour`,
      title: `${label} colour`,
      oninput: () => model.setChannel("colors", channel, this.color.value),
    });
    this.handles = [this.handle(label, 0), this.handle(label, 1)];
    this.numbers = [this.number(label, 0), this.number(label, 1)];
    this.track = h("div", { class: "contrast" }, ...this.handles);
    this.more = new More(model, channel, label, { full: () => this.full(), solo: actions.solo });
    const fold = button(`more of ${label}`, icon("open"), () => {
      this.more.element.hidden = !this.more.element.hidden;
      fold.setAttribute("aria-expanded", String(!this.more.element.hidden));
    });
    fold.setAttribute("aria-expanded", "false");
    this.element = h(
      "div",
      { class: "channel", role: "group", "aria-label": label },
      h(
        "div",
        { class: "channel-head" },
        h("label", { class: "check", title: label }, this.box, h("span", {}, label)),
        this.color,
        button(`auto contrast ${label}`, "auto", actions.auto, "contrast from the plane on screen"),
        fold,
      ),
      this.histogram.element,
      this.track,
      h("div", { class: "ends" }, ...this.numbers),
      this.more.element,
    );
    this.draw(model.info.channels[channel]?.histogram ?? "");
  }

  /** The channel's values have been looked at anew: these are the ends of the slider now. */
  know(range: Limits, histogram: string): void {
    this.range = range;
    this.draw(histogram);
    this.update();
  }

  update(): void {
    const { model, channel } = this;
    const limits = this.limits;
    this.range = [Math.min(this.range[0], limits[0]), Math.max(this.range[1], limits[1])];
    const [least, most] = this.range;
    this.box.checked = model.get("visible")[channel] ?? false;
    setValue(this.color, model.get("colors")[channel] ?? "#ffffff");
    const span = most - least || 1;
    for (const end of [0, 1] as const) {
      this.handles[end].min = String(least);
      this.handles[end].max = String(most);
      setValue(this.handles[end], String(limits[end]));
      this.handles[end].setAttribute("aria-valuetext", short(limits[end], 5));
      setValue(this.numbers[end], short(limits[end], 5));
      const part = Math.min(Math.max((limits[end] - least) / span, 0), 1);
      this.track.style.setProperty(end === 0 ? "--from" : "--to", String(part));
    }
    this.element.style.setProperty("--colour", model.get("colors")[channel] ?? "");
    // Both handles at the upper end: the lower one must lie on top, or neither could be moved.
    this.handles[0].style.zIndex = limits[0] - least > span / 2 ? "2" : "1";
    this.element.classList.toggle("off", !this.box.checked);
    this.more.update();
    this.place();
  }

  private full(): void {
    this.model.setChannel("contrast_limits", this.channel, this.range);
  }

  /** The counts as a shape over the slider; limits beyond its ends widen the slider, and the shape stays. */
  private draw(text: string): void {
    const histogram = [...text].map((digit) => Number.parseInt(digit, 36));
    const [low, high] = this.range;
    this.drawn = { histogram, range: [low, high] };
    this.histogram.element.toggleAttribute("hidden", histogram.length < 2);
  }

  private place(): void {
    const { histogram, range } = this.drawn;
    const [low, high] = this.range;
    const span = high - low || 1;
    const x = (value: number) => (1000 * (value - low)) / span;
    const width = (x(range[1]) - x(range[0])) / Math.max(histogram.length, 1);
    const steps = histogram.map((height, n) => {
      const left = x(range[0]) + n * width;
      const y = 100 - (100 * height) / 35;
      return `L${left.toFixed(1)} ${y.toFixed(1)}L${(left + width).toFixed(1)} ${y.toFixed(1)}`;
    });
    this.histogram.path(`M${x(range[0]).toFixed(1)} 100${steps.join("")}L${x(range[1]).toFixed(1)} 100Z`);
  }

  private get limits(): Limits {
    return this.model.get("contrast_limits")[this.channel] ?? this.model.info.limits;
  }

  private isWhole(): boolean {
    return !this.model.info.wire.startsWith("float");
  }

  private handle(label: string, end: End): HTMLInputElement {
    const [least, most] = this.range;
    const name = `${label} ${NAMES[end]}`;
    const handle = h("input", {
      type: "range",
      class: NAMES[end],
      min: least,
      max: most,
      step: this.isWhole() ? 1 : "any",
      "aria-label": name,
      title: `${name} (double click resets)`,
      oninput: () => this.set(end, Number(handle.value)),
      ondblclick: () => this.model.setChannel("contrast_limits", this.channel, this.first),
      onkeydown: (event: KeyboardEvent) => this.key(event, end),
    });
    return handle;
  }

  /** Keys step by a hundredth of what is between the handles: by one of 65535 nothing would be seen. */
  private key(event: KeyboardEvent, end: End): void {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[
      event.key
    ];
    if (by === undefined) return;
    event.preventDefault();
    const [low, high] = this.limits;
    const step = (high - low) / 100;
    this.set(end, this.limits[end] + by * (this.isWhole() ? Math.max(Math.round(step), 1) : step));
  }

  private number(label: string, end: End): HTMLInputElement {
    return numberField(
      { inputmode: "decimal", "aria-label": `${label} ${NAMES[end]} value` },
      (value) => this.set(end, value, false),
      () => short(this.limits[end], 5),
    );
  }

  /** The other handle is a wall. Typed numbers may lie beyond the slider's ends. */
  private set(end: End, value: number, within = true): void {
    const [least, most] = this.range;
    const [low, high] = this.limits;
    const inside = within ? Math.min(Math.max(value, least), most) : value;
    const limits: Limits = end === 0 ? [Math.min(inside, high), high] : [low, Math.max(inside, low)];
    this.model.setChannel("contrast_limits", this.channel, limits);
    this.update();
  }
}
