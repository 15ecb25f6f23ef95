"""Units of axes: the names that the specification recommends, how people write them, and how they are shown.

OME-Zarr names units in full ("micrometer"), after UDUNITS-2 (specification 0.4 and later, section "axes").
"""

from __future__ import annotations

import math
from types import MappingProxyType

__all__ = [
    "SPACE_UNITS",
    "TIME_UNITS",
    "convert_factor",
    "format_quantity",
    "format_range_value",
    "normalise_unit",
    "unit_symbol",
]

_PREFIXES = {
    "yocto": ("y", -24),
    "zepto": ("z", -21),
    "atto": ("a", -18),
    "femto": ("f", -15),
    "pico": ("p", -12),
    "nano": ("n", -9),
    "micro": ("µ", -6),
    "milli": ("m", -3),
    "centi": ("c", -2),
    "deci": ("d", -1),
    "hecto": ("h", 2),
    "kilo": ("k", 3),
    "mega": ("M", 6),
    "giga": ("G", 9),
    "tera": ("T", 12),
    "peta": ("P", 15),
    "exa": ("E", 18),
    "zetta": ("Z", 21),
    "yotta": ("Y", 24),
}

#: unit -> (symbol, size in metre)
SPACE_UNITS: MappingProxyType[str, tuple[str, float]] = MappingProxyType(
    {"meter": ("m", 1.0)}
    | {f"{prefix}meter": (f"{symbol}m", 10.0**power) for prefix, (symbol, power) in _PREFIXES.items()}
    | {
        "angstrom": ("Å", 1e-10),
        "foot": ("ft", 0.3048),
        "inch": ("in", 0.0254),
        "mile": ("mi", 1609.344),
        "parsec": ("pc", 3.0856775814913673e16),
        "yard": ("yd", 0.9144),
    }
)

#: unit -> (symbol, size in second)
TIME_UNITS: MappingProxyType[str, tuple[str, float]] = MappingProxyType(
    {"second": ("s", 1.0)}
    | {f"{prefix}second": (f"{symbol}s", 10.0**power) for prefix, (symbol, power) in _PREFIXES.items()}
    | {"minute": ("min", 60.0), "hour": ("h", 3600.0), "day": ("d", 86400.0)}
)

_ALIASES = {
    "um": "micrometer",
    "\N{MICRO SIGN}m": "micrometer",
    "\N{GREEK SMALL LETTER MU}m": "micrometer",
    "micron": "micrometer",
    "microns": "micrometer",
    "metre": "meter",
    "ms": "millisecond",
    "sec": "second",
    "mins": "minute",
    "hr": "hour",
    "hrs": "hour",
    "us": "microsecond",
    "\N{GREEK SMALL LETTER MU}s": "microsecond",
}
_BY_SYMBOL = {symbol: name for table in (SPACE_UNITS, TIME_UNITS) for name, (symbol, _) in table.items()}


def normalise_unit(unit: str) -> str:
    """Return the specification's name of a unit as people write it.

    Parameters
    ----------
    unit
        "um", "µm", "micron", "micrometre", "micrometers", "s", "ms", "minutes", ...

    Returns
    -------
    str
        The full singular name ("micrometer"); what is not known is returned as it is, for any string is valid
        as a unit.

    Examples
    --------
    >>> normalise_unit("um"), normalise_unit("Micrometres"), normalise_unit("furlong")
    ('micrometer', 'micrometer', 'furlong')
    """
    text = unit.strip()
    if text in _ALIASES or text in _BY_SYMBOL:
        return _ALIASES.get(text) or _BY_SYMBOL[text]
    lower = text.lower()
    for candidate in (lower, lower.removesuffix("s"), lower.replace("metre", "meter").removesuffix("s")):
        if candidate in _ALIASES:
            return _ALIASES[candidate]
        if candidate in SPACE_UNITS or candidate in TIME_UNITS:
            return candidate
    return text


def unit_symbol(unit: str | None) -> str:
    """Return how a unit is written after a number: "µm" for "micrometer"; "" where there is none."""
    if not unit:
        return ""
    entry = SPACE_UNITS.get(unit) or TIME_UNITS.get(unit)
    return entry[0] if entry else unit


def convert_factor(unit: str | None, target: str | None) -> float:
    """Return the number that turns a value in `unit` into one in `target`; 1.0 where either is not known."""
    for table in (SPACE_UNITS, TIME_UNITS):
        if unit and target and unit in table and target in table:
            return table[unit][1] / table[target][1]
    return 1.0


def format_quantity(value: float, unit: str | None, digits: int = 3) -> str:
    r"""Return a physical value as people write it, the SI prefix chosen so that the number lies in 1 to 1000.

    Parameters
    ----------
    value
        The value in `unit`.
    unit
        A unit's full name, or None for pixels.
    digits
        Significant digits.

    Examples
    --------
    >>> format_quantity(0.00036, "millimeter")
    '360\u2009nm'
    >>> format_quantity(90, "second"), format_quantity(12, None)
    ('1.5\u2009min', '12\u2009px')
    """
    if unit is None:
        return f"{_number(value, digits)}\u2009px"
    if not math.isfinite(value):
        return f"{value}\u2009{unit_symbol(unit)}"
    for table, ladder in ((SPACE_UNITS, _SPACE_LADDER), (TIME_UNITS, _TIME_LADDER)):
        if unit in table:
            if value == 0:
                return f"0\u2009{unit_symbol(unit)}"
            base = value * table[unit][1]
            best = _rung(abs(base), table, ladder)
            return f"{_number(base / table[best][1], digits)}\u2009{unit_symbol(best)}"
    return f"{_number(value, digits)}\u2009{unit}"


def format_range_value(value: float, unit: str | None) -> str:
    """Return a position along an axis with its unit, or "" where the axis has none."""
    return format_quantity(value, unit, digits=4) if unit else ""


_SPACE_LADDER = ("picometer", "nanometer", "micrometer", "millimeter", "meter", "kilometer")
_TIME_LADDER = ("nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day")


def _rung(base: float, table: MappingProxyType[str, tuple[str, float]], ladder: tuple[str, ...]) -> str:
    """Return the largest unit of `ladder` in which `base` is at least 1 (rounding aside), else the smallest."""
    fitting = [name for name in ladder if base >= table[name][1] * (1 - 1e-9)]
    return fitting[-1] if fitting else ladder[0]


def _number(value: float, digits: int) -> str:
    """Return `value` with `digits` significant digits, without an exponent while it is readable, no tail of zeros."""
    if value != 0 and (abs(value) >= 1e7 or abs(value) < 1e-4):
        return f"{value:.{digits}g}"
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    decimals = max(digits - whole, 0)
    if 0 < abs(value) < 1:
        decimals = digits - 1 - math.floor(math.log10(abs(value)))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
