/** The traits of the volume that is drawn in place of a plane, and of projections. */

import { METHODS, type Method } from "../volume/methods";
import { normalised, type Quaternion, TILTED, type Vec3 } from "../volume/turn";
import { isFlag, isIndex, isNumber, isPart, isText, type Spec, when } from "./read";

export type Clip = Record<string, [low: number, high: number]>;

/** Many planes that are shown as one. */
export interface Projection {
  axis: string;
  method: string;
  /** The first and the last plane. */
  range: [number, number];
}

export interface VolumeTraits {
  projection: Projection | Record<string, never>;
  volume: boolean;
  volume_method: Method;
  volume_threshold: number;
  volume_density: number;
  /** What is drawn, by the name of an axis, in its own unit. */
  volume_clip: Clip;
  volume_rotation: Quaternion;
  volume_center: Vec3 | [];
  volume_zoom: number;
}

export function volumeTraits(): Spec<VolumeTraits> {
  const atLeast0 = (value: unknown): value is number => isNumber(value) && value >= 0;
  const isMethod = (value: unknown): value is Method => (METHODS as readonly unknown[]).includes(value);
  return {
    projection: { first: {}, read: readProjection },
    volume: { first: false, read: when(isFlag) },
    volume_method: { first: "maximum", read: when(isMethod) },
    volume_threshold: { first: 0.5, read: when(isPart) },
    volume_density: { first: 4, read: when(atLeast0) },
    volume_clip: { first: {}, read: readClip },
    volume_rotation: { first: TILTED, read: readRotation },
    volume_center: { first: [], read: readCenter },
    volume_zoom: { first: 0, read: when(atLeast0) },
  };
}

function entriesOf(value: unknown): [string, unknown][] | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : undefined;
}

function readProjection(value: unknown): VolumeTraits["projection"] | undefined {
  const given = Object.fromEntries(entriesOf(value) ?? []);
  const { axis, method, range } = given;
  if (Object.keys(given).length === 0) return {};
  if (!isText(axis) || !isText(method) || !Array.isArray(range)) return undefined;
  const [first, last] = range;
  return isIndex(first) && isIndex(last) && first <= last
    ? { axis, method, range: [first, last] }
    : undefined;
}

function readClip(value: unknown): Clip | undefined {
  const clip: Clip = {};
  for (const [name, ends] of entriesOf(value) ?? []) {
    if (!Array.isArray(ends) || !isNumber(ends[0]) || !isNumber(ends[1]) || ends[0] >= ends[1])
      return undefined;
    clip[name] = [ends[0], ends[1]];
  }
  return clip;
}

function readRotation(value: unknown): Quaternion | undefined {
  if (!Array.isArray(value) || value.length !== 4 || !value.every(isNumber)) return undefined;
  return Math.hypot(...value) > 1e-6 ? normalised(value as Quaternion) : undefined;
}

function readCenter(value: unknown): Vec3 | [] | undefined {
  if (!Array.isArray(value) || !value.every(isNumber)) return undefined;
  if (value.length === 0) return [];
  return value.length === 3 ? (value as Vec3) : undefined;
}
