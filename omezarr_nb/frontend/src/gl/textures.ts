/** Textures of tiles: one for each tile and channel, of the tile's own kind of numbers, bounded in bytes. */
import { Cache } from "../cache";
import { BUDGET, type Tile } from "../tiles";
import type { Wire } from "../types";
import type { Numbers } from "./shaders";

export function numbersOf(wire: Wire): Numbers {
  if (wire === "float32") return "float";
  return wire.startsWith("u") ? "unsigned" : "signed";
}

/** Of all views of a page together; those of the frame that is drawn are never thrown out. */
export class Textures {
  private readonly cache: Cache<WebGLTexture>;
  private owner = "";
  private readonly used = new Set<string>();

  constructor(private readonly gl: WebGL2RenderingContext) {
    this.cache = new Cache(BUDGET, (texture) => gl.deleteTexture(texture));
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.cache.bytes;
  }

  /** A frame of a view begins. */
  begin(owner: string): void {
    this.owner = owner;
    this.used.clear();
  }

  /** The tile's texture, made now where it is not there yet. */
  of(key: string, tile: Tile): WebGLTexture {
    const name = `${this.owner} ${key}`;
    this.used.add(name);
    const known = this.cache.get(name);
    if (known) return known;
    const texture = upload(this.gl, tile);
    this.cache.set(name, texture, tile.values.byteLength);
    return texture;
  }

  delete(owner: string, key: string): void {
    this.cache.delete(`${owner} ${key}`);
  }

  /** Delete all of a view. */
  deleteOf(owner: string): void {
    this.cache.deleteWhere((name) => name.startsWith(`${owner} `));
  }

  trim(): void {
    this.cache.trim((name) => this.used.has(name));
  }
}

/** Colour maps that are kept; views come and go, each with tables of its own. */
const MOST_COLORMAPS = 64;

/** Textures of colour maps: one row of 256 colours. */
export class Colormaps {
  private readonly known = new Map<Uint8Array, WebGLTexture>();

  constructor(private readonly gl: WebGL2RenderingContext) {}

  of(colors: Uint8Array): WebGLTexture {
    const { gl } = this;
    const known = this.known.get(colors);
    if (known) return known;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGB8, 256, 1);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 256, 1, gl.RGB, gl.UNSIGNED_BYTE, colors);
    nearest(gl);
    this.known.set(colors, texture);
    const [oldest] = this.known;
    if (oldest && this.known.size > MOST_COLORMAPS) {
      this.known.delete(oldest[0]);
      gl.deleteTexture(oldest[1]);
    }
    return texture;
  }
}

export function formats(
  gl: WebGL2RenderingContext,
  wire: Wire,
): [internal: number, format: number, type: number] {
  switch (wire) {
    case "uint8":
      return [gl.R8UI, gl.RED_INTEGER, gl.UNSIGNED_BYTE];
    case "uint16":
      return [gl.R16UI, gl.RED_INTEGER, gl.UNSIGNED_SHORT];
    case "uint32":
      return [gl.R32UI, gl.RED_INTEGER, gl.UNSIGNED_INT];
    case "uint64":
      return [gl.RG32UI, gl.RG_INTEGER, gl.UNSIGNED_INT];
    case "int16":
      return [gl.R16I, gl.RED_INTEGER, gl.SHORT];
    case "int32":
      return [gl.R32I, gl.RED_INTEGER, gl.INT];
    case "float32":
      return [gl.R32F, gl.RED, gl.FLOAT];
  }
}

function upload(gl: WebGL2RenderingContext, tile: Tile): WebGLTexture {
  const texture = gl.createTexture();
  const [internal, format, type] = formats(gl, tile.wire);
  const [width, height] = tile.uniform ? [1, 1] : [tile.width, tile.height];
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texStorage2D(gl.TEXTURE_2D, 1, internal, width, height);
  const { values } = tile;
  // The lower 32 bits are red, the upper ones green.
  const data = values instanceof BigUint64Array ? new Uint32Array(values.buffer) : values;
  gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, type, data);
  nearest(gl);
  return texture;
}

/** No filter, and nothing beyond the edge. */
export function nearest(gl: WebGL2RenderingContext): void {
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  }
  for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) {
    gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
  }
}
