/** What finds a channel among many: a field that filters by name, and all or none of those that are found. */
import { button, h, setText } from "../dom";
import { words } from "../words";

/** More channels than this have a field to find one. */
export const MANY = 8;
/** Rows at once: each has a histogram and a dozen controls. */
export const MOST_ROWS = 60;

/** The channels to list, in order: those whose name or number has what is looked for, at most `MOST_ROWS`. */
export function listed(
  labels: string[],
  visible: boolean[],
  wanted: string,
): { rows: number[]; found: number[] } {
  const text = wanted.trim().toLowerCase();
  const found = labels.flatMap((label, c) =>
    label.toLowerCase().includes(text) || String(c) === text ? [c] : [],
  );
  // Where there is no room for all, those that are on are there.
  const order = [...found].sort((a, b) => Number(visible[b] ?? false) - Number(visible[a] ?? false) || a - b);
  return { rows: order.slice(0, MOST_ROWS).sort((a, b) => a - b), found };
}

export interface ManyActions {
  /** What is looked for has changed. */
  changed: () => void;
  /** Show or hide all that are found. */
  show: (on: boolean) => void;
}

export class FindChannels {
  readonly element: HTMLElement;
  private readonly field: HTMLInputElement;
  private readonly said = h("p", { class: "said", role: "status" });

  constructor(actions: ManyActions) {
    this.field = h("input", {
      type: "search",
      class: "boxed find",
      "aria-label": "find a channel",
      placeholder: "find a channel",
      autocomplete: "off",
      oninput: () => actions.changed(),
      // Jupyter takes an Enter that nobody else has taken.
      onkeydown: (event: KeyboardEvent) => event.key === "Enter" && event.preventDefault(),
    });
    this.element = h(
      "div",
      { class: "channel-tools" },
      h(
        "div",
        { class: "setting" },
        this.field,
        button("show all channels that are found", "all", () => actions.show(true)),
        button("hide all channels that are found", "none", () => actions.show(false)),
      ),
      this.said,
    );
  }

  get wanted(): string {
    return this.field.value;
  }

  update(rows: number, found: number, all: number): void {
    const text = found === 0 ? words.noSuchChannel : rows < found ? words.moreChannels(rows, found) : "";
    setText(this.said, text);
    this.said.hidden = text === "";
    this.field.title = `${found} of ${all}`;
  }
}
