/** What lies over the image: scale bar, progress, notices, help. */
import type { Camera } from "../camera";
import { button, h, icon, setText } from "../dom";
import { planeOf } from "../levels";
import type { Info } from "../types";
import { scaleBar } from "../units";
import { shortcuts } from "../words";

/** What comes sooner needs no word of waiting. */
const PROGRESS_AFTER = 300;

export class ScaleBar {
  private readonly line = h("div", { class: "line" });
  private readonly label = h("span");
  readonly element = h("div", { class: "scale-bar" }, this.line, this.label);

  constructor(private readonly info: Info) {}

  update(camera: Camera): void {
    const axis = this.info.axes[this.info.display.x];
    if (!axis) return;
    const bar = scaleBar(axis, camera.zoom, planeOf(this.info, 0).scale.x);
    this.line.style.width = `${bar.length.toFixed(1)}px`;
    setText(this.label, bar.label);
  }
}

/** A thin bar at the top while requests are outstanding and nothing comes for long. */
export class Progress {
  readonly element = h("div", {
    class: "progress",
    role: "progressbar",
    "aria-label": "loading",
    hidden: true,
  });
  private timer: ReturnType<typeof setTimeout> | undefined;
  private arrived = 0;

  /** `arrivals`: how often something came until now. What goes on coming, as while it plays, needs no bar. */
  set(busy: boolean, arrivals = 0): void {
    if (!busy || arrivals !== this.arrived) {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.element.hidden = true;
      this.arrived = arrivals;
      if (!busy) return;
    }
    this.timer ??= setTimeout(() => {
      this.element.hidden = false;
    }, PROGRESS_AFTER);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}

export type NoticeName =
  | "kernel"
  | "context"
  | "copy"
  | "failed"
  | "labels"
  | "empty"
  | "many"
  | "problems"
  | "volume"
  | "painting"
  | "part";

/** Sentences on what is wrong, each with a way to mend it where there is one. */
export class Notices {
  readonly element = h("div", { class: "notices", role: "status" });
  private readonly shown = new Map<NoticeName, HTMLElement>();

  has(name: NoticeName): boolean {
    return this.shown.has(name);
  }

  /** Show a notice, change its words, or take it away (""). */
  set(name: NoticeName, text: string, act?: { label: string; press: () => void }): void {
    const known = this.shown.get(name);
    if (known?.dataset.text === text || (!known && !text)) return;
    known?.remove();
    this.shown.delete(name);
    if (!text) return;
    const notice = h("div", { class: "notice", "data-notice": name, "data-text": text }, h("span", {}, text));
    if (act) notice.append(h("button", { type: "button", onclick: act.press }, act.label));
    this.shown.set(name, notice);
    this.element.append(notice);
  }
}

export class Help {
  readonly element: HTMLElement;
  private before: HTMLElement | null = null;

  /** `more`: the shortcuts of features. */
  constructor(more: readonly (readonly [keys: string, effect: string])[]) {
    const rows = [...shortcuts, ...more].flatMap(([keys, effect]) => [
      h("dt", {}, keys),
      h("dd", {}, effect),
    ]);
    const close = button("close", icon("close"), () => this.toggle(false));
    this.element = h(
      "div",
      {
        class: "help",
        role: "dialog",
        "aria-label": "shortcuts",
        hidden: true,
        onkeydown: (event: KeyboardEvent) => {
          if (event.key !== "Escape" && event.key !== "?") return;
          event.stopPropagation();
          this.toggle(false);
        },
      },
      h("div", { class: "help-head" }, h("strong", {}, "Shortcuts"), close),
      h("dl", {}, ...rows),
    );
  }

  toggle(open = this.element.hidden): void {
    if (open === !this.element.hidden) return;
    const root = this.element.getRootNode() as Document | ShadowRoot;
    this.element.hidden = !open;
    if (open) {
      this.before = root.activeElement as HTMLElement | null;
      this.element.querySelector("button")?.focus();
    } else this.before?.focus();
  }
}

/** The lower edge of the picture: drag or use the arrow keys to change its height. */
export class HeightHandle {
  readonly element: HTMLElement;

  constructor(height: () => number, set: (height: number) => void) {
    let from: { y: number; height: number } | null = null;
    this.element = h("div", {
      class: "height-handle",
      role: "separator",
      tabindex: 0,
      "aria-orientation": "horizontal",
      "aria-label": "height of the picture",
      title: "drag to change the height",
      onpointerdown: (event: PointerEvent) => {
        from = { y: event.clientY, height: height() };
        if (event.isTrusted) this.element.setPointerCapture(event.pointerId);
      },
      onpointermove: (event: PointerEvent) => {
        if (from) set(from.height + event.clientY - from.y);
      },
      onpointerup: () => {
        from = null;
      },
      onpointercancel: () => {
        from = null;
      },
      onkeydown: (event: KeyboardEvent) => {
        const by = { ArrowUp: -16, ArrowDown: 16, PageUp: -96, PageDown: 96 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        set(height() + by);
      },
    });
  }

  update(height: number): void {
    this.element.setAttribute("aria-valuenow", String(Math.round(height)));
  }
}
