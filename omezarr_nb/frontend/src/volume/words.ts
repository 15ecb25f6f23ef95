/** What people read of volumes. */
import type { Method } from "./methods";

export const volumeWords = {
  tooLarge: "No level of this image is small enough to be drawn as a volume.",
  coarser: (asked: number, level: number) =>
    `Level ${asked} is too large to be drawn as a volume; level ${level} is shown.`,
  failed: (why: string) => `The volume could not be read: ${why}`,
  firstImage: "The volume is that of the first image; the others are seen on planes.",
  flat: (name: string) => `The labels “${name}” have no depth: they are seen on planes alone.`,
  labelsTooLarge: (name: string) =>
    `No level of the labels “${name}” is small enough to be drawn in the volume.`,
  reset: "as at first",
};

export const methodWords: Record<Method, string> = {
  maximum: "maximum",
  minimum: "minimum",
  mean: "mean",
  additive: "additive",
  surface: "surface",
  attenuated: "attenuated",
};
