"""What words mean to an index, remembered between searches until its documents change.

A word is looked for in many ways, and each asks the index whether any document has it: that takes
longer than to find the documents. All of it depends on the words of all documents, and on no
viewer: what a viewer's rights decide is not remembered here (see ``query.vocabulary``).
"""

from collections.abc import Callable, Hashable
from typing import Protocol, TypeVar, cast, runtime_checkable

from search_service.catalogue import lookup
from search_service.query.simplify import simplify
from search_service.query.tree import Query, children
from search_service.query.vocabulary import Ask, Vocabulary

MOST_NODES = 100_000  # of queries that are remembered for an entity: some 20 MB
LONGEST = 64  # characters of a text that is remembered

Key = tuple[str, str]  # what is made, of which text
T = TypeVar("T")


class TextMemory(Protocol):
    """Remembers what was made of texts for one entity."""

    def query(self, key: Key, make: Callable[[], Query]) -> Query:
        """What ``make`` returns or returned for this key, simplified."""
        ...

    def number(self, key: Key, make: Callable[[], int]) -> int:
        """What ``make`` returns or returned for this key."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A vocabulary that remembers what was made of its words."""

    def memory(self, entity: str) -> TextMemory:
        """What is remembered of an entity."""
        ...


class Memory:
    """What was made of texts for one entity. The same text gives the same object.

    What was not asked for goes before what was: once half of all is new, the old half is dropped.
    """

    def __init__(self, most: int = MOST_NODES) -> None:
        """``most``: nodes of queries."""
        self._most = most // 2
        self._new: dict[Key, object] = {}
        self._old: dict[Key, object] = {}
        self._size = 0
        self._old_size = 0

    @property
    def size(self) -> int:
        """Nodes that are remembered; beyond ``most`` there is at most one query."""
        return self._size + self._old_size

    def query(self, key: Key, make: Callable[[], Query]) -> Query:
        """What ``make`` returns or returned for this key, simplified."""
        return self._of(key, lambda: simplify(make()), _nodes)

    def number(self, key: Key, make: Callable[[], int]) -> int:
        """What ``make`` returns or returned for this key."""
        return self._of(key, make, _one)

    def _of(self, key: Key, make: Callable[[], T], size: Callable[[T], int]) -> T:
        known = self._new.get(key)
        if known is not None:
            return cast(T, known)
        known = self._old.get(key)
        made = make() if known is None else cast(T, known)
        if len(key[1]) <= LONGEST:
            self._remember(key, made, size(made))
        return made

    def _remember(self, key: Key, made: object, size: int) -> None:
        if self._size + size > self._most:
            self._old, self._old_size = self._new, self._size
            self._new, self._size = {}, 0
        self._new[key] = made
        self._size += size


class Meanings:
    """A vocabulary of all documents, with what one reading made of its words."""

    def __init__(
        self, words: Vocabulary, stamp: Callable[[str], Hashable], most: int = MOST_NODES
    ) -> None:
        """``stamp``: as in ``Reader``. ``most``: nodes of queries, for each entity."""
        self._words = words
        self._stamp = stamp
        self._most = most
        self._known: dict[str, tuple[Hashable, Memory]] = {}

    def memory(self, entity: str) -> Memory:
        """What is known of the documents of an entity as they are now."""
        read = (entity, *(other.name for other, _ in lookup.searched_beside(entity)))
        stamps = tuple(map(self._stamp, read))
        known = self._known.get(entity)
        if known is None or known[0] != stamps:
            known = self._known[entity] = stamps, Memory(self._most)
        return known[1]

    def expect(self, reading: Hashable, ask: Ask) -> None:
        """As in ``Vocabulary``."""
        self._words.expect(reading, ask)

    def count(self, entity: str) -> int:
        """As in ``Vocabulary``."""
        return self._words.count(entity)

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        """As in ``Vocabulary``."""
        return self._words.document_frequency(entity, field, word)

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        """As in ``Vocabulary``."""
        return self._words.part_document_frequency(entity, field, part)

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        """As in ``Vocabulary``."""
        return self._words.has_synonym(entity, field, word)


def memory_of(vocabulary: Vocabulary, entity: str) -> TextMemory:
    """What is remembered of an entity's words; for one search where the vocabulary has none."""
    return vocabulary.memory(entity) if isinstance(vocabulary, Remembering) else Memory()


def _nodes(query: Query) -> int:
    return 1 + sum(map(_nodes, children(query)))


def _one(number: int) -> int:
    return 1
