/** The pixel channel: few requests in flight, stale ones cancelled, answers put where they belong. */
import { PACKING, unpacked } from "./packed";
import { keysOf, missing, type Pending, stale, tileKey, type Want } from "./plan";
import type { Tiles } from "./tiles";
import type { Answer, FromKernel, PixelModel, Question, ToKernel } from "./types";
import { words } from "./words";

/** No answer to anything for this long: the kernel is busy or gone. */
const PATIENCE = 10_000;
/** Requests closer together than this are made into one. */
const PAUSE = 40;
/** More requests than this at once only stand in one another's way. */
const IN_FLIGHT = 4;

export interface Wanted {
  /** In the order in which they are to come; each waits until the one before is all there. */
  wants: Want[];
  /** Tiles that are still good to have when they come, though nobody would ask for them now. */
  keep: (key: string) => boolean;
}

export interface PixelEvents {
  /** Something came or failed; or what is outstanding changed. */
  changed: () => void;
  /** The kernel answers no more (words), or does so again (""). */
  silent: (what: string) => void;
}

export type Take = (answer: Answer, buffers: DataView[]) => void;

export class Pixels {
  private readonly pending = new Map<number, Pending>();
  private readonly questions = new Map<number, Take>();
  private wanted: Wanted = { wants: [], keep: () => false };
  // Every view and page hears all answers: ids start at random so that none takes another's.
  private next = Math.floor(Math.random() * 2 ** 31) * 2 ** 20;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private lastSent = Number.NEGATIVE_INFINITY;
  private closed = false;
  /** Answers with tiles until now. */
  arrivals = 0;
  /** Messages whose tiles are being unpacked, and when the last one's are. */
  private unpacking = 0;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly model: PixelModel,
    private readonly tiles: Tiles,
    private readonly events: PixelEvents,
  ) {
    model.on("msg:custom", this.hear);
    model.on("comm:close", this.close);
    model.on("comm_live_update", this.live);
    this.live();
  }

  /** Requests that have not been answered to the end. */
  get outstanding(): number {
    return this.pending.size;
  }

  /** Say what is wanted now; requests follow at once, or after a short pause where many changes come together. */
  want(wanted: Wanted): void {
    this.wanted = wanted;
    this.schedule();
  }

  /**
   * Ask what is answered once. An answer of the kind "error" says in words why there is no other. What is returned
   * gives the question up: it is not answered any more.
   */
  ask(question: Question, take: Take): () => void {
    const request = this.next++;
    if (this.closed) {
      // Never before who asks knows how to give it up.
      const timer = setTimeout(() => take({ kind: "error", request, message: words.kernelGone }, []));
      return () => clearTimeout(timer);
    }
    this.questions.set(request, take);
    this.send({ ...question, request });
    this.wait();
    return () => {
      if (!this.questions.delete(request)) return;
      this.send({ kind: "cancel", requests: [request] });
      this.wait();
    };
  }

  /** Ask anew for all that was asked and not answered. */
  again(): void {
    this.cancel([...this.pending.values()]);
    this.giveUp();
    this.tiles.forgetFailures();
    if (!this.closed) this.events.silent("");
    this.schedule();
  }

  /** Some tiles are others by now: what is on its way of them may be as it was before, and is asked for anew. */
  renew(changed: (key: string) => boolean): void {
    this.cancel([...this.pending.values()].filter(({ open }) => [...open].some(changed)));
    this.schedule();
  }

  dispose(): void {
    clearTimeout(this.timer);
    clearTimeout(this.patience);
    this.cancel([...this.pending.values()]);
    this.model.off("msg:custom", this.hear);
    this.model.off("comm:close", this.close);
    this.model.off("comm_live_update", this.live);
  }

  private schedule(): void {
    if (this.timer !== undefined || this.closed) return;
    const pause = Math.max(this.lastSent + PAUSE - performance.now(), 0);
    const go = () => {
      this.timer = undefined;
      this.request();
    };
    if (pause === 0) go();
    else this.timer = setTimeout(go, pause);
  }

  private request(): void {
    const { wants, keep } = this.wanted;
    const wanted = new Set(wants.flatMap(keysOf));
    this.cancel(stale(this.pending.values(), (key) => wanted.has(key) || keep(key)));
    const asked = (key: string) => [...this.pending.values()].some((request) => request.open.has(key));
    for (const want of wants) {
      for (const batch of missing(want, (key) => this.tiles.settled(key) || asked(key))) {
        if (this.pending.size >= IN_FLIGHT) return;
        const request = this.next++;
        const { source, level, indices, channels, tiles } = batch;
        this.pending.set(request, { request, source, level, indices, open: new Set(keysOf(batch)) });
        this.lastSent = performance.now();
        const rest = { ...(source ? { source } : {}), ...(PACKING ? { packing: PACKING } : {}) };
        this.send({ kind: "tiles", request, level, indices, channels, tiles, ...rest });
        this.wait();
        this.events.changed();
      }
      if (missing(want, (key) => this.tiles.settled(key)).length > 0) return;
    }
  }

  private cancel(requests: Pending[]): void {
    if (requests.length === 0) return;
    for (const { request } of requests) this.pending.delete(request);
    this.send({ kind: "cancel", requests: requests.map(({ request }) => request) });
    this.wait();
    this.events.changed();
  }

  private send(message: ToKernel): void {
    if (!this.closed) this.model.send(message);
  }

  /** Start to wait, or stop where nothing is asked. */
  private wait(): void {
    const idle = this.pending.size === 0 && this.questions.size === 0;
    if (idle) {
      clearTimeout(this.patience);
      this.patience = undefined;
    } else {
      this.patience ??= setTimeout(() => {
        this.patience = undefined;
        this.events.silent(words.kernelSilent);
      }, PATIENCE);
    }
  }

  /** Something was heard: patience begins anew. */
  private heard(): void {
    clearTimeout(this.patience);
    this.patience = undefined;
    this.events.silent("");
    this.wait();
  }

  private readonly hear = (message: FromKernel, buffers: DataView[] = []): void => {
    if (message.kind === "tiles") this.hearTiles(message, buffers);
    else if (this.questions.has(message.request)) this.takeAnswer(message, buffers);
    else if (message.kind === "error") this.takeError(message.request, message.message);
  };

  /** Nobody answers any more: say so to those who asked. */
  private giveUp(): void {
    const open = [...this.questions];
    this.questions.clear();
    for (const [request, take] of open) take({ kind: "error", request, message: words.kernelSilent }, []);
  }

  private takeAnswer(answer: Answer, buffers: DataView[]): void {
    const take = this.questions.get(answer.request);
    this.questions.delete(answer.request);
    this.heard();
    take?.(answer, buffers);
    // Painted tiles are unpacked first: a picture without them would only be in the way.
    if (answer.kind !== "painted") this.events.changed();
  }

  /** Take what came, in the order in which it came; packed tiles first have to be unpacked. */
  private hearTiles(message: FromKernel & { kind: "tiles" }, buffers: DataView[]): void {
    if (!this.pending.has(message.request)) return;
    if (this.unpacking === 0 && !message.tiles.some((tile) => tile.packed)) {
      this.takeTiles(message, buffers);
      return;
    }
    const ready = unpacked(message.dtype, message.tiles, buffers);
    this.unpacking += 1;
    this.turn = this.turn.then(async () => {
      const bytes = await ready;
      this.unpacking -= 1;
      this.takeTiles(message, bytes);
    });
  }

  private takeTiles(message: FromKernel & { kind: "tiles" }, buffers: DataView[]): void {
    const request = this.pending.get(message.request);
    if (!request) return;
    this.arrivals += 1;
    for (const answer of message.tiles) {
      const key = tileKey(request, answer.channel, answer.tile);
      this.tiles.take(key, message.dtype, answer, buffers);
      request.open.delete(key);
    }
    if (message.done) {
      // What an answer leaves out would be asked for again and again.
      for (const key of request.open) this.tiles.fail(key, words.tileLeftOut);
      this.pending.delete(message.request);
    }
    this.heard();
    this.schedule();
    this.events.changed();
  }

  private takeError(id: number, what: string): void {
    const request = this.pending.get(id);
    if (!request) return;
    for (const key of request.open) this.tiles.fail(key, what);
    this.pending.delete(id);
    this.heard();
    this.schedule();
    this.events.changed();
  }

  private readonly close = (): void => {
    this.closed = true;
    this.pending.clear();
    this.giveUp();
    clearTimeout(this.timer);
    this.timer = undefined;
    this.wait();
    this.events.silent(words.kernelGone);
    this.events.changed();
  };

  private readonly live = (): void => {
    if (this.model.comm_live === false) this.close();
    else if (this.closed && this.model.comm_live) {
      this.closed = false;
      this.events.silent("");
      this.schedule();
    }
  };
}
