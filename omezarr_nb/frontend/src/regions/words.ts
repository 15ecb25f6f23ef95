/** The words of shapes that people read. */
import type { Kind, Tool } from "./shapes";

export const TOOL_NAMES: Record<Tool, string> = {
  pan: "move and select",
  point: "point",
  line: "line",
  rectangle: "rectangle",
  ellipse: "ellipse",
  polygon: "polygon",
};

export const TOOL_HINTS: Record<Tool, string> = {
  pan: "move the picture; select and change shapes (Escape)",
  point: "click to set points",
  line: "drag a line, or click its corners and end with Enter or a double click; with shift at 45°",
  rectangle: "drag from corner to corner; with shift a square",
  ellipse: "drag from corner to corner of what is around it; with shift a circle",
  polygon: "click the corners and end with Enter, a double click or on the first one; or draw by hand",
};

export const regionWords = {
  tooMany: "There are as many shapes, or points of shapes, as a view takes: delete some.",
  none: "None yet. Choose a tool and draw over the picture.",
  elsewhere: (plane: string) => `on ${plane}`,
  everywhere: "on all planes",
  measuring: "Reading …",
  outside: "The line lies outside the image.",
  noValues: "No channel is visible.",
  noPlot: "no values along the line yet",
  added: (name: string) => `${name} added`,
  deleted: (name: string) => `${name} deleted`,
  undone: "undone",
  redone: "done again",
};

export const SHORTCUTS: readonly (readonly [keys: string, effect: string])[] = [
  ["click the edge of a shape", "select it; drag to move it"],
  ["arrow keys with a shape selected", "move it (with shift: further; with alt: its size)"],
  ["alt + click on a corner of a line or polygon", "take it out"],
  ["Delete", "delete the shape that is selected"],
  ["Enter with a tool of shapes", "end the shape, or put one in the middle"],
  ["Escape", "give up the shape, then the tool, then the selection"],
  ["ctrl + z, ctrl + shift + z", "undo and redo changes of shapes"],
];

/** What a shape is called where it has no name. */
export function kindWord(kind: Kind): string {
  return TOOL_NAMES[kind];
}
