"""Values of traits that are replaced as a whole: changing one in place is an error instead of a change nobody sees.

A trait notices that it is set, not that its value is changed: ``viewer.visible[0] = False`` on a plain list would
leave Python and the page saying different things, without a word.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

import traitlets

__all__ = ["Checked", "Entries", "FixedDict", "FixedList", "Named", "Selection"]

_K = TypeVar("_K")
_V = TypeVar("_V")

#: Ids that the browser may select at once.
_MOST_SELECTED = 10_000

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


class Checked(traitlets.Any):
    """A trait whose part makes a `FixedDict` of what it is set to, None included."""

    allow_none = False

    def __init__(self) -> None:
        super().__init__(FixedDict())


class Selection(Named):
    """A trait whose value has for each name the ids that are selected, a tuple of ints.

    Ids have up to 64 bits, numbers in the browser 53: on the way they are texts.
    """

    def __init__(self) -> None:
        super().__init__(key_trait=traitlets.Unicode())
        self.tag(sync=True, to_json=_to_texts, from_json=_from_texts)

    def validate(self, obj: Any, value: Any) -> Any:  # noqa: ARG002 - the base class has it
        """Return the checked value, fixed; names without ids are left out."""
        if not isinstance(value, Mapping):
            raise traitlets.TraitError(
                f"ids by the name of their labels, such as {{'nuclei': [3, 5]}}; found {value!r}"
            )
        checked = {str(name): _ids(ids) for name, ids in value.items()}
        return FixedDict({name: ids for name, ids in checked.items() if ids})


def _ids(ids: Any) -> tuple[int, ...]:
    try:
        found = tuple(dict.fromkeys(operator.index(one) for one in ids))
    except TypeError:
        raise traitlets.TraitError(f"ids of labels are whole numbers; found {ids!r}") from None
    if not all(-(2**63) <= one < 2**64 for one in found):
        raise traitlets.TraitError("ids of labels have at most 64 bits")
    return found


def _to_texts(value: Mapping[str, tuple[int, ...]], _widget: Any) -> dict[str, list[str]]:
    return {name: [str(one) for one in ids] for name, ids in value.items()}


def _from_texts(value: Any, _widget: Any) -> dict[str, list[int]]:
    return {name: [int(one) for one in ids[:_MOST_SELECTED]] for name, ids in value.items()}
