"""The labels that lie over an image, and those that are selected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from omezarr_nb.core.image import LabelImage
from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.fixed import Entries, FixedList, Selection
from omezarr_nb.viewers.labels import LabelLayers
from omezarr_nb.viewers.layout import label_names, layout_of
from omezarr_nb.viewers.part import Answer, Part, Question

if TYPE_CHECKING:
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = ["LabelPart"]

#: What the names of sources of tiles begin with that are labels.
_PREFIX = "labels/"


class LabelPart(Part):
    """The traits on labels: ``visible_labels``, ``selected_labels``, ``only_selected`` and how they are drawn."""

    settable: ClassVar[tuple[str, ...]] = (
        "visible_labels",
        "selected_labels",
        "label_opacity",
        "label_contour",
        "only_selected",
    )

    visible_labels = Entries(traitlets.Unicode()).tag(sync=True)
    selected_labels = Selection()
    label_opacity = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True, echo_update=False)
    label_contour = traitlets.Int(0, min=0, max=20).tag(sync=True)
    only_selected = traitlets.Bool(False).tag(sync=True)

    _labels: tuple[str, ...]
    _layers: LabelLayers
    _closed = False

    def _begin(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._labels = self._label_names()
        drawn = (self._layout.x, self._layout.y)
        x, y = (self.image.axes[axis].name for axis in drawn)
        usual = layout_of(self.image)
        self._layers = LabelLayers(self.image, self._labels, None if (usual.x, usual.y) == drawn else (x, y))
        return super()._begin(given) | {"visible_labels": list(self._labels[:1])}

    def _label_names(self) -> tuple[str, ...]:
        """Return the names of the labels that are offered."""
        return label_names(self.image)

    def _described(self) -> dict[str, Any]:
        return super()._described() | {"labels": list(self._labels)}

    def _answers(self) -> dict[str, Answer]:
        return super()._answers() | dict.fromkeys(("labels", "properties", "find"), self._answer_on_labels)

    def _answer_on_labels(self, question: Question) -> tuple[dict[str, Any], list[bytes]]:
        return self._layers.answer(question, given_up=lambda: self._closed), []

    def _source(self, name: str) -> ImagePlanes | None:
        if name.startswith(_PREFIX):
            return self._layers.planes(name.removeprefix(_PREFIX))
        return super()._source(name)

    def label_table(self, name: str | None = None, *, selected: bool = False) -> list[dict[str, Any]]:
        """Return what is stored of the labels of a label image, one row a label; ``pandas.DataFrame`` takes it.

        Parameters
        ----------
        name
            Of the label image; by default the uppermost one that is shown, or the first.
        selected
            Whether only those in `selected_labels` are returned; such a row is there for each, whether anything is
            stored of it or not.

        Returns
        -------
        list of dict
            As of `LabelImage.table`.

        Raises
        ------
        InvalidArgumentError
            When the image has no labels of that name.

        Examples
        --------
        >>> pandas.DataFrame(viewer.label_table("nuclei", selected=True))  # doctest: +SKIP
        """
        wanted = name if name is not None else next(iter([*self.visible_labels[::-1], *self._labels]), None)
        if wanted is None or wanted not in self._labels:
            raise InvalidArgumentError(
                "There are no such labels.",
                found=wanted,
                expected=", ".join(self._labels) or "none: the image has none",
            )
        labels = self._layers.opened(wanted).image
        rows = labels.table() if isinstance(labels, LabelImage) else []
        if not selected:
            return rows
        stored = {row["label-value"]: row for row in rows}
        empty = dict.fromkeys(rows[0]) if rows else {}
        return [stored.get(value, empty | {"label-value": value}) for value in self.selected_labels.get(wanted, ())]

    def _end(self) -> None:
        self._closed = True
        self._layers.forget()
        super()._end()

    @traitlets.validate("visible_labels", "selected_labels")
    def _check_labels(self, proposal: Mapping[str, Any]) -> Any:
        value = proposal["value"]
        for name in value:
            if name not in self._labels:
                there = ", ".join(self._labels) or "none"
                raise traitlets.TraitError(f"the image has no labels {name!r}: they are {there}")
        return FixedList(dict.fromkeys(value)) if isinstance(value, list) else value
