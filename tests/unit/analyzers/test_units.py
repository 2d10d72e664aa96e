"""Values with units."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.units import Conversion, Units

UNITS = Units()


@pytest.mark.parametrize(
    ("value", "unit", "si"),
    [
        (300, "K", (300.0, "Kelvin")),
        (77000, "mK", (77.0, "Kelvin")),
        (0.3, "mK", (0.0003, "Kelvin")),
        (101.325, "kPa", (101325.0, "Pascal")),
        (250.5, "mm", (0.2505, "Metre")),
        (3, "\u00b5m", (3e-06, "Metre")),
        (3, "\u03bcm", (3e-06, "Metre")),
        (2, "dam", (20.0, "Metre")),
        (5, "min", (300.0, "Second")),
        (2, "h", (7200.0, "Second")),
        (12, "fs", (1.2e-14, "Second")),
        (3.3, "g", (0.0033, "Kilogram")),
        (1, "kg", (1.0, "Kilogram")),
        (7, "T", (7.0, "Tesla")),
        (1, "cd", (1.0, "Candela")),
        (2, "kΩ", (2000.0, "Ohm")),
        (2, "\u2126", (2.0, "Ohm")),
        (8, "MHz", (8e6, "Hertz")),
        (1, " mA ", (0.001, "Ampere")),
    ],
)
def test_si_units_and_their_prefixes(value: float, unit: str, si: tuple[float, str]) -> None:
    assert UNITS.to_si(value, unit) == si


@pytest.mark.parametrize("unit", ["℃", "°C", "celsius", "degC"])
@pytest.mark.parametrize(("celsius", "kelvin"), [(-196.15, 77.0), (19.85, 293.0), (0, 273.15)])
def test_degrees_celsius(unit: str, celsius: float, kelvin: float) -> None:
    assert UNITS.to_si(celsius, unit) == (kelvin, "Kelvin")


@pytest.mark.parametrize(
    "unit",
    [
        *["m/s", "1/s", "N/A", "eV/c", "m²", "K2", "m K", "10 K"],
        *["Å", "bar", "mbar", "deg", "%", "l", "u", "counts", "none of these", "", " "],
        *["µ", "k", "kkg", "mmin", "KELVIN"],
    ],
)
def test_no_conversion_is_no_error(unit: str) -> None:
    assert UNITS.to_si(1, unit) is None
    assert UNITS.factor(unit) is None


def test_case_matters() -> None:
    assert UNITS.to_si(1, "mPa") == (0.001, "Pascal")
    assert UNITS.to_si(1, "MPa") == (1e6, "Pascal")
    assert UNITS.to_si(1, "pa") is None


@given(st.integers(-(10**9), 10**9))
def test_prefixes_of_an_alias_are_the_same_quantity(thousandths: int) -> None:
    assert UNITS.to_si(thousandths / 1000, "keV") == UNITS.to_si(thousandths, "eV")


@given(st.integers(-(10**9), 10**9))
def test_two_ways_to_write_a_value_compare_equal(thousandths: int) -> None:
    assert UNITS.to_si(thousandths, "mK") == UNITS.to_si(thousandths / 1000, "K")


@given(st.floats(allow_nan=False), st.sampled_from(["K", "m", "J", "kg", "kelvin"]))
def test_si_itself_stays_as_it_is(value: float, unit: str) -> None:
    converted = UNITS.to_si(value, unit)
    assert converted is not None
    assert converted[0] == value


@given(
    st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.sampled_from(["mK", "celsius", "keV"])
)
def test_order_is_kept(one: float, other: float, unit: str) -> None:
    conversion = UNITS.factor(unit)
    assert conversion is not None
    assert conversion.apply(min(one, other)) <= conversion.apply(max(one, other))


def test_a_conversion_can_be_kept_and_used_again() -> None:
    conversion = UNITS.factor("m℃")
    assert conversion == Conversion("Kelvin", Decimal("0.001"), Decimal("273.15"))
    assert conversion.apply(1000) == 274.15


@pytest.mark.parametrize(
    ("aliases", "value", "unit", "si"),
    [
        ("m: Å 1e-10, inch 0.0254", 2, "inch", (0.0508, "Metre")),
        ("m: Å 1e-10, inch 0.0254", 1.54, "Å", (1.54e-10, "Metre")),
        ("m: Å 1e-10", 1.54, "\u212b", (1.54e-10, "Metre")),
        ("Pa: bar 1e5;", 12, "mbar", (1200.0, "Pascal")),
        ("kPa: torr 0.5", 1, "torr", (500.0, "Pascal")),
        ("K: kelvin", 1, "eV", None),
        ("", 1, "mK", (0.001, "Kelvin")),
        ("m: foo 2; foo: bar", 1, "bar", (2.0, "Metre")),
    ],
)
def test_aliases(aliases: str, value: float, unit: str, si: tuple[float, str] | None) -> None:
    assert Units(aliases).to_si(value, unit) == si


@pytest.mark.parametrize(
    ("aliases", "message"),
    [
        ("K", "unit aliases 'K': expected 'symbol: alias, …'"),
        ("K: kelvin; furlong: f", "unit aliases 'furlong: f': 'furlong' is no SI unit"),
        ("K:", "unit aliases 'K:': '' should be an alias and, if it is another size, a factor"),
        (
            "K: a 1 2",
            "unit aliases 'K: a 1 2': 'a 1 2' should be an alias and, "
            "if it is another size, a factor",
        ),
        ("K: a two", "unit aliases 'K: a two': 'two' is no factor"),
        ("K: a 0", "unit aliases 'K: a 0': '0' is no factor"),
        ("K: a inf", "unit aliases 'K: a inf': 'inf' is no factor"),
    ],
)
def test_wrong_aliases_are_told(aliases: str, message: str) -> None:
    with pytest.raises(ValueError, match="unit aliases") as raised:
        Units(aliases)
    assert str(raised.value) == message


def test_many_unknown_units_do_not_fill_the_memory() -> None:
    units = Units()
    for number in range(20_001):
        assert units.factor(f"unit {number}") is None
    assert units.to_si(1, "kPa") == (1000.0, "Pascal")
