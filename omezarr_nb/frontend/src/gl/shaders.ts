/** The shaders: a rectangle without buffers, tiles of three kinds of numbers, labels, a plain fill, a hatch. */

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
uniform mat2 turn;
out vec2 place;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  place = corner;
  gl_Position = vec4(turn * mix(rect.xy, rect.zw, corner), depth, 1.0);
}`;

/** The value under the fragment, as it is stored; no filter, so that every pixel stays itself. */
export const tileFragment = (numbers: Numbers) => `#version 300 es
precision highp float;
precision highp int;
uniform highp ${SAMPLERS[numbers]} tile;
uniform highp sampler2D colormap;
uniform bool mapped;
uniform vec2 limits;
uniform vec3 color;
uniform float gamma;
uniform bool inverted;
uniform float opacity;
in vec2 place;
out vec4 shown;
void main() {
  ivec2 size = textureSize(tile, 0);
  ivec2 texel = min(ivec2(place * vec2(size)), size - 1);
  float value = float(texelFetch(tile, texel, 0).r);
  float span = max(limits.y - limits.x, 1e-30);
  // Not-a-number is nothing, whatever the colours.
  if (!(value >= limits.y || value < limits.y)) {
    shown = vec4(0.0);
    return;
  }
  float strength = value >= limits.y ? 1.0 : value > limits.x ? (value - limits.x) / span : 0.0;
  strength = pow(strength, gamma);
  if (inverted) strength = 1.0 - strength;
  vec3 drawn = mapped ? texelFetch(colormap, ivec2(strength * 255.0 + 0.5, 0), 0).rgb : color * strength;
  shown = vec4(drawn * opacity, 0.0);
}`;

/** The value under the fragment, and that there is one; not-a-number is none. */
export const valueFragment = (numbers: Numbers) => `#version 300 es
precision highp float;
precision highp int;
uniform highp ${SAMPLERS[numbers]} tile;
in vec2 place;
out vec2 found;
void main() {
  ivec2 size = textureSize(tile, 0);
  float value = float(texelFetch(tile, min(ivec2(place * vec2(size)), size - 1), 0).r);
  found = value >= 0.0 || value < 0.0 ? vec2(value, 1.0) : vec2(0.0);
}`;

/** The first image less the second, where both are: warm where there is more, cool where there is less. */
export const DIFFERENCE_FRAGMENT = `#version 300 es
precision highp float;
uniform highp sampler2D one;
uniform highp sampler2D other;
uniform float limit;
out vec4 shown;
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  vec2 a = texelFetch(one, at, 0).rg;
  vec2 b = texelFetch(other, at, 0).rg;
  if (a.g == 0.0 || b.g == 0.0) discard;
  float part = clamp((a.r - b.r) / max(limit, 1e-30), -1.0, 1.0);
  shown = vec4(max(part, 0.0) * vec3(1.0, 0.55, 0.0) + max(-part, 0.0) * vec3(0.25, 0.6, 1.0), 1.0);
}`;

/** The id under the fragment: the lower 32 bits and the upper ones. Of 32 bits and less, green reads as 0. */
export const ID_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
uniform highp usampler2D tile;
in vec2 place;
out uvec2 id;
void main() {
  ivec2 size = textureSize(tile, 0);
  id = texelFetch(tile, min(ivec2(place * vec2(size)), size - 1), 0).rg;
}`;

/**
 * What is listed of an id. `entries` has, in ascending order, the ids with a colour of their own or selected: lower and
 * upper 32 bits, the colour's four bytes, and 1 for a colour plus 2 for selected.
 */
export const ENTRY_OF = `
uniform highp usampler2D entries;
uniform int listed;

uvec4 entryOf(uvec2 id) {
  int width = textureSize(entries, 0).x;
  int low = 0;
  int high = listed - 1;
  while (low <= high) {
    int middle = (low + high) / 2;
    uvec4 entry = texelFetch(entries, ivec2(middle % width, middle / width), 0);
    if (entry.rg == id) return entry;
    if (entry.g < id.g || (entry.g == id.g && entry.r < id.r)) low = middle + 1;
    else high = middle - 1;
  }
  return uvec4(0u);
}`;

/**
 * The colours of ids, over what is there; where they are lit, the third number is how brightly, of 255.
 *
 * Other ids get a hue that is their number times the golden ratio, modulo 1, as in the pictures that the kernel makes.
 */
export const LABEL_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
uniform highp usampler2D ids;
uniform float opacity;
uniform int contour;
uniform int ring;
uniform bool onlySelected;
uniform bool lit;
out vec4 shown;
${ENTRY_OF}

bool isEdge(ivec2 at, uvec2 id, int by) {
  ivec2 last = textureSize(ids, 0) - 1;
  for (int y = -1; y <= 1; y++)
    for (int x = -1; x <= 1; x++) {
      ivec2 there = clamp(at + by * ivec2(x, y), ivec2(0), last);
      if (texelFetch(ids, there, 0).rg != id) return true;
    }
  return false;
}

void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  uvec2 id = texelFetch(ids, at, 0).rg;
  if (id == uvec2(0u)) discard;
  uvec4 entry = entryOf(id);
  bool selected = (entry.a & 2u) != 0u;
  if (onlySelected && !selected) discard;
  vec4 color;
  if ((entry.a & 1u) != 0u) {
    color = vec4(uvec4(entry.b, entry.b >> 8, entry.b >> 16, entry.b >> 24) & 255u) / 255.0;
  } else {
    float hue = float((id.r * 2654435769u + id.g * 2246822519u) >> 8) / 16777216.0;
    vec3 wave = 0.5 + 0.5 * cos(6.283185307 * (hue + vec3(0.0, 2.0 / 3.0, 1.0 / 3.0)));
    color = vec4((60.0 + 190.0 * wave) / 255.0, 1.0);
  }
  if (lit) color.rgb *= float(texelFetch(ids, at, 0).b) / 255.0;
  if (selected && isEdge(at, id, ring)) {
    shown = vec4(1.0);
    return;
  }
  if (contour > 0 && !isEdge(at, id, contour)) discard;
  // A thin line that is see-through twice over would not be seen.
  float alpha = (contour > 0 ? sign(color.a) : color.a) * opacity;
  shown = vec4(color.rgb * alpha, alpha);
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
