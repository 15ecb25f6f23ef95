"""Where the pixels of a level lie that are means of those of the first: half a pixel further, and so on. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["missing_offsets", "move_level"]

#: What "type" of a pyramid, or without one the end of the "method" in "metadata", says where blocks were averaged.
AVERAGES = ("mean", "local_mean", "average", "downscale_local_mean")

_KEY = "coordinateTransformations"


def missing_offsets(multiscale: Mapping[str, Any], shapes: Sequence[Sequence[int] | None]) -> dict[int, list[float]]:
    """Return the translations that levels lack, where it is certain that they do.

    The centre of a pixel is its place. So a pixel that is the mean of f pixels along an axis lies (f - 1) / 2 of their
    sizes after the first of them. It is certain where the pyramid says that it was averaged, the sizes of pixels are
    whole multiples f of those of level 0, the shapes are those of whole blocks of f, and the translation is that of
    level 0.

    Parameters
    ----------
    multiscale
        As in the metadata, of 0.4 or later.
    shapes
        Of the arrays of its levels, in the order of "datasets"; None for what is not known.

    Returns
    -------
    dict
        By the index of the level, the translation that it should have.

    Examples
    --------
    >>> def level(size):
    ...     return {"coordinateTransformations": [{"type": "scale", "scale": [size]}]}
    >>> missing_offsets({"type": "mean", "datasets": [level(0.5), level(1.0)]}, [[9], [5]])
    {1: [0.25]}
    """
    datasets = multiscale.get("datasets")
    if not _averaged(multiscale) or not isinstance(datasets, list) or len(datasets) != len(shapes) or not datasets:
        return {}
    placed = [_placed(dataset) for dataset in datasets]
    found: dict[int, list[float]] = {}
    first, whole = placed[0], shapes[0]
    if first is None or whole is None or len(first[0]) != len(whole):
        return {}
    for index, (own, shape) in enumerate(zip(placed[1:], shapes[1:], strict=True), 1):
        if own is None or shape is None or len(own[0]) != len(whole) or len(shape) != len(whole):
            continue
        ratios = [a / b for a, b in zip(own[0], first[0], strict=True)]
        if not all(_blocks(*numbers) for numbers in zip(ratios, whole, shape, strict=True)):
            continue
        factors = [round(ratio) for ratio in ratios]
        same = all(math.isclose(a, b, abs_tol=1e-6 * s) for a, b, s in zip(own[1], first[1], first[0], strict=True))
        if same and any(factor > 1 for factor in factors):
            found[index] = [
                _rounded(place + (factor - 1) / 2 * size)
                for place, factor, size in zip(first[1], factors, first[0], strict=True)
            ]
    return found


def _steps_of(dataset: Mapping[str, Any]) -> list[Any]:
    """Return the transformations of a level, which 0.6 has in a sequence."""
    steps = dataset.get(_KEY)
    if (
        isinstance(steps, list)
        and len(steps) == 1
        and isinstance(steps[0], dict)
        and steps[0].get("type") == "sequence"
    ):
        steps = steps[0].get("transformations")
    return steps if isinstance(steps, list) else []


def move_level(dataset: dict[str, Any], translation: list[float]) -> None:
    """Give a level of `missing_offsets` the translation that it lacks; in 0.6 its scale becomes a sequence of both."""
    steps = _steps_of(dataset)
    if len(steps) > 1:
        steps[1]["translation"] = translation
        return
    whole, moved = dataset[_KEY][0], {"type": "translation", "translation": translation}
    if whole.get("type") == "sequence":
        steps.append(moved)
    elif "input" in whole or "output" in whole:
        scaled = {"type": "scale", "scale": whole["scale"]}
        kept = {key: value for key, value in whole.items() if key not in scaled}
        dataset[_KEY] = [{"type": "sequence", **kept, "transformations": [scaled, moved]}]
    else:
        dataset[_KEY] = [whole, moved]


def _averaged(multiscale: Mapping[str, Any]) -> bool:
    metadata = multiscale.get("metadata")
    method = metadata.get("method") if isinstance(metadata, Mapping) else None
    told = next((text for text in (multiscale.get("type"), method) if isinstance(text, str)), "")
    return told.rpartition(".")[2].lower() in AVERAGES


def _placed(dataset: Any) -> tuple[list[float], list[float]] | None:
    """Return scale and translation of a level; None where it has others, or none that are usable."""
    steps = _steps_of(dataset) if isinstance(dataset, Mapping) else []
    kinds = [step.get("type") if isinstance(step, Mapping) else None for step in steps]
    if kinds not in (["scale"], ["scale", "translation"]):
        return None
    scale = steps[0].get("scale")
    moved = steps[1].get("translation") if len(steps) > 1 else [0.0] * len(scale if isinstance(scale, list) else ())
    if not (_numbers(scale) and _numbers(moved) and len(scale) == len(moved) and all(size > 0 for size in scale)):
        return None
    return scale, moved


def _blocks(ratio: float, whole: int, size: int) -> bool:
    """Return whether `size` pixels are those of whole blocks, the last of which may be cut or left out."""
    if not 0.5 <= ratio < 2**31 or not 0 < whole < 2**53:
        return False
    factor = round(ratio)
    return math.isclose(ratio, factor, rel_tol=1e-6) and size in (whole // factor, -(-whole // factor))


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300 for value in values
    )


def _rounded(value: float) -> float:
    """Return a number without what multiplying has added to its end."""
    return float(f"{value:.15g}")
