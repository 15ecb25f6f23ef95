"""The interactive view of a plate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from omezarr_nb.core.chunks import ChunkCache
from omezarr_nb.core.image import Image
from omezarr_nb.core.plate import Plate
from omezarr_nb.core.reader import open as open_any
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.part import Answer, Question
from omezarr_nb.viewers.planes import ImagePlanes
from omezarr_nb.viewers.plate_planes import ACQUISITION, FIELD, PlateImage, PlatePlanes, fields_in, grid_of

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where

__all__ = ["PlateViewer"]

#: Bytes of chunks that a view of a plate keeps.
_CACHE_BYTES = 256 * 2**20


class PlateViewer(ImageViewer):
    """A plate to look over, pan, zoom and step through, in a notebook cell.

    The wells lie in their rows and columns, each with one of its fields, through which a slider goes, or with all of
    them side by side. Channels, contrast, z and t apply to all wells. A click selects a well, a double click goes
    there, and within it to a field; finer levels are read as one zooms in: only of the wells that are seen. Fields are
    drawn in their physical size; one that is larger than the first is made to fit its place.

    Parameters
    ----------
    plate
        A `Plate`, or anything that `omezarr_nb.open` takes and that holds one.
    every_field
        Whether each well holds all its fields, at most 400, and not one of them.
    **traits
        Initial values of the traits: those of `ImageViewer`, and these.

    Attributes
    ----------
    well : str
        Path of the well that is selected, "B/3"; "" for none. "B3" is taken, too.
    field : int
        Which field of the wells is shown, counted from 0; with `every_field` which one of the well is selected.
    acquisition : int or None
        Id of the acquisition whose fields are shown; None where the plate names one or none.

    Raises
    ------
    NotFoundError
        When none of the plate's first wells holds a field.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> with omezarr_nb.create_plate("memory://viewed.ome.zarr", rows=["A", "B"], columns=["3"]) as plate:
    ...     image = plate["B", "3"].write_field(np.zeros((64, 64), "uint8"))
    >>> viewer = omezarr_nb.open("memory://viewed.ome.zarr").view()
    >>> viewer.well = "B3"
    >>> viewer.selected_field().array().shape
    (64, 64)
    """

    settable: ClassVar[tuple[str, ...]] = ("well", "field", "acquisition")
    _without_shapes: ClassVar[str] = "Shapes are drawn in a view of a field: plate['B', 3].fields[0].view()."

    well = traitlets.Unicode().tag(sync=True)
    field = traitlets.Int(0).tag(sync=True)
    acquisition = traitlets.Int(None, allow_none=True)

    _followed = False

    def __init__(self, plate: Plate | Where, *, every_field: bool = False, **traits: Any) -> None:
        self._every_field = every_field
        super().__init__(plate, **traits)  # type: ignore[arg-type] # `_take` makes an image of it
        self._first |= self._usual

    @property
    def plate(self) -> Plate:
        """The plate that is viewed."""
        return self._whole.plate

    def selected_field(self) -> Image:
        """Return the image that is shown of the selected well, to work with it.

        Raises
        ------
        InvalidArgumentError
            When no well is selected, or it has no such field.
        """
        if not self.well:
            raise InvalidArgumentError("No well is selected.", do="Click one, or set viewer.well = 'B3'.")
        fields = fields_in(self._whole, self.well, self.indices.get(ACQUISITION, 0))
        if self.field >= len(fields):
            raise InvalidArgumentError(
                "The well has no such field.", where=self.well, found=self.field, expected=f"0 to {len(fields) - 1}"
            )
        return fields[self.field]

    def to_code(self) -> str:
        """Return the Python that makes this view again, with all that has been set in it."""
        code = super().to_code()
        if not self._whole.every_field:
            return code
        head, tail = code.split(".view(", 1)
        own = "every_field=True"
        return f"{head}.view({own}{tail}" if tail.startswith(")") else f"{head}.view(\n    {own},{tail}"

    def save_rendering(self) -> None:
        """Refuse: each field has a look of its own.

        Raises
        ------
        UnsupportedError
            Always.
        """
        raise UnsupportedError(
            "A plate stores no look of its channels; each field has its own.",
            do="View a field and store its look: plate['B', 3].fields[0].view().",
        )

    def to_neuroglancer(self) -> str:
        """Refuse: neuroglancer shows no plates.

        Raises
        ------
        UnsupportedError
            Always.
        """
        raise UnsupportedError("Neuroglancer shows no plates.", do="Take the link of a field: its view has one.")

    @property
    def _whole(self) -> PlateImage:
        assert isinstance(self._image, PlateImage)
        return self._image

    def _take(self, image: Any) -> Image:
        plate = image if isinstance(image, Plate) else open_any(image)
        if not isinstance(plate, Plate):
            raise ArgumentTypeError("This is no plate.", found=repr(plate)[:200], expected="a plate")
        return PlateImage(plate, every_field=self._every_field)

    def _begin(self, given: Mapping[str, Any]) -> dict[str, Any]:
        others = super()._begin(given)
        known = given.get("indices")
        sizes = dict(others["indices"])
        ids = [one.id for one in self._whole.acquisitions]
        # What a view has of which nothing is given, whatever is given to this one.
        self._usual = {"indices": sizes, "field": sizes.get(FIELD, 0), "acquisition": ids[0] if ids else None}
        indices = sizes | {name: known[name] for name in sizes if isinstance(known, Mapping) and name in known}
        if not self._whole.every_field:
            indices[FIELD] = given.get("field", indices[FIELD])
        if given.get("acquisition") in ids:
            indices[ACQUISITION] = ids.index(given["acquisition"])
        place = indices.get(ACQUISITION)
        shown = ids[place] if isinstance(place, int) and 0 <= place < len(ids) else None
        field = 0 if self._whole.every_field else indices[FIELD]
        return others | {"indices": indices, "field": field, "acquisition": shown}

    def _answers(self) -> dict[str, Answer]:
        return super()._answers() | {"missing": self._answer_missing}

    def _answer_missing(self, question: Question) -> tuple[dict[str, Any], list[bytes]]:
        given = question.get("indices", {})
        if not isinstance(given, Mapping) or not all(isinstance(index, int) for index in given.values()):
            raise InvalidArgumentError("The message has no usable 'indices'.", found=given)
        planes = self._planes
        assert isinstance(planes, PlatePlanes)
        at = planes.level_indices(self.image.levels[0], given)
        return {"kind": "missing", "wells": planes.missing(at)}, []

    def _planes_of(self, image: Image) -> ImagePlanes:
        return PlatePlanes(image, self._layout, ChunkCache(_CACHE_BYTES))

    _no_volume = "a plate is not shown as a volume; a field is: plate['B', 3].fields[0].view(volume=True)"

    def _volume_described(self) -> None:
        return None

    def _label_names(self) -> tuple[str, ...]:
        return ()

    def _described(self) -> dict[str, Any]:
        return super()._described() | {"plate": grid_of(self._whole)}

    @traitlets.validate("field")
    def _check_field(self, proposal: Mapping[str, Any]) -> int:
        value: int = proposal["value"]
        if not 0 <= value < self._whole.fields:
            raise traitlets.TraitError(f"no well has a field {value}: they are 0 to {self._whole.fields - 1}")
        return value

    @traitlets.validate("acquisition")
    def _check_acquisition(self, proposal: Mapping[str, Any]) -> int | None:
        value: int | None = proposal["value"]
        ids = [one.id for one in self._whole.acquisitions]
        if value not in ids and (ids or value is not None):
            there = ", ".join(map(str, ids)) or "none is named, or one"
            raise traitlets.TraitError(f"the plate has no acquisition {value}: they are {there}")
        return value

    @traitlets.observe("indices")
    def _follow_indices(self, _change: Any) -> None:
        indices, self._followed = self.indices, True
        try:
            if FIELD in indices and not self._whole.every_field:
                self.field = indices[FIELD]
            if ACQUISITION in indices:
                self.acquisition = self._whole.acquisitions[indices[ACQUISITION]].id
        finally:
            self._followed = False

    @traitlets.observe("field", "acquisition")
    def _follow_names(self, _change: Any) -> None:
        if self._followed:
            return
        if self.acquisition is None and ACQUISITION in self.indices:
            self._follow_indices(None)  # there is one: None is not checked before it is set
        ids = [one.id for one in self._whole.acquisitions]
        wanted = {ACQUISITION: ids.index(self.acquisition)} if self.acquisition in ids else {}
        if not self._whole.every_field:
            wanted[FIELD] = self.field
        if any(self.indices.get(name) != index for name, index in wanted.items()):
            self.indices = dict(self.indices) | wanted

    @traitlets.validate("well")
    def _check_well(self, proposal: Mapping[str, Any]) -> str:
        value: str = proposal["value"]
        if not value:
            return ""
        entry = self.plate.wells.entry(value)
        if entry is None:
            raise traitlets.TraitError(f"the plate lists no well {value!r}, such as {next(iter(self.plate.wells), '')}")
        return entry.path
