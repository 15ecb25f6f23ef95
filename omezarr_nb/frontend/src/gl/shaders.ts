/** The shaders: a rectangle without buffers, tiles of three kinds of numbers, a plain fill, a hatch. */

export type Numbers = "unsigned" | "signed" | "float";

const SAMPLERS: Record<Numbers, string> = {
  unsigned: "usampler2D",
  signed: "isampler2D",
  float: "sampler2D",
};

/** `rect`: left, top, right, bottom in clip space; the four corners come from the vertex' number. */
export const VERTEX = `#version 300 es
uniform vec4 rect;
uniform float depth;
out vec2 place;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  place = corner;
  gl_Position = vec4(mix(rect.xy, rect.zw, corner), depth, 1.0);
}`;

/** The value under the fragment, as it is stored; no filter, so that every pixel stays itself. */
export const tileFragment = (numbers: Numbers) => `#version 300 es
precision highp float;
precision highp int;
uniform highp ${SAMPLERS[numbers]} tile;
uniform vec2 limits;
uniform vec3 color;
in vec2 place;
out vec4 shown;
void main() {
  ivec2 size = textureSize(tile, 0);
  ivec2 texel = min(ivec2(place * vec2(size)), size - 1);
  float value = float(texelFetch(tile, texel, 0).r);
  float span = max(limits.y - limits.x, 1e-30);
  // Not-a-number compares false, and so is black.
  float strength = value >= limits.y ? 1.0 : value > limits.x ? (value - limits.x) / span : 0.0;
  shown = vec4(color * strength, 0.0);
}`;

export const FILL_FRAGMENT = `#version 300 es
precision highp float;
uniform vec4 fill;
out vec4 shown;
void main() { shown = fill; }`;

export const HATCH_FRAGMENT = `#version 300 es
precision highp float;
uniform float ratio;
out vec4 shown;
void main() {
  float stripe = mod((gl_FragCoord.x + gl_FragCoord.y) / ratio, 12.0);
  shown = stripe < 2.0 ? vec4(0.62, 0.62, 0.62, 0.62) : vec4(0.0, 0.0, 0.0, 0.25);
}`;
