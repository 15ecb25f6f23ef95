"""The official JSON schemas as an oracle, through a JSON-Schema engine that the library itself does not use."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # it ships no types
from referencing import Registry
from referencing.jsonschema import DRAFT202012

__all__ = ["Oracle"]


class Oracle:
    """What the official schemas say.

    Parameters
    ----------
    folder
        With a folder of schemas for each version.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._validators: dict[Path, Any] = {}

    def has_strict(self, version: str) -> bool:
        """Return whether strict schemas of a version were published."""
        return (self._folder / version / "strict_image.schema").is_file()

    def says_valid(self, attributes: Any, version: str, kind: str, *, strict: bool = False) -> bool:
        """Return the verdict of the schema of a kind of object; of the plain one, where there is no strict one."""
        path = self._folder / version / f"strict_{kind}.schema"
        if not strict or not path.is_file():
            path = path.with_name(f"{kind}.schema")
        if path not in self._validators:
            schema = json.loads(path.read_text())
            self._validators[path] = jsonschema.Draft202012Validator(schema, registry=_registry(path.parent))
        return bool(self._validators[path].is_valid(attributes))


@cache
def _registry(folder: Path) -> Registry[Any]:
    """Return the schemas of a version by their identifiers: they refer to one another by these, or by file names."""
    resources: list[tuple[str, Any]] = []
    for path in sorted(folder.glob("*.schema")):
        schema = json.loads(path.read_text())
        resource = DRAFT202012.create_resource(schema)
        base = schema["$id"].rsplit("/", 1)[0]
        resources += [(schema["$id"], resource), (f"{base}/{path.name}", resource)]
    return Registry().with_resources(resources)
