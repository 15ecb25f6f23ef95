/** Beside the picture, or folded below it in a narrow cell: the channels and the labels. */
import { h, icon, setText } from "../dom";
import type { Model } from "../model";
import type { Channels } from "./channels";
import type { Labels } from "./labels";
import { MANY } from "./many";

export class Panel {
  readonly element: HTMLElement;
  private readonly dots = h("span", { class: "dots", "aria-hidden": "true" });
  private readonly count = h("span", { class: "count" });

  constructor(
    private readonly model: Model,
    channels: Channels,
    labels: Labels,
    sections: Element[],
  ) {
    const fold = h(
      "button",
      {
        type: "button",
        class: "fold",
        "aria-expanded": "false",
        onclick: () => {
          const open = this.element.classList.toggle("open");
          fold.setAttribute("aria-expanded", String(open));
        },
      },
      icon("open"),
      this.count,
      this.dots,
    );
    const leads = (section: Element) => section.classList.contains("leads");
    const list = h(
      "div",
      { class: "panel-list" },
      ...sections.filter(leads),
      channels.element,
      labels.element,
      ...sections.filter((section) => !leads(section)),
    );
    this.element = h("div", { class: "panel" }, fold, list);
    model.on(["visible", "colors", "visible_labels"], () => this.update());
    this.update();
  }

  private update(): void {
    const { model } = this;
    const [visible, colors] = [model.get("visible"), model.get("colors")];
    const on = visible.filter(Boolean).length;
    const channels = visible.length === 1 ? "Channel" : `Channels · ${on} of ${visible.length}`;
    const count = model.info.labels.length;
    const labels = count === 0 ? "" : ` · labels · ${model.get("visible_labels").length} of ${count}`;
    setText(this.count, channels + labels);
    const shown = colors.filter((_, c) => visible[c]).slice(0, MANY);
    this.dots.replaceChildren(
      ...shown.map((color) => {
        const dot = h("i");
        dot.style.background = color;
        return dot;
      }),
    );
  }
}
