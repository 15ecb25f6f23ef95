import assert from "node:assert/strict";
import { test } from "node:test";
import { Asks } from "../src/painting/asks";
import {
  colorOf,
  isId,
  isOf,
  keysOfCells,
  nextSize,
  pixelOf,
  planeIndices,
  thinned,
  within,
} from "../src/painting/geometry";
import { pathOf } from "../src/painting/sketch";
import { keptWords, stateWords } from "../src/painting/words";
import type { Take } from "../src/pixels";
import { tileKey } from "../src/plan";
import { Tiles } from "../src/tiles";
import type { LabelInfo } from "../src/types";

const axis = (name: string) => ({ name, type: "space", unit: null, symbol: null });

/** Labels of 20 planes of 600 x 1000 pixels of 0.5 x 0.25, beginning at (10, 5), with a level of half of that. */
const info: LabelInfo = {
  name: "cells",
  axes: [axis("z"), axis("y"), axis("x")],
  display: { y: 1, x: 2 },
  channel: null,
  sliders: [0],
  levels: [
    { path: "0", shape: [20, 600, 1000], scale: [2, 0.5, 0.25], translation: [0, 10, 5], dtype: "uint16" },
    {
      path: "1",
      shape: [20, 300, 500],
      scale: [2, 1, 0.5],
      translation: [0, 10.25, 5.125],
      dtype: "uint16",
    },
  ],
  wire: "uint16",
  dtype: "uint16",
  colors: [["3", "#ff0000ff"]],
  properties: false,
  problems: [],
};

test("a place of the world is told in pixels of level 0", () => {
  assert.deepEqual(pixelOf(info, 5, 10), [0, 0]);
  assert.deepEqual(pixelOf(info, 7.5, 20), [20, 10]);
  assert.deepEqual(planeIndices(info, { z: 3.4 }), { z: 3 });
});

test("the part on screen is cut to the labels", () => {
  assert.deepEqual(within(info, { left: 0, right: 10, top: 12, bottom: 1e6 }), [
    [4, 600],
    [0, 21],
  ]);
});

test("points that say nothing new are left out, but not the last", () => {
  const line: [number, number][] = [
    [0, 0],
    [0, 0.2],
    [0, 1],
    [0, 1.1],
  ];
  assert.deepEqual(thinned(line, 0.5), [
    [0, 0],
    [0, 1],
    [0, 1.1],
  ]);
  assert.deepEqual(thinned([[1, 2]], 0.5), [[1, 2]]);
});

test("brushes grow by a fifth and by a pixel at least", () => {
  assert.equal(nextSize(1, true), 2);
  assert.equal(nextSize(100, true), 120);
  assert.equal(nextSize(1, false), 1);
  assert.equal(nextSize(20_000, true), 20_000);
});

test("ids are whole numbers that fit, of all 64 bits", () => {
  const most: [string, string] = ["0", "18446744073709551615"];
  assert.ok(isId("18446744073709551615", most));
  for (const text of ["18446744073709551616", "-1", "1.5", "", "0x1", "7 "]) assert.ok(!isId(text, most));
});

test("an id has its own colour, or one that is mixed as in the shader", () => {
  assert.equal(colorOf(info, 3n), "#ff0000");
  const hue = 2654435769 / 2 ** 32;
  const red = Math.round(60 + 190 * (0.5 + 0.5 * Math.cos(2 * Math.PI * hue)));
  assert.ok(colorOf(info, 1n).startsWith(`rgb(${red} `));
  assert.notEqual(colorOf(info, 1n), colorOf(info, 2n ** 32n + 1n));
});

test("cells that have changed are the keys of tiles; without them all of these labels", () => {
  const source = "labels/cells";
  const keys = keysOfCells(info, source, [[[4, 1, 2]], [[4, 0, 1]]]);
  const key = (level: number, place: [number, number], z = 4) =>
    tileKey({ source, level, indices: [z, 0, 0] }, 0, place);
  assert.deepEqual([...(keys ?? [])], [key(0, [1, 2]), key(1, [0, 1])]);
  assert.equal(keysOfCells(info, source, null), null);
  assert.ok(isOf(source)(key(1, [0, 0], 9)));
  assert.ok(!isOf(source)(tileKey({ source: "labels/cells 2", level: 0, indices: [0, 0, 0] }, 0, [0, 0])));
});

test("a tile that is another by now is drawn until the new one comes, and asked for", () => {
  const tiles = new Tiles();
  const answer = (value: number) => ({
    tile: [0, 0] as [number, number],
    channel: 0,
    shape: [2, 2] as [number, number],
    value,
  });
  tiles.take("a", "uint8", answer(1), []);
  tiles.take("b", "uint8", answer(1), []);
  tiles.renew((key) => key === "a");
  assert.ok(!tiles.settled("a"));
  assert.ok(tiles.settled("b"));
  assert.equal(tiles.get("a")?.values[0], 1);
  tiles.take("a", "uint8", answer(2), []);
  assert.ok(tiles.settled("a"));
  assert.equal(tiles.get("a")?.values[0], 2);
});

test("strokes are asked one after the other, and what is on screen is looked at when they are", () => {
  const takes: Take[] = [];
  const asked: string[] = [];
  const counts: number[] = [];
  let name = "first";
  const asks: Asks = new Asks(
    (question, take) => {
      asked.push(question.labels);
      takes.push(take);
    },
    () => counts.push(asks?.count ?? 0),
  );
  const answers: string[] = [];
  for (let n = 0; n < 2; n++)
    asks.put(
      () => ({ kind: "store", labels: name }),
      (answer) => answers.push(answer.kind),
    );
  assert.deepEqual(asked, ["first"]);
  name = "second";
  takes[0]?.({ kind: "error", request: 0, message: "no" }, []);
  assert.deepEqual(asked, ["first", "second"]);
  takes[1]?.({ kind: "id", request: 1, value: "3" }, []);
  assert.deepEqual(answers, ["error", "id"]);
  assert.equal(asks.count, 0);
});

test("a sketch of one point has a line, too", () => {
  assert.equal(pathOf([[2, 1]], false), "M1 2L1 2");
  assert.equal(
    pathOf(
      [
        [0, 0],
        [0, 4],
        [3, 4],
      ],
      true,
    ),
    "M0 0L4 0L4 3Z",
  );
});

test("the state is said in a word or two", () => {
  const editing = { labels: "cells", state: "unsaved" as const, why: "", unsaved: 1 };
  assert.equal(stateWords(editing, 0), "1 change unsaved");
  assert.equal(stateWords({ ...editing, unsaved: 3 }, 0), "3 changes unsaved");
  assert.equal(stateWords(editing, 2), "painting …");
  assert.equal(stateWords({ ...editing, state: "saving" }, 0), "saving …");
  assert.equal(stateWords({ ...editing, state: "locked" }, 0), "locked");
  assert.equal(keptWords(editing), "");
  assert.match(keptWords({ ...editing, state: "closed" }), /^One change of .* is not saved\./);
  assert.match(keptWords({ ...editing, state: "closed", unsaved: 3 }), /^3 changes of .* are not saved\./);
  assert.equal(keptWords({ ...editing, state: "closed", unsaved: 0 }), "");
});
