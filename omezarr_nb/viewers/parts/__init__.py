"""The parts that a view is made of: each has its traits, and what it says to the browser."""

from omezarr_nb.viewers.parts.camera import CameraPart
from omezarr_nb.viewers.parts.channels import ChannelPart
from omezarr_nb.viewers.parts.crosshair import CrosshairPart
from omezarr_nb.viewers.parts.labels import LabelPart
from omezarr_nb.viewers.parts.layers import LayerPart
from omezarr_nb.viewers.parts.painting import PaintPart
from omezarr_nb.viewers.parts.planes import PlanePart
from omezarr_nb.viewers.parts.projection import ProjectionPart
from omezarr_nb.viewers.parts.saved import SavedPart
from omezarr_nb.viewers.parts.shapes import ShapePart
from omezarr_nb.viewers.parts.values import ValuePart
from omezarr_nb.viewers.parts.volume import VolumePart

__all__ = [
    "CameraPart",
    "ChannelPart",
    "CrosshairPart",
    "LabelPart",
    "LayerPart",
    "PaintPart",
    "PlanePart",
    "ProjectionPart",
    "SavedPart",
    "ShapePart",
    "ValuePart",
    "VolumePart",
]
