/** What stands on screen for the tiles that are there: a pure list of rectangles for the painter. */
import { type Camera, type Size, viewOf } from "./camera";
import { extent, indicesAtLevel, planeOf, visibleTiles, worldOfTile } from "./levels";
import { MOST_TILES, type Plan, tileKey, type Want } from "./plan";
import type { Tile, Tiles } from "./tiles";
import type { Info, Limits, Rect, TilePlace } from "./types";

export interface Quad {
  key: string;
  tile: Tile;
  /** In clip space: -1 to 1, y upwards. */
  rect: Rect;
}

/** One channel: its tiles, those that win where they overlap first. */
export interface Layer {
  channel: number;
  color: [number, number, number];
  limits: Limits;
  quads: Quad[];
}

export interface Frame {
  ground: Rect;
  layers: Layer[];
  hatches: Rect[];
}

export interface Look {
  info: Info;
  camera: Camera;
  size: Size;
  plan: Plan;
  indices: Record<string, number>;
  channels: number[];
  colors: string[];
  limits: Limits[];
}

/** A finer level than the target fills in while the target loads, as one zooms out; more than this is too many. */
const FINER = 2;

export function frameOf(look: Look, tiles: Tiles): Frame {
  const { info, camera, size, channels } = look;
  const toClip = (world: Rect): Rect => ({
    left: ((world.left - camera.x) * camera.zoom * 2) / size.width,
    right: ((world.right - camera.x) * camera.zoom * 2) / size.width,
    top: ((camera.y - world.top) * camera.zoom * 2) / size.height,
    bottom: ((camera.y - world.bottom) * camera.zoom * 2) / size.height,
  });
  const places = levelsToDraw(look, tiles).map((level) => {
    const plane = planeOf(info, level);
    const indices = indicesAtLevel(info, level, look.indices);
    const found = visibleTiles(plane, viewOf(camera, size));
    // What is beyond the bound was never loaded at the target; it may be there of finer levels, but need not be drawn.
    const near = found.slice(0, 2 * MOST_TILES);
    return {
      level,
      indices,
      tiles: near.map((place) => ({ place, rect: toClip(worldOfTile(plane, place)) })),
    };
  });
  const hatches = new Map<string, Rect>();
  const layers = channels.map((channel): Layer => {
    const quads: Quad[] = [];
    for (const { level, indices, tiles: there } of places) {
      for (const { place, rect } of there) {
        const key = tileKey(level, indices, channel, place);
        const tile = tiles.get(key);
        if (tile) quads.push({ key, tile, rect });
        else if (level === look.plan.target && tiles.failure(key)) hatches.set(String(place), rect);
      }
    }
    return {
      channel,
      color: rgb(look.colors[channel] ?? "#ffffff"),
      limits: look.limits[channel] ?? info.limits,
      quads,
    };
  });
  return { ground: toClip(extent(planeOf(info, 0))), layers, hatches: [...hatches.values()] };
}

/** The target; and where it is not all there, what can stand in: first a little finer, then all coarser levels. */
function levelsToDraw(look: Look, tiles: Tiles): number[] {
  const { plan, info, channels } = look;
  const { target } = plan;
  const wanted = plan.wants.at(-1);
  if (wanted && !plan.tooMany && channels.every((c) => isLoaded(wanted, c, tiles))) return [target];
  const levels = [target];
  for (let level = target - 1; level >= Math.max(target - FINER, 0); level--) levels.push(level);
  for (let level = target + 1; level < info.levels.length; level++) levels.push(level);
  return levels;
}

function isLoaded(want: Want, channel: number, tiles: Tiles): boolean {
  return want.tiles.every((place) => {
    const key = tileKey(want.level, want.indices, channel, place);
    return tiles.settled(key) && tiles.failure(key) === undefined;
  });
}

/** Every tile of a want has come or has failed. */
export function isSettled(want: Want, channels: number[], tiles: Tiles): boolean {
  return channels.every((channel) =>
    want.tiles.every((place) => tiles.settled(tileKey(want.level, want.indices, channel, place))),
  );
}

/** How many tiles of a want failed, of how many, and the reason that the first one gives. */
export function failuresOf(want: Want, channels: number[], tiles: Tiles) {
  let count = 0;
  let why = "";
  for (const place of want.tiles) {
    const reasons = channels.map((channel) =>
      tiles.failure(tileKey(want.level, want.indices, channel, place)),
    );
    const reason = reasons.find((words) => words !== undefined);
    if (reason === undefined) continue;
    count += 1;
    why ||= reason;
  }
  return { count, all: want.tiles.length, why };
}

/** Value of each channel in the finest loaded tile under a place of the world. */
export function valuesAt(
  look: Pick<Look, "info" | "indices" | "channels">,
  tiles: Tiles,
  pixelOf: (level: number) => { col: number; row: number } | null,
): Map<number, { value: number; level: number }> {
  const { info, indices, channels } = look;
  const values = new Map<number, { value: number; level: number }>();
  for (let level = 0; level < info.levels.length; level++) {
    const pixel = pixelOf(level);
    if (!pixel) continue;
    const there = indicesAtLevel(info, level, indices);
    for (const channel of channels) {
      if (values.has(channel)) continue;
      const value = tiles.valueAt(level, there, channel, pixel.col, pixel.row);
      if (value !== undefined) values.set(channel, { value, level });
    }
  }
  return values;
}

export function keysOf(want: Want, channels: number[]): string[] {
  return channels.flatMap((channel) =>
    want.tiles.map((place: TilePlace) => tileKey(want.level, want.indices, channel, place)),
  );
}

function rgb(color: string): [number, number, number] {
  const part = (start: number) => Number.parseInt(color.slice(start, start + 2), 16) / 255;
  return [part(1), part(3), part(5)];
}
