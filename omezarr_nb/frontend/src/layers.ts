/** What is drawn of the images that lie over the first one, and how two are compared. */
import type { Camera, Size } from "./camera";
import { type ChannelLook, type Comparing, type Frame, frameOf, type MemberLook, valuesAt } from "./frame";
import { type Member, memberIndices, membersOf, ownSight, toOwn } from "./members";
import type { Model } from "./model";
import { inTurn, type Plan, type Want } from "./plan";
import type { Indices } from "./planes";
import type { Tiles } from "./tiles";
import type { LevelChoice, Pyramid } from "./types";

/** What a plan is made of besides the view's own. */
export interface Asked {
  info: Pyramid;
  source: string;
  choice: LevelChoice;
  indices: Indices;
  channels: number[];
  camera: Camera;
  size: Size;
}

/** From where a plane is seen. */
export interface From {
  camera: Camera;
  size: Size;
  plane: Indices;
  /** The tiles that stand for the plane of the first image. */
  drawn: { source: string; indices: Indices };
  /** How all channels are drawn. */
  all: ChannelLook[];
}

export type NamedLook = MemberLook & { name: string };

export class Layers {
  readonly members: Member[];

  constructor(
    private readonly model: Model,
    private readonly plan: (asked: Asked) => Plan,
  ) {
    this.members = membersOf(model.info);
  }

  /** The channels of the first image that are drawn. */
  channels(): number[] {
    const [base] = this.members;
    return base && this.isShown(0) ? this.visible(base) : [];
  }

  /** Nothing at all is switched on. */
  isEmpty(): boolean {
    return this.members.every((member, n) => !this.isShown(n) || this.visible(member).length === 0);
  }

  isShown(position: number): boolean {
    return this.model.get("layer_visible")[position] ?? true;
  }

  /** The looks of the first image, dimmed as that image is. */
  own(all: ChannelLook[]): ChannelLook[] {
    return this.dimmed(all, 0);
  }

  /** The images over the first one that are shown and reach to a plane. */
  looks(all: ChannelLook[], indices: Indices, camera: Camera, size: Size): NamedLook[] {
    return this.members.flatMap((member, position) => {
      if (position === 0 || !this.isShown(position)) return [];
      const there = memberIndices(this.model.info, member, indices);
      if (!there) return [];
      const own = ownSight(member.matrix, camera, size);
      const channels = this.visible(member);
      const { info, source, name } = member;
      const asked = { info, source, choice: "auto" as const, indices: there, channels };
      const plan = this.plan({ ...asked, camera: own.camera, size: own.size });
      return [{ ...own, name, info, plan, indices: there, channels, looks: this.dimmed(all, position) }];
    });
  }

  /** A plane without its labels from elsewhere, and the tiles that it is made of. */
  seenFrom({ camera, size, plane, drawn, all }: From, tiles: Tiles): { wants: Want[]; frame: Frame } {
    const { info } = this.model;
    const channels = this.channels();
    const plan = this.plan({ info, ...drawn, choice: "auto", channels, camera, size });
    const others = this.looks(all, plane, camera, size);
    const { indices } = drawn;
    const own = { info, camera, size, plan, indices, channels, looks: this.own(all), labels: [] };
    const frame = frameOf({ ...own, others, hidden: !this.isShown(0) }, tiles);
    return { wants: inTurn([plan, ...others.map((look) => look.plan)]), frame };
  }

  comparing(): Comparing {
    const { model } = this;
    const channel = Math.max(model.get("visible").indexOf(true), 0);
    const [low, high] = model.get("contrast_limits")[channel] ?? [0, 1];
    return {
      kind: model.get("comparison"),
      divider: model.get("divider"),
      limit: model.get("difference_limit") || high - low,
    };
  }

  /**
   * Values under a place of the world, by channel among those of all images. `drawn`: the tiles that stand for the
   * plane of the first image.
   */
  values(
    drawn: { source: string; indices: Indices },
    shown: Indices,
    tiles: Tiles,
    x: number,
    y: number,
  ): Map<number, { value: number; level: number }> {
    const found = new Map<number, { value: number; level: number }>();
    this.members.forEach((member, position) => {
      const indices = memberIndices(this.model.info, member, shown);
      if (!indices || !this.isShown(position)) return;
      const { info, source, first } = member;
      const own = toOwn(member.matrix, x, y);
      const channels = this.visible(member);
      const look = position === 0 ? { info, ...drawn, channels } : { info, source, indices, channels };
      for (const [channel, value] of valuesAt<number>(look, tiles, own.x, own.y)) {
        found.set(first + channel, value);
      }
    });
    return found;
  }

  /** Those channels of an image that are on; in a difference, the first one. */
  private visible({ first, count }: Member): number[] {
    const on = this.model.get("visible").slice(first, first + count);
    const all = on.flatMap((visible, channel) => (visible ? [channel] : []));
    return this.model.get("comparison") === "difference" ? all.slice(0, 1) : all;
  }

  private dimmed(all: ChannelLook[], position: number): ChannelLook[] {
    const { first = 0, count = 0 } = this.members[position] ?? {};
    const opacity = this.model.get("layer_opacity")[position] ?? 1;
    const own = all.slice(first, first + count);
    return opacity === 1 ? own : own.map((look) => ({ ...look, opacity: look.opacity * opacity }));
  }
}
