/** The channels: on or off, colour, contrast limits. */
import { h, icon, setText } from "../dom";
import type { Model } from "../model";
import { ChannelRow } from "./channel";

export class Channels {
  readonly element: HTMLElement;
  private readonly rows: ChannelRow[];
  private readonly dots = h("span", { class: "dots", "aria-hidden": "true" });
  private readonly count = h("span");

  constructor(
    private readonly model: Model,
    askContrast: (channel: number) => void,
  ) {
    this.rows = model.info.channels.map((_, c) => new ChannelRow(model, c, () => askContrast(c)));
    const list = h("div", { class: "channel-list" }, ...this.rows.map((row) => row.element));
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
    this.element = h("section", { class: "channels", "aria-label": "channels" }, fold, list);
    model.on(["visible", "colors", "contrast_limits"], () => this.update());
    this.update();
  }

  private update(): void {
    const [visible, colors] = [this.model.get("visible"), this.model.get("colors")];
    for (const row of this.rows) row.update();
    const on = visible.filter(Boolean).length;
    setText(this.count, visible.length === 1 ? "Channel" : `Channels · ${on} of ${visible.length}`);
    this.dots.replaceChildren(
      ...visible.flatMap((shown, c) => {
        if (!shown) return [];
        const dot = h("i");
        dot.style.background = colors[c] ?? "";
        return [dot];
      }),
    );
  }
}
