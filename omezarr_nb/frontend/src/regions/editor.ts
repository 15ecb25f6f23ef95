/** What is done to the shapes: drawing, selecting, changing, deleting, undoing. It knows the world, not the screen. */
import type { Model } from "../model";
import type { Indices } from "../planes";
import {
  boxOf,
  distanceTo,
  dragged,
  type Handle,
  handlesOf,
  moved,
  resized,
  simplified,
  square,
  straight,
  withoutVertex,
} from "./geometry";
import {
  freeName,
  isOn,
  KINDS,
  type Kind,
  MOST_POINTS,
  nextColor,
  type Point,
  type Shape,
  type Tool,
} from "./shapes";
import { newPlane, ShapeStore } from "./store";
import { regionWords } from "./words";

/** A shape that is being drawn. */
export interface Draft {
  type: Kind;
  points: readonly Point[];
  /** Its corners are set one by one, and the next one follows the pointer. */
  path: boolean;
  cursor: Point | null;
}

export interface Keys {
  /** Square, or at 45 degrees. */
  even: boolean;
  /** Takes a vertex out. */
  less: boolean;
}

/** What a press has begun, in the world. */
export interface Change {
  move(to: Point, keys: Keys): void;
  end(to: Point, keys: Keys): void;
  cancel(): void;
}

export interface EditorEvents {
  /** Something is to be drawn anew. */
  changed(): void;
  /** Say what happened. */
  say(what: string): void;
}

export class Editor {
  draft: Draft | null = null;
  /** The shape under the pointer, -1 for none. */
  hovered = -1;
  /** What a press has begun and not ended. */
  private begun: Change | null = null;
  private readonly store: ShapeStore;

  constructor(
    private readonly model: Model,
    private readonly plane: () => Indices,
    private readonly events: EditorEvents,
  ) {
    this.store = new ShapeStore(model, { replaced: () => this.replaced(), say: events.say });
    model.on(["selected_shape", "tool"], () => {
      if (this.draft && this.draft.type !== model.get("tool")) this.draft = null;
      events.changed();
    });
  }

  /** All shapes, as they are at this moment. */
  get shapes(): readonly Shape[] {
    return this.store.shapes;
  }

  get selected(): number {
    return this.store.selected;
  }

  get selectedShape(): Shape | undefined {
    return this.shapes[this.selected];
  }

  get tool(): Tool {
    return this.model.get("tool");
  }

  canUndo(): boolean {
    return this.store.canUndo();
  }

  canRedo(): boolean {
    return this.store.canRedo();
  }

  undo(): boolean {
    return this.store.undo();
  }

  redo(): boolean {
    return this.store.redo();
  }

  isSeen(shape: Shape): boolean {
    return isOn(shape, this.plane());
  }

  setTool(tool: Tool): void {
    this.model.set("tool", tool);
  }

  select(index: number): void {
    this.model.set("selected_shape", index);
  }

  /** The shape whose outline is so near to a place, the uppermost; -1 for none. */
  at(place: Point, near: number): number {
    const { shapes } = this;
    for (let index = shapes.length - 1; index >= 0; index--) {
      const shape = shapes[index];
      if (shape && this.isSeen(shape) && distanceTo(shape.type, shape.points, place) <= near) return index;
    }
    return -1;
  }

  /** The handle of the selected shape that is so near to a place. */
  handleAt(place: Point, near: number): Handle | null {
    const shape = this.selectedShape;
    if (!shape || !this.isSeen(shape)) return null;
    let [least, found]: [number, Handle | null] = [near, null];
    for (const handle of handlesOf(shape.type, shape.points)) {
      const away = Math.hypot(handle.x - place.x, handle.y - place.y);
      // A vertex wins over the middle of a side that is as near.
      if (away < least || (away === least && handle.role !== "add")) [least, found] = [away, handle];
    }
    return found;
  }

  /** A press at a place: what it begins, or null where it is not meant for shapes. */
  press(place: Point, near: number, keys: Keys): Change | null {
    const begun = this.begin(place, near, keys);
    if (!begun) return null;
    this.begun = begun;
    // Once it was given up, by a key, the rest of the drag means nothing.
    const act = (how: () => void, last: boolean): void => {
      if (this.begun !== begun) return;
      if (last) this.begun = null;
      how();
    };
    return {
      move: (to, how) => act(() => begun.move(to, how), false),
      end: (to, how) => act(() => begun.end(to, how), true),
      cancel: () => act(() => begun.cancel(), true),
    };
  }

  private begin(place: Point, near: number, keys: Keys): Change | null {
    const { tool } = this;
    if (this.draft?.path) return this.setCorner(place, near);
    const handle = this.handleAt(place, near);
    if (handle) return this.dragHandle(handle, place, near, keys);
    if (tool !== "pan") return this.draw(tool, place, near);
    const index = this.at(place, near);
    if (index < 0) return null;
    this.select(index);
    return this.dragShape(index, place, near);
  }

  hover(place: Point | null, near: number): void {
    const { draft } = this;
    if (draft?.path) {
      this.draft = { ...draft, cursor: place };
      this.events.changed();
      return;
    }
    const hovered = place && this.tool === "pan" ? this.at(place, near) : -1;
    if (hovered === this.hovered) return;
    this.hovered = hovered;
    this.events.changed();
  }

  /** End a shape whose corners are set one by one; false where there is none. */
  finish(): boolean {
    const { draft } = this;
    if (!draft?.path) return false;
    this.draft = null;
    if (draft.points.length >= KINDS[draft.type][0]) this.add(draft.type, draft.points);
    this.events.changed();
    return true;
  }

  /** Put a shape of the tool into the middle of what is seen. */
  place(view: { left: number; top: number; right: number; bottom: number }): boolean {
    const { tool } = this;
    if (tool === "pan") return false;
    const [x, y] = [(view.left + view.right) / 2, (view.top + view.bottom) / 2];
    const [across, down] = [(view.right - view.left) / 8, (view.bottom - view.top) / 8];
    const corners = [
      { x: x - across, y: y - down },
      { x: x + across, y: y + down },
    ];
    const line = [
      { x: x - across, y },
      { x: x + across, y },
    ];
    const third = [...line, { x, y: y - down }];
    const points = { point: [{ x, y }], line, polygon: third, rectangle: corners, ellipse: corners }[tool];
    this.add(tool, points);
    return true;
  }

  /** Give up what is being drawn, else the tool, else the selection; false where there is nothing of that. */
  escape(): boolean {
    const held = this.begun;
    this.begun = null;
    held?.cancel();
    if (this.draft) {
      this.draft = null;
      this.events.changed();
    } else if (held) return true;
    else if (this.tool !== "pan") this.setTool("pan");
    else if (this.selected >= 0) this.select(-1);
    else return false;
    return true;
  }

  /** Take the last corner of what is being drawn back, or delete the selected shape. */
  remove(index = this.selected): boolean {
    if (this.draft?.path) {
      const points = this.draft.points.slice(0, -1);
      this.draft = points.length > 0 ? { ...this.draft, points } : null;
      this.events.changed();
      return true;
    }
    const shape = this.shapes[index];
    if (!shape) return false;
    const selected = this.selected === index ? -1 : this.selected - (this.selected > index ? 1 : 0);
    this.store.commit(
      this.shapes.filter((_, place) => place !== index),
      selected,
    );
    this.events.say(regionWords.deleted(shape.name));
    return true;
  }

  /** Move the selected shape. */
  nudge(dx: number, dy: number): boolean {
    const shape = this.selectedShape;
    if (!shape) return false;
    this.change(this.selected, { points: moved(shape.points, dx, dy) });
    return true;
  }

  /** Make the selected shape larger or smaller. */
  stretch(dx: number, dy: number): boolean {
    const shape = this.selectedShape;
    if (!shape) return false;
    this.change(this.selected, { points: resized(shape.points, dx, dy) });
    return true;
  }

  /** Change something of a shape. */
  change(index: number, what: Partial<Shape>): void {
    this.store.commit(
      this.shapes.map((shape, place) => (place === index ? { ...shape, ...what } : shape)),
      this.selected,
    );
  }

  // Drawing

  private draw(type: Kind, from: Point, near: number): Change {
    if (type === "point") {
      return this.drafted({ type, points: [from], path: false, cursor: null }, (to) => ({ points: [to] }));
    }
    const trace: Point[] = [from];
    const isFar = (to: Point) => Math.hypot(to.x - from.x, to.y - from.y) > near / 2;
    const points = (to: Point, { even }: Keys): Point[] => {
      if (type === "polygon") {
        const last = trace.at(-1) ?? from;
        if (Math.hypot(to.x - last.x, to.y - last.y) > near / 4 && trace.length < MOST_POINTS) trace.push(to);
        return [...trace];
      }
      if (!even) return [from, to];
      return [from, type === "line" ? straight(from, to) : square(from, to)];
    };
    return {
      move: (to, keys) => {
        this.draft = { type, points: points(to, keys), path: false, cursor: null };
        this.events.changed();
      },
      end: (to, keys) => {
        const drawn = points(to, keys);
        this.draft = null;
        if (type === "polygon" && trace.some(isFar)) {
          // Closed by hand: the way back to the beginning is a side.
          this.add(type, simplified(drawn, near / 8));
        } else if (isFar(to) && type !== "polygon") this.add(type, drawn);
        else if (type === "line" || type === "polygon") {
          this.draft = { type, points: [from], path: true, cursor: to };
        }
        this.events.changed();
      },
      cancel: () => this.drop(),
    };
  }

  private drafted(draft: Draft, move: (to: Point) => Partial<Draft>): Change {
    this.draft = draft;
    this.events.changed();
    const follow = (to: Point): Draft => ({ ...draft, ...move(to) });
    return {
      move: (to) => {
        this.draft = follow(to);
        this.events.changed();
      },
      end: (to) => {
        const { type, points } = follow(to);
        this.draft = null;
        this.add(type, points);
      },
      cancel: () => this.drop(),
    };
  }

  private drop(): void {
    this.draft = null;
    this.events.changed();
  }

  private setCorner(place: Point, near: number): Change {
    const follow = (to: Point): void => {
      if (this.draft) this.draft = { ...this.draft, cursor: to };
      this.events.changed();
    };
    follow(place);
    return {
      move: follow,
      end: (to) => {
        const { draft } = this;
        if (!draft) return;
        const isNear = (other: Point | undefined) =>
          other !== undefined && Math.hypot(other.x - to.x, other.y - to.y) <= near;
        const { type, points } = draft;
        if (type === "polygon" && points.length >= KINDS.polygon[0] && isNear(points[0])) this.finish();
        else if (!isNear(points.at(-1)) && points.length < KINDS[type][1]) {
          this.draft = { ...draft, points: [...points, to], cursor: to };
        }
        this.events.changed();
      },
      cancel: () => {},
    };
  }

  private add(type: Kind, points: readonly Point[]): void {
    const shapes = this.shapes;
    if (points.length < KINDS[type][0]) return;
    const plane = newPlane(this.model.info, this.plane());
    const shape = { type, points, name: freeName(type, shapes), color: nextColor(shapes), plane };
    if (this.store.commit([...shapes, shape], shapes.length)) this.events.say(regionWords.added(shape.name));
  }

  // Changing

  private dragHandle(handle: Handle, from: Point, near: number, { less }: Keys): Change | null {
    const index = this.selected;
    const shape = this.shapes[index];
    if (!shape) return null;
    if (less && handle.role === "vertex") {
      const points = withoutVertex(shape.type, shape.points, handle.index);
      if (points) this.change(index, { points });
      return { move: () => {}, end: () => {}, cancel: () => {} };
    }
    // The handle does not jump to the pointer, which took it somewhat beside its middle.
    const [dx, dy] = [handle.x - from.x, handle.y - from.y];
    return this.dragging(index, from, near, (to, keys) =>
      dragged(shape.type, shape.points, handle, { x: to.x + dx, y: to.y + dy }, keys.even),
    );
  }

  private dragShape(index: number, from: Point, near: number): Change | null {
    const shape = this.shapes[index];
    if (!shape) return null;
    return this.dragging(index, from, near, (to) => moved(shape.points, to.x - from.x, to.y - from.y));
  }

  private dragging(
    index: number,
    from: Point,
    near: number,
    follow: (to: Point, keys: Keys) => Point[],
  ): Change {
    // A hand is never quite still: so little is a click, which selects.
    let still = true;
    const isStill = (to: Point): boolean => {
      still = still && Math.hypot(to.x - from.x, to.y - from.y) < near / 4;
      return still;
    };
    const drop = (): void => {
      this.store.live = null;
      this.events.changed();
    };
    return {
      move: (to, keys) => {
        if (isStill(to)) return;
        this.store.live = { index, points: follow(to, keys) };
        this.events.changed();
      },
      end: (to, keys) => {
        const points = isStill(to) ? null : follow(to, keys);
        drop();
        if (points) this.change(index, { points });
      },
      cancel: drop,
    };
  }

  /** Shapes are others now: what is dragged was one of before. */
  private replaced(): void {
    this.begun = null;
    this.hovered = -1;
    this.events.changed();
  }
}

/** The rectangle around a shape, to look at. */
export function around(shape: Pick<Shape, "points">, pixel: number): ReturnType<typeof boxOf> {
  const box = boxOf(shape.points);
  const room = Math.max(box.right - box.left, box.bottom - box.top, 32 * pixel) / 2;
  return { left: box.left - room, right: box.right + room, top: box.top - room, bottom: box.bottom + room };
}
