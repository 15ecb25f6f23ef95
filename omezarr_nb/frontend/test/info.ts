/** Images for the tests: `info` of a pyramid by its factors. */
import type { Axis, Info } from "../src/types";

const UNITS: Record<string, Partial<Axis>> = {
  t: { type: "time", unit: "second", symbol: "s" },
  c: { type: "channel", unit: null, symbol: null },
};

export interface Pyramid {
  axes: string;
  shape: number[];
  scale: number[];
  factors: number[];
  count: number;
  translation?: number[];
  channels?: number;
}

export function infoOf({ axes, shape, scale, factors, count, translation, channels = 1 }: Pyramid): Info {
  const names = [...axes];
  const channel = names.indexOf("c");
  const display = { y: names.indexOf("y"), x: names.indexOf("x") };
  return {
    name: "image",
    version: "0.5",
    where: "memory://image",
    axes: names.map((name) => ({ name, type: "space", unit: "micrometer", symbol: "µm", ...UNITS[name] })),
    display,
    channel: channel < 0 ? null : channel,
    levels: Array.from({ length: count }, (_, n) => ({
      path: String(n),
      dtype: "uint16",
      shape: shape.map((size, a) => Math.max(Math.floor(size / (factors[a] ?? 1) ** n), 1)),
      scale: scale.map((size, a) => size * (factors[a] ?? 1) ** n),
      translation: scale.map(
        (size, a) => (translation?.[a] ?? 0) + (((factors[a] ?? 1) ** n - 1) / 2) * size,
      ),
    })),
    channels: Array.from({ length: channels }, (_, c) => ({ label: `channel ${c}` })),
    dtype: "uint16",
    wire: "uint16",
    limits: [0, 65535],
    sliders: names.flatMap((_, a) => (a === channel || a === display.y || a === display.x ? [] : [a])),
    problems: [],
    digest: "",
    labels: [],
  };
}
