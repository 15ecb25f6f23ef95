/** The stage: pointers, wheel and keys become moves of the camera and steps of the sliders. */
import { h } from "./dom";
import type { Drag, Place } from "./features";

export interface StageActions {
  pan: (dx: number, dy: number) => unknown;
  /** Zoom by a factor; the place (x, y) of the stage stays. */
  zoom: (factor: number, x: number, y: number) => void;
  step: (axis: "z" | "t", by: number) => void;
  /** Play or stop. */
  play: () => void;
  /** Show or hide a channel, counted from 1. */
  channel: (number: number) => void;
  fit: () => void;
  oneToOne: () => void;
  help: () => void;
  /** A press that is taken by somebody; null where it pans. */
  press: (place: Place, event: PointerEvent) => Drag | null;
  /** A key before it means anything here; true where somebody took it. */
  key: (event: KeyboardEvent) => boolean;
  /** A press that did not become a drag; `more` with shift, ctrl or the command key. */
  click: (place: Place, more: boolean) => void;
  /** A double click; returns whether it meant more than to zoom. */
  open: (place: Place) => boolean;
  /** Where the pointer is, null when it is gone. */
  hover: (place: Place | null) => void;
}

/** The page scrolls until the pointer has rested this long on the stage, or the stage has the focus. */
const REST = 350;
/** A press that moves less than this many CSS pixels is a click. */
export const STILL = 4;
const PER_PIXEL = 1.0015;
const KEY_PAN = 48;
const KEY_ZOOM = 1.25;
const DOUBLE_ZOOM = 2;
/** A wheel's notch is about 100 px, a trackpad sends many small ones: so much is one step. */
const NOTCH = 60;

export class Stage {
  readonly element: HTMLDivElement;
  /** The press that somebody has taken, by its pointer. */
  private taken: { pointer: number; drag: Drag; at: Place } | null = null;
  private readonly pointers = new Map<number, { x: number; y: number }>();
  /** Where the only pointer was pressed, as long as it has not moved away from there. */
  private pressed: { x: number; y: number } | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private rested = false;
  private turned = 0;

  constructor(
    name: string,
    private readonly actions: StageActions,
    ...children: Node[]
  ) {
    this.element = h(
      "div",
      {
        class: "stage",
        tabindex: 0,
        role: "application",
        "aria-roledescription": "image",
        "aria-label": name,
        onpointerdown: this.down,
        onpointermove: this.move,
        onpointerup: this.up,
        onpointercancel: this.up,
        onpointerenter: () => this.rest(),
        onpointerleave: this.leave,
        ondblclick: this.double,
        onkeydown: this.key,
      },
      ...children,
    );
    this.element.addEventListener("wheel", this.wheel, { passive: false });
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private place(event: MouseEvent): { x: number; y: number } {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** Children such as notices keep their own presses. */
  private isOwn(event: Event): boolean {
    return !(event.target as Element).closest("button, .help, .notice, .crumbs");
  }

  private readonly down = (event: PointerEvent): void => {
    if (!this.isOwn(event) || (event.pointerType === "mouse" && event.button > 1)) return;
    if (this.taken) {
      if (event.pointerType !== "touch" || !this.taken.drag.yields) return;
      const { pointer, drag, at } = this.taken;
      this.taken = null;
      drag.cancel();
      this.pointers.set(pointer, at);
    }
    const drag =
      event.button === 0 && this.pointers.size === 0 ? this.actions.press(this.place(event), event) : null;
    if (drag) {
      this.taken = { pointer: event.pointerId, drag, at: this.place(event) };
      if (event.isTrusted) this.element.setPointerCapture(event.pointerId);
      return;
    }
    this.pointers.set(event.pointerId, this.place(event));
    this.pressed = this.pointers.size === 1 && event.button === 0 ? this.place(event) : null;
    // Leaves the stage without losing the drag; a pointer made by a script cannot be captured.
    if (event.isTrusted) this.element.setPointerCapture(event.pointerId);
    this.element.classList.add("dragging");
  };

  private readonly move = (event: PointerEvent): void => {
    const now = this.place(event);
    if (event.pointerType !== "touch") this.actions.hover(this.isOwn(event) ? now : null);
    if (this.taken?.pointer === event.pointerId) {
      this.taken.at = now;
      this.taken.drag.move(now, event);
      return;
    }
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    if (this.pressed) {
      // A hand is never quite still: so little is no drag.
      if (Math.hypot(now.x - this.pressed.x, now.y - this.pressed.y) < STILL) return;
      this.pressed = null;
    }
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
    this.pointers.set(event.pointerId, now);
    const other = others[0]?.[1];
    if (!other) {
      this.actions.pan(now.x - before.x, now.y - before.y);
      return;
    }
    // Two fingers: their middle pans, their distance zooms about the middle.
    this.actions.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    const distance = (p: { x: number; y: number }) => Math.hypot(p.x - other.x, p.y - other.y);
    if (distance(before) > 1) {
      this.actions.zoom(distance(now) / distance(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    }
  };

  private readonly up = (event: PointerEvent): void => {
    if (this.taken?.pointer === event.pointerId) {
      const { drag } = this.taken;
      this.taken = null;
      if (event.type === "pointerup") drag.end(this.place(event), event);
      else drag.cancel();
      return;
    }
    if (this.pressed && event.type === "pointerup") {
      this.actions.click(this.pressed, event.shiftKey || event.ctrlKey || event.metaKey);
    }
    this.pressed = null;
    this.pointers.delete(event.pointerId);
    if (this.pointers.size === 0) this.element.classList.remove("dragging");
  };

  private readonly leave = (): void => {
    clearTimeout(this.timer);
    this.rested = false;
    this.actions.hover(null);
  };

  private rest(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.rested = true;
    }, REST);
  }

  private hasFocus(): boolean {
    return (this.element.getRootNode() as Document | ShadowRoot).activeElement === this.element;
  }

  private readonly wheel = (event: WheelEvent): void => {
    if (!this.isOwn(event)) return;
    const meant = event.ctrlKey || event.shiftKey || event.altKey;
    if (!meant && !this.rested && !this.hasFocus()) {
      // The page scrolls under the pointer: it has not rested yet.
      this.rest();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const unit = event.deltaMode === 1 ? 33 : event.deltaMode === 2 ? 400 : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    const { x, y } = this.place(event);
    if (event.shiftKey || event.altKey) {
      this.turned += Math.abs(dy) > Math.abs(dx) ? dy : dx;
      const steps = Math.trunc(this.turned / NOTCH) || 0;
      if (steps !== 0) {
        this.turned = 0;
        this.actions.step(event.shiftKey ? "z" : "t", Math.sign(steps));
      }
    } else if (!event.ctrlKey && Math.abs(dx) > Math.abs(dy)) {
      this.actions.pan(-dx, -dy);
    } else {
      // A pinch on a trackpad comes as small turns with ctrl.
      const turn = event.ctrlKey ? dy * 5 : dy;
      this.actions.zoom(PER_PIXEL ** -Math.max(Math.min(turn, 400), -400), x, y);
    }
  };

  private readonly double = (event: MouseEvent): void => {
    if (!this.isOwn(event)) return;
    const { x, y } = this.place(event);
    if (!event.shiftKey && this.actions.open({ x, y })) return;
    this.actions.zoom(event.shiftKey ? 1 / DOUBLE_ZOOM : DOUBLE_ZOOM, x, y);
  };

  private readonly key = (event: KeyboardEvent): void => {
    if (event.target !== this.element) return;
    if (this.actions.key(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { clientWidth, clientHeight } = this.element;
    const { pan, zoom, step, play, channel, fit, oneToOne, help } = this.actions;
    const middle = (factor: number) => zoom(factor, clientWidth / 2, clientHeight / 2);
    const keys: Record<string, () => void> = {
      ArrowLeft: () => pan(KEY_PAN, 0),
      ArrowRight: () => pan(-KEY_PAN, 0),
      ArrowUp: () => pan(0, KEY_PAN),
      ArrowDown: () => pan(0, -KEY_PAN),
      "+": () => middle(KEY_ZOOM),
      "=": () => middle(KEY_ZOOM),
      "-": () => middle(1 / KEY_ZOOM),
      PageUp: () => step("z", 1),
      PageDown: () => step("z", -1),
      " ": play,
      f: fit,
      "0": oneToOne,
      "?": help,
    };
    const act = keys[event.key] ?? (/^[1-9]$/.test(event.key) ? () => channel(Number(event.key)) : undefined);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
}
