"""How the channels of an image are shown."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import traitlets

from omezarr_nb.core.writing.rendering import write_rendering
from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.fixed import Entries, FixedList
from omezarr_nb.viewers.layers import Member, first_colors, named_channel, plane_in
from omezarr_nb.viewers.layout import describe_channels
from omezarr_nb.viewers.part import Answer, Question
from omezarr_nb.viewers.parts.planes import PlanePart
from omezarr_nb.viewers.rendering import (
    Contrast,
    check_color,
    check_colormap,
    check_gamma,
    check_limits,
    check_part,
    colormap,
    first_contrast,
    has_alpha,
)

__all__ = ["ChannelPart"]


class ChannelPart(PlanePart):
    """The traits that have one entry for each channel, and ``greyscale``."""

    settable: ClassVar[tuple[str, ...]] = (
        "visible",
        "colors",
        "contrast_limits",
        "gamma",
        "inverted",
        "colormaps",
        "opacity",
        "greyscale",
    )

    visible = Entries(traitlets.Bool()).tag(sync=True)
    colors = Entries(traitlets.Unicode()).tag(sync=True)
    contrast_limits = Entries(traitlets.Tuple(traitlets.Float(), traitlets.Float())).tag(sync=True, echo_update=False)
    gamma = Entries(traitlets.Float()).tag(sync=True, echo_update=False)
    inverted = Entries(traitlets.Bool()).tag(sync=True)
    colormaps = Entries(traitlets.Unicode()).tag(sync=True)
    opacity = Entries(traitlets.Float()).tag(sync=True, echo_update=False)
    greyscale = traitlets.Bool(False).tag(sync=True)

    _contrast: list[Contrast]

    def _begin(self, given: Mapping[str, Any]) -> dict[str, Any]:
        others = super()._begin(given)
        first = others["indices"]
        plane = first | _known(given.get("indices"), first)
        channels = [member.planes.channels[index] for member, index in self._channels]
        visible = [
            channel.active and not (index == 3 and has_alpha(member.planes))
            for channel, (member, index) in zip(channels, self._channels, strict=True)
        ]
        shown = given.get("visible")
        on = iter(shown if isinstance(shown, list | tuple) and len(shown) == len(channels) else visible)
        self._contrast = [
            contrast
            for member in self._members
            for contrast in first_contrast(
                member.planes,
                self._member_plane(member, plane),
                list(itertools.islice(on, len(member.planes.channels))),
            )
        ]
        return others | {
            "visible": visible,
            "colors": first_colors(self._members),
            "contrast_limits": [contrast.limits for contrast in self._contrast],
            "gamma": [1.0] * len(channels),
            "inverted": [channel.extra.get("inverted") is True for channel in channels],
            "colormaps": [""] * len(channels),
            "opacity": [1.0] * len(channels),
        }

    def _described(self) -> dict[str, Any]:
        channels = [named_channel(self._members, member, index) for member, index in self._channels]
        return super()._described() | describe_channels(channels, self._contrast)

    def _member_plane(self, member: Member, indices: Mapping[str, int]) -> Mapping[str, float]:
        """Return the plane of an image that lies at a plane of the first, or its first one where none does."""
        if member is self._members[0]:
            return indices
        return plane_in(self.image, member.planes, indices) or {}

    def _channel_contrast(self, channel: int, indices: Mapping[str, int]) -> Contrast:
        member, own = self._channels[channel]
        return Contrast.of(member.planes.sample(own, self._member_plane(member, indices)))

    def _answers(self) -> dict[str, Answer]:
        return super()._answers() | {"contrast": self._answer_contrast, "colormap": _answer_colormap}

    def _answer_contrast(self, question: Question) -> tuple[dict[str, Any], list[bytes]]:
        channel: Any = question.get("channel")
        given = question.get("indices", {})
        if not _is_index(channel):
            raise InvalidArgumentError("The message has no usable 'channel'.", found=channel)
        if channel >= len(self._channels):
            raise InvalidArgumentError("There is no such channel.", found=channel)
        if not isinstance(given, Mapping) or not all(_is_index(index) for index in given.values()):
            raise InvalidArgumentError("The message has no usable 'indices'.", found=given)
        found = self._channel_contrast(channel, dict(given))
        return {"kind": "contrast", "channel": channel} | found.to_json(), []

    @traitlets.observe("visible")
    def _look_at_new(self, change: Mapping[str, Any]) -> None:
        """Find the limits of channels that are shown for the first time and were not looked at before.

        What is shown in the browser is asked for by the browser, which wants the histogram, too.
        """
        if "visible" in getattr(self, "_property_lock", {}):
            return
        limits = list(self.contrast_limits)
        for index, on in enumerate(change["new"]):
            known = self._contrast[index]
            if on and not known.histogram and tuple(limits[index]) == known.limits == known.range:
                try:
                    self._contrast[index] = self._channel_contrast(index, self.indices)
                except Exception:  # a store and its codecs may raise anything; the tiles will say what
                    continue
                limits[index] = self._contrast[index].limits
        self.contrast_limits = limits

    def auto_contrast(self, channel: int | None = None) -> None:
        """Set contrast limits after the pixels of the planes on screen.

        Parameters
        ----------
        channel
            Index of the channel; all visible ones by default.

        Raises
        ------
        InvalidArgumentError
            When there is no such channel.
        """
        if channel is not None and channel not in range(len(self.visible)):
            raise InvalidArgumentError(
                "There is no such channel.", found=channel, expected=f"0 to {len(self.visible) - 1}"
            )
        limits = list(self.contrast_limits)
        for index, visible in enumerate(self.visible):
            if index == channel or (channel is None and visible):
                limits[index] = self._channel_contrast(index, self.indices).limits
        self.contrast_limits = limits

    def save_rendering(self) -> None:
        """Store how the image is shown now in its metadata (`omero`), so that it is shown so wherever it is opened.

        Stored are for each channel whether it is visible, its colour, contrast limits and inversion, and the plane.
        All else that stands there stays as it is.

        Raises
        ------
        StoreError
            When the store can only be read.

        Examples
        --------
        >>> viewer.contrast_limits = [(0, 800)]  # doctest: +SKIP
        >>> viewer.save_rendering()  # doctest: +SKIP
        """
        own = len(self._planes.channels)
        channels = [
            {
                "active": active,
                "color": color.lstrip("#").upper(),
                "inverted": inverted,
                "window": self._window(index, limits),
            }
            for index, (active, color, inverted, limits) in enumerate(
                zip(self.visible[:own], self.colors, self.inverted, self.contrast_limits, strict=False)
            )
        ]
        settings: dict[str, Any] = {
            f"default{name.upper()}": index for name, index in self.indices.items() if name in ("z", "t")
        }
        settings["model"] = "greyscale" if self.greyscale else "color"
        write_rendering(self.image, channels, settings)

    def _window(self, index: int, limits: tuple[float, float]) -> dict[str, float]:
        """Return a channel's window as it is stored; the range of its values where none is stored yet."""
        window = {"start": limits[0], "end": limits[1]}
        if self._planes.channels[index].window is None:
            low, high = self._contrast[index].range
            window |= {"min": min(low, limits[0]), "max": max(high, limits[1])}
        whole = self.image.dtype.kind in "biu"
        return {key: int(value) if whole and float(value).is_integer() else value for key, value in window.items()}

    @traitlets.validate("visible", "colors", "contrast_limits", "gamma", "inverted", "colormaps", "opacity")
    def _check_channels(self, proposal: Mapping[str, Any]) -> list[Any]:
        name, value, count = proposal["trait"].name, proposal["value"], len(self._channels)
        if len(value) != count:
            entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
            raise traitlets.TraitError(f"{name} has {entries} for {count} channels")
        check = _CHECKS[name]
        return FixedList(check(entry) for entry in value)


#: What each entry of a trait that has one for each channel goes through.
_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "visible": bool,
    "colors": check_color,
    "contrast_limits": check_limits,
    "gamma": check_gamma,
    "inverted": bool,
    "colormaps": check_colormap,
    "opacity": check_part,
}


def _answer_colormap(question: Question) -> tuple[dict[str, Any], list[bytes]]:
    name = question.get("name")
    if not isinstance(name, str):
        raise InvalidArgumentError("The message has no usable 'name'.", found=name)
    return {"kind": "colormap"}, [colormap(name)]


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _known(given: object, sizes: Mapping[str, int]) -> dict[str, int]:
    """Return the entries of an argument that will turn out to be indices; what is wrong is refused by the trait."""
    if not isinstance(given, Mapping):
        return {}
    return {name: index for name, index in given.items() if name in sizes and isinstance(index, int)}
