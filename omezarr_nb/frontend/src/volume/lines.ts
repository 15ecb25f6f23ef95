/** Lines over a volume: the edges of what is drawn, and which way its axes go. */
import type { Size } from "../camera";
import { axesOf, map3, type Orbit, onStage } from "./geometry";
import type { Vec3 } from "./turn";

const SVG = "http://www.w3.org/2000/svg";
/** Of the three axes in the corner: how long, in CSS pixels, and how far from the edges. */
const ARM = 28;
const MARGIN = 48;
/** Those of x, y and z, bright on black. */
const COLORS = ["#ff6b6b", "#69db7c", "#74a9ff"];

type Place = [x: number, y: number];

/** The twelve edges of a box as lines of the stage; those that meet at the corner farthest away lie behind it. */
export function edgesOf(low: Vec3, high: Vec3, orbit: Orbit, size: Size) {
  const corner = (bits: number) => map3((a) => (bits & (1 << a) ? high[a] : low[a]));
  const places = Array.from({ length: 8 }, (_, bits) => onStage(corner(bits), orbit, size));
  const depths = places.map(([, , depth]) => depth);
  const farthest = depths.indexOf(Math.max(...depths));
  const edges: { from: Place; to: Place; behind: boolean }[] = [];
  for (let bits = 0; bits < 8; bits++) {
    for (let a = 0; a < 3; a++) {
      const other = bits | (1 << a);
      const [from, to] = [places[bits], places[other]];
      if (other === bits || !from || !to) continue;
      const behind = bits === farthest || other === farthest;
      edges.push({ from: [from[0], from[1]], to: [to[0], to[1]], behind });
    }
  }
  return edges;
}

export class Lines {
  readonly element = document.createElementNS(SVG, "svg");
  private readonly front = document.createElementNS(SVG, "path");
  private readonly back = document.createElementNS(SVG, "path");
  private readonly axes: { line: SVGElement; name: SVGElement }[];

  constructor(names: string[]) {
    this.element.setAttribute("class", "volume-lines");
    this.element.setAttribute("aria-hidden", "true");
    this.back.setAttribute("class", "behind");
    this.element.append(this.back, this.front);
    this.axes = names.map((text, a) => {
      const line = document.createElementNS(SVG, "path");
      const name = document.createElementNS(SVG, "text");
      line.setAttribute("stroke", COLORS[a] ?? "");
      name.setAttribute("fill", COLORS[a] ?? "");
      name.textContent = text.slice(0, 8);
      this.element.append(line, name);
      return { line, name };
    });
  }

  update(low: Vec3, high: Vec3, orbit: Orbit, size: Size): void {
    const edges = edgesOf(low, high, orbit, size);
    const path = (behind: boolean) =>
      edges
        .filter((edge) => edge.behind === behind)
        .map(({ from, to }) => `M${shortened(from)}L${shortened(to)}`)
        .join("");
    this.back.setAttribute("d", path(true));
    this.front.setAttribute("d", path(false));
    const middle: Place = [size.width - MARGIN, size.height - MARGIN];
    const [right, down] = axesOf(orbit.rotation);
    this.axes.forEach(({ line, name }, a) => {
      const [dx, dy] = [right[a] ?? 0, down[a] ?? 0];
      line.setAttribute("d", `M${middle}L${shortened([middle[0] + ARM * dx, middle[1] + ARM * dy])}`);
      name.setAttribute("x", (middle[0] + (ARM + 9) * dx).toFixed(1));
      name.setAttribute("y", (middle[1] + (ARM + 9) * dy).toFixed(1));
      // An axis that comes towards the viewer would lie on the others.
      name.toggleAttribute("hidden", Math.hypot(dx, dy) < 0.25);
    });
  }
}

function shortened(place: Place): string {
  return place.map((value) => Math.min(Math.max(value, -1e5), 1e5).toFixed(1)).join(" ");
}
