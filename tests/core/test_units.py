"""Units: spellings, symbols, and physical values as people write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.units import (
    SPACE_UNITS,
    TIME_UNITS,
    convert_factor,
    format_quantity,
    format_range_value,
    normalise_unit,
    unit_symbol,
)

NAMES = sorted({*SPACE_UNITS, *TIME_UNITS})


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("um", "micrometer"),
        ("µm", "micrometer"),
        ("μm", "micrometer"),
        ("micron", "micrometer"),
        ("Microns", "micrometer"),
        ("micrometre", "micrometer"),
        (" Micrometers ", "micrometer"),
        ("nm", "nanometer"),
        ("mm", "millimeter"),
        ("Mm", "megameter"),
        ("m", "meter"),
        ("metres", "meter"),
        ("Å", "angstrom"),
        ("s", "second"),
        ("secs", "second"),
        ("ms", "millisecond"),
        ("µs", "microsecond"),
        ("min", "minute"),
        ("hrs", "hour"),
        ("days", "day"),
        ("furlong", "furlong"),
        ("", ""),
    ],
)
def test_units_as_people_write_them(written: str, name: str) -> None:
    assert normalise_unit(written) == name


@pytest.mark.parametrize("name", NAMES)
def test_names_and_symbols_of_all_units_are_known(name: str) -> None:
    assert normalise_unit(name) == name
    assert normalise_unit(name.upper()) == name
    assert normalise_unit(f"{name}s") == name
    assert normalise_unit(unit_symbol(name)) == name


def test_symbols() -> None:
    assert unit_symbol("micrometer") == "µm"
    assert unit_symbol("furlong") == "furlong"
    assert unit_symbol(None) == ""


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_factors_are_inverse(unit: str, target: str) -> None:
    factor = convert_factor(unit, target)
    assert math.isclose(factor * convert_factor(target, unit), 1.0)
    if (unit in SPACE_UNITS) != (target in SPACE_UNITS):
        assert factor == 1.0


def test_factors() -> None:
    assert convert_factor("millimeter", "micrometer") == pytest.approx(1000)
    assert convert_factor("hour", "second") == 3600
    assert convert_factor("furlong", "meter") == convert_factor(None, "meter") == 1.0


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.00036, "millimeter", "360 nm"),
        (360.0, "nanometer", "360 nm"),
        (1000.0, "nanometer", "1 µm"),
        (0.1, "micrometer", "100 nm"),
        (-0.5, "micrometer", "-500 nm"),
        (0.0, "micrometer", "0 µm"),
        (90.0, "second", "1.5 min"),
        (7200.0, "second", "2 h"),
        (1.0, "angstrom", "100 pm"),
        (12.0, None, "12 px"),
        (0.3333333, None, "0.333 px"),
        (2.5, "furlong", "2.5 furlong"),
        (math.inf, "micrometer", "inf µm"),
        (math.nan, None, "nan px"),
    ],
)
def test_quantities(value: float, unit: str | None, text: str) -> None:
    assert format_quantity(value, unit).replace("\u2009", " ") == text


def test_positions_along_an_axis() -> None:
    assert format_range_value(118 * 0.5002, "micrometer") == "59.02\u2009µm"
    assert format_range_value(3.0, None) == ""


@given(st.floats(), st.sampled_from([*NAMES, "furlong", None]), st.integers(1, 8))
def test_any_number_can_be_written(value: float, unit: str | None, digits: int) -> None:
    assert "\u2009" in format_quantity(value, unit, digits)


@given(st.floats(1e-9, 1e3), st.sampled_from(["nanometer", "micrometer", "millimeter", "meter"]))
def test_what_is_written_is_what_was_meant(value: float, unit: str) -> None:
    number, symbol = format_quantity(value, unit, digits=6).split("\u2009")
    assert float(number) * convert_factor(normalise_unit(symbol), unit) == pytest.approx(value, rel=1e-4)
