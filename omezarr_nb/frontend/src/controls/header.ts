/** The heading: what is looked at, the level, and the buttons. */
import { button, h, icon, setText, setValue, stepByKey } from "../dom";
import { levelOf, planeOf, smaller } from "../levels";
import type { Model } from "../model";
import type { Info } from "../types";
import { pixelSize } from "../units";

export interface HeaderActions {
  fit: () => void;
  oneToOne: () => void;
  full: () => void;
  save: () => void;
  copy: () => void;
  help: () => void;
}

export class Header {
  readonly element: HTMLElement;
  private readonly level: HTMLInputElement;
  private readonly output = h("span", { class: "level-words" });

  constructor(
    private readonly model: Model,
    actions: HeaderActions,
    tools: Element[],
  ) {
    const { info } = model;
    const compact = model.get("compact");
    const last = info.levels.length - 1;
    const choose = (level: number): void => model.set("level", level < 0 ? "auto" : level);
    this.level = h("input", {
      type: "range",
      class: "level",
      min: -1,
      max: last,
      step: 1,
      "aria-label": "level",
      oninput: () => choose(Number(this.level.value)),
      onkeydown: (event: KeyboardEvent) =>
        stepByKey(event, { now: Number(this.level.value), first: -1, last, page: 1 }, choose),
    });
    const helpButton = button("help", "?", actions.help, "shortcuts (?)");
    this.element = h(
      "header",
      // Else it would be a landmark of the page, and each view would bring one.
      { role: "group", "aria-label": "view" },
      h(
        "div",
        { class: "title" },
        h("strong", { title: `${info.name}\n${info.where}` }, compact ? drawn(info) : info.name),
        h("span", {}, compact ? "" : about(info)),
      ),
      h(
        "div",
        { class: "tools" },
        h("label", { class: "level-box" }, this.output, this.level),
        ...tools,
        button("fit", icon("fit"), actions.fit, "fit the image (f)"),
        button("1:1", "1:1", actions.oneToOne, "one image pixel to one screen pixel (0)"),
        button("save the picture", icon("save"), actions.save, "save the picture as PNG"),
        button("copy the picture", icon("copy"), actions.copy),
        button("full screen", icon("full"), actions.full),
        helpButton,
      ),
    );
  }

  /** `target`: the level that is wanted now. */
  update(target: number): void {
    const { info } = this.model;
    const choice = this.model.get("level");
    setValue(this.level, String(choice === "auto" ? -1 : Math.min(choice, info.levels.length - 1)));
    // Levels count from 0, so the last one is named rather than their number.
    const last = info.levels.length - 1;
    const place = last > 0 ? `${target} of 0–${last}` : `${target}`;
    const said = choice === "auto" ? `auto (${place})` : place;
    setText(this.output, `level ${said}`);
    this.level.setAttribute("aria-valuetext", choice === "auto" ? `automatic, ${place}` : place);
    const { width, height } = planeOf(info, target);
    const title = `level ${target} (${smaller(info, target)}) · ${width} × ${height} px · ${levelOf(info, target).path}`;
    if (this.output.parentElement) this.output.parentElement.title = title;
  }
}

/** The axes that are drawn: "xz". */
function drawn({ axes, display }: Info): string {
  return `${axes[display.x]?.name ?? ""}${axes[display.y]?.name ?? ""}`;
}

/** "OME-Zarr 0.5 · czyx · 0.36 µm/px" */
function about(info: Info): string {
  const { x, y } = info.display;
  const { scale } = planeOf(info, 0);
  const [xAxis, yAxis] = [info.axes[x], info.axes[y]];
  const names = info.axes.map((axis) => axis.name);
  const axes = names.join(names.every((name) => name.length === 1) ? "" : " ");
  const size = xAxis && yAxis ? pixelSize(xAxis, yAxis, scale.x, scale.y) : "";
  return [`OME-Zarr ${info.version}`, axes, size].filter(Boolean).join(" · ");
}
