/** What the kernel says of labels that are painted: how it stands, and what has changed last. */
import type { Editing, Painted } from "../painting/types";
import { isIndex, isText, type Spec, when } from "./read";

export interface PaintingTraits {
  _painting: Editing | null;
  _painted: Painted | null;
}

export function paintingTraits(): Spec<PaintingTraits> {
  return {
    _painting: { first: null, read: when(isEditing) },
    _painted: { first: null, read: when(isPainted) },
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isEditing(value: unknown): value is Editing {
  return isObject(value) && isText(value.labels) && isText(value.state);
}

function isPainted(value: unknown): value is Painted {
  return isObject(value) && isText(value.labels) && isIndex(value.number);
}
