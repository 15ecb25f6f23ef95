"""How a `Scaler` is said to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from omezarr_nb.core.scale import Scaler
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

__all__ = ["ScalerLike", "as_plan", "check_alone"]

ScalerLike: TypeAlias = Scaler | Literal["auto"] | None


def as_plan(scaler: ScalerLike, shape: Sequence[int]) -> dict[str, Any]:
    """Give the arguments of a plan that a scaler stands for.

    Parameters
    ----------
    scaler
        None is one level, "auto" whatever the plan decides.
    shape
        Of level 0, in the axis order of the array.
    """
    if scaler is None:
        return {"levels": 1}
    if isinstance(scaler, str):
        if scaler != "auto":
            raise ArgumentTypeError("A Scaler, None or 'auto' is expected.", where="scaler", found=scaler)
        return {}
    if not isinstance(scaler, Scaler):
        raise ArgumentTypeError("A Scaler, None or 'auto' is expected.", where="scaler", found=type(scaler).__name__)
    method = scaler.planned
    factors = [(1,) * (len(shape) - 2) + (scaler.downscale**layer,) * 2 for layer in range(1, scaler.count(shape) + 1)]
    return {"scale_factors": factors, "method": method}


def check_alone(scaler: ScalerLike, **given: Any) -> None:
    """Raise where levels are asked for twice, by a scaler and by other arguments.

    Raises
    ------
    InvalidArgumentError
        When one of the others is not None.
    """
    if isinstance(scaler, str):
        return
    for name, value in given.items():
        if value is not None:
            raise InvalidArgumentError(
                f"scaler and {name} exclude each other.", where=name, found=value, do="Leave out one of them."
            )
