"""What somebody may mean who has typed a beginning: words, names, visits, samples, techniques.

Every suggestion is taken from a document that the viewer sees: a word as it is written there, never
the stem that the index has of it. Not here: what the viewer sees, see ``sight``.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain, islice
from typing import Any, assert_never

import orjson

from analyzers import text_words, words
from analyzers.chain import lower
from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.engines.base import Document, Hit, Reader, Terms
from search_service.query.beginning import Beginning
from search_service.query.simplify import simplify
from search_service.query.tree import Bool, Everything, Exact, Term
from search_service.query.visibility import Viewer
from search_service.service.sight import Sight, Sights

EXAMPLES = 3  # documents that a word is read from: one may write it in its own way
LOOKED_AT = 20  # documents of which one should be seen
NAMES = 50  # documents whose names are put in order
VALUES = 20  # documents whose values are told
MISSED = 8  # words one after the other that are not seen: the next is none either, mostly
LABELLED = 500  # documents with one of few values, of which one should be seen
REMEMBERED = 500  # of the answers about those
# Of a million names of files half may begin with the same three letters, which takes 10 ms to see.
LEAST_OF_MANY = 5


class How(Enum):
    """In which way a source is asked."""

    WORD = "a word within a text"
    NAME = "a value by its beginning"
    WHOLE = "a value by the beginning of a word of it"
    LABEL = "one of few values that repeat"


@dataclass(frozen=True, slots=True)
class From:
    """Where suggestions of a kind come from."""

    kind: str
    entity: str
    field: str
    how: How


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` may stand in place of all that was typed."""

    text: str
    kind: str
    entity: str
    field: str


_OF_ALL = (
    From("visitId", "Investigation", "visitId", How.WHOLE),
    From("sample", "Sample", "sample.name", How.WHOLE),
    From("sample", "InvestigationSample", "sample.name", How.WHOLE),
    From("technique", "DatasetTechnique", "technique.name", How.LABEL),
)
SOURCES = {
    "Investigation": (
        From("word", "Investigation", "title", How.WORD),
        From("word", "Investigation", "summary", How.WORD),
        From("name", "Investigation", "name", How.NAME),
        *_OF_ALL,
    ),
    "Dataset": (
        From("word", "Dataset", "description", How.WORD),
        From("word", "Dataset", "sample.type.name", How.WORD),
        From("name", "Dataset", "name", How.NAME),
        *_OF_ALL,
    ),
    "Datafile": (
        From("word", "Datafile", "description", How.WORD),
        From("name", "Datafile", "name", How.NAME),
        *_OF_ALL,
    ),
}
"""By the entity that is searched. What its documents repeat of others is taken from those others:
there are fewer of them."""


class Suggester:
    """Over one reader, whose view may change between two questions."""

    def __init__(self, reader: Reader, facetable: Collection[str]) -> None:
        self._reader = reader
        self._facetable = facetable
        self._sights = Sights(reader)
        self._labels = _Labels(reader)

    def suggest(self, entity: str, typed: str, viewer: Viewer, limit: int) -> list[Suggestion]:
        """At most ``limit``, of each kind some."""
        beginning = Beginning.of(typed.lstrip())
        sight = self._sights.of(viewer)
        if sight.is_empty:
            return []
        kinds: dict[str, list[Iterator[Suggestion]]] = {}
        for source in SOURCES[lookup.entity(entity).name]:
            kinds.setdefault(source.kind, []).append(self._of(source, beginning, sight))
        # Nothing is looked for before it is wanted: with one of each kind the answer may be full.
        turns = _in_turns([_once(chain.from_iterable(found)) for found in kinds.values()])
        return list(islice(turns, limit))

    def _of(self, source: From, beginning: Beginning, sight: Sight) -> Iterator[Suggestion]:
        for text in self._texts(source, beginning, sight):
            yield Suggestion(text, source.kind, source.entity, source.field)

    def _texts(self, source: From, beginning: Beginning, sight: Sight) -> Iterator[str]:
        match source.how:
            case How.LABEL if source.field not in self._facetable:
                return
            case How.WORD:
                yield from _Words(self._reader, source, sight).of(beginning)
            case How.NAME:
                yield from self._names(source, beginning, sight)
            case How.WHOLE:
                yield from self._whole_values(source, beginning, sight)
            case How.LABEL:
                yield from self._labels_of(source, beginning, sight)
            case _:
                assert_never(source.how)

    def _names(self, source: From, beginning: Beginning, sight: Sight) -> Iterator[str]:
        """As typed; where nothing begins so, in other cases."""
        entity = lookup.entity(source.entity)
        condition = sight.condition(entity)
        typed = beginning.typed
        if condition == Everything() and len(typed) < LEAST_OF_MANY:
            return
        for written in dict.fromkeys((typed, typed.lower(), typed.upper(), typed.capitalize())):
            hits = self._reader.named(entity.name, source.field, written, condition, NAMES)
            seen = sight.seen(entity, hits)
            documents = self._fetched(entity, seen)
            values = sorted({str(document[source.field]) for document in documents})
            yield from values
            if values:
                return

    def _whole_values(self, source: From, beginning: Beginning, sight: Sight) -> Iterator[str]:
        """Values that have a word which begins so, and the words before it."""
        entity = lookup.entity(source.entity)
        if not beginning.last:
            return
        query = Bool(
            filter=(
                sight.condition(entity),
                *(Term(source.field, word) for word in beginning.stems_before),
                Bool(should=tuple(beginning.forms(source.field))),
            )
        )
        hits = self._reader.some(entity.name, simplify(query), VALUES)
        for document in self._fetched(entity, sight.seen(entity, hits)):
            value = str(document.get(source.field, ""))
            if any(beginning.is_of(word) for word in words(lower(value))):
                yield value

    def _labels_of(self, source: From, beginning: Beginning, sight: Sight) -> Iterator[str]:
        """The values are few, and kept; one that begins so is told when it is seen."""
        entity = lookup.entity(source.entity)
        for label in self._labels.of(entity, source.field, sight):
            if beginning.is_in(label) and self._labels.is_seen(entity, source.field, label, sight):
                yield label

    def _fetched(self, entity: Entity, hits: Sequence[Hit]) -> list[Document]:
        return [orjson.loads(found) for found in self._reader.fetch(entity.name, hits)]


class _Labels:
    """The values of fields that have few, of viewers who see little only those that they see."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: OrderedDict[Hashable, Sequence[str]] = OrderedDict()
        self._seen: OrderedDict[Hashable, bool] = OrderedDict()

    def of(self, entity: Entity, field: str, sight: Sight) -> Sequence[str]:
        """Those that documents have, the most frequent first."""
        condition = sight.condition(entity)
        key = (field, condition, self._reader.stamp(entity.name))
        if key not in self._known:
            counted = self._reader.counts(entity.name, condition, [Terms(field)])
            self._known[key] = [label for label, _ in counted[field]]
            _forget(self._known)
        return self._known[key]

    def is_seen(self, entity: Entity, field: str, label: str, sight: Sight) -> bool:
        """Whether some document with it is; of the first that are found."""
        if sight.condition(entity) != Everything():
            return True
        key = (sight, field, label, self._reader.stamp(entity.name))
        if key not in self._seen:
            exact = Exact(field, (label,))
            self._seen[key] = any(
                sight.seen(entity, self._reader.some(entity.name, exact, looked_at))
                for looked_at in (LOOKED_AT, LABELLED)
            )
            _forget(self._seen)
        return self._seen[key]


def _forget(known: OrderedDict[Hashable, Any]) -> None:
    while len(known) > REMEMBERED:
        known.popitem(last=False)


class _Words:
    """Words within a text field, as documents that are seen write them."""

    def __init__(self, reader: Reader, source: From, sight: Sight) -> None:
        self._reader = reader
        self._entity = lookup.entity(source.entity)
        self._field = source.field
        self._sight = sight
        self._condition = sight.condition(self._entity)

    def of(self, beginning: Beginning) -> Iterator[str]:
        if not beginning.last:
            return
        missed = 0
        for stem in self._stems(beginning):
            written = self._written(stem, beginning)
            if written is not None:
                missed = 0
                yield beginning.before + written
            else:
                missed += 1
                if missed > MISSED:
                    return

    def _stems(self, beginning: Beginning) -> Iterable[str]:
        """The most frequent first, then those that are shorter than what was typed."""
        query = None if self._condition == Everything() else self._condition
        found = self._reader.words(self._entity.name, self._field, beginning.last, query, LOOKED_AT)
        return dict.fromkeys([*(word for word, _ in found), *beginning.shorter])

    def _written(self, stem: str, beginning: Beginning) -> str | None:
        """The word as it is mostly written, if it begins as was typed; None if none is seen."""
        query = Bool(filter=(Term(self._field, stem), self._condition))
        hits = self._reader.some(self._entity.name, simplify(query), LOOKED_AT)
        seen = self._sight.seen(self._entity, hits)[:EXAMPLES]
        forms: Counter[str] = Counter()
        for source in self._reader.fetch(self._entity.name, seen):
            text = lower(str(orjson.loads(source)[self._field]))
            for word in words(text):
                if beginning.is_of(word) and text_words(word) == [stem]:
                    forms[word] += 1
        return min(forms, key=lambda form: (-forms[form], form)) if forms else None


def _once(suggestions: Iterable[Suggestion]) -> Iterator[Suggestion]:
    """Without those that differ from one before only in their capitals, or not at all."""
    known: set[str] = set()
    for suggestion in suggestions:
        text = lower(suggestion.text)
        if text not in known:
            known.add(text)
            yield suggestion


def _in_turns(rows: Sequence[Iterator[Suggestion]]) -> Iterator[Suggestion]:
    """One of each kind, then the next of each."""
    while rows:
        left = []
        for row in rows:
            suggestion = next(row, None)
            if suggestion is not None:
                yield suggestion
                left.append(row)
        rows = left
