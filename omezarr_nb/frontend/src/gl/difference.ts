/** Draws the difference of two images: the values of each into a picture of numbers, then one less the other. */
import type { Layer } from "../frame";
import { createProgram, type Program, rectangle } from "./context";
import { DIFFERENCE_FRAGMENT, type Numbers, VERTEX, valueFragment } from "./shaders";
import { nearest, numbersOf, type Textures } from "./textures";

const WHOLE = { left: -1, right: 1, top: 1, bottom: -1 };

interface Target {
  width: number;
  height: number;
  frame: WebGLFramebuffer;
  values: WebGLTexture;
}

export class Difference {
  private readonly programs: Partial<Record<Numbers, Program>> = {};
  private over: Program | undefined;
  private readonly targets: (Target | undefined)[] = [undefined, undefined];

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly textures: Textures,
  ) {}

  /** The first two layers; nothing where there are not two, or no floats can be drawn. */
  draw([one, other]: Layer[], limit: number): void {
    const { gl } = this;
    if (!one || !other || !gl.getExtension("EXT_color_buffer_float")) return;
    const [first, second] = [this.values(0, one), this.values(1, other)];
    this.over ??= createProgram(gl, VERTEX, DIFFERENCE_FRAGMENT);
    const { over } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.disable(gl.BLEND);
    gl.useProgram(over.program);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, second);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, first);
    gl.uniform1i(over.uniform("one"), 0);
    gl.uniform1i(over.uniform("other"), 1);
    gl.uniform1f(over.uniform("limit"), limit);
    rectangle(gl, over, WHOLE, 0);
  }

  /** As in the picture, the first tile at a place wins: coarse lies under fine. */
  private values(place: number, layer: Layer): WebGLTexture {
    const { gl } = this;
    const target = this.sized(place, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.bindFramebuffer(gl.FRAMEBUFFER, target.frame);
    gl.clearBufferfv(gl.COLOR, 0, [0, 0, 0, 0]);
    gl.clearBufferfv(gl.DEPTH, 0, [1]);
    gl.disable(gl.BLEND);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LESS);
    for (const { key, tile, rect } of layer.quads) {
      const texture = this.textures.of(key, tile);
      const program = this.program(numbersOf(tile.wire));
      gl.useProgram(program.program);
      gl.uniform1i(program.uniform("tile"), 0);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      rectangle(gl, program, rect, 0, layer.turn);
    }
    gl.disable(gl.DEPTH_TEST);
    return target.values;
  }

  private program(numbers: Numbers): Program {
    const program = this.programs[numbers] ?? createProgram(this.gl, VERTEX, valueFragment(numbers));
    this.programs[numbers] = program;
    return program;
  }

  /** A picture of numbers, of the canvas' size. */
  private sized(place: number, width: number, height: number): Target {
    const { gl } = this;
    const known = this.targets[place];
    if (known?.width === width && known.height === height) return known;
    if (known) {
      gl.deleteTexture(known.values);
      gl.deleteFramebuffer(known.frame);
    }
    const values = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, values);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RG32F, width, height);
    nearest(gl);
    const depth = gl.createRenderbuffer();
    gl.bindRenderbuffer(gl.RENDERBUFFER, depth);
    gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT16, width, height);
    const frame = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, values, 0);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, depth);
    gl.deleteRenderbuffer(depth);
    const target = { width, height, frame, values };
    this.targets[place] = target;
    return target;
  }
}
