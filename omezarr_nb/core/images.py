"""Several images below one group: the fields of a well, the images of a collection."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, overload

from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.opened import block_of
from omezarr_nb.errors import (
    ArgumentTypeError,
    InvalidArgumentError,
    InvalidMetadataError,
    NotFoundError,
    OMEZarrError,
    UnknownNameError,
)

if TYPE_CHECKING:
    from omezarr_nb.core.io import ZarrLocation

__all__ = ["Images", "image_at"]

_AT_ONCE = 8


class Images(Sequence[Image]):
    """Images in order, each opened when it is first asked for, with one or two requests.

    Parameters
    ----------
    location
        The group that they are in.
    paths
        Of their groups, within it; "" is the group itself.

    Examples
    --------
    ``fields[0]`` is the first image, ``fields["img1"]`` the one at that path, ``fields[:4]`` the first four.
    """

    def __init__(self, location: ZarrLocation, paths: Sequence[str]) -> None:
        self._location = location
        self.paths = tuple(paths)
        self._opened: dict[str, Image] = {}

    @overload
    def __getitem__(self, key: int | str) -> Image: ...
    @overload
    def __getitem__(self, key: slice) -> Images: ...
    def __getitem__(self, key: int | str | slice) -> Image | Images:
        """Return an image by its position or path, or a part of them all.

        Raises
        ------
        UnknownNameError
            When there is no such path.
        NotFoundError
            When the image is listed, but not in the store.
        InvalidMetadataError
            When its metadata cannot be read.
        """
        if isinstance(key, slice):
            part = Images(self._location, self.paths[key])
            part._opened = self._opened
            return part
        return self._open(self._path(key))

    def _path(self, key: int | str) -> str:
        if isinstance(key, str):
            if key in self.paths:
                return key
            raise UnknownNameError("There is no such image.", where=self._location.where, found=key, expected=str(self))
        if isinstance(key, bool) or not hasattr(key, "__index__"):
            raise ArgumentTypeError("An image is asked for by its position or its path.", found=key)
        try:
            return self.paths[key.__index__()]
        except IndexError:
            raise _NoSuchPositionError(
                "There is no such image.", where=self._location.where, found=key, expected=str(self)
            ) from None

    def _open(self, path: str) -> Image:
        if path not in self._opened:
            self._opened[path] = image_at(self._location.child(path) if path else self._location)
        return self._opened[path]

    def look(self, most: int) -> list[Image | OMEZarrError]:
        """Open the first images, several at a time, and return each, or the error that it gave.

        Parameters
        ----------
        most
            How many.
        """

        def attempt(path: str) -> Image | OMEZarrError:
            try:
                return self._open(path)
            except OMEZarrError as error:
                return error

        paths = self.paths[:most]
        if len(paths) < 2:
            return [attempt(path) for path in paths]
        with ThreadPoolExecutor(min(_AT_ONCE, len(paths))) as pool:
            return list(pool.map(attempt, paths))

    def __contains__(self, value: object) -> bool:
        return value in self.paths if isinstance(value, str) else value in self._opened.values()  # opens nothing

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        return f"<Images {self}>"

    def __str__(self) -> str:
        shown = [path or "." for path in self.paths[:8]] + ["…"] * (len(self.paths) > 8)
        return f"{', '.join(shown)} ({len(self.paths)} image{'s' * (len(self.paths) != 1)})"


class _NoSuchPositionError(InvalidArgumentError, IndexError):
    """Ends a loop over the images, as `IndexError` does."""


def image_at(location: ZarrLocation, multiscale: str | int | None = None) -> Image:
    """Return the image that a group is.

    Parameters
    ----------
    location
        The group.
    multiscale
        Name or index of the pyramid to take, where it holds several.

    Raises
    ------
    NotFoundError
        When there is no group, or it is no image.
    InvalidMetadataError
        When no multiscale can be read.
    InvalidArgumentError
        When there is no such multiscale.
    """
    if not location.exists():
        raise NotFoundError("This image is in the metadata, but not in the store.", where=location.where)
    block = block_of(location)
    if location.is_array or "multiscales" not in block:
        what = "a single array" if location.is_array else f"a group with the keys {sorted(map(str, block))}"
        raise InvalidMetadataError("An image is expected here.", where=location.where, found=what)
    return (LabelImage if "image-label" in block else Image)(location, multiscale)
