import pytest

from search_service.engines.documents.format import Placed, Words
from search_service.engines.documents.tokens import as_placed, as_text, replacing


def stacked(placed: Placed) -> Words:
    return {"tokens": placed}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param([], "", id="none"),
        pytest.param(["iron", "fe"], "iron fe", id="words"),
        pytest.param(["", "user", "", ""], ", user , ,", id="stop-words-keep-their-places"),
    ],
)
def test_words_are_joined_in_order(words: list[str], text: str) -> None:
    assert as_text(words) == text


def test_words_with_positions_are_a_text_while_each_has_one_of_its_own() -> None:
    assert as_placed([("a", 1), ("b", 4)], stacked) == ", a , , b"
    assert as_placed([], stacked) == ""


def test_words_that_share_a_position_are_left_to_the_engine() -> None:
    placed = [("a", 0), ("b", 0), ("c", 1)]
    assert as_placed(placed, stacked) == {"tokens": placed}


def test_characters_at_which_an_engine_splits_are_replaced() -> None:
    replaced = replacing(" \t", 0xE000)
    assert replaced("run 1\t") == "run\ue0201\ue009"
    assert replaced("é\u2028run\x00") == "é\u2028run\x00"
