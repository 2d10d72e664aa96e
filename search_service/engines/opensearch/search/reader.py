"""The reading half of the engine: a question to an entity, put to the cluster."""

from collections.abc import Collection, Hashable, Mapping, Sequence

from search_service.engines.base import Buckets, Dimension, Document, Hit, Sources, View
from search_service.engines.config import IndexConfig
from search_service.engines.documents.format import Format
from search_service.engines.joins import JoinResolver, Scores
from search_service.engines.late_joins import LateJoins
from search_service.engines.opensearch.search import beginnings, counting, facets, values
from search_service.engines.opensearch.search.documents import Documents
from search_service.engines.opensearch.search.highest_values import HighestValues
from search_service.engines.opensearch.search.pages import Pages
from search_service.engines.opensearch.search.queries.compile import Compiler
from search_service.engines.opensearch.search.queries.numbers import KnownSets
from search_service.engines.opensearch.search.requests import Json, Requests
from search_service.engines.opensearch.search.stamps import SeenState, States
from search_service.engines.opensearch.search.vocabulary import KnownFrequencies
from search_service.query.id_set import Ids, IdSet
from search_service.query.order import Cursor, Order
from search_service.query.tree import Query
from search_service.query.vocabulary import Ask


class OpenSearchReader:
    """Finds documents as they were committed last. Not for several threads at once."""

    def __init__(
        self,
        requests: Requests,
        config: IndexConfig,
        format_: Format,
        states: States,
        search_memory: int = 0,
    ) -> None:
        """``search_memory``: bytes that the ids of joined documents may take; 0: any."""
        self._requests = requests
        self._states = states
        self._seen = SeenState()
        self._frequencies = KnownFrequencies(requests, self.stamp)
        sets = KnownSets()
        self._compiler = Compiler(config, self._frequencies, format_, sets)
        self._joins = JoinResolver(self.values, self._scores, self.stamp, most=search_memory)
        self._late_joins = LateJoins(self, self._joins.is_known)
        self._pages = Pages(
            requests, self._compiler, HighestValues(requests, self.count, self.stamp)
        )
        self._documents = Documents(requests, sets)

    def see(self, view: View) -> None:
        """As in ``Reader``: what is remembered is of this view."""
        if isinstance(view, SeenState):
            self._seen = view

    def renew(self) -> View | None:
        """As in ``Reader``, by one request."""
        seen = self._states.seen()
        if seen == self._seen:
            return None
        self._seen = seen
        return seen

    def close(self) -> None:
        """As in ``Reader``: nothing is on this machine."""

    # ── pages ────────────────────────────────────────────────────────────────────────────────────

    def page(
        self, entity: str, query: Query, order: Order, after: Cursor | None, limit: int
    ) -> Sequence[Hit]:
        """As in ``Reader``."""
        late = self._late_joins.page(entity, query, order, after, limit)
        if late is not None:
            return late
        return self._pages.page(entity, self._without_joins(query), order, after, limit)

    def some(self, entity: str, query: Query, limit: int) -> Sequence[Hit]:
        """As in ``Reader``."""
        return self._pages.some(entity, self._matching(entity, query), limit)

    def named(
        self, entity: str, field: str, beginning: str, query: Query, limit: int
    ) -> Sequence[Hit]:
        """As in ``Reader``."""
        wanted = beginnings.named(entity, field, beginning, self._matching(entity, query))
        return [] if wanted is None else self._pages.some(entity, wanted, limit)

    def fetch(self, entity: str, hits: Sequence[Hit]) -> Sources:
        """As in ``Reader``."""
        return self._documents.fetch(entity, hits)

    def numbers(self, entity: str, hits: Sequence[Hit], field: str) -> Sequence[int | None]:
        """As in ``Reader``."""
        return self._documents.numbers(entity, hits, field)

    # ── documents ────────────────────────────────────────────────────────────────────────────────

    def find(self, entity: str, ids: Collection[int]) -> Mapping[int, Document]:
        """As in ``Reader``."""
        return self._documents.find(entity, ids)

    def documents(
        self, entity: str, query: Query, after_id: int | None, limit: int
    ) -> Sequence[tuple[int, Document]]:
        """As in ``Reader``."""
        return self._documents.in_order(entity, self._matching(entity, query), after_id, limit)

    def joined(
        self, entity: str, by: str, keys: Collection[int], limit: int, fields: Collection[str]
    ) -> Mapping[int, Sequence[Document]]:
        """As in ``Reader``."""
        return self._documents.joined(entity, by, keys, limit, fields)

    # ── values and counts ────────────────────────────────────────────────────────────────────────

    def values(self, entity: str, query: Query, field: str) -> IdSet:
        """As in ``Reader``."""
        return values.values(self._requests, (entity, self._matching(entity, query), field))

    def _scores(self, entity: str, query: Query, field: str) -> tuple[Ids, Scores]:
        scored = self._compiler.compiled(entity, self._without_joins(query), scored=True)
        return values.scores(self._requests, entity, scored, field)

    def counts(
        self, entity: str, query: Query, dimensions: Sequence[Dimension]
    ) -> Mapping[str, Buckets]:
        """As in ``Reader``."""
        return facets.counts(self._requests, entity, self._matching(entity, query), dimensions)

    def highest_id(self, entity: str, low: int | None, high: int | None) -> int | None:
        """As in ``Reader``."""
        return counting.highest_id(self._requests, entity, low, high)

    def count(self, entity: str) -> int:
        """As in ``Reader``."""
        return self._frequencies.count(entity)

    def tally(self, entity: str, query: Query, up_to: int | None = None) -> int:
        """As in ``Reader``."""
        return counting.tally(self._requests, entity, self._matching(entity, query), up_to)

    # ── words ────────────────────────────────────────────────────────────────────────────────────

    def expect(self, reading: Hashable, ask: Ask) -> None:
        """As in ``Vocabulary``."""
        self._frequencies.expect(reading, ask)

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        """As in ``Vocabulary``."""
        return self._frequencies.of_word(entity, field, word)

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        """As in ``Vocabulary``."""
        return self._frequencies.of_part(entity, field, part)

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        """As in ``Vocabulary``."""
        return self._frequencies.of_synonym(entity, field, word) > 0

    def words(
        self, entity: str, field: str, beginning: str, query: Query | None, limit: int
    ) -> Sequence[tuple[str, int]]:
        """As in ``Reader``."""
        matching = None if query is None else self._matching(entity, query)
        return beginnings.words(self._requests, entity, field, beginning, matching, limit)

    # ── queries ──────────────────────────────────────────────────────────────────────────────────

    def _matching(self, entity: str, query: Query) -> Json:
        """What finds the documents that match, whatever they score."""
        return self._compiler.compiled(entity, self._without_joins(query), scored=False)

    def _without_joins(self, query: Query) -> Query:
        """The tree with each join replaced; those that depend on no other are found at once."""
        while len(joins := self._joins.ready(query)) > 1:
            wanted = [
                (join.entity, self._matching(join.entity, join.query), join.by) for join in joins
            ]
            found = values.values_of_each(self._requests, wanted)
            for join, ids in zip(joins, found, strict=True):
                self._joins.learn(join, ids)
        return self._joins.without_joins(query)

    def stamp(self, entity: str) -> Hashable:
        """As in ``Reader``."""
        return self._seen.stamp(entity)
