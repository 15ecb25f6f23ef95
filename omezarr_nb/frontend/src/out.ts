/** The picture leaves the view: as a file, as a copy, over the whole screen. */
import type { Notices } from "./controls/overlays";
import { h } from "./dom";
import type { Picture } from "./picture";
import { words } from "./words";

/** Save what is drawn as a PNG under a name. */
export async function save(picture: Picture, name: string): Promise<void> {
  const blob = await picture.png();
  if (!blob) return;
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: `${name}.png` }).click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Copy what is drawn; where the browser does not let us, say so. */
export async function copy(picture: Picture, notices: Notices): Promise<void> {
  try {
    const blob = await picture.png();
    if (blob) await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    notices.set("copy", "");
  } catch {
    notices.set("copy", words.noClipboard, { label: words.hide, press: () => notices.set("copy", "") });
  }
}

/** Fill the screen with an element, or give it back. */
export function full(element: Element): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void element.requestFullscreen();
}
