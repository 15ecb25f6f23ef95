/** The images of a view, each in the world of the first one. */
import type { Camera, Size } from "./camera";
import { labelIndices } from "./labels";
import type { Indices } from "./planes";
import type { Info, Matrix, Pyramid } from "./types";

/** An image of the view. */
export interface Member {
  name: string;
  /** Of its tiles. */
  source: string;
  info: Pyramid;
  /** What x and y of its own world go through. */
  matrix: Matrix | null;
  /** The first of its channels among those of all images, and how many there are. */
  first: number;
  count: number;
  problems: string[];
}

/** From the clip space of a layer's own sight to that of the view: columns of a matrix. */
export type Turn = [number, number, number, number];

/** A layer as it is seen from its own world. */
export interface OwnSight {
  camera: Camera;
  size: Size;
  turn: Turn | undefined;
}

export function membersOf(info: Info): Member[] {
  const layers = info.layers ?? [];
  const count = layers[0]?.first ?? info.channels.length;
  const base = { name: info.name, source: "", info, matrix: null, first: 0, count, problems: [] };
  return [base, ...layers.map((layer) => ({ ...layer, info: layer }))];
}

/** The plane of a member at which a plane of the first image lies; null where it does not reach there. */
export function memberIndices(image: Info, member: Member, indices: Indices): Indices | null {
  return member.source === "" ? indices : labelIndices(image, member.info, indices);
}

/** Where a place of the view's world lies in a layer's own. */
export function toOwn(matrix: Matrix | null, x: number, y: number): { x: number; y: number } {
  if (!matrix) return { x, y };
  const [a, b, c, d, e, f] = matrix;
  const area = a * d - b * c;
  return { x: (d * (x - e) - b * (y - f)) / area, y: (a * (y - f) - c * (x - e)) / area };
}

/**
 * From where a layer is seen in its own world: a camera on the same place, of a stage upright there that holds all of
 * the view's; and what brings the picture of that stage to the view's.
 */
export function ownSight(matrix: Matrix | null, camera: Camera, size: Size): OwnSight {
  if (!matrix) return { camera, size, turn: undefined };
  const [a, b, c, d] = matrix;
  const area = a * d - b * c;
  const zoom = camera.zoom * Math.sqrt(Math.abs(area));
  const wide = (Math.abs(d) * size.width + Math.abs(b) * size.height) / Math.abs(area) / camera.zoom;
  const high = (Math.abs(c) * size.width + Math.abs(a) * size.height) / Math.abs(area) / camera.zoom;
  const own = { width: wide * zoom, height: high * zoom };
  const center = toOwn(matrix, camera.x, camera.y);
  // Clip space is y upwards, worlds are y downwards.
  const across = camera.zoom / zoom;
  const turn: Turn = [
    (a * own.width * across) / size.width,
    (-c * own.width * across) / size.height,
    (-b * own.height * across) / size.width,
    (d * own.height * across) / size.height,
  ];
  return { camera: { ...center, zoom }, size: own, turn };
}
