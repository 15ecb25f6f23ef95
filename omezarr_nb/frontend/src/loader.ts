/**
 * The widget's `_esm`: fetches the viewer from the kernel once a page and runs it.
 *
 * A notebook saves `_esm` with every widget, so it is small, and the viewer itself is not in it.
 */
import type { RenderArguments } from "./render";
import type { Info, PixelModel, WidgetModel } from "./types";
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
function ask(pixels: PixelModel, digest: string): Promise<Bundle> {
  if (pixels.comm_live === false) return Promise.reject(new Error(loaderWords.noKernel));
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      pixels.off("msg:custom", hear);
    };
    const hear = (content: { kind?: string; digest?: string }, buffers: DataView[] = []): void => {
      if (content.kind !== "bundle" || content.digest !== digest || buffers.length < 2) return;
      end();
      const [script, style] = buffers.map((buffer) => new TextDecoder().decode(buffer));
      const url = URL.createObjectURL(new Blob([script ?? ""], { type: "text/javascript" }));
      import(url)
        .then((module) => resolve({ render: module.render, css: style ?? "" }), reject)
        .finally(() => URL.revokeObjectURL(url));
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(loaderWords.bundleSilent));
    }, PATIENCE);
    pixels.on("msg:custom", hear);
    pixels.send({ kind: "bundle", digest });
  });
}

/** The page's bundle, asked for by whoever comes first; who waited for another's failure asks for itself. */
async function load(pixels: PixelModel, digest: string): Promise<Bundle> {
  const shared = globalThis as unknown as Shared;
  const key = Symbol.for(`omezarr_nb.bundle.${digest}`);
  const theirs = await shared[key]?.catch(() => undefined);
  if (theirs) return theirs;
  const mine = shared[key] ?? ask(pixels, digest);
  shared[key] = mine;
  mine.catch(() => {
    if (shared[key] === mine) shared[key] = undefined;
  });
  return mine;
}

/** As high as the view will be, so that the page does not jump when it comes. */
function placeholder(info: Info, height: number): HTMLElement {
  const rows = info.sliders.filter((axis) => (info.levels[0]?.shape[axis] ?? 1) > 1).length;
  const held = document.createElement("div");
  held.style.cssText = `box-sizing:border-box;padding:8px;min-height:${height + ROWS + rows * ROW}px`;
  held.textContent = loaderWords.loading(info.name);
  return held;
}

function render({ model, el }: { model: WidgetModel & { widget_manager: Manager }; el: HTMLElement }) {
  let end: (() => void) | undefined;
  let gone = false;
  const show = async (): Promise<void> => {
    const info = model.get("_info") as Info;
    el.replaceChildren(placeholder(info, Number(model.get("height"))));
    try {
      const reference = String(model.get("_pixels")).slice("IPY_MODEL_".length);
      const pixels = await model.widget_manager.get_model(reference);
      const bundle = await load(pixels, info.digest);
      if (gone) return;
      const style = document.createElement("style");
      style.textContent = bundle.css;
      el.replaceChildren(style);
      end = bundle.render({ model, el, pixels });
    } catch (error) {
      if (!gone) apologize(error instanceof Error ? error.message : String(error));
    }
  };
  const apologize = (what: string): void => {
    const say = document.createElement("p");
    say.setAttribute("role", "status");
    say.style.cssText = "margin:0;padding:8px;font:inherit;color:inherit";
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = loaderWords.tryAgain;
    again.style.cssText = "margin-left:8px;min-height:24px";
    again.addEventListener("click", () => void show());
    say.append(what, again);
    el.replaceChildren(say);
  };
  void show();
  return () => {
    gone = true;
    end?.();
    el.replaceChildren();
  };
}

export default { render };
