// A stand-in for the widget's model and the kernel: answers tiles of a synthetic pyramid.
// `harness.start(options)` puts a view on the page; see `options` for what it draws and how it fails.
import { render } from "../../static/viewer.js";

const TILE = 256;
const CHANNEL_COLORS = ["#00ff00", "#ff00ff", "#00ffff", "#ffff00"];

/** A widget model of a few traits. */
class Model {
  constructor(values) {
    this.values = values;
    this.heard = new Map();
    this.saves = 0;
  }
  get(name) {
    return this.values[name];
  }
  set(name, value) {
    if (JSON.stringify(this.values[name]) === JSON.stringify(value)) return;
    this.values[name] = value;
    for (const listener of this.heard.get(`change:${name}`) ?? []) listener();
  }
  save_changes() {
    this.saves += 1;
  }
  on(name, listener) {
    this.heard.set(name, [...(this.heard.get(name) ?? []), listener]);
  }
  off(name, listener) {
    this.heard.set(
      name,
      (this.heard.get(name) ?? []).filter((one) => one !== listener),
    );
  }
}

/** The kernel's side of the pixel channel. */
class Pixels extends Model {
  constructor(options, info) {
    super({});
    this.options = options;
    this.info = info;
    this.messages = [];
    this.cancelled = new Set();
    this.comm_live = true;
  }
  send(message) {
    this.messages.push(message);
    if (message.kind === "cancel") for (const request of message.requests) this.cancelled.add(request);
    if (this.options.silent) return;
    if (message.kind === "tiles") setTimeout(() => this.answer(message), this.options.delay);
    if (message.kind === "contrast") {
      this.say({ kind: "contrast", request: message.request, channel: message.channel, limits: [100, 700] });
    }
  }
  say(message, buffers = []) {
    for (const listener of this.heard.get("msg:custom") ?? []) listener(message, buffers);
  }
  answer({ request, level, indices, channels, tiles }) {
    if (this.cancelled.has(request)) return;
    if (this.options.broken) {
      this.say({ kind: "error", request, message: this.options.broken });
      return;
    }
    const { info, options } = this;
    const buffers = [];
    const there = info.levels[level];
    const [height, width] = [there.shape[info.display.y], there.shape[info.display.x]];
    const answers = tiles.flatMap(([row, col]) =>
      channels.map((channel) => {
        const [h, w] = [Math.min(TILE, height - row * TILE), Math.min(TILE, width - col * TILE)];
        const base = { tile: [row, col], channel, shape: [h, w] };
        if (options.fails?.(level, row, col)) return { ...base, error: "The store answered 403." };
        const values = new Uint16Array(h * w);
        for (let y = 0; y < h; y++) {
          for (let x = 0; x < w; x++) {
            const place = worldOf(info, there, indices, row * TILE + y, col * TILE + x);
            values[y * w + x] = options.value(place, channel, level);
          }
        }
        buffers.push(new DataView(values.buffer));
        return { ...base, buffer: buffers.length - 1 };
      }),
    );
    this.say({ kind: "tiles", request, level, dtype: "uint16", tiles: answers, done: true }, buffers);
  }
}

function worldOf(info, level, indices, row, col) {
  const place = {};
  info.axes.forEach((axis, a) => {
    const pixel = a === info.display.y ? row : a === info.display.x ? col : indices[a];
    place[axis.name] = level.translation[a] + pixel * level.scale[a];
  });
  return place;
}

/** Rings, a grid and bright squares: something that shows where it is. */
function cells({ x, y, z = 0, t = 0 }, channel) {
  const [u, v] = [x / 40, y / 40];
  const cell = Math.hypot((u % 1) - 0.5, (v % 1) - 0.5);
  const size = 0.2 + 0.15 * Math.sin(Math.floor(u) * 12.9 + Math.floor(v) * 78.2 + z / 9 + t);
  if (channel === 0) return cell < size ? 900 - 1200 * cell : 40;
  return Math.abs(cell - size) < 0.05 ? 800 : 50 + 30 * Math.sin(u / 3);
}

const DEFAULTS = {
  name: "6001240",
  shape: [2, 60, 1440, 1920],
  scale: [1, 0.5, 0.36, 0.36],
  translation: [0, 0, 0, 0],
  axes: "czyx",
  factors: [1, 1, 2, 2],
  offset: true,
  count: 5,
  labels: ["LaminB1", "DAPI"],
  delay: 5,
  value: cells,
  width: null,
};

function levelsOf({ shape, scale, translation, factors, count, offset }) {
  return Array.from({ length: count }, (_, n) => {
    const times = factors.map((factor) => factor ** n);
    return {
      path: String(n),
      dtype: "uint16",
      shape: shape.map((size, a) => Math.max(Math.floor(size / times[a]), 1)),
      scale: scale.map((size, a) => size * times[a]),
      // Averaging f pixels moves the centre by (f - 1) / 2 pixels.
      translation: translation.map((from, a) => from + (offset ? ((times[a] - 1) / 2) * scale[a] : 0)),
    };
  });
}

const UNITS = { t: ["second", "s", "time"], c: [null, null, "channel"] };

function start(given = {}) {
  const options = { ...DEFAULTS, ...given };
  const names = [...options.axes];
  const channel = names.includes("c") ? names.indexOf("c") : null;
  const display = { y: names.indexOf("y"), x: names.indexOf("x") };
  const info = {
    name: options.name,
    version: "0.5",
    where: "/data/6001240.zarr",
    axes: names.map((name) => {
      const [unit, symbol, type] = UNITS[name] ?? ["micrometer", "µm", "space"];
      return { name, unit, symbol, type };
    }),
    display,
    channel,
    levels: options.levels ?? levelsOf(options),
    channels: options.labels.map((label) => ({ label })),
    dtype: "uint16",
    wire: "uint16",
    limits: [0, 1023],
    sliders: names.flatMap((_, a) => (a === channel || a === display.x || a === display.y ? [] : [a])),
    problems: options.problems ?? [],
    digest: "harness",
  };
  const count = options.labels.length;
  const model =
    options.model ??
    new Model({
      _info: info,
      level: "auto",
      shown_level: -1,
      indices: Object.fromEntries(info.sliders.map((a) => [names[a], options.index ?? 0])),
      visible: Array(count).fill(true),
      colors: CHANNEL_COLORS.slice(0, count),
      contrast_limits: Array.from({ length: count }, () => [0, 1000]),
      center: [],
      zoom: 0,
      height: 480,
      status: "loading",
      error: "",
      ...options.traits,
    });
  const el = document.createElement("div");
  if (options.width) el.style.width = `${options.width}px`;
  el.style.marginBottom = "16px";
  document.body.append(el);
  const pixels = options.pixels ?? new Pixels(options, info);
  const drawn = [];
  el.addEventListener("omezarr_nb:drawn", (event) => drawn.push(event.detail));
  const view = { model, pixels, el, drawn, options, end: render({ model, el, pixels }) };
  harness.views.push(view);
  return view;
}

const harness = { start, views: [], levelsOf, DEFAULTS };
globalThis.harness = harness;
