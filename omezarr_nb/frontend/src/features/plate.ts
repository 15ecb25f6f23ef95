/** Wells over the picture: a click selects one, a double click goes there, the crumbs lead back. */
import { Crumbs, PlateGrid } from "../controls/plate";
import type { Feature, Host } from "../features";

export function plateFeature(host: Host): Feature | null {
  const { model, navigation } = host;
  const { plate } = model.info;
  if (!plate) return null;
  const grid = new PlateGrid(model, plate);
  const go = (path: string): void => {
    const well = grid.well(path);
    if (well) navigation.fitTo(well.rect);
  };
  const crumbs = new Crumbs(model, grid, {
    plate: () => navigation.fit(),
    well: () => go(model.get("well")),
  });
  model.on(["well"], () => host.draw());
  const at = (place: { x: number; y: number }) => {
    const { x, y } = host.toWorld(place);
    return grid.at(x, y);
  };
  return {
    over: [grid.element, grid.names, crumbs.element],
    update: () => grid.update(navigation.camera, navigation.size),
    words: (x, y) => {
      const well = grid.at(x, y);
      return well ? grid.name(well) : "";
    },
    click: (place) => {
      model.set("well", at(place)?.path ?? "");
      return false;
    },
    open: (place) => {
      const well = at(place);
      if (!well) return false;
      model.set("well", well.path);
      go(well.path);
      return true;
    },
  };
}
