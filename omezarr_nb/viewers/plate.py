"""The interactive view of a plate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from omezarr_nb.core.image import Image
from omezarr_nb.core.plate import Plate
from omezarr_nb.core.reader import open as open_any
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers.chunks import ChunkCache
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.planes import Planes
from omezarr_nb.viewers.plate_planes import FIELD, PlateImage, PlatePlanes, grid_of

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where

__all__ = ["PlateViewer"]

#: Bytes of chunks that a view of a plate keeps.
_CACHE_BYTES = 256 * 2**20


class PlateViewer(ImageViewer):
    """A plate to look over, pan, zoom and step through, in a notebook cell.

    The wells lie in their rows and columns, each with one of its fields; a slider goes through the fields. Channels,
    contrast, z and t apply to all wells. A click selects a well, a double click goes there, and finer levels are read
    as one zooms in: only of the wells that are seen.

    Parameters
    ----------
    plate
        A `Plate`, or anything that `omezarr_nb.open` takes and that holds one.
    **traits
        Initial values of the traits: those of `ImageViewer`, and these.

    Attributes
    ----------
    well : str
        Path of the well that is selected, "B/3"; "" for none. "B3" is taken, too.

    Raises
    ------
    NotFoundError
        When none of the plate's first wells holds a field.

    Examples
    --------
    >>> viewer = omezarr_nb.open("plate.ome.zarr").view()  # doctest: +SKIP
    >>> viewer.well = "B3"  # doctest: +SKIP
    >>> viewer.selected_field().array()  # doctest: +SKIP
    """

    settable: ClassVar[tuple[str, ...]] = ("well",)
    _without_shapes: ClassVar[str] = "Shapes are drawn in a view of a field: plate['B', 3].fields[0].view()."

    well = traitlets.Unicode().tag(sync=True)

    def __init__(self, plate: Plate | Where, **traits: Any) -> None:
        super().__init__(plate, **traits)  # type: ignore[arg-type] # `_take` makes an image of it

    @property
    def plate(self) -> Plate:
        """The plate that is viewed."""
        return self._whole.plate

    @property
    def field(self) -> int:
        """Which field of the wells is shown."""
        return int(self.indices.get(FIELD, 0))

    def selected_field(self) -> Image:
        """Return the image that is shown of the selected well, to work with it.

        Raises
        ------
        InvalidArgumentError
            When no well is selected, or it has no such field.
        """
        if not self.well:
            raise InvalidArgumentError("No well is selected.", do="Click one, or set viewer.well = 'B3'.")
        fields = self.plate.wells[self.well].fields
        if self.field >= len(fields):
            raise InvalidArgumentError(
                "The well has no such field.", where=self.well, found=self.field, expected=f"0 to {len(fields) - 1}"
            )
        return fields[self.field]

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
        return PlateImage(plate)

    def _planes_of(self, image: Image) -> Planes:
        return PlatePlanes(image, self._layout, ChunkCache(_CACHE_BYTES))

    def _volume_described(self) -> None:
        return None

    def _label_names(self) -> tuple[str, ...]:
        return ()

    def _described(self) -> dict[str, Any]:
        return super()._described() | {"plate": grid_of(self._whole)}

    @traitlets.validate("well")
    def _check_well(self, proposal: Mapping[str, Any]) -> str:
        value: str = proposal["value"]
        if not value:
            return ""
        entry = self.plate.wells.entry(value)
        if entry is None:
            raise traitlets.TraitError(f"the plate lists no well {value!r}, such as {next(iter(self.plate.wells), '')}")
        return entry.path
