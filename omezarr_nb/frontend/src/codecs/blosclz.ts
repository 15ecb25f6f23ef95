/** BloscLZ, Blosc's own form of FastLZ (blosclz.c of c-blosc 1.21). */
import { broken, copyWithin } from "./copy";

/** Distances from here on have 16 bits of their own. */
const FAR = 8191;

/** Decode a stream, which must fill `out`. */
export function blosclz(source: Uint8Array, out: Uint8Array): void {
  let from = 0;
  let to = 0;
  const byte = (): number => {
    const value = source[from++];
    if (value === undefined) throw broken("BloscLZ", "it ends too early");
    return value;
  };
  // Of the first byte the upper bits are the format's.
  for (let control = byte() & 31; ; control = byte()) {
    if (control < 32) {
      const literals = control + 1;
      if (from + literals > source.length || to + literals > out.length)
        throw broken("BloscLZ", "literals go beyond the end");
      for (const end = to + literals; to < end; ) out[to++] = source[from++] as number;
    } else {
      let size = (control >> 5) + 2;
      if (size === 9)
        for (let more = 255; more === 255; ) {
          more = byte();
          size += more;
        }
      const low = byte();
      let distance = ((control & 31) << 8) + low;
      if (distance === FAR) distance += (byte() << 8) + byte();
      to = copyWithin(out, to, distance + 1, size, "BloscLZ");
    }
    if (from === source.length) break;
  }
  if (to !== out.length) throw broken("BloscLZ", `${to} bytes, where ${out.length} were to come`);
}
