"""What mends a broken rule, where one sentence is true of every case."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["mend_of"]

_MENDS: Mapping[str, str] = MappingProxyType(
    {
        "array-document": "Write the array again; a codec may also be one that is not installed here.",
        "array-dimensions": 'Set "_ARRAY_DIMENSIONS" in the .zattrs of the array to the names of the axes.',
        "axes-order": "Write the image again with its axes in that order: arrays and metadata must agree.",
        "axis-type": 'Add "type" to the axis: "space", "time" or "channel".',
        "axis-unit": 'Add "unit" to the axis, such as "micrometer" or "second".',
        "axis-unit-known": 'Write the full name of the unit, such as "micrometer" for "um".',
        "channel-color": 'Add "color" to the channel: six hexadecimal digits, such as "00FF00".',
        "channel-color-hex": 'Write six hexadecimal digits without "#", such as "00FF00".',
        "channel-window": 'Add "window" to the channel, with "min", "max", "start" and "end".',
        "chunk-separator": "Convert the image to another version, which renames its chunks.",
        "dimension-names": 'Set "dimension_names" in the zarr.json of the array to the names of the axes.',
        "group": "Add what is missing, or take its path out of the metadata.",
        "row-group": "Write the document of a group there: .zgroup in Zarr 2, zarr.json in Zarr 3.",
        "label-dtype": "Write the labels again as integers, such as uint32.",
        "label-levels": "Write the labels again with as many levels as the image has.",
        "labels-between": "Remove the metadata of the group that only leads to the labels.",
        "level-array": 'Add the array, or take the level out of "datasets".',
        "level-offset": 'Add the "translation" that is expected to the level, or call omezarr_nb.repair.',
        "level-order": 'List the levels in "datasets" from the largest to the smallest.',
        "multiscale-version": 'Add "version" to the multiscale.',
        "ome-version": 'Set "version" in the object "ome" to the version of the specification, such as "0.5".',
        "plate-version": 'Add "version" to "plate".',
        "well-index": 'Add "rowIndex" and "columnIndex" to the well.',
        "well-version": 'Add "version" to "well".',
        "zarr-format": "Convert it to a version that is stored in this format of Zarr.",
    }
)


def mend_of(rule: str) -> str:
    """Return what mends a rule that is broken, or "" where that depends.

    Examples
    --------
    >>> mend_of("ome-version")
    'Set "version" in the object "ome" to the version of the specification, such as "0.5".'
    """
    return _MENDS.get(rule, "")
