"""The frame of a wizard by itself: what is seen of steps, the plan, progress and results."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets
import pytest

from omezarr_nb.wizards.steps import Frame, Step


def html_in(widget: ipywidgets.Widget) -> Iterator[str]:
    """Give the HTML that is seen, from the top to the bottom."""
    if widget.layout.display == "none":
        return
    if isinstance(widget, ipywidgets.HTML):
        yield widget.value
    for child in getattr(widget, "children", ()):
        yield from html_in(child)


@pytest.fixture
def told() -> list[object]:
    return []


@pytest.fixture
def frame(told: list[object]) -> Frame:
    steps = [
        Step(title, f"What is {title}?", ipywidgets.Text(description=title)) for title in ("Source", "Axes", "Write")
    ]
    return Frame(steps, on_step=told.append, on_act=lambda: told.append("act"), on_cancel=lambda: told.append("cancel"))


def test_headings_say_where_one_is_and_what_the_plan_is(frame: Frame) -> None:
    seen = "".join(html_in(frame))
    assert "omezarr-nb-wizard" in frame._dom_classes  # by which the style sheet finds it
    assert '<div class="oz-head" role="heading" aria-level="3">What is Source?</div>' in seen
    assert '<div class="oz-head" role="heading" aria-level="3">What will be written</div>' in seen


def test_steps_are_gone_through_to_the_button_that_acts(frame: Frame, told: list[object]) -> None:
    assert (frame.back.disabled, frame.next.layout.display, frame.act.layout.display) == (True, None, "none")
    frame.next.click()
    assert (frame.back.disabled, frame.next.layout.display, frame.act.layout.display) == (False, None, "none")
    frame.next.click()
    assert (frame.back.disabled, frame.next.layout.display, frame.act.layout.display) == (False, "none", None)
    frame.act.click()
    frame.back.click()
    frame.go("Source")
    frame.go(-3)
    frame.go(17)
    assert told == [1, 2, "act", 1, 0, 0, 2]


def test_marks_are_seen_and_read_out(frame: Frame) -> None:
    frame.go("Axes")
    frame.show_marks(["done", "wrong", "open"])
    buttons = frame._buttons
    assert [button.description for button in buttons] == ["✓ Source", "! Axes", "○ Write"]
    assert buttons[1].tooltip == "What is Axes? (to be mended, shown now)"
    assert [{name for name in button._dom_classes if name.startswith("oz-")} for button in buttons] == [
        {"oz-done"},
        {"oz-wrong", "oz-here"},
        {"oz-open"},
    ]


def test_what_is_said_is_escaped_and_goes_again(frame: Frame, told: list[object]) -> None:
    quiet = list(html_in(frame))
    frame.show_message("<b>no</b>", "oz-trouble")
    frame.show_progress(0.5, "level 1 <of> 2")
    frame.stop.click()
    seen = "".join(html_in(frame))
    assert 'role="alert">&lt;b&gt;no&lt;/b&gt;' in seen
    assert "level 1 &lt;of&gt; 2" in seen
    assert told == ["cancel"]
    frame.show_message("")
    frame.show_progress(None)
    assert list(html_in(frame)) == quiet
    result = ipywidgets.HTML("<i>result</i>")
    frame.show_result(result)
    frame.label_result("The image")
    assert frame.results == (result,)
    assert '<div class="oz-head">The image</div><i>result</i>' in "".join(html_in(frame))
    frame.show_result(None)
    assert not frame.results
    assert list(html_in(frame)) == quiet


def test_the_code_is_shown_when_it_is_asked_for(frame: Frame) -> None:
    frame.show_code("omezarr_nb.write_image(a < b)")
    assert "write_image" not in "".join(html_in(frame))
    frame.code.value = True
    assert "omezarr_nb.write_image(a &lt; b)" in "".join(html_in(frame))
    assert frame.code.description == "Hide the code"
    frame.code.value = False
    assert frame.code.description == "Show the code"
