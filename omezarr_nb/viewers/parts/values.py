"""The value of a pixel in channels that the browser has not loaded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.part import Answer, Part, Question

__all__ = ["ValuePart"]

#: Channels that are read for one question: each may be a chunk of its own.
_MOST = 32


class ValuePart(Part):
    """Answers what stands at a pixel of a level, in some channels."""

    def _answers(self) -> dict[str, Answer]:
        return super()._answers() | {"values": self._answer_values}

    def _answer_values(self, question: Question) -> tuple[dict[str, Any], list[bytes]]:
        levels, layout = self.image.levels, self._layout
        index, row, column = (question.get(key) for key in ("level", "row", "column"))
        channels, given = question.get("channels"), question.get("indices", {})
        if not isinstance(index, int) or not 0 <= index < len(levels):
            raise InvalidArgumentError("There is no such level.", found=index)
        level = levels[index]
        for place, axis in ((row, layout.y), (column, layout.x)):
            if not isinstance(place, int) or not 0 <= place < level.shape[axis]:
                raise InvalidArgumentError("There is no such pixel.", found=(row, column))
        count = len(self._planes.channels)
        if not isinstance(channels, list) or not 0 < len(channels) <= _MOST:
            raise InvalidArgumentError("The message has no usable 'channels'.", found=channels)
        if not all(isinstance(one, int) and 0 <= one < count for one in channels):
            raise InvalidArgumentError("There is no such channel.", found=channels)
        if not isinstance(given, Mapping) or not all(isinstance(one, int) for one in given.values()):
            raise InvalidArgumentError("The message has no usable 'indices'.", found=given)
        at = self._planes.level_indices(level, given)
        rows, columns = slice(row, row + 1), slice(column, column + 1)  # type: ignore[operator] # checked above
        found = [float(self._planes.window(level, at, channel, rows, columns)[0, 0]) for channel in channels]
        return {"kind": "values", "values": [one if math.isfinite(one) else None for one in found]}, []
