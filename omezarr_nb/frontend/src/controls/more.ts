/** What else can be set of a channel: full range, gamma, opacity, colour map, inversion. */
import { h, numberField, setValue } from "../dom";
import type { Model } from "../model";
import { short } from "../units";

/** Maps that are offered; any other of matplotlib's can be set in Python, and is offered then. */
const COLORMAPS = [
  "viridis",
  "plasma",
  "inferno",
  "magma",
  "cividis",
  "turbo",
  "gray",
  "hot",
  "cool",
  "bone",
  "Blues",
  "Greens",
  "Reds",
  "coolwarm",
  "twilight",
];
const GAMMA = { least: -1, most: 1, step: 0.02 };

export class More {
  readonly element: HTMLElement;
  private readonly gamma: HTMLInputElement;
  private readonly gammaNumber: HTMLInputElement;
  private readonly opacity: HTMLInputElement;
  private readonly inverted: HTMLInputElement;
  private readonly colormap: HTMLSelectElement;

  constructor(
    private readonly model: Model,
    private readonly channel: number,
    label: string,
    actions: { full: () => void; solo: () => void },
  ) {
    // The middle of the slider is 1, its ends 0.1 and 10.
    this.gamma = h("input", {
      type: "range",
      min: GAMMA.least,
      max: GAMMA.most,
      step: GAMMA.step,
      "aria-label": `${label} gamma`,
      title: "gamma (double click resets)",
      oninput: () => this.setGamma(10 ** Number(this.gamma.value)),
      ondblclick: () => this.setGamma(1),
    });
    this.gammaNumber = numberField(
      { inputmode: "decimal", "aria-label": `${label} gamma value` },
      (value) => this.setGamma(value),
      () => short(this.model.get("gamma")[channel] ?? 1, 3),
    );
    this.opacity = h("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.05,
      "aria-label": `${label} opacity`,
      oninput: () => model.setChannel("opacity", channel, Number(this.opacity.value)),
    });
    this.inverted = h("input", {
      type: "checkbox",
      "aria-label": `${label} inverted`,
      onchange: () => model.setChannel("inverted", channel, this.inverted.checked),
    });
    this.colormap = h("select", {
      "aria-label": `${label} map`,
      onchange: () => model.setChannel("colormaps", channel, this.colormap.value),
    });
    this.element = h(
      "div",
      { class: "more", hidden: true },
      h(
        "div",
        { class: "setting" },
        h(
          "button",
          { type: "button", class: "boxed", "aria-label": `${label} full range`, onclick: actions.full },
          "full range",
        ),
        h(
          "button",
          {
            type: "button",
            class: "boxed",
            "aria-label": `${label} alone`,
            title: "show this channel alone, and all that were there again",
            onclick: actions.solo,
          },
          "alone",
        ),
      ),
      h("label", { class: "setting" }, h("span", {}, "gamma"), this.gamma, this.gammaNumber),
      h("label", { class: "setting" }, h("span", {}, "opacity"), this.opacity),
      h("label", { class: "setting" }, h("span", {}, "map"), this.colormap),
      h("label", { class: "check" }, this.inverted, h("span", {}, "inverted")),
    );
  }

  update(): void {
    const { model, channel } = this;
    const gamma = model.get("gamma")[channel] ?? 1;
    setValue(this.gamma, String(Math.log10(gamma)));
    this.gamma.setAttribute("aria-valuetext", short(gamma, 3));
    setValue(this.gammaNumber, short(gamma, 3));
    setValue(this.opacity, String(model.get("opacity")[channel] ?? 1));
    this.inverted.checked = model.get("inverted")[channel] ?? false;
    this.offer(model.get("colormaps")[channel] ?? "");
  }

  private offer(chosen: string): void {
    const names = ["", ...COLORMAPS];
    if (!names.includes(chosen)) names.push(chosen);
    if (this.colormap.options.length !== names.length) {
      const options = names.map((name) => h("option", { value: name }, name || "colour"));
      this.colormap.replaceChildren(...options);
    }
    this.colormap.value = chosen;
  }

  private setGamma(value: number): void {
    const inside = Math.min(Math.max(value, 0.1), 10);
    // So near to 1 it is meant.
    const meant = Math.abs(Math.log10(inside)) < GAMMA.step / 2 ? 1 : Number(inside.toPrecision(3));
    this.model.setChannel("gamma", this.channel, meant);
  }
}
