/** The widget's model where there is no kernel: the state that was saved, changed by the view alone. */
import type { WidgetModel } from "../types";

type Listener = (...args: unknown[]) => void;

export class PageModel implements WidgetModel {
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(private readonly state: Record<string, unknown>) {}

  get(name: string): unknown {
    return this.state[name];
  }

  set(name: string, value: unknown): void {
    if (JSON.stringify(this.state[name]) === JSON.stringify(value)) return;
    this.state[name] = value;
    for (const listener of [...(this.listeners.get(`change:${name}`) ?? [])]) listener();
  }

  /** There is nobody to save them for. */
  save_changes(): void {}

  on(name: string, listener: Listener): void {
    const heard = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, heard.add(listener));
  }

  off(name: string, listener: Listener): void {
    this.listeners.get(name)?.delete(listener);
  }
}
