/** Codecs that browsers do not have: a module of their own, which is run when a chunk first needs one. */
import { registry } from "zarrita";
import type { decoders as Decoders } from "../codecs/main";
import { moduleOf } from "./modules";

type Entry = Parameters<typeof registry.set>[1];

const NAMES = ["blosc", "lz4", "zstd"] as const;

/** Have zarrita take the page's codecs; call before anything is read. */
export function useCodecs(): void {
  for (const name of NAMES) {
    const entry = async () => {
      const { decoders } = await moduleOf<{ decoders: typeof Decoders }>("codecs");
      return { fromConfig: () => ({ kind: "bytes_to_bytes", decode: decoders[name] }) };
    };
    registry.set(name, entry as unknown as Entry);
    registry.set(`numcodecs.${name}`, entry as unknown as Entry);
  }
}
