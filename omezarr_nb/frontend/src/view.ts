/** One view of an image: puts camera, pixels, picture and controls together. */
import { worldAt } from "./camera";
import { AxisSliders } from "./controls/axes";
import { Channels } from "./controls/channels";
import { Header } from "./controls/header";
import { clicked, Labels } from "./controls/labels";
import { HeightHandle, Help, Notices, Progress, ScaleBar } from "./controls/overlays";
import { Panel } from "./controls/panel";
import { Crumbs, PlateGrid } from "./controls/plate";
import { Readout } from "./controls/readout";
import { h, listenForKeys } from "./dom";
import { frameOf, isSettled, type LabelLook, valuesAt } from "./frame";
import { LabelImages, labelIndices } from "./labels";
import { Looks } from "./looks";
import { LOOKS, type Model } from "./model";
import { Navigation } from "./navigation";
import { Picture } from "./picture";
import { Pixels } from "./pixels";
import { keysOf, type Plan, planeKey, planView, type Want } from "./plan";
import { type Indices, Planes } from "./planes";
import { Player } from "./player";
import { report } from "./report";
import { Stage } from "./stage";
import { BUDGET, Tiles } from "./tiles";
import type { LevelChoice, PixelModel, Pyramid, Status } from "./types";
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
  private readonly help = new Help();
  private readonly readout: Readout;
  private readonly heightHandle: HeightHandle;
  private readonly observers: { disconnect(): void }[] = [];

  private readonly navigation: Navigation;
  private readonly planes: Planes;
  private readonly labelImages: LabelImages;
  private readonly labels: Labels;
  private readonly channelRows: Channels;
  private readonly looks: Looks;
  private readonly player: Player;
  private readonly grid: PlateGrid | null;
  private pointer: { x: number; y: number } | null = null;
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
    this.picture = new Picture({ ready: () => this.draw(), trouble: (what) => this.trouble(what) });
    this.tiles.onDrop = (key) => this.picture.forget(key);
    this.scaleBar = new ScaleBar(info);
    this.readout = new Readout(info);
    this.axes = new AxisSliders(model);
    this.player = new Player(model);
    this.grid = info.plate ? new PlateGrid(model, info.plate) : null;
    const actions = {
      pan: (dx: number, dy: number) => this.navigation.pan(dx, dy),
      zoom: (factor: number, x: number, y: number) => this.navigation.zoom(factor, x, y),
      step: (axis: string, by: number) => this.axes.step(axis, by),
      play: () => this.axes.toggle(),
      channel: (number: number) => this.toggle(number - 1),
      fit: () => this.navigation.fit(),
      oneToOne: () => this.navigation.oneToOne(),
      full: () => this.full(),
      save: () => void this.save(),
      copy: () => void this.copy(),
      help: () => this.help.toggle(),
      click: (place: { x: number; y: number }, more: boolean) => this.click(place, more),
      open: (place: { x: number; y: number }) => this.open(place),
      hover: (place: { x: number; y: number } | null) => this.hover(place),
    };
    this.header = new Header(model, actions);
    this.stage = new Stage(
      info.name || "image",
      actions,
      this.picture.element,
      ...this.overPlate(),
      this.scaleBar.element,
      this.notices.element,
      this.help.element,
    );
    this.heightHandle = new HeightHandle(
      () => this.navigation.size.height,
      (height) => model.set("height", Math.round(Math.min(Math.max(height, LEAST_HEIGHT), MOST_HEIGHT))),
    );
    this.channelRows = new Channels(model, (c) => this.askContrast(c));
    this.looks = new Looks(model, (question, take) => this.pixels.ask(question, take));
    this.labelImages = new LabelImages(
      model,
      (question, take) => this.pixels.ask(question, take),
      () => this.labelsChanged(),
    );
    this.labels = new Labels(model, this.labelImages, { find: (...what) => this.find(...what) });
    const panel = new Panel(model, this.channelRows, this.labels);
    this.element = h(
      "div",
      // JupyterLab's own shortcuts would add and delete cells while one types here.
      { class: "omezarr-nb-viewer", "data-state": "loading", "data-lm-suppress-shortcuts": "true" },
      this.header.element,
      h("div", { class: "body" }, this.progress.element, this.stage.element, panel.element),
      this.heightHandle.element,
      this.axes.element,
      this.readout.element,
    );
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
    model.on([...LOOKS, "level", "center", "zoom", "playing", "fps", "well"], () => this.draw());
    model.on(["visible_labels", "selected_labels", "label_opacity", "label_contour", "only_selected"], () =>
      this.draw(),
    );
    model.on(["indices"], () => {
      this.planes.want(model.get("indices"));
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

  private full(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.element.requestFullscreen();
  }

  private async save(): Promise<void> {
    const blob = await this.picture.png();
    if (!blob) return;
    const url = URL.createObjectURL(blob);
    h("a", { href: url, download: `${this.model.info.name || "image"}.png` }).click();
    // The browser has taken it by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  private async copy(): Promise<void> {
    try {
      const blob = await this.picture.png();
      if (blob) await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
      this.notices.set("copy", "");
    } catch {
      this.notices.set("copy", words.noClipboard, {
        label: words.hide,
        press: () => this.notices.set("copy", ""),
      });
    }
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
      this.picture.wake();
      this.resize();
    } else {
      this.picture.rest();
      this.tiles.rest();
    }
  }

  private trouble(what: "" | "none" | "lost"): void {
    const text = { "": "", none: words.noWebGL, lost: words.contextLost }[what];
    const again = { label: words.tryAgain, press: () => this.picture.wake() };
    this.notices.set("context", text, what === "lost" ? again : undefined);
    this.blind = what === "none";
    if (this.blind) this.state("error", text);
  }

  private silent(what: string): void {
    // A comm that is closed stays so: trying again would promise too much.
    const again = { label: words.tryAgain, press: () => this.again() };
    this.notices.set("kernel", what, what === words.kernelGone ? undefined : again);
  }

  private again(): void {
    this.pixels.again();
    this.labelImages.again();
    this.draw();
  }

  // Pixels

  private askContrast(channel: number): void {
    const { model } = this;
    this.pixels.ask({ kind: "contrast", channel, indices: model.get("indices") }, (answer) => {
      if (answer.kind !== "contrast") return;
      this.channelRows.know(channel, answer.range, answer.histogram);
      model.setChannel("contrast_limits", channel, answer.limits);
    });
  }

  private planFor(indices: Indices): Plan {
    return this.planOf(this.model.info, "", this.model.get("level"), indices, this.channels());
  }

  private planOf(
    info: Pyramid,
    labels: string,
    choice: LevelChoice,
    indices: Indices,
    channels: number[],
  ): Plan {
    const { camera, size } = this.navigation;
    return planView({
      info,
      labels,
      camera,
      size,
      ratio: devicePixelRatio,
      choice,
      indices,
      channels,
      budget: BUDGET,
    });
  }

  /** The labels that are shown and reach to a plane of the image. */
  private labelLooks(indices: Indices): (LabelLook & { name: string })[] {
    const { camera, size } = this.navigation;
    return this.labelImages.shown().flatMap((info) => {
      const there = labelIndices(this.model.info, info, indices);
      if (!there) return [];
      const plan = this.planOf(info, info.name, "auto", there, [0]);
      return [
        { name: info.name, info, camera, size, plan, indices: there, style: this.labelImages.style(info) },
      ];
    });
  }

  private toggle(channel: number): void {
    const visible = this.model.get("visible");
    if (channel < visible.length) this.model.setChannel("visible", channel, !visible[channel]);
  }

  private channels(): number[] {
    return this.model.get("visible").flatMap((visible, c) => (visible ? [c] : []));
  }

  private draw(): void {
    this.frame ||= requestAnimationFrame(() => this.render());
  }

  private render(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.awake || this.blind || !this.navigation.isReady()) return;
    const { model, tiles, pixels, planes } = this;
    const { camera, size } = this.navigation;
    const channels = this.channels();
    const plan = this.planFor(planes.wanted);
    const labels = this.labelLooks(planes.wanted);
    planes.choose((indices) => this.planFor(indices).wants.some((want) => isSettled(want, tiles)));
    const ahead = this.player.ahead().flatMap((indices) => this.planFor(indices).wants);
    const wants = [...inTurn([plan, ...labels.map((look) => look.plan)]), ...ahead];
    pixels.want({ wants, keep: this.keep() });
    const arrived = planes.shown === planes.wanted;
    const look = {
      info: model.info,
      camera,
      size,
      plan: arrived ? plan : this.planFor(planes.shown),
      indices: planes.shown,
      channels,
      looks: this.looks.all(),
      labels: arrived ? labels : this.labelLooks(planes.shown),
    };
    const drawn = this.picture.draw(frameOf(look, tiles), size, devicePixelRatio);
    const needed = new Set(wants.flatMap(keysOf));
    tiles.trim((key) => needed.has(key));
    this.header.update(plan.target);
    this.scaleBar.update(camera);
    this.grid?.update(camera, size);
    this.hover(this.pointer);
    this.progress.set(pixels.outstanding > 0);
    this.report(
      plan,
      labels.map((one) => [one.name, one.plan]),
      arrived && drawn,
    );
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

  private report(plan: Plan, labels: [string, Plan][], arrived: boolean): void {
    const { notices, tiles, model } = this;
    const showAll = () =>
      model.set(
        "visible",
        model.get("visible").map(() => true),
      );
    const seen = { plan, labels, empty: this.channels().length === 0, arrived };
    const said = report(seen, tiles, notices, { showAll, again: () => this.again() });
    if (said.finest !== undefined) model.set("shown_level", said.finest);
    this.state(said.status, said.error);
    if (said.settled) this.player.arrived();
    if (said.settled && !this.labelImages.isOpening()) {
      const detail = { level: plan.target, indices: model.get("indices"), center: model.get("center") };
      this.element.dispatchEvent(new CustomEvent("omezarr_nb:drawn", { bubbles: true, detail }));
    }
  }

  private state(status: Status, error: string): void {
    this.element.dataset.state = status;
    this.model.set("status", status);
    this.model.set("error", error);
  }

  private hover(place: { x: number; y: number } | null): void {
    this.pointer = place;
    if (!place || !this.navigation.isReady()) {
      this.readout.clear();
      return;
    }
    const { info } = this.model;
    const { x, y } = worldAt(this.navigation.camera, this.navigation.size, place.x, place.y);
    const look = { info, labels: "", indices: this.planes.shown, channels: this.channels() };
    const picked = this.labelImages.pick(this.planes.shown, this.tiles, x, y);
    const well = this.grid?.at(x, y);
    const where = well && this.grid ? this.grid.name(well) : "";
    this.readout.update(x, y, valuesAt<number>(look, this.tiles, x, y), picked, where);
  }

  // Plate

  private overPlate(): Element[] {
    const { grid, model } = this;
    if (!grid) return [];
    const actions = { plate: () => this.navigation.fit(), well: () => this.toWell(model.get("well")) };
    return [grid.element, grid.names, new Crumbs(model, grid, actions).element];
  }

  private open(place: { x: number; y: number }): boolean {
    if (!this.grid) return false;
    const { x, y } = worldAt(this.navigation.camera, this.navigation.size, place.x, place.y);
    const well = this.grid.at(x, y);
    if (!well) return false;
    this.model.set("well", well.path);
    this.toWell(well.path);
    return true;
  }

  private toWell(path: string): void {
    const well = this.grid?.well(path);
    if (well) this.navigation.fitTo(well.rect);
  }

  // Labels

  private labelsChanged(): void {
    this.labels.update();
    this.draw();
  }

  private click(place: { x: number; y: number }, more: boolean): void {
    if (!this.navigation.isReady()) return;
    const { x, y } = worldAt(this.navigation.camera, this.navigation.size, place.x, place.y);
    if (this.grid) this.model.set("well", this.grid.at(x, y)?.path ?? "");
    if (this.labelImages.shown().length === 0) return;
    const picked = this.labelImages.pick(this.planes.shown, this.tiles, x, y);
    this.model.set("selected_labels", clicked(this.model.get("selected_labels"), picked, more));
  }

  /** Select an id and go where it is. */
  private find(labels: string, id: string, say: (what: string) => void): void {
    const { model } = this;
    this.pixels.ask({ kind: "find", labels, value: id, indices: model.get("indices") }, (answer) => {
      if (answer.kind === "error") say(answer.message);
      if (answer.kind !== "found") return;
      if (!answer.center) {
        say(words.notFound(id));
        return;
      }
      say("");
      model.set("indices", { ...model.get("indices"), ...answer.indices });
      model.set("center", answer.center);
      model.set("selected_labels", { [labels]: [id] });
    });
  }
}

/** What comes quickly of all plans goes first. */
function inTurn(plans: Plan[]): Want[] {
  const coarse = plans.flatMap(({ wants }) => wants.slice(0, -1));
  return [...coarse, ...plans.flatMap(({ wants }) => wants.slice(-1))];
}
