"""OME-Zarr in notebooks: open an image, a plate, a collection; look at it, view it, write one.

>>> import omezarr_nb
>>> image = omezarr_nb.open("image.ome.zarr")  # doctest: +SKIP
>>> image.view()  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from omezarr_nb import errors
from omezarr_nb.core.shown import Face, Shown

if TYPE_CHECKING:
    from omezarr_nb.core.collection import ImageCollection
    from omezarr_nb.core.convert import ConvertPlan, convert, plan_convert
    from omezarr_nb.core.editing.open import edit_labels
    from omezarr_nb.core.editing.session import LabelEditor
    from omezarr_nb.core.files.stack import open_files
    from omezarr_nb.core.growing.append import AppendPlan
    from omezarr_nb.core.growing.create import create_image, create_labels
    from omezarr_nb.core.growing.layout import rechunk
    from omezarr_nb.core.image import Image, LabelImage, Level
    from omezarr_nb.core.label_tables import colors_by, properties_of
    from omezarr_nb.core.labels import Labels
    from omezarr_nb.core.mending.edit import edit_metadata, plan_metadata
    from omezarr_nb.core.mending.plan import MetadataPlan, plan_repair, repair
    from omezarr_nb.core.metadata import Channel
    from omezarr_nb.core.plate import Plate, Well
    from omezarr_nb.core.plate_plan import PlatePlan, plan_plate, write_plate
    from omezarr_nb.core.plates import PlateWriter, create_plate
    from omezarr_nb.core.pyramid.leftovers import Leftover, leftovers
    from omezarr_nb.core.pyramid.plan import WritePlan, plan_image
    from omezarr_nb.core.pyramid.planes import Planes
    from omezarr_nb.core.pyramid.progress import Progress
    from omezarr_nb.core.reader import open
    from omezarr_nb.core.scenes import ImageScene
    from omezarr_nb.core.segmenting import segment
    from omezarr_nb.core.tiff.image import open_tiff
    from omezarr_nb.core.validate import ValidationReport, validate
    from omezarr_nb.core.writer import write_image, write_labels
    from omezarr_nb.core.writing.label_plan import LabelsPlan, plan_labels
    from omezarr_nb.viewers.compare import compare
    from omezarr_nb.viewers.image import ImageViewer
    from omezarr_nb.viewers.layers import Layer
    from omezarr_nb.viewers.link import link
    from omezarr_nb.viewers.orthogonal import Orthogonal, orthogonal
    from omezarr_nb.viewers.plate import PlateViewer
    from omezarr_nb.wizards.bar import progress_bar
    from omezarr_nb.wizards.convert import ConvertWizard
    from omezarr_nb.wizards.door import wizard
    from omezarr_nb.wizards.image import ImageWizard
    from omezarr_nb.wizards.labels import LabelsWizard
    from omezarr_nb.wizards.metadata import MetadataEditor
    from omezarr_nb.wizards.plate import PlateWizard
    from omezarr_nb.wizards.repair import RepairWizard

    __version__: str

__all__ = [
    "AppendPlan",
    "Channel",
    "ConvertPlan",
    "ConvertWizard",
    "Image",
    "ImageCollection",
    "ImageScene",
    "ImageViewer",
    "ImageWizard",
    "LabelEditor",
    "LabelImage",
    "Labels",
    "LabelsPlan",
    "LabelsWizard",
    "Layer",
    "Leftover",
    "Level",
    "MetadataEditor",
    "MetadataPlan",
    "Orthogonal",
    "Planes",
    "Plate",
    "PlatePlan",
    "PlateViewer",
    "PlateWizard",
    "PlateWriter",
    "Progress",
    "RepairWizard",
    "ValidationReport",
    "Well",
    "WritePlan",
    "colors_by",
    "compare",
    "convert",
    "create_image",
    "create_labels",
    "create_plate",
    "edit_labels",
    "edit_metadata",
    "errors",
    "leftovers",
    "link",
    "open",
    "open_files",
    "open_tiff",
    "orthogonal",
    "plan_convert",
    "plan_image",
    "plan_labels",
    "plan_metadata",
    "plan_plate",
    "plan_repair",
    "progress_bar",
    "properties_of",
    "rechunk",
    "repair",
    "segment",
    "validate",
    "wizard",
    "write_image",
    "write_labels",
    "write_plate",
]

#: What is imported when it is first touched, so that `import omezarr_nb` stays light: zarr alone takes half a second.
_LAZY = {
    "Channel": "omezarr_nb.core.metadata",
    "Image": "omezarr_nb.core.image",
    "ImageCollection": "omezarr_nb.core.collection",
    "ImageScene": "omezarr_nb.core.scenes",
    "LabelImage": "omezarr_nb.core.image",
    "Labels": "omezarr_nb.core.labels",
    "Level": "omezarr_nb.core.image",
    "Plate": "omezarr_nb.core.plate",
    "Well": "omezarr_nb.core.plate",
    "open": "omezarr_nb.core.reader",
    "AppendPlan": "omezarr_nb.core.growing.append",
    "ConvertPlan": "omezarr_nb.core.convert",
    "ImageViewer": "omezarr_nb.viewers.image",
    "Layer": "omezarr_nb.viewers.layers",
    "ImageWizard": "omezarr_nb.wizards.image",
    "LabelsPlan": "omezarr_nb.core.writing.label_plan",
    "Planes": "omezarr_nb.core.pyramid.planes",
    "LabelEditor": "omezarr_nb.core.editing.session",
    "Leftover": "omezarr_nb.core.pyramid.leftovers",
    "PlateViewer": "omezarr_nb.viewers.plate",
    "PlateWriter": "omezarr_nb.core.plates",
    "Progress": "omezarr_nb.core.pyramid.progress",
    "ValidationReport": "omezarr_nb.core.validate",
    "WritePlan": "omezarr_nb.core.pyramid.plan",
    "compare": "omezarr_nb.viewers.compare",
    "convert": "omezarr_nb.core.convert",
    "create_image": "omezarr_nb.core.growing.create",
    "create_labels": "omezarr_nb.core.growing.create",
    "create_plate": "omezarr_nb.core.plates",
    "edit_labels": "omezarr_nb.core.editing.open",
    "link": "omezarr_nb.viewers.link",
    "open_files": "omezarr_nb.core.files.stack",
    "open_tiff": "omezarr_nb.core.tiff.image",
    "Orthogonal": "omezarr_nb.viewers.orthogonal",
    "orthogonal": "omezarr_nb.viewers.orthogonal",
    "plan_convert": "omezarr_nb.core.convert",
    "leftovers": "omezarr_nb.core.pyramid.leftovers",
    "plan_image": "omezarr_nb.core.pyramid.plan",
    "MetadataPlan": "omezarr_nb.core.mending.plan",
    "plan_repair": "omezarr_nb.core.mending.plan",
    "repair": "omezarr_nb.core.mending.plan",
    "colors_by": "omezarr_nb.core.label_tables",
    "properties_of": "omezarr_nb.core.label_tables",
    "segment": "omezarr_nb.core.segmenting",
    "ConvertWizard": "omezarr_nb.wizards.convert",
    "LabelsWizard": "omezarr_nb.wizards.labels",
    "MetadataEditor": "omezarr_nb.wizards.metadata",
    "PlateWizard": "omezarr_nb.wizards.plate",
    "RepairWizard": "omezarr_nb.wizards.repair",
    "wizard": "omezarr_nb.wizards.door",
    "plan_metadata": "omezarr_nb.core.mending.edit",
    "edit_metadata": "omezarr_nb.core.mending.edit",
    "PlatePlan": "omezarr_nb.core.plate_plan",
    "plan_plate": "omezarr_nb.core.plate_plan",
    "write_plate": "omezarr_nb.core.plate_plan",
    "plan_labels": "omezarr_nb.core.writing.label_plan",
    "rechunk": "omezarr_nb.core.growing.layout",
    "progress_bar": "omezarr_nb.wizards.bar",
    "validate": "omezarr_nb.core.validate",
    "write_image": "omezarr_nb.core.writer",
    "write_labels": "omezarr_nb.core.writer",
}

Shown.face = Face(
    html="omezarr_nb.display:to_html",
    text="omezarr_nb.display:to_text",
    view="omezarr_nb.viewers:view",
)


if not TYPE_CHECKING:  # a type checker would take every name for one that there is

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            return import_module("importlib.metadata").version("omezarr_nb")
        if name in _LAZY:
            return getattr(import_module(_LAZY[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
