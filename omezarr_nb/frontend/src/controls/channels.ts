/** The channels: on or off, colour, contrast limits. */
import { h } from "../dom";
import type { Model } from "../model";
import { ChannelRow } from "./channel";

export class Channels {
  readonly element: HTMLElement;
  private readonly rows: ChannelRow[];

  constructor(model: Model, askContrast: (channel: number) => void) {
    this.rows = model.info.channels.map((_, c) => new ChannelRow(model, c, () => askContrast(c)));
    this.element = h(
      "section",
      { class: "channels", "aria-label": "channels" },
      ...this.rows.map((row) => row.element),
    );
    model.on(["visible", "colors", "contrast_limits"], () => this.update());
    this.update();
  }

  private update(): void {
    for (const row of this.rows) row.update();
  }
}
