"""What an image can do to itself in its store; each method says how, and its work is done elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from omezarr_nb.core.growing.append import AppendPlan
    from omezarr_nb.core.image import Image
    from omezarr_nb.core.pyramid.arguments import ChannelLike
    from omezarr_nb.core.pyramid.levels import Factors
    from omezarr_nb.core.pyramid.progress import Cancel, Progress

__all__ = ["Growing"]


class Growing:
    """The part of `omezarr_nb.Image` that changes what is stored.

    Notes
    -----
    An image that was opened from a path or a URL can be changed where its store takes writes: a local disk, S3, memory;
    not over HTTP, and not in a zip file. One change of an image runs at a time: others in this process, and on a local
    disk in other processes, wait. In object stores processes have to take turns on their own.

    A change that is killed is finished, or cleared up after, by the next change of the image, or by `mend`. Until then
    readers see old or new pixels and nothing else. (A cut of the power is another matter: nothing is synced to disk.)
    """

    def append(
        self,
        array: Any,
        axis: str = "t",
        *,
        channels: Sequence[ChannelLike] | None = None,
        method: Any = None,
        on_progress: Callable[[Progress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> Self:
        """Make the image longer along an axis, at all its levels.

        Whoever reads meanwhile sees the image as it was, and then as it is: new chunks are written beyond the end, and
        then the arrays are made longer, the coarsest first and level 0 last. A chunk (or shard) that holds old pixels
        as well is replaced at one stroke, and its old pixels stay as they are. After a failure nobody sees anything.

        Parameters
        ----------
        array
            NumPy, dask or zarr array, or anything with shape, dtype and slicing: as long as the image along all other
            axes; or without `axis`, for one more (a plane, a time point). Its pixels have to fit the type of the
            image. It is read region by region, in bounded memory.
        axis
            Name of the axis. Along an axis that the levels reduce, pixels that do not fill a block of the next level
            are in level 0 alone until more come, as in a new image.
        channels
            One entry for each new channel, where the axis is that of channels: names, JSON objects (label, color,
            window) or `Channel`. Those that are there stay as they are.
        method
            How the levels were made, where the image does not say so (images of this package do).
        on_progress
            Called in this thread with a `Progress` at the start and after each region.
        cancel
            Anything with ``is_set()``, such as a `threading.Event`: looked at between regions.

        Returns
        -------
        Image
            This image, brought up to date. Arrays that it gave before are as long as they were.

        Raises
        ------
        InvalidArgumentError
            When there is no such axis, when lengths or type do not fit, and when nothing says how the levels were made.
        UnsupportedError
            When the levels are not made by whole factors, and in a zip file.
        StoreError
            When the store can only be read, or fails.
        WriteCancelledError
            When `cancel` was set; the image is as it was before.

        Warns
        -----
        UserWarning
            When the image has labels, which are shorter now. Append to them, too.

        Notes
        -----
        The contrast windows of channels are not changed. Consolidated metadata, of the image and of groups above it,
        learns of the new length.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> image = omezarr_nb.write_image(np.zeros((1, 64, 64), "uint8"), "memory://lapse.ome.zarr", axes="tyx")
        >>> image.append(np.ones((64, 64), "uint8")).shape
        (2, 64, 64)
        """
        from omezarr_nb.core.growing.append import plan_append

        plan = plan_append(cast("Image", self), array, axis, channels, method)
        plan.run(on_progress, cancel)
        return self

    def plan_append(
        self,
        array: Any,
        axis: str = "t",
        *,
        channels: Sequence[ChannelLike] | None = None,
        method: Any = None,
    ) -> AppendPlan:
        """Decide what `append` would do; nothing is written, and no pixels are read.

        Parameters
        ----------
        array, axis, channels, method
            As for `append`.

        Returns
        -------
        AppendPlan
            Shapes before and after, how many chunks are written, and how many of them are read first because they hold
            old pixels: appending multiples of a chunk's length is the fastest. ``run()`` does it.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> image = omezarr_nb.write_image(np.zeros((2, 64, 64), "u1"), "memory://plan.ome.zarr", axes="tyx", levels=2)
        >>> plan = image.plan_append(np.zeros((3, 64, 64), "u1"))
        >>> plan.after, plan.written, plan.merged
        (((5, 64, 64), (5, 32, 32)), 6, 0)
        """
        from omezarr_nb.core.growing.append import plan_append

        return plan_append(cast("Image", self), array, axis, channels, method)

    def update_region(
        self,
        block: Any,
        *,
        where: Any = None,
        method: Any = None,
        on_progress: Callable[[Progress], object] | None = None,
        cancel: Cancel | None = None,
        **positions: Any,
    ) -> None:
        """Write a part of level 0, and bring the other levels in line.

        Of each level only the chunks are touched that hold pixels which depend on the region, and the levels come out
        as if the whole image had been written anew, to the last bit.

        Parameters
        ----------
        block
            The new pixels, of the shape of the region without the axes of which one pixel is named; or one value for
            all of it. They have to fit the type of the image.
        where
            True where pixels are written, of the shape of `block` (which may not be one value then). All others stay
            as they are in the store, whoever wrote them last: strokes of two painters do not undo one another.
        method
            How the levels were made, where the image does not say so (images of this package do).
        on_progress
            Called in this thread with a `Progress` at the start and after each region.
        cancel
            Looked at between the tiles of a region of more than 64 MB; what is smaller is written to its end.
        **positions
            By axis name, in pixels: an int, or ``slice(start, stop)``, counted from the end where negative. Axes that
            are not named are written whole.

        Raises
        ------
        InvalidArgumentError, ArgumentTypeError
            When there is no such region, when shape or type do not fit, and when nothing says how the levels were made.
        UnsupportedError, StoreError
            As for `append`.
        WriteCancelledError
            When `cancel` was set: a part of the region is written, and the levels are in line after the next change.

        Notes
        -----
        Who reads meanwhile may see some chunks new and others old, at any level.
        When the process is killed, the next change of the image, or `mend`, finishes a region of up to 64 MB on a
        local disk, and of up to 1 MB elsewhere, from a copy that was written down before; of a larger one each chunk
        is as it was or as it is to be, and the levels are brought in line. The same holds when the storage fails.
        What is computed from the image itself is read before anything is written, up to 64 MB; more of it, compute
        elsewhere.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> image = omezarr_nb.write_image(np.zeros((3, 64, 64), "u1"), "memory://paint.ome.zarr", axes="zyx", levels=2)
        >>> image.update_region(9, z=1, y=slice(10, 20), x=slice(0, 4))
        >>> int(image.levels[0].zarr[1, 10, 3]), int(image.levels[1].zarr[1, 5, 1])
        (9, 9)
        """
        from omezarr_nb.core.growing.update import update_region

        update_region(
            cast("Image", self),
            block,
            positions,
            where=where,
            method=method,
            on_progress=on_progress,
            cancel=cancel,
        )

    def add_levels(
        self,
        count: int | None = None,
        *,
        scale_factors: Sequence[Factors] | None = None,
        method: Any = None,
        on_progress: Callable[[Progress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> Self:
        """Add coarser levels, made from the coarsest that is there.

        The new arrays are written first; then the metadata names them, at one stroke. The levels that are there, and
        all else in the metadata, stay as they are.

        Parameters
        ----------
        count
            How many, each time halved: y and x, and z too once the voxels are isotropic. By default down to about one
            chunk.
        scale_factors
            One entry for each new level, relative to level 0, as for `omezarr_nb.plan_image`; in place of `count`.
        method
            How they are made. By default as those that are there were; for an image of one level the mean, and for
            labels the mode.
        on_progress, cancel
            As for `append`.

        Returns
        -------
        Image
            This image, brought up to date.

        Raises
        ------
        InvalidArgumentError
            When the image is too small, or nothing says how its levels were made.
        UnsupportedError, StoreError, WriteCancelledError
            As for `append`.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> image = omezarr_nb.write_image(np.zeros((64, 64), "u1"), "memory://few.ome.zarr", levels=1)
        >>> [level.shape for level in image.add_levels(2).levels]
        [(64, 64), (32, 32), (16, 16)]
        """
        from omezarr_nb.core.growing.levels import add_levels

        add_levels(
            cast("Image", self),
            count,
            scale_factors=scale_factors,
            method=method,
            on_progress=on_progress,
            cancel=cancel,
        )
        return self

    def rebuild_levels(
        self,
        method: Any = None,
        *,
        levels: int | None = None,
        scale_factors: Sequence[Factors] | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        cancel: Cancel | None = None,
    ) -> Self:
        """Make all coarser levels anew from level 0: with another method, or because they are wrong or missing.

        The new arrays are written beside the old ones; then the metadata names them, at one stroke, and the old ones
        are removed. Level 0, and all else in the metadata, stay as they are.

        Parameters
        ----------
        method
            "mean", "mode", "nearest", ..., as for `omezarr_nb.plan_image`. By default that of the image; where it names
            none the mean, and for labels the mode.
        levels
            Number of levels, level 0 included, each time halved.
        scale_factors
            One entry for each level after the first, as for `omezarr_nb.plan_image`. Without it and `levels` the
            factors are those of the levels that are there, and else as for a new image.
        on_progress, cancel
            As for `append`.

        Returns
        -------
        Image
            This image, brought up to date. Arrays that it gave before have lost their chunks.

        Raises
        ------
        InvalidArgumentError, UnsupportedError, StoreError, WriteCancelledError
            As for `append`.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> image = omezarr_nb.write_image(np.eye(64, dtype="u1"), "memory://eye.ome.zarr", levels=2)
        >>> image.rebuild_levels("max").levels[1].zarr[3, 3]
        array(1, dtype=uint8)
        """
        from omezarr_nb.core.growing.levels import rebuild_levels

        rebuild_levels(
            cast("Image", self),
            method,
            levels=levels,
            scale_factors=scale_factors,
            on_progress=on_progress,
            cancel=cancel,
        )
        return self

    def mend(self) -> bool:
        """Finish what a killed change of the image had begun, or clear up after it; every other change does so first.

        Returns
        -------
        bool
            Whether there was anything.

        Raises
        ------
        UnsupportedError, StoreError
            As for `append`.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> omezarr_nb.write_image(np.zeros((64, 64), "u1"), "memory://whole.ome.zarr").mend()
        False
        """
        from omezarr_nb.core.growing.change import reread
        from omezarr_nb.core.growing.update import mend

        image = cast("Image", self)
        mended = mend(image)
        if mended:
            reread(image)
        return mended
