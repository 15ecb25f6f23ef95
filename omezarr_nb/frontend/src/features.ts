/** How a feature joins the view: what it is given, and when it is asked. */

import type { Camera, Size } from "./camera";
import type { Notices } from "./controls/overlays";
import { crosshairFeature } from "./features/crosshair";
import { layerFeature } from "./features/layers";
import { minimapFeature } from "./features/minimap";
import { paintingFeature } from "./features/painting";
import { plateFeature } from "./features/plate";
import { projectionFeature } from "./features/projection";
import { regionFeature } from "./features/regions";
import { valuesFeature } from "./features/values";
import { volumeFeature } from "./features/volume";
import type { ChannelLook, Frame } from "./frame";
import type { Ask, LabelImages, Picked } from "./labels";
import type { Layers } from "./layers";
import type { Model } from "./model";
import type { Navigation } from "./navigation";
import type { Picture } from "./picture";
import type { Want } from "./plan";
import type { Indices } from "./planes";
import type { Tiles } from "./tiles";
import type { Status } from "./types";

/** Of the stage, in CSS pixels. */
export interface Place {
  x: number;
  y: number;
}

/** What a feature is given of the view. */
export interface Host {
  readonly model: Model;
  readonly navigation: Navigation;
  readonly tiles: Tiles;
  readonly picture: Picture;
  readonly notices: Notices;
  readonly labels: LabelImages;
  readonly layers: Layers;
  /** Ask the kernel what it answers once; what is returned gives the question up. */
  readonly ask: Ask;
  /** Some tiles are others by now; those that came with the news (`fresh`) are there already. */
  renew(changed: (key: string) => boolean, fresh: ReadonlySet<string>): void;
  /** How all channels are drawn. */
  looks(): ChannelLook[];
  /** Set a channel's contrast after the pixels on screen. */
  contrast(channel: number): void;
  /** Draw with the next frame; features are updated then, too. */
  draw(): void;
  /** The plane on screen. */
  shown(): Indices;
  /** A feature draws in place of the picture. */
  replaced(): boolean;
  /** A plane without its labels from elsewhere, on a stage of another size; and the tiles that it is made of. */
  seenFrom(camera: Camera, size: Size, plane: Indices): { wants: Want[]; frame: Frame };
  /** The place of the world under a place of the stage. */
  toWorld(place: Place): { x: number; y: number };
  /** Say how the view is, where a feature draws instead of it. */
  state(status: Status, error: string): void;
  /** Say what was drawn instead of the picture. */
  report(drawn: Drawn): void;
  /** No WebGL 2, or its context is lost; "" when it is back. */
  trouble(what: "" | "none" | "lost"): void;
  /** Give the keys back to the stage. */
  focus(): void;
}

/** What a feature has drawn instead of the picture. */
export interface Drawn {
  /** The level that is wanted. */
  target: number;
  /** The finest level on screen; none where nothing is there yet. */
  shown: number | undefined;
  /** CSS pixels per unit of the x axis. */
  zoom: number;
  /** All that is wanted is on screen. */
  settled: boolean;
}

/** A press that a feature has taken, until it ends. */
export interface Drag {
  move(place: Place, event: PointerEvent): void;
  end(place: Place, event: PointerEvent): void;
  /** The pointer was taken away. */
  cancel(): void;
  /** A second finger ends it: two move and zoom. */
  yields?: boolean;
}

/** A part of the view; everything is optional, and asked in the order of the list below until one has taken it. */
export interface Feature {
  /** Elements over the picture, the lowest first. */
  readonly over?: readonly Element[];
  /** Buttons in the heading. */
  readonly tools?: readonly Element[];
  /** Sections of the panel beside the picture, below channels and labels; those of the class "leads" above them. */
  readonly sections?: readonly Element[];
  /** Rows below the picture, above the sliders. */
  readonly below?: readonly Element[];
  /** Elements at the end of the rows of sliders, by the names of their axes. */
  readonly axes?: ReadonlyMap<string, Element>;
  /** Keys and what they do, for the list of shortcuts. */
  readonly shortcuts?: readonly (readonly [keys: string, effect: string])[];
  /** Something is drawn: the camera, the plane or a trait may have changed. */
  update?(): void;
  /** It draws in place of the picture now, which gives its context back. */
  instead?(): boolean;
  /** What it draws then, to be saved and copied. */
  picture?(): Picture | null;
  /** The view is out of sight: what only sight needs is given back. */
  rest?(): void;
  /** The tiles that stand for a plane in place of the image's own; null where these are drawn. Always the same for the
   * same object: one that is drawn stays so until the next one is there. */
  stead?(indices: Indices): { source: string; indices: Indices } | null;
  /** Words for what is under a place of the world, for the readout; "" for none. */
  words?(x: number, y: number): string;
  /** The label under a place of the stage, where the feature draws in place of the picture. */
  labelAt?(place: Place): Picked | null;
  /** More words for the readout, after all others; "" for none. */
  after?(x: number, y: number): string;
  /** Tiles that it draws; they come after those of the picture. */
  wants?(): Want[];
  /** Take a press of the first button, pen or finger; null leaves it to the view, which pans. */
  press?(place: Place, event: PointerEvent): Drag | null;
  /** The pointer moves while nothing is pressed; null when it is gone. */
  hover?(place: Place | null): void;
  /** A press that did not become a drag; true where it was meant for the feature. `more` with shift or ctrl. */
  click?(place: Place, more: boolean): boolean;
  /** A double click. */
  open?(place: Place): boolean;
  /** Two fingers, or a wheel that turns sideways, move what is seen. */
  pan?(dx: number, dy: number): boolean;
  /** A turn of the wheel or a pinch that zooms. */
  zoom?(factor: number, place: Place): boolean;
  /** All of it is to be seen, or one pixel of it as one of the screen. */
  fit?(pixels: boolean): boolean;
  /** A key on the stage, with ctrl, alt and the like as they come. */
  key?(event: KeyboardEvent): boolean;
  /** Try again what failed. */
  again?(): void;
  dispose?(): void;
}

/** Makes a feature for a view, or null where the view has no use for it. */
export type MakeFeature = (host: Host) => Feature | null;

export const FEATURES: readonly MakeFeature[] = [
  volumeFeature,
  projectionFeature,
  crosshairFeature,
  layerFeature,
  paintingFeature,
  plateFeature,
  minimapFeature,
  valuesFeature,
  regionFeature,
];
