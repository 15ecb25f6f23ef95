/** Reads a store that is public on the web, with zarrita: chunks through a bounded cache, few at a time. */
import { type DataType, FetchStore, open, type Readable, root, type Array as ZarrArray } from "zarrita";
import { Cache } from "../cache";
import { levelOf } from "../levels";
import type { Pyramid, Wire } from "../types";
import { emptyOf, type Values } from "../wire";
import { fetchPatiently } from "./patience";
import { type Chunk, chunksOf, copyChunk, type Stored, toWire, type Window } from "./windows";

/** Bytes of decoded chunks that a page keeps for one view. */
const BUDGET = 128 * 2 ** 20;
/** Chunks that are on their way at once. */
const SLOTS = 8;

type Opened = ZarrArray<DataType, Readable>;

/** Where an image or labels lie. */
export interface Source {
  info: Pyramid;
  /** Of the store, and the path of the image in it: "" or "labels/nuclei/". */
  prefix: string;
  ids: boolean;
}

interface Loading {
  start: () => void;
  /** Whether anybody who asked still wants it. */
  wanted: (() => boolean)[];
  chunk: Promise<Chunk>;
}

export class NotWanted extends Error {}

export class Reader {
  private readonly place: ReturnType<typeof root<FetchStore>>;
  private readonly arrays = new Map<string, Promise<Opened>>();
  private readonly chunks = new Cache<Chunk>(BUDGET);
  private readonly loading = new Map<string, Loading>();
  private readonly queue: string[] = [];
  private busy = 0;

  constructor(
    url: string,
    private readonly format: 2 | 3,
  ) {
    this.place = root(new FetchStore(url, { fetch: (request) => fetchPatiently(request) }));
  }

  /** The array of a level; its metadata is read once. */
  array(source: Source, level: number): Promise<Opened> {
    const path = source.prefix + levelOf(source.info, level).path;
    const known = this.arrays.get(path);
    if (known) return known;
    const opened = this.open(path);
    this.arrays.set(path, opened);
    opened.catch(() => this.arrays.delete(path));
    return opened;
  }

  /** The pixels of a window, row by row. Rejects with `NotWanted` where `wanted` is false before all was read. */
  async window(source: Source, level: number, window: Window, wanted: () => boolean): Promise<Values> {
    const array = await this.array(source, level);
    const { info } = source;
    const places = chunksOf(info, array.chunks, window);
    const chunks = await Promise.all(places.map((place) => this.chunk(array, source, place, wanted)));
    const width = window.columns.stop - window.columns.start;
    const height = window.rows.stop - window.rows.start;
    const out = emptyOf(info.wire as Wire, width * height);
    places.forEach((place, n) => {
      const chunk = chunks[n];
      if (chunk) copyChunk(info, array.chunks, window, place, chunk, out);
    });
    return out;
  }

  private async open(path: string): Promise<Opened> {
    // What a file says never leads out of its store.
    if (path.split("/").some((part) => part === ".." || part === ".")) throw new Error(`no path: ${path}`);
    const where = this.place.resolve(path);
    return this.format === 2 ? open.v2(where, { kind: "array" }) : open.v3(where, { kind: "array" });
  }

  private chunk(array: Opened, source: Source, place: number[], wanted: () => boolean): Promise<Chunk> {
    const key = `${array.path}/${place.join(",")}`;
    const known = this.chunks.get(key);
    if (known) return Promise.resolve(known);
    const coming = this.loading.get(key);
    if (coming) {
      coming.wanted.push(wanted);
      return coming.chunk;
    }
    let start = () => {};
    const turn = new Promise<void>((go) => {
      start = go;
    });
    const one: Loading = {
      start,
      wanted: [wanted],
      chunk: Promise.resolve({ values: emptyOf("uint8", 0), stride: [] }),
    };
    one.chunk = turn.then(() => this.load(array, source, place, key, one));
    one.chunk.catch(() => {});
    this.loading.set(key, one);
    this.queue.push(key);
    this.next();
    return one.chunk;
  }

  private async load(
    array: Opened,
    source: Source,
    place: number[],
    key: string,
    one: Loading,
  ): Promise<Chunk> {
    try {
      if (!one.wanted.some((isWanted) => isWanted())) throw new NotWanted();
      const { data, stride } = await array.getChunk(place);
      const chunk = {
        values: toWire(data as unknown as Stored, source.info.wire as Wire, source.ids),
        stride,
      };
      this.chunks.set(key, chunk, chunk.values.byteLength);
      this.chunks.trim((other) => other === key);
      return chunk;
    } finally {
      this.loading.delete(key);
      this.busy -= 1;
      this.next();
    }
  }

  private next(): void {
    while (this.busy < SLOTS) {
      const key = this.queue.shift();
      if (key === undefined) return;
      this.busy += 1;
      this.loading.get(key)?.start();
    }
  }
}
