/** Controls of forms that standard widgets have not: axes that are dragged, wells that are clicked, named colours. */
import { listenForKeys } from "../dom";
import type { WidgetModel } from "../types";
import { colorControl } from "./color";
import { orderControl } from "./order";
import { wellsControl } from "./wells";

/** The model of a control; it can tell the kernel of something that is no state. */
export interface FormModel extends WidgetModel {
  send(content: unknown): void;
}

export interface Control {
  element: HTMLElement;
  /** Show what the kernel says. */
  update(): void;
}

const CONTROLS = { color: colorControl, order: orderControl, wells: wellsControl };

function render({ model, el }: { model: FormModel; el: HTMLElement }): () => void {
  const control = CONTROLS[model.get("kind") as keyof typeof CONTROLS](model);
  el.replaceChildren(control.element);
  const keys = listenForKeys(control.element);
  const update = (): void => control.update();
  model.on("change", update);
  update();
  return () => {
    model.off("change", update);
    keys.disconnect();
    el.replaceChildren();
  };
}

export default { render };
