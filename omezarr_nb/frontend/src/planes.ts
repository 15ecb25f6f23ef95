/** Which plane is on screen while sliders move: the old one stays until the new one's coarse tiles are there. */

export type Indices = Record<string, number>;

export class Planes {
  /** The plane that is drawn. */
  shown: Indices;
  /** The plane that the sliders ask for. */
  wanted: Indices;
  /**
   * A plane that was passed over while its tiles were on their way. It is shown if they come before the wanted
   * one's: a slider that is dragged faster than tiles come would else show nothing until it rests.
   */
  passed: Indices | null = null;

  constructor(first: Indices) {
    this.shown = first;
    this.wanted = first;
  }

  want(indices: Indices): void {
    if (this.wanted !== this.shown) this.passed ??= this.wanted;
    this.wanted = indices;
  }

  /** Take the newest plane that is there. */
  choose(isThere: (indices: Indices) => boolean): void {
    if (this.shown === this.wanted) return;
    if (isThere(this.wanted)) this.show(this.wanted);
    else if (this.passed && isThere(this.passed)) this.show(this.passed);
  }

  private show(indices: Indices): void {
    this.shown = indices;
    this.passed = null;
  }
}
