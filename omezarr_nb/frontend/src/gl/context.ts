/** WebGL 2: its context, programs and their uniforms, and the one shape that is drawn. */
import type { Turn } from "../members";
import type { Rect } from "../types";

const UPRIGHT: Turn = [1, 0, 0, 1];

export function createContext(canvas: HTMLCanvasElement): WebGL2RenderingContext | null {
  return canvas.getContext("webgl2", {
    alpha: true,
    antialias: false,
    depth: true,
    stencil: false,
    premultipliedAlpha: true,
    powerPreference: "low-power",
  });
}

export interface Program {
  program: WebGLProgram;
  uniform: (name: string) => WebGLUniformLocation | null;
}

export function createProgram(gl: WebGL2RenderingContext, vertex: string, fragment: string): Program {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    // A lost context gives null here and false below: it is restored later, so that is no error.
    if (!shader) continue;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`The viewer's shader does not link: ${gl.getProgramInfoLog(program)}`);
  }
  const places = new Map<string, WebGLUniformLocation | null>();
  return {
    program,
    uniform: (name) => {
      if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
      return places.get(name) ?? null;
    },
  };
}

/** Draw a rectangle of clip space with the program in use. */
export function rectangle(
  gl: WebGL2RenderingContext,
  program: Program,
  { left, top, right, bottom }: Rect,
  depth: number,
  turn: Turn = UPRIGHT,
): void {
  gl.uniform4f(program.uniform("rect"), left, top, right, bottom);
  gl.uniform1f(program.uniform("depth"), depth);
  gl.uniformMatrix2fv(program.uniform("turn"), false, turn);
  gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
}
