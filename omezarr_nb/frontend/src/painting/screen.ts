/** The tiles of painted labels on screen: which there are, and those that come with an answer. */
import type { Host } from "../features";
import { labelIndices, sourceOf } from "../labels";
import { PACKING, unpacked } from "../packed";
import { planView, tileKey } from "../plan";
import { BUDGET } from "../tiles";
import type { LabelInfo } from "../types";
import { isOf, keysOfCells } from "./geometry";
import type { Cells, PaintAnswer, Painted, Sight } from "./types";

export class Screen {
  /** Changes up to this number are on screen, or known not to be. */
  private known = 0;

  constructor(private readonly host: Host) {}

  /** What is on screen of the labels. */
  sight(info: LabelInfo): Sight | null {
    const { host } = this;
    const there = labelIndices(host.model.info, info, host.shown());
    if (!there) return null;
    const { camera, size } = host.navigation;
    const plan = planView({
      info,
      source: sourceOf(info.name),
      camera,
      size,
      ratio: devicePixelRatio,
      choice: "auto",
      indices: there,
      channels: [0],
      budget: BUDGET,
    });
    const want = plan.wants.at(-1);
    if (!want) return null;
    return {
      level: want.level,
      indices: want.indices,
      tiles: want.tiles,
      ...(PACKING ? { packing: PACKING } : {}),
    };
  }

  /** Put the tiles that came with an answer in place, and have the others asked for anew where they are seen. */
  async put(
    info: LabelInfo,
    answer: PaintAnswer & { kind: "painted" },
    buffers: DataView[],
    sight: Sight | null,
  ): Promise<void> {
    if (answer.number === 0) return;
    const fresh = new Set<string>();
    if (answer.sight && sight) {
      const { dtype, tiles } = answer.sight;
      const bytes = await unpacked(dtype, tiles, buffers);
      const plane = { source: sourceOf(info.name), level: sight.level, indices: sight.indices };
      for (const tile of tiles) {
        const key = tileKey(plane, 0, tile.tile);
        this.host.tiles.take(key, dtype, tile, bytes);
        fresh.add(key);
      }
    }
    this.renew(info, answer.cells, fresh);
    if (answer.number === this.known + 1) this.known = answer.number;
  }

  /** Hear of a change, which may be one that was put in place already. */
  hear(info: LabelInfo, painted: Painted): void {
    if (painted.number === this.known) return;
    this.known = painted.number;
    this.renew(info, painted.cells, new Set());
    this.host.draw();
  }

  /** All tiles of some labels may be others. */
  renewAll(labels: string): void {
    this.host.renew(isOf(sourceOf(labels)), new Set());
  }

  private renew(info: LabelInfo, cells: Cells, fresh: Set<string>): void {
    const source = sourceOf(info.name);
    const keys = keysOfCells(info, source, cells);
    this.host.renew(keys ? (key) => keys.has(key) : isOf(source), fresh);
  }
}
