/** A colour that is chosen with the browser's own picker. */
import { h } from "../dom";
import type { Control, FormModel } from "./main";

export function colorControl(model: FormModel): Control {
  const input = h("input", {
    type: "color",
    class: "oz-color",
    onchange: () => {
      if (model.get("disabled")) return;
      model.set("value", input.value.toUpperCase());
      model.save_changes();
    },
  });
  const update = (): void => {
    input.value = String(model.get("value")).toLowerCase();
    input.disabled = Boolean(model.get("disabled"));
    input.title = String(model.get("name"));
    input.setAttribute("aria-label", input.title);
  };
  return { element: input, update };
}
