/** Tiles that come packed: their bytes sorted by their place in the number, then deflated. */
import { WIRE_BYTES } from "./plan";
import type { TileAnswer, Wire } from "./types";

/** What is asked for; "" in a browser that has no decoder for it. */
export const PACKING = canUnpack() ? "deflate-raw" : "";

function canUnpack(): boolean {
  try {
    new DecompressionStream("deflate-raw");
    return true;
  } catch {
    return false;
  }
}

/** The buffers of a message, with those of packed tiles as they were; what cannot be unpacked is empty. */
export function unpacked(wire: Wire, tiles: TileAnswer[], buffers: DataView[]): Promise<DataView[]> {
  const packed = new Set(
    tiles.flatMap((tile) => (tile.packed && tile.buffer !== undefined ? [tile.buffer] : [])),
  );
  return Promise.all(
    buffers.map((bytes, at) =>
      packed.has(at) ? unpack(bytes, WIRE_BYTES[wire] ?? 1).catch(() => NOTHING) : bytes,
    ),
  );
}

const NOTHING = new DataView(new ArrayBuffer(0));

async function unpack(bytes: DataView, size: number): Promise<DataView> {
  // A copy for the stream: the message's own buffer may be shared by all of its parts.
  const stream = new Blob([bytes as DataView<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  const sorted = new Uint8Array(await new Response(stream).arrayBuffer());
  if (size === 1) return new DataView(sorted.buffer);
  const count = sorted.length / size;
  const numbers = new Uint8Array(sorted.length);
  for (let part = 0; part < size; part++) {
    const start = part * count;
    for (let at = 0; at < count; at++) numbers[at * size + part] = sorted[start + at] ?? 0;
  }
  return new DataView(numbers.buffer);
}
