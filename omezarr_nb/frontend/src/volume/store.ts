/** The volumes of a view: what is wanted of them is asked for part by part, what is not wanted any more is given up. */
import { Cache } from "../cache";
import type { Ask } from "../labels";
import { indicesAtLevel } from "../levels";
import { WIRE_BYTES } from "../plan";
import type { Indices } from "../planes";
import type { Answer, Wire } from "../types";
import { emptyOf, type Values } from "../wire";
import { gridOf } from "./geometry";
import { type Part, partsOf, VOLUME_BUDGET } from "./levels";
import type { Vec3 } from "./turn";
import type { Deep } from "./types";

/** Parts that are on their way at once: enough to keep the kernel busy, few enough to be given up. */
const IN_FLIGHT = 3;
/** Bytes that are kept while nobody looks. */
const AWAY = 32 * 2 ** 20;

/** A channel of a level that is wanted. */
export interface WantedVolume {
  key: string;
  /** "labels/nuclei", "" for the image. */
  source: string;
  level: number;
  channel: number;
  /** One for each axis, in the level's pixels. */
  indices: number[];
  size: Vec3;
  wire: Wire;
}

/** Channels of a level, at a place along the axes that are not drawn. */
export function wantedAt(
  info: Deep,
  { source, level, channels, at }: { source: string; level: number; channels: number[]; at: Indices },
): WantedVolume[] {
  const indices = indicesAtLevel(info, level, at);
  indices[info.volume?.axis ?? 0] = 0;
  const { size } = gridOf(info, level);
  const wire = info.wire as Wire;
  return channels.map((channel) => {
    const key = `${source}/${level}:${indices}/${channel}`;
    return { key, source, level, channel, indices, size, wire };
  });
}

export interface Volume extends WantedVolume {
  voxels: Values;
  /** Those that have come, in that order. */
  there: Part[];
  /** Why it does not come; "" where it does. */
  failed: string;
  missing: Part[];
  onTheWay: number;
}

export function isComplete({ missing, onTheWay, failed }: Volume): boolean {
  return missing.length === 0 && onTheWay === 0 && !failed;
}

export class Volumes {
  private readonly known = new Cache<Volume>(VOLUME_BUDGET);
  private readonly asked = new Map<symbol, { key: string; giveUp: () => void }>();
  private wanted: WantedVolume[] = [];

  constructor(
    private readonly ask: Ask,
    /** A part of a volume has come or failed. */
    private readonly changed: (volume: Volume) => void,
  ) {}

  /** Bytes that are held. */
  get bytes(): number {
    return this.known.bytes;
  }

  get(key: string): Volume | undefined {
    return this.known.get(key);
  }

  /** Say what is wanted now, in the order in which it is to come; `drawn` are on screen until then. */
  want(wanted: WantedVolume[], drawn: readonly string[]): void {
    this.wanted = wanted;
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [id, { key, giveUp }] of this.asked) {
      if (keys.has(key)) continue;
      this.asked.delete(id);
      giveUp();
    }
    for (const one of wanted) if (!this.known.has(one.key)) this.make(one);
    this.known.trim((key) => keys.has(key) || drawn.includes(key));
    this.request();
  }

  /** Try again what failed. */
  again(): void {
    this.known.deleteWhere((key) => this.known.peek(key)?.failed !== "");
  }

  /** Keep little while nobody looks. */
  rest(): void {
    this.giveUp();
    this.known.trim(() => false, AWAY);
  }

  clear(): void {
    this.giveUp();
    this.known.clear();
  }

  private giveUp(): void {
    this.wanted = [];
    const open = [...this.asked.values()];
    this.asked.clear();
    for (const { giveUp } of open) giveUp();
  }

  private make(want: WantedVolume): void {
    const [columns, rows, planes] = want.size;
    const voxels = emptyOf(want.wire, columns * rows * planes);
    const missing = partsOf(want.size, WIRE_BYTES[want.wire]);
    const volume = { ...want, voxels, there: [], failed: "", missing, onTheWay: 0 };
    this.known.set(want.key, volume, voxels.byteLength);
  }

  private request(): void {
    for (const { key } of this.wanted) {
      const volume = this.known.peek(key);
      while (volume && !volume.failed && volume.missing.length > 0) {
        if (this.asked.size >= IN_FLIGHT) return;
        const part = volume.missing.shift();
        if (part) this.send(volume, part);
      }
    }
  }

  private send(volume: Volume, part: Part): void {
    const id = Symbol();
    const { key, source, level, channel, indices } = volume;
    volume.onTheWay += 1;
    const question = {
      kind: "volume",
      level,
      channel,
      indices,
      box: part,
      ...(source && { source }),
    } as const;
    const stop = this.ask(question, (answer, [buffer]) => {
      this.asked.delete(id);
      volume.onTheWay -= 1;
      volume.failed ||= take(volume, part, answer, buffer);
      this.request();
      this.changed(volume);
    });
    const giveUp = () => {
      volume.onTheWay -= 1;
      volume.missing.unshift(part);
      stop();
    };
    this.asked.set(id, { key, giveUp });
  }
}

/** Put a part where it belongs; returns in words why it cannot be, or "". */
function take(volume: Volume, part: Part, answer: Answer, buffer: DataView | undefined): string {
  if (answer.kind === "error") return answer.message;
  if (answer.kind !== "volume" || answer.dtype !== volume.wire) return "The kernel sent something else.";
  const [fromPlane, toPlane, fromRow, toRow] = part;
  const [columns, rows] = volume.size;
  const start = (fromPlane * rows + fromRow) * columns;
  const count = (toPlane - fromPlane) * (toRow - fromRow) * columns;
  if (answer.value !== undefined) {
    const { voxels } = volume;
    if (voxels instanceof BigUint64Array) voxels.fill(BigInt(answer.value), start, start + count);
    else voxels.fill(Number(answer.value), start, start + count);
  } else {
    const expected = count * WIRE_BYTES[volume.wire];
    if (buffer?.byteLength !== expected) {
      return `The kernel sent ${buffer?.byteLength ?? 0} bytes where ${expected} were expected.`;
    }
    const bytes = new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, expected);
    new Uint8Array(volume.voxels.buffer, start * WIRE_BYTES[volume.wire], expected).set(bytes);
  }
  volume.there.push(part);
  return "";
}
