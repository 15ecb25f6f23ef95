/** The bundle's entry: a view of the widget's model in the cell's element, and its end. */
import { infoOf } from "./info";
import { Model } from "./model";
import type { PixelModel, WidgetModel } from "./types";
import { View } from "./view";

export { refuse } from "./later";

export interface RenderArguments {
  model: WidgetModel;
  el: HTMLElement;
  pixels: PixelModel;
}

export function render({ model, el, pixels }: RenderArguments): () => void {
  const view = new View(new Model(model, infoOf(model)), pixels);
  el.append(view.element);
  return () => view.dispose();
}
