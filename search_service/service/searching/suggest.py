"""Type-ahead: words, names, visits, samples and techniques that continue a typed text.

Every suggestion comes from a document that the viewer may see: a word as it is written there, never
the stem that the index has of it. Not here: what the viewer sees, see ``viewer_rights``.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import assert_never

import orjson

from analyzers import text_words, words
from analyzers.chain import lower
from search_service.bounded_cache import BoundedCache
from search_service.catalogue import lookup
from search_service.catalogue.model import Completion, Entity
from search_service.engines.base import Document, Hit, Reader, Terms
from search_service.query.request.type_ahead import Beginning
from search_service.query.simplify import simplify
from search_service.query.tree import Bool, Exact, Join, Query, Term
from search_service.query.visibility import Viewer
from search_service.query.weight import weight
from search_service.service.searching.viewer_rights import (
    ViewerRights,
    ViewerRightsCache,
)

EXAMPLES = 3  # documents that a word is read from: one may write it in its own way
LOOKED_AT = 20  # documents of which one should be visible
NAMES = 50  # documents whose names are sorted
VALUES = 20  # documents whose values are suggested
MISSED = 8  # invisible words, after which rights become a condition of the query
LABELLED = 500  # documents with one of few values, of which one should be visible
REMEMBERED = 8 << 20  # bytes of answers about such values that are cached
# Of a million names of files half may begin with the same three letters, which takes 10 ms to see.
LEAST_OF_MANY = 5


@dataclass(frozen=True, slots=True)
class SuggestionSource:
    """The field that suggestions of a kind come from."""

    kind: str
    entity: str
    field: str
    how: Completion


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` may replace all that was typed; ``field`` of ``entity`` is where it comes from."""

    text: str
    kind: str
    entity: str
    field: str


def sources(entity: str) -> list[SuggestionSource]:
    """Where the suggestions of a search of an entity come from, as the table of entities says."""
    return [
        SuggestionSource(suggested.kind, source.name, field.name, suggested.by)
        for source, field, suggested in lookup.suggested_fields(entity)
    ]


class Suggester:
    """Suggests from one reader, whose view may change between two requests."""

    def __init__(
        self, reader: Reader, facetable: Collection[str], rights_cache: ViewerRightsCache
    ) -> None:
        self._reader = reader
        self._facetable = facetable
        self._rights_cache = rights_cache
        self._labels = _Labels(reader)

    def suggest(self, entity: str, typed: str, viewer: Viewer, limit: int) -> list[Suggestion]:
        """At most ``limit`` suggestions for ``typed``, in turn one of each kind.

        Empty where the viewer may see nothing.
        """
        beginning = Beginning.of(typed.lstrip())
        rights = self._rights_cache.of(viewer)
        if rights.is_empty:
            return []
        kinds: dict[str, list[Iterator[Suggestion]]] = {}
        for source in sources(entity):
            kinds.setdefault(source.kind, []).append(self._of(source, beginning, rights))
        # The iterators are lazy: with one suggestion of each kind the answer may be full.
        turns = _in_turns([_once(chain.from_iterable(found)) for found in kinds.values()])
        return list(islice(turns, limit))

    def _of(
        self, source: SuggestionSource, beginning: Beginning, rights: ViewerRights
    ) -> Iterator[Suggestion]:
        for text in self._texts(source, beginning, rights):
            yield Suggestion(text, source.kind, source.entity, source.field)

    def _texts(
        self, source: SuggestionSource, beginning: Beginning, rights: ViewerRights
    ) -> Iterator[str]:
        match source.how:
            case Completion.LABEL if source.field not in self._facetable:
                return
            case Completion.WORD:
                yield from _WordCompletions(self._reader, source, rights).of(beginning)
            case Completion.NAME:
                yield from self._names(source, beginning, rights)
            case Completion.WHOLE:
                yield from self._whole_values(source, beginning, rights)
            case Completion.LABEL:
                yield from self._labels_of(source, beginning, rights)
            case _:
                assert_never(source.how)

    def _names(
        self, source: SuggestionSource, beginning: Beginning, rights: ViewerRights
    ) -> Iterator[str]:
        """Names that begin as typed; where there are none, names that begin so in another case."""
        entity = lookup.entity(source.entity)
        typed = beginning.typed
        if rights.sees_much(entity) and len(typed) < LEAST_OF_MANY:
            return
        for written in dict.fromkeys((typed, typed.lower(), typed.upper(), typed.capitalize())):
            ask = partial(self._reader.named, entity.name, source.field, written)
            found = False
            for visible in _visible_hits(rights, entity, ask, NAMES):
                documents = self._fetched(entity, visible)
                yield from sorted({str(document[source.field]) for document in documents})
                found = found or bool(documents)
            if found:
                return

    def _whole_values(
        self, source: SuggestionSource, beginning: Beginning, rights: ViewerRights
    ) -> Iterator[str]:
        """Values with a word that begins as the last typed one, and all the words before it."""
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

        for visible in _visible_hits(rights, entity, ask, VALUES):
            for document in self._fetched(entity, visible):
                value = str(document.get(source.field, ""))
                if any(beginning.is_of(word) for word in words(lower(value))):
                    yield value

    def _labels_of(
        self, source: SuggestionSource, beginning: Beginning, rights: ViewerRights
    ) -> Iterator[str]:
        """Values of the field that begin as typed and that some visible document has."""
        entity = lookup.entity(source.entity)
        for label in self._labels.of(entity, source.field, rights):
            if beginning.is_in(label) and self._labels.is_visible(
                entity, source.field, label, rights
            ):
                yield label

    def _fetched(self, entity: Entity, hits: Sequence[Hit]) -> list[Document]:
        return [orjson.loads(found) for found in self._reader.fetch(entity.name, hits).documents]


def _visible_hits(
    rights: ViewerRights, entity: Entity, ask: Callable[[Query, int], Sequence[Hit]], limit: int
) -> Iterator[list[Hit]]:
    """Hits that the viewer may see; then more, where hidden hits may have displaced some.

    ``ask`` takes a condition and a limit, and returns hits. The second call is slower, and made
    only when the caller asks for more.
    """
    hits = ask(rights.condition(entity), limit)
    visible = rights.visible_hits(entity, hits)
    yield visible
    if len(hits) >= limit and len(visible) < len(hits):
        yield list(ask(rights.exact_condition(entity), limit))


class _Labels:
    """Caches the values of fields that have few; for viewers who see little, only visible ones."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: BoundedCache[Hashable, Sequence[str]] = BoundedCache(REMEMBERED)
        self._visible: BoundedCache[Hashable, bool] = BoundedCache(REMEMBERED)

    def of(self, entity: Entity, field: str, rights: ViewerRights) -> Sequence[str]:
        """The values of a field, the most frequent first."""
        condition = rights.condition(entity)
        key = (field, condition, self._reader.stamp(entity.name))
        labels = self._known.get(key)
        if labels is None:
            counted = self._reader.counts(entity.name, condition, [Terms(field)])
            labels = tuple(label for label, _ in counted[field])
            self._known.add(key, labels, weight(condition) + weight(labels))
        return labels

    def is_visible(self, entity: Entity, field: str, label: str, rights: ViewerRights) -> bool:
        """Whether the viewer may see some document with this value."""
        if not rights.sees_much(entity):
            return True
        key = (rights, field, label, self._reader.stamp(entity.name))
        is_visible = self._visible.get(key)
        if is_visible is None:
            is_visible = self._find(entity, Exact(field, (label,)), rights)
            self._visible.add(key, is_visible, rights.weight + weight(label))
        return is_visible

    def _find(self, entity: Entity, labelled: Query, rights: ViewerRights) -> bool:
        for looked_at in (LOOKED_AT, LABELLED):
            hits = self._reader.some(entity.name, labelled, looked_at)
            if rights.visible_hits(entity, hits):
                return True
            if len(hits) < looked_at:
                return False
        join = lookup.rights_join(entity.name)
        through = lookup.entity(join.to)
        having = Join(entity.name, by=join.by, on=join.on, query=labelled)
        visible = Bool(filter=(having, rights.exact_condition(through)))
        return self._reader.tally(through.name, simplify(visible), 1) > 0


class _WordCompletions:
    """Completes the last typed word by words of a text field, as visible documents write them."""

    def __init__(self, reader: Reader, source: SuggestionSource, rights: ViewerRights) -> None:
        self._reader = reader
        self._entity = lookup.entity(source.entity)
        self._field = source.field
        self._rights = rights
        self._condition = rights.condition(self._entity)

    def of(self, beginning: Beginning) -> Iterator[str]:
        if not beginning.last:
            return
        if not self._rights.sees_much(self._entity):
            yield from self._with_condition(self._condition, beginning, suggested=())
            return
        suggested: list[str] = []
        missed = 0
        found = self._reader.words(self._entity.name, self._field, beginning.last, None, LOOKED_AT)
        for stem in dict.fromkeys([*(word for word, _ in found), *beginning.shorter]):
            written = self._written(self._condition, stem, beginning)
            if written is None:
                missed += 1
                if missed > MISSED:
                    break
            else:
                suggested.append(stem)
                yield beginning.before + written
        if missed or len(found) >= LOOKED_AT:
            condition = self._rights.exact_condition(self._entity)
            yield from self._with_condition(condition, beginning, suggested)

    def _with_condition(
        self, condition: Query, beginning: Beginning, suggested: Collection[str]
    ) -> Iterator[str]:
        """The most frequent words first, then those that are shorter than the typed one."""
        found = self._reader.words(
            self._entity.name, self._field, beginning.last, condition, LOOKED_AT
        )
        for stem in dict.fromkeys([*(word for word, _ in found), *beginning.shorter]):
            if stem in suggested:
                continue
            written = self._written(condition, stem, beginning)
            if written is not None:
                yield beginning.before + written

    def _written(self, condition: Query, stem: str, beginning: Beginning) -> str | None:
        """The commonest spelling of a stem that begins as typed; None if no document is visible."""
        query = Bool(filter=(Term(self._field, stem), condition))
        hits = self._reader.some(self._entity.name, simplify(query), LOOKED_AT)
        if condition == self._condition:
            hits = self._rights.visible_hits(self._entity, hits)
        forms: Counter[str] = Counter()
        for source in self._reader.fetch(self._entity.name, hits[:EXAMPLES]).documents:
            text = lower(str(orjson.loads(source)[self._field]))
            for word in words(text):
                if beginning.is_of(word) and text_words(word) == [stem]:
                    forms[word] += 1
        return min(forms, key=lambda form: (-forms[form], form)) if forms else None


def _once(suggestions: Iterable[Suggestion]) -> Iterator[Suggestion]:
    """Without suggestions that repeat an earlier one, case ignored."""
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
