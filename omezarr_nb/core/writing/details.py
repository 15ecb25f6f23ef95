"""What ome-zarr-py's users say of an image beside its pixels, put into a plan."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import Dataset
from omezarr_nb.core.pyramid.target import open_target
from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.core.rules import Rule
from omezarr_nb.core.transforms import Scale, Transformation, Translation, parse_transformation, to_json
from omezarr_nb.core.writing.arguments import as_omero, channel_count, split_metadata
from omezarr_nb.errors import InvalidArgumentError

__all__ = ["TransformationsLike", "delayed", "detailed"]

TransformationsLike = Sequence[Sequence[Mapping[str, Any] | Transformation]]


def detailed(
    plan: WritePlan,
    *,
    coordinate_transformations: TransformationsLike | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> WritePlan:
    """Return a plan with transformations and metadata as given, in place of those that it made.

    Parameters
    ----------
    plan
        Of an image or of labels.
    coordinate_transformations
        For each level a list with a scale and perhaps a translation, as JSON or as the model. Taken at their word.
    metadata
        ``omero`` goes to the group, everything else to the multiscale's ``metadata``.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError, OmeroKeyError
        When they break the rules of the version, or do not fit the image.
    """
    (multiscale,) = plan.metadata.multiscales
    omero, rest = split_metadata(metadata)
    whole = plan.metadata
    if omero is not None:
        if plan.metadata.image_label is not None:
            raise InvalidArgumentError("Labels have no channels.", where="metadata['omero']", found=omero)
        whole = replace(whole, omero=as_omero(omero, channel_count(plan.axes, plan.levels[0].shape)))
    if rest:
        multiscale = replace(multiscale, metadata={**(multiscale.metadata or {}), **rest})
    levels = plan.levels
    if coordinate_transformations is not None:
        if plan.fmt.scaled:
            given = _transformations(coordinate_transformations, len(plan.axes), len(levels), plan.fmt)
            levels = tuple(replace(level, **_placed(own)) for level, own in zip(levels, given, strict=True))
            multiscale = replace(
                multiscale,
                datasets=tuple(Dataset(level.path, own) for level, own in zip(levels, given, strict=True)),
            )
        else:
            _not_stored("coordinate_transformations", plan.fmt)
    return replace(plan, metadata=replace(whole, multiscales=(multiscale,)), levels=levels)


def delayed(run: Callable[[], Any], plan: WritePlan) -> list[Any]:
    """Return a write as a list of delayed ones, which dask runs when and where it is told to.

    Parameters
    ----------
    run
        Does all of it. The pixels are written before anything in the metadata names them.
    plan
        Of what it writes: its target is looked at now.

    Raises
    ------
    TargetExistsError
        When something is at the target that may not be replaced.
    """
    import dask

    open_target(
        plan.where,
        [level.path for level in plan.levels],
        plan.fmt,
        overwrite=plan.overwrite,
        storage_options=plan.storage_options,
        labels=plan.metadata.image_label is not None,
    )
    # Not traversed: dask would compute the whole of an array that it finds in the plan.
    return [dask.delayed(run, pure=False, traverse=False)()]  # type: ignore[attr-defined] # dask


def warn_of_sizes(fmt: Format, **given: Any) -> None:
    """Warn of arguments for which a version has no place."""
    if not fmt.scaled:
        for name, value in given.items():
            if value is not None:
                _not_stored(name, fmt)


def _not_stored(name: str, fmt: Format) -> None:
    warnings.warn(f"OME-Zarr {fmt.version} has no place for {name}; they are not stored.", stacklevel=4)


def _transformations(
    given: TransformationsLike, ndim: int, count: int, fmt: Format
) -> tuple[tuple[Transformation, ...], ...]:
    try:
        spelled = [
            [dict(entry) if isinstance(entry, Mapping) else to_json(entry) for entry in level] for level in given
        ]
    except TypeError as error:
        raise InvalidArgumentError(
            "coordinate_transformations is a list with a list for each level.",
            where="coordinate_transformations",
            found=given,
        ) from error
    fmt.validate_coordinate_transformations(ndim, count, spelled)

    def report(_rule: Rule, place: str, message: str) -> None:
        raise InvalidArgumentError("This transformation breaks a rule.", where=place, found=message)

    return tuple(
        tuple(
            parse_transformation(
                entry,
                f"coordinate_transformations[{index}]",
                report,
                ndim=ndim,
                kinds=frozenset(("scale", "translation")),
            )
            for entry in level
        )
        for index, level in enumerate(spelled)
    )


def _placed(transformations: Sequence[Transformation]) -> dict[str, Any]:
    placed: dict[str, Any] = {}
    for transformation in transformations:
        if isinstance(transformation, Scale):
            placed["scale"] = transformation.scale
        if isinstance(transformation, Translation):
            placed["translation"] = transformation.translation
    return {"translation": (0.0,) * len(placed["scale"])} | placed
