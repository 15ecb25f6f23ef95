/** The keys of painting, for the list of shortcuts. */

export const paintShortcuts: [keys: string, effect: string][] = [
  [
    "m b e p l g i j k x",
    "while painting: move, brush, eraser, polygon, lasso, fill, pick, join, cut, delete",
  ],
  ["[ and ]", "while painting: smaller and larger brush"],
  ["n", "while painting: next free id"],
  ["ctrl + z, ctrl + shift + z", "while painting: undo, redo"],
  ["ctrl + s", "while painting: save"],
];
