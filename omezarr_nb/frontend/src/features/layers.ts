/** Several images: their rows in the panel, the line of a swipe, the legend of a difference. */
import { Divider, LayerRows, Legend } from "../controls/layers";
import type { Feature, Host } from "../features";
import { LAYERS } from "../traits/layers";

export function layerFeature(host: Host): Feature | null {
  const { model, navigation, layers } = host;
  const { members } = layers;
  const [first, second] = members;
  if (!first || !second) return null;
  const rows = new LayerRows(model, members);
  const divider = new Divider(model, first.name, second.name);
  const legend = new Legend(first.name, second.name);
  const update = () => {
    divider.update();
    const { kind, limit } = layers.comparing();
    legend.update(kind === "difference", limit);
  };
  model.on(LAYERS, () => host.draw());
  return {
    over: [divider.element, legend.element],
    sections: [rows.element],
    shortcuts: [["drag the line of a swipe", "show more of one image"]],
    update,
    press: (place) => {
      if (!divider.holds(place.x, navigation.size.width)) return null;
      const move = ({ x }: { x: number }) => divider.set(x / navigation.size.width);
      return { move, end: move, cancel: () => {} };
    },
  };
}
