"""How many WebGL contexts a page has."""

from __future__ import annotations

#: Counts the WebGL contexts that are alive, and lets a test take them away.
COUNT_CONTEXTS = """
  globalThis.contexts = new Set();
  globalThis.most = 0;
  for (const type of [HTMLCanvasElement, globalThis.OffscreenCanvas]) {
    const make = type.prototype.getContext;
    type.prototype.getContext = function (kind, ...rest) {
      const context = make.call(this, kind, ...rest);
      if (context && kind.startsWith("webgl")) {
        contexts.add(context);
        globalThis.most = Math.max(globalThis.most, alive());
      }
      return context;
    };
  }
  globalThis.alive = () => [...contexts].filter((context) => !context.isContextLost()).length;
"""
#: A browser has room for about 16, and other widgets want some.
MOST_CONTEXTS = 8
