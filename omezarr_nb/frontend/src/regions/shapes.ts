/** Shapes over the image: what they are made of, and how new ones are named and coloured. */
import type { Indices } from "../planes";
import type { Info } from "../types";

export type Kind = "point" | "line" | "rectangle" | "ellipse" | "polygon";
export const TOOLS = ["pan", "point", "line", "rectangle", "ellipse", "polygon"] as const;
export type Tool = (typeof TOOLS)[number];

/** For each type how many points it has, at least and at most. */
export const KINDS: Record<Kind, readonly [least: number, most: number]> = {
  point: [1, 1],
  line: [2, 2000],
  rectangle: [2, 2],
  ellipse: [2, 2],
  polygon: [3, 2000],
};
export const MOST_SHAPES = 1000;
export const MOST_POINTS = 20_000;
export const MOST_TEXT = 200;
const COLORS = [
  "#ffd400",
  "#00c8ff",
  "#ff5cc8",
  "#7cff4f",
  "#ff8a1f",
  "#b58cff",
  "#ffffff",
  "#ff5a5a",
] as const;

/** A shape as the kernel has it: points in the order of the image's axes, in their units. */
export interface ShapeValue {
  type: Kind;
  points: [number, number][];
  name: string;
  color: string;
  /** Index of level 0 on each axis to whose plane it belongs; on the others it is on all planes. */
  plane: Record<string, number>;
}

/** A place of the world. */
export interface Point {
  x: number;
  y: number;
}

export interface Shape {
  type: Kind;
  points: readonly Point[];
  name: string;
  color: string;
  plane: Readonly<Record<string, number>>;
}

/** Whether the x axis stands before the y axis. */
export function isTransposed(info: Info): boolean {
  return info.display.y > info.display.x;
}

export function fromValue(value: ShapeValue, transposed: boolean): Shape {
  const points = value.points.map(([a, b]) => (transposed ? { x: a, y: b } : { x: b, y: a }));
  return { ...value, points };
}

export function toValue(shape: Shape, transposed: boolean): ShapeValue {
  const { type, name, color, plane } = shape;
  const points = shape.points.map(({ x, y }): [number, number] => (transposed ? [x, y] : [y, x]));
  return { type, points, name, color, plane: { ...plane } };
}

/** Whether a shape is on the plane that is shown. */
export function isOn(shape: Pick<Shape, "plane">, indices: Indices): boolean {
  return Object.entries(shape.plane).every(([name, index]) => indices[name] === index);
}

/** A name that no other shape has. */
export function freeName(kind: Kind, shapes: readonly Pick<Shape, "name">[]): string {
  const taken = new Set(shapes.map(({ name }) => name));
  let number = 1;
  while (taken.has(`${kind} ${number}`)) number++;
  return `${kind} ${number}`;
}

/** The colour that fewest shapes have, in the order of the list. */
export function nextColor(shapes: readonly Pick<Shape, "color">[]): string {
  const count = (color: string) => shapes.filter((shape) => shape.color === color).length;
  const counts = COLORS.map(count);
  return COLORS[counts.indexOf(Math.min(...counts))] ?? COLORS[0];
}
