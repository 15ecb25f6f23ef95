import assert from "node:assert/strict";
import { test } from "node:test";
import { Cache } from "../src/cache";

test("the least recently used goes first", () => {
  const gone: string[] = [];
  const cache = new Cache<number>(30, (_, key) => gone.push(key));
  for (const key of ["a", "b", "c", "d"]) cache.set(key, 1, 10);
  cache.get("a");
  cache.trim();
  assert.deepEqual(gone, ["b"]);
  assert.equal(cache.bytes, 30);
  assert.ok(cache.has("a") && cache.has("d"));
});

test("what is in use stays, even beyond the bound", () => {
  const cache = new Cache<number>(10);
  for (const key of ["a", "b", "c"]) cache.set(key, 1, 10);
  cache.trim((key) => key !== "b");
  assert.deepEqual([cache.has("a"), cache.has("b"), cache.has("c")], [true, false, true]);
});

test("setting anew and clearing tell of what is dropped", () => {
  const gone: number[] = [];
  const cache = new Cache<number>(100, (value) => gone.push(value));
  cache.set("a", 1, 10);
  cache.set("a", 2, 20);
  assert.equal(cache.bytes, 20);
  cache.clear();
  assert.deepEqual(gone, [1, 2]);
  assert.deepEqual([cache.bytes, cache.size], [0, 0]);
});

test("peeking does not keep an entry", () => {
  const cache = new Cache<number>(10);
  cache.set("a", 1, 10);
  cache.set("b", 2, 10);
  assert.equal(cache.peek("a"), 1);
  cache.trim();
  assert.ok(!cache.has("a"));
});
