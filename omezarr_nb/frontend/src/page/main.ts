/** A page that was saved with views: each shows its still picture until it can be live, and says which it is. */
import type { Info } from "../types";
import { useCodecs } from "./codecs";
import { type Known, PageKernel } from "./kernel";
import { PageModel } from "./model";
import { moduleOf } from "./modules";
import { Reader } from "./reader";
import { pageWords } from "./words";

/** The JSON that is saved with a view. */
interface Saved {
  state: Record<string, unknown>;
  /** Where the page can read the image itself; null where it cannot. */
  live: { url: string; format: 2 | 3; labels: Known["labels"]; colormaps: Known["colormaps"] } | null;
}

useCodecs();

for (const figure of document.querySelectorAll<HTMLElement>("figure.omezarr-nb-saved")) {
  const text = figure.querySelector("script")?.textContent;
  if (text) wakeOnSight(figure, JSON.parse(text));
}

/** A page may have many: each is read when it comes into sight. */
function wakeOnSight(figure: HTMLElement, saved: Saved): void {
  if (!saved.live) return;
  const sight = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      sight.disconnect();
      void wake(figure, saved);
    },
    { rootMargin: "200px" },
  );
  sight.observe(figure);
}

async function wake(figure: HTMLElement, { state, live }: Saved): Promise<void> {
  const image = figure.querySelector("img");
  const caption = figure.querySelector("figcaption");
  if (!live || !image || !caption) return;
  caption.textContent = pageWords.loading(live.url);
  const info = state._info as Info;
  const reader = new Reader(live.url, live.format);
  try {
    await reader.array({ info, prefix: "", ids: false }, info.levels.length - 1);
    const { refuse, render } = await moduleOf<typeof import("../render")>("viewer");
    refuse("painting");
    const known = { image: info, labels: live.labels, colormaps: live.colormaps };
    const el = document.createElement("div");
    image.replaceWith(el);
    try {
      render({ model: new PageModel(state), el, pixels: new PageKernel(reader, known) });
    } catch (error) {
      el.replaceWith(image);
      throw error;
    }
    caption.textContent = pageWords.live(live.url);
  } catch (error) {
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = pageWords.tryAgain;
    again.addEventListener("click", () => void wake(figure, { state, live }));
    caption.replaceChildren(pageWords.still(pageWords.failed(error)), " ", again);
  }
}
