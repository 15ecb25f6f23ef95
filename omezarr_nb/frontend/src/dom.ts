/** Elements, built without HTML: text comes in as text and stays text. */

type Child = Node | string;
type Attributes = Record<string, string | number | boolean | ((event: never) => void)>;

type KeyHandler = (event: KeyboardEvent) => void;

/** Where an element has its handler of keys: the same for code that was fetched later. */
const KEYS = Symbol.for("omezarr_nb.keys");

type Keyed = EventTarget & { [KEYS]?: KeyHandler };

/**
 * Give key presses within an element to the handlers under "onkeydown" of its parts, from the inside out, before
 * anybody else gets them.
 *
 * Notebooks listen on the whole document before its elements do, and in their command mode take arrows and letters as
 * commands: an "x" on the picture would cut the cell. So a key that a handler has taken (by preventing its default) goes
 * no further, nor does one that means something in a picture, a field or on a button; with ctrl and the like, or as
 * Escape, Tab and shift + Enter, it is the notebook's.
 */
export function listenForKeys(root: HTMLElement): { disconnect(): void } {
  const hear = (event: KeyboardEvent): void => {
    const path = event.composedPath();
    const end = path.indexOf(root);
    for (const target of path.slice(0, end + 1)) {
      (target as Keyed)[KEYS]?.(event);
      if (event.cancelBubble) return;
    }
    if (end >= 0 && (event.defaultPrevented || isOwn(event))) event.stopImmediatePropagation();
  };
  window.addEventListener("keydown", hear, { capture: true });
  return { disconnect: () => window.removeEventListener("keydown", hear, { capture: true }) };
}

function isOwn({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return false;
  if (key === "Enter") return !shiftKey;
  return key.length === 1 || /^(Delete|Backspace|Home|End|Arrow.*|Page.*)$/.test(key);
}

/**
 * An element with attributes and children. A function under "onclick" and the like is a listener, true an
 * attribute without a value, false none.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onkeydown") (element as Keyed)[KEYS] = value as KeyHandler;
    else if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** Icons of 16 px, drawn with lines; their text stands on the button. */
const ICONS = {
  fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4M5.5 5.5h5v5h-5z",
  full: "M9.5 2H14v4.5M14 2 9 7M6.5 14H2V9.5M2 14l5-5",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  save: "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  play: "M4.5 2.5v11l9-5.5z",
  pause: "M5 3v10M11 3v10",
  open: "M4 6l4 4 4-4",
  shapes: "M2 2.5h7v7h-7zM6.5 10.5a4 4 0 1 0 4-4",
  cube: "M8 1.5l5.5 3v7L8 14.5l-5.5-3v-7zM2.5 4.5 8 7.5l5.5-3M8 7.5v7",
  undo: "M6 3 3 6l3 3M3 6h6a4 4 0 0 1 0 8H6",
  redo: "M10 3l3 3-3 3M13 6H7a4 4 0 0 0 0 8h3",
  "paint-move": "M8 1.5v13M1.5 8h13M6 3.5l2-2 2 2M6 12.5l2 2 2-2M3.5 6l-2 2 2 2M12.5 6l2 2-2 2",
  "paint-brush":
    "M13.5 2.5 7 9M5.5 9a2.5 2.5 0 0 1 2 2.5c0 1.5-1.5 2.5-3 2.5H2c1 0 1.2-1 1.2-2.3A2.5 2.5 0 0 1 5.5 9z",
  "paint-erase": "M6 13.5h8M2.5 10.5l7-7 4 4-6 6h-2.5z",
  "paint-polygon": "M8 2l6 4.5-2.3 7H4.3L2 6.5z",
  "paint-lasso": "M8 3c3.5 0 6 1.5 6 3.7S11.5 10.5 8 10.5 2 9 2 6.7 4.5 3 8 3zM5 10.5c-1.5 1.5 1 2 0 3.5",
  "paint-fill": "M7.5 2l5.5 5.5-5 5-5.5-5.5zM2.5 7.5h10.5M14 10.5v3",
  "paint-pick": "M9.5 4.5l2 2M12.5 2a1.5 1.5 0 0 1 1.5 1.5L11 6.5 9.5 5zM10 6l-6 6-2 2 .5-2.5 6-6",
  "paint-merge": "M5.5 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10.5 4a4 4 0 1 1 0 8M8 8h5M11 6l2 2-2 2",
  "paint-split":
    "M4 3l8 10M12 3 4 13M2.5 13a1.5 1.5 0 1 0 3 0 1.5 1.5 0 0 0-3 0zM10.5 13a1.5 1.5 0 1 0 3 0 1.5 1.5 0 0 0-3 0z",
  "paint-delete": "M3 4.5h10M6.5 4.5V2.5h3v2M4.5 4.5l.7 9h5.6l.7-9",
} as const;

export function icon(name: keyof typeof ICONS): SVGSVGElement {
  return drawing(ICONS[name]);
}

/** An icon of one path, in a box of 16 x 16. */
export function drawing(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** A filled shape that is stretched to its element, in a box of 1000 x 100. */
export function shape(name: string): { element: SVGSVGElement; path: (d: string) => void } {
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("class", name);
  element.setAttribute("viewBox", "0 0 1000 100");
  element.setAttribute("preserveAspectRatio", "none");
  element.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  element.append(path);
  return { element, path: (d) => path.setAttribute("d", d) };
}

/** A button of words or with an icon; its name is what is read out, and the tooltip. */
export function button(name: string, face: Child, press: () => void, title = name): HTMLButtonElement {
  return h("button", { type: "button", "aria-label": name, title, onclick: press }, face);
}

/** Set a text only where it differs: screen readers hear a live region whenever it is written to. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Set a value only where it differs and nobody is about to type another. */
export function setValue(input: HTMLInputElement, value: string): void {
  if (input.dataset.typing === undefined && input.value !== value) input.value = value;
}

export interface Steps {
  now: number;
  first: number;
  last: number;
  page: number;
}

/**
 * The keys of a slider: arrows step one, page keys `page`, home and end go to the ends.
 *
 * The browser has keys of its own for a slider, but in a notebook it never comes to them.
 */
export function stepByKey(
  event: KeyboardEvent,
  { now, first, last, page }: Steps,
  go: (to: number) => void,
): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const to = {
    ArrowLeft: now - 1,
    ArrowDown: now - 1,
    ArrowRight: now + 1,
    ArrowUp: now + 1,
    PageDown: now - page,
    PageUp: now + page,
    Home: first,
    End: last,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  go(Math.min(Math.max(to, first), last));
}

/** A field for a number. `take` gets what was typed, if it is one for `read`; `now` is what stands there else. */
export function numberField(
  attributes: Attributes,
  take: (value: number) => void,
  now: () => string,
  read: (text: string) => number = Number,
): HTMLInputElement {
  const field: HTMLInputElement = h("input", {
    type: "text",
    class: "number",
    autocomplete: "off",
    ...attributes,
    oninput: () => {
      field.dataset.typing = "";
    },
    onchange: () => commit(),
    onblur: () => {
      delete field.dataset.typing;
      field.value = now();
    },
    onkeydown: (event: KeyboardEvent) => {
      // Jupyter takes an Enter that nobody else has taken, and so no change event would follow.
      if (event.key !== "Escape" && event.key !== "Enter") return;
      event.preventDefault();
      if (event.key === "Enter") return commit();
      delete field.dataset.typing;
      field.value = now();
    },
  });
  const commit = (): void => {
    delete field.dataset.typing;
    const text = field.value.trim();
    const value = read(text);
    if (text !== "" && Number.isFinite(value)) take(value);
    field.value = now();
  };
  return field;
}
