/** One view of an image: puts camera, pixels, picture and controls together. */
import { worldAt } from "./camera";
import { AxisSliders } from "./controls/axes";
import { Channels } from "./controls/channels";
import { Header } from "./controls/header";
import { clicked, Labels } from "./controls/labels";
import { HeightHandle, Help, Notices, Progress, ScaleBar } from "./controls/overlays";
import { Panel } from "./controls/panel";
import { Readout } from "./controls/readout";
import { h, listenForKeys } from "./dom";
import { type Drag, type Drawn, FEATURES, type Feature, type Host, type Place } from "./features";
import { frameOf, isSettled } from "./frame";
import { findLabel, LabelImages } from "./labels";
import { type Asked, Layers } from "./layers";
import { Looks } from "./looks";
import type { Model } from "./model";
import { Navigation } from "./navigation";
import { copy, full, save } from "./out";
import { Picture } from "./picture";
import { Pixels } from "./pixels";
import { inTurn, keysOf, type Plan, planeKey, planView } from "./plan";
import { type Indices, Planes } from "./planes";
import { Player } from "./player";
import { report, Standing } from "./report";
import { Stage } from "./stage";
import { Steps } from "./steps";
import { BUDGET, Tiles } from "./tiles";
import { LOOKS } from "./traits/channels";
import type { LevelChoice, PixelModel, Pyramid } from "./types";
import { words } from "./words";

const LEAST_HEIGHT = 120;
const MOST_HEIGHT = 4000;

export class View {
  readonly element: HTMLElement;
  private readonly tiles = new Tiles();
  private readonly pixels: Pixels;
  private readonly picture: Picture;
  private readonly stage: Stage;
  private readonly header: Header;
  private readonly axes: AxisSliders;
  private readonly scaleBar: ScaleBar;
  private readonly progress = new Progress();
  private readonly notices = new Notices();
  private readonly help: Help;
  private readonly readout: Readout;
  private readonly heightHandle: HeightHandle;
  private readonly observers: { disconnect(): void }[] = [];

  private readonly navigation: Navigation;
  private readonly planes: Planes;
  private readonly steps: Steps;
  private readonly labelImages: LabelImages;
  private readonly labels: Labels;
  private readonly layers: Layers;
  private readonly channelRows: Channels;
  private readonly looks: Looks;
  private readonly player: Player;
  private readonly features: Feature[];
  private readonly standing: Standing;
  private pointer: Place | null = null;
  private awake = false;
  /** There is no WebGL 2 to draw with. */
  private blind = false;
  private frame = 0;

  constructor(
    private readonly model: Model,
    pixelModel: PixelModel,
  ) {
    const { info } = model;
    this.navigation = new Navigation(model);
    this.planes = new Planes(model.get("indices"));
    this.steps = new Steps(info, model.get("indices"));
    this.picture = new Picture({ ready: () => this.draw(), trouble: (what) => this.trouble(what) });
    this.tiles.onDrop = (key) => this.picture.forget(key);
    this.scaleBar = new ScaleBar(info);
    this.readout = new Readout(info);
    this.player = new Player(model);
    this.heightHandle = new HeightHandle(
      () => this.navigation.size.height,
      (height) => model.set("height", Math.round(Math.min(Math.max(height, LEAST_HEIGHT), MOST_HEIGHT))),
    );
    this.channelRows = new Channels(model, (c, keep) => this.askContrast(c, keep));
    this.looks = new Looks(model, (question, take) => this.pixels.ask(question, take));
    this.labelImages = new LabelImages(
      model,
      (question, take) => this.pixels.ask(question, take),
      () => this.labelsChanged(),
    );
    this.labels = new Labels(model, this.labelImages, {
      find: (...what) => findLabel(model, (question, take) => this.pixels.ask(question, take), ...what),
    });
    this.layers = new Layers(model, (asked) => this.plan(asked));
    const host = this.host();
    this.features = FEATURES.flatMap((make) => make(host) ?? []);
    const parts = (name: "over" | "tools" | "sections" | "below"): Element[] =>
      this.features.flatMap((feature) => feature[name] ?? []);
    this.axes = new AxisSliders(model, new Map(this.features.flatMap(({ axes }) => [...(axes ?? [])])));
    this.help = new Help(this.features.flatMap((feature) => feature.shortcuts ?? []));
    const actions = {
      pan: (dx: number, dy: number) =>
        this.features.some((one) => one.pan?.(dx, dy)) || this.navigation.pan(dx, dy),
      zoom: (factor: number, x: number, y: number) => this.zoom(factor, { x, y }),
      step: (axis: string, by: number) => this.axes.step(axis, by),
      play: () => this.axes.toggle(),
      channel: (number: number) => this.toggle(number - 1),
      fit: () => this.features.some((feature) => feature.fit?.(false)) || this.navigation.fit(),
      oneToOne: () => this.features.some((feature) => feature.fit?.(true)) || this.navigation.oneToOne(),
      full: () => full(this.element),
      save: () => void save(this.onScreen(), info.name || "image"),
      copy: () => void copy(this.onScreen(), this.notices),
      help: () => this.help.toggle(),
      press: (place: Place, event: PointerEvent) => this.press(place, event),
      key: (event: KeyboardEvent) => this.features.some((feature) => feature.key?.(event)),
      click: (place: Place, more: boolean) => this.click(place, more),
      open: (place: Place) => this.features.some((feature) => feature.open?.(place)),
      hover: (place: Place | null) => this.hover(place),
    };
    this.header = new Header(model, actions, parts("tools"));
    this.stage = new Stage(
      info.name || "image",
      actions,
      this.picture.element,
      ...parts("over"),
      this.scaleBar.element,
      this.notices.element,
      this.help.element,
    );
    const panel = new Panel(model, this.channelRows, this.labels, parts("sections"));
    const compact = model.get("compact");
    this.element = h(
      "div",
      // JupyterLab's own shortcuts would add and delete cells while one types here.
      {
        class: `omezarr-nb-viewer${compact ? " compact" : ""}`,
        "data-state": "loading",
        "data-lm-suppress-shortcuts": "true",
      },
      this.header.element,
      h("div", { class: "body" }, this.progress.element, this.stage.element, panel.element),
      this.heightHandle.element,
      ...parts("below"),
      this.axes.element,
      this.readout.element,
    );
    this.standing = new Standing(model, this.element);
    this.pixels = new Pixels(pixelModel, this.tiles, {
      changed: () => this.draw(),
      silent: (what) => this.silent(what),
    });
    const hide = { label: words.hide, press: () => this.notices.set("problems", "") };
    this.notices.set("problems", info.problems.join("\n"), hide);
    this.listen();
    this.setHeight();
  }

  dispose(): void {
    for (const observer of this.observers) observer.disconnect();
    this.standing.dispose();
    for (const feature of this.features) feature.dispose?.();
    this.player.stop();
    this.pixels.dispose();
    this.picture.dispose();
    this.stage.dispose();
    this.progress.dispose();
    this.tiles.onDrop = () => {};
    this.tiles.clear();
    this.model.dispose();
    this.element.remove();
    // Last: what is given up above asks for a frame.
    cancelAnimationFrame(this.frame);
  }

  private listen(): void {
    const { model } = this;
    model.on([...LOOKS, "level", "center", "zoom", "playing", "fps"], () => this.draw());
    model.on(["visible_labels", "selected_labels", "label_opacity", "label_contour", "only_selected"], () =>
      this.draw(),
    );
    model.on(["indices", "projection"], () => {
      // Another object for each: the plane that is drawn keeps its own tiles until those of the next are there.
      this.steps.to(model.get("indices"));
      this.planes.want({ ...model.get("indices") });
      this.draw();
    });
    model.on(["height"], () => this.setHeight());
    const resize = new ResizeObserver(() => this.resize());
    resize.observe(this.stage.element);
    const sight = new IntersectionObserver((entries) => this.see(entries.at(-1)?.isIntersecting ?? false), {
      rootMargin: "64px",
    });
    sight.observe(this.stage.element);
    this.observers.push(resize, sight, listenForKeys(this.element));
  }

  /** What features are given of this view. */
  private host(): Host {
    const { model, navigation, tiles, picture, notices } = this;
    return {
      model,
      navigation,
      tiles,
      picture,
      notices,
      labels: this.labelImages,
      layers: this.layers,
      ask: (question, take) => this.pixels.ask(question, take),
      renew: (changed, fresh) => {
        this.pixels.renew(changed);
        this.tiles.renew((key) => changed(key) && !fresh.has(key));
      },
      looks: () => this.looks.all(),
      contrast: (channel) => this.askContrast(channel),
      draw: () => this.draw(),
      shown: () => this.planes.shown,
      replaced: () => this.features.some((feature) => feature.instead?.()),
      seenFrom: (camera, size, plane) => {
        const drawn = this.drawnFor(plane);
        return this.layers.seenFrom({ camera, size, plane, drawn, all: this.looks.all() }, this.tiles);
      },
      toWorld: (place) => this.toWorld(place),
      state: (status, error) => this.standing.set(status, error),
      report: (drawn) => this.reportDrawn(drawn),
      trouble: (what) => this.trouble(what),
      focus: () => this.stage.element.focus(),
    };
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.stage.element;
    if (width === 0 || height === 0) return;
    this.heightHandle.update(height);
    this.navigation.resize({ width, height });
    // At once: a canvas that is stretched until the next frame would flash.
    this.render();
  }

  private setHeight(): void {
    this.element.style.setProperty("--height", `${Math.max(this.model.get("height"), LEAST_HEIGHT)}px`);
  }

  // Sight

  private see(seen: boolean): void {
    this.awake = seen;
    if (seen) {
      this.resize();
    } else {
      this.picture.rest();
      this.tiles.rest();
      for (const feature of this.features) feature.rest?.();
    }
  }

  private trouble(what: "" | "none" | "lost"): void {
    const text = { "": "", none: words.noWebGL, lost: words.contextLost }[what];
    const again = { label: words.tryAgain, press: () => this.picture.again() };
    this.notices.set("context", text, what === "lost" ? again : undefined);
    this.blind = what === "none";
    if (this.blind) this.standing.set("error", text);
  }

  private silent(what: string): void {
    // A comm that is closed stays so: trying again would promise too much.
    const again = { label: words.tryAgain, press: () => this.again() };
    this.notices.set("kernel", what, what === words.kernelGone ? undefined : again);
  }

  private again(): void {
    this.pixels.again();
    this.labelImages.again();
    for (const feature of this.features) feature.again?.();
    this.draw();
  }

  // Pixels

  /** Look at the values of a channel, for its histogram and, if they are not to be kept, its limits. */
  private askContrast(channel: number, keep = false): void {
    const { model } = this;
    const { source, indices } = this.drawnFor(this.planes.wanted);
    this.pixels.ask({ kind: "contrast", channel, indices, ...(source && { source }) }, (answer) => {
      if (answer.kind !== "contrast") return;
      this.channelRows.know(channel, answer.range, answer.histogram);
      if (!keep) model.setChannel("contrast_limits", channel, answer.limits);
    });
  }

  private planFor(plane: Indices): Plan {
    const { source, indices } = this.drawnFor(plane);
    return this.planOf(this.model.info, source, this.model.get("level"), indices, this.layers.channels());
  }

  /** The tiles that are drawn for a plane. */
  private drawnFor(indices: Indices): { source: string; indices: Indices } {
    for (const feature of this.features) {
      const found = feature.stead?.(indices);
      if (found) return found;
    }
    return { source: "", indices };
  }

  private planOf(
    info: Pyramid,
    source: string,
    choice: LevelChoice,
    indices: Indices,
    channels: number[],
  ): Plan {
    const { camera, size } = this.navigation;
    return this.plan({ info, source, choice, indices, channels, camera, size });
  }

  private plan(asked: Asked): Plan {
    return planView({ ...asked, ratio: devicePixelRatio, budget: BUDGET / this.layers.members.length });
  }

  private labelLooks(indices: Indices) {
    const { camera, size } = this.navigation;
    return this.labelImages.looks(indices, camera, size, (info, source, there) =>
      this.planOf(info, source, "auto", there, [0]),
    );
  }

  private toggle(channel: number): void {
    const visible = this.model.get("visible");
    if (channel < visible.length) this.model.setChannel("visible", channel, !visible[channel]);
  }

  private draw(): void {
    this.frame ||= requestAnimationFrame(() => this.render());
  }

  private render(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.awake || this.blind || !this.navigation.isReady()) return;
    const { model, tiles, pixels, planes } = this;
    const replaced = this.features.some((feature) => feature.instead?.());
    if (replaced) {
      pixels.want({ wants: [], keep: () => false });
      for (const feature of this.features) feature.update?.();
      // Not before: the last one to leave would take the context with it.
      this.picture.rest();
      return;
    }
    const { camera, size } = this.navigation;
    const channels = this.layers.channels();
    const allLooks = this.looks.all();
    const othersAt = (indices: Indices) => this.layers.looks(allLooks, indices, camera, size);
    const plan = this.planFor(planes.wanted);
    const labels = this.labelLooks(planes.wanted);
    const others = othersAt(planes.wanted);
    planes.choose((indices) => this.planFor(indices).wants.some((want) => isSettled(want, tiles)));
    const ahead = this.ahead(plan).flatMap((indices) => this.planFor(indices).wants);
    const more = this.features.flatMap((feature) => feature.wants?.() ?? []);
    const wants = [...inTurn([plan, ...[...others, ...labels].map((look) => look.plan)]), ...ahead, ...more];
    pixels.want({ wants, keep: this.keep() });
    // The tiles are on their way while what draws them is made, which takes its time.
    this.picture.wake();
    const arrived = planes.shown === planes.wanted;
    const look = {
      info: model.info,
      camera,
      size,
      plan: arrived ? plan : this.planFor(planes.shown),
      indices: this.drawnFor(planes.shown).indices,
      channels,
      looks: this.layers.own(allLooks),
      labels: arrived ? labels : this.labelLooks(planes.shown),
      others: arrived ? others : othersAt(planes.shown),
      hidden: !this.layers.isShown(0),
      comparing: this.layers.comparing(),
    };
    const drawn = this.picture.draw(frameOf(look, tiles), size, devicePixelRatio);
    const needed = new Set(wants.flatMap(keysOf));
    tiles.trim((key) => needed.has(key));
    this.header.update(plan.target);
    this.scaleBar.update(camera);
    for (const feature of this.features) feature.update?.();
    this.hover(this.pointer);
    this.progress.set(pixels.outstanding > 0, pixels.arrivals);
    this.report(
      plan,
      labels.map((one) => [one.name, one.plan]),
      others.map((one) => [one.name, one.plan]),
      arrived && drawn,
    );
  }

  /** Planes to load before they are asked for: while one plays, or steps through an image that comes quickly. */
  private ahead(plan: Plan): Indices[] {
    const quick = plan.wants.length === 1 && !plan.wants[0]?.source;
    const next = quick ? this.steps.next() : null;
    return next && !this.model.get("playing") ? [next] : this.player.ahead();
  }

  /** The coarse tiles of a plane that was passed over may still come. */
  private keep(): (key: string) => boolean {
    const { passed } = this.planes;
    const coarse = passed && this.planFor(passed).wants[0];
    if (!coarse) return () => false;
    const start = `${planeKey(coarse)}/`;
    return (key) => key.startsWith(start);
  }

  // Words

  private report(plan: Plan, labels: [string, Plan][], layers: [string, Plan][], arrived: boolean): void {
    const { notices, tiles, model } = this;
    const showAll = () =>
      model.set(
        "visible",
        model.get("visible").map(() => true),
      );
    const seen = { plan, labels, layers, empty: this.layers.isEmpty(), arrived };
    const said = report(seen, tiles, notices, { showAll, again: () => this.again() });
    if (said.finest !== undefined) model.set("shown_level", said.finest);
    this.standing.set(said.status, said.error);
    if (said.settled) this.player.arrived();
    if (said.settled && !this.labelImages.isOpening()) this.announce(plan.target);
  }

  /** What a feature has drawn instead. */
  private reportDrawn({ target, shown, zoom, settled }: Drawn): void {
    this.header.update(target);
    this.scaleBar.update({ ...this.navigation.camera, zoom });
    this.progress.set(!settled);
    if (shown !== undefined) this.model.set("shown_level", shown);
    if (!settled) return;
    this.player.arrived();
    this.announce(target);
  }

  private announce(level: number): void {
    const { model } = this;
    const detail = { level, indices: model.get("indices"), center: model.get("center") };
    this.element.dispatchEvent(new CustomEvent("omezarr_nb:drawn", { bubbles: true, detail }));
  }

  /** The picture that is seen. */
  private onScreen(): Picture {
    for (const feature of this.features) {
      const found = feature.picture?.();
      if (found) return found;
    }
    return this.picture;
  }

  private zoom(factor: number, place: Place): void {
    if (this.features.some((feature) => feature.zoom?.(factor, place))) return;
    this.navigation.zoom(factor, place.x, place.y);
  }

  private press(place: Place, event: PointerEvent): Drag | null {
    if (!this.navigation.isReady()) return null;
    for (const feature of this.features) {
      const drag = feature.press?.(place, event);
      if (drag) return drag;
    }
    return null;
  }

  private toWorld(place: Place): { x: number; y: number } {
    return worldAt(this.navigation.camera, this.navigation.size, place.x, place.y);
  }

  private hover(place: Place | null): void {
    if (place !== this.pointer) for (const feature of this.features) feature.hover?.(place);
    this.pointer = place;
    if (!place || !this.navigation.isReady() || this.features.some((feature) => feature.instead?.())) {
      this.readout.tell(place && this.features.flatMap((one) => one.labelAt?.(place) ?? [])[0]);
      return;
    }
    const { x, y } = this.toWorld(place);
    const drawn = this.drawnFor(this.planes.shown);
    const values = this.layers.values(drawn, this.planes.shown, this.tiles, x, y);
    const picked = this.labelImages.pick(this.planes.shown, this.tiles, x, y);
    const said = this.features.flatMap((feature) => feature.words?.(x, y) || []);
    const after = this.features.flatMap((feature) => feature.after?.(x, y) || []);
    this.readout.update(x, y, values, picked, said, after);
  }

  // Labels

  private labelsChanged(): void {
    this.labels.update();
    this.draw();
  }

  private click(place: Place, more: boolean): void {
    if (!this.navigation.isReady() || this.features.some((feature) => feature.click?.(place, more))) return;
    const { x, y } = this.toWorld(place);
    if (this.labelImages.shown().length === 0) return;
    const picked = this.labelImages.pick(this.planes.shown, this.tiles, x, y);
    this.model.set("selected_labels", clicked(this.model.get("selected_labels"), picked, more));
  }
}
