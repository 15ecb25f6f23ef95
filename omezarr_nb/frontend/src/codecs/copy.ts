/** What the decoders have in common. */

/** Bytes that a chunk has at most: what a header of four bytes says may be anything. */
const MOST = 2 ** 30;

export const broken = (codec: string, why: string): Error => new Error(`This is no ${codec} data: ${why}.`);

/** Repeat `size` bytes that lie `distance` before `to`, those just written among them; the place after them. */
export function copyWithin(
  out: Uint8Array,
  to: number,
  distance: number,
  size: number,
  codec: string,
): number {
  if (distance < 1 || distance > to) throw broken(codec, "a copy begins before the first byte");
  if (to + size > out.length) throw broken(codec, "a copy goes beyond the end");
  const end = to + size;
  if (distance >= size && size > 32) out.copyWithin(to, to - distance, end - distance);
  else for (let at = to; at < end; at++) out[at] = out[at - distance] as number;
  return end;
}

/** Where a chunk of so many bytes comes to. */
export function room(size: number, codec: string): Uint8Array {
  if (size > MOST) throw broken(codec, `it says that it has ${size} bytes`);
  return new Uint8Array(size);
}
