/** Questions one after the other: strokes are painted in the order in which they were drawn. */
import type { Take } from "../pixels";
import type { PaintQuestion } from "./types";

export class Asks {
  private readonly waiting: { question: () => PaintQuestion; take: Take }[] = [];
  private busy = false;

  constructor(
    private readonly ask: (question: PaintQuestion, take: Take) => unknown,
    private readonly changed: () => void,
  ) {}

  /** Questions that have not been answered. */
  get count(): number {
    return this.waiting.length + (this.busy ? 1 : 0);
  }

  /** Ask when all before it are answered; what is on screen is looked at then. */
  put(question: () => PaintQuestion, take: Take): void {
    this.waiting.push({ question, take });
    this.next();
  }

  /** Forget those that were not asked yet, and hear of no answer any more. */
  clear(): void {
    this.waiting.length = 0;
  }

  private next(): void {
    const first = this.busy ? undefined : this.waiting.shift();
    this.changed();
    if (!first) return;
    this.busy = true;
    this.ask(first.question(), (answer, buffers) => {
      this.busy = false;
      first.take(answer, buffers);
      this.next();
    });
  }
}
