"""The kernel's side of painting: strokes come from the browser, are drawn here, and go back as tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.chunks import Box, ChunkCache
from omezarr_nb.core.editing.draw import pixel_of
from omezarr_nb.core.editing.session import LabelEditor
from omezarr_nb.core.editing.state import Edited, State
from omezarr_nb.core.editing.strokes import as_indices, as_points, parse_stroke
from omezarr_nb.core.growing.pyramid import known_method
from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.tiles import TileRequest, parse_request, read_now

if TYPE_CHECKING:
    from omezarr_nb.core.image import Level
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = ["PaintedChunks", "Painting"]

#: Seconds after which views are told of what has changed: strokes that come quickly are told together.
_PAUSE = 0.05
#: Cells that are named; where there are more, all tiles are asked for anew.
_MOST_CELLS = 2000
_MAX_TEXT = 500


class PaintedChunks(ChunkCache):
    """Where the pixels of labels come from while they are painted.

    Parameters
    ----------
    editor
        Of the labels.
    """

    def __init__(self, editor: LabelEditor) -> None:
        super().__init__()
        self._layers = editor.layers

    def read(self, level: Level, box: Box) -> np.ndarray[Any, Any]:
        """Return the pixels of a box, as they are painted."""
        return self._layers.read_level(level.index, tuple(slice(*span) for span in box))


class Painting:
    """An editor of labels, as a view needs it; safe to use from several threads.

    Parameters
    ----------
    name
        Of the labels.
    editor
        Of them.
    planes
        Where their tiles come from.
    tell
        Called soon after something has changed, in a thread of its own: with what the browser is told of the state,
        and the cells that have changed since, None where nothing has.
    """

    def __init__(
        self,
        name: str,
        editor: LabelEditor,
        planes: ImagePlanes,
        tell: Callable[[dict[str, Any], dict[str, Any] | None], None],
    ) -> None:
        self.name = name
        self.editor = editor
        self._planes = planes
        self._tell = tell
        self._lock = Lock()
        self._telling = Lock()  # one after the other: what was so before must not be heard last
        self._timer: Timer | None = None
        self._changed: dict[str, Any] | None = None
        self._ends = [editor.on_change(self._hear), editor.on_state(lambda _: self._soon())]

    def close(self) -> None:
        """Hear of nothing any more; the editor stays as it is."""
        for end in self._ends:
            end()
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()

    def told(self) -> dict[str, Any]:
        """Return what the browser is told of the state."""
        return describe_state(self.name, self.editor)

    def stroke(self, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        """Paint what the browser describes, and answer with the tiles on screen that have changed."""
        stroke = content.get("stroke")
        if not isinstance(stroke, Mapping):
            raise InvalidArgumentError("The message has no usable 'stroke'.", found=stroke)
        return self._shown(self.editor.apply(parse_stroke(stroke)), content)

    def retract(self, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        """Undo, redo, or throw away what is not saved."""
        acts: Mapping[object, Callable[[], Edited | None]] = {
            "undo": self.editor.undo,
            "redo": self.editor.redo,
            "discard": self.editor.discard,
        }
        act = acts.get(content.get("what"))
        if act is None:
            raise InvalidArgumentError("The message has no usable 'what'.", found=content.get("what"))
        return self._shown(act(), content)

    def answer(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Do what changes no pixels: save ("store", "going"), end ("leave"), or name an id ("pick", "free")."""
        match content.get("kind"):
            case "pick":
                return {"kind": "id", "value": str(self._picked(content))}
            case "free":
                layers = self.editor.layers
                layers.reserved = self.editor.next_id()
                return {"kind": "id", "value": str(layers.reserved)}
            case "store":
                self.editor.save()
            case "going":
                self.editor.save_as_you_go = content.get("value") is True
            case "leave":
                self.editor.close()
        return {"kind": "editing", "editing": self.told()}

    def _picked(self, content: Mapping[str, Any]) -> int:
        """Return the id of a pixel of level 0."""
        point = as_points([content.get("point")])[0]
        layers = self.editor.layers
        pixel = pixel_of(point, as_indices(content.get("indices", {})), layers)
        return int(layers.read(tuple(slice(p, p + 1) for p in pixel)).flat[0])

    def _shown(self, done: Edited | None, content: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        answer: dict[str, Any] = {"kind": "painted", "editing": self.told()}
        if done is None:
            return answer | {"number": 0, "cells": []}, []
        answer |= {"number": done.number, "cells": _cells(done.cells)}
        request = self._on_screen(done, content.get("sight"))
        if request is None:
            return answer, []
        tiles, buffers = read_now(request)
        return answer | {"sight": tiles}, buffers

    def _on_screen(self, done: Edited, sight: Any) -> TileRequest | None:
        """Return the tiles that are on screen and have changed."""
        if not isinstance(sight, Mapping):
            return None
        request = parse_request({**sight, "request": 0, "channels": [0]}, self._planes)
        layout, places = self._planes.layout, done.cells[request.level.index]
        tiles = []
        for row, column, channel in request.tiles:
            place = list(request.indices)
            place[layout.y], place[layout.x] = row, column
            if tuple(place) in places:
                tiles.append((row, column, channel))
        if not tiles:
            return None
        return replace(request, tiles=tuple(tiles))

    def _hear(self, done: Edited) -> None:
        with self._lock:
            cells = _cells(done.cells)
            if self._changed is not None:
                cells = _together(self._changed["cells"], cells)
            self._changed = {"labels": self.name, "number": done.number, "cells": cells}
        self._soon()

    def _soon(self) -> None:
        with self._lock:
            if self._timer is None:
                self._timer = Timer(_PAUSE, self._now)
                self._timer.daemon = True
                self._timer.start()

    def _now(self) -> None:
        with self._telling:
            with self._lock:
                self._timer = None
                changed, self._changed = self._changed, None
            self._tell(self.told(), changed)


def describe_state(name: str, editor: LabelEditor) -> dict[str, Any]:
    """Return how it stands with painted labels, for the browser; JSON."""
    state: State = editor.state
    info = np.iinfo(editor.layers.dtype)
    return {
        "labels": name,
        "state": "closed" if editor.is_closed else state.name,
        "unsaved": state.unsaved,
        "undo": state.undo,
        "redo": state.redo,
        "recovered": state.recovered,
        "why": state.why[:_MAX_TEXT],
        "going": editor.save_as_you_go,
        "method": _unnamed_method(editor),
        # Ids have up to 64 bits, numbers in the browser 53: so they are texts.
        "ids": [str(info.min), str(info.max)],
    }


def _unnamed_method(editor: LabelEditor) -> str:
    """Return how coarser levels are made where the labels do not say it themselves; "" otherwise."""
    layers = editor.layers
    unnamed = len(layers.canvases) > 1 and known_method(editor.image.multiscale) is None
    return layers.method if unnamed else ""


def _cells(cells: Iterable[Iterable[tuple[int, ...]]]) -> list[list[list[int]]] | None:
    """Return changed cells by level as JSON, or None where they are many."""
    found = [[list(place) for place in sorted(places)] for places in cells]
    return found if sum(map(len, found)) <= _MOST_CELLS else None


def _together(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return None
    both = [{tuple(place) for place in [*a, *b]} for a, b in zip(one, other, strict=True)]
    return _cells(both)
