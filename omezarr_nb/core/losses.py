"""What a version cannot say of an image: told before anything is written, so that nothing is lost in silence."""

from __future__ import annotations

from collections.abc import Sequence

from omezarr_nb.core.axes import KNOWN_AXES, Axis, axes_word, check_axes
from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import ImageMetadata, Multiscale, as_list
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.transforms import Identity, Scale, Transformation, Translation, resolve

__all__ = ["axes_losses", "losses"]

_PLACED = ([Scale], [Scale, Translation])


def losses(metadata: ImageMetadata, fmt: Format) -> tuple[Problem, ...]:
    """Return what `image_to_json` cannot say of an image in a version.

    Parameters
    ----------
    metadata
        The model.
    fmt
        The version to write.

    Returns
    -------
    tuple of Problem
        "error" where what is written would break a rule of the version, "warning" where something is left out of it.
        Places are those in the model's own version, "multiscales[0].axes".

    Examples
    --------
    >>> from omezarr_nb.core.axes import parse_axes
    >>> from omezarr_nb.core.format import FormatV03
    >>> image = ImageMetadata((Multiscale(parse_axes([{"name": "y", "unit": "mm"}, {"name": "x"}]), ()),))
    >>> [str(problem) for problem in losses(image, FormatV03())]
    ['multiscales[0].axes: OME-Zarr 0.3 has no units of axes']
    """
    found = []
    for index, multiscale in enumerate(metadata.multiscales):
        place = f"multiscales[{index}]"
        found += axes_losses(multiscale.axes, f"{place}.axes", fmt)
        found += _levels(multiscale, place, fmt)
        found += _systems(multiscale, place, fmt)
    return tuple(found)


def _lost(rule: str, place: str, message: str) -> Problem:
    return Problem(rule, "warning", place, message)


def axes_losses(axes: Sequence[Axis], place: str, fmt: Format) -> list[Problem]:
    """Return what a version cannot say of axes, as `losses` does of an image."""
    default = fmt.default_axes()
    if default is not None and [axis.name for axis in axes] != [axis.name for axis in default]:
        message = f"OME-Zarr {fmt.version} has the axes {axes_word(default)} alone, found {axes_word(axes)}"
        return [Problem("axes-fixed", "error", place, message)]
    found = [problem for problem in check_axes(axes, place, fmt) if problem.severity == "error"]
    if not fmt.oriented and any(axis.orientation is not None for axis in axes):
        found.append(_lost("axis-orientation", place, f"OME-Zarr {fmt.version} has no orientations of axes"))
    if fmt.axes_form in ("objects", "systems"):
        return found
    if any(axis.unit is not None for axis in axes):
        found.append(_lost("axis-unit", place, f"OME-Zarr {fmt.version} has no units of axes"))
    if any(axis.type != KNOWN_AXES.get(axis.name) for axis in axes):
        found.append(_lost("axis-type", place, f"OME-Zarr {fmt.version} has no types of axes"))
    if any(axis.extra for axis in axes):
        found.append(_lost("axis-extra", place, f"OME-Zarr {fmt.version} has nothing but names of axes"))
    return found


def _levels(multiscale: Multiscale, place: str, fmt: Format) -> list[Problem]:
    ndim = len(multiscale.axes)
    if fmt.level_form == "none":
        return _unplaced(multiscale, place, fmt)
    found = []
    whole = as_list(multiscale.transformations, ndim)
    if fmt.level_form == "list" and whole and [type(step) for step in whole] not in _PLACED:
        message = f"an image has a scale, and may have a translation, in OME-Zarr {fmt.version}"
        found.append(Problem("level-transformation", "error", f"{place}.coordinateTransformations", message))
    for index, dataset in enumerate(multiscale.datasets):
        here = f"{place}.datasets[{index}].coordinateTransformations"
        alone = (Identity,) if fmt.level_form == "one" else ()
        steps = dataset.transformations + (multiscale.transformations if fmt.level_form == "one" else ())
        written = as_list(steps, ndim, keep=alone)
        kinds = [type(step) for step in written]
        if not written:
            message = "nothing says how large the level's pixels are" + (
                "; it is written as if each were 1" if fmt.level_form == "one" else ""
            )
            found.append(Problem("scale-missing", "error", here, message))
        elif kinds not in _PLACED and not (kinds == [Identity] and alone):
            message = f"a level has a scale, and may have a translation, in OME-Zarr {fmt.version}"
            found.append(Problem("level-transformation", "error", here, message))
        if written != steps and any(_extra(step) for step in steps):
            found.append(_lost("transformation-extra", here, "names and notes of transformations that are composed"))
        if dataset.annotation and (fmt.level_form != "one" or len(written) < 2):
            found.append(_lost("transformation-extra", here, "names and notes of a sequence"))
    return found


def _unplaced(multiscale: Multiscale, place: str, fmt: Format) -> list[Problem]:
    """Return what is lost where levels state nothing: readers lay them over each other, pixels of size 1 at 0."""
    steps = [*(multiscale.datasets[0].transformations if multiscale.datasets else ()), *multiscale.transformations]
    scale, translation = resolve(steps, len(multiscale.axes))
    found = []
    if any(size != 1 for size in scale):
        found.append(_lost("pixel-size", f"{place}.datasets", f"OME-Zarr {fmt.version} has no sizes of pixels"))
    if any(translation):
        found.append(_lost("position", f"{place}.datasets", f"OME-Zarr {fmt.version} has no positions of images"))
    every = [*steps, *(step for dataset in multiscale.datasets[1:] for step in dataset.transformations)]
    if any(_extra(step) or not isinstance(step, (Identity, Scale, Translation)) for step in every):
        message = f"OME-Zarr {fmt.version} has no coordinate transformations"
        found.append(_lost("transformation", f"{place}.datasets", message))
    return found


def _systems(multiscale: Multiscale, place: str, fmt: Format) -> list[Problem]:
    if fmt.axes_form == "systems":
        return [
            problem
            for index, system in enumerate(multiscale.systems)
            if index != multiscale.intrinsic.index
            for problem in axes_losses(system.axes, f"{place}.coordinateSystems[{index}].axes", fmt)
        ]
    found = []
    if multiscale.others or multiscale.intrinsic.extra:
        message = f"OME-Zarr {fmt.version} has one coordinate system an image: {len(multiscale.others)} others"
        found.append(_lost("coordinate-systems", f"{place}.coordinateSystems", message))
    if multiscale.edges:
        message = f"OME-Zarr {fmt.version} has no transformations between coordinate systems"
        found.append(_lost("coordinate-transformations", f"{place}.coordinateTransformations", message))
    return found


def _extra(step: Transformation) -> bool:
    return bool(getattr(step, "extra", None))
