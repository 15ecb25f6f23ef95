/** Which level of a volume is drawn, in which parts it comes, and how finely it is drawn while it moves. */
import type { Size } from "../camera";
import type { LevelChoice } from "../types";
import { type Grid, gridOf } from "./geometry";
import type { Deep } from "./types";

/** Bytes that the volumes of a view take on the GPU at most. */
export const VOLUME_BUDGET = 256 * 2 ** 20;
/** A level of so many bytes comes quickly: it goes first. */
const QUICK = 4 * 2 ** 20;
/** Bytes of one part, as it is sent. */
const PART = 2 ** 20;
/** As for planes: a level is fine enough when its pixels are at most this many device pixels on screen. */
const COARSEST_ON_SCREEN = 1.5;

export interface Choice {
  /** The level to draw; null where none is small enough. */
  target: number | null;
  /** What goes first, where the target is large. */
  coarse: number | null;
  /** The level that was asked for does not fit. */
  tooLarge: number | null;
}

export interface Limits3D {
  /** Voxels along the longest edge of a texture. */
  texture: number;
  /** Bytes of one voxel of one channel. */
  voxel: number;
  /** How many volumes are drawn: each channel and each label image is one. */
  channels: number;
}

/** `zoom`: device pixels for one unit. */
export function chooseLevel(info: Deep, choice: LevelChoice, zoom: number, limits: Limits3D): Choice {
  const grids = info.levels.map((_, level) => gridOf(info, level));
  const bytes = ({ size }: Grid) => size[0] * size[1] * size[2] * limits.voxel * Math.max(limits.channels, 1);
  const fitting = grids.flatMap((grid, level) =>
    Math.max(...grid.size) <= limits.texture && bytes(grid) <= VOLUME_BUDGET ? [level] : [],
  );
  const fine = grids.flatMap(({ scale }, level) =>
    Math.max(scale[0], scale[1]) * zoom <= COARSEST_ON_SCREEN ? [level] : [],
  );
  const asked = choice === "auto" ? Math.max(0, ...fine) : Math.min(choice, grids.length - 1);
  const target = fitting.find((level) => level >= asked) ?? fitting.at(-1) ?? null;
  if (target === null) return { target, coarse: null, tooLarge: asked };
  const large = (grids[target] && bytes(grids[target])) ?? 0;
  const quick = fitting.find((level) => level > target && grids[level] && bytes(grids[level]) <= QUICK);
  const coarse = large > QUICK ? (quick ?? fitting.at(-1) ?? target) : target;
  return {
    target,
    coarse: coarse > target ? coarse : null,
    tooLarge: target !== asked && choice !== "auto" ? asked : null,
  };
}

/** A part of a volume: first and last-plus-one plane, first and last-plus-one row. */
export type Part = [fromPlane: number, toPlane: number, fromRow: number, toRow: number];

/** The parts of a volume of so many voxels: whole planes where they are small, else rows of one. */
export function partsOf([columns, rows, planes]: Grid["size"], voxelBytes: number, part = PART): Part[] {
  const row = columns * voxelBytes;
  const many = Math.floor(part / (row * rows));
  const parts: Part[] = [];
  if (many >= 1) {
    for (let z = 0; z < planes; z += many) parts.push([z, Math.min(z + many, planes), 0, rows]);
    return parts;
  }
  const some = Math.max(Math.floor(part / row), 1);
  for (let z = 0; z < planes; z++)
    for (let y = 0; y < rows; y += some) parts.push([z, z + 1, y, Math.min(y + some, rows)]);
  return parts;
}

/** Samples that are taken for a picture: more, and a system may think that the GPU hangs. */
const MOST_SAMPLES = 4e9;

/**
 * Device pixels for one of CSS with which a picture is drawn: as many as there are, and fewer where its samples would
 * be more than `budget`.
 */
export function ratioFor(size: Size, ratio: number, samplesPerPixel: number, budget: number): number {
  const all = size.width * size.height * ratio * ratio * Math.max(samplesPerPixel, 1);
  const most = Math.min(budget, MOST_SAMPLES);
  return all <= most ? ratio : ratio * Math.sqrt(most / all);
}
