"""The rules of the specification, as one table: what reading warns of and what `validate` reports are these.

Each rule has a name, says what the specification says, and knows in which versions it stands how firmly (`Rule`). The
modules hold the rules of one structure each; they import nothing but `Rule`, so that every part of the core can name
a rule. `RULES` has all of them by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from omezarr_nb.core.rules import axes, groups, images, labels, plates, spaces, storage
from omezarr_nb.core.rules.rule import VERSIONS, Level, Rule

__all__ = ["RULES", "VERSIONS", "Level", "Rule"]

_TABLES = (groups, axes, images, labels, plates, spaces, storage)

#: Every rule by its name; each name stands once.
RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.name: rule for table in _TABLES for rule in vars(table).values() if isinstance(rule, Rule)}
)
