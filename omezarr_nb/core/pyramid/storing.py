"""How the levels of a write are stored: chunks, shards and codecs of each, from what is asked for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.format import Format
from omezarr_nb.core.kinds import Floats, Ints
from omezarr_nb.core.pyramid import chunking, codecs
from omezarr_nb.core.pyramid.levels import LevelShape
from omezarr_nb.core.pyramid.work import LevelPlan
from omezarr_nb.errors import InvalidArgumentError

__all__ = ["Storing", "check_entries"]


@dataclass(frozen=True, slots=True)
class Storing:
    """What all levels of a write have in common.

    Parameters
    ----------
    axes
        In order.
    itemsize
        Bytes of a pixel.
    fmt
        The version that is written.
    compression
        As `omezarr_nb.plan_image` takes it, for levels whose options name no compressors.
    labels
        Whether the pixels are ids.
    """

    axes: tuple[Axis, ...]
    itemsize: int
    fmt: Format
    compression: codecs.Compression
    labels: bool

    def level(
        self,
        index: int,
        size: LevelShape,
        place: tuple[Floats, Floats],
        options: Mapping[str, Any],
        *,
        chunks: Ints,
        whole: Ints,
    ) -> LevelPlan:
        """Return a level as it will be written.

        Parameters
        ----------
        index
            Of the level, from 0, which is its path.
        size
            Its shape, and the steps to it.
        place
            Its scale and translation, along each axis in the axis' unit.
        options
            Array options of zarr for this level. Of these "shards" is there, None for none, and "chunks" is ignored.
        chunks
            Along each axis, not yet cut to the level.
        whole
            The shape for which shards are chosen where they are not given in numbers.

        Raises
        ------
        InvalidArgumentError, ArgumentTypeError, UnsupportedError
            For shards or codecs that cannot be.
        """
        chunking.check_shards_allowed(options["shards"], self.fmt.version, self.fmt.zarr_format)
        shards = chunking.as_shards(options["shards"], chunks, whole, self.axes, self.itemsize)
        fitted = chunking.fit_chunks(chunks, size.shape)
        compression = options.get("compressors", self.compression)
        scale, translation = place
        return LevelPlan(
            path=str(index),
            shape=size.shape,
            chunks=fitted,
            shards=chunking.fit_shards(shards, fitted, size.shape),
            step=size.step,
            scale=scale,
            translation=translation,
            compressors=codecs.compressors(compression, self.fmt.zarr_format, labels=self.labels),
            options={key: value for key, value in options.items() if key not in ("chunks", "shards", "compressors")},
        )


def check_entries(options: Sequence[Mapping[str, Any]], count: int) -> None:
    """Raise where options of arrays are given level by level, and not for each level.

    Raises
    ------
    InvalidArgumentError
        For fewer entries than levels; one alone is for all, and those that are too many are ignored.
    """
    if 1 < len(options) < count:
        raise InvalidArgumentError(
            "A list of storage_options has one entry for each level.",
            where="storage_options",
            found=f"{len(options)} entries",
            expected=f"{count}",
            do="Add the entries that are missing, or pass one mapping for all levels.",
        )
