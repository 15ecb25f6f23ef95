/** The words of painting, in one place. */
import type { Editing } from "./types";

export type Tool =
  | "move"
  | "brush"
  | "erase"
  | "polygon"
  | "lasso"
  | "fill"
  | "pick"
  | "merge"
  | "split"
  | "delete";

/** Each tool with its key, its name, and what it does. */
export const TOOLS: readonly (readonly [tool: Tool, key: string, name: string, effect: string])[] = [
  ["move", "m", "move", "Move the image; with any tool the middle mouse button does"],
  ["brush", "b", "brush", "Paint"],
  ["erase", "e", "eraser", "Take labels away"],
  ["polygon", "p", "polygon", "Click the corners; double click or Enter fills it, Escape gives it up"],
  ["lasso", "l", "lasso", "Draw around an area to fill it"],
  ["fill", "g", "fill", "Click: what is connected there in this plane gets the id"],
  ["pick", "i", "pick", "Click a label to go on with its id"],
  ["merge", "j", "join", "Click a label: it becomes part of the one with the id, in all planes"],
  ["split", "k", "cut", "Draw a line across a label: the smaller part gets a free id"],
  ["delete", "x", "delete", "Click a label to take it away, in all planes"],
];

const METHODS: Record<string, string> = {
  mode: "the most frequent id of its block",
  nearest: "the id of the first pixel of its block",
};

export const paintWords = {
  stop: "close the painting tools",
  choose: "Paint",
  begin: "paint",
  create: "make and paint",
  fresh: "new labels …",
  newName: "name of the new labels",
  size: "brush size in pixels of the labels",
  id: "id that is painted",
  next: "next free id",
  keep: "keep other labels",
  keepTitle: "Paint only where there is no label yet; take away only the label with the id",
  depth: "ball",
  depthTitle: "Brush and eraser reach into the planes beside this one; cut goes through all",
  going: "save as I go",
  goingTitle: "Save by itself, a second after the last stroke",
  undo: "undo",
  redo: "redo",
  save: "save",
  interpolate: "fill between planes",
  interpolateTitle: "Paint the label with the id in the planes between the two nearest ones that have it",
  discard: "throw away",
  recovered: (count: number) =>
    `${count === 1 ? "One change" : `${count} changes`} that had not been saved ${count === 1 ? "is" : "are"} painted again. Save to keep ${count === 1 ? "it" : "them"}.`,
  noId: "Looking for an id that is free; type one to go on at once.",
  nothingThere: "There is no label at this place.",
  sameLabel: "This label has the id already.",
  notAnId: ([least, most]: [string, string]) =>
    `An id of these labels is a whole number from ${least} to ${most}.`,
  method: (method: string) =>
    `These labels do not say how their coarser levels were made. Where you paint, a coarser pixel gets ${
      METHODS[method] ?? `the ${method} of its block`
    } (${method}).`,
  failed: (why: string) => `Not saved: ${why}`,
  tryAgain: "try again",
};

/** How it stands, in a word or two. */
export function stateWords(editing: Editing, waiting: number): string {
  if (editing.state === "locked") return "locked";
  if (editing.state === "refused") return "read-only";
  if (editing.state === "saving") return "saving …";
  if (editing.state === "failed") return "not saved";
  if (waiting > 0) return "painting …";
  const count = editing.unsaved ?? 0;
  if (editing.state === "unsaved") return count === 1 ? "1 change unsaved" : `${count} changes unsaved`;
  return "saved";
}

/** What is said once painting has ended with changes that are not saved; "" where there are none. */
export function keptWords({ state, labels, unsaved = 0 }: Editing): string {
  if (state !== "closed" || unsaved === 0) return "";
  return unsaved === 1
    ? `One change of ${labels} is not saved. It is kept, and painted again when you go on.`
    : `${unsaved} changes of ${labels} are not saved. They are kept, and painted again when you go on.`;
}
