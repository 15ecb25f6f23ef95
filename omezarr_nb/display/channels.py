"""The channels of an image as a table: swatch, name, picture, colour, contrast."""

from __future__ import annotations

from omezarr_nb.core.metadata import Channel
from omezarr_nb.display.contents import Contents
from omezarr_nb.display.html import Html, element, join
from omezarr_nb.display.parts import image_element, note, table
from omezarr_nb.display.pictures import Pictures, shown_channels
from omezarr_nb.display.thumbnail import Picture, swatch
from omezarr_nb.display.words import count, elide, full, number

__all__ = ["channels_html"]

_MAX_NAMES = 24


def channels_html(contents: Contents, pictures: Pictures) -> Html:
    """Return the channels: those with pictures as a table, the names of others below it."""
    channels = contents.channels
    if not channels:
        return element("p", "The metadata describes no channels.")
    shown = shown_channels(channels)
    hidden = any(not channels[index].active for index in shown)
    head = [
        "channel",
        *(["picture"] if pictures.channels else []),
        "colour",
        "contrast",
        *(["at first"] if hidden else []),
    ]
    rows = [_row(channels[index], index, pictures, hidden=hidden) for index in shown]
    return element("div", table(head, rows, "Channels"), _others(channels, shown))


def _row(channel: Channel, index: int, pictures: Pictures, *, hidden: bool) -> list[object]:
    label = elide(channel.label, 40)
    color = channel.color or "FFFFFF"
    square = image_element(swatch(color), f"colour {color}", "oz-swatch")
    row: list[object] = [join(square, " ", element("span", label, title=full(channel.label, label)))]
    if pictures.channels:
        picture = pictures.channels.get(index, "not read")
        row.append(image_element(picture, f"channel {label}") if isinstance(picture, Picture) else elide(picture, 100))
    row += [element("code", f"#{color}"), _contrast(channel, pictures.limits.get(index))]
    if hidden:
        row.append("shown" if channel.active else "hidden")
    return row


def _contrast(channel: Channel, limits: tuple[float, float, bool] | None) -> Html:
    """Return the stored window, or where the limits of the picture come from; the exact numbers as a tooltip."""
    window = channel.window
    if window is None:
        text = f"{number(limits[0])} to {number(limits[1])} (of the pixels)" if limits else "none stored"
        return element("span", text)
    text = f"{number(window.start)} to {number(window.end)}"
    if limits is not None and not limits[2]:
        text += f"; shown {number(limits[0])} to {number(limits[1])}"
    exact = f"start {window.start!r}, end {window.end!r}, min {window.min!r}, max {window.max!r}"
    return element("span", text, title=exact)


def _others(channels: tuple[Channel, ...], shown: list[int]) -> Html | None:
    rest = [index for index in range(len(channels)) if index not in set(shown)]
    if not rest:
        return None
    names = ", ".join(elide(channels[index].label, 30) for index in rest[:_MAX_NAMES])
    more = f" and {number(len(rest) - _MAX_NAMES)} more" if len(rest) > _MAX_NAMES else ""
    return note(f"{count(len(rest), 'channel')} without a picture here: {names}{more}")
