/** Wells over the picture: a click selects one, a double click goes there and then to a field, the crumbs lead back. */
import { Crumbs, PlateGrid, type Well } from "../controls/plate";
import type { Feature, Host, Place } from "../features";
import { words } from "../words";

/** One is in a well, so that a double click means a field of it, when it fills this part of the stage. */
const INSIDE = 0.5;
/** The kernel is asked which wells are missing when nothing has moved for so long. */
const REST = 600;

export function plateFeature(host: Host): Feature | null {
  const { model, navigation } = host;
  const { plate } = model.info;
  if (!plate) return null;
  const grid = new PlateGrid(model, plate);
  const go = (path: string): void => {
    const well = grid.well(path);
    if (well) navigation.fitTo(well.rect);
  };
  const goField = (): void => {
    const well = grid.well(model.get("well"));
    if (well) navigation.fitTo(grid.fieldRect(well, model.get("field")));
  };
  const crumbs = new Crumbs(model, grid, {
    plate: () => navigation.fit(),
    well: () => go(model.get("well")),
    field: goField,
  });
  model.on(["well", "field"], () => host.draw());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = (): void => {
    host.ask({ kind: "missing", indices: host.shown() }, (answer) => {
      if (answer.kind !== "missing") return;
      grid.know(answer.wells);
      host.draw();
    });
  };
  const askSoon = (): void => {
    clearTimeout(timer);
    // While tiles are on their way there is more to come.
    timer = setTimeout(() => (model.get("status") === "loading" ? askSoon() : ask()), REST);
  };
  model.on(["indices", "center", "zoom", "shown_level"], askSoon);
  const under = (place: Place): { well: Well; field: number | null } | null => {
    const { x, y } = host.toWorld(place);
    const well = grid.at(x, y);
    return well && { well, field: grid.hasFields() ? grid.fieldAt(well, x, y) : null };
  };
  const isInside = ({ rect }: Well): boolean => {
    const { camera, size } = navigation;
    return (
      (rect.right - rect.left) * camera.zoom >= INSIDE * size.width ||
      (rect.bottom - rect.top) * camera.zoom >= INSIDE * size.height
    );
  };
  return {
    over: [grid.element, grid.names, crumbs.element],
    shortcuts: grid.hasFields() ? [["double click a field of a well", "go there"]] : [],
    update: () => {
      if (!timer) askSoon();
      grid.update(navigation.camera, navigation.size);
    },
    words: (x, y) => {
      const well = grid.at(x, y);
      if (!well) return "";
      const field = grid.hasFields() ? grid.fieldAt(well, x, y) : null;
      const name = field === null ? grid.name(well) : `${grid.name(well)} field ${field}`;
      return grid.isMissing(well) ? words.noField(name) : name;
    },
    click: (place) => {
      const found = under(place);
      model.set("well", found?.well.path ?? "");
      if (typeof found?.field === "number") model.set("field", found.field);
      return false;
    },
    open: (place) => {
      const found = under(place);
      if (!found) return false;
      const { well, field } = found;
      const inside = isInside(well);
      model.set("well", well.path);
      if (field === null || !inside) {
        go(well.path);
        return true;
      }
      model.set("field", field);
      goField();
      return true;
    },
    again: () => askSoon(),
    dispose: () => clearTimeout(timer),
  };
}
