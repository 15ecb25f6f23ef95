import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Model } from "../src/model";
import { Editor } from "../src/regions/editor";
import {
  distanceTo,
  dragged,
  handlesOf,
  outline,
  resized,
  simplified,
  withoutVertex,
} from "../src/regions/geometry";
import { measure, said } from "../src/regions/measure";
import { plotOf, samplesAt, ticks } from "../src/regions/plot";
import {
  freeName,
  fromValue,
  type Kind,
  nextColor,
  type Point,
  type ShapeValue,
  toValue,
} from "../src/regions/shapes";
import type { WidgetModel } from "../src/types";
import { infoOf } from "./info";

const info = infoOf({ axes: "zyx", shape: [9, 64, 64], scale: [2, 0.5, 0.5], factors: [1, 2, 2], count: 2 });
const near = (a: number, b: number, by = 1e-9) => assert.ok(Math.abs(a - b) <= by, `${a} is not ${b}`);
const at = (x: number, y: number): Point => ({ x, y });
const box = [at(0, 0), at(10, 4)];

describe("geometry", () => {
  test("a box has handles at corners and sides, others at vertices and between", () => {
    assert.equal(handlesOf("rectangle", box).length, 8);
    assert.equal(handlesOf("ellipse", box).length, 8);
    assert.deepEqual(
      handlesOf("line", box).map(({ role, x, y }) => [role, x, y]),
      [
        ["add", 5, 2],
        ["vertex", 0, 0],
        ["vertex", 10, 4],
      ],
    );
    assert.equal(handlesOf("polygon", [...box, at(0, 9)]).length, 6);
    assert.equal(handlesOf("point", [at(1, 2)]).length, 1);
  });

  test("dragging each handle of a box moves its sides only, and may turn it over", () => {
    for (const handle of handlesOf("rectangle", box)) {
      if (handle.role !== "box") throw new Error(handle.role);
      const [first, second] = dragged("rectangle", box, handle, at(20, -7));
      const xs = { 0: [10, 20], 0.5: [0, 10], 1: [0, 20] }[handle.across];
      const ys = { 0: [-7, 4], 0.5: [0, 4], 1: [-7, 0] }[handle.down];
      assert.deepEqual([first?.x, second?.x], xs);
      assert.deepEqual([first?.y, second?.y], ys);
    }
    const corner = handlesOf("rectangle", box).at(-1);
    assert.ok(corner);
    assert.deepEqual(dragged("rectangle", box, corner, at(6, -9), true), [at(0, -9), at(9, 0)]);
  });

  test("a vertex is moved, made between two others, and taken out where enough are left", () => {
    const [add, first] = handlesOf("line", box);
    assert.ok(add && first);
    assert.deepEqual(dragged("line", box, first, at(3, 3)), [at(3, 3), at(10, 4)]);
    assert.deepEqual(dragged("line", box, add, at(3, 3)), [at(0, 0), at(3, 3), at(10, 4)]);
    const turned = dragged("line", box, first, at(0, 3), true)[0];
    near(turned?.y ?? 9, 4);
    assert.equal(withoutVertex("line", box, 0), null);
    assert.deepEqual(withoutVertex("line", [...box, at(1, 1)], 1), [at(0, 0), at(1, 1)]);
    assert.equal(withoutVertex("polygon", [...box, at(1, 1)], 1), null);
    assert.equal(withoutVertex("rectangle", box, 0), null);
  });

  test("the distance is that to the outline, not to what is within", () => {
    near(distanceTo("rectangle", box, at(5, 2)), 2);
    near(distanceTo("rectangle", box, at(13, 8)), 5);
    near(distanceTo("line", box, at(-3, -4)), 5);
    near(distanceTo("ellipse", [at(-5, -5), at(5, 5)], at(0, 0)), 5, 0.01);
    near(distanceTo("point", [at(1, 1)], at(4, 5)), 5);
    near(distanceTo("polygon", [at(0, 0), at(4, 0), at(0, 4)], at(0, 2)), 0);
  });

  test("a line drawn by hand keeps what it needs to stay as near", () => {
    const hand = Array.from({ length: 200 }, (_, n) => at(n, 20 * Math.sin(n / 20)));
    const few = simplified(hand, 0.5);
    assert.ok(few.length < 40);
    for (const point of hand) assert.ok(distanceTo("line", few, point) <= 0.5 + 1e-9);
    assert.deepEqual(simplified([at(0, 0), at(1, 0), at(2, 0)], 0.1), [at(0, 0), at(2, 0)]);
  });

  test("a shape is made larger from its upper left corner, and never turned over", () => {
    assert.deepEqual(resized(box, 5, 0), [at(0, 0), at(15, 4)]);
    assert.deepEqual(resized(box, -20, 0), box);
    assert.deepEqual(resized([at(1, 1)], 5, 5), [at(1, 1)]);
  });

  test("an ellipse lies in its box", () => {
    for (const { x, y } of outline("ellipse", box).corners) near(((x - 5) / 5) ** 2 + ((y - 2) / 2) ** 2, 1);
  });
});

describe("measures", () => {
  const cases: [Kind, Point[], Record<string, number>][] = [
    ["line", [at(0, 0), at(4, 3)], { length: 5, angle: (-Math.atan2(3, 4) * 180) / Math.PI }],
    ["line", [at(5, 0), at(0, 0)], { length: 5, angle: 180 }],
    ["line", [at(0, 5), at(0, 0)], { length: 5, angle: 90 }],
    ["line", [at(5, 0), at(0, 0), at(0, 5)], { length: 10, angle: 90 }],
    ["line", [at(0, 0), at(1, 0), at(1, 1), at(0, 1)], { length: 3 }],
    ["rectangle", [at(9, 1), at(4, 3)], { perimeter: 14, area: 10 }],
    ["ellipse", [at(0, 0), at(2, 2)], { perimeter: 2 * Math.PI, area: Math.PI }],
    ["ellipse", [at(0, 0), at(6, 2)], { perimeter: 13.364893220555258, area: 3 * Math.PI }],
    ["ellipse", [at(0, 0), at(4, 0)], { perimeter: 8, area: 0 }],
    ["polygon", [at(1e6, 0), at(1e6 + 4, 0), at(1e6 + 4, 3)], { perimeter: 12, area: 6 }],
    ["point", [at(1, 2)], {}],
  ];
  for (const [kind, points, expected] of cases) {
    test(`of a ${kind} with ${points.length} points: ${Object.keys(expected).join(", ")}`, () => {
      const found = measure(kind, points);
      assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort());
      for (const [name, value] of Object.entries(found)) near(value, expected[name] ?? Number.NaN, 1e-9);
    });
  }

  test("are said in the unit of the axes, in pixels where they have none, and not where they differ", () => {
    const line = { type: "line" as const, points: [at(0, 0), at(300, 400)] };
    assert.equal(said(info, line).brief, "500\u2009µm");
    const square = { type: "rectangle" as const, points: [at(0, 0), at(2000, 1000)] };
    assert.equal(said(info, square).label, "2 × 1\u2009mm · 2\u2009mm²");
    const bare = { ...info, axes: info.axes.map((axis) => ({ ...axis, unit: null })) };
    assert.equal(said(bare, line).brief, "1000\u2009px");
    const mixed = {
      ...info,
      axes: info.axes.map((axis, n) => ({ ...axis, unit: n === 1 ? "meter" : axis.unit })),
    };
    assert.equal(said(mixed, line).brief, "");
    assert.match(said(mixed, line).whole, /different units/);
  });
});

describe("plot", () => {
  const distance = Float64Array.from([0, 1, 2, 3, 4]);
  const size = { width: 464, height: 100 };

  test("a gap in the values is a gap in the line", () => {
    const values = [Float64Array.from([1, 2, Number.NaN, 4, Infinity])];
    const plot = plotOf({ distance, values }, size, info.axes[2]);
    assert.deepEqual(plot.ranges, [[1, 4]]);
    assert.equal(plot.paths[0]?.match(/M/g)?.length, 2);
    assert.equal(plot.paths[0]?.match(/L/g)?.length, 1);
    assert.equal(plot.at(2.5), "2.5\u2009µm");
  });

  test("nothing, and one value everywhere, are drawn without a number that is none", () => {
    const nothing = plotOf({ distance, values: [new Float64Array(5).fill(Number.NaN)] }, size, undefined);
    assert.ok(nothing.empty);
    const flat = plotOf({ distance, values: [new Float64Array(5).fill(7)] }, size, undefined);
    assert.doesNotMatch(flat.paths[0] ?? "", /NaN|Infinity/);
    const still = plotOf({ distance: new Float64Array(2), values: [new Float64Array(2)] }, size, undefined);
    assert.doesNotMatch(still.paths[0] ?? "", /NaN|Infinity/);
  });

  test("the value nearest to the pointer is told", () => {
    const plot = plotOf({ distance, values: [] }, size, undefined);
    assert.deepEqual(
      [-20, 0, 140, 160, 400, 440].map((x) => samplesAt({ distance }, plot, plot.left + x)),
      [-1, 0, 1, 2, 4, -1],
    );
  });

  test("numbers along the line are round and not too many", () => {
    assert.deepEqual(ticks(55.7, 6), [0, 10, 20, 30, 40, 50]);
    assert.deepEqual(ticks(0, 6), [0]);
    for (const length of [0.003, 1, 7, 99, 1e6]) assert.ok(ticks(length, 5).length <= 6);
  });
});

describe("shapes", () => {
  test("points stand in the order of the axes", () => {
    const shape = {
      type: "line" as const,
      points: [at(1, 2), at(3, 4)],
      name: "a",
      color: "#ffffff",
      plane: {},
    };
    assert.deepEqual(toValue(shape, false).points[0], [2, 1]);
    assert.deepEqual(toValue(shape, true).points[0], [1, 2]);
    for (const transposed of [false, true])
      assert.deepEqual(fromValue(toValue(shape, transposed), transposed), shape);
  });

  test("new ones have names and colours of their own", () => {
    assert.equal(freeName("line", [{ name: "line 1" }, { name: "line 3" }]), "line 2");
    const first = nextColor([]);
    assert.notEqual(nextColor([{ color: first }]), first);
  });
});

describe("the editor", () => {
  beforeEach(() => {
    Object.assign(globalThis, { requestAnimationFrame: () => 1, cancelAnimationFrame: () => {} });
  });
  const keys = { even: false, less: false };
  const make = (shapes: ShapeValue[] = []) => {
    const values: Record<string, unknown> = { shapes, selected_shape: -1, tool: "pan" };
    const handlers = new Map<string, () => void>();
    const widget = {
      get: (name: string) => values[name],
      set: (name: string, value: unknown) => {
        values[name] = value;
      },
      save_changes: () => {},
      on: (name: string, handler: () => void) => handlers.set(name, handler),
      off: () => {},
    } as unknown as WidgetModel;
    const model = new Model(widget, info);
    const said: string[] = [];
    const editor = new Editor(model, () => ({ z: 3 }), { changed: () => {}, say: (what) => said.push(what) });
    const arrive = (value: unknown) => {
      values.shapes = value;
      handlers.get("change:shapes")?.();
    };
    const draw = (...places: Point[]) => {
      const [first, ...rest] = places;
      const change = first && editor.press(first, 1, keys);
      for (const place of rest) change?.move(place, keys);
      change?.end(places.at(-1) ?? at(0, 0), keys);
    };
    return { model, editor, draw, said, arrive };
  };

  test("a drag draws, selects and names; undo and redo take it back and forth", () => {
    const { model, editor, draw } = make();
    editor.setTool("rectangle");
    draw(at(0, 0), at(4, 6));
    assert.deepEqual(model.get("shapes")[0]?.points, [
      [0, 0],
      [6, 4],
    ]);
    assert.deepEqual(model.get("shapes")[0]?.plane, { z: 3 });
    assert.equal(model.get("selected_shape"), 0);
    draw(at(20, 20), at(20.1, 20));
    assert.equal(model.get("shapes").length, 1);
    draw(at(20, 20), at(30, 30));
    assert.ok(editor.undo());
    assert.deepEqual([model.get("shapes").length, model.get("selected_shape")], [1, 0]);
    assert.ok(editor.undo());
    assert.deepEqual([model.get("shapes").length, model.get("selected_shape")], [0, -1]);
    assert.ok(!editor.undo());
    assert.ok(editor.redo() && editor.redo() && !editor.redo());
    assert.equal(model.get("shapes").length, 2);
  });

  test("clicks make a polygon, which its first corner closes; the last one can be taken back", () => {
    const { model, editor, draw } = make();
    editor.setTool("polygon");
    for (const place of [at(0, 0), at(9, 0), at(9, 9), at(50, 50)]) draw(place);
    assert.ok(editor.remove());
    draw(at(0.5, 0.5));
    assert.deepEqual(model.get("shapes")[0]?.points, [
      [0, 0],
      [0, 9],
      [9, 9],
    ]);
    draw(at(30, 30));
    draw(at(40, 30));
    assert.ok(editor.finish());
    assert.equal(model.get("shapes").length, 1, "two corners are no polygon");
    assert.ok(!editor.finish());
  });

  test("a polygon is drawn by hand, a line by clicks", () => {
    const { model, editor, draw } = make();
    editor.setTool("polygon");
    draw(...Array.from({ length: 60 }, (_, n) => at(20 * Math.cos(n / 10), 20 * Math.sin(n / 10))));
    const count = model.get("shapes")[0]?.points.length ?? 0;
    assert.ok(count > 8 && count <= 60, `${count} corners`);
    editor.select(-1);
    editor.setTool("line");
    for (const place of [at(100, 0), at(109, 0), at(109, 9), at(109.1, 9)]) draw(place);
    editor.finish();
    assert.equal(model.get("shapes")[1]?.points.length, 3);
  });

  test("outlines and handles are taken, the middle of a shape is not", () => {
    const { model, editor, draw } = make();
    editor.setTool("rectangle");
    draw(at(0, 0), at(10, 10));
    editor.setTool("pan");
    editor.select(-1);
    assert.equal(editor.press(at(5, 5), 1, keys), null);
    draw(at(5, 0.2), at(6, 2.2));
    assert.deepEqual(model.get("shapes")[0]?.points, [
      [2, 1],
      [12, 11],
    ]);
    draw(at(11, 12.5), at(21, 12.5));
    assert.deepEqual(model.get("shapes")[0]?.points, [
      [2, 1],
      [12, 21],
    ]);
    const change = editor.press(at(21, 12), 1, keys);
    change?.move(at(90, 90), keys);
    assert.equal(editor.shapes[0]?.points[1]?.x, 90);
    change?.cancel();
    assert.equal(editor.shapes[0]?.points[1]?.x, 21);
  });

  test("a shape of another plane is neither drawn nor taken", () => {
    const shape: ShapeValue = {
      type: "point",
      points: [[5, 5]],
      name: "a",
      color: "#ffffff",
      plane: { z: 4 },
    };
    const { editor } = make([shape, { ...shape, plane: {} }]);
    assert.deepEqual(
      editor.shapes.map((one) => editor.isSeen(one)),
      [false, true],
    );
    assert.equal(editor.at(at(5, 5), 1), 1);
  });

  test("escape gives up the shape, then the tool, then the selection", () => {
    const { model, editor, draw } = make();
    editor.setTool("polygon");
    assert.ok(editor.place({ left: 0, right: 80, top: 0, bottom: 80 }));
    draw(at(70, 70));
    assert.ok(editor.draft);
    assert.ok(editor.escape());
    assert.equal(editor.draft, null);
    assert.ok(editor.escape());
    assert.equal(model.get("tool"), "pan");
    assert.ok(editor.escape());
    assert.equal(model.get("selected_shape"), -1);
    assert.ok(!editor.escape());
  });

  test("what is set in Python is not undone here", () => {
    const { editor, draw, arrive } = make();
    editor.setTool("point");
    draw(at(1, 1));
    assert.ok(editor.canUndo());
    arrive([]);
    assert.ok(!editor.canUndo());
  });

  test("no more shapes are drawn than the kernel takes", () => {
    const shape: ShapeValue = { type: "point", points: [[5, 5]], name: "a", color: "#ffffff", plane: {} };
    const { model, editor, draw, said } = make(Array.from({ length: 1000 }, () => shape));
    editor.setTool("point");
    draw(at(60, 60));
    assert.equal(model.get("shapes").length, 1000);
    assert.match(said.at(-1) ?? "", /as many shapes/);
    editor.select(4);
    assert.ok(editor.remove());
    assert.equal(model.get("shapes").length, 999);
  });

  test("what is no list of shapes changes nothing", () => {
    const shape: ShapeValue = { type: "point", points: [[5, 5]], name: "a", color: "#ffffff", plane: {} };
    const { model, arrive } = make([shape]);
    const wrong: unknown[] = [
      { ...shape, type: "square" },
      { ...shape, points: [] },
      { ...shape, points: [[1, Number.NaN]] },
      { ...shape, color: "url(x)" },
      { ...shape, plane: { q: 1 } },
      { ...shape, name: 4 },
      null,
    ];
    for (const one of wrong) arrive([one]);
    arrive("none");
    assert.deepEqual(model.get("shapes"), [shape]);
  });
});
