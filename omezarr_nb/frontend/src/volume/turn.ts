/** How a volume is turned: what the view knows of it before anything is drawn. */

export type Vec3 = [number, number, number];
/** x, y, z, w: turns the world to the viewer. */
export type Quaternion = [number, number, number, number];

/** A little from above and from the right: three faces are seen. */
export const TILTED: Quaternion = [-0.212607541323, 0.212607541323, 0.047701692009, 0.952533786973];

/** The same turn as a quaternion of length 1: steps of rounding do not add up. */
export function normalised(q: Quaternion): Quaternion {
  const length = Math.hypot(...q) || 1;
  return q.map((part) => part / length) as Quaternion;
}
