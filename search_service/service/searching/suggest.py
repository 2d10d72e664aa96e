"""What somebody may mean who has typed a beginning: words, names, visits, samples, techniques.

Every suggestion is taken from a document that the viewer sees: a word as it is written there, never
the stem that the index has of it. Not here: what the viewer sees, see ``viewer_rights``.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import chain, islice
from typing import Any, assert_never

import orjson

from analyzers import text_words, words
from analyzers.chain import lower
from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.engines.base import Document, Hit, Reader, Terms
from search_service.query.request.type_ahead import Beginning
from search_service.query.simplify import simplify
from search_service.query.tree import Bool, Exact, Join, Query, Term
from search_service.query.visibility import Viewer
from search_service.service.searching.viewer_rights import THROUGH, Sight, Sights, by_dataset

EXAMPLES = 3  # documents that a word is read from: one may write it in its own way
LOOKED_AT = 20  # documents of which one should be seen
NAMES = 50  # documents whose names are put in order
VALUES = 20  # documents whose values are told
MISSED = 8  # words that are not seen, after which only those that are seen are looked for
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

    def __init__(self, reader: Reader, facetable: Collection[str], sights: Sights) -> None:
        self._reader = reader
        self._facetable = facetable
        self._sights = sights
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
        typed = beginning.typed
        if sight.sees_much(entity) and len(typed) < LEAST_OF_MANY:
            return
        for written in dict.fromkeys((typed, typed.lower(), typed.upper(), typed.capitalize())):
            ask = partial(self._reader.named, entity.name, source.field, written)
            told = False
            for seen in _seen_hits(sight, entity, ask, NAMES):
                documents = self._fetched(entity, seen)
                yield from sorted({str(document[source.field]) for document in documents})
                told = told or bool(documents)
            if told:
                return

    def _whole_values(self, source: From, beginning: Beginning, sight: Sight) -> Iterator[str]:
        """Values that have a word which begins so, and the words before it."""
        entity = lookup.entity(source.entity)
        if not beginning.last:
            return

        def ask(condition: Query, limit: int) -> Sequence[Hit]:
            query = Bool(
                filter=(
                    condition,
                    *(Term(source.field, word) for word in beginning.stems_before),
                    Bool(should=tuple(beginning.forms(source.field))),
                )
            )
            return self._reader.some(entity.name, simplify(query), limit)

        for seen in _seen_hits(sight, entity, ask, VALUES):
            for document in self._fetched(entity, seen):
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


def _seen_hits(
    sight: Sight, entity: Entity, ask: Callable[[Query, int], Sequence[Hit]], limit: int
) -> Iterator[list[Hit]]:
    """Hits that are seen; and more of them, where others may have taken their places.

    ``ask``: for so many hits that meet a condition. The second time takes longer, and is only asked
    when somebody wants to know.
    """
    hits = ask(sight.condition(entity), limit)
    seen = sight.seen(entity, hits)
    yield seen
    if len(hits) >= limit and len(seen) < len(hits):
        yield list(ask(sight.exactly(entity), limit))


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
        """Whether some document with it is: one of the first that are found, or of all."""
        if not sight.sees_much(entity):
            return True
        key = (sight, field, label, self._reader.stamp(entity.name))
        if key not in self._seen:
            self._seen[key] = self._find(entity, Exact(field, (label,)), sight)
            _forget(self._seen)
        return self._seen[key]

    def _find(self, entity: Entity, labelled: Query, sight: Sight) -> bool:
        for looked_at in (LOOKED_AT, LABELLED):
            hits = self._reader.some(entity.name, labelled, looked_at)
            if sight.seen(entity, hits):
                return True
            if len(hits) < looked_at:
                return False
        through = lookup.entity(THROUGH)
        having = Join(entity.name, by=by_dataset(entity), on="id", query=labelled)
        seen = Bool(filter=(having, sight.exactly(through)))
        return self._reader.tally(through.name, simplify(seen), 1) > 0


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
        if not self._sight.sees_much(self._entity):
            yield from self._with_condition(self._condition, beginning, told=())
            return
        told: list[str] = []
        missed = 0
        found = self._reader.words(self._entity.name, self._field, beginning.last, None, LOOKED_AT)
        for stem in dict.fromkeys([*(word for word, _ in found), *beginning.shorter]):
            written = self._written(self._condition, stem, beginning)
            if written is None:
                missed += 1
                if missed > MISSED:
                    break
            else:
                told.append(stem)
                yield beginning.before + written
        if missed or len(found) >= LOOKED_AT:
            condition = self._sight.exactly(self._entity)
            yield from self._with_condition(condition, beginning, told)

    def _with_condition(
        self, condition: Query, beginning: Beginning, told: Collection[str]
    ) -> Iterator[str]:
        """The most frequent first, then those that are shorter than what was typed."""
        found = self._reader.words(
            self._entity.name, self._field, beginning.last, condition, LOOKED_AT
        )
        for stem in dict.fromkeys([*(word for word, _ in found), *beginning.shorter]):
            if stem in told:
                continue
            written = self._written(condition, stem, beginning)
            if written is not None:
                yield beginning.before + written

    def _written(self, condition: Query, stem: str, beginning: Beginning) -> str | None:
        """The word as it is mostly written, if it begins as was typed; None if none is seen."""
        query = Bool(filter=(Term(self._field, stem), condition))
        hits = self._reader.some(self._entity.name, simplify(query), LOOKED_AT)
        if condition == self._condition:
            hits = self._sight.seen(self._entity, hits)
        seen = hits[:EXAMPLES]
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
