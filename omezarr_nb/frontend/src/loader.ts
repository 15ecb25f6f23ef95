/**
 * The widget's `_esm`: fetches the viewer from the kernel once a page and runs it.
 *
 * A notebook saves `_esm` with every widget, so it is short, and the viewer itself is not in it.
 */
import { infoOf } from "./info";
import type { RenderArguments } from "./render";
import type { PixelModel, WidgetModel } from "./types";
import { loaderWords } from "./words";

const PATIENCE = 15_000;
/** Heights in CSS pixels: of all that is above and below picture and sliders, and of one slider. */
const ROWS = 71;
const ROW = 28;

interface Bundle {
  render: (given: RenderArguments) => () => void;
  css: string;
}

interface Manager {
  get_model(id: string): Promise<PixelModel>;
}

type Shared = Record<symbol, Promise<Bundle> | undefined>;

/** Ask the kernel for script and style sheet. */
const ask = (pixels: PixelModel, digest: string): Promise<Bundle> =>
  new Promise((resolve, reject) => {
    const end = (why: string): void => {
      clearTimeout(timer);
      pixels.off("msg:custom", hear);
      reject(why);
    };
    const hear = (content: { kind?: string; digest?: string }, buffers: DataView[] = []): void => {
      if (content.kind !== "bundle" || content.digest !== digest) return;
      const [script = "", css = ""] = buffers.map((buffer) => new TextDecoder().decode(buffer));
      const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
      // It is not revoked: what the viewer fetches later imports from it.
      resolve(import(url).then(({ render }) => ({ render, css })));
      end("");
    };
    const timer = setTimeout(end, PATIENCE, loaderWords.silent);
    pixels.on("msg:custom", hear);
    if (pixels.comm_live === false) end(loaderWords.noKernel);
    else pixels.send({ kind: "bundle", digest });
  });

/** The page's bundle, asked for by whoever comes first; who waited for another's failure asks for itself. */
async function load(pixels: PixelModel, digest: string): Promise<Bundle> {
  const shared = globalThis as unknown as Shared;
  const key = Symbol.for(`omezarr_nb.bundle.${digest}`);
  const theirs = await shared[key]?.catch(() => undefined);
  if (theirs) return theirs;
  shared[key] ??= ask(pixels, digest);
  const mine = shared[key];
  mine.catch(() => {
    if (shared[key] === mine) shared[key] = undefined;
  });
  return mine;
}

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  css: string,
  given: Partial<HTMLElementTagNameMap[K]>,
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), given);
  element.style.cssText = css;
  return element;
}

function render({ model, el }: { model: WidgetModel & { widget_manager: Manager }; el: HTMLElement }) {
  let end: (() => void) | undefined;
  let gone = false;
  const info = infoOf(model);
  const src = model.get("_still") as string;
  const show = async (): Promise<void> => {
    // As high as the view will be, so that the page does not jump when it comes.
    const rows = info.sliders.filter((axis) => (info.levels[0]?.shape[axis] ?? 1) > 1).length;
    const height = Number(model.get("height")) + ROWS + rows * ROW;
    const held = `box-sizing:border-box;padding:8px;min-height:${height}px`;
    el.replaceChildren(make("div", held, { textContent: loaderWords.loading + info.name }));
    try {
      const pixels = await model.widget_manager.get_model((model.get("_pixels") as string).slice(10));
      const { css, render } = await load(pixels, info.digest);
      if (gone) return;
      el.replaceChildren(make("style", "", { textContent: css }));
      end = render({ model, el, pixels });
    } catch (error) {
      if (!gone) apologize(String(error));
    }
  };
  const apologize = (what: string): void => {
    const say = make("p", "margin:0;padding:8px", { role: "status", textContent: what });
    const again = make("button", "margin-left:8px;min-height:24px", {
      textContent: loaderWords.tryAgain,
      onclick: show,
    });
    say.append(again);
    const still = make("img", "display:block;width:min(100%,480px)", { src, alt: info.name });
    el.replaceChildren(...(src ? [still, say] : [say]));
  };
  void show();
  return () => {
    gone = true;
    end?.();
    el.replaceChildren();
  };
}

export default { render };
