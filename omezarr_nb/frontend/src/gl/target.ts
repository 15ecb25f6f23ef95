/** A picture of numbers that is drawn on in place of the canvas, as large as that. */
import { nearest } from "./textures";

/** What covers all of a canvas. */
export const WHOLE = { left: -1, right: 1, top: 1, bottom: -1 };

export class Target {
  private made: { width: number; height: number; frame: WebGLFramebuffer; values: WebGLTexture } | undefined;

  /** `internal`: the kind of its numbers. */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly internal: GLenum,
  ) {}

  /** Draw on it from now on; made anew when the canvas has another size. Returns its texture. */
  begin(): WebGLTexture {
    const { gl } = this;
    const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    if (this.made?.width !== width || this.made.height !== height) this.make(width, height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.made?.frame ?? null);
    return this.made?.values as WebGLTexture;
  }

  /** Draw on the canvas again. */
  end(): void {
    this.gl.bindFramebuffer(this.gl.FRAMEBUFFER, null);
  }

  private make(width: number, height: number): void {
    const { gl } = this;
    if (this.made) {
      gl.deleteTexture(this.made.values);
      gl.deleteFramebuffer(this.made.frame);
    }
    const values = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, values);
    gl.texStorage2D(gl.TEXTURE_2D, 1, this.internal, width, height);
    nearest(gl);
    const depth = gl.createRenderbuffer();
    gl.bindRenderbuffer(gl.RENDERBUFFER, depth);
    gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT16, width, height);
    const frame = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, values, 0);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, depth);
    // It lives on as long as the frame that it is attached to.
    gl.deleteRenderbuffer(depth);
    this.made = { width, height, frame, values };
  }
}
