/** The traits of the images that lie over the first one. */
import type { Info } from "../types";
import { isFlag, isNumber, isPart, listOf, type Spec, when } from "./read";

export type Comparison = "" | "swipe" | "difference";

export interface LayerTraits {
  /** For each image, the first one first. */
  layer_visible: boolean[];
  layer_opacity: number[];
  comparison: Comparison;
  /** Where the line of a swipe is, as a part of the width. */
  divider: number;
  /** The difference that is drawn in full colour; 0 for the span of the contrast limits. */
  difference_limit: number;
}

export const LAYERS = [
  "layer_visible",
  "layer_opacity",
  "comparison",
  "divider",
  "difference_limit",
] as const;

export function layerTraits(info: Info): Spec<LayerTraits> {
  const count = 1 + (info.layers?.length ?? 0);
  const each = <T>(first: T): T[] => Array.from({ length: count }, () => first);
  const kinds: unknown[] = ["", "swipe", "difference"] satisfies Comparison[];
  return {
    layer_visible: { first: each(true), read: listOf(count, when(isFlag)) },
    layer_opacity: { first: each(1), read: listOf(count, when(isPart)) },
    comparison: { first: "", read: when((value): value is Comparison => kinds.includes(value)) },
    divider: { first: 0.5, read: when(isPart) },
    difference_limit: {
      first: 0,
      read: (value) => (isNumber(value) && value >= 0 ? value : undefined),
    },
  };
}
