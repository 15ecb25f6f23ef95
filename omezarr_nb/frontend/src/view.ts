/** One view of an image: puts camera, pixels, picture and controls together. */
import { worldAt } from "./camera";
import { AxisSliders } from "./controls/axes";
import { Channels } from "./controls/channels";
import { Header } from "./controls/header";
import { HeightHandle, Help, Notices, Progress, ScaleBar } from "./controls/overlays";
import { Readout } from "./controls/readout";
import { h, listenForKeys } from "./dom";
import { failuresOf, frameOf, isSettled, keysOf, valuesAt } from "./frame";
import { pixelAt, planeOf } from "./levels";
import type { Model } from "./model";
import { Navigation } from "./navigation";
import { Picture } from "./picture";
import { Pixels } from "./pixels";
import { type Plan, planeKey, planView } from "./plan";
import { type Indices, Planes } from "./planes";
import { Stage } from "./stage";
import { BUDGET, Tiles } from "./tiles";
import type { PixelModel, Status } from "./types";
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
    const actions = {
      pan: (dx: number, dy: number) => this.navigation.pan(dx, dy),
      zoom: (factor: number, x: number, y: number) => this.navigation.zoom(factor, x, y),
      step: (axis: string, by: number) => this.axes.step(axis, by),
      fit: () => this.navigation.fit(),
      oneToOne: () => this.navigation.oneToOne(),
      full: () => this.full(),
      help: () => this.help.toggle(),
      hover: (place: { x: number; y: number } | null) => this.hover(place),
    };
    this.header = new Header(model, actions);
    this.stage = new Stage(
      info.name || "image",
      actions,
      this.picture.element,
      this.scaleBar.element,
      this.notices.element,
      this.help.element,
    );
    this.heightHandle = new HeightHandle(
      () => this.navigation.size.height,
      (height) => model.set("height", Math.round(Math.min(Math.max(height, LEAST_HEIGHT), MOST_HEIGHT))),
    );
    const channels = new Channels(model, (c) => this.pixels.askContrast(c, model.get("indices")));
    this.element = h(
      "div",
      // JupyterLab's own shortcuts would add and delete cells while one types here.
      { class: "omezarr-nb-viewer", "data-state": "loading", "data-lm-suppress-shortcuts": "true" },
      this.header.element,
      h("div", { class: "body" }, this.progress.element, this.stage.element, channels.element),
      this.heightHandle.element,
      this.axes.element,
      this.readout.element,
    );
    this.pixels = new Pixels(pixelModel, this.tiles, {
      changed: () => this.draw(),
      contrast: (channel, limits) => model.setChannel("contrast_limits", channel, limits),
      silent: (what) => this.silent(what),
    });
    const hide = { label: words.hide, press: () => this.notices.set("problems", "") };
    this.notices.set("problems", info.problems.join("\n"), hide);
    this.listen();
    this.setHeight();
  }

  dispose(): void {
    for (const observer of this.observers) observer.disconnect();
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
    model.on(["level", "visible", "colors", "contrast_limits", "center", "zoom"], () => this.draw());
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
    this.draw();
  }

  // Pixels

  private planFor(indices: Indices): Plan {
    const { model } = this;
    return planView({
      info: model.info,
      camera: this.navigation.camera,
      size: this.navigation.size,
      ratio: devicePixelRatio,
      choice: model.get("level"),
      indices,
      channels: this.channels().length,
      budget: BUDGET,
    });
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
    planes.choose((indices) => this.planFor(indices).wants.some((want) => isSettled(want, channels, tiles)));
    pixels.want({ wants: plan.wants, channels, keep: this.keep() });
    const arrived = planes.shown === planes.wanted;
    const look = {
      info: model.info,
      camera,
      size,
      plan: arrived ? plan : this.planFor(planes.shown),
      indices: planes.shown,
      channels,
      colors: model.get("colors"),
      limits: model.get("contrast_limits"),
    };
    const drawn = this.picture.draw(frameOf(look, tiles), size, devicePixelRatio);
    const needed = new Set(plan.wants.flatMap((want) => keysOf(want, channels)));
    tiles.trim((key) => needed.has(key));
    this.header.update(plan.target);
    this.scaleBar.update(camera);
    this.hover(this.pointer);
    this.progress.set(pixels.outstanding > 0);
    this.report(plan, channels, arrived && drawn);
  }

  /** The coarse tiles of a plane that was passed over may still come. */
  private keep(): (key: string) => boolean {
    const { passed } = this.planes;
    const coarse = passed && this.planFor(passed).wants[0];
    if (!coarse) return () => false;
    const start = `${planeKey(coarse.level, coarse.indices)}/`;
    return (key) => key.startsWith(start);
  }

  // Words

  private report(plan: Plan, channels: number[], arrived: boolean): void {
    const { notices, tiles, model } = this;
    const [first, target] = [plan.wants[0], plan.wants.at(-1)];
    const empty = channels.length === 0;
    notices.set("empty", empty ? words.noChannels : "", {
      label: words.showAll,
      press: () =>
        model.set(
          "visible",
          model.get("visible").map(() => true),
        ),
    });
    const many = plan.tooMany > 0 && !empty;
    notices.set("many", many ? words.tooMany(target?.tiles.length ?? 0, plan.tooMany) : "");
    const failures = target ? failuresOf(target, channels, tiles) : { count: 0, all: 0, why: "" };
    const all = failures.count > 0 && failures.count === failures.all;
    const said = all ? words.allFailed(failures.why) : words.failed(failures.count, failures.why);
    notices.set("failed", failures.count > 0 ? said : "", {
      label: words.tryAgain,
      press: () => this.again(),
    });

    const settled = plan.wants.every((want) => isSettled(want, channels, tiles));
    const finest = [...plan.wants].reverse().find((want) => isSettled(want, channels, tiles));
    const level = arrived && !empty ? finest?.level : undefined;
    if (level !== undefined) model.set("shown_level", level);
    const error = failures.count > 0 ? said : "";
    if (empty) this.state("empty", "");
    else if (all) this.state("error", error);
    else this.state(settled && arrived ? "ready" : "loading", error);
    if (settled && arrived && first) {
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
    const look = { info, indices: this.planes.shown, channels: this.channels() };
    this.readout.update(
      x,
      y,
      valuesAt(look, this.tiles, (level) => pixelAt(planeOf(info, level), x, y)),
    );
  }
}
