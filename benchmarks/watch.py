"""What is seen of a viewer from outside: when its picture changes, which plane it shows, and what its kernel sends."""

from __future__ import annotations

import json
import struct
from collections import Counter
from dataclasses import dataclass, field

from playwright.sync_api import Page, WebSocket

__all__ = ["WATCH", "Traffic"]

#: Run before a page's own scripts. With every frame of the browser the largest picture within an output area is drawn
#: into 96 x 96 pixels; ``watch.changes`` says when (in ms, of performance.now()) they changed, and to which plane.
#: ``watch.start`` is when a button was last pressed.
#: WebGL canvases of all viewers keep their drawing buffer, for else nothing could be read of them.
WATCH = """
(() => {
  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, options) {
    return getContext.call(this, kind, /webgl/.test(kind) ? { ...options, preserveDrawingBuffer: true } : options);
  };
  // Reading a picture back takes longer than most draw it: only one that was drawn to is looked at.
  const drawn = new WeakSet();
  const mark = (of, ...names) => {
    for (const name of names) {
      const draw = of.prototype[name];
      of.prototype[name] = function (...given) { drawn.add(this.canvas); return draw.apply(this, given); };
    }
  };
  mark(WebGL2RenderingContext, "clear", "drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced");
  mark(CanvasRenderingContext2D, "clearRect", "drawImage", "putImageData");
  mark(ImageBitmapRenderingContext, "transferFromImageBitmap");
  const SIZE = 96;
  const watch = (globalThis.watch = { changes: [], start: 0, output: null, plane: -1 });
  const small = new OffscreenCanvas(SIZE, SIZE).getContext("2d", { willReadFrequently: true });
  small.imageSmoothingEnabled = false;
  const picture = () => {
    let best = null, most = 10000;
    for (const one of watch.output?.querySelectorAll("canvas, img") ?? []) {
      const area = one.clientWidth * one.clientHeight;
      if (area > most) [best, most] = [one, area];
    }
    return best;
  };
  const look = () => {
    requestAnimationFrame(look);
    const found = picture();
    const width = found?.naturalWidth ?? found?.width, height = found?.naturalHeight ?? found?.height;
    if (!width || !height || !(drawn.delete(found) || (found.src && found.src !== watch.src))) return;
    watch.src = found.src;
    small.clearRect(0, 0, SIZE, SIZE);
    // The image lies in the middle and fills the shorter side.
    const side = Math.min(width, height);
    small.drawImage(found, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIZE, SIZE);
    const { data } = small.getImageData(0, 0, SIZE, SIZE);
    let hash = 0;
    for (let at = 0; at < data.length; at++) hash = (hash * 31 + data[at]) | 0;
    if (hash === watch.hash) return;
    watch.hash = hash;
    const light = (x, y) => {
      let sum = 0;
      for (let row = -2; row < 2; row++)
        for (let column = -2; column < 2; column++) {
          const at = 4 * ((y + row) * SIZE + x + column);
          sum += data[at] + data[at + 1] + data[at + 2];
        }
      return sum;
    };
    const middle = light(SIZE / 2, SIZE / 2), part = SIZE * 0.28, rest = SIZE - part;
    const bits = [[part, part], [rest, part], [part, rest], [rest, rest]].map(([x, y]) => light(x | 0, y | 0));
    watch.plane = middle < 300 ? -1 : bits.reduce((sum, one, bit) => sum + (one > 0.6 * middle ? 1 << bit : 0), 0);
    watch.changes.push([performance.now(), watch.plane]);
  };
  requestAnimationFrame(look);
  addEventListener("pointerdown", () => { watch.start = performance.now(); }, true);
})();
"""


@dataclass  # without slots: playwright keeps its wrappers of the handlers on the object
class Traffic:
    """What goes over a page's connections to the kernel; counted from the last `reset`."""

    down: Counter[str] = field(default_factory=Counter)
    up: Counter[str] = field(default_factory=Counter)
    bytes_down: int = 0
    bytes_up: int = 0

    def watch(self, page: Page) -> None:
        """Count what goes over every web socket that the page opens."""
        page.on("websocket", self._open)

    def reset(self) -> None:
        """Begin to count anew."""
        self.down.clear()
        self.up.clear()
        self.bytes_down = self.bytes_up = 0

    @property
    def messages(self) -> int:
        """Messages of widgets from the kernel: their making, their state, and what they say."""
        return sum(count for kind, count in self.down.items() if kind.startswith("comm_"))

    @property
    def questions(self) -> int:
        """Messages of widgets to the kernel."""
        return sum(count for kind, count in self.up.items() if kind.startswith("comm_"))

    def _open(self, socket: WebSocket) -> None:
        if "/channels" in socket.url:
            socket.on("framereceived", self._receive)
            socket.on("framesent", self._send)

    def _receive(self, payload: str | bytes) -> None:
        self.down[_kind(payload)] += 1
        self.bytes_down += len(payload)

    def _send(self, payload: str | bytes) -> None:
        self.up[_kind(payload)] += 1
        self.bytes_up += len(payload)


def _kind(payload: str | bytes) -> str:
    """Return the type of a message: JSON, or as of v1.kernel.websocket.jupyter.org (offsets, channel, header, ...)."""
    if isinstance(payload, str):
        return str(json.loads(payload)["header"]["msg_type"])
    offsets = struct.unpack_from("<4Q", payload)
    header = json.loads(payload[offsets[2] : offsets[3]])
    return str(header["msg_type"])
