/** The words of the controls of forms, in one place. */
const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

export const formWords = {
  axes: "axes, in the order of the dimensions",
  dragHint: "Drag it onto another dimension, or press an arrow key: the two change places",
  long: (length: number): string => `${length} long`,
  axisAt: (name: string, place: number, length: number): string =>
    `${name}: dimension ${place}, ${length} long`,
  moved: (name: string, place: number): string => `${name} is dimension ${place} now`,
  gone: "The kernel is not answering: what is shown stays, and nothing here does anything. Run the cell again to go on.",
  wells: "wells to put files into",
  well: (row: string, column: string, count: number, chosen: number): string =>
    `${row}${column}: ${plural(count, "file")}${chosen ? `; click to put ${plural(chosen, "file")} here` : ""}`,
};
