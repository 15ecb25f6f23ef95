/** The channels: on or off, colour, contrast limits, and what else changes their look. */
import { h } from "../dom";
import { type Model, same } from "../model";
import { LOOKS } from "../traits/channels";
import type { Limits } from "../types";
import { ChannelRow } from "./channel";
import { FindChannels, listed, MANY } from "./many";

export class Channels {
  readonly element: HTMLElement;
  private readonly list = h("div", { class: "channel-list" });
  /** Made when they are first listed: there may be thousands. */
  private readonly rows = new Map<number, ChannelRow>();
  private readonly known = new Map<number, [range: Limits, histogram: string]>();
  private readonly asked = new Set<number>();
  private readonly grey: HTMLInputElement;
  private readonly find: FindChannels | null;
  private readonly labels: string[];
  private listedBefore: number[] = [];
  /** What was visible before one channel was shown alone. */
  private before: boolean[] = [];

  constructor(
    private readonly model: Model,
    private readonly askContrast: (channel: number, keep?: boolean) => void,
  ) {
    this.labels = model.info.channels.map(({ label }) => label);
    this.grey = h("input", {
      type: "checkbox",
      onchange: () => model.set("greyscale", this.grey.checked),
    });
    const many = this.labels.length > MANY;
    this.find = many
      ? new FindChannels({ changed: () => this.update(), show: (on) => this.showFound(on) })
      : null;
    this.element = h(
      "section",
      { class: many ? "channels many" : "channels", "aria-label": "channels" },
      ...(this.find ? [this.find.element] : []),
      this.list,
      h("label", { class: "check greyscale" }, this.grey, h("span", {}, "greyscale")),
    );
    model.on(LOOKS, () => {
      this.update();
      this.askForNew();
    });
    this.update();
    // Not before the view is there that asks.
    queueMicrotask(() => this.askForNew());
  }

  /** The values of a channel have been looked at anew. */
  know(channel: number, range: Limits, histogram: string): void {
    this.known.set(channel, [range, histogram]);
    this.rows.get(channel)?.know(range, histogram);
  }

  private update(): void {
    const visible = this.model.get("visible");
    const { rows, found } = listed(this.labels, visible, this.find?.wanted ?? "");
    this.find?.update(rows.length, found.length, this.labels.length);
    const shown = rows.map((channel) => this.row(channel));
    const elements = shown.map((row) => row.element);
    if (!same(rows, this.listedBefore)) this.list.replaceChildren(...elements);
    this.listedBefore = rows;
    for (const row of shown) row.update();
    this.grey.checked = this.model.get("greyscale");
  }

  private row(channel: number): ChannelRow {
    const there = this.rows.get(channel);
    if (there) return there;
    const actions = { auto: () => this.askContrast(channel), solo: () => this.solo(channel) };
    const row = new ChannelRow(this.model, channel, actions);
    const known = this.known.get(channel);
    if (known) row.know(...known);
    this.rows.set(channel, row);
    return row;
  }

  /** Of many channels not all have been looked at before: those that are shown for the first time are now. */
  private askForNew(): void {
    const { model, asked } = this;
    const { channels } = model.info;
    const limits = model.get("contrast_limits");
    for (const [c, on] of model.get("visible").entries()) {
      if (!on || asked.has(c) || channels[c]?.histogram) continue;
      asked.add(c);
      // Limits that are stored, or were set, stay.
      this.askContrast(c, !same(limits[c], channels[c]?.range));
    }
  }

  private showFound(on: boolean): void {
    const { model } = this;
    const visible = model.get("visible");
    const found = new Set(listed(this.labels, visible, this.find?.wanted ?? "").found);
    model.set(
      "visible",
      visible.map((before, c) => (found.has(c) ? on : before)),
    );
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
