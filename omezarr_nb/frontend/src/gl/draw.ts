/** Draws one frame: black where the image lies, every visible channel added to it, labels over that. */
import type { Frame, Layer, Side } from "../frame";
import type { Rect } from "../types";
import type { VolumePainter } from "../volume/draw";
import { createProgram, type Program, rectangle } from "./context";
import { Difference } from "./difference";
import { Overlays } from "./overlays";
import { FILL_FRAGMENT, HATCH_FRAGMENT, type Numbers, tileFragment, VERTEX } from "./shaders";
import { Colormaps, numbersOf, Textures } from "./textures";

export class Painter {
  readonly textures: Textures;
  private readonly tile: Record<Numbers, Program>;
  private readonly fill: Program;
  private readonly hatch: Program;
  private readonly overlays: Overlays;
  private readonly difference: Difference;
  private readonly colormaps: Colormaps;
  private drawsVolumes: VolumePainter | undefined;

  constructor(private readonly gl: WebGL2RenderingContext) {
    this.textures = new Textures(gl);
    this.tile = {
      unsigned: createProgram(gl, VERTEX, tileFragment("unsigned")),
      signed: createProgram(gl, VERTEX, tileFragment("signed")),
      float: createProgram(gl, VERTEX, tileFragment("float")),
    };
    this.fill = createProgram(gl, VERTEX, FILL_FRAGMENT);
    this.hatch = createProgram(gl, VERTEX, HATCH_FRAGMENT);
    this.colormaps = new Colormaps(gl);
    this.overlays = new Overlays(gl, this.textures);
    this.difference = new Difference(gl, this.textures);
    // The corners come from gl_VertexID, yet a vertex array must be bound.
    gl.bindVertexArray(gl.createVertexArray());
  }

  /** What draws volumes, made when the first one is drawn; its code is fetched then, and so comes with who asks. */
  volumes(make: (...given: ConstructorParameters<typeof VolumePainter>) => VolumePainter): VolumePainter {
    this.drawsVolumes ??= make(this.gl, this.colormaps, this.overlays);
    return this.drawsVolumes;
  }

  /** Delete the textures of a view. */
  deleteOf(owner: string): void {
    this.textures.deleteOf(owner);
    this.drawsVolumes?.deleteOf(owner);
  }

  /** Draw the frame of a view, which `owner` names, on the whole canvas. */
  draw(frame: Frame, ratio: number, owner: string): void {
    const { gl } = this;
    this.textures.begin(owner);
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clearColor(0, 0, 0, 0);
    gl.clearDepth(1);
    gl.depthMask(true);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.BLEND);
    gl.useProgram(this.fill.program);
    gl.uniform4f(this.fill.uniform("fill"), 0, 0, 0, 1);
    const { divider, kind, limit } = frame.comparing;
    if (kind === "difference") this.difference.draw(frame.layers, limit);
    else {
      for (const { rect, turn, side } of frame.grounds) {
        this.confine(side, divider);
        rectangle(gl, this.fill, rect, 0, turn);
      }
      this.layers(frame.layers, divider);
    }
    this.confine(undefined, divider);
    this.overlays.draw(frame.overlays, ratio);
    this.hatches(frame.hatches, ratio);
    this.textures.trim();
  }

  /**
   * Each layer has a depth of its own, nearer than the one before. Its first tile at a place sets that depth, and
   * a coarser tile of the same layer behind it fails the test: coarse lies under fine, and nothing is added twice.
   */
  private layers(layers: Layer[], divider: number): void {
    const { gl } = this;
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LESS);
    gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.ONE, gl.ONE, gl.ZERO, gl.ONE);
    layers.forEach((layer, position) => {
      const depth = 1 - (2 * (position + 1)) / (layers.length + 1);
      let current: Program | undefined;
      this.confine(layer.side, divider);
      for (const { key, tile, rect } of layer.quads) {
        const texture = this.textures.of(key, tile);
        const program = this.tile[numbersOf(tile.wire)];
        if (program !== current) {
          current = program;
          gl.useProgram(program.program);
          this.look(program, layer);
        }
        gl.bindTexture(gl.TEXTURE_2D, texture);
        rectangle(gl, program, rect, depth, layer.turn);
      }
    });
    gl.disable(gl.DEPTH_TEST);
  }

  /** Draw only left or right of a line, or everywhere. */
  private confine(side: Side, divider: number): void {
    const { gl } = this;
    if (!side) {
      gl.disable(gl.SCISSOR_TEST);
      return;
    }
    const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    const line = Math.round(width * divider);
    gl.enable(gl.SCISSOR_TEST);
    if (side === "left") gl.scissor(0, 0, line, height);
    else gl.scissor(line, 0, width - line, height);
  }

  private look(program: Program, layer: Layer): void {
    const { gl } = this;
    gl.uniform2f(program.uniform("limits"), ...layer.limits);
    gl.uniform3f(program.uniform("color"), ...layer.color);
    gl.uniform1f(program.uniform("gamma"), layer.gamma);
    gl.uniform1i(program.uniform("inverted"), Number(layer.inverted));
    gl.uniform1f(program.uniform("opacity"), layer.opacity);
    gl.uniform1i(program.uniform("mapped"), Number(layer.colormap !== undefined));
    gl.uniform1i(program.uniform("tile"), 0);
    gl.uniform1i(program.uniform("colormap"), 1);
    if (!layer.colormap) return;
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.colormaps.of(layer.colormap));
    gl.activeTexture(gl.TEXTURE0);
  }

  private hatches(rects: Rect[], ratio: number): void {
    const { gl } = this;
    if (rects.length === 0) return;
    gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.ONE, gl.ONE_MINUS_SRC_ALPHA, gl.ZERO, gl.ONE);
    gl.useProgram(this.hatch.program);
    gl.uniform1f(this.hatch.uniform("ratio"), ratio);
    for (const rect of rects) rectangle(gl, this.hatch, rect, 0);
  }
}
