/** The shapes in the panel: a row for each, and what can be said and changed of the one selected. */
import { h, setText, setValue } from "../dom";
import type { Ask } from "../labels";
import { levelOf } from "../levels";
import type { Model } from "../model";
import type { Indices } from "../planes";
import { short } from "../units";
import type { Editor } from "./editor";
import { said } from "./measure";
import { isTransposed, MOST_TEXT, type Shape, toValue } from "./shapes";
import type { StatisticsRow } from "./types";
import { kindWord, regionWords } from "./words";

const COLUMNS = ["mean", "std", "min", "max"] as const;

export interface ListActions {
  ask: Ask;
  /** The plane on screen. */
  plane(): Indices;
  /** Go to a shape: its plane, and where it lies. */
  go(shape: Shape, zoom: boolean): void;
  /** A key on the list that means what it means on the picture. */
  key(event: KeyboardEvent): boolean;
}

interface Row {
  element: HTMLElement;
  press: HTMLButtonElement;
  dot: HTMLElement;
  name: HTMLElement;
  brief: HTMLElement;
}

export class ShapeRows {
  readonly element: HTMLElement;
  private readonly rows: Row[] = [];
  private readonly list: HTMLElement;
  private readonly none = h("p", { class: "hint" }, regionWords.none);
  private readonly title = h("h4", {}, "Shapes");
  private readonly details: HTMLElement;
  private readonly name: HTMLInputElement;
  private readonly color: HTMLInputElement;
  private readonly whole = h("p", { class: "measures" });
  private readonly planes: { axis: string; box: HTMLInputElement; words: HTMLElement }[];
  private readonly numbers = h("div", { class: "statistics", role: "status" });
  private readonly statistics: HTMLButtonElement;
  /** What the numbers were asked for, and how to give the question up. */
  private asked = "";
  private giveUp: (() => void) | null = null;
  private readonly status = h("p", { class: "said", role: "status" });

  constructor(
    private readonly model: Model,
    private readonly editor: Editor,
    private readonly actions: ListActions,
  ) {
    this.list = h("div", {
      class: "shape-list",
      role: "group",
      "aria-label": "list of shapes",
      onkeydown: (event: KeyboardEvent) => {
        if (actions.key(event)) event.preventDefault();
      },
    });
    this.name = h("input", {
      type: "text",
      class: "name",
      maxlength: MOST_TEXT,
      autocomplete: "off",
      "aria-label": "name of the shape",
      onchange: () => this.rename(),
      onkeydown: (event: KeyboardEvent) => {
        // Jupyter takes an Enter that nobody else has taken.
        if (event.key !== "Enter") return;
        event.preventDefault();
        this.rename();
      },
    });
    this.color = h("input", {
      type: "color",
      "aria-label": "colour of the shape",
      title: "colour of the shape",
      onchange: () => this.change({ color: this.color.value }),
    });
    this.planes = model.info.sliders.flatMap((position) => {
      const axis = model.info.axes[position]?.name ?? "";
      if ((levelOf(model.info, 0).shape[position] ?? 1) < 2) return [];
      const box = h("input", { type: "checkbox", onchange: () => this.bind(axis, box.checked) });
      return [{ axis, box, words: h("span", {}) }];
    });
    const go = h(
      "button",
      { type: "button", class: "boxed", title: "show the shape as large as fits", onclick: () => this.go() },
      "go to",
    );
    const drop = h("button", { type: "button", class: "boxed", onclick: () => editor.remove() }, "delete");
    this.statistics = h(
      "button",
      {
        type: "button",
        class: "boxed",
        title: "mean, deviation and range of the pixels within",
        onclick: () => this.reckon(),
      },
      "statistics",
    );
    this.details = h(
      "div",
      { class: "shape-details", role: "group", "aria-label": "shape that is selected" },
      h("div", { class: "shape-name" }, this.color, this.name),
      this.whole,
      ...this.planes.map(({ box, words }) => h("label", { class: "check" }, box, words)),
      h("div", { class: "shape-buttons" }, go, this.statistics, drop),
      this.numbers,
    );
    this.element = h(
      "section",
      { class: "shapes", "aria-label": "shapes" },
      this.title,
      this.none,
      this.list,
      this.details,
      this.status,
    );
  }

  /** Say what happened. */
  say(what: string): void {
    setText(this.status, what);
  }

  /** `open`: whether the tools are there. */
  update(open: boolean): void {
    const { editor } = this;
    const { shapes, selected } = editor;
    this.element.hidden = !open && shapes.length === 0;
    if (this.element.hidden) return;
    setText(this.title, shapes.length > 0 ? `Shapes · ${shapes.length}` : "Shapes");
    this.none.hidden = shapes.length > 0;
    while (this.rows.length < shapes.length) this.rows.push(this.row(this.rows.length));
    for (const { element } of this.rows.splice(shapes.length)) {
      // Whoever was on the last row is not thrown out of the list.
      const focused = element.contains((element.getRootNode() as Document | ShadowRoot).activeElement);
      element.remove();
      if (focused) this.rows.at(-1)?.press.focus();
    }
    shapes.forEach((shape, index) => {
      const row = this.rows[index];
      if (!row) return;
      const seen = editor.isSeen(shape);
      row.dot.style.background = shape.color;
      setText(row.name, shape.name);
      setText(
        row.brief,
        seen ? said(this.model.info, shape).brief : regionWords.elsewhere(planeWords(shape)),
      );
      row.press.setAttribute("aria-pressed", String(index === selected));
      row.press.title = `${shape.name}: ${kindWord(shape.type)}, ${planeWords(shape) || regionWords.everywhere}`;
      row.element.classList.toggle("elsewhere", !seen);
    });
    this.show(editor.selectedShape);
  }

  private row(index: number): Row {
    const dot = h("i", { "aria-hidden": "true" });
    const [name, brief] = [h("span", { class: "shape-title" }), h("span", { class: "brief" })];
    const press = h(
      "button",
      {
        type: "button",
        onclick: () => {
          const { editor } = this;
          const same = editor.selected === index;
          editor.select(same ? -1 : index);
          const shape = editor.selectedShape;
          if (shape) this.actions.go(shape, false);
        },
      },
      dot,
      name,
      brief,
    );
    const element = h("div", { class: "shape-row" }, press);
    this.list.append(element);
    return { element, press, dot, name, brief };
  }

  private show(shape: Shape | undefined): void {
    this.details.hidden = !shape;
    if (!shape) {
      this.forget();
      return;
    }
    if (this.root().activeElement !== this.name) this.name.value = shape.name;
    setValue(this.color, shape.color);
    setText(this.whole, said(this.model.info, shape).whole);
    const indices = this.actions.plane();
    for (const { axis, box, words } of this.planes) {
      const own = shape.plane[axis];
      box.checked = own !== undefined;
      setText(words, `only on ${axis} ${own ?? indices[axis] ?? 0}`);
    }
    this.statistics.hidden = shape.type === "line";
    if (this.asked && this.asked !== this.question(shape)) this.forget();
  }

  private root(): Document | ShadowRoot {
    return this.element.getRootNode() as Document | ShadowRoot;
  }

  private change(what: Partial<Shape>): void {
    if (this.editor.selected >= 0) this.editor.change(this.editor.selected, what);
  }

  private rename(): void {
    const name = this.name.value.trim();
    const shape = this.editor.selectedShape;
    if (!shape) return;
    if (name && name !== shape.name) this.change({ name });
    else this.name.value = shape.name;
  }

  private bind(axis: string, bound: boolean): void {
    const shape = this.editor.selectedShape;
    if (!shape) return;
    const { [axis]: _, ...others } = shape.plane;
    this.change({ plane: bound ? { ...others, [axis]: this.actions.plane()[axis] ?? 0 } : others });
  }

  private go(): void {
    const shape = this.editor.selectedShape;
    if (shape) this.actions.go(shape, true);
  }

  // Statistics

  private channels(): number[] {
    return this.model.get("visible").flatMap((visible, channel) => (visible ? [channel] : []));
  }

  private question(shape: Shape): string {
    return JSON.stringify([
      shape.type,
      shape.points,
      { ...this.actions.plane(), ...shape.plane },
      this.channels(),
    ]);
  }

  private forget(): void {
    this.giveUp?.();
    this.giveUp = null;
    this.asked = "";
    this.numbers.replaceChildren();
  }

  private reckon(): void {
    const shape = this.editor.selectedShape;
    if (!shape) return;
    this.forget();
    this.asked = this.question(shape);
    this.numbers.replaceChildren(h("p", {}, regionWords.measuring));
    const value = toValue(shape, isTransposed(this.model.info));
    const question = {
      kind: "statistics" as const,
      shape: value,
      indices: this.actions.plane(),
      channels: this.channels(),
    };
    this.giveUp = this.actions.ask(question, (answer) => {
      this.giveUp = null;
      if (answer.kind === "error") this.numbers.replaceChildren(h("p", { class: "trouble" }, answer.message));
      if (answer.kind === "statistics") this.numbers.replaceChildren(...table(answer.rows, answer.level));
      this.numbers.scrollIntoView({ block: "nearest" });
    });
  }
}

/** "z 3", "t 0, z 3"; "" for all planes. */
export function planeWords({ plane }: Pick<Shape, "plane">): string {
  return Object.entries(plane)
    .map(([name, index]) => `${name} ${index}`)
    .join(", ");
}

function table(rows: StatisticsRow[], level: number): Element[] {
  if (rows.length === 0) return [h("p", {}, regionWords.noValues)];
  const write = (value: number | null) => (value === null ? "–" : short(value, 4));
  const head = h("tr", {}, h("td"), ...COLUMNS.map((name) => h("th", { scope: "col" }, name)));
  const body = rows.map((row) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", title: row.channel }, row.channel),
      ...COLUMNS.map((name) => h("td", {}, write(row[name]))),
    ),
  );
  const count = rows[0]?.count ?? 0;
  const where = level > 0 ? ` of level ${level}` : "";
  return [h("table", {}, head, ...body), h("p", { class: "hint" }, `${count} pixels${where}`)];
}
