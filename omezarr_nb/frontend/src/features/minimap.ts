/** All of the image in a corner, with the part that is on screen: a press or a drag goes there. */
import { fit, type Size, viewOf, worldAt } from "../camera";
import { h } from "../dom";
import type { Drag, Feature, Host, Place } from "../features";
import { extent, planeOf } from "../levels";
import { Picture } from "../picture";
import type { Indices } from "../planes";
import type { Rect } from "../types";

/** In CSS pixels: the longer and the shorter side of the map, and the least stage that has room for it. */
const LONG = 120;
const SHORT = 24;
const LEAST = { width: 520, height: 240 };
/** The map is there when less than this part of the image is on screen, along an axis. */
const MOST_SEEN = 0.9;
/** The plane of the map follows when the view has rested on one for so long: a slider that moves asks for no map. */
const REST = 400;
/** `fit` leaves this much around the image. */
const MARGIN = 8;

export function minimapFeature(host: Host): Feature | null {
  const { model, navigation } = host;
  if (model.get("compact")) return null;
  const world = extent(planeOf(model.info, 0));
  const size = mapSize(world);
  // Fitted without a margin: the edge of the map is that of the image.
  const larger = { width: size.width + 2 * MARGIN, height: size.height + 2 * MARGIN };
  const camera = fit(world, larger);
  const picture = new Picture({ ready: () => host.draw(), trouble: () => {} });
  const here = h("div", { class: "here" });
  const element = h("div", { class: "minimap", "aria-hidden": "true", hidden: true }, picture.element, here);
  element.style.width = `${size.width}px`;
  element.style.height = `${size.height}px`;

  let plane: Indices | null = null;
  let coming: Indices | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const follow = (): void => {
    const shown = host.shown();
    if (shown === plane || shown === coming) return;
    coming = shown;
    clearTimeout(timer);
    timer = setTimeout(() => {
      plane = shown;
      host.draw();
    }, REST);
  };

  const holds = ({ x, y }: Place): boolean => {
    const { offsetLeft: left, offsetTop: top } = element;
    return !element.hidden && x >= left && y >= top && x <= left + size.width && y <= top + size.height;
  };
  const go = (place: Place): void => {
    const x = place.x - element.offsetLeft;
    const y = place.y - element.offsetTop;
    const to = worldAt(
      camera,
      size,
      Math.min(Math.max(x, 0), size.width),
      Math.min(Math.max(y, 0), size.height),
    );
    model.set("center", [to.x, to.y]);
  };
  const isNeeded = (): boolean => {
    const { width, height } = navigation.size;
    if (host.replaced() || width < LEAST.width || height < LEAST.height) return false;
    const seen = viewOf(navigation.camera, navigation.size);
    return (
      (seen.right - seen.left) / (world.right - world.left) < MOST_SEEN ||
      (seen.bottom - seen.top) / (world.bottom - world.top) < MOST_SEEN
    );
  };

  return {
    over: [element],
    shortcuts: [["press or drag on the map", "go there"]],
    wants: () => (plane && isNeeded() ? host.seenFrom(camera, size, plane).wants : []),
    update: () => {
      const needed = isNeeded();
      if (needed) follow();
      element.hidden = !needed || !plane;
      if (!needed || !plane) {
        picture.rest();
        return;
      }
      picture.wake();
      picture.draw(host.seenFrom(camera, size, plane).frame, size, devicePixelRatio);
      const seen = viewOf(navigation.camera, navigation.size);
      const across = (x: number) =>
        Math.min(Math.max((x - camera.x) * camera.zoom + size.width / 2, 0), size.width);
      const down = (y: number) =>
        Math.min(Math.max((y - camera.y) * camera.zoom + size.height / 2, 0), size.height);
      here.style.left = `${across(seen.left).toFixed(1)}px`;
      here.style.top = `${down(seen.top).toFixed(1)}px`;
      here.style.width = `${(across(seen.right) - across(seen.left)).toFixed(1)}px`;
      here.style.height = `${(down(seen.bottom) - down(seen.top)).toFixed(1)}px`;
    },
    press: (place): Drag | null => {
      if (!holds(place)) return null;
      go(place);
      return { move: go, end: () => {}, cancel: () => {} };
    },
    open: holds,
    rest: () => picture.rest(),
    dispose: () => {
      clearTimeout(timer);
      picture.dispose();
    },
  };
}

/** As the image is, neither side too long nor too short. */
function mapSize({ left, right, top, bottom }: Rect): Size {
  const ratio = (right - left) / (bottom - top);
  const [width, height] = ratio > 1 ? [LONG, LONG / ratio] : [LONG * ratio, LONG];
  return { width: Math.max(Math.round(width), SHORT), height: Math.max(Math.round(height), SHORT) };
}
