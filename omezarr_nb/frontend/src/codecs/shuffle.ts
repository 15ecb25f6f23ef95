/** The two ways in which Blosc orders bytes before it compresses them, undone (shuffle.c of c-blosc 1.21). */

/** Byte n of all values lies together: `source` has first all first bytes. What is no whole value comes last. */
export function unshuffle(source: Uint8Array, size: number, out: Uint8Array): void {
  const count = Math.floor(source.length / size);
  for (let byte = 0; byte < size; byte++) {
    let from = byte * count;
    for (let to = byte; to < count * size; to += size) out[to] = source[from++] as number;
  }
  out.set(source.subarray(count * size), count * size);
}

/** Bit n of all values lies together, where their number can be divided by eight; else nothing was moved. */
export function bitUnshuffle(source: Uint8Array, size: number, out: Uint8Array): void {
  const count = Math.floor(source.length / size);
  if (count % 8) {
    out.set(source);
    return;
  }
  const row = count / 8;
  for (let byte = 0; byte < size; byte++) {
    for (let eight = 0; eight < row; eight++) {
      const at = byte * 8 * row + eight;
      // Eight rows of eight bits, transposed (Hacker's Delight, 7-3), the first bit the lowest.
      let low = bytesAt(source, at, row);
      let high = bytesAt(source, at + 4 * row, row);
      let swap = (low ^ (low >>> 7)) & 0x00aa00aa;
      low ^= swap ^ (swap << 7);
      swap = (high ^ (high >>> 7)) & 0x00aa00aa;
      high ^= swap ^ (swap << 7);
      swap = (low ^ (low >>> 14)) & 0x0000cccc;
      low ^= swap ^ (swap << 14);
      swap = (high ^ (high >>> 14)) & 0x0000cccc;
      high ^= swap ^ (swap << 14);
      swap = ((low >>> 4) ^ high) & 0x0f0f0f0f;
      low ^= swap << 4;
      high ^= swap;
      let to = eight * 8 * size + byte;
      for (const half of [low, high])
        for (let shift = 0; shift < 32; shift += 8) {
          out[to] = half >>> shift;
          to += size;
        }
    }
  }
  out.set(source.subarray(count * size), count * size);
}

/** Four bytes, one of each row, the first the lowest. */
function bytesAt(source: Uint8Array, at: number, row: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [
    source[at],
    source[at + row],
    source[at + 2 * row],
    source[at + 3 * row],
  ];
  return a | (b << 8) | (c << 16) | (d << 24);
}
