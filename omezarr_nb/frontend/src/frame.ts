/** What stands on screen for the tiles that are there: a pure list of rectangles for the painter. */
import { type Camera, type Size, viewOf } from "./camera";
import { extent, indicesAtLevel, pixelAt, planeOf, visibleTiles, worldOfTile } from "./levels";
import type { Turn } from "./members";
import { keysOf, MOST_TILES, type Plan, tileKey, type Want } from "./plan";
import type { Tile, Tiles } from "./tiles";
import type { Comparison } from "./traits/layers";
import type { Info, Limits, Pyramid, Rect } from "./types";

export interface Quad {
  key: string;
  tile: Tile;
  /** In clip space: -1 to 1, y upwards. */
  rect: Rect;
}

/** One channel: its tiles, those that win where they overlap first. */
export interface Layer extends ChannelLook {
  channel: number;
  quads: Quad[];
  turn?: Turn | undefined;
  side?: Side;
}

/** The part of the picture to which something is confined: left or right of a line. */
export type Side = "left" | "right" | undefined;

/** Where an image lies. */
export interface Ground {
  rect: Rect;
  turn?: Turn | undefined;
  side?: Side;
}

/** How images are set against one another. */
export interface Comparing {
  kind: Comparison;
  divider: number;
  limit: number;
}

/** How a channel is drawn. */
export interface ChannelLook {
  color: [number, number, number];
  /** 256 colours of 8 bits, red, green, blue, in place of the colour. */
  colormap: Uint8Array | undefined;
  limits: Limits;
  gamma: number;
  inverted: boolean;
  /** 0 to 1. */
  opacity: number;
}

/** Labels over the image. */
export interface Overlay {
  quads: Quad[];
  style: LabelStyle;
}

/** How labels are drawn: the same object as long as nothing of it changes. */
export interface LabelStyle {
  /** Of the fill and the contours, 0 to 1. */
  opacity: number;
  /** Width of contours in CSS pixels; 0 fills the labels. */
  contour: number;
  onlySelected: boolean;
  /** Ids that have a colour of their own, or are selected, in ascending order. */
  entries: LabelEntry[];
}

export interface LabelEntry {
  id: bigint;
  /** Red, green, blue and opacity, 0 to 255. */
  color: [number, number, number, number] | null;
  selected: boolean;
}

export interface Frame {
  grounds: Ground[];
  layers: Layer[];
  comparing: Comparing;
  overlays: Overlay[];
  hatches: Rect[];
}

/** From where a pyramid is seen, and which plane of it. */
export interface Sight {
  info: Pyramid;
  camera: Camera;
  size: Size;
  plan: Plan;
  indices: Record<string, number>;
}

/** Labels to draw. */
export interface LabelLook extends Sight {
  style: LabelStyle;
}

export interface Look extends Sight {
  info: Info;
  channels: number[];
  /** Of all channels. */
  looks: ChannelLook[];
  labels: LabelLook[];
  /** Images over this one. */
  others?: MemberLook[];
  /** Whether the image itself is shown. */
  hidden?: boolean;
  comparing?: Comparing;
}

/** An image over the first one, seen from its own world. */
export interface MemberLook extends Sight {
  channels: number[];
  /** Of its channels. */
  looks: ChannelLook[];
  turn: Turn | undefined;
}

const ALONE: Comparing = { kind: "", divider: 0.5, limit: 1 };

/** A finer level than the target fills in while the target loads, as one zooms out; more than this is too many. */
const FINER = 2;

export function frameOf(look: Look, tiles: Tiles): Frame {
  const hatches = new Map<string, Rect>();
  const { others = [], comparing = ALONE } = look;
  const swiped = comparing.kind === "swipe";
  const layers = look.hidden ? [] : layersOf(look, swiped ? "left" : undefined, tiles, hatches);
  layers.push(...others.flatMap((other) => layersOf(other, swiped ? "right" : undefined, tiles)));
  const overlays = look.labels.map((labels): Overlay => {
    const quads: Quad[] = [];
    for (const { plane, tiles: there } of placesOf(labels, tiles)) {
      for (const { place, rect } of there) {
        const key = tileKey(plane, 0, place);
        const tile = tiles.get(key);
        if (tile) quads.push({ key, tile, rect });
      }
    }
    return { quads, style: labels.style };
  });
  const grounds = [...(look.hidden ? [] : [{ ...look, turn: undefined }]), ...others].map(
    (one): Ground => ({
      rect: toClip(one, extent(planeOf(one.info, 0))),
      turn: one.turn,
      side: swiped ? (one.info === look.info ? "left" : "right") : undefined,
    }),
  );
  return { grounds, layers, comparing, overlays, hatches: [...hatches.values()] };
}

/** The channels of an image. Failures of what is upright are hatched; others are told in words alone. */
function layersOf(look: Look | MemberLook, side: Side, tiles: Tiles, hatches?: Map<string, Rect>): Layer[] {
  const places = placesOf(look, tiles);
  return look.channels.flatMap((channel): Layer[] => {
    const shown = look.looks[channel];
    if (!shown) return [];
    const quads: Quad[] = [];
    for (const { plane, tiles: there } of places) {
      for (const { place, rect } of there) {
        const key = tileKey(plane, channel, place);
        const tile = tiles.get(key);
        if (tile) quads.push({ key, tile, rect });
        else if (plane.level === look.plan.target && tiles.failure(key)) hatches?.set(String(place), rect);
      }
    }
    return [{ channel, quads, turn: "turn" in look ? look.turn : undefined, side, ...shown }];
  });
}

function toClip({ camera, size }: Sight, world: Rect): Rect {
  return {
    left: ((world.left - camera.x) * camera.zoom * 2) / size.width,
    right: ((world.right - camera.x) * camera.zoom * 2) / size.width,
    top: ((camera.y - world.top) * camera.zoom * 2) / size.height,
    bottom: ((camera.y - world.bottom) * camera.zoom * 2) / size.height,
  };
}

/** The tiles on screen of all levels that may be drawn, those that win where they overlap first. */
function placesOf(sight: Sight, tiles: Tiles) {
  const { info, camera, size } = sight;
  const source = sight.plan.wants[0]?.source ?? "";
  return levelsToDraw(sight, tiles).map((level) => {
    const at = planeOf(info, level);
    const indices = indicesAtLevel(info, level, sight.indices);
    const found = visibleTiles(at, viewOf(camera, size));
    // What is beyond the bound was never loaded at the target; it may be there of finer levels, but need not be drawn.
    const near = found.slice(0, 2 * MOST_TILES);
    return {
      plane: { source, level, indices },
      tiles: near.map((place) => ({ place, rect: toClip(sight, worldOfTile(at, place)) })),
    };
  });
}

/** The target; and where it is not all there, what can stand in: first a little finer, then all coarser levels. */
function levelsToDraw({ plan, info }: Sight, tiles: Tiles): number[] {
  const { target } = plan;
  const wanted = plan.wants.at(-1);
  if (wanted && !plan.tooMany && isLoaded(wanted, tiles)) return [target];
  const levels = [target];
  for (let level = target - 1; level >= Math.max(target - FINER, 0); level--) levels.push(level);
  for (let level = target + 1; level < info.levels.length; level++) levels.push(level);
  return levels;
}

function isLoaded(want: Want, tiles: Tiles): boolean {
  return keysOf(want).every((key) => tiles.settled(key) && tiles.failure(key) === undefined);
}

/** Every tile of a want has come or has failed. */
export function isSettled(want: Want, tiles: Tiles): boolean {
  return keysOf(want).every((key) => tiles.settled(key));
}

/** How many tiles of a want failed, of how many, and the reason that the first one gives. */
export function failuresOf(want: Want, tiles: Tiles) {
  let count = 0;
  let why = "";
  for (const place of want.tiles) {
    const reasons = want.channels.map((channel) => tiles.failure(tileKey(want, channel, place)));
    const reason = reasons.find((words) => words !== undefined);
    if (reason === undefined) continue;
    count += 1;
    why ||= reason;
  }
  return { count, all: want.tiles.length, why };
}

/** Value of each channel in the finest loaded tile under a place of the world. */
export function valuesAt<V extends number | bigint>(
  look: { info: Pyramid; source: string; indices: Record<string, number>; channels: number[] },
  tiles: Tiles,
  x: number,
  y: number,
): Map<number, { value: V; level: number }> {
  const { info, source, indices, channels } = look;
  const values = new Map<number, { value: V; level: number }>();
  for (let level = 0; level < info.levels.length; level++) {
    const pixel = pixelAt(planeOf(info, level), x, y);
    if (!pixel) continue;
    const plane = { source, level, indices: indicesAtLevel(info, level, indices) };
    for (const channel of channels) {
      if (values.has(channel)) continue;
      const value = tiles.valueAt(plane, channel, pixel.col, pixel.row);
      if (value !== undefined) values.set(channel, { value: value as V, level });
    }
  }
  return values;
}

/** "#rrggbb" as parts from 0 to 1. */
export function rgb(color: string): [number, number, number] {
  const part = (start: number) => Number.parseInt(color.slice(start, start + 2), 16) / 255;
  return [part(1), part(3), part(5)];
}
