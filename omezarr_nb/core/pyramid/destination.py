"""What every place has in common into which pixels are written first, and metadata last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from omezarr_nb.core.pyramid.facts import Facts
from omezarr_nb.core.pyramid.journal import Journal

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["Destination"]


class Destination(Protocol):
    """A place that one writer takes, and at which what was there stays readable until the new is complete."""

    @property
    def where(self) -> str:
        """The place, as a person would write it."""

    @property
    def root(self) -> StorePath:
        """Where the paths of the arrays begin while they are written."""

    def begin(self, facts: Facts, *, resume: bool = False) -> Journal | None:
        """Take the place, so that no other writer does, and make room; or go on with what was broken off there.

        Parameters
        ----------
        facts
            Of the plan.
        resume
            Whether to go on. Otherwise what was left by a writer that is dead is removed, with a warning.

        Returns
        -------
        Journal or None
            What is finished already. None when an earlier writer of the same came to the end, and `finish` is all
            that is left to do.

        Raises
        ------
        TargetBusyError
            When somebody else writes there now.
        InvalidArgumentError
            When it is another plan that was broken off.
        """

    def finish(self) -> None:
        """Let go of a place at which an earlier writer came to the end, and remove what that one left."""

    def abort(self, error: BaseException, *, keep: bool = False) -> None:
        """Let go of the place, and remove what was written, or keep it for a writer that goes on.

        What cannot be removed, and what is kept, is named in a note to the error.
        """
