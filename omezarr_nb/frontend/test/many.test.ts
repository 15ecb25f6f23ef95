import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listed, MOST_ROWS } from "../src/controls/many";

const labels = ["DAPI", "CD3", "CD31", "Ki67"];
const off = labels.map(() => false);

describe("a list of many channels", () => {
  test("has those whose name or number is looked for", () => {
    assert.deepEqual(listed(labels, off, "").rows, [0, 1, 2, 3]);
    assert.deepEqual(listed(labels, off, " cd3 ").found, [1, 2]);
    assert.deepEqual(listed(labels, off, "3").found, [1, 2, 3]);
    assert.deepEqual(listed(labels, off, "lamin").found, []);
  });

  test("is bounded, and has those that are on", () => {
    const many = Array.from({ length: 4096 }, (_, c) => `channel ${c}`);
    const visible = many.map((_, c) => c === 4000);
    const { rows, found } = listed(many, visible, "");
    assert.equal(found.length, 4096);
    assert.equal(rows.length, MOST_ROWS);
    assert.deepEqual([rows[0], rows.at(-1)], [0, 4000]);
  });
});
