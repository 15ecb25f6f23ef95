/** The images of a view: shown or not, how much each adds, and two of them compared. */
import { h, setText, setValue } from "../dom";
import type { Member } from "../members";
import type { Model } from "../model";
import { type Comparison, LAYERS } from "../traits/layers";
import { short } from "../units";
import { words } from "../words";

const STEP = 0.02;
const PAGE = 0.1;

const KINDS: [Comparison, string][] = [
  ["", "together"],
  ["swipe", "swipe"],
  ["difference", "difference"],
];

export class LayerRows {
  readonly element: HTMLElement;
  private readonly rows: { box: HTMLInputElement; opacity: HTMLInputElement }[] = [];
  private readonly kind: HTMLSelectElement;

  constructor(
    private readonly model: Model,
    members: Member[],
  ) {
    const rows = members.map((member, position) => this.row(member, position));
    this.kind = h(
      "select",
      {
        "aria-label": "comparison",
        onchange: () => model.set("comparison", this.kind.value as Comparison),
      },
      ...KINDS.map(([value, text]) => h("option", { value }, text)),
    );
    this.element = h(
      "section",
      { class: "layers labels", "aria-label": "images" },
      h("h4", {}, "Images"),
      ...rows,
      h("label", { class: "label-option" }, h("span", {}, "shown"), this.kind),
    );
    model.on(LAYERS, () => this.update());
    this.update();
  }

  private row({ name, problems }: Member, position: number): HTMLElement {
    const { model } = this;
    const set = <T>(list: T[], value: T): T[] => list.map((item, n) => (n === position ? value : item));
    const box = h("input", {
      type: "checkbox",
      onchange: () => model.set("layer_visible", set(model.get("layer_visible"), box.checked)),
    });
    const opacity = h("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.05,
      title: `${name} opacity`,
      "aria-label": `${name} image opacity`,
      oninput: () => model.set("layer_opacity", set(model.get("layer_opacity"), Number(opacity.value))),
    });
    this.rows.push({ box, opacity });
    const trouble = h("p", { class: "trouble", hidden: problems.length === 0 }, problems.join("\n"));
    const label = h("label", { class: "check", title: name }, box, h("span", {}, name));
    return h("div", { class: "label-row" }, h("div", { class: "layer-row" }, label, opacity), trouble);
  }

  private update(): void {
    const { model } = this;
    this.rows.forEach(({ box, opacity }, position) => {
      box.checked = model.get("layer_visible")[position] ?? true;
      const part = model.get("layer_opacity")[position] ?? 1;
      setValue(opacity, String(part));
      opacity.setAttribute("aria-valuetext", `${Math.round(100 * part)} %`);
    });
    this.kind.value = model.get("comparison");
  }
}

/** The line of a swipe: drag it, or move it with the arrow keys. */
export class Divider {
  readonly element: HTMLElement;

  constructor(
    private readonly model: Model,
    left: string,
    right: string,
  ) {
    this.element = h("div", {
      class: "divider",
      role: "slider",
      tabindex: 0,
      title: `${left} left, ${right} right: drag, or use the arrow keys`,
      "aria-label": `line between ${left} and ${right}`,
      "aria-orientation": "horizontal",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      onkeydown: (event: KeyboardEvent) => this.key(event),
    });
    this.element.append(h("span", { class: "grip", "aria-hidden": "true" }));
    this.update();
  }

  /** Whether a place of the stage lies on the line. */
  holds(x: number, width: number): boolean {
    return this.model.get("comparison") === "swipe" && Math.abs(x - this.model.get("divider") * width) <= 12;
  }

  set(part: number): void {
    this.model.set("divider", Math.min(Math.max(part, 0), 1));
  }

  update(): void {
    const part = this.model.get("divider");
    this.element.hidden = this.model.get("comparison") !== "swipe";
    this.element.style.left = `${100 * part}%`;
    this.element.setAttribute("aria-valuenow", String(Math.round(100 * part)));
    this.element.setAttribute("aria-valuetext", `${Math.round(100 * part)} %`);
  }

  private key(event: KeyboardEvent): void {
    const now = this.model.get("divider");
    const to = {
      ArrowLeft: now - STEP,
      ArrowRight: now + STEP,
      PageDown: now - PAGE,
      PageUp: now + PAGE,
      Home: 0,
      End: 1,
    }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.set(to);
  }
}

/** What the colours of a difference mean. */
export class Legend {
  private readonly less = h("span");
  private readonly more = h("span");
  readonly element: HTMLElement;

  constructor(left: string, right: string) {
    const bar = h("div", { class: "ramp", "aria-hidden": "true" });
    const title = words.difference(left, right);
    this.element = h("div", { class: "legend", title, role: "img" }, this.less, bar, this.more);
  }

  update(shown: boolean, limit: number): void {
    this.element.hidden = !shown;
    if (!shown) return;
    setText(this.less, `−${short(limit, 3)}`);
    setText(this.more, `+${short(limit, 3)}`);
    this.element.setAttribute("aria-label", `${this.element.title} ${short(limit, 3)}`);
  }
}
