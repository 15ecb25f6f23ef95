/** The traits of the shapes that are drawn over the image. */
import { KINDS, type Kind, MOST_SHAPES, type ShapeValue, TOOLS, type Tool } from "../regions/shapes";
import type { Info } from "../types";
import { isIndex, isNumber, isText, type Spec, when } from "./read";

export interface ShapeTraits {
  /** The lowest first; points in the order that the axes have in the image. */
  shapes: ShapeValue[];
  /** Place of the one that is selected, -1 for none. */
  selected_shape: number;
  /** What a drag in the view does. */
  tool: Tool;
}

export function shapeTraits(info: Info): Spec<ShapeTraits> {
  const names = new Set(info.sliders.map((position) => info.axes[position]?.name));
  const isPoint = (value: unknown): value is [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every(isNumber);
  const isPlane = (value: unknown): value is Record<string, number> =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(value).every(([name, index]) => names.has(name) && isIndex(index));
  const isShape = (value: unknown): value is ShapeValue => {
    if (typeof value !== "object" || value === null) return false;
    const { type, points, name, color, plane } = value as Partial<ShapeValue>;
    const [least, most] = KINDS[type as Kind] ?? [1, 0];
    return (
      Array.isArray(points) &&
      points.length >= least &&
      points.length <= most &&
      points.every(isPoint) &&
      isText(name) &&
      isText(color) &&
      /^#[0-9a-f]{6}$/i.test(color) &&
      isPlane(plane)
    );
  };
  const areShapes = (value: unknown): value is ShapeValue[] =>
    Array.isArray(value) && value.length <= MOST_SHAPES && value.every(isShape);
  const isPlace = (value: unknown): value is number => value === -1 || isIndex(value);
  const isTool = (value: unknown): value is Tool => TOOLS.includes(value as Tool);
  return {
    shapes: { first: [], read: when(areShapes) },
    selected_shape: { first: -1, read: when(isPlace) },
    tool: { first: "pan", read: when(isTool) },
  };
}
