"""Everything that omezarr_nb raises on purpose.

Each class is an `OMEZarrError` and also the builtin that fits, so that ``except ValueError`` written for another
library goes on working. A message says what is wrong, where, what was found, what was expected, and what to do.
"""

from __future__ import annotations

__all__ = [
    "AccessRefusedError",
    "ArgumentTypeError",
    "InvalidArgumentError",
    "InvalidMetadataError",
    "MissingExtraError",
    "NotFoundError",
    "OMEZarrError",
    "StoreError",
    "TargetBusyError",
    "TargetExistsError",
    "UnknownNameError",
    "UnsupportedError",
    "WriteCancelledError",
]


class OMEZarrError(Exception):
    """Base of all errors of this package.

    Parameters
    ----------
    what
        One sentence: what is wrong.
    where
        The path, URL or place in the JSON it concerns.
    found, expected
        What was there, and what should have been. Shown with `repr`, shortened to 200 characters, because they
        may come out of a file.
    do
        What the reader of the message can do next.

    Examples
    --------
    >>> raise NotFoundError("There is no image.", where="cells.ome.zarr", do="Check the path.")
    Traceback (most recent call last):
    omezarr_nb.errors.NotFoundError: There is no image. Where: cells.ome.zarr. Check the path.
    """

    def __init__(
        self,
        what: str,
        *,
        where: object = None,
        found: object = None,
        expected: object = None,
        do: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.found = found
        self.expected = expected
        self.do = do
        super().__init__(what)

    def __str__(self) -> str:
        if self.where is None and self.found is None and self.expected is None and self.do is None:
            return self.what
        parts = [_sentence(self.what)]
        if self.where is not None:
            parts.append(_sentence(f"Where: {_short(str(self.where), 1000)}"))
        if self.found is not None:
            parts.append(_sentence(f"Found: {_short(self.found)}"))
        if self.expected is not None:
            parts.append(_sentence(f"Expected: {_short(self.expected)}"))
        if self.do is not None:
            parts.append(self.do)
        return " ".join(parts)


class InvalidArgumentError(OMEZarrError, ValueError):
    """An argument has a value that cannot be meant."""


class ArgumentTypeError(OMEZarrError, TypeError):
    """An argument is of a type that is not accepted."""


class InvalidMetadataError(OMEZarrError, ValueError):
    """The metadata of a store breaks a rule so that it cannot be read."""


class NotFoundError(OMEZarrError, FileNotFoundError):
    """There is nothing, or nothing that OME-Zarr describes, at the place asked for."""


class UnknownNameError(OMEZarrError, KeyError):
    """A mapping, such as the wells of a plate, has nothing of the name asked for."""


class TargetExistsError(OMEZarrError, FileExistsError):
    """Something is at the target already, and it was not asked to be replaced."""


class UnsupportedError(OMEZarrError, NotImplementedError):
    """What is there is described by OME-Zarr, or a version of it, that this release does not handle."""


class StoreError(OMEZarrError, OSError):
    """The storage refused, broke off, or could not be reached."""


class AccessRefusedError(StoreError, PermissionError):
    """The storage says that this may not be read or written by whoever asks."""


class TargetBusyError(StoreError, BlockingIOError):
    """Somebody else writes to the target at this time."""


class WriteCancelledError(OMEZarrError, RuntimeError):
    """A write was cancelled; the target is as it was before."""


class MissingExtraError(OMEZarrError, ImportError):
    """An optional package is needed; the message names the extra that installs it."""


def _sentence(text: str) -> str:
    """Return text with one full stop at its end, unless it ends with another mark."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _short(value: object, limit: int = 200) -> str:
    """Return text of `value` for a message: strings that are sentences as they are, the rest by `repr`."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
