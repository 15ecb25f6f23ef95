/** The values of channels that are not shown, under a pointer that rests: the kernel is asked for them. */
import type { Feature, Host, Place } from "../features";
import { pixelAt, planeOf } from "../levels";
import { short } from "../units";
import { words } from "../words";

/** The pointer has rested after this long. */
const REST = 200;
/** So many channels are listed, the others are counted. */
const LISTED = 12;

interface Known {
  key: string;
  text: string;
}

export function valuesFeature(host: Host): Feature {
  const { model } = host;
  const { info } = model;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let known: Known | null = null;
  let asked = "";

  const hidden = (): number[] => {
    const own = info.layers?.[0]?.first ?? info.channels.length;
    return model.get("visible").flatMap((on, channel) => (!on && channel < own ? [channel] : []));
  };
  /** The pixel of the level on screen, and the plane: what the values belong to. */
  const keyOf = (x: number, y: number) => {
    const level = model.get("shown_level");
    const pixel = level >= 0 && level < info.levels.length ? pixelAt(planeOf(info, level), x, y) : null;
    if (!pixel) return null;
    const { row, col } = pixel;
    const question = { level, row, column: col, indices: host.shown(), channels: hidden().slice(0, LISTED) };
    return { question, key: JSON.stringify(question) };
  };
  const ask = (place: Place): void => {
    const { x, y } = host.toWorld(place);
    const found = keyOf(x, y);
    if (!found || found.question.channels.length === 0 || found.key === asked) return;
    asked = found.key;
    host.ask({ kind: "values", ...found.question }, (answer) => {
      if (answer.kind !== "values") return;
      const texts = found.question.channels.map((channel, position) => {
        const value = answer.values[position];
        return `${info.channels[channel]?.label ?? channel} ${typeof value === "number" ? short(value, 5) : "–"}`;
      });
      const more = hidden().length - texts.length;
      known = { key: found.key, text: words.hidden(texts, more) };
      host.draw();
    });
  };

  return {
    hover: (place) => {
      clearTimeout(timer);
      if (place && !host.replaced() && hidden().length > 0) timer = setTimeout(() => ask(place), REST);
    },
    after: (x, y) => (known && known.key === keyOf(x, y)?.key ? known.text : ""),
    dispose: () => clearTimeout(timer),
  };
}
