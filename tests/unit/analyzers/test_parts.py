"""Parts of names, formulas and identifiers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.parts import (
    GAP,
    chunks,
    end,
    extension_of,
    identifier,
    indexed,
    readings,
    says_no_more,
)
from analyzers.words import words

texts = st.text(st.sampled_from("aBcZöÅßαµ019.,-_/ '’eE$₂\n東"), max_size=24)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("XB07_004411", [["xb", "7", "4411"]], id="letters-digits-leading-zeros"),
        pytest.param("GEM00088317.raw", [["gem", "88317", "raw"]], id="instrument-and-run"),
        pytest.param("myScanFile", [["my", "scan", "file"], ["myscanfile"]], id="inner-capitals"),
        pytest.param("NXSFile", [["nxs", "file"], ["nxsfile"]], id="capitals-before-a-word"),
        pytest.param("super-cell", [["super", "cell"], ["supercell"]], id="hyphen-joins-letters"),
        pytest.param("HC-1234", [["hc", "1234"]], id="hyphen-before-digits"),
        pytest.param("CuSO4", [["cu", "so", "4"], ["cuso", "4"]], id="formula"),
        pytest.param("TiO₂", [["ti", "o", "2"], ["tio", "2"]], id="subscript"),
        pytest.param("120K 120 K", [["120", "k", "120", "k"]], id="number-and-unit"),
        pytest.param("0.25", [["0.25"]], id="decimal"),
        pytest.param("1,5", [["1.5"]], id="decimal-comma"),
        pytest.param("2019-07-04", [["2019", "7", "4"]], id="date"),
        pytest.param("04.07.2019", [["4", "7", "2019"]], id="dotted-date"),
        pytest.param("v1.2.3", [["v", "1", "2", "3"]], id="version"),
        pytest.param("1e-3", [["1e-3"]], id="exponent"),
        pytest.param("2×10⁻³", [["2e-3"]], id="power-of-ten"),
        pytest.param("Björn", [["bjorn"], ["bjoern"]], id="umlaut"),
        pytest.param("Łódź", [["lodz"]], id="letters-with-strokes"),
        pytest.param("STRAẞE", [["strasse"]], id="sharp-s"),
        pytest.param("O’Brien", [["o", "brien"], ["obrien"]], id="any-apostrophe"),
        pytest.param("d'arcy", [["darcy"], ["d", "arcy"]], id="apostrophe-of-small-letters"),
        pytest.param("beamline's", [["beamline"], ["beamline", "s"]], id="possessive"),
        pytest.param("β phase", [["beta", "phase"]], id="greek-letter"),
        pytest.param("µm", [["μm"], ["um"]], id="micro"),
        pytest.param("ﬁve\u00adfold", [["fivefold"]], id="ligature-and-soft-hyphen"),
        pytest.param("wave‑guide", [["wave", "guide"], ["waveguide"]], id="odd-hyphen"),
        pytest.param("micro-\nstructure", [["micro", "structure"], ["microstructure"]], id="line"),
        pytest.param("( _ )", [], id="no-part"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_text_is_read_as(text: str, found: list[list[str]]) -> None:
    assert readings(text) == found


@given(texts)
def test_a_part_is_of_letters_or_begins_with_a_digit(text: str) -> None:
    for reading in readings(text):
        for part in reading:
            assert part[0].isdigit() or part.isalpha()


@given(texts)
def test_upper_case_is_read_as_lower_case_is(text: str) -> None:
    """But inner capitals part what is written in both."""
    joined = ["".join(reading) for reading in readings(text.upper().lower())]
    assert "".join(readings(text.upper())[0] if joined else []) in [*joined, ""]


@given(texts, st.booleans())
def test_the_first_reading_comes_first_in_an_index(text: str, whole: bool) -> None:
    found = readings(text)
    first = found[0] if found else []
    assert indexed(text, whole=whole)[: len(first)] == first


@given(texts)
def test_what_says_no_more_has_one_reading(text: str) -> None:
    if says_no_more(text):
        assert len(readings(text)) <= 1


@given(st.text(st.sampled_from("abAB ,.;:\n-1é'")))
def test_what_says_no_more_has_no_digit_and_its_words_as_parts(text: str) -> None:
    if found := words(text.lower()):
        has_digit = any(map(str.isdigit, text))
        assert says_no_more(text) is (not has_digit and readings(text) == [found])


def test_a_whole_name_ends_with_how_many_parts_it_has() -> None:
    assert indexed("AS IS", whole=True) == ["as", "is", end(2)]


def test_another_reading_does_not_follow_on() -> None:
    tokens = indexed("micro-structure")
    assert tokens == ["micro", "structure", GAP, "microstructure"]


def test_of_a_long_text_another_reading_is_kept_where_it_differs() -> None:
    plain = " ".join(["plain"] * 50)
    tokens = indexed(f"{plain} micro-structure {plain}")
    assert len(tokens) < 2 * 102
    assert "microstructure" in tokens


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("scan.edf", "edf"),
        ("SCAN.H5", "h5"),
        ("a.tar.gz", "gz"),
        ("run 4.raw", "raw"),
        ("scan.0001", None),
        ("dat", None),
        (".hidden", None),
        ("the U.S.", None),
        ("see fig. 4", None),
    ],
)
def test_an_extension_is_the_end_of_a_name(name: str, extension: str | None) -> None:
    assert extension_of(name) == extension


def test_chunks_are_between_underscores() -> None:
    assert chunks("XB07_004411_run17a.nxs") == ["xb07", "run17a"]


def test_an_identifier_is_known_without_its_signs() -> None:
    assert identifier("HC-1234-2") == "hc12342"
    assert identifier("spin order 4") is None
