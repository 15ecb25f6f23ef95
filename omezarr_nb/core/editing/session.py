"""An editor of labels: strokes, undo and redo, and what becomes of them when the process dies or they are saved."""

from __future__ import annotations

import threading
import warnings
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.editing.changes import Patch, decode, encode
from omezarr_nb.core.editing.draw import draw
from omezarr_nb.core.editing.handing import fingerprint, replaced
from omezarr_nb.core.editing.journal import EditJournal, Entry, is_ours
from omezarr_nb.core.editing.layers import Layers
from omezarr_nb.core.editing.state import Edited, State
from omezarr_nb.core.editing.storing import regions
from omezarr_nb.core.editing.strokes import Stroke
from omezarr_nb.core.editing.tools import Tools
from omezarr_nb.core.editing.turn import Mark
from omezarr_nb.core.growing.change import changing
from omezarr_nb.core.growing.given import region_of
from omezarr_nb.core.growing.place import is_local
from omezarr_nb.core.growing.update import put_pixels
from omezarr_nb.errors import OMEZarrError, StoreError, UnsupportedError

if TYPE_CHECKING:
    from omezarr_nb.core.growing.pyramid import Pyramid
    from omezarr_nb.core.image import LabelImage

__all__ = ["LabelEditor"]


#: Bytes of a region that is stored at once: it is written down before, so that it is old or new as a whole.
_REGION = 16 << 20
#: A journal that is longer is begun anew once all is saved; strokes before can then no longer be undone.
LONGEST_JOURNAL = 256 << 20
#: Seconds without a stroke after which is saved what is saved as one goes.
_PAUSE = 1.0


class LabelEditor(Tools):
    """Labels that are being painted; made by `omezarr_nb.edit_labels`.

    Strokes are drawn on level 0, exactly, and all coarser levels follow at once. They are in the store when `save`
    returns. Until then they are in memory (up to `memory` bytes, more on a disk of this machine) and in a journal that
    outlives the process: `omezarr_nb.edit_labels` paints them again when it is called the next time. Safe to use from
    several threads.

    Parameters
    ----------
    image
        The labels.
    pyramid
        The same, as they were read to be changed.
    journal, mark
        What keeps others from painting them.
    memory
        Bytes of painted pixels that are kept in memory.
    """

    def __init__(self, image: LabelImage, pyramid: Pyramid, journal: EditJournal, mark: Mark, memory: int) -> None:
        if pyramid.dtype.kind not in "iu":
            raise UnsupportedError(
                "Labels of integers are painted.", where=image.where, found=str(image.dtype), expected="8 to 64 bits"
            )
        self._image = image
        self._method = pyramid.method
        self._unit = pyramid.levels[0].shards or pyramid.levels[0].chunks
        self._layers = Layers(pyramid, memory)
        self._journal, self._mark = journal, mark
        self._lock = self._layers.lock
        self._saving = threading.Lock()
        self._facts, self._fingerprint = _facts(pyramid), _fingerprint(pyramid)
        self._history: list[Entry] = []
        self._applied = 0  # of the history
        self._events = self._saved_events = self._number = 0
        self._serial = 0  # of what callbacks are told
        self._state = State("saved", 0, undo=False, redo=False, recovered=0)
        self._heard: list[Callable[[Edited], object]] = []
        self._watched: list[Callable[[State], object]] = []
        self._timer: threading.Timer | None = None
        self._as_you_go = False
        self._closed = False
        self._recover()
        self._end = weakref.finalize(self, _end, journal, mark)

    @property
    def image(self) -> LabelImage:
        """The labels as they are stored."""
        return self._image

    @property
    def layers(self) -> Layers:
        """The levels as they are painted, for views."""
        return self._layers

    @property
    def state(self) -> State:
        """How it stands with what was painted."""
        return self._state

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be painted any more."""
        return self._closed

    @property
    def save_as_you_go(self) -> bool:
        """Whether strokes are saved by themselves, a second after the last one."""
        return self._as_you_go

    @save_as_you_go.setter
    def save_as_you_go(self, value: bool) -> None:
        self._as_you_go = bool(value)
        self._schedule()

    def on_change(self, callback: Callable[[Edited], object]) -> Callable[[], None]:
        """Have a function called after each change, in the thread that made it; return what ends that."""
        return _listen(self._heard, callback)

    def on_state(self, callback: Callable[[State], object]) -> Callable[[], None]:
        """Have a function called when `state` has changed, or the editor is closed; return what ends that."""
        return _listen(self._watched, callback)

    def read(self, level: int = 0, **positions: Any) -> NDArray[Any]:
        """Return ids as they are painted now, saved or not.

        Parameters
        ----------
        level
            Whose; 0 is the finest.
        **positions
            By axis name, in pixels of that level: an int, or ``slice(start, stop)``; axes that are not named are taken
            whole.

        Returns
        -------
        numpy.ndarray
            In axis order, without the axes of which one pixel is named; a copy.
        """
        shape = self._image.levels[level].shape
        box, dropped = region_of(positions, self._image.axes, shape)
        pixels = self._layers.read_level(level, box)
        return pixels.reshape([n for axis, n in enumerate(pixels.shape) if axis not in dropped])

    def apply(self, stroke: Stroke) -> Edited | None:
        """Paint a stroke, and return what has changed; None where nothing has.

        Only the chunks under it are read, and nothing is written but the journal.

        Parameters
        ----------
        stroke
            In pixels of level 0.

        Raises
        ------
        InvalidArgumentError, UnsupportedError
            When it cannot be meant; nothing has changed then.
        StoreError
            When the labels cannot be read, the journal not written, or more is not saved than the memory and the disk
            for temporary files can hold; nothing has changed then, either.
        """
        with self._lock:
            self._check_paints()
            patches = self._layers.patches(draw(stroke, self._layers))
            if not patches:
                return None
            tool = type(stroke).__name__.lower()
            entries, body = encode(patches)
            number = self._number + 1
            entry = self._write_down({"kind": "change", "number": number, "tool": tool, "cells": entries}, body)
            self._number = number
            self._history = [*self._history[: self._applied], entry]
            self._applied += 1
            done = self._show(patches, tool)
        self._tell(done)
        return done

    def undo(self) -> Edited | None:
        """Take back the last stroke that was not taken back; None where there is none. Saved strokes can be, too."""
        with self._lock:
            self._check_paints()
            if not self._applied:
                return None
            patches = [patch.reverse() for patch in self._patches(self._history[self._applied - 1])]
            self._write_down({"kind": "undo"})
            self._applied -= 1
            done = self._show(patches, "undo")
        self._tell(done)
        return done

    def redo(self) -> Edited | None:
        """Paint again what was taken back last; None where there is nothing."""
        with self._lock:
            self._check_paints()
            if self._applied == len(self._history):
                return None
            patches = self._patches(self._history[self._applied])
            self._write_down({"kind": "redo"})
            self._applied += 1
            done = self._show(patches, "redo")
        self._tell(done)
        return done

    def save(self) -> int:
        """Store what was painted, at all levels, and return the number of regions that were written.

        Regions are chunks that were painted on and lie side by side. Each is old or new as a whole, whatever happens:
        one that is being written when the process is killed is finished by the next change of the labels. Strokes that
        are painted meanwhile are saved the next time.

        Raises
        ------
        StoreError
            When the store fails. What was painted stays painted, unsaved, and can be saved again.
        """
        with self._saving:
            with self._lock:
                self._check_open()
                boxes, events = self._layers.painted_boxes(), self._events
                if not boxes:
                    return 0
                self._set_state(name="saving", why="")
            try:
                count = self._store(boxes)
            except BaseException as error:
                with self._lock:
                    self._layers.landed(stored=False)
                    self._set_state(name="failed", why=str(error))
                raise
            with self._lock:
                self._layers.landed(stored=True)
                self._saved_events = events
                self._journal.append_saved(events)
                clean = self._events == events
                self._journal.needed = not clean
                if clean and self._journal.size > LONGEST_JOURNAL:
                    self._begin()
                self._set_state(name="saved" if clean else "unsaved", recovered=0)
            return count

    def discard(self) -> Edited:
        """Throw away what is not saved; what is in the store stays, and nothing can be undone after."""
        with self._saving, self._lock:
            self._check_open()
            cells = self._layers.discard()
            self._begin()
            self._serial += 1
            done = Edited(self._serial, "discard", 0, cells)
            self._set_state(name="saved", recovered=0, why="")
        self._tell(done)
        return done

    def close(self, *, save: bool = False) -> None:
        """End painting; others may paint then. What is not saved stays in the journal for the next time.

        Parameters
        ----------
        save
            Save first.
        """
        if self._closed:
            return
        if save:
            self.save()
        with self._saving, self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
            self._end()
            self._layers.close()
            for callback in tuple(self._watched):
                callback(self._state)
            self._heard.clear()
            self._watched.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(save=kind is None)

    def __repr__(self) -> str:
        state = "closed" if self._closed else self._state.name
        return f"<LabelEditor of {self._image.name!r}, {state}>"

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("This editor is closed.", where=self._image.where, do="Call edit_labels again.")

    def _check_paints(self) -> None:
        """Raise, before anything is changed, where nothing more can be painted."""
        self._check_open()
        self._layers.check_room()
        self._check_place()

    def _check_place(self) -> None:
        """Raise where the labels have gone, or are somebody else's to paint."""
        try:
            self._journal.check()
        except StoreError as error:
            self._set_state(name="failed", why=str(error))
            raise

    def _write_down(self, fields: Mapping[str, Any], body: bytes = b"") -> Entry:
        entry = self._journal.append(fields, body)
        # Who has taken the journal over meanwhile has read it already, or not.
        self._check_place()
        return entry

    def _store(self, boxes: Any) -> int:
        most = _REGION // self._layers.dtype.itemsize
        self._journal.check()
        with changing(self._image, self._method) as pyramid:
            self._journal.check()  # nobody takes it over while the labels are held
            self._mark.check()
            alike = _facts(pyramid) == self._facts
            if not alike or _fingerprint(pyramid) != self._fingerprint:
                raise replaced(self._image.where, self._journal.path, None, alike=alike)
            count = 0
            for region in regions(boxes, self._unit, most):
                with self._lock:
                    pixels, mask = self._layers.canvases[0].lift(region)
                put_pixels(pyramid, region, pixels, mask)
                count += 1
            return count

    def _show(self, patches: list[Patch], kind: str) -> Edited:
        """Paint what is in the journal already."""
        self._events += 1
        self._journal.needed = True
        cells = self._layers.paint(patches)
        if self._state.name != "saving":
            self._set_state(name="unsaved")
        self._set_state()
        self._serial += 1
        return Edited(self._serial, kind, sum(int(np.count_nonzero(patch.mask)) for patch in patches), cells)

    def _tell(self, done: Edited) -> None:
        for callback in tuple(self._heard):
            callback(done)
        self._schedule()

    def _set_state(self, **changes: Any) -> None:
        state = replace(
            self._state,
            unsaved=self._events - self._saved_events,
            undo=self._applied > 0,
            redo=self._applied < len(self._history),
            **changes,
        )
        if state != self._state:
            self._state = state
            for callback in tuple(self._watched):
                callback(state)

    def _schedule(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._as_you_go and not self._closed and self._events != self._saved_events:
                self._timer = threading.Timer(_PAUSE, self._save_quietly)
                self._timer.daemon = True
                self._timer.start()

    def _save_quietly(self) -> None:
        try:
            self.save()
        except OMEZarrError:
            return  # it stands in the state
        if self._state.unsaved:
            self._schedule()

    def _patches(self, entry: Entry) -> list[Patch]:
        return decode(entry.fields["cells"], self._journal.body(entry), self._layers.dtype)

    def _begin(self) -> None:
        """Begin the journal anew."""
        self._journal.begin(self._facts)
        self._journal.needed = False
        self._history, self._applied = [], 0
        self._events = self._saved_events = 0

    def _recover(self) -> None:
        """Paint again what a process that died had not saved."""
        entries = list(self._journal.entries())
        if not entries or not is_ours(entries[0]):
            if entries:
                self._set_aside("is of another release")
            self._begin()
            return
        if entries[0].fields.get("facts") != self._facts:
            if _pending(entries):
                self._set_aside("is of labels of another shape or type")
            self._begin()
            return
        if not _pending(entries):
            self._begin()
            return
        self._journal.go_on()
        try:
            self._replay(entries)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            self._layers.discard()
            self._set_aside(f"cannot be read ({error})")
            self._begin()
            return
        self._journal.needed = True
        self._set_state(name="unsaved", recovered=self._events - self._saved_events)

    def _replay(self, entries: list[Entry]) -> None:
        events: list[tuple[Entry, bool]] = []
        for entry in entries:
            match entry.kind:
                case "change":
                    self._history = [*self._history[: self._applied], entry]
                    self._applied += 1
                    events.append((entry, True))
                    self._number = int(entry.fields["number"])
                case "undo":
                    self._applied -= 1
                    events.append((self._history[self._applied], False))
                case "redo":
                    events.append((self._history[self._applied], True))
                    self._applied += 1
                case "saved":
                    self._saved_events = int(entry.fields["events"])
        self._events = len(events)
        for entry, forward in events[self._saved_events :]:
            patches = self._patches(entry)
            for patch in patches:
                if any(s.stop > n for s, n in zip(patch.box, self._layers.shape, strict=True)):
                    raise ValueError("pixels outside of the labels")
            self._layers.paint(patches if forward else [patch.reverse() for patch in patches])

    def _set_aside(self, why: str) -> None:
        other = self._journal.set_aside()
        warnings.warn(
            f"What was painted and not saved in {self._image.where} {why}; it is kept in {other}", stacklevel=5
        )


def _pending(entries: list[Entry]) -> bool:
    """Return whether a journal holds what was not saved."""
    count = sum(entry.kind in ("change", "undo", "redo") for entry in entries)
    saved = max((int(entry.fields["events"]) for entry in entries if entry.kind == "saved"), default=0)
    return count > saved


def _facts(pyramid: Pyramid) -> Mapping[str, Any]:
    """Return what tells these labels from others that may be put in their place; as it is after JSON."""
    finest = pyramid.levels[0]
    return {"path": finest.path, "shape": list(finest.shape), "dtype": finest.dtype.name}


def _fingerprint(pyramid: Pyramid) -> object:
    """Return what tells level 0 from another of the same shape and type that is put in its place, on a disk."""
    place = pyramid.location.store_path
    if not is_local(place.store):
        return None
    root: Any = place.store
    return fingerprint(root.root / place.path, pyramid.levels[0].path)


def _end(journal: EditJournal, mark: Mark) -> None:
    mark.close()
    journal.close(remove=not journal.needed)


def _listen(listeners: list[Any], callback: Any) -> Callable[[], None]:
    listeners.append(callback)

    def end() -> None:
        if callback in listeners:
            listeners.remove(callback)

    return end
