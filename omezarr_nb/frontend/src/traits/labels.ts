/** The traits of the labels that lie over the image. */
import type { Info } from "../types";
import { isFlag, isIndex, isPart, isText, type Spec, when } from "./read";

export interface LabelTraits {
  /** Names, the lowest first. */
  visible_labels: string[];
  /** Ids by name; as texts, for they have up to 64 bits. */
  selected_labels: Record<string, string[]>;
  label_opacity: number;
  label_contour: number;
  only_selected: boolean;
}

export function labelTraits(info: Info): Spec<LabelTraits> {
  const areNames = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every((name) => info.labels.includes(name));
  return {
    visible_labels: { first: [], read: when(areNames) },
    selected_labels: { first: {}, read: when(isSelection) },
    label_opacity: { first: 0.5, read: when(isPart) },
    label_contour: { first: 0, read: when(isIndex) },
    only_selected: { first: false, read: when(isFlag) },
  };
}

function isSelection(value: unknown): value is Record<string, string[]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const isId = (id: unknown) => isText(id) && /^-?\d{1,20}$/.test(id);
  return Object.values(value).every((ids) => Array.isArray(ids) && ids.every(isId));
}
