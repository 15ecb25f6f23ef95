/** A slider for each axis that is not displayed: index, count and the place in physical units. */
import { h, numberField, setText, setValue, stepByKey } from "../dom";
import { levelOf } from "../levels";
import type { Model } from "../model";
import { placeAlong } from "../units";

const PAGE = 10;

interface Row {
  position: number;
  name: string;
  slider: HTMLInputElement;
  number: HTMLInputElement;
  place: HTMLElement;
}

export class AxisSliders {
  readonly element = h("div", { class: "axes" });
  private readonly rows: Row[] = [];

  constructor(private readonly model: Model) {
    const { info } = model;
    const shape = levelOf(info, 0).shape;
    for (const position of info.sliders) {
      if ((shape[position] ?? 1) > 1) this.rows.push(this.row(position));
    }
    this.element.hidden = this.rows.length === 0;
    model.on(["indices"], () => this.update());
    this.update();
  }

  /** Step along an axis by name; nothing where there is no such slider. */
  step(name: string, by: number): void {
    const row = this.rows.find((one) => one.name === name);
    if (row) this.go(row.name, (this.model.get("indices")[row.name] ?? 0) + by, this.count(row));
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
      { inputmode: "numeric", "aria-label": `${name} index`, size: String(count - 1).length },
      (index) => this.go(name, Math.round(index), count),
      () => String(this.model.get("indices")[name] ?? 0),
    );
    const place = h("span", { class: "place" });
    const row = { position, name, slider, number, place };
    this.element.append(
      h("div", { class: "axis" }, h("span", { class: "axis-name", title }, name), slider, number, place),
    );
    return row;
  }

  private count({ position }: Pick<Row, "position">): number {
    return levelOf(this.model.info, 0).shape[position] ?? 1;
  }

  private go(name: string, index: number, count: number): void {
    const bounded = Math.min(Math.max(index, 0), count - 1);
    this.model.set("indices", { ...this.model.get("indices"), [name]: bounded });
  }

  private update(): void {
    const { info } = this.model;
    const finest = levelOf(info, 0);
    for (const { position, name, slider, number, place } of this.rows) {
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
