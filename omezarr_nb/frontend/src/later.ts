/** Code that is fetched from the kernel when it is first needed, once a page. */
import type { Feature, Host } from "./features";
import type { Ask } from "./labels";
import { words } from "./words";

/** What a part exports: it makes a feature, whose button in the heading is there already. */
export type MakePart = (host: Host, opener: HTMLButtonElement) => Feature;
export type PartName = "painting" | "regions";

export interface Later {
  /** Nobody waits any more. */
  giveUp(): void;
}

const known = new Map<PartName, MakePart>();

const useless = new Set<PartName>();

/** Offer no such part: a page without a kernel has no use for it. */
export function refuse(name: PartName): void {
  useless.add(name);
}

export const isRefused = (name: PartName): boolean => useless.has(name);

/** Get a part; `take` is called with it, or with the reason why there is none. */
export function later(name: PartName, ask: Ask, take: (make: MakePart | null, why: string) => void): Later {
  let gone = false;
  const give = (make: MakePart | null, why = ""): void => {
    if (!gone) take(make, why);
  };
  const there = known.get(name);
  if (there) {
    // Never before the caller knows what it waits for.
    queueMicrotask(() => give(there));
    return {
      giveUp: () => {
        gone = true;
      },
    };
  }
  const stop = ask({ kind: "part", part: name }, (answer, buffers) => {
    const [script] = buffers;
    if (answer.kind !== "part" || !script) {
      give(null, answer.kind === "error" ? answer.message : words.kernelSilent);
      return;
    }
    const url = URL.createObjectURL(
      new Blob([new TextDecoder().decode(script)], { type: "text/javascript" }),
    );
    import(url)
      .then(
        (module: { make: MakePart }) => {
          known.set(name, module.make);
          give(module.make);
        },
        (error) => give(null, String(error)),
      )
      .finally(() => URL.revokeObjectURL(url));
  });
  return {
    giveUp: () => {
      gone = true;
      stop();
    },
  };
}
