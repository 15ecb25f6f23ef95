/** Says that the kernel has gone: the standard widgets of a form go on looking as if they answered. */
import { h } from "../dom";
import type { PixelModel } from "../types";
import type { Control, FormModel } from "./main";
import { formWords } from "./words";

export function goneControl(model: FormModel): Control {
  const element = h("div", { class: "oz-gone", role: "alert" });
  let watched: PixelModel | undefined;
  const show = (gone: boolean): void => {
    element.textContent = gone ? formWords.gone : "";
  };
  const look = (): void => show(watched?.comm_live === false);
  const close = (): void => show(true);
  const id = String(model.get("watched")).slice("IPY_MODEL_".length);
  const found = model.widget_manager.get_model(id).then((other) => {
    watched = other;
    other.on("comm_live_update", look);
    other.on("comm:close", close);
    look();
  }, close);
  return {
    element,
    update: () => {},
    close: () =>
      found.then(() => {
        watched?.off("comm_live_update", look);
        watched?.off("comm:close", close);
      }),
  };
}
