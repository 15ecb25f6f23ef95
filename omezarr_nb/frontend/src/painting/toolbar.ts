/** The tools of painting: a row below the picture. */
import { button, h, icon, numberField, setText, setValue } from "../dom";
import { isId } from "./geometry";
import type { Editing } from "./types";
import { stateWords, TOOLS, type Tool, paintWords as words } from "./words";

/** What is chosen in the tools. */
export interface Choice {
  tool: Tool;
  size: number;
  id: string;
  keep: boolean;
  depth: boolean;
}

export interface ToolbarActions {
  begin: (labels: string, create: boolean) => void;
  choose: (change: Partial<Choice>) => void;
  next: () => void;
  undo: () => void;
  redo: () => void;
  save: () => void;
  discard: () => void;
  going: (value: boolean) => void;
  interpolate: () => void;
  close: () => void;
  key: (event: KeyboardEvent) => boolean;
}

export class Toolbar {
  readonly element: HTMLElement;
  private readonly names: HTMLSelectElement;
  private readonly fresh: HTMLInputElement;
  private readonly start: HTMLButtonElement;
  private readonly tools = new Map<Tool, HTMLButtonElement>();
  private readonly size: HTMLInputElement;
  private readonly id: HTMLInputElement;
  private readonly swatch = h("i", { class: "swatch" });
  private readonly keep: HTMLInputElement;
  private readonly depth: HTMLInputElement;
  private readonly going: HTMLInputElement;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly save: HTMLButtonElement;
  private readonly discard: HTMLButtonElement;
  private readonly between: HTMLButtonElement;
  private readonly state = h("span", { class: "paint-state", role: "status" });
  private readonly said = h("p", { class: "said", role: "status", hidden: true });
  private readonly working: HTMLElement;
  private ids: [string, string] = ["0", "0"];
  private choice: Choice = { tool: "brush", size: 10, id: "", keep: false, depth: false };

  constructor(private readonly actions: ToolbarActions) {
    this.names = h("select", { "aria-label": "labels", class: "names", onchange: () => this.named() });
    this.fresh = h("input", {
      type: "text",
      class: "number new-name",
      autocomplete: "off",
      "aria-label": words.newName,
      placeholder: "name",
      oninput: () => this.updateStart(),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        this.begin();
      },
    });
    this.start = h("button", { type: "button", class: "strong", onclick: () => this.begin() }, words.begin);
    for (const [tool, key, name, effect] of TOOLS) {
      const press = button(name, icon(`paint-${tool}`), () => actions.choose({ tool }), `${effect} (${key})`);
      press.setAttribute("aria-pressed", "false");
      this.tools.set(tool, press);
    }
    this.size = numberField(
      { "aria-label": words.size, title: `${words.size} ([ and ])`, inputmode: "numeric" },
      (value) => actions.choose({ size: Math.min(Math.max(value, 1), 20_000) }),
      () => sizeText(this.choice.size),
    );
    this.id = h("input", {
      type: "text",
      class: "number",
      inputmode: "numeric",
      autocomplete: "off",
      "aria-label": words.id,
      title: words.id,
      placeholder: "…",
      oninput: () => {
        this.id.dataset.typing = "";
      },
      onchange: () => this.typed(),
      onblur: () => this.typed(),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        if (event.key === "Escape") delete this.id.dataset.typing;
        this.typed();
      },
    });
    const box = (act: (value: boolean) => void): HTMLInputElement => {
      const field: HTMLInputElement = h("input", { type: "checkbox", onchange: () => act(field.checked) });
      return field;
    };
    this.keep = box((keep) => actions.choose({ keep }));
    this.depth = box((depth) => actions.choose({ depth }));
    this.going = box((value) => actions.going(value));
    this.undo = button(words.undo, icon("undo"), actions.undo, `${words.undo} (ctrl + z)`);
    this.redo = button(words.redo, icon("redo"), actions.redo, `${words.redo} (ctrl + shift + z)`);
    this.save = h(
      "button",
      { type: "button", class: "strong", title: "ctrl + s", onclick: actions.save },
      words.save,
    );
    this.discard = h("button", { type: "button", class: "strong", onclick: actions.discard }, words.discard);
    this.between = button(words.interpolate, words.interpolate, actions.interpolate, words.interpolateTitle);
    this.between.classList.add("strong");
    const next = button(words.next, "new", actions.next, `${words.next} (n)`);
    next.classList.add("strong");
    const checked = (field: HTMLInputElement, name: string, title: string): HTMLElement =>
      h("label", { class: "check", title }, field, h("span", {}, name));
    this.working = h(
      "div",
      { class: "paint-working" },
      h("div", { class: "paint-tools", role: "group", "aria-label": "tools" }, ...this.tools.values()),
      h("div", { class: "paint-set" }, h("span", {}, "size"), this.size, h("span", {}, "px")),
      h("div", { class: "paint-set" }, h("span", {}, "id"), this.swatch, this.id, next),
      h(
        "div",
        { class: "paint-set checks" },
        checked(this.keep, words.keep, words.keepTitle),
        checked(this.depth, words.depth, words.depthTitle),
        this.between,
      ),
      h(
        "div",
        { class: "paint-set saving" },
        this.undo,
        this.redo,
        this.state,
        this.save,
        this.discard,
        checked(this.going, words.going, words.goingTitle),
      ),
    );
    this.element = h(
      "section",
      {
        class: "painting",
        "aria-label": "painting",
        hidden: true,
        onkeydown: (event: KeyboardEvent) => {
          // Where something is typed, letters are text.
          const typed = (event.target as Element).matches("select, input:not([type=checkbox])");
          if ((event.ctrlKey || event.metaKey || !typed) && actions.key(event)) event.preventDefault();
        },
      },
      h(
        "div",
        { class: "paint-set choose" },
        h("span", {}, words.choose),
        this.names,
        this.fresh,
        this.start,
      ),
      this.working,
      button(words.stop, icon("close"), actions.close),
      this.said,
    );
  }

  /** Offer labels to paint. */
  offer(names: string[], chosen: string): void {
    const entries: [value: string, text: string][] = names.map((name) => [`n${name}`, name]);
    entries.push(["", words.fresh]);
    const now = this.names.value;
    if (this.names.length !== entries.length) {
      this.names.replaceChildren(...entries.map(([value, text]) => h("option", { value }, text)));
      this.names.value = entries.some(([value]) => value === now) ? now : `n${chosen}`;
    }
    if (chosen) this.names.value = `n${chosen}`;
    if (this.names.selectedIndex < 0) this.names.selectedIndex = entries.length - 1;
    this.updateStart();
  }

  update(editing: Editing | null, choice: Choice, color: string, waiting: number, planes: boolean): void {
    this.choice = choice;
    const paints = editing !== null && isOpen(editing);
    this.working.hidden = !paints;
    this.updateStart(paints ? editing.labels : undefined);
    if (!paints) {
      this.say(editing && editing.state !== "closed" ? `${stateWords(editing, 0)}: ${editing.why}` : "");
      return;
    }
    this.ids = editing.ids ?? this.ids;
    for (const [tool, press] of this.tools) press.setAttribute("aria-pressed", String(tool === choice.tool));
    setValue(this.size, sizeText(choice.size));
    setValue(this.id, choice.id);
    this.swatch.style.background = color;
    this.keep.checked = choice.keep;
    this.depth.checked = choice.depth;
    this.going.checked = editing.going ?? false;
    (this.depth.parentElement as HTMLElement).hidden = !planes;
    this.between.hidden = !planes;
    this.undo.disabled = !editing.undo;
    this.redo.disabled = !editing.redo;
    this.save.disabled = editing.state === "saved" || editing.state === "saving";
    this.discard.hidden = !editing.recovered;
    setText(this.state, stateWords(editing, waiting));
    this.state.dataset.state = editing.state;
  }

  /** Say what went wrong or what to know; "" for nothing. */
  say(what: string): void {
    this.said.hidden = what === "";
    setText(this.said, what);
  }

  /** Take back what is said, if it is this. */
  unsay(what: string): void {
    if (this.said.textContent === what) this.say("");
  }

  private named(): void {
    this.updateStart();
    if (this.names.value && this.working.hidden === false) this.begin();
    else if (!this.names.value) this.fresh.focus();
  }

  private updateStart(open?: string): void {
    const create = this.names.value === "";
    this.fresh.hidden = !create;
    const name = create ? this.fresh.value.trim() : this.names.value.slice(1);
    this.start.hidden = open !== undefined && !create;
    this.start.disabled = name === "";
    setText(this.start, create ? words.create : words.begin);
  }

  private begin(): void {
    const create = this.names.value === "";
    const name = create ? this.fresh.value.trim() : this.names.value.slice(1);
    if (!name) return;
    this.fresh.value = "";
    this.actions.begin(name, create);
  }

  private typed(): void {
    const text = this.id.value.trim();
    const typing = this.id.dataset.typing !== undefined;
    delete this.id.dataset.typing;
    if (typing && isId(text, this.ids)) {
      this.say("");
      this.actions.choose({ id: BigInt(text).toString() });
    } else if (typing) {
      this.say(words.notAnId(this.ids));
    }
    this.id.value = this.choice.id;
  }
}

export function isOpen(editing: Editing): boolean {
  return !["closed", "locked", "refused"].includes(editing.state);
}

function sizeText(size: number): string {
  return String(Number(size.toFixed(1)));
}
