/** Least recently used first out, bounded in bytes; what is in use now is never thrown out. */
export class Cache<T> {
  private readonly entries = new Map<string, { value: T; bytes: number }>();
  private held = 0;

  constructor(
    private limit: number,
    private readonly dropped: (value: T, key: string) => void = () => {},
  ) {}

  get bytes(): number {
    return this.held;
  }

  get size(): number {
    return this.entries.size;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  keys(): IterableIterator<string> {
    return this.entries.keys();
  }

  /** The entry, now the most recently used. */
  get(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** The entry, its age unchanged. */
  peek(key: string): T | undefined {
    return this.entries.get(key)?.value;
  }

  set(key: string, value: T, bytes: number): void {
    this.delete(key);
    this.entries.set(key, { value, bytes });
    this.held += bytes;
  }

  delete(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.held -= entry.bytes;
    this.dropped(entry.value, key);
  }

  deleteWhere(test: (key: string) => boolean): void {
    for (const key of [...this.entries.keys()]) if (test(key)) this.delete(key);
  }

  /** Throw out the oldest until `limit` bytes are held, sparing the keys that `inUse` names. */
  trim(inUse: (key: string) => boolean = () => false, limit = this.limit): void {
    if (this.held <= limit) return;
    for (const key of [...this.entries.keys()]) {
      if (this.held <= limit) return;
      if (!inUse(key)) this.delete(key);
    }
  }

  clear(): void {
    this.deleteWhere(() => true);
  }
}
