"""What is done with each case: everything that reads metadata, which must end in a report or in an error of ours."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import omezarr_nb
from omezarr_nb.core.collection import ImageCollection
from omezarr_nb.core.format import detect_format, format_from_version
from omezarr_nb.core.image import Image
from omezarr_nb.core.labels import Labels
from omezarr_nb.core.metadata import image_to_json
from omezarr_nb.core.parse import parse_image
from omezarr_nb.core.plate import Plate, Well
from omezarr_nb.core.plate_metadata import parse_plate, parse_well
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules import RULES
from omezarr_nb.core.scene import parse_scene, scene_to_json
from omezarr_nb.core.scenes import ImageScene
from omezarr_nb.core.transforms import Reference
from omezarr_nb.core.validate import check_attributes, check_fragment
from omezarr_nb.errors import OMEZarrError
from tests.core.documents import memory_store, write_documents
from tests.fuzz.cases import AttributesCase, StoreCase

__all__ = ["look"]

_LONGEST_MESSAGE = 4000
_MOST_PROBLEMS = 5001
_MOST_PARTS = 4


def look(case: AttributesCase | StoreCase) -> str:
    """Read a case in every way there is, and return in a word what came of it.

    Raises
    ------
    Exception
        Whatever is no `OMEZarrError`, which is what the fuzzer looks for; AssertionError for a problem that is too
        long, or of no rule.
    """
    return _look_at_attributes(case) if isinstance(case, AttributesCase) else _look_at_store(case)


def _look_at_attributes(case: AttributesCase) -> str:
    attributes = case.attributes
    for level in ("schema", "full"):
        told = check_attributes(attributes, version=case.version, kind=case.kind, level=level) or []
        _check_problems(told)
    _check_problems(check_fragment(attributes) or ())
    if not isinstance(attributes, dict):
        return "attributes, no object"
    detect_format(attributes)
    fmt = format_from_version(case.version)
    block = fmt.block(attributes)
    metadata, read = parse_image(attributes, fmt)
    problems = list(read) if "multiscales" in block else []
    for multiscale in metadata.multiscales:
        for dataset in multiscale.datasets:
            _map(multiscale, dataset.path)
    json.dumps(fmt.wrap(image_to_json(metadata, fmt)))
    problems += parse_plate(block["plate"], folders=not fmt.indexed_wells)[1] if "plate" in block else ()
    problems += parse_well(block["well"])[1] if "well" in block else ()
    scene, read = parse_scene(attributes, fmt)
    problems += read if fmt.axes_form == "systems" else ()  # before 0.6 nobody knows of scenes
    if scene is not None:
        scene.graph()
        json.dumps(scene_to_json(scene))
    _check_problems(problems)
    # Where reading warns, validation has something to say as well; but of paths, which only a hierarchy shows.
    assert told or {problem.rule for problem in problems} <= {"path-inside"}, problems
    return "attributes with problems" if told else "attributes without problems"


def _map(multiscale: Any, path: str) -> None:
    """Map a point from a level to the system of all levels, and back."""
    pixels, own = Reference(path=path), multiscale.intrinsic.name
    with contextlib.suppress(OMEZarrError):
        there = multiscale.graph.map([[1.0] * len(multiscale.axes)], pixels, own)
        multiscale.graph.map(there, own, pixels)


def _look_at_store(case: StoreCase) -> str:
    if not case.local:
        return _look_at(memory_store(case.contents), memory_store(case.contents))
    with tempfile.TemporaryDirectory() as folder:
        where = write_documents(Path(folder), case.contents)
        return f"{_look_at(where, where)} in a folder"


def _look_at(where: Any, again: Any) -> str:
    outcome = "store refused"
    with contextlib.suppress(OMEZarrError):
        found = omezarr_nb.open(where)
        outcome = "store opened"
        _touch(found)
        if _problems_of(found):
            outcome = "store opened with problems"
    with contextlib.suppress(OMEZarrError):
        _check_problems(omezarr_nb.validate(again).problems)
    return outcome


def _problems_of(found: Any) -> tuple[Problem, ...]:
    with contextlib.suppress(OMEZarrError):
        problems: tuple[Problem, ...] = found.problems
        return problems
    return ()


def _touch(found: Any) -> None:
    """Look at all that an object offers, short of its pixels but for those in its pictures."""
    _check_problems(_problems_of(found))
    repr(found)
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"]
    if isinstance(found, Image):
        _touch_image(found)
    elif isinstance(found, Plate):
        _each(found.wells[path] for path in list(found.wells)[:_MOST_PARTS])
    elif isinstance(found, Well):
        _each(found.fields.look(_MOST_PARTS))
    elif isinstance(found, (ImageCollection, ImageScene)):
        _each(found.images.look(_MOST_PARTS))
    elif isinstance(found, Labels):
        _each(found[name] for name in found.names[:_MOST_PARTS])


def _touch_image(image: Image) -> None:
    with contextlib.suppress(OMEZarrError):
        point = image.to_world([0.0] * image.ndim)
        image.to_pixels(point)
        assert image.channels
        for level in image.levels:
            assert len(level.shape) == len(level.scale) == len(level.translation) == image.ndim
            assert all(size > 0 for size in (*level.scale, *level.shape))
    with contextlib.suppress(OMEZarrError):
        _check_problems(image.labels.problems)
        for name in image.labels.names[:_MOST_PARTS]:
            with contextlib.suppress(OMEZarrError):
                _check_problems(_problems_of(image.labels[name]))


def _each(parts: Iterable[Any]) -> None:
    """Look at each part; the error of one does not hide the next."""
    walk = iter(parts)
    while True:
        try:
            part = next(walk)
        except StopIteration:
            return
        except OMEZarrError:
            return  # a generator ends with the error of one of its parts
        if not isinstance(part, OMEZarrError):
            with contextlib.suppress(OMEZarrError):
                _check_problems(_problems_of(part))
                if isinstance(part, Image):
                    _touch_image(part)
                elif isinstance(part, Well):
                    _each(part.fields.look(_MOST_PARTS))


def _check_problems(problems: Iterable[Problem]) -> None:
    """Check that problems are of rules that there are, and that what is said is bounded."""
    counted = Counter(problem.rule for problem in problems)
    unknown = set(counted) - set(RULES)
    assert not unknown, unknown
    assert counted.total() <= _MOST_PROBLEMS
    assert all(len(str(problem)) < _LONGEST_MESSAGE for problem in problems)
