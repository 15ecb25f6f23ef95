/** The brush in the heading. What paints is fetched when somebody wants to, here or in Python. */
import { button, h, icon } from "../dom";
import type { Feature, Host } from "../features";
import { isRefused, type Later, later } from "../later";
import { paintShortcuts } from "../painting/shortcuts";
import { words } from "../words";

export function paintingFeature(host: Host): Feature | null {
  const { model } = host;
  // A plate has no labels of its own.
  if (model.info.plate || isRefused("painting")) return null;
  const slots = { over: h("div", { class: "slot" }), below: h("div", { class: "slot" }) };
  const opener = button("paint labels", icon("paint-brush"), () => fetch(true));
  opener.setAttribute("aria-expanded", "false");
  let feature: Feature | null = null;
  let wanted: Later | null = null;

  /** `pressed`: somebody waits for the tools. */
  const fetch = (pressed: boolean): void => {
    if (feature || wanted) return;
    opener.setAttribute("aria-busy", "true");
    wanted = later("painting", host.ask, (make, why) => {
      wanted = null;
      opener.removeAttribute("aria-busy");
      host.notices.set("part", why, why ? { label: words.tryAgain, press: () => fetch(pressed) } : undefined);
      if (!make) return;
      feature = make(host, opener);
      for (const name of ["over", "below"] as const) slots[name].append(...(feature[name] ?? []));
      // Once it is there, it hears the button itself.
      if (pressed) opener.click();
      host.draw();
    });
  };
  const hear = (): void => {
    const state = model.get("_painting")?.state;
    if (state && state !== "closed") fetch(false);
  };
  /** Painting is done on planes. */
  const rest = (): void => {
    const deep = model.get("volume");
    opener.disabled = deep;
    opener.title = deep ? words.onPlanes : "paint labels";
    slots.below.hidden = deep;
  };
  model.on(["_painting"], hear);
  model.on(["volume"], rest);
  rest();
  // Not before the view is there.
  queueMicrotask(hear);
  return {
    over: [slots.over],
    tools: [opener],
    below: [slots.below],
    shortcuts: paintShortcuts,
    update: () => feature?.update?.(),
    press: (place, event) => feature?.press?.(place, event) ?? null,
    hover: (place) => feature?.hover?.(place),
    open: (place) => feature?.open?.(place) ?? false,
    key: (event) => feature?.key?.(event) ?? false,
    again: () => feature?.again?.(),
    dispose: () => {
      wanted?.giveUp();
      feature?.dispose?.();
    },
  };
}
