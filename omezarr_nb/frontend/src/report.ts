/** What a view says of the tiles that it wants: which failed, which are still to come. */
import type { NoticeName, Notices } from "./controls/overlays";
import { failuresOf, isSettled } from "./frame";
import type { Model } from "./model";
import type { Plan } from "./plan";
import type { Tiles } from "./tiles";
import type { Status } from "./types";
import { words } from "./words";

export interface Report {
  status: Status;
  error: string;
  /** Every tile has come or failed. */
  settled: boolean;
  /** The finest level of the image that is all there. */
  finest: number | undefined;
}

export interface Seen {
  /** Of the image. */
  plan: Plan;
  /** Of the labels that are shown, by name. */
  labels: [name: string, plan: Plan][];
  /** Of the images over the first one, by name. */
  layers: [name: string, plan: Plan][];
  /** No channel is on. */
  empty: boolean;
  /** The plane that is wanted is the one on screen. */
  arrived: boolean;
}

export interface Actions {
  showAll: () => void;
  again: () => void;
}

/** Set the notices, and give the state that they amount to. */
export function report(seen: Seen, tiles: Tiles, notices: Notices, actions: Actions): Report {
  const { plan, labels, layers, empty, arrived } = seen;
  const target = plan.wants.at(-1);
  const say = (name: NoticeName, when: boolean, text: string, label?: string, press?: () => void) =>
    notices.set(name, when ? text : "", label && press ? { label, press } : undefined);
  say("empty", empty, words.noChannels, words.showAll, actions.showAll);
  say("many", plan.tooMany > 0 && !empty, words.tooMany(target?.tiles.length ?? 0, plan.tooMany));
  const failures = target ? failuresOf(target, tiles) : { count: 0, all: 0, why: "" };
  const all = failures.count > 0 && failures.count === failures.all;
  const said = all ? words.allFailed(failures.why) : words.failed(failures.count, failures.why);
  say("failed", failures.count > 0, said, words.tryAgain, actions.again);
  const brokenOf = (plans: [string, Plan][], text: typeof words.labelsFailed) =>
    plans.flatMap(([name, { wants }]) => {
      const last = wants.at(-1);
      const { count, why } = last ? failuresOf(last, tiles) : { count: 0, why: "" };
      return count > 0 ? [text(name, count, why)] : [];
    });
  const broken = [...brokenOf(labels, words.labelsFailed), ...brokenOf(layers, words.layersFailed)];
  say("labels", broken.length > 0, broken.join("\n"), words.tryAgain, actions.again);

  const wants = [plan, ...[...labels, ...layers].map(([, other]) => other)].flatMap((one) => one.wants);
  const settled = arrived && wants.every((want) => isSettled(want, tiles));
  const finest = [...plan.wants].reverse().find((want) => isSettled(want, tiles));
  const error = [failures.count > 0 ? said : "", ...broken].filter(Boolean).join("\n");
  const done = settled ? "ready" : "loading";
  return {
    status: empty ? "empty" : all ? "error" : done,
    error: empty ? "" : error,
    settled,
    finest: arrived && !empty ? finest?.level : undefined,
  };
}

/** Milliseconds after which the kernel is told that tiles are still to come. */
const PATIENCE = 300;

/** Shows how a view is on its element, and tells the kernel. */
export class Standing {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly model: Model,
    private readonly element: HTMLElement,
  ) {}

  set(status: Status, error: string): void {
    this.element.dataset.state = status;
    clearTimeout(this.timer);
    const tell = () => {
      this.model.set("status", status);
      this.model.set("error", error);
    };
    // A plane that comes at once is not worth two messages more to the kernel.
    if (status === "loading" && !error) this.timer = setTimeout(tell, PATIENCE);
    else tell();
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}
