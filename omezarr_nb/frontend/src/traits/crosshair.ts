/** The traits of a view that is one of several on one volume. */
import { isFlag, type Spec, when } from "./read";
import { readPlace } from "./view";

export interface CrosshairTraits {
  /** A place of the world, or none. */
  crosshair: [number, number] | [];
  /** Only the picture, its name and its sliders. */
  compact: boolean;
}

export function crosshairTraits(): Spec<CrosshairTraits> {
  return { crosshair: { first: [], read: readPlace }, compact: { first: false, read: when(isFlag) } };
}
