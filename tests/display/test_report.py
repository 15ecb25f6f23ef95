"""A report of validation in a cell and in a terminal."""

from __future__ import annotations

from omezarr_nb.core.problems import Problem
from omezarr_nb.core.validate import ValidationReport
from omezarr_nb.display import to_html, to_text
from tests.display.page import parse

PROBLEMS = (
    Problem(
        "group", "error", "labels/<b>", "A group MUST be there. Found nothing; expected a group.", mend="Add <it>."
    ),
    Problem("axis-unit", "warning", "multiscales[0].axes[0].unit", "Axes SHOULD have a unit."),
    Problem("well-version", "warning", "A/1: well.version", "It SHOULD be there."),
)


def report(*problems: Problem) -> ValidationReport:
    return ValidationReport("/data/<i>plate</i>.zarr", "plate", "0.4", False, problems)


def test_problems_stand_by_place_errors_first_and_escaped() -> None:
    html = to_html(report(*PROBLEMS))
    page = parse(html)
    assert page.text.startswith("Not valid OME-Zarr 0.4 plate: 1 error, 2 warnings · /data/<i>plate</i>.zarr")
    places = ["labels/<b> · 1 error", "top · 1 warning", "A/1 · 1 warning"]
    positions = [page.text.index(place) for place in places]
    assert positions == sorted(positions)
    assert "To mend it: Add <it>." in page.text
    assert "at well.version : It SHOULD" in page.text
    assert "<it>" not in html
    assert not page.all("i")


def test_errors_are_unfolded() -> None:
    folds = parse(to_html(report(*PROBLEMS))).all("details")
    assert ["open" in attributes for attributes in folds] == [True, False, False]


def test_a_valid_one_says_so() -> None:
    assert parse(to_html(report())).text.startswith("Valid OME-Zarr 0.4 plate: 0 errors, 0 warnings")
    assert to_text(report()) == "Valid OME-Zarr 0.4 plate: 0 errors, 0 warnings · /data/<i>plate</i>.zarr"


def test_long_reports_are_cut_and_say_so() -> None:
    many = [Problem("group", "error", f"{index}", "It MUST be there.") for index in range(1000)]
    same = [Problem("group", "error", "0", "It MUST be there.")] * 1000
    assert "970 more places" in parse(to_html(report(*many))).text
    assert "980 more problems" in parse(to_html(report(*same))).text
    assert len(to_html(report(*many, *same))) < 150_000
    assert to_text(report(*many)).endswith("and 988 more; the rest is in .problems")


def test_the_report_shows_itself() -> None:
    shown = report(*PROBLEMS)
    assert repr(shown) == "<ValidationReport not valid: OME-Zarr 0.4 plate, 1 error, 2 warnings>"
    assert str(shown) == to_text(shown)
    assert shown._repr_mimebundle_() == {"text/plain": to_text(shown), "text/html": to_html(shown)}
