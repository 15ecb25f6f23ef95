/** Code that is fetched from the kernel when it is first needed, once a page. */
import type { Feature, Host } from "./features";
import type { Ask } from "./labels";
import { words } from "./words";

/** What a part exports: it makes a feature, whose button in the heading is there already. */
export type MakePart = (host: Host, opener: HTMLButtonElement) => Feature;
export type PartName = "painting" | "regions" | "volume";

export interface Later {
  /** Nobody waits any more. */
  giveUp(): void;
}

/** What stands for the viewer in the imports of a part (build.mjs). */
const VIEWER = "omezarr-nb:viewer";

const known = new Map<PartName, MakePart>();

const useless = new Set<PartName>();

/** Offer no such parts: a page without a kernel has no use for them. */
export function refuse(...names: PartName[]): void {
  for (const name of names) useless.add(name);
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
    // It imports what the viewer has from the viewer that runs here.
    const text = new TextDecoder().decode(script).replaceAll(VIEWER, import.meta.url);
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
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
