"""Units of a facility's parameters, converted to SI.

Known are the SI units with their prefixes, a few units of time, and aliases that the operator
names, which take prefixes too. A compound unit (``m/s``) or an unknown one (``counts``) has no
conversion, which is no error: most parameters of a catalogue have such units. Symbols and names are
those of the SI brochure (BIPM, 9th edition).
"""

from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import NamedTuple

from analyzers.folding import normalized

DEFAULT_ALIASES = "J: eV 1.602176634e-19; ℃: celsius, degC; K: kelvin"
"""The usual aliases: ``symbol: alias [factor], …; symbol: …``."""

_PREFIXES = {
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
    "d": -1, "c": -2, "m": -3, "μ": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
}  # fmt: skip

_SI = {
    "A": "Ampere", "Bq": "Becquerel", "C": "Coulomb", "F": "Farad", "Gy": "Gray", "H": "Henry",
    "Hz": "Hertz", "J": "Joule", "K": "Kelvin", "N": "Newton", "Ohm": "Ohm", "Pa": "Pascal",
    "S": "Siemens", "Sv": "Sievert", "T": "Tesla", "V": "Volt", "W": "Watt", "Wb": "Weber",
    "cd": "Candela", "kat": "Katal", "lm": "Lumen", "lx": "Lux", "m": "Metre", "mol": "Mole",
    "rad": "Radian", "s": "Second", "sr": "Steradian", "Ω": "Ohm",
}  # fmt: skip

# Without prefixes. A month and a year are those of the Gregorian calendar on average.
_SECONDS = {
    "min": 60, "h": 3600, "d": 86400, "day": 86400, "week": 604800,
    "mo": 2629746, "mon": 2629746, "month": 2629746, "year": 31556952,
}  # fmt: skip

# 17 digits of a double times as many of a factor, with room for an offset of another size.
_DECIMAL = Context(prec=60)
_LONGEST = 100  # characters of a unit whose conversion is remembered


@dataclass(frozen=True, slots=True)
class Conversion:
    """From one unit to SI: value times ``factor`` plus ``offset`` is so many ``unit``."""

    unit: str
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)

    def apply(self, value: float) -> float:
        """The value in SI, as if written down and moved by hand: 0.3 mK is 0.0003 K.

        Doubles alone would make it 0.00029999999999999997, and -196.15 ℃ not quite 77 K; two values
        that are the same must compare so. About 1 µs.
        """
        written = _DECIMAL.create_decimal(repr(value))
        return float(_DECIMAL.fma(written, self.factor, self.offset))

    def scaled(self, factor: Decimal) -> "Conversion":
        """Of a unit that is ``factor`` of this one."""
        return Conversion(self.unit, _DECIMAL.multiply(factor, self.factor), self.offset)


class _Known(NamedTuple):
    conversion: Conversion
    takes_prefixes: bool


class Units:
    """The units known, aliases included."""

    def __init__(self, aliases: str = DEFAULT_ALIASES) -> None:
        """Raises ValueError, which says what is wrong with ``aliases``."""
        self._known = _si_units()
        self._conversions: dict[str, Conversion | None] = {}
        for group in filter(None, map(str.strip, aliases.split(";"))):
            self._add(group)

    def to_si(self, value: float, unit: str) -> tuple[float, str] | None:
        """The value in SI and the name of its SI unit; None when the unit has no conversion.

        >>> Units().to_si(12.4, "keV"), Units().to_si(20, "celsius"), Units().to_si(3, "m/s")
        ((1.98669902616e-15, 'Joule'), (293.15, 'Kelvin'), None)
        """
        conversion = self.factor(unit)
        return None if conversion is None else (conversion.apply(value), conversion.unit)

    def factor(self, unit: str) -> Conversion | None:
        """How a unit converts, or None. The symbol counts with its case: mPa is not MPa.

        >>> Units().factor("kPa")
        Conversion(unit='Pascal', factor=Decimal('1E+3'), offset=Decimal('0'))
        """
        try:
            return self._conversions[unit]
        except KeyError:
            if len(unit) > _LONGEST:  # a caller's, of any length
                return self._find(_symbol(unit))
            if len(self._conversions) >= 10_000:
                self._conversions.clear()
            conversion = self._conversions[unit] = self._find(_symbol(unit))
            return conversion

    def _find(self, symbol: str) -> Conversion | None:
        if known := self._known.get(symbol):
            return known.conversion
        for length in (1, 2):
            power = _PREFIXES.get(symbol[:length])
            known = self._known.get(symbol[length:])
            if power is not None and known and known.takes_prefixes:
                return known.conversion.scaled(Decimal(1).scaleb(power))
        return None

    def _add(self, group: str) -> None:
        symbol, colon, names = group.partition(":")
        if not colon:
            raise ValueError(f"unit aliases {group!r}: expected 'symbol: alias, …'")
        conversion = self._find(_symbol(symbol))
        if conversion is None:
            raise ValueError(f"unit aliases {group!r}: {symbol.strip()!r} is no SI unit")
        for name in names.split(","):
            match name.split():
                case [alias]:
                    factor = Decimal(1)
                case [alias, written]:
                    factor = _factor(written, group)
                case _:
                    raise ValueError(
                        f"unit aliases {group!r}: {name.strip()!r} should be an alias and, if "
                        "it is another size, a factor"
                    )
            self._name(_symbol(alias), conversion.scaled(factor), group)

    def _name(self, alias: str, conversion: Conversion, group: str) -> None:
        before = self._known.get(alias)
        if before is not None and before.conversion != conversion:
            raise ValueError(f"unit aliases {group!r}: {alias!r} is another unit already")
        self._known[alias] = _Known(conversion, takes_prefixes=True)


def _si_units() -> dict[str, _Known]:
    known = {symbol: _Known(Conversion(name), True) for symbol, name in _SI.items()}
    known["g"] = _Known(Conversion("Kilogram", Decimal("0.001")), takes_prefixes=True)
    celsius = Conversion("Kelvin", offset=Decimal("273.15"))
    known["°C"] = _Known(celsius, takes_prefixes=True)
    for symbol, seconds in _SECONDS.items():
        known[symbol] = _Known(Conversion("Second", Decimal(seconds)), takes_prefixes=False)
    return known


def _symbol(written: str) -> str:
    """Look-alikes made one: the two characters µ, Å, Ω and K have each, ℃ for °C."""
    return normalized("NFKC", written).strip()


def _factor(written: str, group: str) -> Decimal:
    try:
        factor = _DECIMAL.create_decimal(written)
    except InvalidOperation:
        factor = Decimal(0)
    if not factor.is_finite() or factor <= 0:
        raise ValueError(f"unit aliases {group!r}: {written!r} is no factor")
    return factor
