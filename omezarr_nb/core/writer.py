"""Writing images, labels and plates, and their metadata.

What writes pixels is a plan (`omezarr_nb.core.pyramid.plan`) and its execution (`omezarr_nb.core.pyramid.run`) in one.
What writes metadata merges it into that which is there. No function changes what is passed to it.
"""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.writing.arguments import retuple as _retuple
from omezarr_nb.core.writing.arguments import stored_axes as _get_valid_axes
from omezarr_nb.core.writing.arguments import valid_acquisitions as _validate_plate_acquisitions
from omezarr_nb.core.writing.arguments import valid_datasets as _validate_datasets
from omezarr_nb.core.writing.arguments import valid_images as _validate_well_images
from omezarr_nb.core.writing.arguments import valid_names as _validate_plate_rows_columns
from omezarr_nb.core.writing.arguments import valid_wells as _validate_plate_wells
from omezarr_nb.core.writing.groups import add_metadata, check_format, check_group_fmt, get_metadata
from omezarr_nb.core.writing.images import write_image
from omezarr_nb.core.writing.labels import write_label_metadata, write_labels, write_multiscale_labels
from omezarr_nb.core.writing.multiscales import write_multiscale, write_multiscales_metadata
from omezarr_nb.core.writing.plates import write_plate_metadata, write_well_metadata

__all__ = [
    "_get_valid_axes",
    "_retuple",
    "_validate_datasets",
    "_validate_plate_acquisitions",
    "_validate_plate_rows_columns",
    "_validate_plate_wells",
    "_validate_well_images",
    "_write_dask_image",
    "add_metadata",
    "check_format",
    "check_group_fmt",
    "get_metadata",
    "write_image",
    "write_label_metadata",
    "write_labels",
    "write_multiscale",
    "write_multiscale_labels",
    "write_multiscales_metadata",
    "write_plate_metadata",
    "write_well_metadata",
]


def _write_dask_image(image: Any, group: Any, scaler: Any = "auto", **options: Any) -> Any:
    """Write a dask array as `write_image` does; of the private names of ome-zarr-py that its users import."""
    return write_image(image, group, scaler=scaler, **options)
