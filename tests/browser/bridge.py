"""A real `ImageViewer` on a plain page, without Jupyter: about a second a test.

The page has a stand-in for the model that Jupyter gives to a widget; it is bridged to the comm of the real Python
widget, so traits, messages and pixels are the real ones. The page asks for the kernel's messages (the widget sends
them from threads of its own, and playwright's calls belong to one thread).
"""

from __future__ import annotations

import base64
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import comm
import numpy as np
from comm.base_comm import BaseComm
from playwright.sync_api import Locator, Page

from omezarr_nb.viewers.image import ImageViewer

T = TypeVar("T")
#: Seconds within which everything happens, on a machine that is busy with other things, too.
PATIENCE = 30.0

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><body style="margin:8px"></body>
<script>
  // What is still to come: frames and timers of less than a second, messages, answers.
  const due = new Set(), open = new Set();
  let telling = 0;
  const track = (make, stop, counts) => {
    const [begin, end] = [globalThis[make].bind(globalThis), globalThis[stop].bind(globalThis)];
    globalThis[make] = (call, ...rest) => {
      const key = {};
      const id = begin((...given) => { due.delete(key); keys.delete(id); call(...given); }, ...rest);
      if (counts(rest[0])) { due.add(key); keys.set(id, key); }
      return id;
    };
    const keys = new Map();
    globalThis[stop] = (id) => { due.delete(keys.get(id)); keys.delete(id); end(id); };
    return begin;
  };
  const later = track("setTimeout", "clearTimeout", (wait) => (wait ?? 0) < 1000);
  const frame = track("requestAnimationFrame", "cancelAnimationFrame", () => true);
  const tell = (id, data) => {
    const { kind, request, requests } = data.content ?? {};
    for (const one of requests ?? []) open.delete(one);
    if (request !== undefined) open.add(request);
    telling += 1;
    return toKernel(id, data).finally(() => { telling -= 1; });
  };
  const decode = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  class Model {
    constructor(id, state) { Object.assign(this, { id, state, handlers: {}, changed: {}, comm_live: true }); }
    get(name) { return structuredClone(this.state[name]); }
    set(name, value) {
      if (JSON.stringify(this.state[name]) === JSON.stringify(value)) return;
      this.state[name] = value; this.changed[name] = value; this.emit(`change:${name}`);
    }
    save_changes() {
      const state = this.changed; this.changed = {};
      if (Object.keys(state).length) tell(this.id, { method: "update", state, buffer_paths: [] });
    }
    send(content) { sent.push(content); tell(this.id, { method: "custom", content }); }
    on(name, call) { (this.handlers[name] ??= new Set()).add(call); }
    off(name, call) { this.handlers[name]?.delete(call); }
    emit(name, ...rest) { for (const call of [...(this.handlers[name] ?? [])]) call(...rest); }
  }
  const models = {}, sent = [], heard = [], ends = [];
  async function listen() {
    for (;;) {
      for (const { id, data, buffers } of await fromKernel()) {
        const model = models[id], { kind, request, done } = data.content ?? {};
        if (done ?? kind !== "tiles") open.delete(request);
        heard.push(data.content?.kind ?? data.method);
        if (!model) continue;
        if (data.method === "custom") model.emit("msg:custom", data.content, buffers.map(decode));
        if (data.method === "update")
          for (const [name, value] of Object.entries(data.state)) {
            model.state[name] = value; model.emit(`change:${name}`);
          }
      }
      await new Promise((resolve) => later(resolve, 4));
    }
  }
  async function rest(limit) {
    const counts = () => [heard.length, sent.length, globalThis.drawn].join();
    for (const end = performance.now() + limit; ; ) {
      const before = counts();
      for (const _ of [1, 2]) await new Promise(frame);
      const coming = (await published()) - heard.length;
      const loading = document.querySelectorAll('.omezarr-nb-viewer[data-state="loading"]').length;
      const left = { coming, loading, telling, unanswered: open.size, due: due.size };
      if (counts() === before && Object.values(left).every((count) => count === 0)) return;
      if (performance.now() > end) throw new Error(`no rest after ${limit} ms: ${JSON.stringify(left)}`);
      await new Promise((resolve) => later(resolve, 10));
    }
  }
  async function show(states, view, loader, live) {
    for (const [id, state] of Object.entries(states)) models[id] = new Model(id, state);
    for (const model of Object.values(models)) model.comm_live = live;
    const model = models[view];
    model.widget_manager = { get_model: async (id) => models[id] };
    const el = document.body.appendChild(document.createElement("div"));
    el.addEventListener("omezarr_nb:drawn", () => { globalThis.drawn = (globalThis.drawn ?? 0) + 1; });
    const module = await import(URL.createObjectURL(new Blob([loader], { type: "text/javascript" })));
    ends.push(module.default.render({ model, el }));
  }
  listen();
</script></html>"""


def until(page: Page, look: Callable[[], T], expected: object) -> T:
    """Look until what is seen is as expected (a value, or a function of one), and return it."""
    end = time.monotonic() + PATIENCE
    while True:
        seen = look()
        if expected(seen) if callable(expected) else seen == expected:
            return seen
        assert time.monotonic() < end, f"it stayed {seen!r}"
        page.wait_for_timeout(20)  # lets the page's messages through


class PageComm(BaseComm):
    """A comm whose messages wait until the page fetches them."""

    outbox: deque[dict[str, Any]]

    def publish_msg(
        self,
        msg_type: str,
        data: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,  # noqa: ARG002 - the base class has it
        buffers: list[bytes] | None = None,
        **keys: Any,  # noqa: ARG002
    ) -> None:
        """Keep a message for the page."""
        if msg_type == "comm_msg":
            encoded = [base64.b64encode(buffer).decode() for buffer in buffers or []]
            self.outbox.append({"id": self.comm_id, "data": data, "buffers": encoded})


class ViewPage:
    """A viewer that is shown on a page.

    Parameters
    ----------
    page
        An empty page.
    make
        Makes the viewer; called while its comms are bridged.
    live
        Whether the page has a kernel.

    Attributes
    ----------
    answering
        Where it is False, messages to the kernel are lost, and those from it wait.
    held
        Where it is True, messages to the kernel arrive, and those from it wait.
    """

    def __init__(
        self, page: Page, make: Callable[[], ImageViewer], outbox: deque[dict[str, Any]], *, live: bool = True
    ) -> None:
        self.page = page
        self.answering = True
        self.held = False
        self._outbox = outbox
        self._fetched = 0
        self._live = live
        self._widgets: dict[str, Any] = {}
        page.expose_function("fromKernel", self._from_kernel)
        page.expose_function("toKernel", self._to_kernel)
        page.expose_function("published", self._published)
        page.set_content(PAGE)
        self.viewer = make()
        self.show(self.viewer)

    def show(self, viewer: ImageViewer) -> None:
        """Put a viewer on the page, below those that are there."""
        both: list[Any] = [viewer, viewer._pixels]
        widgets = {widget.comm.comm_id: widget for widget in both}
        self._widgets |= widgets
        states = {id_: widget.get_state() for id_, widget in widgets.items()}
        self.page.evaluate(
            "(given) => show(...given)",
            [json.loads(json.dumps(states)), viewer.comm.comm_id, viewer._esm, self._live],
        )

    @property
    def root(self) -> Locator:
        """The viewer's outermost element."""
        return self.page.locator(".omezarr-nb-viewer")

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What the page has sent on the pixel channel, in order."""
        sent: list[dict[str, Any]] = self.page.evaluate("sent")
        return sent

    @property
    def heard(self) -> list[str]:
        """What came from the kernel, in order: the kind of each message, "update" or "echo_update" for traits."""
        messages: list[str] = self.page.evaluate("heard")
        return messages

    def tile_requests(self) -> int:
        """Return how many requests for tiles the page has sent."""
        return sum(content["kind"] == "tiles" for content in self.requests)

    def wait(self, state: str = "ready") -> None:
        """Wait until the view is in a state, and nothing is to come that would take it out of it."""
        there = f'.omezarr-nb-viewer[data-state="{state}"]'
        self.page.wait_for_selector(there, timeout=PATIENCE * 1000)
        self.rest()
        self.page.wait_for_selector(there, timeout=PATIENCE * 1000)

    def rest(self) -> None:
        """Wait until nothing is to come: every message has been taken, every question answered, every frame drawn."""
        self.page.evaluate(f"rest({PATIENCE * 1000})")

    def wait_drawn(self, act: Callable[[], object]) -> None:
        """Do something, and wait until all that follows from it has been drawn, a frame at least."""
        before = self.page.evaluate("globalThis.drawn ?? 0")
        act()
        self.page.wait_for_function("before => (globalThis.drawn ?? 0) > before", arg=before, timeout=PATIENCE * 1000)
        self.wait()

    def until(self, look: Callable[[], T], expected: object) -> T:
        """Look until what is seen is as expected, as `until` does."""
        return until(self.page, look, expected)

    def wait_trait(self, name: str, expected: object) -> Any:
        """Wait until a trait of the Python widget is as expected (a value, or a function of one), and return it."""
        return self.until(lambda: getattr(self.viewer, name), expected)

    def canvas(self) -> np.ndarray[Any, Any]:
        """Return the drawn pixels, (rows, columns, RGB), by a screenshot of the canvas, without scale bar and map."""
        import io

        from matplotlib.image import imread

        over = ".stage > .scale-bar, .stage > .minimap { visibility: hidden !important }"
        shot = self.root.locator("canvas").first.screenshot(style=over)
        pixels: np.ndarray[Any, Any] = np.rint(imread(io.BytesIO(shot), format="png")[..., :3] * 255).astype("uint8")
        return pixels

    def _from_kernel(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        while self.answering and not self.held and self._outbox and len(messages) < 20:
            messages.append(self._outbox.popleft())
        self._fetched += len(messages)
        return messages

    def _published(self) -> int:
        return self._fetched + len(self._outbox)

    def _to_kernel(self, id_: str, data: dict[str, Any]) -> None:
        comm = self._widgets[id_].comm
        if self.answering and comm is not None:  # one that is closed hears nothing, as in a kernel
            comm.handle_msg({"content": {"data": data}, "buffers": []})


@contextmanager
def show_viewer(page: Page, make: Callable[[], ImageViewer], *, live: bool = True) -> Iterator[ViewPage]:
    """Show a viewer on a page for as long as the block lasts; where it is not live, the page has no kernel."""
    outbox: deque[dict[str, Any]] = deque()

    class Comm(PageComm):
        pass

    Comm.outbox = outbox
    before = comm.create_comm
    comm.create_comm = Comm
    try:
        shown = ViewPage(page, make, outbox, live=live)
        yield shown
        page.evaluate("ends.forEach((end) => end())")
        shown.viewer.close()
    finally:
        comm.create_comm = before
