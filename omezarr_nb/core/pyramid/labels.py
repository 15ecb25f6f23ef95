"""Where labels go, and what they take from the image that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from omezarr_nb.core.axes import AxesLike, Axis, axes_word, axis_names, parse_axes
from omezarr_nb.core.format import Format, FormatV05, declared_version
from omezarr_nb.core.image import Image
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.metadata import ImageLabel
from omezarr_nb.core.parse import is_safe_path, parse_image
from omezarr_nb.core.pyramid.arguments import as_format
from omezarr_nb.core.pyramid.options import split_options
from omezarr_nb.core.pyramid.target import local_folder
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, NotFoundError


@dataclass(frozen=True, slots=True)
class Parent:
    """The group that labels are written below.

    Parameters
    ----------
    location
        The group.
    image
        The image that is there, or None for a group without one.
    fmt
        The version that the labels are written in.
    given
        The object that was passed, if it was an image: it learns of labels that are written.
    """

    location: ZarrLocation
    image: Image | None
    fmt: Format
    given: Image | None = None

    @classmethod
    def of(cls, group: Any, storage_options: Any, version: str | float | Format | None) -> Parent:
        """Find the group; see `omezarr_nb.core.writer.write_labels`."""
        _, fsspec_options = split_options(storage_options)
        given = group if isinstance(group, Image) else None
        if isinstance(group, Image):
            from omezarr_nb.core.growing.place import writable

            group = writable(group.location)
        folder = local_folder(group, fsspec_options)
        if folder is not None and not folder.is_dir():
            raise _no_group(str(folder))
        location = ZarrLocation(folder or group, "r+", storage_options=fsspec_options)
        if not location.exists() or location.is_array:
            raise _no_group(location.where)
        declared = declared_version(location.root_attrs) is not None
        if version is not None:
            fmt = as_format(version)
            if fmt.zarr_format != location.zarr_format or (declared and fmt != location.fmt):
                raise InvalidArgumentError(
                    "Labels are of the same version as their image.",
                    where="version",
                    found=f"{fmt.version}, and OME-Zarr {location.version} in Zarr {location.zarr_format} at the group",
                    do="Leave out version.",
                )
        else:
            fmt = as_format(location.fmt)
        is_image = "multiscales" in location.fmt.block(location.root_attrs)
        return cls(location, Image(location) if is_image else None, fmt, given)

    def place(self, name: str) -> Any:
        """Give the place of the labels of a name."""
        return self.location.store_path / f"labels/{name}"

    def axes_of(self, shape: Sequence[int]) -> tuple[Axis, ...] | None:
        """Give the image's axes for labels without axes: all, or without the channel's, where that number fits."""
        if self.image is None:
            return None
        axes = self.image.axes
        if len(shape) == len(axes):
            return axes
        channel = self.image.channel_axis
        if channel is not None and len(shape) == len(axes) - 1:
            return axes[:channel] + axes[channel + 1 :]
        return None

    def check_shape(self, shape: Sequence[int], axes: Sequence[Axis]) -> None:
        """Raise where labels are along an axis neither as long as the image nor of one pixel (rule of the format).

        Raises
        ------
        InvalidArgumentError
            Naming the axis, and both shapes.
        """
        image = self.image
        if image is None:
            return
        lengths = dict(zip(axis_names(image.axes), image.shape, strict=True))
        wrong = [
            f"{axis.name}: {n}, not {lengths[axis.name]}"
            for axis, n in zip(axes, shape, strict=True)
            if axis.name in lengths and n not in (1, lengths[axis.name])
        ]
        if wrong:
            raise InvalidArgumentError(
                "Labels are as long as their image along each axis, or of length 1.",
                where="labels",
                found=f"shape {tuple(shape)} for {axes_word(axes)} ({'; '.join(wrong)})",
                expected=f"as the image, shape {image.shape} for {axes_word(image.axes)}",
                do="Pass axes where they are others, or scale (and translation) where the labels have pixels of "
                "another size.",
            )

    def defaults(self, labels: Any, axes: AxesLike | None, *, levels: bool) -> dict[str, Any]:
        """Give the arguments of a plan that the image suggests, by name.

        Parameters
        ----------
        labels
            The array, for its shape.
        axes
            As they were given, or None.
        levels
            Whether the levels of the image are wanted, too.
        """
        image = self.image
        if image is None:
            return {}
        shape = tuple(np.shape(labels))
        found: dict[str, Any] = {}
        if axes is None:
            axes = self.axes_of(shape)
            if axes is None:
                return found
            found["axes"] = axes
        own = parse_axes(axes, len(shape))
        theirs = {axis.name: index for index, axis in enumerate(image.axes)}
        shared = {axis.name: theirs[axis.name] for axis in own if axis.name in theirs}
        finest = image.levels[0]
        found["scale"] = {name: finest.scale[index] for name, index in shared.items()}
        found["translation"] = {name: finest.translation[index] for name, index in shared.items()}
        found["units"] = {
            axis.name: image.axes[shared[axis.name]].unit
            for axis in own
            if axis.unit is None and axis.name in shared and image.axes[shared[axis.name]].unit is not None
        }
        same = all(
            n in (1, image.shape[shared[axis.name]]) for axis, n in zip(own, shape, strict=True) if axis.name in shared
        )
        if levels and same:
            factors = [
                {name: round(level.scale[index] / finest.scale[index]) for name, index in shared.items()}
                for level in image.levels[1:]
            ]
            found["scale_factors"] = [
                {name: max(1, factor) if shape[i] > 1 else 1 for i, (name, factor) in enumerate(_in_order(entry, own))}
                for entry in factors
            ]
        return found


def check_label_name(name: str) -> None:
    """Raise InvalidArgumentError for a name that cannot be one folder in every store."""
    if not isinstance(name, str):
        raise ArgumentTypeError("The name of labels is a text.", where="name", found=name)
    if not name or "/" in name or "\\" in name or name.startswith((".", "__")) or not is_safe_path(name):
        raise InvalidArgumentError(
            "This cannot be the name of labels.",
            where="name",
            found=repr(name),
            expected="one folder: no slashes, no dot or two underscores at the start",
        )


def as_image_label(metadata: Mapping[str, Any] | ImageLabel | None) -> ImageLabel:
    """Give `image-label` metadata as the model, from the model or from JSON.

    Raises
    ------
    InvalidArgumentError
        When the JSON breaks the rules; every problem stands in the message.
    """
    if isinstance(metadata, ImageLabel):
        return metadata
    if metadata is not None and not isinstance(metadata, Mapping):
        raise ArgumentTypeError("label_metadata is a mapping.", where="label_metadata", found=metadata)
    fmt = FormatV05()
    parsed, problems = parse_image(fmt.wrap({"multiscales": [], "image-label": dict(metadata or {})}), fmt)
    wrong = [problem for problem in problems if problem.place.startswith("image-label")]
    if wrong or parsed.image_label is None:
        raise InvalidArgumentError(
            "The metadata of the labels breaks the rules.",
            where="label_metadata",
            found="; ".join(f"{problem.place}: {problem.message}" for problem in wrong),
        )
    return parsed.image_label


def _no_group(where: str) -> NotFoundError:
    return NotFoundError(
        "There is no Zarr group here that labels could belong to.",
        where=where,
        do="Write the image first, or create the group with zarr.open_group.",
    )


def _in_order(entry: Mapping[str, int], axes: Any) -> list[tuple[str, int]]:
    return [(axis.name, entry.get(axis.name, 1)) for axis in axes]
