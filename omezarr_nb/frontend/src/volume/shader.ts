/** The shaders of volumes: a ray through each pixel, and what becomes of the values, or of the labels, along it. */
import { ENTRY_OF } from "../gl/shaders";
import type { Method } from "./methods";

/** What a ray begins with, what it does at each sample, and what it ends in: the brightness. */
const BODIES: Record<Method, { before: string; each: string; after: string }> = {
  maximum: {
    before: "float found = -3.4e38;",
    each: "found = max(found, value); if (found >= limits.y && !inverted) break;",
    after: "brightness = strengthOf(found);",
  },
  minimum: {
    before: "float found = 3.4e38;",
    each: "found = min(found, value); if (found <= limits.x && !inverted) break;",
    after: "brightness = strengthOf(found);",
  },
  mean: {
    before: "float found = 0.0;",
    each: "found += value / float(count);",
    after: "brightness = strengthOf(found);",
  },
  additive: {
    before: "float found = 0.0;",
    each: "found += strengthOf(value) * way; if (found >= 1.0) break;",
    after: "brightness = min(found, 1.0);",
  },
  attenuated: {
    before: "float found = 0.0; float passed = 0.0;",
    // No strength is above 1: where so little comes through, nothing brighter can follow.
    each: `float strength = strengthOf(value);
    float through = exp(-passed);
    if (through <= found) break;
    found = max(found, strength * through);
    passed += strength * way;`,
    after: "brightness = found;",
  },
  surface: {
    // Where the ray enters within the surface, it is cut by the box.
    before: `float before = first;
  bool cut = strengthOf(valueAt(from + first * away)) >= threshold;
  bool hit = cut;`,
    each: `if (hit) break;
    if (strengthOf(value) >= threshold) {
      hit = true;
      float near = max(gone - stride, first);
      before = gone;
      for (int k = 0; k < 5; k++) {
        float middle = 0.5 * (near + before);
        if (strengthOf(valueAt(from + middle * away)) >= threshold) before = middle; else near = middle;
      }
      break;
    }`,
    after: `if (!hit) discard;
  vec3 place = from + before * away;
  vec3 voxel = 1.0 / size;
  vec3 slope;
  for (int a = 0; a < 3; a++) {
    vec3 move = vec3(0.0);
    move[a] = voxel[a];
    slope[a] = (strengthOf(valueAt(place + move)) - strengthOf(valueAt(place - move))) / (voxel[a] * extent[a]);
  }
  // Where the ray enters within the surface, it is the face of the box that is seen.
  if (cut) slope = vec3(equal(doors, vec3(first)));
  float steepness = length(slope);
  shade = 0.25 + 0.75 * (steepness > 0.0 ? abs(dot(slope / steepness, away * extent)) : 1.0);
  brightness = 1.0;
  gl_FragDepth = clamp(0.5 + before * nearness, 0.0, 1.0);`,
  },
};

/** What a ray begins with; `extent`: the edges of the volume in the world. */
const RAY = `
uniform vec3 origin;
uniform vec3 across;
uniform vec3 down;
uniform vec3 away;
uniform vec3 low;
uniform vec3 high;
uniform vec3 extent;
uniform vec3 across_planes;
uniform float fineness;
in vec2 place;
`;

/** From where to where it goes, and its samples: these lie in the middle planes of the voxels across its steepest axis. */
const WAY = `
  vec3 from = origin + across * place.x + down * place.y;
  vec3 safe = mix(away, vec3(1e-12), lessThan(abs(away), vec3(1e-12)));
  vec3 one = (low - from) / safe;
  vec3 other = (high - from) / safe;
  vec3 doors = min(one, other);
  vec3 exits = max(one, other);
  float first = max(max(doors.x, doors.y), doors.z);
  float last = min(min(exits.x, exits.y), exits.z);
  if (last <= first) discard;
  vec3 size = vec3(textureSize(volume, 0));
  float begin = dot(from * size, across_planes) - 0.5;
  float pace = dot(away * size, across_planes);
  float enters = begin + first * pace;
  float start = ((pace > 0.0 ? ceil(enters - 1e-3) : floor(enters + 1e-3)) - begin) / pace;
  float stride = 1.0 / (abs(pace) * fineness);
  int count = int(floor((last - start) / stride + 1e-3)) + 1;
  if (count < 1) discard;
`;

/** Of the first label that a ray meets: its id, and how brightly it is lit, of 255. */
export const LABELS_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
uniform highp usampler3D volume;
uniform bool onlySelected;
${RAY}
${ENTRY_OF}
out uvec4 found;

bool isDrawn(uvec2 id) {
  if (id == uvec2(0u)) return false;
  uvec4 entry = entryOf(id);
  if (onlySelected && (entry.a & 2u) == 0u) return false;
  // What has no colour hides nothing.
  return (entry.a & 1u) == 0u || (entry.b >> 24) != 0u;
}

void main() {
  ${WAY}
  ivec3 most = textureSize(volume, 0) - 1;
  uvec2 before = uvec2(0u);
  for (int i = 0; i < count; i++) {
    ivec3 at = clamp(ivec3(floor((from + (start + float(i) * stride) * away) * size)), ivec3(0), most);
    uvec2 id = texelFetch(volume, at, 0).rg;
    if (id == before) continue;
    before = id;
    if (!isDrawn(id)) continue;
    // To which side most of the voxels around lie that are of the same label.
    vec3 slope = vec3(0.0);
    for (int z = -1; z <= 1; z++)
      for (int y = -1; y <= 1; y++)
        for (int x = -1; x <= 1; x++) {
          ivec3 there = at + ivec3(x, y, z);
          bool inside = all(greaterThanEqual(there, ivec3(0))) && all(lessThanEqual(there, most));
          if (inside && texelFetch(volume, there, 0).rg == id) slope += vec3(x, y, z);
        }
    slope *= size / extent;
    // Where the ray enters within a label, it is the face of the box that is seen.
    if (i == 0) slope = vec3(equal(doors, vec3(first)));
    float steepness = length(slope);
    float shade = 0.25 + 0.75 * (steepness > 0.0 ? abs(dot(slope / steepness, away * extent)) : 1.0);
    found = uvec4(id, uint(shade * 255.0 + 0.5), 1u);
    return;
  }
  discard;
}`;

export function volumeFragment(method: Method): string {
  const { before, each, after } = BODIES[method];
  return `#version 300 es
precision highp float;
precision highp int;
uniform highp sampler3D volume;
uniform highp sampler2D colormap;
uniform float unit;
uniform float threshold;
uniform float density;
uniform float nearness;
uniform bool mapped;
uniform vec2 limits;
uniform vec3 color;
uniform float gamma;
uniform bool inverted;
uniform float opacity;
${RAY}
out vec4 shown;

float valueAt(vec3 at) { return texture(volume, at).r * unit; }

float strengthOf(float value) {
  float span = max(limits.y - limits.x, 1e-30);
  float strength = value >= limits.y ? 1.0 : value > limits.x ? (value - limits.x) / span : 0.0;
  strength = pow(strength, gamma);
  return inverted ? 1.0 - strength : strength;
}

void main() {
  ${WAY}
  float way = stride * density;
  float brightness = 0.0;
  float shade = 1.0;
  ${before}
  for (int i = 0; i < count; i++) {
    float gone = start + float(i) * stride;
    float value = valueAt(from + gone * away);
    ${each}
  }
  ${after}
  vec3 drawn = mapped ? texelFetch(colormap, ivec2(brightness * 255.0 + 0.5, 0), 0).rgb : color * brightness;
  shown = vec4(drawn * shade * opacity, 1.0);
}`;
}
