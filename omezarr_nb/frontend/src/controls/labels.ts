/** The labels: shown or not, opacity, contours, those that are selected, and a field that goes to an id. */
import { button, h, icon, setText, setValue } from "../dom";
import { depthOf, type LabelImages } from "../labels";
import type { Model } from "../model";
import type { Properties } from "../types";
import { short } from "../units";
import { words } from "../words";

/** So many selected ids are listed; the trait has all. */
const LISTED = 12;
const CONTOUR = 2;
/** So many properties of the label that was selected last are listed, and so much of each. */
const FACTS = 24;
const FACT_LENGTH = 200;

export interface LabelActions {
  /** Go to an id of a label image; says in words what came of it, "" when it is on screen. */
  find: (labels: string, id: string, say: (what: string) => void) => void;
}

export class Labels {
  readonly element: HTMLElement;
  private readonly rows: LabelRow[];
  private readonly opacity: HTMLInputElement;
  private readonly contour: HTMLInputElement;
  private readonly only: HTMLInputElement;
  private readonly options: HTMLElement;
  private readonly field: HTMLInputElement;
  private readonly said = h("p", { class: "said", role: "status" });
  private readonly selected = h("div", { class: "selected" });
  private readonly facts = h("dl", { class: "facts", "aria-label": "properties of the selected label" });

  constructor(
    private readonly model: Model,
    private readonly images: LabelImages,
    private readonly actions: LabelActions,
  ) {
    this.rows = model.info.labels.map((name) => new LabelRow(name, (shown) => this.show(name, shown)));
    this.opacity = h("input", {
      type: "range",
      min: 0,
      max: 1,
      step: 0.05,
      "aria-label": "label opacity",
      oninput: () => model.set("label_opacity", Number(this.opacity.value)),
    });
    this.contour = h("input", {
      type: "checkbox",
      onchange: () => model.set("label_contour", this.contour.checked ? CONTOUR : 0),
    });
    this.only = h("input", {
      type: "checkbox",
      onchange: () => model.set("only_selected", this.only.checked),
    });
    this.field = h("input", {
      type: "text",
      inputmode: "numeric",
      class: "number",
      autocomplete: "off",
      "aria-label": "label to go to",
      placeholder: "number",
      onkeydown: (event: KeyboardEvent) => {
        // Jupyter takes an Enter that nobody else has taken.
        if (event.key !== "Enter") return;
        event.preventDefault();
        this.find();
      },
    });
    this.options = h(
      "div",
      { class: "label-options" },
      h("label", { class: "label-option" }, h("span", {}, "opacity"), this.opacity),
      h("label", { class: "check" }, this.contour, h("span", {}, "contours")),
      h("label", { class: "check" }, this.only, h("span", {}, "only selected")),
      h(
        "div",
        { class: "label-option" },
        h("span", {}, "go to"),
        this.field,
        button("go to the label", "go", () => this.find(), "select the label and go there"),
      ),
      this.said,
      this.selected,
      this.facts,
    );
    this.element = h(
      "section",
      { class: "labels", "aria-label": "labels", hidden: model.info.labels.length === 0 },
      h("h4", {}, "Labels"),
      ...this.rows.map((row) => row.element),
      this.options,
    );
    const heard = [
      "visible_labels",
      "label_opacity",
      "label_contour",
      "only_selected",
      "selected_labels",
    ] as const;
    model.on([...heard, "volume"], () => this.update());
    this.update();
  }

  update(): void {
    const { model, images } = this;
    const visible = model.get("visible_labels");
    this.add();
    for (const row of this.rows) {
      const opened = images.state(row.name);
      const info = opened?.state === "open" ? opened.info : undefined;
      const why = opened?.state === "failed" ? opened.why : (info?.problems.join("\n") ?? "");
      row.update(visible.includes(row.name), why);
    }
    this.options.hidden = visible.length === 0;
    setValue(this.opacity, String(model.get("label_opacity")));
    this.opacity.setAttribute("aria-valuetext", `${Math.round(100 * model.get("label_opacity"))} %`);
    this.contour.checked = model.get("label_contour") > 0;
    this.only.checked = model.get("only_selected");
    this.list();
  }

  /** Rows for labels that were made since. */
  private add(): void {
    for (const name of this.model.info.labels.slice(this.rows.length)) {
      const row = new LabelRow(name, (shown) => this.show(name, shown));
      this.rows.push(row);
      this.options.before(row.element);
      this.element.hidden = false;
    }
  }

  private show(name: string, shown: boolean): void {
    // In the order of the image's list, whichever was switched on last.
    const visible = new Set(this.model.get("visible_labels"));
    if (shown) visible.add(name);
    else visible.delete(name);
    this.model.set(
      "visible_labels",
      this.model.info.labels.filter((one) => visible.has(one)),
    );
  }

  private find(): void {
    const id = this.field.value.trim();
    const labels = this.model.get("visible_labels").at(-1);
    if (!labels) return;
    if (!/^-?\d{1,20}$/.test(id)) {
      setText(this.said, words.labelIsNumber);
      return;
    }
    setText(this.said, words.searching);
    this.actions.find(labels, BigInt(id).toString(), (what) => setText(this.said, what));
  }

  private list(): void {
    const { model } = this;
    const all = Object.entries(model.get("selected_labels")).flatMap(([name, ids]) =>
      ids.map((id) => ({ name, id })),
    );
    const several = model.info.labels.length > 1;
    const chips = all.slice(0, LISTED).map(({ name, id }) => {
      const text = several ? `${name} ${id}` : id;
      const drop = button(`take ${text} out of the selection`, icon("close"), () => this.drop(name, id));
      return h("span", { class: "chip" }, h("span", { title: text }, text), drop);
    });
    const more = all.length > LISTED ? [h("span", {}, `and ${all.length - LISTED} more`)] : [];
    const clear =
      all.length > 1
        ? [h("button", { type: "button", onclick: () => model.set("selected_labels", {}) }, "clear")]
        : [];
    const none =
      all.length === 0 && this.canSelect() ? [h("span", { class: "hint" }, words.howToSelect)] : [];
    this.selected.replaceChildren(...none, ...chips, ...more, ...clear);
    const last = all.at(-1);
    this.tell(last?.id ?? "", last ? this.images.about(last.name, last.id) : null);
  }

  /** Whether a label may be on screen: those without a depth are in no volume. */
  private canSelect(): boolean {
    const { model, images } = this;
    if (!model.get("volume")) return true;
    return model.get("visible_labels").some((name) => {
      const opened = images.state(name);
      return opened?.state === "open" && depthOf(opened.info) === depthOf(model.info);
    });
  }

  /** What is stored of the label that was selected last. */
  private tell(id: string, properties: Properties | null | undefined): void {
    const facts = Object.entries(properties ?? {}).slice(0, FACTS);
    const told: [string, unknown][] = [["label", id], ...facts];
    this.facts.hidden = facts.length === 0;
    this.facts.replaceChildren(
      ...told.flatMap(([name, value]) => {
        const text = typeof value === "object" ? JSON.stringify(value) : String(value);
        const said = typeof value === "number" ? short(value, 6) : text.slice(0, FACT_LENGTH);
        return [h("dt", { title: name }, name), h("dd", { title: text.slice(0, FACT_LENGTH) }, said)];
      }),
    );
  }

  private drop(name: string, id: string): void {
    this.model.set("selected_labels", without(this.model.get("selected_labels"), name, id));
  }
}

class LabelRow {
  readonly element: HTMLElement;
  private readonly box: HTMLInputElement;
  private readonly trouble = h("p", { class: "trouble", hidden: true });

  constructor(
    readonly name: string,
    show: (shown: boolean) => void,
  ) {
    this.box = h("input", { type: "checkbox", onchange: () => show(this.box.checked) });
    const label = h("label", { class: "check", title: name }, this.box, h("span", {}, name));
    this.element = h("div", { class: "label-row" }, label, this.trouble);
  }

  update(shown: boolean, trouble: string): void {
    this.box.checked = shown;
    this.trouble.hidden = !shown || !trouble;
    setText(this.trouble, trouble);
  }
}

type Selection = Record<string, string[]>;

/** A selection without one id; a name without ids is left out. */
export function without(selection: Selection, name: string, id: string): Selection {
  const rest = (selection[name] ?? []).filter((one) => one !== id);
  const others = Object.entries(selection).filter(([other]) => other !== name);
  return Object.fromEntries(rest.length > 0 ? [...others, [name, rest]] : others);
}

/** What a click selects: this one alone, or with `more` this one too, or not any more. */
export function clicked(
  selection: Selection,
  picked: { labels: string; id: string } | null,
  more: boolean,
): Selection {
  if (!picked) return more ? selection : {};
  const { labels, id } = picked;
  const ids = selection[labels] ?? [];
  if (!more) {
    const alone = ids.length === 1 && ids[0] === id && Object.keys(selection).length === 1;
    return alone ? {} : { [labels]: [id] };
  }
  return ids.includes(id) ? without(selection, labels, id) : { ...selection, [labels]: [...ids, id] };
}
