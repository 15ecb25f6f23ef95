/** How the channels look: what the traits say, with the colour maps that the kernel has. */
import { type ChannelLook, rgb } from "./frame";
import type { Model } from "./model";
import type { Take } from "./pixels";
import type { Question } from "./types";

const WHITE: [number, number, number] = [1, 1, 1];

export class Looks {
  private readonly colormaps = new Map<string, Uint8Array | undefined>();

  constructor(
    private readonly model: Model,
    private readonly ask: (question: Question, take: Take) => void,
  ) {}

  /** Of all channels. A colour map that is not there yet is asked for; until it comes there is the colour. */
  all(): ChannelLook[] {
    const { model } = this;
    const grey = model.get("greyscale");
    return model.info.channels.map((_, c) => ({
      color: grey ? WHITE : rgb(model.get("colors")[c] ?? "#ffffff"),
      colormap: grey ? undefined : this.colormap(model.get("colormaps")[c] ?? ""),
      limits: model.get("contrast_limits")[c] ?? model.info.limits,
      gamma: model.get("gamma")[c] ?? 1,
      inverted: model.get("inverted")[c] ?? false,
      opacity: model.get("opacity")[c] ?? 1,
    }));
  }

  private colormap(name: string): Uint8Array | undefined {
    if (!name) return undefined;
    if (!this.colormaps.has(name)) {
      this.colormaps.set(name, undefined);
      this.ask({ kind: "colormap", name }, (answer, [bytes]) => {
        if (answer.kind !== "colormap" || bytes?.byteLength !== 768) this.colormaps.delete(name);
        else
          this.colormaps.set(
            name,
            new Uint8Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 768) as ArrayBuffer),
          );
      });
    }
    return this.colormaps.get(name);
  }
}
