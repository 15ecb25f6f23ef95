/** Draws the difference of two images: the values of each into a picture of numbers, then one less the other. */
import type { Layer } from "../frame";
import { createProgram, type Program, rectangle } from "./context";
import { DIFFERENCE_FRAGMENT, type Numbers, VERTEX, valueFragment } from "./shaders";
import { Target, WHOLE } from "./target";
import { numbersOf, type Textures } from "./textures";

export class Difference {
  private readonly programs: Partial<Record<Numbers, Program>> = {};
  private over: Program | undefined;
  private readonly targets: [Target, Target];

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly textures: Textures,
  ) {
    this.targets = [new Target(gl, gl.RG32F), new Target(gl, gl.RG32F)];
  }

  /** The first two layers; nothing where there are not two, or no floats can be drawn. */
  draw([one, other]: Layer[], limit: number): void {
    const { gl } = this;
    if (!one || !other || !gl.getExtension("EXT_color_buffer_float")) return;
    const [first, second] = [this.values(this.targets[0], one), this.values(this.targets[1], other)];
    this.over ??= createProgram(gl, VERTEX, DIFFERENCE_FRAGMENT);
    const { over } = this;
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
  private values(target: Target, layer: Layer): WebGLTexture {
    const { gl } = this;
    const values = target.begin();
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
    target.end();
    return values;
  }

  private program(numbers: Numbers): Program {
    const program = this.programs[numbers] ?? createProgram(this.gl, VERTEX, valueFragment(numbers));
    this.programs[numbers] = program;
    return program;
  }
}
