/** Draws volumes: 3-D textures that are filled as their parts come, and a pass for each channel. */
import { Cache } from "../cache";
import type { ChannelLook, LabelStyle } from "../frame";
import { createProgram, type Program, rectangle } from "../gl/context";
import type { Overlays } from "../gl/overlays";
import { VERTEX } from "../gl/shaders";
import { Target, WHOLE } from "../gl/target";
import { type Colormaps, formats } from "../gl/textures";
import { WIRE_BYTES } from "../plan";
import type { Wire } from "../types";
import type { Values } from "../wire";
import type { Grid, Rays } from "./geometry";
import { VOLUME_BUDGET } from "./levels";
import type { Method } from "./methods";
import { LABELS_FRAGMENT, volumeFragment } from "./shader";
import type { Volume } from "./store";

/** Half precision ends here. */
const HALF_MOST = 65504;

export interface VolumeScene {
  volumes: { volume: Volume; look: ChannelLook; grid: Grid; rays: Rays }[];
  /** They lie over the others, the lowest first. */
  labels: { volume: Volume; style: LabelStyle; grid: Grid; rays: Rays }[];
  /** Device pixels for one of CSS. */
  ratio: number;
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
  format: number;
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
  private readonly programs = new Map<Method | "labels", Program>();
  private readonly ids: Target;
  private readonly textures: Cache<Uploaded>;
  private readonly sixteen: { R16_EXT: number } | null;
  private readonly smoothFloats: boolean;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly colormaps: Colormaps,
    private readonly overlays: Overlays,
  ) {
    this.ids = new Target(gl, gl.RGBA32UI);
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
    const red = { format: gl.RED, plain: true };
    if (wire === "uint8") return { ...red, internal: gl.R8, type: gl.UNSIGNED_BYTE, unit: 255, bytes: 1 };
    if (wire === "uint16" && this.sixteen)
      return { ...red, internal: this.sixteen.R16_EXT, type: gl.UNSIGNED_SHORT, unit: 65535, bytes: 2 };
    const float = { ...red, type: gl.FLOAT, plain: false };
    if (this.smoothFloats) return { ...float, internal: gl.R32F, unit: 1, bytes: 4 };
    const largest =
      { uint16: 65535, int16: 32768, uint32: 2 ** 32, int32: 2 ** 31 }[wire as string] ?? HALF_MOST;
    return { ...float, internal: gl.R16F, unit: largest / HALF_MOST, bytes: 2 };
  }

  /** Textures of ids, which are exact. */
  private exact(wire: Wire): Format {
    const [internal, format, type] = formats(this.gl, wire);
    return { internal, format, type, unit: 1, bytes: WIRE_BYTES[wire], plain: true };
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
    for (const one of scene.labels) {
      const name = `${owner} ${one.volume.key}`;
      used.add(name);
      this.labels(one, name, scene);
    }
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
    this.rays(program, grid, rays, fineness);
    gl.uniform3fv(program.uniform("color"), look.color);
    gl.uniform1f(program.uniform("unit"), format.unit);
    gl.uniform2f(program.uniform("limits"), ...look.limits);
    gl.uniform1f(program.uniform("gamma"), look.gamma);
    gl.uniform1i(program.uniform("inverted"), Number(look.inverted));
    gl.uniform1f(program.uniform("opacity"), look.opacity);
    gl.uniform1i(program.uniform("mapped"), Number(look.colormap !== undefined));
    rectangle(gl, program, WHOLE, 0);
  }

  /** The first label along each ray as a picture of ids, then their colours over what is drawn. */
  private labels(
    { volume, style, grid, rays }: VolumeScene["labels"][number],
    name: string,
    scene: VolumeScene,
  ) {
    const { gl } = this;
    if (style.opacity === 0) return;
    const program = this.program("labels");
    const ids = this.ids.begin();
    gl.clearBufferuiv(gl.COLOR, 0, [0, 0, 0, 0]);
    gl.useProgram(program.program);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.overlays.table(style.entries));
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_3D, this.texture(name, volume, this.exact(volume.wire), 0));
    gl.uniform1i(program.uniform("volume"), 0);
    gl.uniform1i(program.uniform("entries"), 1);
    gl.uniform1i(program.uniform("listed"), style.entries.length);
    gl.uniform1i(program.uniform("onlySelected"), Number(style.onlySelected));
    this.rays(program, grid, rays, scene.fineness);
    rectangle(gl, program, WHOLE, 0);
    gl.bindTexture(gl.TEXTURE_3D, null);
    this.ids.end();
    this.overlays.colors(ids, style, scene.ratio, true);
  }

  private rays({ uniform }: Program, grid: Grid, rays: Rays, fineness: number): void {
    const { gl } = this;
    const extent = grid.high.map((high, a) => high - (grid.low[a] ?? 0));
    const vectors = { ...rays, extent, across_planes: [0, 1, 2].map((a) => Number(a === rays.axis)) };
    for (const name of [
      "origin",
      "across",
      "down",
      "away",
      "low",
      "high",
      "extent",
      "across_planes",
    ] as const)
      gl.uniform3fv(uniform(name), vectors[name]);
    gl.uniform1f(uniform("fineness"), fineness);
  }

  private program(method: Method | "labels"): Program {
    const fragment = () => (method === "labels" ? LABELS_FRAGMENT : volumeFragment(method));
    const known = this.programs.get(method) ?? createProgram(this.gl, VERTEX, fragment());
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
        gl.texParameteri(gl.TEXTURE_3D, filter, format.format === gl.RED ? gl.LINEAR : gl.NEAREST);
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
      const data =
        part instanceof BigUint64Array ? halves(part) : format.plain ? part : floats(part, format, nothing);
      gl.texSubImage3D(
        gl.TEXTURE_3D,
        0,
        0,
        fromRow,
        fromPlane,
        columns,
        height,
        depth,
        format.format,
        format.type,
        data,
      );
    }
    known.parts = volume.there.length;
    return known.texture;
  }
}

/** The lower 32 bits, then the upper ones. */
function halves({ buffer, byteOffset, length }: BigUint64Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, 2 * length);
}

/** Voxels as floats. What is not a number would spread between voxels: it becomes what is drawn black. */
function floats(
  part: Exclude<Values, BigUint64Array>,
  { unit, bytes }: Format,
  nothing: number,
): Float32Array {
  const most = bytes === 2 ? HALF_MOST : 3e38;
  return Float32Array.from(part, (value) => {
    const scaled = (Number.isNaN(value) ? nothing : value) / unit;
    return Math.min(Math.max(scaled, -most), most);
  });
}
