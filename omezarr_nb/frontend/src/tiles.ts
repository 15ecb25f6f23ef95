/** The tiles of a view: their pixels, or why they could not be read. */
import { Cache } from "./cache";
import { TILE } from "./levels";
import { type PlaneOfLevel, tileKey, WIRE_BYTES } from "./plan";
import type { TileAnswer, TilePlace, Wire } from "./types";
import { ARRAYS, type Values } from "./wire";

export interface Tile {
  wire: Wire;
  width: number;
  height: number;
  /** One value for all pixels, or one for each, row by row. */
  values: Values;
  uniform: boolean;
}

/** Bytes of tiles that one view holds, and of textures that all views of a page have on the GPU. */
export const BUDGET = 192 * 2 ** 20;
/** What a view keeps while it is off screen. */
const BUDGET_AWAY = 32 * 2 ** 20;

export class Tiles {
  private readonly loaded = new Cache<Tile>(BUDGET, (_, key) => this.dropped(key));
  private readonly failed = new Map<string, string>();
  /** Of tiles that are others by now, and drawn until these come. */
  private readonly outdated = new Set<string>();

  /** Called with the key of each tile that is thrown out. */
  onDrop: (key: string) => void = () => {};

  /** Loaded or failed: not to be asked for. */
  settled(key: string): boolean {
    return (this.loaded.has(key) && !this.outdated.has(key)) || this.failed.has(key);
  }

  /** Some tiles are others by now: they are asked for anew when they are wanted, and drawn until then. */
  renew(changed: (key: string) => boolean): void {
    for (const key of this.loaded.keys()) if (changed(key)) this.outdated.add(key);
  }

  get(key: string): Tile | undefined {
    return this.loaded.get(key);
  }

  failure(key: string): string | undefined {
    return this.failed.get(key);
  }

  fail(key: string, words: string): void {
    this.failed.set(key, words);
  }

  forgetFailures(): void {
    this.failed.clear();
  }

  /** Take the kernel's answer for one tile. */
  take(key: string, wire: Wire, answer: TileAnswer, buffers: DataView[]): void {
    if (answer.error !== undefined) {
      this.fail(key, answer.error);
      return;
    }
    const tile = decode(wire, answer, buffers);
    if (typeof tile === "string") {
      this.fail(key, tile);
      return;
    }
    this.failed.delete(key);
    this.outdated.delete(key);
    this.loaded.set(key, tile, tile.values.byteLength);
  }

  private dropped(key: string): void {
    this.outdated.delete(key);
    this.onDrop(key);
  }

  trim(inUse: (key: string) => boolean): void {
    this.loaded.trim(inUse);
  }

  /** Keep little while nobody looks. */
  rest(): void {
    this.loaded.trim(() => false, BUDGET_AWAY);
  }

  clear(): void {
    this.loaded.clear();
    this.failed.clear();
  }

  /** The value at a pixel of a level, where its tile is there. */
  valueAt(plane: PlaneOfLevel, channel: number, col: number, row: number): number | bigint | undefined {
    const place: TilePlace = [Math.floor(row / TILE), Math.floor(col / TILE)];
    const tile = this.loaded.peek(tileKey(plane, channel, place));
    if (!tile) return undefined;
    return tile.uniform ? tile.values[0] : tile.values[(row % TILE) * tile.width + (col % TILE)];
  }
}

/** The tile, or in words what is wrong with the answer. */
function decode(wire: Wire, answer: TileAnswer, buffers: DataView[]): Tile | string {
  const [height, width] = answer.shape;
  const ArrayType = ARRAYS[wire];
  if (!ArrayType) return `The kernel sent pixels of the unknown type ${wire}.`;
  if (answer.buffer === undefined) {
    return { wire, width, height, values: one(wire, answer.value ?? 0), uniform: true };
  }
  const bytes = buffers[answer.buffer];
  const expected = width * height * WIRE_BYTES[wire];
  if (!bytes || bytes.byteLength !== expected) {
    return `The kernel sent ${bytes?.byteLength ?? 0} bytes where ${expected} were expected.`;
  }
  // A copy: it is aligned, and the message that it came with can go.
  const start = bytes.byteOffset;
  const values = new ArrayType(bytes.buffer.slice(start, start + expected) as ArrayBuffer);
  return { wire, width, height, values, uniform: false };
}

function one(wire: Wire, value: number | string): Values {
  if (wire === "uint64") return BigUint64Array.of(BigInt(value));
  return ARRAYS[wire].of(Number(value));
}
