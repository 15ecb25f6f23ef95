/** Labels in a volume: those that have a depth, and which of them a ray meets first. */
import type { LabelEntry, LabelStyle } from "../frame";
import { depthOf, type LabelImages, labelIndices, signed, sourceOf } from "../labels";
import type { Model } from "../model";
import type { Indices } from "../planes";
import type { LabelInfo } from "../types";
import { crossing, map3, type Rays } from "./geometry";
import type { Volume } from "./store";
import { volumeWords } from "./words";

export interface DeepLabels {
  info: LabelInfo;
  source: string;
  /** Their place along the axes that are not drawn. */
  at: Indices;
  style: LabelStyle;
}

/** Those that are shown and are there now, the lowest first; and the names of those that have no depth. */
export function deepLabels(model: Model, images: LabelImages): { deep: DeepLabels[]; flat: string[] } {
  const deep: DeepLabels[] = [];
  const flat: string[] = [];
  for (const info of images.shown()) {
    if (depthOf(info) !== depthOf(model.info)) {
      flat.push(info.name);
      continue;
    }
    const sliders = info.sliders.filter((axis) => axis !== info.volume?.axis);
    const at = labelIndices(model.info, { ...info, sliders }, model.get("indices"));
    if (at) deep.push({ info, source: sourceOf(info.name), at, style: images.style(info) });
  }
  return { deep, flat };
}

/** What is not shown, in words: other images, labels that have no depth, that are too large, or could not be opened. */
export function absent(model: Model, images: LabelImages, flat: string[], large: string[]): string {
  const failed = model.get("visible_labels").flatMap((name) => {
    const opened = images.state(name);
    return opened?.state === "failed" ? [opened.why] : [];
  });
  const others = model.info.layers?.length ? [volumeWords.firstImage] : [];
  const tooLarge = large.map((source) => volumeWords.labelsTooLarge(source.slice(sourceOf("").length)));
  return [...others, ...flat.map(volumeWords.flat), ...tooLarge, ...failed].join("\n");
}

/** The first label that the ray through (x, y), from 0 to 1, meets, as it is stored; null where there is none. */
export function firstLabel(
  { voxels, size }: Volume,
  { info, style }: DeepLabels,
  rays: Rays,
  x: number,
  y: number,
): string | null {
  const [near, far] = crossing(rays, x, y);
  const { axis, away } = rays;
  if (!(near < far)) return null;
  const from = map3((a) => rays.origin[a] + rays.across[a] * x + rays.down[a] * y);
  // As it is drawn: in the middle planes of the voxels across the steepest axis.
  const begin = from[axis] * size[axis] - 0.5;
  const pace = away[axis] * size[axis];
  const ends = [begin + near * pace, begin + far * pace];
  const step = Math.sign(pace);
  const last = Math.floor(Math.abs((ends[1] ?? 0) - (ends[0] ?? 0)) + 2e-3) + 1;
  const first = step > 0 ? Math.ceil((ends[0] ?? 0) - 1e-3) : Math.floor((ends[0] ?? 0) + 1e-3);
  for (let n = 0; n <= last; n++) {
    const plane = first + n * step;
    if (step * (plane - (ends[1] ?? 0)) > 1e-3) break;
    const gone = (plane - begin) / pace;
    const [column, row, depth] = map3((a) =>
      Math.min(
        Math.max(a === axis ? plane : Math.floor((from[a] + gone * away[a]) * size[a]), 0),
        size[a] - 1,
      ),
    );
    const value = voxels[(depth * size[1] + row) * size[0] + column];
    if (!value) continue;
    const id = BigInt(value);
    if (isDrawn(style, id)) return signed(id, info.dtype).toString();
  }
  return null;
}

/** Those without colour hide nothing, nor do those that are left out. */
function isDrawn({ entries, onlySelected }: LabelStyle, id: bigint): boolean {
  const entry = entryOf(entries, id);
  return (!onlySelected || entry?.selected === true) && entry?.color?.[3] !== 0;
}

function entryOf(entries: LabelEntry[], id: bigint): LabelEntry | undefined {
  let [low, high] = [0, entries.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (!entry || entry.id === id) return entry;
    if (entry.id < id) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}
