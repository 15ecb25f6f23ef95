/** Geometry of a pyramid: pixels of a level <-> world, tiles of a rectangle, which level a zoom asks for. */
import type { Level, Pyramid, Rect, TilePlace } from "./types";

export const TILE = 256;

/** A level is fine enough when its pixels are at most this many device pixels on screen. */
const COARSEST_ON_SCREEN = 1.5;

/** The displayed plane of a level: columns along x, rows along y. */
export interface Plane {
  width: number;
  height: number;
  scale: { x: number; y: number };
  translation: { x: number; y: number };
}

export function planeOf(info: Pyramid, level: number): Plane {
  const { x, y } = info.display;
  const { shape, scale, translation } = levelOf(info, level);
  return {
    width: shape[x] ?? 1,
    height: shape[y] ?? 1,
    scale: { x: scale[x] ?? 1, y: scale[y] ?? 1 },
    translation: { x: translation[x] ?? 0, y: translation[y] ?? 0 },
  };
}

export function levelOf(info: Pyramid, level: number): Level {
  const found = info.levels[level];
  if (!found) throw new RangeError(`level ${level} of ${info.levels.length}`);
  return found;
}

/** World rectangle covered by the pixels [left, right) x [top, bottom); a pixel reaches half a pixel around its centre. */
export function worldOfPixels(plane: Plane, pixels: Rect): Rect {
  const { scale, translation } = plane;
  return {
    left: translation.x + (pixels.left - 0.5) * scale.x,
    right: translation.x + (pixels.right - 0.5) * scale.x,
    top: translation.y + (pixels.top - 0.5) * scale.y,
    bottom: translation.y + (pixels.bottom - 0.5) * scale.y,
  };
}

/** World rectangle of a whole level. */
export function extent(plane: Plane): Rect {
  return worldOfPixels(plane, { left: 0, top: 0, right: plane.width, bottom: plane.height });
}

/** World rectangle of one tile, smaller at the right and lower edges. */
export function worldOfTile(plane: Plane, [row, col]: TilePlace): Rect {
  return worldOfPixels(plane, {
    left: col * TILE,
    top: row * TILE,
    right: Math.min((col + 1) * TILE, plane.width),
    bottom: Math.min((row + 1) * TILE, plane.height),
  });
}

/** The pixel (column, row) that covers a place of the world, or null outside the level. */
export function pixelAt(plane: Plane, x: number, y: number): { col: number; row: number } | null {
  const col = Math.floor((x - plane.translation.x) / plane.scale.x + 0.5);
  const row = Math.floor((y - plane.translation.y) / plane.scale.y + 0.5);
  const inside = col >= 0 && row >= 0 && col < plane.width && row < plane.height;
  return inside ? { col, row } : null;
}

/**
 * Tiles of a level that a world rectangle touches, nearest to its centre first.
 * `bleed` keeps an edge that only grazes a tile (rounding) from asking for it.
 */
export function visibleTiles(plane: Plane, view: Rect, bleed = 1e-6): TilePlace[] {
  const { scale, translation } = plane;
  const first = (from: number, offset: number, size: number) =>
    Math.max(0, Math.floor(((from - offset) / size + 0.5) / TILE + bleed));
  const last = (to: number, offset: number, size: number, count: number) =>
    Math.min(Math.ceil(count / TILE) - 1, Math.ceil(((to - offset) / size + 0.5) / TILE - bleed) - 1);
  const left = first(view.left, translation.x, scale.x);
  const right = last(view.right, translation.x, scale.x, plane.width);
  const top = first(view.top, translation.y, scale.y);
  const bottom = last(view.bottom, translation.y, scale.y, plane.height);
  const middle = { x: (view.left + view.right) / 2, y: (view.top + view.bottom) / 2 };
  const found: { place: TilePlace; distance: number }[] = [];
  for (let row = top; row <= bottom; row++) {
    for (let col = left; col <= right; col++) {
      const world = worldOfTile(plane, [row, col]);
      const dx = (world.left + world.right) / 2 - middle.x;
      const dy = (world.top + world.bottom) / 2 - middle.y;
      found.push({ place: [row, col], distance: dx * dx + dy * dy });
    }
  }
  return found.sort((a, b) => a.distance - b.distance).map((tile) => tile.place);
}

/** Pixels are small enough on screen along an axis, or no level has smaller ones. */
function isFine(scale: number, finest: number, zoom: number): boolean {
  return scale * zoom <= COARSEST_ON_SCREEN || scale <= finest * (1 + 1e-9);
}

/** The coarsest level whose pixels are small enough on screen, else the finest. `zoom`: device pixels per world unit. */
export function autoLevel(info: Pyramid, zoom: number): number {
  const finest = planeOf(info, 0).scale;
  for (let level = info.levels.length - 1; level > 0; level--) {
    const { scale } = planeOf(info, level);
    if (isFine(scale.x, finest.x, zoom) && isFine(scale.y, finest.y, zoom)) {
      const coarser = scale.x > finest.x || scale.y > finest.y;
      if (coarser || Math.max(scale.x, scale.y) * zoom <= COARSEST_ON_SCREEN) return level;
    }
  }
  return 0;
}

/** The index along an axis, in a level's pixels, whose centre lies nearest to a level-0 index. */
export function indexAtLevel(info: Pyramid, axis: number, level: number, index: number): number {
  const from = levelOf(info, 0);
  const to = levelOf(info, level);
  const world = (from.translation[axis] ?? 0) + index * (from.scale[axis] ?? 1);
  const there = (world - (to.translation[axis] ?? 0)) / (to.scale[axis] ?? 1);
  // Half way between two centres the lower one is meant, whatever the rounding of the sum says.
  const nearest = Math.ceil(there - 0.5 - 1e-6);
  return Math.min(Math.max(nearest, 0), (to.shape[axis] ?? 1) - 1);
}

/** Indices of a level for all axes, in axis order: sliders mapped, displayed and channel axes 0. */
export function indicesAtLevel(info: Pyramid, level: number, indices: Record<string, number>): number[] {
  return info.axes.map((axis, position) =>
    info.sliders.includes(position) ? indexAtLevel(info, position, level, indices[axis.name] ?? 0) : 0,
  );
}

/** How many times smaller than level 0 a level is, in words such as "4 × smaller". */
export function smaller(info: Pyramid, level: number): string {
  const finest = planeOf(info, 0).scale;
  const { scale } = planeOf(info, level);
  const times = (value: number) => String(Number(value.toPrecision(3)));
  const x = times(scale.x / finest.x);
  const y = times(scale.y / finest.y);
  if (x === "1" && y === "1") return "full size";
  return x === y ? `${x} × smaller` : `x ${x}, y ${y} × smaller`;
}
