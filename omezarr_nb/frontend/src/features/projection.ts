/** Many planes shown as one: chosen at the end of an axis' slider, its range in a row of its own. */
import { button, h, icon, numberField, setText, setValue } from "../dom";
import type { Feature, Host } from "../features";
import { levelOf } from "../levels";
import type { Indices } from "../planes";
import type { Projection } from "../traits/volume";
import { placeAlong } from "../units";

const METHODS = ["maximum", "minimum", "mean", "sum"];

export function projectionFeature(host: Host): Feature | null {
  const { model } = host;
  const { info } = model;
  const places = new Map((info.projectable ?? []).map((axis) => [info.axes[axis]?.name ?? "", axis]));
  if (places.size === 0) return null;
  const now = (): Projection | null => {
    const projection = model.get("projection");
    return projection.axis !== undefined && places.has(projection.axis) ? (projection as Projection) : null;
  };
  /** Of each plane that was drawn how it was put together. */
  const memory = new WeakMap<Indices, Projection | null>();
  const lastOf = (axis: string): number => (levelOf(info, 0).shape[places.get(axis) ?? 0] ?? 1) - 1;
  const choose = (axis: string, method: string): void => {
    const before = now();
    const range = before?.axis === axis ? before.range : ([0, lastOf(axis)] as [number, number]);
    model.set("projection", method ? { axis, method, range } : {});
    // A sum is as much brighter as there are planes: limits of one plane would show it white, and the other way round.
    if ((before?.method === "sum") !== (method === "sum"))
      model.get("visible").forEach((visible, channel) => {
        if (visible) host.contrast(channel);
      });
  };
  const set = (end: 0 | 1, value: number): void => {
    const projection = now();
    if (!projection) return;
    const { axis, method, range } = projection;
    const index = Math.min(Math.max(Math.round(value), 0), lastOf(axis));
    const moved: [number, number] =
      end === 0 ? [index, Math.max(index, range[1])] : [Math.min(index, range[0]), index];
    model.set("projection", { axis, method, range: moved });
  };

  const selects = new Map(
    [...places.keys()].map((name) => {
      const options = ["", ...METHODS].map((method) => h("option", { value: method }, method || "one plane"));
      const select: HTMLSelectElement = h(
        "select",
        {
          class: "projection-method",
          "aria-label": `planes of ${name}`,
          title: `show one plane of ${name}, or many put together`,
          onchange: () => choose(name, select.value),
        },
        ...options,
      );
      return [name, select];
    }),
  );
  const said = h("span", {});
  const physical = h("span", { class: "place" });
  const field = (end: 0 | 1) =>
    numberField(
      { inputmode: "numeric", "aria-label": end === 0 ? "first plane" : "last plane", size: 5 },
      (value) => set(end, value),
      () => String(now()?.range[end] ?? 0),
    );
  const fields = [field(0), field(1)] as const;
  const row = h(
    "div",
    { class: "projection", role: "group", "aria-label": "projection", hidden: true },
    said,
    fields[0],
    h("span", {}, "to"),
    fields[1],
    physical,
    button("one plane again", icon("close"), () => choose(now()?.axis ?? "", "")),
  );

  const update = (): void => {
    const projection = now();
    row.hidden = !projection || model.get("volume");
    for (const [name, select] of selects) {
      const method = projection?.axis === name ? projection.method : "";
      if (select.value !== method) select.value = method;
      // The slider has no say in what is a volume or put together.
      const deep = model.get("volume") && places.get(name) === info.volume?.axis;
      select.disabled = deep;
      const idle = deep || method !== "";
      const axis = select.closest(".axis");
      axis?.classList.toggle("projected", idle);
      for (const control of axis?.querySelectorAll<HTMLInputElement>("input, .play") ?? [])
        control.disabled = idle;
      if (idle && model.get("playing") === name) model.set("playing", "");
    }
    if (!projection) return;
    const { axis, method, range } = projection;
    setText(said, `${method} of ${axis}`);
    setValue(fields[0], String(range[0]));
    setValue(fields[1], String(range[1]));
    const place = places.get(axis) ?? 0;
    const { scale, translation, shape } = levelOf(info, 0);
    const own = info.axes[place];
    const at = (index: number) =>
      own ? placeAlong(own, index, scale[place] ?? 1, translation[place] ?? 0, shape[place] ?? 1) : "";
    setText(physical, at(range[0]) && `${at(range[0])} to ${at(range[1])}`);
  };
  model.on(["projection", "volume"], () => {
    update();
    host.draw();
  });
  update();
  return {
    axes: selects,
    below: [row],
    update,
    stead: (indices) => {
      const projection = memory.has(indices) ? memory.get(indices) : now();
      memory.set(indices, projection ?? null);
      if (!projection) return null;
      const { axis, method, range } = projection;
      return {
        source: `projection/${places.get(axis)}/${method}/${range[0]}-${range[1]}`,
        // The tiles are the same whatever the slider says.
        indices: { ...indices, [axis]: range[0] },
      };
    },
    words: () => {
      const projection = now();
      return projection ? `${projection.method} of ${projection.axis} ${projection.range.join("–")}` : "";
    },
  };
}
