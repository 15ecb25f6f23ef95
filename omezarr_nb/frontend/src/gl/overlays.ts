/** Draws labels: their ids into a picture of numbers as large as the canvas, then their colours onto the canvas. */
import type { LabelStyle, Overlay } from "../frame";
import { createProgram, type Program, rectangle } from "./context";
import { ID_FRAGMENT, LABEL_FRAGMENT, VERTEX } from "./shaders";
import { Target, WHOLE } from "./target";
import { nearest, type Textures } from "./textures";

/** Entries in a row of their texture. */
const ROW = 1024;
/** Width in CSS pixels of the white line around a label that is selected. */
const RING = 2;

export class Overlays {
  private readonly id: Program;
  private readonly label: Program;
  private readonly target: Target;
  private readonly tables = new WeakMap<LabelStyle["entries"], WebGLTexture>();
  private made: WebGLTexture[] = [];

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly textures: Textures,
  ) {
    this.id = createProgram(gl, VERTEX, ID_FRAGMENT);
    this.label = createProgram(gl, VERTEX, LABEL_FRAGMENT);
    this.target = new Target(gl, gl.RG32UI);
  }

  draw(overlays: Overlay[], ratio: number): void {
    for (const { quads, style } of overlays) {
      if (quads.length === 0 || style.opacity === 0) continue;
      const ids = this.target.begin();
      this.ids(quads);
      this.target.end();
      this.colors(ids, style, ratio, false);
    }
  }

  /** As with channels, the first tile at a place wins: coarse lies under fine. */
  private ids(quads: Overlay["quads"]): void {
    const { gl } = this;
    gl.clearBufferuiv(gl.COLOR, 0, [0, 0, 0, 0]);
    gl.clearBufferfv(gl.DEPTH, 0, [1]);
    gl.disable(gl.BLEND);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LESS);
    gl.useProgram(this.id.program);
    for (const { key, tile, rect } of quads) {
      gl.bindTexture(gl.TEXTURE_2D, this.textures.of(key, tile));
      rectangle(gl, this.id, rect, 0);
    }
    gl.disable(gl.DEPTH_TEST);
  }

  /** Lay the colours of ids over the canvas; where they are `lit`, how brightly stands beside them. */
  colors(ids: WebGLTexture, style: LabelStyle, ratio: number, lit: boolean): void {
    const { gl, label } = this;
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.useProgram(label.program);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.table(style.entries));
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, ids);
    gl.uniform1i(label.uniform("ids"), 0);
    gl.uniform1i(label.uniform("entries"), 1);
    gl.uniform1i(label.uniform("listed"), style.entries.length);
    gl.uniform1i(label.uniform("lit"), Number(lit));
    gl.uniform1f(label.uniform("opacity"), style.opacity);
    gl.uniform1i(label.uniform("contour"), Math.round(style.contour * ratio));
    gl.uniform1i(label.uniform("ring"), Math.max(Math.round(RING * ratio), 1));
    gl.uniform1i(label.uniform("onlySelected"), Number(style.onlySelected));
    rectangle(gl, label, WHOLE, 0);
    gl.disable(gl.BLEND);
    // Channels sample colours there, and nothing is drawn where a sampler and its texture are of different kinds.
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, null);
    gl.activeTexture(gl.TEXTURE0);
  }

  /** Colours and selection as a texture; styles change rarely, and a few are kept. */
  table(entries: LabelStyle["entries"]): WebGLTexture {
    const { gl } = this;
    const known = this.tables.get(entries);
    if (known && this.made.includes(known)) return known;
    const rows = Math.max(Math.ceil(entries.length / ROW), 1);
    const data = new Uint32Array(rows * ROW * 4);
    entries.forEach(({ id, color, selected }, position) => {
      const [red, green, blue, alpha] = color ?? [0, 0, 0, 0];
      const packed = (red | (green << 8) | (blue << 16) | (alpha << 24)) >>> 0;
      const flags = (color ? 1 : 0) | (selected ? 2 : 0);
      data.set([Number(id & 0xffffffffn), Number(id >> 32n), packed, flags], position * 4);
    });
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA32UI, ROW, rows);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, ROW, rows, gl.RGBA_INTEGER, gl.UNSIGNED_INT, data);
    nearest(gl);
    this.tables.set(entries, texture);
    this.made.push(texture);
    for (const old of this.made.splice(0, this.made.length - 16)) gl.deleteTexture(old);
    return texture;
  }
}
