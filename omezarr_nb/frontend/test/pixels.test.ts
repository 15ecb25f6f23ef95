import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { Pixels } from "../src/pixels";
import { tileKey, type Want } from "../src/plan";
import { Tiles } from "../src/tiles";
import type { FromKernel, TilePlace, ToKernel } from "../src/types";
import { words } from "../src/words";

class Channel {
  readonly sent: ToKernel[] = [];
  readonly handlers: Record<string, ((...args: never[]) => void)[]> = {};
  comm_live = true;

  send = (message: unknown) => {
    this.sent.push(message as ToKernel);
  };
  on = (name: string, handler: (...args: never[]) => void) => {
    this.handlers[name] = [...(this.handlers[name] ?? []), handler];
  };
  off = (name: string, handler: (...args: never[]) => void) => {
    this.handlers[name] = (this.handlers[name] ?? []).filter((one) => one !== handler);
  };
  say = (message: FromKernel, buffers: DataView[] = []) => {
    for (const handler of this.handlers["msg:custom"] ?? []) handler(...([message, buffers] as never[]));
  };
  emit = (name: string) => {
    for (const handler of this.handlers[name] ?? []) handler();
  };
  requests = () => this.sent.filter((message) => message.kind === "tiles");
}

const indices = [0, 7, 0, 0];
const want = (level: number, ...tiles: TilePlace[]): Want => ({
  source: "",
  level,
  indices,
  channels: [0],
  tiles,
});
const nothingKept = () => false;

let channel: Channel;
let tiles: Tiles;
let pixels: Pixels;
let silent: string[];

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  channel = new Channel();
  tiles = new Tiles();
  silent = [];
  pixels = new Pixels(channel, tiles, {
    changed: () => {},
    silent: (what) => silent.push(what),
  });
});
afterEach(() => mock.timers.reset());

function answer(request: number, places: TilePlace[], done = true) {
  channel.say(
    {
      kind: "tiles",
      request,
      level: 0,
      dtype: "uint8",
      tiles: places.map((tile, buffer) => ({ tile, channel: 0, shape: [1, 2], buffer })),
      done,
    },
    places.map(() => new DataView(new Uint8Array([9, 3, 4]).buffer, 1)),
  );
}

describe("the pixel channel", () => {
  test("asks for a viewport at once, and not again while it waits", () => {
    pixels.want({ wants: [{ ...want(0, [0, 0], [0, 1]), channels: [0, 1] }], keep: nothingKept });
    pixels.want({ wants: [{ ...want(0, [0, 0], [0, 1]), channels: [0, 1] }], keep: nothingKept });
    mock.timers.tick(100);
    const [request, ...others] = channel.requests();
    assert.equal(others.length, 0);
    assert.deepEqual(
      { ...request, request: 0 },
      {
        kind: "tiles",
        request: 0,
        level: 0,
        indices,
        channels: [0, 1],
        tiles: [
          [0, 0],
          [0, 1],
        ],
        packing: "deflate-raw",
      },
    );
  });

  test("asks for fine tiles when the coarse ones are there", () => {
    pixels.want({ wants: [want(2, [0, 0]), want(0, [3, 3])], keep: nothingKept });
    assert.deepEqual(
      channel.requests().map((message) => message.level),
      [2],
    );
    answer(channel.requests()[0]?.request ?? -1, [[0, 0]]);
    mock.timers.tick(100);
    assert.deepEqual(
      channel.requests().map((message) => message.level),
      [2, 0],
    );
    assert.equal(tiles.valueAt({ source: "", level: 2, indices }, 0, 1, 0), 4);
  });

  test("cancels what is stale, keeps what is still good", () => {
    pixels.want({ wants: [want(0, [0, 0])], keep: nothingKept });
    const kept = tileKey({ source: "", level: 0, indices }, 0, [0, 0]);
    pixels.want({ wants: [want(0, [5, 5])], keep: (key) => key === kept });
    mock.timers.tick(100);
    assert.equal(channel.sent.filter((message) => message.kind === "cancel").length, 0);
    pixels.want({ wants: [want(0, [5, 5])], keep: nothingKept });
    mock.timers.tick(100);
    const first = channel.requests()[0]?.request;
    assert.deepEqual(
      channel.sent.filter((message) => message.kind === "cancel"),
      [{ kind: "cancel", requests: [first] }],
    );
    assert.equal(pixels.outstanding, 1);
  });

  test("ignores the answers to others", () => {
    pixels.want({ wants: [want(0, [0, 0])], keep: nothingKept });
    answer(12345, [[0, 0]]);
    assert.ok(!tiles.settled(tileKey({ source: "", level: 0, indices }, 0, [0, 0])));
  });

  test("what fails is not asked for until one says so", () => {
    const one = { wants: [want(0, [0, 0])], keep: nothingKept };
    pixels.want(one);
    const request = channel.requests()[0]?.request ?? -1;
    channel.say({ kind: "error", request, message: "The bucket refused the key (403)." });
    pixels.want(one);
    mock.timers.tick(100);
    assert.equal(channel.requests().length, 1);
    assert.equal(
      tiles.failure(tileKey({ source: "", level: 0, indices }, 0, [0, 0])),
      "The bucket refused the key (403).",
    );
    pixels.again();
    mock.timers.tick(100);
    assert.equal(channel.requests().length, 2);
  });

  test("an answer that leaves out tiles does not make it ask for ever", () => {
    pixels.want({ wants: [want(0, [0, 0], [0, 1])], keep: nothingKept });
    answer(channel.requests()[0]?.request ?? -1, [[0, 0]]);
    mock.timers.tick(100);
    assert.equal(channel.requests().length, 1);
    assert.equal(tiles.failure(tileKey({ source: "", level: 0, indices }, 0, [0, 1])), words.tileLeftOut);
  });

  test("buffers of a wrong size are an error in words", () => {
    pixels.want({ wants: [want(0, [0, 0])], keep: nothingKept });
    channel.say(
      {
        kind: "tiles",
        request: channel.requests()[0]?.request ?? -1,
        level: 0,
        dtype: "uint16",
        tiles: [{ tile: [0, 0], channel: 0, shape: [2, 2], buffer: 0 }],
        done: true,
      },
      [new DataView(new ArrayBuffer(3))],
    );
    assert.match(
      tiles.failure(tileKey({ source: "", level: 0, indices }, 0, [0, 0])) ?? "",
      /3 bytes where 8/,
    );
  });

  test("says so when the kernel is silent, and takes it back", () => {
    pixels.want({ wants: [want(0, [0, 0], [0, 1])], keep: nothingKept });
    mock.timers.tick(9_900);
    assert.deepEqual(silent, []);
    mock.timers.tick(200);
    assert.deepEqual(silent, [words.kernelSilent]);
    answer(channel.requests()[0]?.request ?? -1, [[0, 0]], false);
    assert.equal(silent.at(-1), "");
  });

  test("sends nothing over a closed comm", () => {
    channel.emit("comm:close");
    assert.deepEqual(silent, [words.kernelGone]);
    pixels.want({ wants: [want(0, [0, 0])], keep: nothingKept });
    mock.timers.tick(20_000);
    assert.deepEqual(channel.sent, []);
  });

  test("leaves no listener and no open request behind", () => {
    pixels.want({ wants: [want(0, [0, 0])], keep: nothingKept });
    pixels.dispose();
    assert.equal(channel.sent.at(-1)?.kind, "cancel");
    assert.ok(Object.values(channel.handlers).every((handlers) => handlers.length === 0));
  });
});
