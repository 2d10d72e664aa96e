"""Characters that mean the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.dois import as_doi, dois
from analyzers.folding import folded, normalized, spellings, unified
from analyzers.numbers import date_parts, numbers


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ÜBERGANG", "ubergang"),
        ("İzmir", "izmir"),
        ("Œuvre", "oeuvre"),
        ("Þór", "thor"),
        ("Đặng", "dang"),
        ("ΜΑΐΟΣ", "μαιοσ"),
        ("Ελλάς", "ελλασ"),
    ],
)
def test_letters_are_folded(text: str, plain: str) -> None:
    assert folded(unified(text)) == plain


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    once = folded(unified(text))
    assert folded(once) == once


@pytest.mark.parametrize(
    "marks",
    [
        pytest.param("\u0301\u0323", id="out-of-order"),
        pytest.param("\u0301\u200d\u0323\ufeff", id="with-signs-between-that-are-nothing"),
        pytest.param("\u0f73\u0301", id="that-decompose-into-marks"),
        pytest.param("\uff9e\u0323", id="of-half-width"),
    ],
)
def test_a_letter_has_few_marks(marks: str) -> None:
    # To put so many in order takes minutes, in which no other thread runs.
    many = f"a{marks * 250_000} b{marks * 2}"
    assert len(unified(many)) < 100
    assert folded(unified(many)) == "a b"
    assert unified(many).endswith(unified(f" b{marks * 2}"))


@given(st.text(st.sampled_from("aé \u0301\u0323\u0f73\uff9e\u0e01\u0e48·"), max_size=30))
def test_signs_that_are_few_are_kept(text: str) -> None:
    assert normalized("NFKC", text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize(
    ("word", "ways"),
    [
        ("Jörg", ["jorg", "joerg"]),
        ("Kjær", ["kjaer"]),
        ("Sørensen", ["sorensen", "soerensen"]),
        ("Ångström", ["angstrom", "aangstroem", "angstroem"]),
        ("Weiß", ["weiss"]),
    ],
)
def test_a_name_is_spelled_without_its_accents(word: str, ways: list[str]) -> None:
    assert spellings(word) == ways


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("0", ["0"]),
        ("0007", ["7"]),
        ("0.5", ["0.5"]),
        ("10,20", ["10.20"]),
        ("12,345,678", ["12345678"]),
        ("1.0002", ["1", "2"]),
        ("0.0002", ["0.0002"]),
        ("6.02E+23", ["6.02e23"]),
    ],
)
def test_a_number_is_found_by(written: str, found: list[str]) -> None:
    assert numbers(written) == found


def test_eight_digits_may_be_a_date() -> None:
    assert date_parts("20201231") == ["2020", "12", "31"]
    assert date_parts("20201331") is None
    assert date_parts("12345678") is None


@pytest.mark.parametrize(
    "text",
    [
        "10.5072/ABC.E.17",
        "doi:10.5072/abc.e.17",
        "DOI 10.5072/ABC.E.17.",
        "https://doi.org/10.5072/ABC.E.17",
        "http://dx.doi.org/10.5072/ABC.E.17",
        "<https://doi.org/10.5072/ABC.E.17>",
        "(doi: 10.5072/ABC.E.17)",
        "[10.5072/ABC.E.17]",
        "https://doi.org/10.5072%2FABC.E.17",
    ],
)
def test_a_doi_is_itself_in_any_wrapping(text: str) -> None:
    assert as_doi(text) == "10.5072/abc.e.17"


def test_a_sentence_with_a_doi_is_no_doi() -> None:
    text = "Data are at https://doi.org/10.5072/ABC.E.17, and 10.5072/x."
    assert as_doi(text) is None
    assert dois(text) == ["10.5072/abc.e.17", "10.5072/x"]
