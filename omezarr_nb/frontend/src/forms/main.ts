/** Controls of forms that standard widgets have not: axes that are dragged, wells that are clicked, named colours. */
import { listenForKeys } from "../dom";
import type { PixelModel, WidgetModel } from "../types";
import { colorControl } from "./color";
import { goneControl } from "./gone";
import { orderControl } from "./order";
import { wellsControl } from "./wells";

/** The model of a control; it can tell the kernel of something that is no state. */
export interface FormModel extends WidgetModel {
  send(content: unknown): void;
  widget_manager: { get_model(id: string): Promise<PixelModel> };
}

export interface Control {
  element: HTMLElement;
  /** Show what the kernel says. */
  update(): void;
  /** Let go of what it listens to. */
  close?(): void;
}

const CONTROLS = { color: colorControl, gone: goneControl, order: orderControl, wells: wellsControl };

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
    control.close?.();
    el.replaceChildren();
  };
}

export default { render };
