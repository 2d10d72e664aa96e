"""Doubles as the engine reads them from a document without changing them.

The engine's JSON reader makes a double of all digits as one integer and multiplies or divides it by
a power of ten. Both may round, so that of numbers with 16 or 17 digits every seventh came out as
its neighbour, and was not found by its own value. Written with other digits they come out right,
but for one in a thousand that no digits give.
"""

from collections.abc import Iterator

import orjson

_EXACT = 10**15  # no rounding changes fewer digits, as long as the power of ten is exact too
_EXACT_POWERS = 22
_SHORT = 16  # characters of a number without an exponent that surely has so few digits
_LARGEST_INTEGER = 2.0**63
_DIGITS = (17, 18, 19)  # of the integers that are tried; more do not fit
_NEIGHBOURS = sorted(range(-8, 9), key=abs)


def readable(value: float) -> float | orjson.Fragment:
    """The value as it is to be written, for ``orjson``."""
    written = repr(value)
    if len(written) <= _SHORT and "e" not in written:
        return value
    if value.is_integer() and abs(value) < _LARGEST_INTEGER:
        return orjson.Fragment(b"%d" % value)
    digits, power = _parsed(written.lstrip("-"))
    if digits < _EXACT and abs(power) <= _EXACT_POWERS:
        return value
    magnitude = abs(value)
    if _read(digits, power) == magnitude:
        return value
    for digits, power in _others(magnitude):
        if _read(digits, power) == magnitude:
            return orjson.Fragment(b"%b%de%d" % (b"-" if value < 0 else b"", digits, power))
    return value


def _parsed(written: str) -> tuple[int, int]:
    """The digits as an integer, and by which power of ten it is multiplied."""
    mantissa, _, power = written.partition("e")
    before, _, after = mantissa.partition(".")
    return int(before + after), int(power or 0) - len(after)


def _read(digits: int, power: int) -> float:
    """What the engine makes of them."""
    found = float(digits)
    if power >= 0:
        return found * float(f"1e{power}")
    while power < -308:
        found /= 1e308
        power += 308
    return found / float(f"1e{-power}")


def _others(magnitude: float) -> Iterator[tuple[int, int]]:
    """The value with more digits, and what is next to these."""
    above, below = magnitude.as_integer_ratio()
    before = int(f"{magnitude:e}".partition("e")[2]) + 1
    for wanted in _DIGITS:
        power = before - wanted
        digits = above * 10 ** max(0, -power) // (below * 10 ** max(0, power))
        step = 1 << max(0, digits.bit_length() - 53)
        yield from ((digits + step * n, power) for n in _NEIGHBOURS)
