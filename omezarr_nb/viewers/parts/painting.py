"""Labels that are painted in a view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from omezarr_nb.core.editing.open import edit_labels
from omezarr_nb.core.pyramid.labels import check_label_name
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError, TargetBusyError, UnsupportedError
from omezarr_nb.viewers.painting import PaintedChunks, Painting
from omezarr_nb.viewers.part import Answer, Question
from omezarr_nb.viewers.parts.labels import LabelPart

if TYPE_CHECKING:
    from omezarr_nb.core.editing.session import LabelEditor

__all__ = ["PaintPart"]

_MAX_TEXT = 500


class PaintPart(LabelPart):
    """Painting labels: `edit_labels`, and the trait ``labels_edited``."""

    _info: Any  # of the view

    labels_edited = traitlets.Dict(key_trait=traitlets.Unicode(), value_trait=traitlets.Int())

    #: What the browser shows of the editor that is open; {} for none.
    _painting = traitlets.Dict().tag(sync=True)
    #: What has changed last, for the views that did not make it.
    _painted = traitlets.Dict().tag(sync=True)

    _editing: Painting | None = None

    def edit_labels(
        self,
        name: str | None = None,
        *,
        create: bool = False,
        dtype: Any = "uint32",
        method: Any = None,
        save_as_you_go: bool | None = None,
        **options: Any,
    ) -> LabelEditor:
        """Paint labels of the image in the view: its tools come up, and what is painted shows at once.

        Parameters
        ----------
        name
            Of the labels; those that are shown uppermost by default, or new ones named "labels".
        create
            Whether they are made, empty, where there are none of this name.
        dtype, method, **options
            As for `omezarr_nb.edit_labels`.
        save_as_you_go
            Whether strokes are saved by themselves, a second after the last one; None leaves it as it is.

        Returns
        -------
        LabelEditor
            With which the same labels are painted from Python, saved, and closed. ``viewer.labels_edited`` counts the
            changes by name, so that other cells can follow: ``viewer.observe(function, "labels_edited")``.

        Raises
        ------
        UnknownNameError, TargetBusyError, StoreError, UnsupportedError
            As from `omezarr_nb.edit_labels`.

        Examples
        --------
        >>> viewer = image.view()  # doctest: +SKIP
        >>> editor = viewer.edit_labels("nuclei", create=True)  # doctest: +SKIP
        >>> viewer.observe(lambda change: print(editor.read().max()), "labels_edited")  # doctest: +SKIP
        """
        if name is None:
            name = self.visible_labels[-1] if self.visible_labels else (self._labels[-1] if self._labels else "labels")
        editor = edit_labels(self.image, name, create=create, dtype=dtype, method=method, **options)
        if save_as_you_go is not None:
            editor.save_as_you_go = save_as_you_go
        self._show_editor(name, editor)
        return editor

    def _show_editor(self, name: str, editor: LabelEditor) -> None:
        drawn = tuple(self.image.axes[axis].name for axis in (self._layout.y, self._layout.x))
        plane = tuple(editor.layers.names[axis] for axis in editor.layers.plane)
        if drawn != plane:
            raise UnsupportedError(
                "Labels are painted in a view of their plane.",
                found=f"a view of {' and '.join(drawn)}",
                expected=" and ".join(plane),
            )
        planes = self._layers.painted(name, editor.image, PaintedChunks(editor))
        if self._editing is not None:
            self._editing.close()
        self._editing = Painting(name, editor, planes, self._hear_of_paint)
        if name not in self._labels:
            self._labels = (*self._labels, name)
            self.image.__dict__.pop("labels", None)  # read anew
            self._info = {**self._info, "labels": list(self._labels)}
        self._painting = self._editing.told()
        if name not in self.visible_labels:
            self.visible_labels = [*self.visible_labels, name]

    def _answers(self) -> dict[str, Answer]:
        kinds = ("edit", "stroke", "retract", "store", "pick", "free", "going", "leave")
        return super()._answers() | dict.fromkeys(kinds, self._answer_on_paint)

    def _answer_on_paint(self, question: Question) -> tuple[dict[str, Any], list[bytes]]:
        if question.get("kind") == "edit":
            return self._begin_painting(question), []
        painting = self._editing
        if painting is None or painting.name != question.get("labels"):
            raise InvalidArgumentError("These labels are not being painted.", found=question.get("labels"))
        kind = question.get("kind")
        if kind == "stroke":
            return painting.stroke(question)
        if kind == "retract":
            return painting.retract(question)
        return painting.answer(question), []

    def _begin_painting(self, question: Question) -> dict[str, Any]:
        name, create = question.get("labels"), question.get("create") is True
        if not isinstance(name, str) or (name not in self._labels and not create):
            raise InvalidArgumentError("There are no such labels.", found=name, expected=", ".join(self._labels))
        try:
            check_label_name(name)
            self.edit_labels(name, create=create)
        except OMEZarrError as error:
            state = "locked" if isinstance(error, TargetBusyError) else "refused"
            return {"kind": "editing", "editing": {"labels": name, "state": state, "why": str(error)[:_MAX_TEXT]}}
        assert self._editing is not None
        return {"kind": "editing", "editing": self._editing.told()}

    def _hear_of_paint(self, told: Mapping[str, Any], changed: Mapping[str, Any] | None) -> None:
        """Tell the browser and the observers; in a thread of the editor's."""
        if self._closed:
            return
        if changed is not None:
            self._painted = dict(changed)
            self.labels_edited = {**self.labels_edited, changed["labels"]: changed["number"]}
        self._painting = dict(told)

    def _end(self) -> None:
        if self._editing is not None:
            self._editing.close()
        super()._end()
