"""Every public name has a numpydoc docstring that is whole: parameters, what is returned, an example that runs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from numpydoc.validate import ERROR_MSGS, validate

import omezarr_nb
from omezarr_nb import errors

#: What is not asked for, and why.
LEFT_OUT = {
    "ES01": "one line may say it all",
    "EX01": "examples are asked for below, of names and not of each attribute",
    "PR03": "parameters that belong together are described together",
    "PR04": "types stand in the signature, where mypy checks them",
    "PR06": "as PR04",
    "RT03": "as PR04: what is returned may be said in the words of its type",
    "RT05": "what is returned may be a list",
    "SA01": "references stand in the text",
}


def _public() -> Iterator[tuple[str, Any]]:
    """Yield the full name of each public function and class, with the object."""
    for module, name in [
        *((omezarr_nb, name) for name in omezarr_nb.__all__ if name != "errors"),
        *((errors, name) for name in errors.__all__),
        *((import_module("omezarr_nb.core.writer"), name) for name in ("write_multiscale", "write_plate_metadata")),
    ]:
        found = getattr(module, name)
        if hasattr(found, "__qualname__"):
            yield f"{found.__module__}.{found.__qualname__}", found


def _members(name: str, found: Any) -> Iterator[str]:
    """Yield the name, and those of the methods and properties that a class has from this package."""
    yield name
    for base in found.__mro__ if inspect.isclass(found) else ():
        if base.__module__.startswith("omezarr_nb."):
            for member, value in vars(base).items():
                is_code = (
                    inspect.isfunction(value) or isinstance(value, property | classmethod) or hasattr(value, "func")
                )
                if is_code and not member.startswith("_"):
                    yield f"{base.__module__}.{base.__qualname__}.{member}"


PUBLIC = dict(_public())
MEMBERS = sorted({member for name, found in PUBLIC.items() for member in _members(name, found)})


def _complaints(name: str) -> list[str]:
    """Return what numpydoc finds wrong with a docstring, less what is left out."""
    checked = validate(name)
    found = PUBLIC.get(name)
    left_out = set(LEFT_OUT)
    if checked["docstring"].startswith("Return"):
        left_out.add("RT01")  # "Return the levels." says what is returned; a section would say it again
    if found is None:
        left_out.add("RT01")  # methods return what their signature says
        if "\n---" not in checked["docstring"]:
            left_out.add("PR01")  # a short one says it all in a line or two, without sections
    if inspect.isclass(found) and any(base in PUBLIC.values() for base in found.__mro__[1:]):
        left_out.add("PR01")  # other parameters are those of its base
    return [
        f"{code} {message}"
        for code, message in checked["errors"]
        if code not in left_out and "Parameters {'_" not in message
    ]


@pytest.mark.filterwarnings(
    r"ignore:Widget\.:DeprecationWarning"
)  # numpydoc looks at all attributes, ipywidgets' old ones too
@pytest.mark.parametrize("name", MEMBERS)
def test_is_whole(name: str) -> None:
    assert _complaints(name) == []


#: One example of an error stands for all.
WITH_EXAMPLES = [name for name in PUBLIC if name.split(".")[1] != "errors" or name.endswith(".OMEZarrError")]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_has_an_example_that_runs(name: str) -> None:
    doc = inspect.getdoc(PUBLIC[name]) or ""
    if maker := re.search(r"[Mm]ade by `(?:omezarr_nb\.)?(\w+)`", doc):  # its example makes one
        doc = f"{doc}\n{inspect.getdoc(getattr(omezarr_nb, maker[1], None)) or ''}"
    _, _, examples = doc.partition("\nExamples\n--------\n")
    lines = [line for line in examples.splitlines() if line.startswith(">>>")]
    assert [line for line in lines if "doctest: +SKIP" not in line], f"{name} has no example, or none that runs"


def _badly_documented(known: int, unknown: int) -> int:
    """Adds numbers

    Parameters
    ----------
    known
        A number.
    """  # noqa: D400, D401
    return known + unknown


def test_a_bad_docstring_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "badly_documented", _badly_documented, raising=False)
    monkeypatch.setitem(PUBLIC, "omezarr_nb.errors.badly_documented", _badly_documented)
    codes = {complaint[:4] for complaint in _complaints("omezarr_nb.errors.badly_documented")}
    assert {"PR01", "RT01", "SS03", "SS05"} <= codes
    assert set(LEFT_OUT) <= set(ERROR_MSGS)
