/** The map of a plate: a click on a well, or Enter, tells the kernel which. */
import { h } from "../dom";
import type { Control, FormModel } from "./main";
import { formWords as words } from "./words";

/** Where the arrow keys lead from a well, within a plate. */
export function stepped(key: string, at: [number, number], size: [number, number]): [number, number] | null {
  const steps: Record<string, [number, number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    Home: [0, -size[1]],
    End: [0, size[1]],
  };
  const step = steps[key];
  if (!step) return null;
  const within = (value: number, count: number): number => Math.min(Math.max(value, 0), count - 1);
  return [within(at[0] + step[0], size[0]), within(at[1] + step[1], size[1])];
}

export function wellsControl(model: FormModel): Control {
  const table = h("table", { class: "oz-wells", role: "grid", "aria-label": words.wells });
  const element = h("div", { class: "oz-wells-box" }, table);
  let cells: HTMLTableCellElement[][] = [];
  let drawn = "";
  let at: [number, number] = [0, 0];

  const rows = (): string[] => model.get("rows") as string[];
  const columns = (): string[] => model.get("columns") as string[];
  const press = (row: number, column: number): void => {
    go(row, column, false);
    if (!model.get("disabled")) model.send({ kind: "well", row: rows()[row], column: columns()[column] });
  };
  const go = (row: number, column: number, focus: boolean): void => {
    const [before, next] = [cells[at[0]]?.[at[1]], cells[row]?.[column]];
    if (before) before.tabIndex = -1;
    if (next) next.tabIndex = 0;
    at = [row, column];
    if (focus) next?.focus();
  };
  const cell = (row: number, column: number): HTMLTableCellElement =>
    h("td", {
      role: "gridcell",
      tabindex: row === at[0] && column === at[1] ? 0 : -1,
      onclick: () => press(row, column),
      onkeydown: (event: KeyboardEvent) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const next = stepped(event.key, [row, column], [rows().length, columns().length]);
        if (next) go(...next, true);
        else if (event.key === "Enter" || event.key === " ") press(row, column);
        else return;
        event.preventDefault();
      },
    });
  const draw = (): void => {
    at = [0, 0];
    cells = rows().map((_, row) => columns().map((_, column) => cell(row, column)));
    const head = h("tr", {}, h("td"), ...columns().map((name) => h("th", { scope: "col" }, name)));
    const body = rows().map((name, row) =>
      h("tr", {}, h("th", { scope: "row" }, name), ...(cells[row] ?? [])),
    );
    table.replaceChildren(h("thead", {}, head), h("tbody", {}, ...body));
  };
  const update = (): void => {
    const shape = JSON.stringify([rows(), columns()]);
    if (shape !== drawn) {
      drawn = shape;
      draw();
    }
    const counts = model.get("counts") as Record<string, number>;
    const put = model.get("put") as string[];
    const marks = new Set(put);
    table.classList.toggle("oz-armed", Number(model.get("chosen")) > 0 && !model.get("disabled"));
    rows().forEach((row, y) => {
      columns().forEach((column, x) => {
        const count = counts[`${row}${column}`] ?? 0;
        const one = cells[y]?.[x];
        if (!one) return;
        one.textContent = count ? "●" : "·";
        one.classList.toggle("oz-put", marks.has(`${row}${column}`));
        one.classList.toggle("oz-none", !count);
        one.title = words.well(row, column, count, Number(model.get("chosen")));
        one.setAttribute("aria-label", one.title);
      });
    });
  };
  return { element, update };
}
