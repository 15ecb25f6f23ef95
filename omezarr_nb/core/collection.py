"""A group of several images, as bioformats2raw lays them out.

The images are those that `series` in the group "OME" lists, in its order; without it, the groups "0", "1", "2", ...
as far as they follow one another. (Section "bioformats2raw.layout", 0.4 and later.)
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, overload

from omezarr_nb.core.findings import Findings
from omezarr_nb.core.image import Image
from omezarr_nb.core.images import Images
from omezarr_nb.core.local import absent_groups
from omezarr_nb.core.opened import LAYOUT_KEY, Opened, block_of, version_problems
from omezarr_nb.core.paths import is_safe_path
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.rules import groups as rules
from omezarr_nb.core.rules.storage import PATH_INSIDE
from omezarr_nb.errors import AccessRefusedError, InvalidMetadataError, OMEZarrError

if TYPE_CHECKING:
    from omezarr_nb.core.io import ZarrLocation

__all__ = ["ImageCollection"]

_LAYOUT = 3
_MAX_IMAGES = 10_000
#: Groups that are asked for at once; more with every round, since most files hold few images.
_FIRST_PROBES = 4
_MOST_PROBES = 32


class ImageCollection(Opened):
    """Several images in one group, in order.

    Made by `omezarr_nb.open`. What images there are is read when it is first asked for: with one or two requests
    where the group "OME" lists them, with about one an image where it does not. No folder is listed.

    Parameters
    ----------
    location
        The group.

    Examples
    --------
    ``collection[0]`` is the first image, ``collection["0"]`` the one at that path, and ``for image in collection``
    opens one after the other.

    >>> import numpy as np, omezarr_nb, zarr
    >>> ome = {"version": "0.5", "bioformats2raw.layout": 3}
    >>> group = zarr.open_group("memory://several.ome.zarr", mode="w", attributes={"ome": ome})
    >>> for path in ("0", "1"):
    ...     image = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), f"memory://several.ome.zarr/{path}")
    >>> omezarr_nb.open("memory://several.ome.zarr").paths
    ('0', '1')
    """

    def __init__(self, location: ZarrLocation) -> None:
        super().__init__(location)
        self._problems = (*version_problems(location), *_layout_problems(location))

    @property
    def name(self) -> str:
        """The last part of its place."""
        return self.location.basename() or "collection"

    @cached_property
    def images(self) -> Images:
        """The images, each opened when it is asked for."""
        return Images(self.location, self._listed[0])

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the images within the group, in order; "" is the group itself."""
        return self._listed[0]

    @property
    def has_series(self) -> bool:
        """Whether the group "OME" lists the images; otherwise they are those that were found by number."""
        return self._listed[1]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the collection and the list of its images (which this reads).

        In a local folder also which of those are missing.
        """
        absent = absent_groups(self.location, self.paths, "image") if self.has_series else ()
        return (*self._problems, *self._listed[2], *absent)

    @cached_property
    def _listed(self) -> tuple[tuple[str, ...], bool, tuple[Problem, ...]]:
        """The paths of the images, whether they are listed, and what is wrong with the list."""
        findings = Findings()
        paths = _series(self.location, findings)
        listed = paths is not None
        if paths is None:
            paths = _numbered(self.location, findings)
        if not paths:
            findings.error(rules.BF2RAW_IMAGES, "OME.series", "no image is listed, and there is none at 0")
        return paths, listed, findings.problems

    @overload
    def __getitem__(self, key: int | str) -> Image: ...
    @overload
    def __getitem__(self, key: slice) -> Images: ...
    def __getitem__(self, key: int | str | slice) -> Image | Images:
        """Return an image by its position or path; see `Images`."""
        return self.images[key]

    def __iter__(self) -> Iterator[Image]:
        return iter(self.images)

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        known = self.__dict__.get("_listed")
        count = "images not counted yet" if known is None else f"{len(known[0])} image{'s' * (len(known[0]) != 1)}"
        return f"<ImageCollection {self.name!r}, {count}, OME-Zarr {self.version}>"


def _layout_problems(location: ZarrLocation) -> tuple[Problem, ...]:
    """Return what is wrong with `bioformats2raw.layout`."""
    findings = Findings()
    block = block_of(location)
    if LAYOUT_KEY not in block:
        findings.warn(
            rules.BF2RAW_LAYOUT, LAYOUT_KEY, "it is missing; this is taken for a collection after its contents"
        )
    elif findings.integer(block, LAYOUT_KEY, "", rules.BF2RAW_LAYOUT_VALUE) not in (_LAYOUT, None):
        findings.error(rules.BF2RAW_LAYOUT_VALUE, LAYOUT_KEY, f"3 is expected, found {quoted(block[LAYOUT_KEY])}")
    return findings.problems


def _series(location: ZarrLocation, findings: Findings) -> tuple[str, ...] | None:
    """Return the paths that the group "OME" lists, or None where there is no list that can be used."""
    try:
        ome = location.child("OME")
    except AccessRefusedError:  # where listing is not allowed, S3 says so of what does not exist
        return None
    except OMEZarrError as error:
        findings.error(rules.SERIES, "OME", f"{error} The images are those found by number.")
        return None
    block = block_of(ome)
    if "series" not in block:
        if ome.exists():
            findings.warn(rules.SERIES, "OME.series", "it is missing; the images are those found by number")
        return None
    paths: dict[str, None] = {}
    for place, path in findings.entries(
        block, "series", "OME", rules.SERIES_LIST, empty=rules.SERIES_FILLED, most=_MAX_IMAGES
    ):
        text = findings.as_text(path, place, rules.SERIES_LIST)
        if text is None:
            if path is None:
                findings.error(rules.SERIES_LIST, place, "the path of an image is expected, found nothing")
        elif (within := text.strip("/")) and not is_safe_path(within):
            findings.error(PATH_INSIDE, place, f"{quoted(text)} is no path within the group and not followed")
        elif within in paths:
            findings.warn(rules.SERIES_TWICE, place, f"{quoted(text)} is listed twice; it is read once")
        else:
            paths[within] = None
    return tuple(paths) or None


def _numbered(location: ZarrLocation, findings: Findings) -> tuple[str, ...]:
    """Return "0", "1", "2", ... as far as there are images, asking for several at once."""
    found: list[str] = []
    at_once = _FIRST_PROBES
    while len(found) < _MAX_IMAGES:
        asked = [str(index) for index in range(len(found), min(len(found) + at_once, _MAX_IMAGES))]
        with ThreadPoolExecutor(len(asked)) as pool:
            there = list(pool.map(lambda path: _is_image(location, path), asked))
        kept = [path for path, _ in takewhile(lambda pair: pair[1], zip(asked, there, strict=True))]
        found += kept
        if len(kept) < len(asked):
            return tuple(found)
        at_once = min(2 * at_once, _MOST_PROBES)
    findings.error(rules.BF2RAW_IMAGES, "", f"only the first {_MAX_IMAGES} images are read")
    return tuple(found)


def _is_image(location: ZarrLocation, path: str) -> bool:
    """Return whether a group that says that it is an image lies at a path; one that cannot be read counts."""
    try:
        child = location.child(path)
    except AccessRefusedError:
        return False
    except InvalidMetadataError:
        return True
    return not child.is_array and "multiscales" in block_of(child)
