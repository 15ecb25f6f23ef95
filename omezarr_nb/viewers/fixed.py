"""Values of traits that are replaced as a whole: changing one in place is an error instead of a change nobody sees.

A trait notices that it is set, not that its value is changed: ``viewer.visible[0] = False`` on a plain list would
leave Python and the page saying different things, without a word.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

import traitlets

__all__ = ["Entries", "FixedDict", "FixedList", "Named"]

_K = TypeVar("_K")
_V = TypeVar("_V")

_HINT = "this value is not changed in place, for the view would not notice: set the whole trait, such as viewer."


class FixedList(list[_V]):
    """A list that refuses to be changed. ``list(value)`` is a copy that can be."""

    def _refuse(self, *_arguments: Any, **_options: Any) -> NoReturn:
        raise TypeError(_HINT + "visible = [True, False]")

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = pop = remove = clear = sort = reverse = _refuse


class FixedDict(dict[_K, _V]):
    """A mapping that refuses to be changed. ``dict(value)`` is a copy that can be."""

    def _refuse(self, *_arguments: Any, **_options: Any) -> NoReturn:
        raise TypeError(_HINT + 'indices = {"z": 3}')

    __setitem__ = __delitem__ = __ior__ = _refuse
    pop = popitem = clear = update = setdefault = _refuse


class Entries(traitlets.List):  # type: ignore[type-arg] # of what is said where it is used
    """A trait whose value is a `FixedList`."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the checked value, fixed."""
        return FixedList(super().validate(obj, value) or [])


class Named(traitlets.Dict):
    """A trait whose value is a `FixedDict`."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the checked value, fixed."""
        return FixedDict(super().validate(obj, value) or {})
