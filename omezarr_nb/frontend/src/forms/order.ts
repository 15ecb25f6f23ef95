/** Names of axes over the dimensions of an array: dragged, or moved by the arrow keys, two change places. */
import { h } from "../dom";
import type { Control, FormModel } from "./main";
import { formWords as words } from "./words";

/** The names after two of them have changed places. */
export function swapped(names: readonly string[], one: number, other: number): string[] {
  return names.map((name, index) => names[index === one ? other : index === other ? one : index] ?? name);
}

export function orderControl(model: FormModel): Control {
  const list = h("ol", { class: "oz-order", "aria-label": words.axes });
  const said = h("span", { class: "oz-said", role: "status" });
  const element = h("div", {}, list, said);
  let chips: HTMLButtonElement[] = [];
  const names = (): string[] => model.get("names") as string[];

  const swap = (one: number, other: number): void => {
    const now = names();
    if (model.get("disabled") || one === other || other < 0 || other >= now.length) return;
    model.set("names", swapped(now, one, other));
    model.save_changes();
    chips[other]?.focus();
    said.textContent = words.moved(now[one] ?? "", other + 1);
  };
  const chip = (index: number): HTMLButtonElement => {
    const button = h("button", {
      type: "button",
      class: "oz-chip",
      title: words.dragHint,
      onkeydown: (event: KeyboardEvent) => {
        const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
        if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        swap(index, index + by);
      },
    });
    let from: { x: number; y: number } | null = null;
    const over = (event: PointerEvent): number => {
      const items = [...list.children];
      return items.findIndex((item) => {
        const box = item.getBoundingClientRect();
        const { clientX: x, clientY: y } = event;
        return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
      });
    };
    const mark = (target: number): void => {
      [...list.children].forEach((item, at) => {
        item.classList.toggle("oz-target", from !== null && at === target && at !== index);
      });
    };
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || model.get("disabled")) return;
      button.setPointerCapture(event.pointerId);
      from = { x: event.clientX, y: event.clientY };
    });
    button.addEventListener("pointermove", (event) => {
      if (!from) return;
      button.style.translate = `${event.clientX - from.x}px ${event.clientY - from.y}px`;
      button.classList.add("oz-dragged");
      mark(over(event));
    });
    const drop = (event: PointerEvent): void => {
      if (!from) return;
      const target = event.type === "pointerup" ? over(event) : -1;
      from = null;
      button.style.translate = "";
      button.classList.remove("oz-dragged");
      mark(-1);
      if (target >= 0) swap(index, target);
    };
    button.addEventListener("pointerup", drop);
    button.addEventListener("pointercancel", drop);
    return button;
  };
  const update = (): void => {
    const now = names();
    const lengths = model.get("lengths") as number[];
    if (chips.length !== now.length) {
      chips = now.map((_, index) => chip(index));
      list.replaceChildren(...chips.map((button) => h("li", {}, button, h("small"))));
    }
    chips.forEach((button, index) => {
      const name = now[index] ?? "";
      button.textContent = name;
      button.disabled = Boolean(model.get("disabled"));
      button.setAttribute("aria-label", words.axisAt(name, index + 1, lengths[index] ?? 0));
      const small = button.nextElementSibling;
      if (small) small.textContent = words.long(lengths[index] ?? 0);
    });
  };
  return { element, update };
}
