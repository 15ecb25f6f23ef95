import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Model, same } from "../src/model";
import { infoOf } from "./info";

const info = infoOf({
  axes: "tczyx",
  shape: [1, 2, 60, 8, 8],
  scale: [1, 1, 1, 1, 1],
  factors: [1, 1, 1, 2, 2],
  count: 3,
  channels: 2,
});

/** anywidget's model, as far as it is used. */
class Widget {
  readonly handlers = new Map<string, Set<() => void>>();
  saves = 0;
  sets = 0;

  constructor(readonly values: Record<string, unknown>) {}

  get = (name: string) => this.values[name];
  set = (name: string, value: unknown) => {
    this.sets += 1;
    this.arrive(name, value);
  };
  arrive = (name: string, value: unknown) => {
    this.values[name] = value;
    for (const handler of this.handlers.get(`change:${name}`) ?? []) handler();
  };
  save_changes = () => {
    this.saves += 1;
  };
  on = (name: string, handler: () => void) => {
    this.handlers.set(name, (this.handlers.get(name) ?? new Set()).add(handler));
  };
  off = (name: string, handler: () => void) => {
    this.handlers.get(name)?.delete(handler);
  };
}

let frames: (() => void)[] = [];
beforeEach(() => {
  frames = [];
  Object.assign(globalThis, {
    requestAnimationFrame: (frame: () => void) => frames.push(frame),
    cancelAnimationFrame: () => {},
  });
});

const make = (values: Record<string, unknown> = {}) => {
  const widget = new Widget({
    indices: { t: 0, z: 5 },
    visible: [true, true],
    colors: ["#FF0000", "#00ff00"],
    contrast_limits: [
      [0, 10],
      [0, 20],
    ],
    ...values,
  });
  return { widget, model: new Model(widget, info) };
};

describe("traits", () => {
  test("many changes in a frame are saved once", () => {
    const { widget, model } = make();
    for (let z = 6; z < 20; z++) model.set("indices", { t: 0, z });
    assert.equal(widget.saves, 0);
    for (const frame of frames) frame();
    assert.equal(widget.saves, 1);
    assert.deepEqual(widget.values.indices, { t: 0, z: 19 });
  });

  test("a value that is set again, or comes back as an echo, tells nobody", () => {
    const { widget, model } = make();
    let told = 0;
    model.on(["indices"], () => {
      told += 1;
    });
    model.set("indices", { z: 9, t: 0 });
    assert.equal(told, 1);
    model.set("indices", { t: 0, z: 9 });
    widget.arrive("indices", { t: 0, z: 9 });
    assert.deepEqual([told, widget.sets], [1, 1]);
    widget.arrive("indices", { t: 0, z: 10 });
    assert.equal(told, 2);
  });

  for (const [name, value] of [
    ["indices", { t: 0, z: 60 }],
    ["indices", { t: 0, z: 1.5 }],
    ["indices", null],
    ["visible", [true]],
    ["visible", [true, 1]],
    ["colors", ["red", "#00ff00"]],
    [
      "contrast_limits",
      [
        [10, 0],
        [0, 20],
      ],
    ],
    [
      "contrast_limits",
      [
        [0, Number.NaN],
        [0, 20],
      ],
    ],
    ["level", -1],
    ["level", "fine"],
    ["center", [1]],
    ["zoom", -1],
    ["height", 0],
  ] as const) {
    test(`${name} = ${JSON.stringify(value)} changes nothing`, () => {
      const { widget, model } = make();
      const before = model.get(name);
      let told = 0;
      model.on([name], () => {
        told += 1;
      });
      widget.arrive(name, value);
      assert.deepEqual(model.get(name), before);
      assert.equal(told, 0);
    });
  }

  test("what is wrong from the start gets the default", () => {
    const { model } = make({ contrast_limits: "all", indices: 3, zoom: undefined });
    assert.deepEqual(model.get("contrast_limits"), [
      [0, 65535],
      [0, 65535],
    ]);
    assert.deepEqual(model.get("indices"), { t: 0, z: 0 });
    assert.equal(model.get("zoom"), 0);
  });

  test("one channel's entry is set beside the others", () => {
    const { widget, model } = make();
    model.setChannel("contrast_limits", 1, [3, 4]);
    assert.deepEqual(widget.values.contrast_limits, [
      [0, 10],
      [3, 4],
    ]);
  });

  test("the end leaves no listener, and saves what is open", () => {
    const { widget, model } = make();
    model.set("zoom", 2);
    model.dispose();
    assert.equal(widget.saves, 1);
    assert.ok([...widget.handlers.values()].every((handlers) => handlers.size === 0));
  });
});

test("equality of JSON", () => {
  assert.ok(same({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }));
  assert.ok(!same([1, 2], [1, 2, 3]));
  assert.ok(!same([], {}));
  assert.ok(!same(null, {}));
});
