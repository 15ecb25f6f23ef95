/** What is under the pointer: indices of level 0, the place in physical units, the value of each visible channel. */
import { h, setText } from "../dom";
import type { Picked } from "../labels";
import { pixelAt, planeOf } from "../levels";
import type { Info, Properties } from "../types";
import { decimalsFor, short, unitFor, withUnit } from "../units";

/** So many properties of a label are shown, the others are counted. */
const PROPERTIES = 6;

export type Values = Map<number, { value: number; level: number }>;

export class Readout {
  readonly element = h("output", {
    class: "readout",
    "aria-live": "off",
    "aria-label": "pixel under the pointer",
  });

  constructor(private readonly info: Info) {
    this.clear();
  }

  clear(): void {
    setText(this.element, "\u00a0");
  }

  /** Say which label is there, and no more. */
  tell(picked: Picked | null | undefined): void {
    setText(this.element, picked ? labelText(picked).join(" · ") : "\u00a0");
  }

  update(
    x: number,
    y: number,
    values: Values,
    picked: Picked | null,
    said: string[] = [],
    after: string[] = [],
  ): void {
    const { info } = this;
    const plane = planeOf(info, 0);
    const pixel = pixelAt(plane, x, y);
    if (!pixel && values.size === 0) {
      this.clear();
      return;
    }
    const [xAxis, yAxis] = [info.axes[info.display.x], info.axes[info.display.y]];
    const parts = [
      ...said,
      pixel ? `${xAxis?.name ?? "x"} ${pixel.col}  ${yAxis?.name ?? "y"} ${pixel.row}` : "",
      this.place(x, y),
    ];
    let coarsest = 0;
    for (const [channel, { value, level }] of values) {
      parts.push(`${info.channels[channel]?.label ?? channel} ${short(value, 5)}`);
      coarsest = Math.max(coarsest, level);
    }
    // A mean of many pixels is not the pixel: say so.
    if (coarsest > 0) parts.push(`values of level ${coarsest}`);
    if (picked) parts.push(...labelText(picked));
    parts.push(...after);
    setText(this.element, parts.filter(Boolean).join(" · "));
  }

  /** "44.3, 164.2 µm": one unit for both, chosen by the size of the image. */
  private place(x: number, y: number): string {
    const { info } = this;
    const axis = info.axes[info.display.x];
    if (!axis?.unit) return "";
    const { scale, translation, width } = planeOf(info, 0);
    const unit = unitFor(axis, Math.max(Math.abs(translation.x + width * scale.x), Math.abs(x), Math.abs(y)));
    const decimals = decimalsFor(scale.x * unit.factor);
    const text = [x, y].map((value) => (value * unit.factor).toFixed(decimals)).join(", ");
    return withUnit(text, unit.symbol);
  }
}

const labelText = ({ labels, id, properties }: Picked): string[] => [
  `${labels} ${id}`,
  ...propertiesText(properties),
];

/** "area 41.5", "class neuron": texts and numbers, bounded. */
function propertiesText(properties: Properties | null | undefined): string[] {
  if (!properties) return [];
  const texts = Object.entries(properties).flatMap(([name, value]) => {
    const text = typeof value === "number" ? short(value, 5) : String(value);
    return typeof value === "object" ? [] : [`${name} ${text}`.slice(0, 80)];
  });
  const more = texts.length - PROPERTIES;
  return more > 0 ? [...texts.slice(0, PROPERTIES), `and ${more} more`] : texts;
}
