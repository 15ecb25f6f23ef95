/**
 * Blosc 1 (README_CHUNK_FORMAT.rst of c-blosc 1.21): blocks, each of one stream or of one for each byte of a value,
 * whose bytes or bits were put in another order. The one library that has it (numcodecs) has its encoders, too: 1.4 MB.
 */
import { decompress as zstd } from "fzstd";
import { blosclz } from "./blosclz";
import { broken, room } from "./copy";
import { lz4 } from "./lz4";
import { bitUnshuffle, unshuffle } from "./shuffle";

const HEADER = 16;
/** Of its flags. */
const SHUFFLED = 1;
const STORED = 2;
const BIT_SHUFFLED = 4;
const NOT_SPLIT = 16;
/** Values of more bytes, and blocks of fewer values, are never split. */
const MOST_SPLITS = 16;
const FEWEST_VALUES = 128;

type Decode = (source: Uint8Array, out: Uint8Array) => void | Promise<void>;

/** By the number that the header has for each; number 2 (Snappy) is written by nobody any more. */
const STREAMS: (Decode | undefined)[] = [
  blosclz,
  lz4,
  undefined,
  async (source, out) => fill(out, await inflated(source)),
  (source, out) => fill(out, zstd(source)),
];

/** The bytes that were compressed. */
export async function blosc(data: Uint8Array): Promise<Uint8Array> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < HEADER) throw broken("Blosc", "it has no header");
  if (view.getUint8(0) > 2) throw broken("Blosc 1", `its version is ${view.getUint8(0)}`);
  const flags = view.getUint8(2);
  const size = view.getUint8(3);
  const total = view.getUint32(4, true);
  const blockSize = view.getUint32(8, true);
  if (view.getUint32(12, true) !== data.length || !size) throw broken("Blosc", "its header is of other data");
  if (flags & STORED) {
    if (total !== data.length - HEADER) throw broken("Blosc", "its header is of other data");
    return data.slice(HEADER);
  }
  if (total === 0) return new Uint8Array();
  const blocks = Math.ceil(total / blockSize);
  if (!(HEADER + 4 * blocks <= data.length)) throw broken("Blosc", "it ends too early");
  const decode = STREAMS[flags >> 5];
  if (!decode) throw new Error("This was compressed with Snappy or another codec that a page does not know.");
  const out = room(total, "Blosc");
  for (let block = 0; block < blocks; block++) {
    const target = out.subarray(block * blockSize, (block + 1) * blockSize);
    const whole = target.length === blockSize && Math.floor(blockSize / size) >= FEWEST_VALUES;
    const splits = whole && size <= MOST_SPLITS && !(flags & NOT_SPLIT) ? size : 1;
    const bytes = flags & SHUFFLED && size > 1;
    const bits = flags & BIT_SHUFFLED && blockSize >= size;
    const plain = bytes || bits ? new Uint8Array(target.length) : target;
    await decodeBlock(data, view.getUint32(HEADER + 4 * block, true), splits, decode, plain);
    if (bytes) unshuffle(plain, size, target);
    else if (bits) bitUnshuffle(plain, size, target);
  }
  return out;
}

async function decodeBlock(
  data: Uint8Array,
  start: number,
  splits: number,
  decode: Decode,
  out: Uint8Array,
): Promise<void> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const share = Math.floor(out.length / splits);
  let from = start;
  for (let split = 0; split < splits; split++) {
    if (from + 4 > data.length) throw broken("Blosc", "it ends too early");
    const length = view.getUint32(from, true);
    from += 4;
    if (from + length > data.length) throw broken("Blosc", "it ends too early");
    const stream = data.subarray(from, from + length);
    const target = out.subarray(split * share, (split + 1) * share);
    // What did not become smaller was left as it is.
    if (length === share) target.set(stream);
    else {
      const done = decode(stream, target);
      if (done) await done;
    }
    from += length;
  }
}

function fill(out: Uint8Array, decoded: Uint8Array): void {
  if (decoded.length !== out.length)
    throw broken("Blosc", `${decoded.length} bytes, where ${out.length} were to come`);
  out.set(decoded);
}

async function inflated(source: Uint8Array): Promise<Uint8Array> {
  const plain = new Blob([source as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}
