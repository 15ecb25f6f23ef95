/** The traits that have one entry for each channel. */
import type { Info, Limits } from "../types";
import { isFlag, isNumber, isPart, isText, listOf, type Spec, when } from "./read";

export interface ChannelTraits {
  visible: boolean[];
  colors: string[];
  contrast_limits: Limits[];
  gamma: number[];
  inverted: boolean[];
  colormaps: string[];
  opacity: number[];
}

/** Those that change how the pixels that are there look. */
export const LOOKS = [
  "visible",
  "colors",
  "contrast_limits",
  "gamma",
  "inverted",
  "colormaps",
  "opacity",
  "greyscale",
] as const;

export function channelTraits(info: Info): Spec<ChannelTraits> & Spec<{ greyscale: boolean }> {
  const count = info.channels.length;
  const each = <T>(first: T): T[] => info.channels.map(() => first);
  const isGamma = (value: unknown): value is number => isNumber(value) && value >= 0.1 && value <= 10;
  return {
    visible: { first: each(true), read: listOf(count, when(isFlag)) },
    colors: { first: each("#ffffff"), read: listOf(count, readColor) },
    contrast_limits: {
      first: info.channels.map(() => [...info.limits] as Limits),
      read: listOf(count, readLimits),
    },
    gamma: { first: each(1), read: listOf(count, when(isGamma)) },
    inverted: { first: each(false), read: listOf(count, when(isFlag)) },
    colormaps: { first: each(""), read: listOf(count, when(isText)) },
    opacity: { first: each(1), read: listOf(count, when(isPart)) },
    greyscale: { first: false, read: when(isFlag) },
  };
}

function readColor(value: unknown): string | undefined {
  return isText(value) && /^#[0-9a-f]{6}$/i.test(value) ? value.toLowerCase() : undefined;
}

function readLimits(value: unknown): Limits | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [low, high] = value;
  return isNumber(low) && isNumber(high) && low <= high ? [low, high] : undefined;
}
