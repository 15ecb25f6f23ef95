"""Colours of labels in the editor of metadata."""

from __future__ import annotations

from pathlib import Path

import pytest

import omezarr_nb
from omezarr_nb.wizards.metadata import MetadataEditor
from tests.core.mending.test_label_colors import colors_of, make_labels
from tests.wizards.driving import wait_for_state, words, write


@pytest.fixture
def editor(folder: Path) -> MetadataEditor:
    """Return the editor of labels 1 and 2, of which 1 is red, at its second step."""
    make_labels(folder)
    wizard = omezarr_nb.MetadataEditor("cells.ome.zarr/labels/nuclei", namespace={})
    wait_for_state(wizard, "wrong")
    wizard.frame.go("Edit")
    return wizard


def test_single_labels_are_given_colours_by_picking_and_typing(editor: MetadataEditor) -> None:
    part = editor._colors
    assert "rgb(255, 0, 0)" in words(editor)
    part.label.value, part.color.value = "2", "#00ff80"
    part.give.click()
    assert part.single.value == "2: 00FF80"
    assert editor.plan is not None
    assert "rgb(0, 255, 128)" in words(editor)
    part.single.value += ", 1: blue"
    assert 'label_colors={2: "00FF80", 1: "blue"}' in editor.code
    write(editor)
    assert editor.state == "done", words(editor)
    assert colors_of(editor.result) == {1: (0, 0, 255, 255), 2: (0, 255, 128, 255)}


@pytest.mark.parametrize(
    ("choice", "expected"), [("=area", {1: (68, 1, 84, 255), 2: (253, 231, 37, 255)}), ("none", {})]
)
def test_all_labels_are_coloured_by_a_property_or_by_their_ids(
    editor: MetadataEditor, choice: str, expected: dict[int, tuple[int, ...]]
) -> None:
    editor._colors.by.value = choice
    assert editor.plan is not None
    assert ("rgb(253, 231, 37)" in words(editor)) == (choice == "=area")
    write(editor)
    assert colors_of(editor.result) == expected


def test_what_is_no_colour_stands_beside_its_field(editor: MetadataEditor) -> None:
    for typed, said in (("two: red", "is not understood"), ("2: reddish", "six hexadecimal digits")):
        editor._colors.single.value = typed
        assert editor.plan is None
        assert said in words(editor)
    editor._colors.single.value = "2 FF0000, 1=00ff00"
    assert editor.plan is not None
    assert editor.state == "ready"


def test_images_have_no_colours_by_label(folder: Path) -> None:
    make_labels(folder)
    wizard = omezarr_nb.MetadataEditor("cells.ome.zarr", namespace={}, label_colors="1: red")
    wait_for_state(wizard, "wrong")
    assert wizard._colors.body.layout.display == "none"
    assert wizard.troubles == ("Nothing is changed yet.",)
