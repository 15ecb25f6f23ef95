/** Shapes over the picture. What draws and changes them is fetched when there are some, or somebody wants to draw. */
import { button, h, icon } from "../dom";
import type { Feature, Host } from "../features";
import { type Later, later } from "../later";
import { SHORTCUTS } from "../regions/words";
import { words } from "../words";

export function regionFeature(host: Host): Feature | null {
  const { model } = host;
  // Over a plate there are none: what is drawn there belongs to no image.
  if (model.info.plate) return null;
  const slot = () => h("div", { class: "slot" });
  const slots = { over: slot(), sections: slot(), below: slot() };
  const opener = button("shapes", icon("shapes"), () => open(), "draw and measure shapes");
  opener.setAttribute("aria-pressed", "false");
  let feature: Feature | null = null;
  let wanted: Later | null = null;

  /** `pressed`: somebody waits for the tools. */
  const fetch = (pressed: boolean): void => {
    if (feature || wanted) return;
    opener.setAttribute("aria-busy", "true");
    wanted = later("regions", host.ask, (make, why) => {
      wanted = null;
      opener.removeAttribute("aria-busy");
      host.notices.set("part", why, why ? { label: words.tryAgain, press: () => fetch(pressed) } : undefined);
      if (!make) return;
      feature = make(host, opener);
      for (const name of ["over", "sections", "below"] as const) slots[name].append(...(feature[name] ?? []));
      if (pressed) opener.click();
      host.draw();
    });
  };
  // Once it is there, it hears the button itself.
  const open = (): void => fetch(true);
  /** Shapes lie on planes. */
  const rest = (): void => {
    const deep = model.get("volume");
    opener.disabled = deep;
    opener.title = deep ? words.onPlanes : "draw and measure shapes";
    slots.sections.hidden = deep;
    slots.below.hidden = deep;
  };
  model.on(["shapes", "tool"], () => host.draw());
  model.on(["volume"], rest);
  rest();
  return {
    over: [slots.over],
    tools: [opener],
    sections: [slots.sections],
    below: [slots.below],
    shortcuts: SHORTCUTS,
    update: () => {
      const isUsed = model.get("shapes").length > 0 || model.get("tool") !== "pan";
      if (isUsed && !host.notices.has("part")) fetch(false);
      feature?.update?.();
    },
    press: (place, event) => feature?.press?.(place, event) ?? null,
    hover: (place) => feature?.hover?.(place),
    click: (place, more) => feature?.click?.(place, more) ?? false,
    open: (place) => feature?.open?.(place) ?? false,
    key: (event) => feature?.key?.(event) ?? false,
    dispose: () => {
      wanted?.giveUp();
      feature?.dispose?.();
    },
  };
}
