/** Moves of the camera, kept in bounds and written to the model's `center` and `zoom`. */
import { bounded, type Camera, fit, pan, type Size, sameCamera, zoomAt } from "./camera";
import { extent, type Plane, planeOf } from "./levels";
import type { Model } from "./model";
import type { Rect } from "./types";

export class Navigation {
  size: Size = { width: 0, height: 0 };
  private readonly finest: Plane;
  private readonly world: Rect;
  /** The camera of the last fit: while it is there, the image stays fitted when the cell changes its width. */
  private fitted: Camera | null = null;

  constructor(private readonly model: Model) {
    this.finest = planeOf(model.info, 0);
    this.world = extent(this.finest);
  }

  get camera(): Camera {
    const [x, y] = this.model.get("center");
    return { x: x ?? 0, y: y ?? 0, zoom: this.model.get("zoom") };
  }

  /** There is a camera, and a stage that it looks at. */
  isReady(): boolean {
    return this.size.width > 0 && this.hasCamera();
  }

  pan(dx: number, dy: number): void {
    this.move(pan(this.camera, dx, dy));
  }

  /** Zoom by a factor; what is under (x, y) stays there. */
  zoom(factor: number, x: number, y: number): void {
    this.zoomTo(this.camera.zoom * factor, x, y);
  }

  /** Look at a part of the world. */
  fitTo(world: Rect): void {
    if (this.size.width === 0) return;
    this.move(fit(world, this.size));
  }

  fit(): void {
    if (this.size.width === 0) return;
    this.move(fit(this.world, this.size));
    this.fitted = this.camera;
  }

  /** One pixel of the finest level to one device pixel. */
  oneToOne(): void {
    const zoom = 1 / (this.finest.scale.x * devicePixelRatio);
    this.zoomTo(zoom, this.size.width / 2, this.size.height / 2);
  }

  resize(size: Size): void {
    const fitted = this.fitted !== null && sameCamera(this.fitted, this.camera);
    this.size = size;
    if (!this.hasCamera()) {
      if (!this.isLed()) this.begin();
    } else if (fitted) this.fit();
  }

  /** One of several views on a volume is told where to look: with a camera of its own it would move the others. */
  private isLed(): boolean {
    return this.model.get("compact") && this.model.get("crosshair").length === 2;
  }

  private hasCamera(): boolean {
    return this.model.get("zoom") > 0 && this.model.get("center").length === 2;
  }

  /** Fit what the model leaves open: it may hold a centre or a zoom that was set in Python. */
  private begin(): void {
    const whole = fit(this.world, this.size);
    const [x = whole.x, y = whole.y] = this.model.get("center");
    this.move({ x, y, zoom: this.model.get("zoom") || whole.zoom });
    if (sameCamera(this.camera, whole)) this.fitted = this.camera;
  }

  private zoomTo(zoom: number, x: number, y: number): void {
    // Bounded before it is applied: at the end of the zoom the picture must not slide.
    const reach = bounded({ ...this.camera, zoom }, this.world, this.smallest());
    this.move(zoomAt(this.camera, this.size, x, y, reach.zoom));
  }

  private move(camera: Camera): void {
    if (!(camera.zoom > 0)) return;
    const inside = bounded(camera, this.world, this.smallest());
    this.model.set("center", [inside.x, inside.y]);
    this.model.set("zoom", inside.zoom);
  }

  private smallest(): number {
    return Math.min(this.finest.scale.x, this.finest.scale.y);
  }
}
