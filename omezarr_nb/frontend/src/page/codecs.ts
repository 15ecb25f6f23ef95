/**
 * Codecs that are large stand in the page as compressed text, each in a script element of its own, and run only where
 * a chunk needs them.
 */
import { registry } from "zarrita";

type Entry = Parameters<typeof registry.set>[1];

/** Those that `build.mjs` makes a module of each. */
const EMBEDDED = ["blosc", "lz4", "zstd"] as const;

async function load(name: string): Promise<unknown> {
  const element = document.querySelector(`script[data-omezarr-nb-codec="${name}"]`);
  if (!element?.textContent) throw new Error(`The codec ${name} is not part of this page.`);
  const packed = Uint8Array.from(atob(element.textContent.trim()), (character) => character.charCodeAt(0));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = await new Response(plain).blob();
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Have zarrita take the page's codecs; call before anything is read. */
export function useCodecs(): void {
  for (const name of EMBEDDED) {
    let loaded: Promise<unknown> | undefined;
    const entry = () => {
      loaded ??= load(name);
      return loaded;
    };
    registry.set(name, entry as Entry);
    registry.set(`numcodecs.${name}`, entry as Entry);
  }
}
