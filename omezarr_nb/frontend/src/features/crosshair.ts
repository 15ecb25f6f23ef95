/** A crosshair that several views have in common: a click or a drag of its lines moves it. */
import { h } from "../dom";
import type { Drag, Feature, Host, Place } from "../features";
import { levelOf } from "../levels";

/** So near to a line, in CSS pixels, a press takes it. */
const NEAR = 8;

export function crosshairFeature(host: Host): Feature {
  const { model, navigation } = host;
  const { info } = model;
  const across = h("div", { class: "crosshair across" });
  const down = h("div", { class: "crosshair down" });
  const element = h("div", { class: "crosshairs", "aria-hidden": "true", hidden: true }, across, down);
  model.on(["crosshair"], () => host.draw());

  const now = (): Place | null => {
    const [x, y] = model.get("crosshair");
    const { camera, size } = navigation;
    if (x === undefined || y === undefined || !navigation.isReady()) return null;
    return {
      x: size.width / 2 + (x - camera.x) * camera.zoom,
      y: size.height / 2 + (y - camera.y) * camera.zoom,
    };
  };
  /** The middle of the pixel at a place, within the image. */
  const nearest = (value: number, axis: number): number => {
    const { scale, translation, shape } = levelOf(info, 0);
    const [step = 1, start = 0] = [scale[axis], translation[axis]];
    const index = Math.min(Math.max(Math.round((value - start) / step), 0), (shape[axis] ?? 1) - 1);
    return start + index * step;
  };
  const go = (x: number, y: number): void =>
    model.set("crosshair", [nearest(x, info.display.x), nearest(y, info.display.y)]);
  const drag = (alongX: boolean, alongY: boolean): Drag => {
    const move = (place: Place): void => {
      const [x = 0, y = 0] = model.get("crosshair");
      const world = host.toWorld(place);
      go(alongX ? world.x : x, alongY ? world.y : y);
    };
    return { move, end: move, cancel: () => {} };
  };

  /** Of views side by side, all headings are as high as the first one's, which may wrap: so their pictures begin alike. */
  const align = (): void => {
    const own = element.closest(".omezarr-nb-viewer")?.querySelector("header");
    const first = element.closest(".widget-gridbox")?.querySelector("header");
    if (!own || !first || own === first) return;
    const beside = Math.abs(own.getBoundingClientRect().top - first.getBoundingClientRect().top) < 2;
    own.style.minHeight = beside ? `${first.offsetHeight}px` : "";
  };

  return {
    over: [element],
    shortcuts: model.get("crosshair").length
      ? [
          ["click, drag a line", "move the crosshair"],
          ["shift + arrow keys", "move the crosshair by a pixel"],
        ]
      : [],
    update: () => {
      const place = now();
      if (model.get("compact")) align();
      element.hidden = place === null;
      if (!place) return;
      across.style.top = `${place.y.toFixed(1)}px`;
      down.style.left = `${place.x.toFixed(1)}px`;
    },
    press: (place) => {
      const at = now();
      if (!at) return null;
      const [alongX, alongY] = [Math.abs(place.x - at.x) <= NEAR, Math.abs(place.y - at.y) <= NEAR];
      return alongX || alongY ? drag(alongX, alongY) : null;
    },
    click: (place) => {
      if (!now()) return false;
      const { x, y } = host.toWorld(place);
      go(x, y);
      // A label there is still selected.
      return false;
    },
    key: (event) => {
      if (!event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || !now()) return false;
      const [x = 0, y = 0] = model.get("crosshair");
      const { scale } = levelOf(info, 0);
      const [stepX = 1, stepY = 1] = [scale[info.display.x], scale[info.display.y]];
      const to = {
        ArrowLeft: [x - stepX, y],
        ArrowRight: [x + stepX, y],
        ArrowUp: [x, y - stepY],
        ArrowDown: [x, y + stepY],
      }[event.key];
      if (!to) return false;
      go(to[0] ?? x, to[1] ?? y);
      return true;
    },
  };
}
