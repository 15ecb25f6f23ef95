/** What a view needs of the kernel: pure decisions on levels, tiles and requests. */
import { type Camera, type Size, viewOf } from "./camera";
import { autoLevel, indicesAtLevel, planeOf, TILE, visibleTiles } from "./levels";
import type { LevelChoice, Pyramid, TilePlace, Wire } from "./types";

/** A level whose part on screen has at most this many tiles comes quickly: it goes first, and serves alone. */
export const FEW_TILES = 4;
/** So does one of somewhat more tiles, where all its channels together have at most so many. */
const FEW_OF_ALL = 32;
/** No view loads more tiles of a level than this. */
export const MOST_TILES = 400;

export const WIRE_BYTES: Record<Wire, number> = {
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  int16: 2,
  int32: 4,
  float32: 4,
};

/** Tiles of one plane of one level that ought to be on screen, the most wanted first. */
export interface Want {
  /** Where they come from: "" for the image itself, "labels/nuclei" for its labels. */
  source: string;
  level: number;
  indices: number[];
  channels: number[];
  tiles: TilePlace[];
}

export interface Plan {
  /** The level that the zoom or the person asks for. */
  target: number;
  /** What to load and draw, coarse first; the last one is the target's. */
  wants: Want[];
  /** How many tiles the target has on screen, where not all of them are loaded; else 0. */
  tooMany: number;
}

export interface Scene {
  /** Of the image, or of a label image. */
  info: Pyramid;
  /** As in a `Want`. */
  source: string;
  camera: Camera;
  size: Size;
  /** Device pixels per CSS pixel. */
  ratio: number;
  choice: LevelChoice;
  indices: Record<string, number>;
  /** The channels that are on. */
  channels: number[];
  /** Bytes that the tiles of one view may take. */
  budget: number;
}

export function planView(scene: Scene): Plan {
  const { info, source, camera, size, indices, channels } = scene;
  const view = viewOf(camera, size);
  const target = levelFor(info, scene.choice, camera.zoom * scene.ratio);
  const most = mostTiles(scene);
  const all = visibleTiles(planeOf(info, target), view);
  const want = (level: number, tiles: TilePlace[]): Want => ({
    source,
    level,
    indices: indicesAtLevel(info, level, indices),
    channels,
    tiles,
  });
  const wants = [want(target, all.slice(0, most))];
  if (all.length > FEW_TILES && all.length * channels.length > FEW_OF_ALL) {
    const coarse = coarseLevel(info, target, view);
    if (coarse > target) {
      wants.unshift(want(coarse, visibleTiles(planeOf(info, coarse), view).slice(0, most)));
    }
  }
  return { target, wants, tooMany: all.length > most ? all.length : 0 };
}

/** The level on screen for a choice: the pinned one where there is such a level, else by zoom. */
export function levelFor(info: Pyramid, choice: LevelChoice, zoom: number): number {
  if (choice === "auto") return autoLevel(info, zoom);
  return Math.min(choice, info.levels.length - 1);
}

/** The finest level above the target that comes quickly, or the coarsest there is. */
function coarseLevel(info: Pyramid, target: number, view: ReturnType<typeof viewOf>): number {
  for (let level = target + 1; level < info.levels.length; level++) {
    if (visibleTiles(planeOf(info, level), view).length <= FEW_TILES) return level;
  }
  return info.levels.length - 1;
}

function mostTiles({ info, channels, budget }: Scene): number {
  const bytes = TILE * TILE * (WIRE_BYTES[info.wire as Wire] ?? 4) * Math.max(channels.length, 1);
  return Math.max(Math.min(MOST_TILES, Math.floor(budget / bytes)), FEW_TILES);
}

/** A plane of a level of the image, or of another source of tiles. */
export interface PlaneOfLevel {
  source: string;
  level: number;
  indices: number[];
}

/** The name of a plane, such as "2:0,5,0,0", with that of its source before it. */
export function planeKey({ source, level, indices }: PlaneOfLevel): string {
  return `${source && `${JSON.stringify(source)} `}${level}:${indices.join(",")}`;
}

export function tileKey(plane: PlaneOfLevel, channel: number, [row, col]: TilePlace): string {
  return `${planeKey(plane)}/${channel}/${row},${col}`;
}

/** The names of all tiles that are wanted. */
export function keysOf(want: Want): string[] {
  return want.channels.flatMap((channel) => want.tiles.map((tile) => tileKey(want, channel, tile)));
}

/** A request that has been sent, and the keys of the tiles that it has not answered yet. */
export interface Pending extends PlaneOfLevel {
  request: number;
  open: Set<string>;
}

/** What is missing of a want, as few requests as can be: one for each set of channels that the same tiles lack. */
export function missing(want: Want, known: (key: string) => boolean): Want[] {
  const batches = new Map<string, Want>();
  for (const tile of want.tiles) {
    const lacking = want.channels.filter((c) => !known(tileKey(want, c, tile)));
    if (lacking.length === 0) continue;
    const name = lacking.join(",");
    const batch = batches.get(name) ?? { ...want, channels: lacking, tiles: [] };
    batch.tiles.push(tile);
    batches.set(name, batch);
  }
  return [...batches.values()];
}

/** Requests of which nothing is wanted any longer. */
export function stale(pending: Iterable<Pending>, wanted: (key: string) => boolean): Pending[] {
  return [...pending].filter((request) => ![...request.open].some(wanted));
}

/** What comes quickly of all plans goes first. */
export function inTurn(plans: Plan[]): Want[] {
  const coarse = plans.flatMap(({ wants }) => wants.slice(0, -1));
  return [...coarse, ...plans.flatMap(({ wants }) => wants.slice(-1))];
}
