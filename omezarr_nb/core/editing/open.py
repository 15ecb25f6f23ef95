"""Labels, opened to be painted: made where they are not there, and by one editor at a time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from omezarr_nb.core.editing.journal import EditJournal
from omezarr_nb.core.editing.method import likely_method
from omezarr_nb.core.editing.session import LabelEditor
from omezarr_nb.core.editing.turn import Mark, journal_path, state_folder
from omezarr_nb.core.growing.change import changing
from omezarr_nb.core.growing.create import create_labels
from omezarr_nb.core.growing.place import place_key, writable
from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.errors import InvalidArgumentError, UnknownNameError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where

__all__ = ["edit_labels"]

# Of the process: the editors that are open, by the place of their labels.
_OPEN: WeakValueDictionary[Any, LabelEditor] = WeakValueDictionary()
_MAKING = threading.Lock()


def edit_labels(
    where: Where | Image,
    name: str | None = None,
    *,
    create: bool = False,
    dtype: Any = "uint32",
    method: Any = None,
    memory: int = 256 << 20,
    take_over: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> LabelEditor:
    """Open labels of an image to paint them.

    Parameters
    ----------
    where
        The image, or its path, URL, store or group; or without `name` the labels themselves.
    name
        Of the labels.
    create
        Whether they are made, empty, where there are none of this name.
    dtype
        Of labels that are made: 8 to 64 bits of integers.
    method
        How the levels were made, where the labels do not say so (those of this package do): "mode" or "nearest". By
        default whichever comes closer to the pixels that are there.
    memory
        Bytes of painted pixels that are kept in memory; more wait on a disk of this machine.
    take_over
        Whether labels are painted that another process is painting now. It can paint and save no more then, and is
        told so with its next stroke. What it has painted on this machine or disk and not saved is painted here; what
        it has on another machine stays there.
    storage_options
        What fsspec needs for a URL.
    **options
        Of labels that are made, as for `omezarr_nb.create_labels`: axes, chunks, shards, ...

    Returns
    -------
    LabelEditor
        Strokes that a process which died had painted and not saved are painted in it: its ``state.recovered`` says how
        many; `save` keeps them, `discard` throws them away. Asked again in the same process, before it is closed, the
        same editor is given.

    Raises
    ------
    UnknownNameError
        When the image has no such labels, and `create` is False.
    TargetBusyError
        When another process paints these labels, and `take_over` is False; the message says which.
    StoreError
        When the store can only be read.
    InvalidArgumentError, UnsupportedError
        When the levels cannot be kept in line, or were made by another method than is asked for.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((64, 64), "u1"), "memory://edited.ome.zarr", levels=2)
    >>> editor = omezarr_nb.edit_labels(image, "nuclei", create=True)
    >>> done = editor.paint([(10, 10)], label=editor.next_id(), size=9)
    >>> editor.state.name, editor.undo().pixels, editor.redo().pixels
    ('unsaved', 69, 69)
    >>> editor.save()
    1
    >>> editor.close()
    """
    image = where if isinstance(where, Image) else _opened(where, storage_options)
    labels = _labels(image, name, create=create, dtype=dtype, options=options)
    place = writable(labels.location)
    key = place_key(place)
    with _MAKING:
        found = _OPEN.get(key)
        if found is not None and not found.is_closed:
            return found
        editor = _open(labels, place, key, method, memory, take_over=take_over)
        _OPEN[key] = editor
        return editor


def _opened(where: Any, storage_options: Mapping[str, Any] | None) -> Image:
    from omezarr_nb.core.reader import open_image

    return open_image(where, storage_options)


def _labels(image: Image, name: str | None, *, create: bool, dtype: Any, options: Mapping[str, Any]) -> LabelImage:
    if name is None:
        if isinstance(image, LabelImage):
            return image
        names = image.labels.names
        if len(names) == 1 and not create:
            return image.labels[names[0]]
        raise InvalidArgumentError(
            "Say which labels are painted.",
            where=image.where,
            expected=", ".join(map(repr, names)) or "a name for new labels, and create=True",
        )
    fresh = type(image)(image.location, image._multiscale)  # labels may have been made since it was opened
    if name in fresh.labels:
        return fresh.labels[name]
    if create:
        return create_labels(fresh, name, dtype=dtype, **options)
    raise UnknownNameError(
        "The image has no such labels.",
        where=image.where,
        found=name,
        expected=", ".join(map(repr, fresh.labels.names)) or "none are there",
        do="Pass create=True to make them.",
    )


def _open(labels: LabelImage, place: Any, key: Any, method: Any, memory: int, *, take_over: bool) -> LabelEditor:
    # First the lock: who comes second is told so before anything of the labels is read or mended.
    journal = EditJournal(journal_path(place, key), labels.where, state_folder(), take_over=take_over)
    try:
        mark = Mark(place, labels.where, take_over=take_over)
    except BaseException:
        journal.close(remove=False)
        raise
    try:
        with changing(labels, likely_method(labels) if method is None else method) as pyramid:
            fresh = pyramid
        return LabelEditor(labels, fresh, journal, mark, memory)
    except BaseException:
        mark.close()
        journal.close(remove=journal.is_empty)
        raise
