/**
 * A page that was saved with views, or made of a notebook with some: each shows its still picture until it can be live,
 * and says which it is.
 */
import type { Info } from "../types";
import { useCodecs } from "./codecs";
import { type Known, PageKernel } from "./kernel";
import { PageModel } from "./model";
import { moduleOf } from "./modules";
import { Reader } from "./reader";
import { pageWords } from "./words";

/** The JSON that is saved with a view: its state, and where the page can read the image itself. */
interface Saved {
  state: Record<string, unknown>;
  live: { url: string; format: 2 | 3; labels: Known["labels"] };
}

useCodecs();
const colormaps: Known["colormaps"] = JSON.parse(
  document.querySelector("script[data-omezarr-nb-colormaps]")?.textContent ?? "{}",
);
for (const figure of document.querySelectorAll<HTMLElement>("figure.omezarr-nb-saved")) {
  const text = figure.querySelector("script")?.textContent;
  if (text) wakeOnSight(figure, JSON.parse(text));
}

/** A page may have many: each is read when it comes into sight. */
function wakeOnSight(figure: HTMLElement, saved: Saved): void {
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
  if (!image || !caption) return;
  caption.textContent = pageWords.loading(live.url);
  try {
    if (!/^https?:$/.test(new URL(live.url).protocol)) throw new Error(pageWords.noURL);
    const info = state._info as Info;
    const reader = new Reader(live.url, live.format);
    await reader.array({ info, prefix: "", ids: false }, info.levels.length - 1);
    const { refuse, render } = await moduleOf<typeof import("../render")>("viewer");
    refuse("painting", "volume");
    const known = { image: info, labels: live.labels, colormaps };
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
