"""The reading half of the engine: a question to an entity, put to all its slices."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter, itemgetter
from typing import TypeVar, cast

import orjson
import tantivy

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, FieldKind
from search_service.engines import base
from search_service.engines.base import Buckets, Dimension, Document, Hit, Sources
from search_service.engines.constant_score import constant_score
from search_service.engines.documents import engine_fields
from search_service.engines.embedded.index.terms import term_of
from search_service.engines.embedded.search import facets, integers, prefixes
from search_service.engines.embedded.search.gathered import gathered
from search_service.engines.embedded.search.open_slices import Linking, OpenSlices
from search_service.engines.embedded.search.pages.hits import SliceHit
from search_service.engines.embedded.search.pages.merge import merged
from search_service.engines.embedded.search.pages.one_slice import SlicePages
from search_service.engines.embedded.search.pages.sorted import sorted_page
from search_service.engines.embedded.search.queries.combine import CONSTANT
from search_service.engines.embedded.search.queries.compile import compile_query
from search_service.engines.embedded.search.queries.known_words import KnownWords
from search_service.engines.embedded.search.queries.numbers import KnownSets
from search_service.engines.embedded.search.queries.patterns import KnownPatterns
from search_service.engines.embedded.search.queries.upper_bounds import UpperBounds
from search_service.engines.embedded.search.queries.weights import Statistics, Weights
from search_service.engines.embedded.search.slice import Address, Slice
from search_service.engines.embedded.search.threads import Threads
from search_service.engines.embedded.storage.failures import names_failures
from search_service.engines.embedded.storage.view import View
from search_service.engines.joins import JoinResolver, Scores
from search_service.engines.late_joins import LateJoins
from search_service.query.id_set import Ids, IdSet
from search_service.query.order import Cursor, Order
from search_service.query.tree import Everything, NumberRange, Numbers, Query
from search_service.query.vocabulary import Ask

# Documents joined to a page are read at once up to this many, then key by key.
_JOINED_AT_ONCE = 20_000

# Of queries for numbers alone, which are not weighed.
_NO_WORDS = Statistics(())

_Scored = tuple[int, tuple[tuple[float], int, Address]]  # of a page by relevance
T = TypeVar("T")


class EmbeddedReader:
    """Finds documents in the slices that a view names. Not for several threads at once."""

    def __init__(
        self,
        facetable: frozenset[str],
        separators: str,
        view: View,
        linking: Linking | None = None,
        search_memory: int = 0,
    ) -> None:
        """``linking``: where slices are made of shards; without, each shard is one.

        ``search_memory``: bytes that the ids of joined documents may take; 0: any.
        """
        self._facetable = facetable
        self._separators = separators
        self._known_sets = KnownSets()
        self._known_words = KnownWords()
        self._slices = OpenSlices(view, linking)
        self._threads = Threads(self._slices.cores)
        self._joins = JoinResolver(self.values, self._scores, self.stamp, CONSTANT, search_memory)
        self._late_joins = LateJoins(self, self._joins.is_known)

    def see(self, view: base.View) -> None:
        """As in ``Reader``: slices that did not change stay open."""
        self._slices.see(cast(View, view))  # published by the writer of this engine

    def renew(self) -> None:
        """As in ``Reader``: views are published."""

    def close(self) -> None:
        """As in ``Reader``: its slices are removed."""
        self._slices.close()
        self._threads.close()

    # ── pages ────────────────────────────────────────────────────────────────────────────────────

    @names_failures
    def page(
        self, entity: str, query: Query, order: Order, after: Cursor | None, limit: int
    ) -> Sequence[Hit]:
        """As in ``Reader``: each slice gives its best, the best of all make the page."""
        late = self._late_joins.page(entity, query, order, after, limit)
        if late is not None:
            return late
        resolved = self._joins.without_joins(query)
        score = constant_score(resolved, CONSTANT) if order.by_relevance else None
        slices = self._slices.of(entity)
        known: KnownPatterns = {}
        every = Statistics(slices)

        def page_of(slice_: Slice) -> list[SliceHit]:
            compile_ = partial(
                self._compiled, slice_, every=every, known=known, scored=order.by_relevance
            )
            bounds = UpperBounds(slice_, Weights(slice_, every))
            of_slice = SlicePages(slice_, compile_, bounds, order, score)
            return of_slice.page(resolved, after, limit)

        page = merged(self._threads.each(page_of, slices), order, limit)
        if order.by_relevance:
            return [
                Hit(id_, score, (), (slices[place], address))
                for place, ((score,), id_, address) in cast(Sequence[_Scored], page)
            ]
        return [
            Hit(id_, None, values, (slices[place], address))
            for place, (values, id_, address) in page
        ]

    @names_failures
    def fetch(self, entity: str, hits: Sequence[Hit]) -> Sources:
        """As in ``Reader``."""
        stored, mark = gathered(hits, Slice.sources), engine_fields.WITH_UNDECLARED
        sign = mark[0]
        undeclared = {place for place, source in enumerate(stored) if source[0] == sign}
        for place in undeclared:
            stored[place] = stored[place].removeprefix(mark)
        return Sources(stored, undeclared)

    @names_failures
    def numbers(self, entity: str, hits: Sequence[Hit], field: str) -> Sequence[int | None]:
        """As in ``Reader``, from columns."""
        found = lookup.entity(entity)
        declared = found.by_name.get(field)
        if declared is None or declared.kind is not FieldKind.INTEGER:
            return [None] * len(hits)
        column = engine_fields.number_field(found, field)
        return gathered(
            hits,
            lambda slice_, addresses: cast(list[int | None], slice_.numbers(column, addresses)),
        )

    # ── documents ────────────────────────────────────────────────────────────────────────────────

    @names_failures
    def find(self, entity: str, ids: Collection[int]) -> Mapping[int, Document]:
        """As in ``Reader``."""
        wanted = tuple(ids)

        def find_in(slice_: Slice) -> dict[int, Document]:
            compiled = self._compiled(slice_, Numbers(_key_of(slice_.entity), wanted), _NO_WORDS)
            addresses = [address for hits in slice_.every(compiled) for _, address in hits]
            return dict(zip(slice_.ids(addresses), _documents(slice_, addresses), strict=True))

        found = self._threads.each(find_in, self._slices.of(entity))
        return {id_: document for of_slice in found for id_, document in of_slice.items()}

    @names_failures
    def documents(
        self, entity: str, query: Query, after_id: int | None, limit: int
    ) -> Sequence[tuple[int, Document]]:
        """As in ``Reader``."""
        after = None if after_id is None else Cursor((), after_id)

        def lowest_of(slice_: Slice, compiled: tantivy.Query) -> list[Hit]:
            page = sorted_page(slice_, compiled, (), after, limit)
            return [Hit(hit.id, None, (), (slice_, hit.address)) for hit in page]

        hits = chain.from_iterable(self._ask(entity, query, lowest_of))
        first = sorted(hits, key=attrgetter("id"))[:limit]
        return list(zip([hit.id for hit in first], gathered(first, _documents), strict=True))

    @names_failures
    def joined(
        self, entity: str, by: str, keys: Collection[int], limit: int, fields: Collection[str]
    ) -> Mapping[int, Sequence[Document]]:
        """As in ``Reader``."""
        slices = self._slices.of(entity)

        def joined_in(slice_: Slice) -> list[tuple[int, int, Document]]:
            addresses = self._joined_addresses(slice_, by, keys, limit)
            column = engine_fields.number_field(slice_.entity, by)
            found_keys = cast(list[int], slice_.numbers(column, addresses))
            documents = self._with_fields(slice_, addresses, fields)
            ids = slice_.ids(addresses) if len(slices) > 1 else range(len(addresses))
            return list(zip(ids, found_keys, documents, strict=True))

        found = self._threads.each(joined_in, slices)
        rows = (
            found[0] if len(found) == 1 else sorted(chain.from_iterable(found), key=itemgetter(0))
        )
        joined: dict[int, list[Document]] = defaultdict(list)
        for _, key, document in rows:
            if len(joined[key]) < limit:
                joined[key].append(document)
        return joined

    def _joined_addresses(
        self, slice_: Slice, by: str, keys: Collection[int], limit: int
    ) -> list[Address]:
        """By id; of a key with very many documents at least the first."""
        listed = slice_.first(
            self._compiled(slice_, Numbers(by, tuple(keys)), _NO_WORDS),
            _JOINED_AT_ONCE + 1,
            engine_fields.KEY,
        )
        if len(listed) > _JOINED_AT_ONCE:
            listed = [
                hit
                for key in keys
                for hit in slice_.first(
                    self._compiled(slice_, Numbers(by, (key,)), _NO_WORDS), limit, engine_fields.KEY
                )
            ]
        return [address for _, address in listed]

    def _with_fields(
        self, slice_: Slice, addresses: list[Address], fields: Collection[str]
    ) -> Sequence[Document]:
        """Documents with these fields at least."""
        declared = [slice_.entity.by_name.get(field) for field in fields]
        if any(field is None or not field.kind.is_number for field in declared):
            return _documents(slice_, addresses)
        # Columns of numbers are some 30 times quicker than stored documents.
        columns = [
            slice_.numbers(engine_fields.number_field(slice_.entity, field), addresses)
            for field in fields
        ]
        return [
            {name: value for name, value in zip(fields, row, strict=True) if value is not None}
            for row in zip(*columns, strict=True)
        ]

    # ── values and counts ────────────────────────────────────────────────────────────────────────

    @names_failures
    def values(self, entity: str, query: Query, field: str) -> IdSet:
        """As in ``Reader``, from columns."""
        return integers.as_set(
            self._ask(
                entity, query, lambda slice_, compiled: integers.of_slice(slice_, compiled, field)
            )
        )

    def _scores(self, entity: str, query: Query, field: str) -> tuple[Ids, Scores]:
        """The values of an integer field over the matching documents, each with a score."""
        return integers.together(
            self._ask(
                entity,
                query,
                lambda slice_, compiled: integers.scored_of_slice(slice_, compiled, field),
                scored=True,
            )
        )

    @names_failures
    def counts(
        self, entity: str, query: Query, dimensions: Sequence[Dimension]
    ) -> Mapping[str, Buckets]:
        """As in ``Reader``: counted in each slice and added up."""
        counted = self._ask(
            entity, query, lambda slice_, compiled: facets.count(slice_, compiled, dimensions)
        )
        return facets.added_up(counted, dimensions)

    @names_failures
    def highest_id(self, entity: str, low: int | None, high: int | None) -> int | None:
        """As in ``Reader``."""
        first_low = None if low is None else low + 1

        def highest_of(slice_: Slice) -> list[int]:
            wanted = NumberRange(_key_of(slice_.entity), first_low, high)
            query = Everything() if low is None and high is None else wanted
            compiled = self._compiled(slice_, query, _NO_WORDS)
            found = slice_.first(compiled, 1, engine_fields.KEY, descending=True)
            return [cast(int, id_) for id_, _ in found]

        found = self._threads.each(highest_of, self._slices.of(entity))
        return max(chain.from_iterable(found), default=None)

    def expect(self, reading: Hashable, ask: Ask) -> None:
        """As in ``Vocabulary``: a word is looked up in a microsecond."""

    @names_failures
    def document_frequency(self, entity: str, field: str, word: str) -> int:
        """As in ``Vocabulary``."""
        return self._frequency(entity, field, word)

    @names_failures
    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        """As in ``Vocabulary``."""
        found = lookup.entity(entity)
        if field not in found.parted_fields:
            return 0
        term = term_of(engine_fields.part_code(found, field) + part)
        return self._frequency(entity, engine_fields.PARTS, term)

    def _frequency(self, entity: str, engine_field: str, term: str) -> int:
        """A search asks for some hundred words: a sum over a generator takes twice as long."""
        frequency = 0
        for slice_ in self._slices.of(entity):
            frequency += slice_.document_frequency(engine_field, term)
        return frequency

    @names_failures
    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        """As in ``Vocabulary``."""
        synonyms = engine_fields.synonyms_field(field)
        return any(slice_.document_frequency(synonyms, word) for slice_ in self._slices.of(entity))

    @names_failures
    def count(self, entity: str) -> int:
        """As in ``Reader``."""
        return sum(slice_.documents for slice_ in self._slices.of(entity))

    @names_failures
    def tally(self, entity: str, query: Query, up_to: int | None = None) -> int:
        """As in ``Reader``: all are counted."""
        return sum(self._ask(entity, query, Slice.count))

    # ── beginnings ───────────────────────────────────────────────────────────────────────────────

    @names_failures
    def words(
        self, entity: str, field: str, beginning: str, query: Query | None, limit: int
    ) -> Sequence[tuple[str, int]]:
        """As in ``Reader``, from the dictionaries of the slices."""

        def words_of(slice_: Slice, compiled: tantivy.Query | None = None) -> Mapping[str, int]:
            return dict(prefixes.words(slice_, field, beginning, compiled, limit))

        found: Counter[str] = Counter()
        for words in (
            self._threads.each(words_of, self._slices.of(entity))
            if query is None
            else self._ask(entity, query, words_of)
        ):
            found.update(words)
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit]

    @names_failures
    def some(self, entity: str, query: Query, limit: int) -> Sequence[Hit]:
        """As in ``Reader``."""
        hits: list[Hit] = []
        for slice_, compiled in self._compile(entity, query):
            listed = slice_.best(compiled, limit - len(hits))
            hits += _hits(slice_, [address for _, address in listed])
            if len(hits) >= limit:
                break
        return hits

    @names_failures
    def named(
        self, entity: str, field: str, beginning: str, query: Query, limit: int
    ) -> Sequence[Hit]:
        """As in ``Reader``, from the columns of sort keys."""
        hits: list[Hit] = []
        for slice_, compiled in self._compile(entity, query):
            left = limit - len(hits)
            hits += _hits(slice_, prefixes.named(slice_, field, beginning, compiled, left))
            if len(hits) >= limit:
                break
        return hits

    # ── slices ───────────────────────────────────────────────────────────────────────────────────

    def _ask(
        self,
        entity: str,
        query: Query,
        work: Callable[[Slice, tantivy.Query], T],
        *,
        scored: bool = False,
    ) -> list[T]:
        """What the work makes of each slice, with the query as compiled for it."""
        compiled = self._compile(entity, query, scored=scored)
        return self._threads.each(lambda asked: work(*asked), compiled)

    def _compile(
        self, entity: str, query: Query, *, scored: bool = False
    ) -> list[tuple[Slice, tantivy.Query]]:
        """The slices of an entity, each with the query as compiled for it."""
        resolved = self._joins.without_joins(query)
        slices = self._slices.of(entity)
        known: KnownPatterns = {}
        every = Statistics(slices)
        return [
            (slice_, self._compiled(slice_, resolved, every, known, scored=scored))
            for slice_ in slices
        ]

    def _compiled(
        self,
        slice_: Slice,
        query: Query,
        every: Statistics,
        known: KnownPatterns | None = None,
        *,
        scored: bool = False,
    ) -> tantivy.Query:
        weights = Weights(slice_, every)
        words = self._known_words.of(slice_, self.stamp(slice_.entity.name))
        return compile_query(
            query,
            slice_,
            self._facetable,
            self._separators,
            weights,
            known,
            self._known_sets,
            words,
            scored=scored,
        )

    def stamp(self, entity: str) -> Hashable:
        """As in ``Reader``."""
        return self._slices.stamp(entity)


def _hits(slice_: Slice, addresses: Sequence[Address]) -> list[Hit]:
    """Hits without a score or values to be ordered by."""
    ids = slice_.ids(addresses)
    return [
        Hit(id_, None, (), (slice_, address)) for id_, address in zip(ids, addresses, strict=True)
    ]


def _key_of(entity: Entity) -> str:
    return entity.id_field or "id"


def _documents(slice_: Slice, addresses: list[Address]) -> list[Document]:
    return list(map(orjson.loads, slice_.sources(addresses)))
