/** The image as a volume in place of a plane: rays through it, turned by a drag. Fetched when it is first shown. */
import { clicked } from "../controls/labels";
import type { Drag, Feature, Host, Place } from "../features";
import type { Painter } from "../gl/draw";
import { studio } from "../gl/studio";
import type { Picked } from "../labels";
import type { MakePart } from "../later";
import { Picture } from "../picture";
import { WIRE_BYTES } from "../plan";
import type { Indices } from "../planes";
import { STILL } from "../stage";
import type { Wire } from "../types";
import { words } from "../words";
import { VolumePainter } from "./draw";
import {
  axesOfVolume,
  fitZoom,
  type Grid,
  gridOf,
  map3,
  middle,
  type Orbit,
  panned,
  type Rays,
  raysOf,
  samplesOf,
  turned,
  zoomedAt,
} from "./geometry";
import { absent, type DeepLabels, deepLabels, firstLabel } from "./labels";
import { type Choice, chooseLevel, ratioFor } from "./levels";
import { Lines } from "./lines";
import { Pace } from "./pace";
import { Section } from "./section";
import { isComplete, type Volume, Volumes, type WantedVolume, wantedAt } from "./store";
import { type Quaternion, TILTED, type Vec3 } from "./turn";
import type { Deep } from "./types";
import { volumeWords } from "./words";

/** A turn by a key, in radians. */
const KEY_TURN = Math.PI / 18;
const KEY_MOVE = 48;
/** Milliseconds between two pictures of what is not all there. */
const PARTIAL = 400;
const FARTHEST = 1 / 8;
const NEAREST = 64;

/** A pyramid of which a volume is wanted. */
interface Wanted {
  info: Deep;
  source: string;
  choice: Choice;
  at: Indices;
  channels: number[];
}

const layerOf = ({ source, channel }: Pick<WantedVolume, "source" | "channel">) => `${source}/${channel}`;

const volumesOf = (painter: Painter): VolumePainter =>
  painter.volumes((...given) => new VolumePainter(...given));

export const make: MakePart = (host) => new VolumeView(host);

class VolumeView implements Feature {
  readonly over: Element[];
  readonly sections: Element[];
  private readonly seen: Picture;
  private readonly lines: Lines;
  private readonly section: Section;
  private readonly volumes: Volumes;
  /** What is on screen of each channel and of labels, until what is wanted is there. */
  private readonly drawn = new Map<string, string>();
  private seenLabels: (DeepLabels & { volume: Volume; grid: Grid; rays: Rays })[] = [];
  private readonly pace: Pace;
  private partial: ReturnType<typeof setTimeout> | undefined;
  private shows = false;

  constructor(private readonly host: Host) {
    const { model } = host;
    this.seen = new Picture({ ready: () => host.draw(), trouble: (what) => host.trouble(what) });
    this.seen.element.classList.add("volume-picture");
    this.lines = new Lines(axesOfVolume(model.info).map((axis) => model.info.axes[axis]?.name ?? ""));
    this.pace = new Pace(() => host.draw());
    this.volumes = new Volumes(host.ask, (volume) => this.came(volume));
    this.section = new Section(model, {
      side: (rotation) => this.look(rotation),
      reset: () => this.reset(),
    });
    this.over = [this.seen.element, this.lines.element];
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
    this.free();
    this.seen.dispose();
  }

  update(): void {
    if (!this.instead()) {
      if (this.drawn.size > 0) this.free();
      return;
    }
    this.show();
    this.seen.wake();
    const { painter } = studio;
    if (!painter) return;
    const { model, navigation, labels } = this.host;
    const channels = model.get("visible").flatMap((visible, c) => (visible && this.isOwn(c) ? [c] : []));
    const orbit = this.orbit();
    const { deep, flat } = deepLabels(model, labels);
    const wire = model.info.wire as Wire;
    const volumes = volumesOf(painter);
    const limits = {
      texture: volumes.most,
      voxel: volumes.format(wire).bytes,
      channels: channels.length + deep.length,
    };
    const zoom = orbit.zoom * devicePixelRatio;
    const choice = chooseLevel(model.info, model.get("level"), zoom, limits);
    const parts: Wanted[] = [{ info: model.info, source: "", choice, at: model.get("indices"), channels }];
    for (const { info, source, at } of deep) {
      const voxel = WIRE_BYTES[info.wire as Wire];
      const own = chooseLevel(info, "auto", zoom, { ...limits, voxel });
      parts.push({ info, source, choice: own, at, channels: [0] });
    }
    // All that comes quickly, then what is drawn in the end.
    const of = (which: "coarse" | "target") =>
      parts.flatMap(({ info, choice, ...rest }) => {
        const level = choice[which];
        return level === null ? [] : wantedAt(info, { ...rest, level });
      });
    const last = of("target");
    const wanted = [...of("coarse"), ...last];
    this.volumes.want(wanted, [...this.drawn.values()]);
    const shown = channels.flatMap((channel) => this.best("", channel, wanted) ?? []);
    this.seenLabels = deep.flatMap((one) => {
      const volume = this.best(one.source, 0, wanted);
      return volume ? [{ ...one, volume, ...this.raysFor(one.info, volume.level, orbit) }] : [];
    });
    this.draw(shown, orbit);
    this.lines.update(...this.clip(), orbit, navigation.size);
    const large = parts.flatMap(({ source, choice }) => (source && choice.target === null ? [source] : []));
    this.host.notices.set("labels", absent(model, labels, flat, large));
    this.say(choice, channels, wanted, { last, shown }, orbit.zoom);
  }

  press(place: Place, event: PointerEvent): Drag | null {
    if (!this.instead()) return null;
    let last = place;
    let still = true;
    const moves = event.shiftKey;
    const cancel = () => this.seen.element.parentElement?.classList.remove("dragging");
    this.seen.element.parentElement?.classList.add("dragging");
    return {
      yields: true,
      move: (now) => {
        // A hand is never quite still.
        if (still && Math.hypot(now.x - place.x, now.y - place.y) < STILL) return;
        still = false;
        const [dx, dy] = [now.x - last.x, now.y - last.y];
        last = now;
        if (moves) this.go(panned(this.orbit(), dx, dy));
        else this.turn(dx * this.radians(), dy * this.radians());
      },
      end: (_now, { shiftKey, ctrlKey, metaKey }) => {
        cancel();
        if (still) this.click(place, shiftKey || ctrlKey || metaKey);
      },
      cancel,
    };
  }

  pan(dx: number, dy: number): boolean {
    if (this.instead()) this.go(panned(this.orbit(), dx, dy));
    return this.instead();
  }

  click(place: Place, more: boolean): boolean {
    if (!this.instead()) return false;
    const { model } = this.host;
    if (this.seenLabels.length > 0)
      model.set("selected_labels", clicked(model.get("selected_labels"), this.labelAt(place), more));
    return true;
  }

  /** The label under a place: of the uppermost that has one there. */
  labelAt({ x, y }: Place): Picked | null {
    if (!this.instead()) return null;
    const { size } = this.host.navigation;
    for (const one of [...this.seenLabels].reverse()) {
      const id = firstLabel(one.volume, one, one.rays, x / size.width, y / size.height);
      if (id === null) continue;
      const { name } = one.info;
      return { labels: name, id, level: one.volume.level, properties: this.host.labels.about(name, id) };
    }
    return null;
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
    else if ((drawn.get(layerOf(volume)) ?? volume.key) === volume.key)
      this.partial ??= setTimeout(() => {
        this.partial = undefined;
        host.draw();
      }, PARTIAL);
  }

  /** Begin or end to draw a volume. */
  private show(): void {
    const shows = this.instead();
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
    this.seenLabels = [];
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
    this.pace.stir();
    model.set("volume_center", center);
    model.set("volume_zoom", zoom);
    model.set("volume_rotation", rotation);
  }

  private turn(right: number, down: number): void {
    const { model } = this.host;
    this.pace.stir();
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

  /** Nothing is drawn any more. */
  private still(): void {
    this.pace.still();
    clearTimeout(this.partial);
    this.partial = undefined;
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

  /** The finest that is all there; else what was drawn before; else what there is of it. */
  private best(source: string, channel: number, wanted: WantedVolume[]): Volume | null {
    const layer = layerOf({ source, channel });
    const own = wanted.filter((want) => layerOf(want) === layer).reverse();
    const found = own.flatMap(({ key }) => this.volumes.get(key) ?? []);
    const before = this.volumes.get(this.drawn.get(layer) ?? "");
    const some = found.filter(({ there }) => there.length > 0).at(-1);
    const best = found.find(isComplete) ?? before ?? some ?? null;
    if (best) this.drawn.set(layer, best.key);
    return best;
  }

  private raysFor(info: Deep, level: number, orbit: Orbit): { grid: Grid; rays: Rays } {
    const grid = gridOf(info, level);
    return { grid, rays: raysOf(grid, orbit, this.host.navigation.size, this.clip()) };
  }

  private draw(shown: Volume[], orbit: Orbit): void {
    const { model, navigation, looks } = this.host;
    const { size } = navigation;
    const { info } = model;
    const whole = gridOf(info, 0);
    const extent = map3((a) => whole.high[a] - whole.low[a]);
    const all = looks();
    const volumes = shown.flatMap((volume) => {
      const look = all[volume.channel];
      return look ? [{ volume, look, ...this.raysFor(info, volume.level, orbit) }] : [];
    });
    const fineness = this.pace.isMoving ? 0.5 : 1;
    const counts = [...volumes, ...this.seenLabels].map(({ rays }) => samplesOf(rays, 0.5, 0.5) * fineness);
    const samples = counts.reduce((sum, count) => sum + count, 0);
    const ratio = ratioFor(size, devicePixelRatio, samples, this.pace.most);
    const scene = {
      volumes,
      labels: this.seenLabels,
      ratio,
      method: model.get("volume_method"),
      threshold: model.get("volume_threshold"),
      density: model.get("volume_density") / Math.max(...extent),
      fineness,
      reach: 2 * Math.hypot(...extent),
    };
    const begun = performance.now();
    this.seen.paint(size, ratio, (painter, owner) => volumesOf(painter).draw(scene, owner));
    const pixels = size.width * size.height * ratio * ratio;
    this.pace.felt(`${scene.method} ${scene.labels.length > 0}`, samples * pixels, performance.now() - begun);
  }

  private say(
    choice: Choice,
    channels: number[],
    wanted: WantedVolume[],
    { last, shown }: { last: WantedVolume[]; shown: Volume[] },
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
    const settled =
      target === null ||
      Boolean(failed) ||
      (!host.labels.isOpening() &&
        last.every(({ key }) => {
          const volume = this.volumes.get(key);
          return volume !== undefined && isComplete(volume);
        }));
    const levels = shown.filter(isComplete).map(({ level }) => level);
    const broken = target === null || (Boolean(failed) && levels.length === 0);
    const status = empty ? "empty" : broken ? "error" : settled ? "ready" : "loading";
    host.state(status, empty || (!failed && target !== null) ? "" : trouble);
    host.report({
      target: target ?? 0,
      shown: levels.length > 0 ? Math.max(...levels) : undefined,
      zoom,
      settled: settled && !this.pace.isMoving,
    });
  }
}
