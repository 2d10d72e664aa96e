"""Words that are not searched for."""

import pytest

from analyzers.stop_words import STOP_WORDS


@pytest.mark.parametrize("symbol", ["as", "at", "be", "in", "no", "i", "he", "of"])
def test_symbols_of_elements_and_other_meaningful_words_are_none(symbol: str) -> None:
    assert symbol not in STOP_WORDS


def test_there_are_27_in_lower_case() -> None:
    assert len(STOP_WORDS) == 27
    assert all(word == word.lower() for word in STOP_WORDS)
