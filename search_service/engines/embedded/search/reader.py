"""The reading half of the engine: a question to an entity, put to all its shards."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import TypeVar, cast

import orjson
import tantivy

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity, FieldKind
from search_service.engines import base
from search_service.engines.base import Buckets, Dimension, Document, Hit, Ranges, Sources, Terms
from search_service.engines.constant_score import constant_score
from search_service.engines.embedded.index import schema
from search_service.engines.embedded.index.long_terms import term_of
from search_service.engines.embedded.search import facets, prefixes
from search_service.engines.embedded.search.open_shards import OpenShards
from search_service.engines.embedded.search.pages.hits import ShardHit
from search_service.engines.embedded.search.pages.merge import merged
from search_service.engines.embedded.search.pages.ranked import constant_page, ranked_page
from search_service.engines.embedded.search.pages.sorted import sorted_page
from search_service.engines.embedded.search.queries.combine import CONSTANT
from search_service.engines.embedded.search.queries.compile import compile_query
from search_service.engines.embedded.search.queries.patterns import KnownPatterns
from search_service.engines.embedded.search.queries.weights import Weights
from search_service.engines.embedded.search.shard import Address, Shard
from search_service.engines.embedded.storage.failures import names_failures
from search_service.engines.embedded.storage.view import View
from search_service.engines.joins import JoinResolver
from search_service.query.order import Cursor, Order
from search_service.query.tree import Everything, NumberRange, Numbers, Query

# Documents joined to a page are read at once up to this many, then key by key.
_JOINED_AT_ONCE = 20_000

_Place = tuple[Shard, Address]
T = TypeVar("T")


class EmbeddedReader:
    """Finds documents in the shards that a view names. Not for several threads at once."""

    def __init__(self, facetable: frozenset[str], separators: str, view: View) -> None:
        self._facetable = facetable
        self._separators = separators
        self._shards = OpenShards(view)
        self._joins = JoinResolver(self.values, self._scores, self.stamp, CONSTANT)

    def see(self, view: base.View) -> None:
        """As in ``Reader``: shards that did not change stay open."""
        self._shards.see(cast(View, view))  # published by the writer of this engine

    # ── pages ────────────────────────────────────────────────────────────────────────────────────

    @names_failures
    def page(
        self, entity: str, query: Query, order: Order, after: Cursor | None, limit: int
    ) -> Sequence[Hit]:
        """As in ``Reader``: each shard gives its best, the best of all make the page."""
        resolved = self._joins.without_joins(query)
        score = constant_score(resolved, CONSTANT) if order.by_relevance else None
        shards = self._compile(entity, resolved)
        pages: list[list[ShardHit]] = []
        for shard, compiled in shards:
            if score is not None:
                pages.append(constant_page(shard, compiled, score, after, limit))
            elif order.by_relevance:
                pages.append(ranked_page(shard, compiled, after, limit))
            else:
                pages.append(sorted_page(shard, compiled, order.keys, after, limit))
        page = merged(pages, order, limit)
        if order.by_relevance:
            return [
                Hit(found.id, cast(float, found.values[0]), (), (shards[place][0], found.address))
                for place, found in page
            ]
        return [
            Hit(found.id, None, found.values, (shards[place][0], found.address))
            for place, found in page
        ]

    @names_failures
    def fetch(self, entity: str, hits: Sequence[Hit]) -> Sources:
        """As in ``Reader``."""
        stored, mark = _gathered(hits, Shard.sources), schema.WITH_UNDECLARED
        undeclared = {place for place, source in enumerate(stored) if source.startswith(mark)}
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
        column = schema.number_field(found, field)
        return _gathered(
            hits,
            lambda shard, addresses: cast(list[int | None], shard.numbers(column, addresses)),
        )

    # ── documents ────────────────────────────────────────────────────────────────────────────────

    @names_failures
    def find(self, entity: str, ids: Collection[int]) -> Mapping[int, Document]:
        """As in ``Reader``: only shards whose range holds an id are asked."""
        found: dict[int, Document] = {}
        for shard in self._shards.with_ids(entity, ids):
            compiled = self._compiled(shard, Numbers(_key_of(shard.entity), tuple(ids)), [shard])
            addresses = [address for _, address in shard.every(compiled)]
            found.update(zip(shard.ids(addresses), _documents(shard, addresses), strict=True))
        return found

    @names_failures
    def documents(
        self, entity: str, query: Query, after_id: int | None, limit: int
    ) -> Sequence[tuple[int, Document]]:
        """As in ``Reader``."""
        after = None if after_id is None else Cursor((), after_id)
        listed: list[tuple[int, Document]] = []
        for shard, compiled in self._ask(entity, query):  # in order of their ids
            hits = sorted_page(shard, compiled, (), after, limit - len(listed))
            documents = _documents(shard, [hit.address for hit in hits])
            listed += zip([hit.id for hit in hits], documents, strict=True)
            if len(listed) >= limit:
                break
        return listed

    @names_failures
    def joined(
        self, entity: str, by: str, keys: Collection[int], limit: int, fields: Collection[str]
    ) -> Mapping[int, Sequence[Document]]:
        """As in ``Reader``."""
        joined: dict[int, list[Document]] = defaultdict(list)
        for shard in self._shards.of(entity):
            addresses = self._joined_addresses(shard, by, keys, limit)
            column = schema.number_field(shard.entity, by)
            found_keys = cast(list[int], shard.numbers(column, addresses))
            documents = self._with_fields(shard, addresses, fields)
            for key, document in zip(found_keys, documents, strict=True):
                if len(joined[key]) < limit:
                    joined[key].append(document)
        return joined

    def _joined_addresses(
        self, shard: Shard, by: str, keys: Collection[int], limit: int
    ) -> list[Address]:
        """By id; of a key with very many documents at least the first."""
        listed = shard.first(
            self._compiled(shard, Numbers(by, tuple(keys)), [shard]),
            _JOINED_AT_ONCE + 1,
            schema.KEY,
        )
        if len(listed) > _JOINED_AT_ONCE:
            listed = [
                hit
                for key in keys
                for hit in shard.first(
                    self._compiled(shard, Numbers(by, (key,)), [shard]), limit, schema.KEY
                )
            ]
        return [address for _, address in listed]

    def _with_fields(
        self, shard: Shard, addresses: list[Address], fields: Collection[str]
    ) -> Sequence[Document]:
        """Documents with these fields at least."""
        declared = [shard.entity.by_name.get(field) for field in fields]
        if any(field is None or not field.kind.is_number for field in declared):
            return _documents(shard, addresses)
        # Columns of numbers are some 30 times quicker than stored documents.
        columns = [
            shard.numbers(schema.number_field(shard.entity, field), addresses) for field in fields
        ]
        return [
            {name: value for name, value in zip(fields, row, strict=True) if value is not None}
            for row in zip(*columns, strict=True)
        ]

    # ── values and counts ────────────────────────────────────────────────────────────────────────

    @names_failures
    def values(self, entity: str, query: Query, field: str) -> set[int]:
        """As in ``Reader``, from columns."""
        found: set[int] = set()
        for shard, compiled in self._ask(entity, query):
            column = schema.number_field(shard.entity, field)
            addresses = [address for _, address in shard.every(compiled)]
            numbers = cast(list[int | None], shard.numbers(column, addresses))
            found.update(number for number in numbers if number is not None)
        return found

    def _scores(self, entity: str, query: Query, field: str) -> dict[int, float]:
        """The mean score of the matching documents, by the value of an integer field."""
        sums: dict[int, list[float]] = defaultdict(list)
        for shard, compiled in self._ask(entity, query):
            hits = shard.every(compiled)
            column = schema.number_field(shard.entity, field)
            numbers = shard.numbers(column, [address for _, address in hits])
            for number, (score, _) in zip(numbers, hits, strict=True):
                if number is not None:
                    sums[int(number)].append(score)
        return {number: sum(scores) / len(scores) for number, scores in sums.items()}

    @names_failures
    def counts(
        self, entity: str, query: Query, dimensions: Sequence[Dimension]
    ) -> Mapping[str, Buckets]:
        """As in ``Reader``: counted in each shard and added up."""
        shards = self._ask(entity, query)
        labelled = [each.field for each in dimensions if isinstance(each, Terms)]
        ranged = [each for each in dimensions if isinstance(each, Ranges)]
        return {
            **facets.term_counts(shards, labelled),
            **{each.field: facets.range_counts(shards, each) for each in ranged},
        }

    @names_failures
    def highest_id(self, entity: str, low: int | None, high: int | None) -> int | None:
        """As in ``Reader``."""
        highest = None
        for shard in self._shards.of(entity):
            first_low = None if low is None else low + 1
            wanted = NumberRange(_key_of(shard.entity), first_low, high)
            query = Everything() if low is None and high is None else wanted
            compiled = self._compiled(shard, query, [shard])
            for id_, _ in shard.first(compiled, 1, schema.KEY, descending=True):
                highest = cast(int, id_) if highest is None else max(highest, cast(int, id_))
        return highest

    @names_failures
    def document_frequency(self, entity: str, field: str, word: str) -> int:
        """As in ``Vocabulary``."""
        return sum(shard.document_frequency(field, word) for shard in self._shards.of(entity))

    @names_failures
    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        """As in ``Vocabulary``."""
        found = lookup.entity(entity)
        if field not in found.parted_fields:
            return 0
        term = term_of(schema.part_code(found, field) + part)
        return sum(
            shard.document_frequency(schema.PARTS, term) for shard in self._shards.of(entity)
        )

    @names_failures
    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        """As in ``Vocabulary``."""
        synonyms = schema.synonyms_field(field)
        return any(shard.document_frequency(synonyms, word) for shard in self._shards.of(entity))

    @names_failures
    def count(self, entity: str) -> int:
        """As in ``Reader``."""
        return sum(shard.documents for shard in self._shards.of(entity))

    @names_failures
    def tally(self, entity: str, query: Query, up_to: int | None = None) -> int:
        """As in ``Reader``: the shards that are left over are not asked."""
        found = 0
        for shard, compiled in self._ask(entity, query):
            found += shard.count(compiled)
            if up_to is not None and found >= up_to:
                return up_to
        return found

    # ── beginnings ───────────────────────────────────────────────────────────────────────────────

    @names_failures
    def words(
        self, entity: str, field: str, beginning: str, query: Query | None, limit: int
    ) -> Sequence[tuple[str, int]]:
        """As in ``Reader``, from the dictionaries of the shards."""
        found: Counter[str] = Counter()
        if query is None:
            for shard in self._shards.of(entity):
                found.update(dict(prefixes.words(shard, field, beginning, None, limit)))
        else:
            for shard, compiled in self._ask(entity, query):
                found.update(dict(prefixes.words(shard, field, beginning, compiled, limit)))
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit]

    @names_failures
    def some(self, entity: str, query: Query, limit: int) -> Sequence[Hit]:
        """As in ``Reader``."""
        hits: list[Hit] = []
        for shard, compiled in self._ask(entity, query):
            listed = shard.best(compiled, limit - len(hits))
            hits += _hits(shard, [address for _, address in listed])
            if len(hits) >= limit:
                break
        return hits

    @names_failures
    def named(
        self, entity: str, field: str, beginning: str, query: Query, limit: int
    ) -> Sequence[Hit]:
        """As in ``Reader``, from the columns of sort keys."""
        hits: list[Hit] = []
        for shard, compiled in self._ask(entity, query):
            left = limit - len(hits)
            hits += _hits(shard, prefixes.named(shard, field, beginning, compiled, left))
            if len(hits) >= limit:
                break
        return hits

    # ── shards ───────────────────────────────────────────────────────────────────────────────────

    def _ask(self, entity: str, query: Query) -> list[tuple[Shard, tantivy.Query]]:
        """The shards of an entity, each with the query as compiled for it."""
        return self._compile(entity, self._joins.without_joins(query))

    def _compile(self, entity: str, query: Query) -> list[tuple[Shard, tantivy.Query]]:
        shards = self._shards.of(entity)
        known: KnownPatterns = {}
        return [(shard, self._compiled(shard, query, shards, known)) for shard in shards]

    def _compiled(
        self,
        shard: Shard,
        query: Query,
        every: Sequence[Shard],
        known: KnownPatterns | None = None,
    ) -> tantivy.Query:
        weights = Weights(shard, every)
        return compile_query(query, shard, self._facetable, self._separators, weights, known)

    def stamp(self, entity: str) -> Hashable:
        """As in ``Reader``."""
        return self._shards.stamp(entity)


def _hits(shard: Shard, addresses: Sequence[Address]) -> list[Hit]:
    """Hits without a score or values to be ordered by."""
    ids = shard.ids(addresses)
    return [
        Hit(id_, None, (), (shard, address)) for id_, address in zip(ids, addresses, strict=True)
    ]


def _gathered(hits: Sequence[Hit], read: Callable[[Shard, list[Address]], list[T]]) -> list[T]:
    """What is read of the hits, each shard asked once, in the order of the hits."""
    found: dict[int, T] = {}
    for shard, places in _by_shard(hits).items():
        addresses = [cast(_Place, hits[place].address)[1] for place in places]
        found.update(zip(places, read(shard, addresses), strict=True))
    return [found[place] for place in range(len(hits))]


def _by_shard(hits: Sequence[Hit]) -> dict[Shard, list[int]]:
    """The places of the hits in each shard."""
    places: dict[Shard, list[int]] = defaultdict(list)
    for place, hit in enumerate(hits):
        places[cast(_Place, hit.address)[0]].append(place)
    return places


def _key_of(entity: Entity) -> str:
    return entity.id_field or "id"


def _documents(shard: Shard, addresses: Sequence[Address]) -> list[Document]:
    return list(map(orjson.loads, shard.sources(addresses)))
