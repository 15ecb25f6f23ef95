/** Blocks of LZ4 (lz4_Block_format.md of its sources): literals, and copies of what was written before. */
import { broken, copyWithin } from "./copy";

/** Decode a block, which must fill `out`. */
export function lz4(source: Uint8Array, out: Uint8Array): void {
  let from = 0;
  let to = 0;
  const byte = (): number => {
    const value = source[from++];
    if (value === undefined) throw broken("LZ4", "it ends too early");
    return value;
  };
  /** Four bits of a token, and what follows where they are not enough. */
  const count = (nibble: number): number => {
    let size = nibble;
    if (nibble < 15) return size;
    for (let more = 255; more === 255; ) {
      more = byte();
      size += more;
    }
    return size;
  };
  while (from < source.length) {
    const token = byte();
    const literals = count(token >> 4);
    if (from + literals > source.length || to + literals > out.length)
      throw broken("LZ4", "literals go beyond the end");
    for (const end = to + literals; to < end; ) out[to++] = source[from++] as number;
    if (from === source.length) break;
    const distance = byte() | (byte() << 8);
    to = copyWithin(out, to, distance, count(token & 15) + 4, "LZ4");
  }
  if (to !== out.length) throw broken("LZ4", `${to} bytes, where ${out.length} were to come`);
}
