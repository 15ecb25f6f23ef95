/** The tools of shapes: a button in the heading that opens them, and the strip of tools over the picture. */
import { button, drawing, h } from "../dom";
import type { Model } from "../model";
import type { Editor } from "./editor";
import { TOOLS, type Tool } from "./shapes";
import { TOOL_HINTS, TOOL_NAMES } from "./words";

/** Icons of 16 px, drawn with lines. */
const ICONS: Record<Tool | "undo" | "redo" | "delete", string> = {
  pan: "M3.5 2 12 8.2 8 9l2 4.2-1.8.8-2-4.2L3.5 12.5z",
  point: "M8 2.5v11M2.5 8h11",
  line: "M3.5 12.5l9-9M2 12.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M11 3.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0",
  rectangle: "M2.5 4h11v8h-11z",
  ellipse: "M1.8 8a6.2 4.4 0 1 0 12.4 0a6.2 4.4 0 1 0-12.4 0",
  polygon: "M8 2 14 6.5 11.5 13.5h-7L2 6.5z",
  undo: "M6 3 2.5 6.5 6 10M2.5 6.5H10a3.5 3.5 0 0 1 0 7H6",
  redo: "M10 3l3.5 3.5L10 10M13.5 6.5H6a3.5 3.5 0 0 0 0 7h4",
  delete: "M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4M6.7 6.5v4.5M9.3 6.5v4.5",
};

export class Toolbar {
  /** Over the picture. */
  readonly element: HTMLElement;
  private readonly tools: ReadonlyMap<Tool, HTMLButtonElement>;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly delete: HTMLButtonElement;
  private open = false;

  /** `opener`: the button in the heading. */
  constructor(
    private readonly opener: HTMLButtonElement,
    private readonly model: Model,
    private readonly editor: Editor,
    private readonly focus: () => void,
  ) {
    opener.addEventListener("click", () => this.toggle());
    this.tools = new Map(TOOLS.map((tool) => [tool, this.tool(tool)]));
    this.undo = button(
      "undo",
      drawing(ICONS.undo),
      () => editor.undo(),
      "undo the last change of shapes (ctrl + z)",
    );
    this.redo = button("redo", drawing(ICONS.redo), () => editor.redo(), "do it again (ctrl + shift + z)");
    this.delete = button(
      "delete the shape",
      drawing(ICONS.delete),
      () => {
        editor.remove();
        this.focus();
      },
      "delete the shape that is selected (Delete)",
    );
    const buttons = [...this.tools.values(), this.undo, this.redo, this.delete];
    this.element = h(
      "div",
      {
        class: "region-tools",
        role: "toolbar",
        "aria-label": "tools of shapes",
        "aria-orientation": "vertical",
        hidden: true,
        onkeydown: (event: KeyboardEvent) => step(event, buttons),
      },
      ...buttons,
    );
    this.update();
  }

  /** `away`: whether there is nothing to draw on. */
  update(away = false): void {
    const { editor } = this;
    const { tool } = editor;
    if (tool !== "pan") this.open = true;
    this.element.hidden = !this.open || away;
    this.opener.setAttribute("aria-pressed", String(this.open));
    for (const [name, one] of this.tools) one.setAttribute("aria-pressed", String(name === tool));
    this.undo.disabled = !editor.canUndo();
    this.redo.disabled = !editor.canRedo();
    this.delete.disabled = editor.selected < 0;
  }

  private toggle(): void {
    this.open = !this.open;
    if (!this.open) this.model.set("tool", "pan");
    this.update();
  }

  private tool(name: Tool): HTMLButtonElement {
    const press = () => {
      this.editor.setTool(this.editor.tool === name ? "pan" : name);
      // Keys that end or give up a shape are those of the picture.
      this.focus();
    };
    return button(TOOL_NAMES[name], drawing(ICONS[name]), press, TOOL_HINTS[name]);
  }
}

/** Arrows go from button to button, as in every toolbar. */
function step(event: KeyboardEvent, buttons: readonly HTMLButtonElement[]): void {
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (by === undefined) return;
  const there = buttons.filter((one) => !one.disabled);
  const now = there.indexOf(event.target as HTMLButtonElement);
  event.preventDefault();
  there[(now + by + there.length) % there.length]?.focus();
}
