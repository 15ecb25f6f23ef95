/** How finely a volume is drawn: less while it moves, as finely as time allows when it rests. */

/** The picture is fine after so many milliseconds of rest. */
const REST = 150;
/** Samples of a picture that moves: as many as come in time, between these. */
const MOVING = { least: 4e6, first: 8e7, most: 2e9 };
/** Milliseconds that a picture may take, where drawing holds up all else: without a GPU it does. */
const PATIENCE = { moving: 60, still: 1500 };
/** What took less says little of the rate. */
const FELT = 20;

export class Pace {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private moved = Number.NEGATIVE_INFINITY;
  private budget = MOVING.first;
  /** Samples in a millisecond, as far as the page has felt it. */
  private rate = Number.POSITIVE_INFINITY;
  private last = "";

  constructor(private readonly rested: () => void) {}

  get isMoving(): boolean {
    return this.moved > Number.NEGATIVE_INFINITY;
  }

  /** Samples that the next picture may have. */
  get most(): number {
    const { moving, still } = PATIENCE;
    const inTime = this.isMoving ? Math.min(this.budget, this.rate * moving) : this.rate * still;
    return Math.max(inTime, MOVING.least);
  }

  /** It moves: draw less finely, and finely again when it rests. */
  stir(): void {
    const now = performance.now();
    const passed = now - this.moved;
    // What the last pictures took says how fine the next one may be.
    if (passed < 1000) {
      const faster = passed < 25 ? 1.25 : passed > 60 ? 0.6 : 1;
      this.budget = Math.min(Math.max(this.budget * faster, MOVING.least), MOVING.most);
    }
    this.moved = now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.moved = Number.NEGATIVE_INFINITY;
      this.rested();
    }, REST);
  }

  /** Nothing is drawn any more. */
  still(): void {
    clearTimeout(this.timer);
    this.moved = Number.NEGATIVE_INFINITY;
  }

  /** A picture of so many samples was drawn; the first one of a kind is slow, for its shader is made. */
  felt(kind: string, samples: number, milliseconds: number): void {
    if (kind !== this.last) this.last = kind;
    else if (milliseconds > FELT) this.rate = samples / milliseconds;
  }
}
