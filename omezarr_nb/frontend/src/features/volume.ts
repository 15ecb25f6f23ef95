/** The image as a volume in place of a plane: rays through it, turned by a drag. */
import { h, icon } from "../dom";
import type { Drag, Feature, Host, Place } from "../features";
import { studio } from "../gl/studio";
import { indicesAtLevel } from "../levels";
import { Picture } from "../picture";
import type { Wire } from "../types";
import {
  axesOfVolume,
  fitZoom,
  gridOf,
  map3,
  middle,
  type Orbit,
  panned,
  type Quaternion,
  raysOf,
  samplesOf,
  TILTED,
  turned,
  type Vec3,
  zoomedAt,
} from "../volume/geometry";
import { type Choice, chooseLevel, ratioFor } from "../volume/levels";
import { Lines } from "../volume/lines";
import { Section } from "../volume/section";
import { isComplete, type Volume, Volumes, type WantedVolume } from "../volume/store";
import { volumeShortcuts, volumeWords } from "../volume/words";
import { words } from "../words";

/** A turn by a key, in radians. */
const KEY_TURN = Math.PI / 18;
const KEY_MOVE = 48;
/** The picture is coarser while it moves, and fine after so many milliseconds of rest. */
const REST = 150;
/** Samples of a picture that moves: as many as come in time, between these. */
const MOVING = { least: 4e6, first: 8e7, most: 2e9 };
/** Milliseconds that a picture may take, where drawing holds up all else: without a GPU it does. */
const PATIENCE = { moving: 60, still: 1500 };
/** Milliseconds between two pictures of what is not all there. */
const PARTIAL = 400;
const FARTHEST = 1 / 8;
const NEAREST = 64;

export function volumeFeature(host: Host): Feature | null {
  return host.model.info.volume ? new VolumeView(host) : null;
}

class VolumeView implements Feature {
  readonly over: Element[];
  readonly tools: Element[];
  readonly sections: Element[];
  readonly shortcuts = volumeShortcuts;
  private readonly seen: Picture;
  private readonly lines: Lines;
  private readonly section: Section;
  private readonly volumes: Volumes;
  private readonly button: HTMLButtonElement;
  /** What is on screen of each channel, until what is wanted is there. */
  private readonly drawn = new Map<number, string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private partial: ReturnType<typeof setTimeout> | undefined;
  private moved = Number.NEGATIVE_INFINITY;
  private budget = MOVING.first;
  /** Samples in a millisecond, as far as the page has felt it. */
  private rate = Number.POSITIVE_INFINITY;
  private shows = false;
  private last = "";

  constructor(private readonly host: Host) {
    const { model } = host;
    this.seen = new Picture({ ready: () => host.draw(), trouble: (what) => host.trouble(what) });
    this.seen.element.classList.add("volume-picture");
    this.lines = new Lines(axesOfVolume(model.info).map((axis) => model.info.axes[axis]?.name ?? ""));
    this.volumes = new Volumes(host.ask, (volume) => this.came(volume));
    this.section = new Section(model, {
      side: (rotation) => this.look(rotation),
      reset: () => this.reset(),
    });
    this.button = h(
      "button",
      { type: "button", class: "volume-button", onclick: () => this.toggle() },
      icon("cube"),
    );
    this.over = [this.seen.element, this.lines.element];
    this.tools = [this.button];
    this.sections = [this.section.element];
    model.on(
      [
        "volume",
        "volume_method",
        "volume_threshold",
        "volume_density",
        "volume_clip",
        "volume_rotation",
        "volume_center",
        "volume_zoom",
      ],
      () => {
        this.section.update();
        this.show();
        host.draw();
      },
    );
    this.show();
  }

  instead(): boolean {
    return this.host.model.get("volume");
  }

  picture(): Picture | null {
    return this.instead() ? this.seen : null;
  }

  rest(): void {
    this.still();
    this.seen.rest();
    this.volumes.rest();
  }

  again(): void {
    this.volumes.again();
    this.host.draw();
  }

  dispose(): void {
    this.still();
    this.volumes.clear();
    this.seen.dispose();
  }

  update(): void {
    if (!this.instead()) {
      if (this.drawn.size > 0) this.free();
      return;
    }
    this.seen.wake();
    const { painter } = studio;
    if (!painter) return;
    const { model, navigation } = this.host;
    const channels = model.get("visible").flatMap((visible, c) => (visible && this.isOwn(c) ? [c] : []));
    const orbit = this.orbit();
    const wire = model.info.wire as Wire;
    const limits = {
      texture: painter.volumes.most,
      voxel: painter.volumes.format(wire).bytes,
      channels: channels.length,
    };
    const zoom = orbit.zoom * devicePixelRatio;
    const choice = chooseLevel(model.info, model.get("level"), zoom, limits);
    const wanted = this.wanted(choice, channels);
    this.volumes.want(wanted, [...this.drawn.values()]);
    const shown = channels.flatMap((channel) => this.best(channel, wanted) ?? []);
    this.draw(shown, orbit);
    const corners = this.clip();
    this.lines.update(...corners, orbit, navigation.size);
    this.say(choice, channels, wanted, shown, orbit.zoom);
  }

  press(place: Place, event: PointerEvent): Drag | null {
    if (!this.instead()) return null;
    let last = place;
    const moves = event.shiftKey;
    const end = () => this.seen.element.parentElement?.classList.remove("dragging");
    this.seen.element.parentElement?.classList.add("dragging");
    return {
      move: (now) => {
        const [dx, dy] = [now.x - last.x, now.y - last.y];
        last = now;
        if (moves) this.go(panned(this.orbit(), dx, dy));
        else this.turn(dx * this.radians(), dy * this.radians());
      },
      end,
      cancel: end,
    };
  }

  click(): boolean {
    return this.instead();
  }

  open(): boolean {
    if (this.instead()) this.reset();
    return this.instead();
  }

  zoom(factor: number, { x, y }: Place): boolean {
    if (!this.instead()) return false;
    const { size } = this.host.navigation;
    const orbit = this.orbit();
    const whole = fitZoom(gridOf(this.host.model.info, 0), orbit.rotation, size);
    const zoom = Math.min(Math.max(orbit.zoom * factor, whole * FARTHEST), whole * NEAREST);
    this.go(zoomedAt(orbit, size, x, y, zoom));
    return true;
  }

  fit(pixels: boolean): boolean {
    const { model } = this.host;
    if (!this.instead()) return false;
    if (pixels) this.go({ ...this.orbit(), zoom: 1 / (gridOf(model.info, 0).scale[0] * devicePixelRatio) });
    else this.look(model.get("volume_rotation"));
    return true;
  }

  key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "v") {
      this.toggle();
      return true;
    }
    if (!this.instead()) return false;
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!by) return false;
    const [dx = 0, dy = 0] = by;
    if (event.shiftKey) this.go(panned(this.orbit(), dx * KEY_MOVE, dy * KEY_MOVE));
    else this.turn(dx * KEY_TURN, dy * KEY_TURN);
    return true;
  }

  /** A part has come: what is not all there is drawn only where there is nothing better, and not each time. */
  private came(volume: Volume): void {
    const { host, drawn } = this;
    if (isComplete(volume) || volume.failed) host.draw();
    else if ((drawn.get(volume.channel) ?? volume.key) === volume.key)
      this.partial ??= setTimeout(() => {
        this.partial = undefined;
        host.draw();
      }, PARTIAL);
  }

  private toggle(): void {
    this.host.model.set("volume", !this.instead());
  }

  /** Begin or end to draw a volume. */
  private show(): void {
    const shows = this.instead();
    const title = shows ? volumeWords.planes : volumeWords.show;
    this.button.title = title;
    this.button.setAttribute("aria-label", "volume");
    this.button.setAttribute("aria-pressed", String(shows));
    this.seen.element.toggleAttribute("hidden", !shows);
    this.lines.element.toggleAttribute("hidden", !shows);
    this.seen.element.parentElement?.classList.toggle("as-volume", shows);
    if (shows === this.shows) return;
    this.shows = shows;
    const { notices } = this.host;
    // Of the other picture.
    for (const name of ["failed", "many", "empty", "labels", "volume"] as const) notices.set(name, "");
  }

  /** Give back what planes do not need. */
  private free(): void {
    this.still();
    this.seen.rest();
    this.volumes.clear();
    this.drawn.clear();
  }

  private isOwn(channel: number): boolean {
    const [first] = this.host.model.info.layers ?? [];
    return !first || channel < first.first;
  }

  private orbit(): Orbit {
    const { model, navigation } = this.host;
    const grid = gridOf(model.info, 0);
    const rotation = model.get("volume_rotation");
    const center = model.get("volume_center");
    return {
      rotation,
      center: center.length === 3 ? center : middle(grid),
      zoom: model.get("volume_zoom") || fitZoom(grid, rotation, navigation.size),
    };
  }

  private go({ center, zoom, rotation }: Orbit): void {
    const { model } = this.host;
    this.stir();
    model.set("volume_center", center);
    model.set("volume_zoom", zoom);
    model.set("volume_rotation", rotation);
  }

  private turn(right: number, down: number): void {
    const { model } = this.host;
    this.stir();
    // A volume that is fitted anew at each turn would seem to breathe.
    if (!model.get("volume_zoom")) model.set("volume_zoom", this.orbit().zoom);
    model.set("volume_rotation", turned(model.get("volume_rotation"), right, down));
  }

  /** See all of it from a side. */
  private look(rotation: Quaternion): void {
    const { model } = this.host;
    model.set("volume_rotation", rotation);
    model.set("volume_center", []);
    model.set("volume_zoom", 0);
  }

  private reset(): void {
    this.look(TILTED);
  }

  private radians(): number {
    const { width, height } = this.host.navigation.size;
    return Math.PI / Math.max(Math.min(width, height), 1);
  }

  /** It moves: draw less finely, and finely again when it rests. */
  private stir(): void {
    const now = performance.now();
    const passed = now - this.moved;
    // What the last pictures took says how fine the next one may be.
    if (passed < 1000) {
      const faster = passed < 25 ? 1.25 : passed > 60 ? 0.6 : 1;
      this.budget = Math.min(Math.max(this.budget * faster, MOVING.least), MOVING.most);
    }
    this.moved = now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.moved = Number.NEGATIVE_INFINITY;
      this.host.draw();
    }, REST);
  }

  /** Nothing is drawn any more. */
  private still(): void {
    clearTimeout(this.timer);
    clearTimeout(this.partial);
    this.partial = undefined;
    this.moved = Number.NEGATIVE_INFINITY;
  }

  private isMoving(): boolean {
    return this.moved > Number.NEGATIVE_INFINITY;
  }

  /** The corners of what is drawn, in the world. */
  private clip(): [Vec3, Vec3] {
    const { model } = this.host;
    const { info } = model;
    const axes = axesOfVolume(info);
    const units = info.volume?.units ?? [1, 1, 1];
    const { low, high } = gridOf(info, 0);
    const ends = (a: 0 | 1 | 2) => model.get("volume_clip")[info.axes[axes[a]]?.name ?? ""];
    return [
      map3((a) => Math.max((ends(a)?.[0] ?? Number.NEGATIVE_INFINITY) * units[a], low[a])),
      map3((a) => Math.min((ends(a)?.[1] ?? Number.POSITIVE_INFINITY) * units[a], high[a])),
    ];
  }

  /** What is to come, in that order: all channels of what comes quickly, then those of the level that is drawn. */
  private wanted({ target, coarse }: Choice, channels: number[]): WantedVolume[] {
    const { info } = this.host.model;
    const levels = [coarse, target].filter((level) => level !== null);
    return levels.flatMap((level) => {
      const indices = indicesAtLevel(info, level, this.host.model.get("indices"));
      indices[info.volume?.axis ?? 0] = 0;
      const { size } = gridOf(info, level);
      const wire = info.wire as Wire;
      return channels.map((channel) => {
        const key = `${level}:${indices}/${channel}`;
        return { key, level, channel, indices, size, wire };
      });
    });
  }

  /** The finest of a channel that is all there; else what was drawn before; else what there is of it. */
  private best(channel: number, wanted: WantedVolume[]): Volume | null {
    const own = wanted.filter((want) => want.channel === channel).reverse();
    const found = own.flatMap(({ key }) => this.volumes.get(key) ?? []);
    const before = this.volumes.get(this.drawn.get(channel) ?? "");
    const some = found.filter(({ there }) => there.length > 0).at(-1);
    const best = found.find(isComplete) ?? before ?? some ?? null;
    if (best) this.drawn.set(channel, best.key);
    return best;
  }

  private draw(shown: Volume[], orbit: Orbit): void {
    const { model, navigation, looks } = this.host;
    const { size } = navigation;
    const { info } = model;
    const whole = gridOf(info, 0);
    const extent = map3((a) => whole.high[a] - whole.low[a]);
    const all = looks();
    const corners = this.clip();
    const volumes = shown.flatMap((volume) => {
      const look = all[volume.channel];
      const grid = gridOf(info, volume.level);
      return look ? [{ volume, look, grid, rays: raysOf(grid, orbit, size, corners) }] : [];
    });
    const moving = this.isMoving();
    const fineness = moving ? 0.5 : 1;
    const counts = volumes.map(({ rays }) => samplesOf(rays, 0.5, 0.5) * fineness);
    const samples = counts.reduce((sum, count) => sum + count, 0);
    const most = moving
      ? Math.max(Math.min(this.budget, this.rate * PATIENCE.moving), MOVING.least)
      : Math.max(this.rate * PATIENCE.still, MOVING.least);
    const ratio = ratioFor(size, devicePixelRatio, samples, most);
    const scene = {
      volumes,
      method: model.get("volume_method"),
      threshold: model.get("volume_threshold"),
      density: model.get("volume_density") / Math.max(...extent),
      fineness,
      reach: 2 * Math.hypot(...extent),
    };
    const begun = performance.now();
    this.seen.paint(size, ratio, (painter, owner) => painter.volumes.draw(scene, owner));
    const took = performance.now() - begun;
    // The first picture of a kind is slow: its shader is made.
    if (scene.method !== this.last) this.last = scene.method;
    else if (took > 20) this.rate = (samples * size.width * size.height * ratio * ratio) / took;
  }

  private say(
    choice: Choice,
    channels: number[],
    wanted: WantedVolume[],
    shown: Volume[],
    zoom: number,
  ): void {
    const { host } = this;
    const { model, notices } = host;
    const { target, tooLarge } = choice;
    const empty = channels.length === 0;
    const showAll = () =>
      model.set(
        "visible",
        model.get("visible").map(() => true),
      );
    notices.set("empty", empty ? words.noChannels : "", { label: words.showAll, press: showAll });
    const failed = wanted.map(({ key }) => this.volumes.get(key)?.failed).find(Boolean);
    const trouble =
      target === null
        ? volumeWords.tooLarge
        : failed
          ? volumeWords.failed(failed)
          : tooLarge === null
            ? ""
            : volumeWords.coarser(tooLarge, target);
    const again = { label: words.tryAgain, press: () => this.again() };
    notices.set("volume", trouble, failed ? again : undefined);
    const last = wanted.filter(({ level }) => level === target);
    const settled =
      target === null ||
      Boolean(failed) ||
      last.every(({ key }) => {
        const volume = this.volumes.get(key);
        return volume !== undefined && isComplete(volume);
      });
    const levels = shown.filter(isComplete).map(({ level }) => level);
    const broken = target === null || (Boolean(failed) && levels.length === 0);
    const status = empty ? "empty" : broken ? "error" : settled ? "ready" : "loading";
    host.state(status, empty || (!failed && target !== null) ? "" : trouble);
    host.report({
      target: target ?? 0,
      shown: levels.length > 0 ? Math.max(...levels) : undefined,
      zoom,
      settled: settled && !this.isMoving(),
    });
  }
}
