/** The channels: on or off, colour, contrast limits, and what else changes their look. */
import { h } from "../dom";
import type { Model } from "../model";
import { LOOKS } from "../traits/channels";
import type { Limits } from "../types";
import { ChannelRow } from "./channel";

export class Channels {
  readonly element: HTMLElement;
  private readonly rows: ChannelRow[];
  private readonly grey: HTMLInputElement;
  /** What was visible before one channel was shown alone. */
  private before: boolean[] = [];

  constructor(
    private readonly model: Model,
    askContrast: (channel: number) => void,
  ) {
    this.rows = model.info.channels.map(
      (_, c) => new ChannelRow(model, c, { auto: () => askContrast(c), solo: () => this.solo(c) }),
    );
    this.grey = h("input", {
      type: "checkbox",
      onchange: () => model.set("greyscale", this.grey.checked),
    });
    this.element = h(
      "section",
      { class: "channels", "aria-label": "channels" },
      ...this.rows.map((row) => row.element),
      h("label", { class: "check greyscale" }, this.grey, h("span", {}, "greyscale")),
    );
    model.on(LOOKS, () => this.update());
    this.update();
  }

  /** The values of a channel have been looked at anew. */
  know(channel: number, range: Limits, histogram: string): void {
    this.rows[channel]?.know(range, histogram);
  }

  private update(): void {
    for (const row of this.rows) row.update();
    this.grey.checked = this.model.get("greyscale");
  }

  private solo(channel: number): void {
    const visible = this.model.get("visible");
    const alone = visible.every((on, c) => on === (c === channel));
    if (alone && this.before.some(Boolean)) {
      this.model.set("visible", this.before);
      return;
    }
    if (!alone) this.before = visible;
    this.model.set(
      "visible",
      visible.map((_, c) => c === channel),
    );
  }
}
