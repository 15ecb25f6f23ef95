"""A part of a view: a trait or some that belong together, with their checks and what they say to the browser.

A view (`omezarr_nb.viewers.image.ImageViewer`) is the mixture of its parts. What several of them give is put together
by calling ``super()``: each adds its own to what the others have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import traitlets

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

    from omezarr_nb.core.image import Image
    from omezarr_nb.display.roles import Roles
    from omezarr_nb.viewers.layers import Member
    from omezarr_nb.viewers.planes import ImagePlanes
    from omezarr_nb.viewers.snapshot import Sight

__all__ = ["Answer", "Part", "Question"]

Question: TypeAlias = Mapping[str, Any]
"""What the browser asks: a message with a ``kind``, from anyone who can write to the page."""
Answer: TypeAlias = Callable[[Question], tuple[dict[str, Any], list[bytes]]]
"""Returns what is said to a question, and its buffers; an exception is said in words. Called in any thread."""


class Part(traitlets.HasTraits):
    """A part of a view.

    Attributes
    ----------
    settable
        Names of the traits that a person sets, in the order in which `to_code` tells them.
    """

    settable: ClassVar[tuple[str, ...]] = ()

    # Known before any part begins.
    _layout: Roles
    _planes: ImagePlanes
    _members: tuple[Member, ...]

    @property
    def _channels(self) -> tuple[tuple[Member, int], ...]:
        """The channels of all images that are viewed, each with its index there."""
        return tuple((member, index) for member in self._members for index in range(len(member.planes.channels)))

    @property
    def image(self) -> Image:
        """The image that is viewed."""
        raise NotImplementedError

    def _begin(self, given: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - what the others have
        """Return the values with which its traits begin where none are given.

        Parameters
        ----------
        given
            Those that are, not yet checked.
        """
        return {}

    def _described(self) -> dict[str, Any]:
        """Return what the browser is told once, before it asks for pixels: entries of ``_info``, JSON."""
        return {}

    def _answers(self) -> dict[str, Answer]:
        """Return what answers the questions of the browser, by their kind."""
        return {}

    def _source(self, name: str) -> ImagePlanes | None:  # noqa: ARG002 - what the others have
        """Return where tiles come from that are not the image's own, or None for what is not this part's."""
        return None

    def _draw_over(self, picture: PILImage, sight: Sight) -> None:
        """Draw what lies over the image on a picture of the view, which is changed."""

    def _end(self) -> None:
        """Give back what is held, when the view is closed."""

    @classmethod
    def _all_settable(cls) -> tuple[str, ...]:
        """Return the names of the traits that a person sets, of all parts."""
        parts = [part for part in reversed(cls.__mro__) if "settable" in part.__dict__]
        return tuple(name for part in parts for name in part.__dict__["settable"])
