"""A value in pieces: all of it, or the part with most of what was found."""

from time import process_time

import pytest

from search_service.catalogue import lookup
from search_service.query.highlight.spans import Marker
from search_service.query.text.analyse import Analysis
from search_service.query.tree import Phrase, Query, Term
from search_service.service.searching.highlight import SHOWN, Piece, highlights

INVESTIGATION = lookup.entity("Investigation")


def pieces(text: str, word: str = "red") -> list[Piece]:
    marker = Marker(Term("title", word), INVESTIGATION, Analysis())
    return list(highlights(marker, {"id": 1, "title": text}).get("title", []))


def test_pieces_put_together_are_the_value() -> None:
    for text in ("red", "a red light", "red light, light red", "<b>red</b>"):
        found = pieces(text)
        assert "".join(piece.text for piece in found) == text
        assert [piece.text for piece in found if piece.marked] == ["red"] * text.count("red")
        assert all(piece.text for piece in found)


def test_a_field_without_anything_found_is_left_out() -> None:
    assert pieces("blue") == []


def test_a_long_value_is_cut_where_most_was_found() -> None:
    found = pieces("red " + "blue " * 200 + "red and red and red " + "green " * 200)
    text = "".join(piece.text for piece in found)
    assert text.startswith("…blue")
    assert text.endswith("green…")
    assert sum(piece.marked for piece in found) == 3
    assert len(text) <= SHOWN + 2


def test_a_very_long_word_is_shown_whole() -> None:
    found = pieces("x " * 300 + "r" * 255, "r" * 255)
    assert [piece.text for piece in found if piece.marked] == ["r" * 255]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(Term("title", "red"), id="a-word"),
        pytest.param(Phrase("title", ((0, "red"), (1, "green")), 0), id="a-phrase"),
    ],
)
def test_a_value_of_a_hundred_thousand_finds_takes_no_minutes(query: Query) -> None:
    marker = Marker(query, INVESTIGATION, Analysis())
    started = process_time()
    found = highlights(marker, {"id": 1, "title": "red green " * 50_000})
    assert process_time() - started < 15
    assert "".join(piece.text for piece in found["title"]).startswith("red green")
