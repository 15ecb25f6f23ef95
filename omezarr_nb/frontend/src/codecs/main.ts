/** Codecs that browsers do not have, which a page loads when a chunk needs one: by their names in the metadata. */
import { decompress } from "fzstd";
import { blosc } from "./blosc";
import { broken, room } from "./copy";
import { lz4 } from "./lz4";

export type Decoder = (data: Uint8Array) => Uint8Array | Promise<Uint8Array>;

export const decoders: Record<"blosc" | "lz4" | "zstd", Decoder> = {
  blosc,
  zstd: (data) => decompress(data),
  // As numcodecs has it: the size of what was compressed, and one block.
  lz4: (data) => {
    if (data.length < 4) throw broken("LZ4", "it has no header");
    const size = new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true);
    const out = room(size, "LZ4");
    lz4(data.subarray(4), out);
    return out;
  },
};
