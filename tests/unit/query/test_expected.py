"""What a reading asks of a vocabulary is known before it asks."""

from collections.abc import Hashable
from dataclasses import dataclass, field

import pytest

from search_service.catalogue.lookup import entity
from search_service.query.expected import Among, Expected, Recordings, expected
from search_service.query.vocabulary import ANY_WORDS, AnyWords, Ask, Vocabulary
from tests.support.searching import PEOPLE, reading


@dataclass
class Noting(AnyWords):
    """A vocabulary of given words, which notes what is asked and what is announced."""

    words: frozenset[str] = frozenset()
    asked: set[Expected] = field(default_factory=set)
    announced: set[Expected] = field(default_factory=set)

    def expect(self, reading: Hashable, ask: Ask) -> None:
        self.announced |= expected(ask)

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        self.asked.add((entity, Among.WORDS, word))
        return int(word in self.words)

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        self.asked.add((entity, Among.PARTS, part))
        return int(part in self.words)

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        self.asked.add((entity, Among.SYNONYMS, word))
        return word in self.words


LONG = " ".join(f"{first}{last}tron" for first in "abcdefghij" for last in "klmnopqrst")


@pytest.mark.parametrize(
    "text",
    ["silicon", "nano rods", "microstructure of steel", "HC-1234", "4 july 2019", "title:tin ti*",
     '"small angle" +x', "10.5072/ABC.E.17", "/data/visit/cm12345-1", "*.edf", LONG],
)  # fmt: skip
@pytest.mark.parametrize("words", ["", "nano rod steel", "micro structur hc 1234 cm12345"])
@pytest.mark.parametrize("name", ["Investigation", "Datafile"])
def test_all_that_a_text_asks_is_announced(text: str, words: str, name: str) -> None:
    known = Noting(frozenset(words.split()))
    people = reading(PEOPLE)
    people.query(text, entity(name), known)
    people.respelled(text, entity(name), known)
    people.full_name(text.strip("*/"), entity(name), "name", known)
    assert known.asked <= known.announced


@pytest.mark.parametrize("most", [2, 2000])
def test_what_was_asked_for_words_before_is_announced_again(most: int) -> None:
    people, recordings = reading(PEOPLE), Recordings(most)
    for text in ("nano rods", "steel", "rods of steel", "nano rods", "nano steel"):

        def ask(known: Vocabulary, text: str = text) -> None:
            people.query(text, entity("Investigation"), known)

        assert expected(ask, recordings) == expected(ask), text


def test_a_text_without_a_meaning_announces_no_more_than_it_can() -> None:
    def ask(known: object) -> None:
        reading(PEOPLE).query('name:"', entity("Dataset"), ANY_WORDS)

    assert expected(ask) == frozenset()
