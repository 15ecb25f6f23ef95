/** The cube in the heading: the image as a volume. What draws one is fetched when somebody first asks for it. */
import { h, icon } from "../dom";
import type { Drag, Feature, Host } from "../features";
import { isRefused, type Later, later } from "../later";
import { volumeShortcuts } from "../volume/shortcuts";
import { words } from "../words";

/** What comes sooner needs no word of waiting. */
const PATIENCE = 300;
const NOTHING: Drag = { move() {}, end() {}, cancel() {} };

export function volumeFeature(host: Host): Feature | null {
  const { model, notices } = host;
  if (!model.info.volume) return null;
  const isOn = (): boolean => model.get("volume");
  const toggle = (): void => model.set("volume", !isOn());
  const opener = h("button", { type: "button", class: "volume-button", onclick: toggle }, icon("cube"));
  opener.setAttribute("aria-label", "volume");
  const slots = { over: h("div", { class: "slot" }), section: h("div", { class: "slot leads" }) };
  let feature: Feature | null = null;
  let wanted: Later | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isSlow = false;
  /** Why there is nothing to draw with, until it is asked for once more: planes are seen again. */
  let failed = "";
  // A page without a kernel has planes alone.
  if (isRefused("volume")) {
    model.set("volume", false);
    opener.disabled = true;
  }

  const say = (): void => {
    const waiting = isSlow && isOn() ? words.volumeComes : "";
    notices.set("volume", failed || waiting, failed ? { label: words.tryAgain, press: toggle } : undefined);
  };
  const fetch = (): void => {
    if (wanted) return;
    opener.setAttribute("aria-busy", "true");
    timer = setTimeout(() => {
      isSlow = true;
      say();
    }, PATIENCE);
    wanted = later("volume", host.ask, (make, why) => {
      wanted = null;
      clearTimeout(timer);
      isSlow = false;
      opener.removeAttribute("aria-busy");
      if (make) {
        notices.set("volume", "");
        feature = make(host, opener);
        slots.over.replaceWith(...(feature.over ?? []));
        slots.section.replaceWith(...(feature.sections ?? []));
      } else {
        model.set("volume", false);
        failed = why === words.kernelGone ? words.volumeNeedsKernel : words.volumeFailed(why);
        say();
      }
      host.draw();
    });
  };
  const show = (): void => {
    const title = isOn() ? words.planesAgain : words.showVolume;
    opener.title = opener.disabled ? words.volumeNeedsKernel : title;
    opener.setAttribute("aria-pressed", String(isOn()));
    // Once it is there, it says itself how it is.
    if (feature) return;
    failed = "";
    say();
    host.draw();
  };
  model.on(["volume"], show);
  show();
  /** It is asked for and on its way: what is on screen stands still. */
  const waits = (): boolean => isOn() && !feature;
  return {
    over: [slots.over],
    tools: [opener],
    sections: [slots.section],
    shortcuts: volumeShortcuts,
    instead: isOn,
    picture: () => feature?.picture?.() ?? null,
    rest: () => feature?.rest?.(),
    update: () => {
      if (waits()) {
        fetch();
        host.state("loading", "");
        const target = Math.max(model.get("shown_level"), 0);
        host.report({ target, shown: undefined, zoom: host.navigation.camera.zoom, settled: false });
      }
      feature?.update?.();
    },
    press: (place, event) => (waits() ? NOTHING : (feature?.press?.(place, event) ?? null)),
    pan: (dx, dy) => waits() || (feature?.pan?.(dx, dy) ?? false),
    zoom: (factor, place) => waits() || (feature?.zoom?.(factor, place) ?? false),
    fit: (pixels) => waits() || (feature?.fit?.(pixels) ?? false),
    click: (place, more) => waits() || (feature?.click?.(place, more) ?? false),
    open: (place) => waits() || (feature?.open?.(place) ?? false),
    labelAt: (place) => feature?.labelAt?.(place) ?? null,
    key: (event) => {
      const isPlain = !(event.ctrlKey || event.metaKey || event.altKey);
      if (event.key !== "v" || !isPlain || opener.disabled) return feature?.key?.(event) ?? false;
      toggle();
      return true;
    },
    again: () => feature?.again?.(),
    dispose: () => {
      wanted?.giveUp();
      clearTimeout(timer);
      feature?.dispose?.();
    },
  };
}
