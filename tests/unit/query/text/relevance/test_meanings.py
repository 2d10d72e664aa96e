from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.query.simplify import simplify
from search_service.query.text.analyse import Analysis
from search_service.query.text.matching import PeopleReading
from search_service.query.text.relevance.meanings import LONGEST, Meanings, Memory
from search_service.query.tree import Bool, Nothing, Query, Term
from search_service.query.vocabulary import AnyWords

READING = PeopleReading(Analysis())
INVESTIGATION, DATAFILE = lookup.entity("Investigation"), lookup.entity("Datafile")
TEXT = "nano rods of nanoparticles"


class Words(AnyWords):
    """A vocabulary without the words ``gone``, that counts what it is asked."""

    def __init__(self, *gone: str) -> None:
        self.gone = {*gone}
        self.stamps: dict[str, int] = {}
        self.asked = 0

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        self.asked += 1
        return int(word not in self.gone)

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        return self.document_frequency(entity, field, part)

    def stamp(self, entity: str) -> Hashable:
        return self.stamps.get(entity, 0)


def read(words: Words, meanings: Meanings, entity: Entity = INVESTIGATION) -> tuple[Query, int]:
    """What the text finds, simplified, and how often the words were asked for it."""
    before = words.asked
    return simplify(READING.query(TEXT, entity, meanings)), words.asked - before


@pytest.fixture
def words() -> Words:
    return Words()


@pytest.fixture
def meanings(words: Words) -> Meanings:
    return Meanings(words, words.stamp)


def test_a_text_means_the_same_from_memory(words: Words, meanings: Meanings) -> None:
    as_new = simplify(READING.query(TEXT, INVESTIGATION, words))
    first, asked = read(words, meanings)
    again, asked_again = read(words, meanings)
    assert first == again == as_new
    assert asked_again < asked / 4


def test_each_entity_has_meanings_of_its_own(words: Words, meanings: Meanings) -> None:
    for entity in (INVESTIGATION, DATAFILE, INVESTIGATION, DATAFILE):
        as_new = simplify(READING.query(TEXT, entity, words))
        assert read(words, meanings, entity)[0] == as_new


@pytest.mark.parametrize(
    "changed",
    ["Investigation", *(other.name for other, _ in lookup.searched_beside("Investigation"))],
)
def test_when_documents_change_all_is_asked_again(
    words: Words, meanings: Meanings, changed: str
) -> None:
    before, _ = read(words, meanings)
    words.gone = {"nano", "nanorod", "nanorods"}
    words.stamps[changed] = 1
    after, _ = read(words, meanings)
    assert after == simplify(READING.query(TEXT, INVESTIGATION, words)) != before


def test_what_a_viewer_does_not_see_decides_for_that_viewer_alone(
    words: Words, meanings: Meanings
) -> None:
    hidden = Words("nanorods", "nanorod")

    def to(viewer: Words | None) -> Query:
        return simplify(READING.query(TEXT, INVESTIGATION, meanings, viewer))

    everybody, nobody = to(None), to(hidden)
    assert everybody != nobody
    assert nobody == simplify(READING.query(TEXT, INVESTIGATION, words, hidden))
    assert to(None) == everybody


KEYS = st.tuples(st.sampled_from("ab"), st.text("xyz", max_size=2) | st.just("x" * LONGEST * 2))


@given(st.integers(0, 40), st.lists(KEYS, max_size=60))
def test_a_memory_gives_what_is_made_and_has_an_end(most: int, keys: list[tuple[str, str]]) -> None:
    memory = Memory(most)
    for key in keys:
        term = Term(*key)
        made = Bool(should=(Bool(must=(term, Term("also", key[1]))), Nothing()))
        assert memory.query(key, lambda made=made: made) == simplify(made)  # type: ignore[misc]
        assert memory.number((f"{key[0]} number", key[1]), lambda key=key: len(key[1])) == len(  # type: ignore[misc]
            key[1]
        )
        assert memory.size <= max(most, 6)


def test_what_is_asked_for_again_is_kept_longest() -> None:
    memory = Memory(40)
    made = []

    def number(text: str) -> int:
        def make() -> int:
            made.append(text)
            return 1

        return memory.number(("n", text), make)

    for n in range(200):
        number("often")
        number(str(n))
    assert made.count("often") == 1
