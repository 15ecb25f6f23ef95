/**
 * What answers a view where there is no kernel: the page reads the store itself.
 *
 * It takes the messages that the kernel takes, and answers those that need nothing but the store.
 */
import { indicesAtLevel, levelOf, planeOf, TILE } from "../levels";
import type { LabelInfo, PixelModel, Pyramid, TilePlace, Wire } from "../types";
import { contrastOf } from "./contrast";
import { textOf } from "./modules";
import { NotWanted, type Reader, type Source } from "./reader";
import type { Span } from "./windows";
import { pageWords } from "./words";

/** Rows and columns of a plane that are looked at for its contrast. */
const SAMPLE = 1024;

/** What a page knows of an image beside its state. */
export interface Known {
  image: Pyramid;
  labels: Record<string, LabelInfo>;
  /** 256 colours of 8 bits each, in base 64, by name. */
  colormaps: Record<string, string>;
}

type Message = { kind: string; request: number } & Record<string, unknown>;
type Hear = (message: unknown, buffers: DataView[]) => void;

export class PageKernel implements PixelModel {
  readonly comm_live = true;
  private readonly heard = new Set<Hear>();
  private readonly cancelled = new Set<number>();
  private readonly open = new Set<number>();

  constructor(
    private readonly reader: Reader,
    private readonly known: Known,
  ) {}

  on(name: string, hear: (...args: never[]) => void): void {
    if (name === "msg:custom") this.heard.add(hear as Hear);
  }

  off(_name: string, hear: (...args: never[]) => void): void {
    this.heard.delete(hear as Hear);
  }

  send(content: unknown): void {
    const message = content as Message;
    if (message.kind === "cancel") {
      for (const request of message.requests as number[])
        if (this.open.has(request)) this.cancelled.add(request);
      return;
    }
    const { request } = message;
    this.open.add(request);
    // Never before `send` has returned: the view would not know yet what it has asked.
    queueMicrotask(async () => {
      try {
        await this.answer(message);
      } catch (error) {
        this.say({ kind: "error", request, message: pageWords.failed(error) });
      } finally {
        this.open.delete(request);
        this.cancelled.delete(request);
      }
    });
  }

  private say(message: object, buffers: DataView[] = []): void {
    for (const hear of this.heard) hear(message, buffers);
  }

  private async answer(message: Message): Promise<void> {
    const { kind, request } = message;
    if (kind === "tiles") await this.tiles(message);
    else if (kind === "contrast") await this.contrast(message);
    else if (kind === "colormap") this.colormap(request, String(message.name));
    else if (kind === "part") this.say({ kind, request }, [new DataView(await textOf(String(message.part)))]);
    else if (kind === "labels") this.labels(request, String(message.labels));
    else if (kind === "properties") this.say({ kind, request, properties: null });
    else throw new Error(pageWords.needsKernel);
  }

  private source(name: unknown): Source {
    if (!name) return { info: this.known.image, prefix: "", ids: false };
    if (!String(name).startsWith("labels/")) throw new Error(pageWords.needsKernel);
    const labels = String(name).replace(/^labels\//, "");
    const info = this.known.labels[labels];
    if (!info) throw new Error(pageWords.noLabels);
    return { info, prefix: `labels/${labels}/`, ids: true };
  }

  private async tiles(message: Message): Promise<void> {
    const { request } = message;
    const source = this.source(message.source);
    const level = Number(message.level);
    const { width, height } = planeOf(source.info, level);
    const wanted = () => !this.cancelled.has(request);
    const indices = message.indices as number[];
    const one = async (place: TilePlace, channel: number): Promise<void> => {
      const [row, column] = place;
      const rows: Span = { start: row * TILE, stop: Math.min((row + 1) * TILE, height) };
      const columns: Span = { start: column * TILE, stop: Math.min((column + 1) * TILE, width) };
      const at = this.at(source, indices, channel);
      const shape = [rows.stop - rows.start, columns.stop - columns.start];
      const base = { tile: place, channel, shape };
      const said = { kind: "tiles", request, level, dtype: source.info.wire as Wire, done: false };
      try {
        const values = await this.reader.window(source, level, { rows, columns, at }, wanted);
        const bytes = new DataView(values.buffer, values.byteOffset, values.byteLength);
        if (wanted()) this.say({ ...said, tiles: [{ ...base, buffer: 0 }] }, [bytes]);
      } catch (error) {
        if (error instanceof NotWanted) return;
        if (wanted()) this.say({ ...said, tiles: [{ ...base, error: pageWords.failed(error) }] });
      }
    };
    const places = message.tiles as TilePlace[];
    const channels = message.channels as number[];
    await Promise.all(places.flatMap((place) => channels.map((channel) => one(place, channel))));
    if (wanted()) this.say({ kind: "tiles", request, level, dtype: source.info.wire, tiles: [], done: true });
  }

  private at({ info }: Source, indices: number[], channel: number): number[] {
    return indices.map((index, axis) => (axis === info.channel ? channel : index));
  }

  private async contrast({ request, channel, indices }: Message): Promise<void> {
    const source = this.source("");
    const level = source.info.levels.length - 1;
    const { width, height } = planeOf(source.info, level);
    const middle = (size: number): Span => {
      const start = Math.max(Math.floor((size - SAMPLE) / 2), 0);
      return { start, stop: Math.min(start + SAMPLE, size) };
    };
    const there = indicesAtLevel(source.info, level, indices as Record<string, number>);
    const at = this.at(source, there, Number(channel));
    const window = { rows: middle(height), columns: middle(width), at };
    const values = await this.reader.window(source, level, window, () => true);
    const whole = !levelOf(source.info, level).dtype.startsWith("float");
    this.say({ kind: "contrast", request, channel, ...contrastOf(values, whole) });
  }

  private colormap(request: number, name: string): void {
    const text = this.known.colormaps[name];
    if (!text) throw new Error(pageWords.needsKernel);
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    this.say({ kind: "colormap", request }, [new DataView(bytes.buffer)]);
  }

  private labels(request: number, name: string): void {
    const info = this.known.labels[name];
    if (!info) throw new Error(pageWords.noLabels);
    this.say({ kind: "labels", request, info: { ...info, properties: false } });
  }
}
