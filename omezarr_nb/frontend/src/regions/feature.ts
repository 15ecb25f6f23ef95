/** Shapes over the picture: drawn, selected, changed, measured, and their pixels looked at. */
import { viewOf } from "../camera";
import type { Drag, Feature, Host, Place } from "../features";
import { planeOf } from "../levels";
import { around, type Change, Editor, type Keys } from "./editor";
import { ShapeRows } from "./list";
import { Overlay } from "./overlay";
import { Profile } from "./profile";
import type { Point, Shape } from "./shapes";
import { Toolbar } from "./toolbar";

/** CSS pixels from an outline or a handle that still mean it: with a mouse, and with a finger. */
const NEAR = 8;
const NEAR_FINGER = 20;
/** So many times further with shift. */
const FURTHER = 10;

/** `opener`: the button in the heading. */
export function make(host: Host, opener: HTMLButtonElement): Feature {
  const { model, navigation } = host;
  const editor = new Editor(model, () => model.get("indices"), {
    changed: () => host.draw(),
    say: (what) => rows.say(what),
  });
  const overlay = new Overlay(model.info, editor);
  const toolbar = new Toolbar(opener, model, editor, () => host.focus());
  const profile = new Profile(model, host.ask, () => host.draw());
  const rows = new ShapeRows(model, editor, {
    ask: host.ask,
    plane: () => model.get("indices"),
    go: (shape, zoom) => go(shape, zoom),
    key: (event) => keyOfSelected(event),
  });

  const go = (shape: Shape, zoom: boolean): void => {
    model.set("indices", { ...model.get("indices"), ...shape.plane });
    const { scale } = planeOf(model.info, 0);
    if (zoom) navigation.fitTo(around(shape, scale.x));
  };
  const near = (event?: PointerEvent): number =>
    (event?.pointerType === "touch" ? NEAR_FINGER : NEAR) / navigation.camera.zoom;
  const keys = (event: PointerEvent): Keys => ({ even: event.shiftKey, less: event.altKey });
  const dragOf = (change: Change): Drag => ({
    move: (place, event) => change.move(host.toWorld(place), keys(event)),
    end: (place, event) => change.end(host.toWorld(place), keys(event)),
    cancel: () => change.cancel(),
  });
  const arrow = (event: KeyboardEvent): Point | null => {
    const [across, down] = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    }[event.key] ?? [0, 0];
    if (!across && !down) return null;
    const { scale } = planeOf(model.info, 0);
    const by = event.shiftKey ? FURTHER : 1;
    return { x: (across ?? 0) * scale.x * by, y: (down ?? 0) * scale.y * by };
  };
  /** What keys do to the selected shape, on the picture and on the list. */
  const keyOfSelected = (event: KeyboardEvent): boolean => {
    const by = event.ctrlKey || event.metaKey ? null : arrow(event);
    if (by) return event.altKey ? editor.stretch(by.x, by.y) : editor.nudge(by.x, by.y);
    if (event.ctrlKey || event.metaKey) {
      const letter = event.key.toLowerCase();
      if (letter === "z") return event.shiftKey ? editor.redo() : editor.undo();
      return letter === "y" && editor.redo();
    }
    if (event.key === "Delete" || event.key === "Backspace") return editor.remove();
    return event.key === "Escape" && editor.escape();
  };
  /** Shapes are those of planes. */
  const isAway = () => model.get("volume");
  const isActive = () => !isAway() && (!toolbar.element.hidden || model.get("shapes").length > 0);
  const cursor = (): void => {
    const stage = overlay.element.closest(".stage");
    stage?.classList.toggle("drawing", editor.tool !== "pan");
    stage?.classList.toggle("on-shape", editor.tool === "pan" && editor.hovered >= 0);
  };
  const update = (): void => {
    toolbar.update(isAway());
    overlay.element.toggleAttribute("hidden", isAway());
    rows.update(!toolbar.element.hidden);
    const selected = editor.selectedShape;
    const draft = editor.draft;
    const drawn =
      draft?.type === "line" && draft.points.length > 1
        ? { name: "the line", color: "#ffffff", plane: {}, type: draft.type, points: draft.points }
        : null;
    const line = isAway() ? null : (drawn ?? (selected?.type === "line" ? selected : null));
    profile.update(line, model.get("indices"));
    if (!isAway()) overlay.update(navigation.camera, navigation.size, line ? profile.mark : null);
    cursor();
  };
  toolbar.element.addEventListener("pointerdown", (event) => event.stopPropagation());
  opener.addEventListener("click", () => host.draw());

  return {
    over: [overlay.element, toolbar.element],
    sections: [rows.element],
    below: [profile.element],
    update,
    press: (place: Place, event: PointerEvent) => {
      if (isAway()) return null;
      const change = editor.press(host.toWorld(place), near(event), keys(event));
      return change && dragOf(change);
    },
    hover: (place) => {
      if (!isAway()) editor.hover(place && host.toWorld(place), near());
    },
    click: () => {
      // Beside all shapes: what the view makes of the click comes after.
      if (editor.tool === "pan" && !isAway()) editor.select(-1);
      return false;
    },
    open: () => !isAway() && (editor.finish() || editor.tool !== "pan"),
    key: (event) => {
      if (!isActive()) return false;
      if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
        return editor.finish() || editor.place(viewOf(navigation.camera, navigation.size));
      }
      return keyOfSelected(event);
    },
    dispose: () => profile.dispose(),
  };
}
