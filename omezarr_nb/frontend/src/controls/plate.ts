/** The wells of a plate over the picture: outlines, names of rows and columns, the one that is selected. */
import type { Camera, Size } from "../camera";
import { h, setText } from "../dom";
import type { Model } from "../model";
import type { PlateInfo, Rect, WellSpan } from "../types";

const SVG = "http://www.w3.org/2000/svg";
/** Names closer together than this many CSS pixels are thinned out. */
const APART = 22;
/** A well that is smaller on screen has no outline: it would be all that is seen. */
const OUTLINED = 12;

export interface Well {
  row: number;
  column: number;
  path: string;
  /** In world units. */
  rect: Rect;
}

export class PlateGrid {
  readonly element: SVGSVGElement;
  private readonly outlines = document.createElementNS(SVG, "g");
  private readonly holes = document.createElementNS(SVG, "g");
  private readonly chosen = document.createElementNS(SVG, "rect");
  private missing = new Set<string>();
  private readonly rows: HTMLElement[];
  private readonly columns: HTMLElement[];
  readonly names: HTMLElement;
  private readonly wells: Well[];
  private readonly shapes = new Map<string, SVGRectElement>();

  constructor(
    private readonly model: Model,
    private readonly plate: PlateInfo,
  ) {
    this.wells = plate.wells.map(([row, column, path]) => ({
      row,
      column,
      path,
      rect: rectOf(plate, row, column),
    }));
    this.element = document.createElementNS(SVG, "svg");
    this.element.setAttribute("class", "plate");
    this.element.setAttribute("aria-hidden", "true");
    for (const { path, rect } of this.wells) {
      const shape = rectangle(rect, "");
      this.shapes.set(path, shape);
      this.outlines.append(shape);
    }
    this.element.append(this.holes, this.outlines, this.chosen);
    this.chosen.setAttribute("class", "field");
    for (const [row, column] of emptyPlaces(plate)) {
      this.holes.append(rectangle(rectOf(plate, row, column), "none"));
    }
    const name = (kind: string) => (text: string) => h("span", { class: kind }, text);
    this.rows = plate.rows.map(name("row"));
    this.columns = plate.columns.map(name("column"));
    this.names = h("div", { class: "plate-names", "aria-hidden": "true" }, ...this.rows, ...this.columns);
  }

  update(camera: Camera, size: Size): void {
    const x = size.width / 2 - camera.x * camera.zoom;
    const y = size.height / 2 - camera.y * camera.zoom;
    for (const part of [this.outlines, this.holes, this.chosen]) {
      part.setAttribute("transform", `translate(${x} ${y}) scale(${camera.zoom})`);
    }
    this.element.classList.toggle("far", this.plate.x.size * camera.zoom < OUTLINED);
    const selected = this.model.get("well");
    for (const [path, shape] of this.shapes) {
      shape.classList.toggle("selected", path === selected);
      shape.classList.toggle("missing", this.missing.has(path));
    }
    const well = this.well(selected);
    const field = well && this.hasFields() ? this.fieldRect(well, this.model.get("field")) : null;
    this.chosen.toggleAttribute("hidden", !field);
    if (field) setRect(this.chosen, field);
    place(this.columns, this.plate.x, camera.zoom, x, size.width, "left");
    place(this.rows, this.plate.y, camera.zoom, y, size.height, "top");
  }

  /** The well at a place of the world. */
  at(x: number, y: number): Well | null {
    const column = Math.floor((x - this.plate.x.start) / this.plate.x.pitch);
    const row = Math.floor((y - this.plate.y.start) / this.plate.y.pitch);
    return (
      this.wells.find((well) => well.row === row && well.column === column && inside(well.rect, x, y)) ?? null
    );
  }

  /** Wells whose field is not there. */
  know(missing: string[]): void {
    this.missing = new Set(missing);
  }

  isMissing({ path }: Well): boolean {
    return this.missing.has(path);
  }

  /** Wells hold several fields side by side. */
  hasFields(): boolean {
    return this.plate.x.fields * this.plate.y.fields > 1;
  }

  /** The field of a well at a place of the world, counted from 0; null where there is none. */
  fieldAt({ rect }: Well, x: number, y: number): number | null {
    const { x: across, y: down } = this.plate;
    const column = Math.min(Math.floor((x - rect.left) / across.step), across.fields - 1);
    const row = Math.min(Math.floor((y - rect.top) / down.step), down.fields - 1);
    const field = row * across.fields + column;
    return field < this.plate.fields ? field : null;
  }

  fieldRect({ rect }: Well, field: number): Rect {
    const { x, y } = this.plate;
    const left = rect.left + (field % x.fields) * x.step;
    const top = rect.top + Math.floor(field / x.fields) * y.step;
    return {
      left,
      top,
      right: Math.min(left + x.step, rect.right),
      bottom: Math.min(top + y.step, rect.bottom),
    };
  }

  well(path: string): Well | null {
    return this.wells.find((well) => well.path === path) ?? null;
  }

  name({ row, column }: Well): string {
    return `${this.plate.rows[row] ?? ""}${this.plate.columns[column] ?? ""}`;
  }
}

/** Where one is: the plate, and the well that is selected; each a way back. */
export class Crumbs {
  readonly element: HTMLElement;
  private readonly well: HTMLButtonElement;
  private readonly field: HTMLButtonElement;
  private readonly acquisition: HTMLSelectElement;

  constructor(
    private readonly model: Model,
    private readonly grid: PlateGrid,
    actions: { plate: () => void; well: () => void; field: () => void },
  ) {
    const acquisitions = model.info.plate?.acquisitions ?? [];
    this.acquisition = h(
      "select",
      {
        "aria-label": "acquisition",
        title: "acquisition",
        hidden: acquisitions.length < 2,
        onchange: () =>
          model.set("indices", { ...model.get("indices"), acquisition: this.acquisition.selectedIndex }),
      },
      ...acquisitions.map((name) => h("option", {}, name)),
    );
    this.field = h("button", { type: "button", onclick: actions.field });
    this.well = h("button", { type: "button", onclick: actions.well });
    const plate = h(
      "button",
      { type: "button", title: "the whole plate (f)", onclick: actions.plate },
      "plate",
    );
    this.element = h(
      "nav",
      { class: "crumbs", "aria-label": "place on the plate" },
      this.acquisition,
      plate,
      this.well,
      this.field,
    );
    model.on(["well", "field", "indices"], () => this.update());
    this.update();
  }

  private update(): void {
    const { model } = this;
    const chosen = model.get("indices").acquisition ?? 0;
    if (this.acquisition.selectedIndex !== chosen) this.acquisition.selectedIndex = chosen;
    const well = this.grid.well(model.get("well"));
    this.well.hidden = !well;
    this.field.hidden = !well || !this.grid.hasFields();
    if (!well) return;
    setText(this.field, `› field ${model.get("field")}`);
    this.field.title = `go to field ${model.get("field")} of the well ${this.grid.name(well)}`;
    setText(this.well, `› ${this.grid.name(well)}`);
    this.well.title = `go to the well ${this.grid.name(well)}`;
  }
}

function rectangle(rect: Rect, name: string): SVGRectElement {
  const shape = document.createElementNS(SVG, "rect");
  setRect(shape, rect);
  if (name) shape.setAttribute("class", name);
  return shape;
}

function setRect(shape: SVGRectElement, { left, right, top, bottom }: Rect): void {
  shape.setAttribute("x", String(left));
  shape.setAttribute("y", String(top));
  shape.setAttribute("width", String(right - left));
  shape.setAttribute("height", String(bottom - top));
}

/** Places of the grid for which the plate lists no well. */
function emptyPlaces({ rows, columns, wells }: PlateInfo): [row: number, column: number][] {
  const there = new Set(wells.map(([row, column]) => row * columns.length + column));
  return rows.flatMap((_, row) =>
    columns.flatMap((_, column): [number, number][] =>
      there.has(row * columns.length + column) ? [] : [[row, column]],
    ),
  );
}

function rectOf({ x, y }: PlateInfo, row: number, column: number): Rect {
  const left = x.start + column * x.pitch;
  const top = y.start + row * y.pitch;
  return { left, top, right: left + x.size, bottom: top + y.size };
}

function inside(rect: Rect, x: number, y: number): boolean {
  return x >= rect.left && x < rect.right && y >= rect.top && y < rect.bottom;
}

/** Names along an edge, each over the middle of its wells; those too close to the one before are left out. */
function place(
  names: HTMLElement[],
  span: WellSpan,
  zoom: number,
  offset: number,
  length: number,
  edge: "left" | "top",
): void {
  const step = Math.max(Math.ceil(APART / (span.pitch * zoom)), 1);
  names.forEach((name, index) => {
    const middle = offset + (span.start + index * span.pitch + span.size / 2) * zoom;
    const shown = index % step === 0 && middle > 8 && middle < length - 8;
    name.hidden = !shown;
    if (shown) name.style[edge] = `${middle.toFixed(1)}px`;
  });
}
