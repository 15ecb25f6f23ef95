import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Axis } from "../src/types";
import { pixelSize, placeAlong, placeOf, scaleBar, short, unitFor } from "../src/units";

const axis = (unit: string | null, symbol: string | null = unit): Axis => ({
  name: "x",
  type: "space",
  unit,
  symbol,
});
const micrometer = axis("micrometer", "µm");
const second = axis("second", "s");

describe("pixel size", () => {
  for (const [x, y, expected] of [
    [0.36, 0.36, "0.36\u2009µm/px"],
    [0.36, 0.65, "0.36 × 0.65\u2009µm/px"],
    [0.005, 0.005, "5\u2009nm/px"],
    [2500, 2500, "2.5\u2009mm/px"],
    [0.3602, 0.3602, "0.3602\u2009µm/px"],
  ] as const) {
    test(expected, () => assert.equal(pixelSize(micrometer, micrometer, x, y), expected));
  }

  test("without a unit it is not guessed", () => {
    assert.equal(pixelSize(axis(null), axis(null), 1, 1), "");
    assert.equal(pixelSize(axis(null), axis(null), 2, 2), "2 per px");
  });
});

describe("the place along an axis", () => {
  for (const [of, index, scale, translation, count, expected] of [
    [micrometer, 34, 0.5, 0, 236, "17.0\u2009µm"],
    [micrometer, 34, 0.5002, 0, 236, "17.0\u2009µm"],
    [micrometer, 0, 0.25, 0, 236, "0.0\u2009µm"],
    [micrometer, 3, 100, 0, 100, "0.3\u2009mm"],
    [second, 12, 30, 0, 60, "6.0\u2009min"],
    [second, 3, 60, 0, 5, "3\u2009min"],
    [second, 3, 0.02, 0, 40, "60\u2009ms"],
    [axis(null), 3, 1, 0, 40, ""],
    [axis(null), 3, 2, 0, 40, "6"],
    [axis("parsec", "pc"), 3, 2000, 0, 40, "6000\u2009pc"],
  ] as const) {
    test(`index ${index} of ${count}: ${expected || "nothing"}`, () =>
      assert.equal(placeAlong(of, index, scale, translation, count), expected));
  }
});

describe("the scale bar", () => {
  for (const [zoom, label, length] of [
    [0.9, "100\u2009µm", 90],
    [1.2, "100\u2009µm", 120],
    [1.3, "50\u2009µm", 65],
    [0.09, "1\u2009mm", 90],
    [900, "100\u2009nm", 90],
  ] as const) {
    test(`${zoom} px a micrometer: ${label}`, () => {
      const bar = scaleBar(micrometer, zoom, 0.36);
      assert.equal(bar.label, label);
      assert.ok(Math.abs(bar.length - length) < 1e-6, String(bar.length));
    });
  }

  test("is never longer than its room, and never shorter than a third of it", () => {
    for (let zoom = 1e-6; zoom < 1e6; zoom *= 1.37) {
      const { length } = scaleBar(micrometer, zoom, 1);
      assert.ok(length <= 120 + 1e-6 && length >= 39, `${zoom}: ${length}`);
    }
  });

  test("counts pixels where there is no unit", () => {
    assert.deepEqual(scaleBar(axis(null), 2, 4), { length: 80, label: "10\u2009px" });
  });
});

test("units by the size of the value", () => {
  assert.equal(unitFor(micrometer, 999.9999).symbol, "mm");
  assert.equal(unitFor(micrometer, 999).symbol, "µm");
  assert.equal(unitFor(axis("centimeter", "cm"), 5).symbol, "mm");
  assert.equal(unitFor(axis("angstrom", "Å"), 5e6).symbol, "Å");
  assert.equal(unitFor(axis("hour", "h"), 0.5).symbol, "min");
  assert.equal(unitFor(second, 7200).symbol, "h");
});

test("short numbers", () => {
  for (const [value, digits, expected] of [
    [65535, 4, "65535"],
    [0.123456, 4, "0.1235"],
    [1e-7, 4, "1.00e-7"],
    [4294967295, 5, "4.29e9"],
    [-3.5, 4, "-3.5"],
    [Number.NaN, 4, "not a number"],
    [0, 4, "0"],
  ] as const) {
    assert.equal(short(value, digits), expected);
  }
});

describe("places that are typed", () => {
  for (const [unit, text, expected] of [
    [micrometer, "3.6 um", 3.6],
    [micrometer, "3,6µm", 3.6],
    [micrometer, "1e3 nm", 1],
    [micrometer, "-0.5 mm", -500],
    [micrometer, "2 micrometer", 2],
    [second, "2 min", 120],
    [second, "50 ms", 0.05],
    [axis("angstrom", "Å"), "4 Å", 4],
    [micrometer, "12", null],
    [micrometer, "3 s", null],
    [micrometer, "um", null],
    [axis(null), "3 um", null],
  ] as const) {
    test(`${text} along ${unit.unit}`, () => {
      const found = placeOf(unit, text);
      if (expected === null || found === null) assert.equal(found, expected);
      else assert.ok(Math.abs(found - expected) < 1e-9 * Math.abs(expected));
    });
  }
});
