/** What the kernel tells of an image: a text in the widget's state, which as an object would fill a saved notebook. */
import type { Info, WidgetModel } from "./types";

export function infoOf(model: Pick<WidgetModel, "get">): Info {
  const told = model.get("_info");
  return (typeof told === "string" ? JSON.parse(told) : told) as Info;
}
