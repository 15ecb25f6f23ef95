/** Where the view looks: the world place at its centre and CSS pixels per world unit. */
import type { Rect } from "./types";

export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Room left around a fitted image, in CSS pixels. */
const MARGIN = 8;
/** How far one may zoom: from an image of 16 px to a pixel of 512 px. */
const SMALLEST_IMAGE = 16;
const LARGEST_PIXEL = 512;

export function fit(world: Rect, size: Size): Camera {
  const width = Math.max(world.right - world.left, Number.MIN_VALUE);
  const height = Math.max(world.bottom - world.top, Number.MIN_VALUE);
  const room = { width: Math.max(size.width - 2 * MARGIN, 1), height: Math.max(size.height - 2 * MARGIN, 1) };
  return {
    x: (world.left + world.right) / 2,
    y: (world.top + world.bottom) / 2,
    zoom: Math.min(room.width / width, room.height / height),
  };
}

export function worldAt(camera: Camera, size: Size, x: number, y: number): { x: number; y: number } {
  return {
    x: camera.x + (x - size.width / 2) / camera.zoom,
    y: camera.y + (y - size.height / 2) / camera.zoom,
  };
}

/** World rectangle on screen. */
export function viewOf(camera: Camera, size: Size): Rect {
  const { x: left, y: top } = worldAt(camera, size, 0, 0);
  const { x: right, y: bottom } = worldAt(camera, size, size.width, size.height);
  return { left, top, right, bottom };
}

export function pan(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.zoom, y: camera.y - dy / camera.zoom };
}

/** Zoom by a factor; the world place under (x, y) stays there. */
export function zoomAt(camera: Camera, size: Size, x: number, y: number, zoom: number): Camera {
  const place = worldAt(camera, size, x, y);
  return {
    x: place.x - (x - size.width / 2) / zoom,
    y: place.y - (y - size.height / 2) / zoom,
    zoom,
  };
}

/** Keep the zoom in its bounds, and some of the image on screen. `pixel`: size of the finest pixel in the world. */
export function bounded(camera: Camera, world: Rect, pixel: number): Camera {
  const width = Math.max(world.right - world.left, world.bottom - world.top);
  const zoom = Math.min(Math.max(camera.zoom, SMALLEST_IMAGE / width), LARGEST_PIXEL / pixel);
  return {
    x: Math.min(Math.max(camera.x, world.left), world.right),
    y: Math.min(Math.max(camera.y, world.top), world.bottom),
    zoom,
  };
}

export function sameCamera(a: Camera, b: Camera): boolean {
  const near = (p: number, q: number, size: number) => Math.abs(p - q) <= 1e-9 * Math.max(size, 1e-300);
  return (
    near(a.zoom, b.zoom, a.zoom) &&
    near(a.x, b.x, Math.abs(a.x) + 1 / a.zoom) &&
    near(a.y, b.y, Math.abs(a.y) + 1 / a.zoom)
  );
}
