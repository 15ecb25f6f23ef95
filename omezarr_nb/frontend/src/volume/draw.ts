/** Draws volumes: 3-D textures that are filled as their parts come, and a pass for each channel. */
import { Cache } from "../cache";
import type { ChannelLook } from "../frame";
import { createProgram, type Program, rectangle } from "../gl/context";
import { VERTEX } from "../gl/shaders";
import type { Colormaps } from "../gl/textures";
import type { Wire } from "../types";
import type { Grid, Rays } from "./geometry";
import { VOLUME_BUDGET } from "./levels";
import { type Method, volumeFragment } from "./shader";
import type { Volume, Voxels } from "./store";

const WHOLE = { left: -1, right: 1, top: 1, bottom: -1 };
/** Half precision ends here. */
const HALF_MOST = 65504;

export interface VolumeScene {
  volumes: { volume: Volume; look: ChannelLook; grid: Grid; rays: Rays }[];
  method: Method;
  threshold: number;
  /** What a way of one unit of the world gathers or loses at full brightness. */
  density: number;
  /** Samples for each voxel: fewer while it moves. */
  fineness: number;
  /** The longest way through the volume, in the world. */
  reach: number;
}

/** How voxels lie in a texture: what a sample is multiplied by, and what is done to them before. */
export interface Format {
  internal: number;
  type: number;
  unit: number;
  bytes: number;
  plain: boolean;
}

interface Uploaded {
  texture: WebGLTexture;
  parts: number;
}

export class VolumePainter {
  /** Voxels along the longest edge of a texture. */
  readonly most: number;
  private readonly programs = new Map<Method, Program>();
  private readonly textures: Cache<Uploaded>;
  private readonly sixteen: { R16_EXT: number } | null;
  private readonly smoothFloats: boolean;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly colormaps: Colormaps,
  ) {
    this.most = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number;
    this.sixteen = gl.getExtension("EXT_texture_norm16");
    this.smoothFloats = gl.getExtension("OES_texture_float_linear") !== null;
    this.textures = new Cache(VOLUME_BUDGET, ({ texture }) => gl.deleteTexture(texture));
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.textures.bytes;
  }

  /** Textures between whose voxels the GPU interpolates, as exact as it has them. */
  format(wire: Wire): Format {
    const { gl } = this;
    if (wire === "uint8")
      return { internal: gl.R8, type: gl.UNSIGNED_BYTE, unit: 255, bytes: 1, plain: true };
    if (wire === "uint16" && this.sixteen)
      return { internal: this.sixteen.R16_EXT, type: gl.UNSIGNED_SHORT, unit: 65535, bytes: 2, plain: true };
    if (this.smoothFloats) return { internal: gl.R32F, type: gl.FLOAT, unit: 1, bytes: 4, plain: false };
    const largest =
      { uint16: 65535, int16: 32768, uint32: 2 ** 32, int32: 2 ** 31 }[wire as string] ?? HALF_MOST;
    return { internal: gl.R16F, type: gl.FLOAT, unit: largest / HALF_MOST, bytes: 2, plain: false };
  }

  deleteOf(owner: string): void {
    this.textures.deleteWhere((name) => name.startsWith(`${owner} `));
  }

  /** Draw on the whole canvas. */
  draw(scene: VolumeScene, owner: string): void {
    const { gl } = this;
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clearColor(0, 0, 0, 1);
    gl.clearDepth(1);
    gl.depthMask(true);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    const solid = scene.method === "surface";
    // The surface that is nearest hides the others; all else is light, and adds up.
    if (solid) {
      gl.enable(gl.DEPTH_TEST);
      gl.depthFunc(gl.LESS);
      gl.disable(gl.BLEND);
    } else {
      gl.disable(gl.DEPTH_TEST);
      gl.enable(gl.BLEND);
      gl.blendFuncSeparate(gl.ONE, gl.ONE, gl.ZERO, gl.ONE);
    }
    const program = this.program(scene.method);
    gl.useProgram(program.program);
    gl.uniform1i(program.uniform("volume"), 0);
    gl.uniform1i(program.uniform("colormap"), 1);
    gl.uniform1f(program.uniform("threshold"), scene.threshold);
    gl.uniform1f(program.uniform("density"), scene.density);
    gl.uniform1f(program.uniform("nearness"), 0.5 / scene.reach);
    const used = new Set<string>();
    for (const one of scene.volumes) {
      const name = `${owner} ${one.volume.key}`;
      used.add(name);
      this.channel(program, one, name, scene.fineness);
    }
    gl.bindTexture(gl.TEXTURE_3D, null);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.BLEND);
    this.textures.trim((name) => used.has(name));
  }

  private channel(
    program: Program,
    { volume, look, grid, rays }: VolumeScene["volumes"][number],
    name: string,
    fineness: number,
  ): void {
    const { gl } = this;
    const format = this.format(volume.wire);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, look.colormap ? this.colormaps.of(look.colormap) : null);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_3D, this.texture(name, volume, format, look.limits[0]));
    const vectors = {
      ...rays,
      extent: grid.high.map((high, a) => high - (grid.low[a] ?? 0)),
      color: look.color,
    };
    for (const vector of ["origin", "across", "down", "away", "low", "high", "extent", "color"] as const) {
      gl.uniform3fv(program.uniform(vector), vectors[vector]);
    }
    gl.uniform1f(program.uniform("unit"), format.unit);
    gl.uniform3fv(
      program.uniform("across_planes"),
      [0, 1, 2].map((a) => Number(a === rays.axis)),
    );
    gl.uniform1f(program.uniform("fineness"), fineness);
    gl.uniform2f(program.uniform("limits"), ...look.limits);
    gl.uniform1f(program.uniform("gamma"), look.gamma);
    gl.uniform1i(program.uniform("inverted"), Number(look.inverted));
    gl.uniform1f(program.uniform("opacity"), look.opacity);
    gl.uniform1i(program.uniform("mapped"), Number(look.colormap !== undefined));
    rectangle(gl, program, WHOLE, 0);
  }

  private program(method: Method): Program {
    const known = this.programs.get(method) ?? createProgram(this.gl, VERTEX, volumeFragment(method));
    this.programs.set(method, known);
    return known;
  }

  /** The volume's texture, with the parts that have come since it was drawn last. */
  private texture(name: string, volume: Volume, format: Format, nothing: number): WebGLTexture {
    const { gl } = this;
    let known = this.textures.get(name);
    if (!known) {
      known = { texture: gl.createTexture(), parts: 0 };
      gl.bindTexture(gl.TEXTURE_3D, known.texture);
      gl.texStorage3D(gl.TEXTURE_3D, 1, format.internal, ...volume.size);
      for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
        gl.texParameteri(gl.TEXTURE_3D, filter, gl.LINEAR);
      for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R])
        gl.texParameteri(gl.TEXTURE_3D, wrap, gl.CLAMP_TO_EDGE);
      const [columns, rows, planes] = volume.size;
      this.textures.set(name, known, columns * rows * planes * format.bytes);
    }
    gl.bindTexture(gl.TEXTURE_3D, known.texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    const [columns, rows] = volume.size;
    for (const [fromPlane, toPlane, fromRow, toRow] of volume.there.slice(known.parts)) {
      const start = (fromPlane * rows + fromRow) * columns;
      const [height, depth] = [toRow - fromRow, toPlane - fromPlane];
      const part = volume.voxels.subarray(start, start + columns * height * depth);
      const data = format.plain ? part : floats(part, format, nothing);
      gl.texSubImage3D(
        gl.TEXTURE_3D,
        0,
        0,
        fromRow,
        fromPlane,
        columns,
        height,
        depth,
        gl.RED,
        format.type,
        data,
      );
    }
    known.parts = volume.there.length;
    return known.texture;
  }
}

/** Voxels as floats. What is not a number would spread between voxels: it becomes what is drawn black. */
function floats(part: Voxels, { unit, bytes }: Format, nothing: number): Float32Array {
  const most = bytes === 2 ? HALF_MOST : 3e38;
  return Float32Array.from(part, (value) => {
    const scaled = (Number.isNaN(value) ? nothing : value) / unit;
    return Math.min(Math.max(scaled, -most), most);
  });
}
