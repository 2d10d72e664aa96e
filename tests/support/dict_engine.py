"""An engine over dicts: slow, obvious, and able to lose what was not committed."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any, assert_never

from search_service.catalogue import lookup
from search_service.engines.base import Buckets, Change, Dimension, Document, Hit, Put, Reader
from search_service.errors import StorageFailed
from search_service.query.order import Cursor, Order
from search_service.query.tree import (
    Bool,
    Everything,
    Exact,
    Exists,
    Nothing,
    NumberRange,
    Numbers,
    Query,
)

Documents = dict[str, dict[int, Document]]


def matches(entity: str, id_: int, document: Document, query: Query) -> bool:
    """Whether a document matches; of words and scores this knows nothing."""

    def value(field: str) -> Any:
        return id_ if field == lookup.entity(entity).id_field else document.get(field)

    def match(query: Query) -> bool:
        return matches(entity, id_, document, query)

    match query:
        case Everything():
            return True
        case Nothing():
            return False
        case Numbers(field, values) | Exact(field, values):
            return value(field) in values
        case Exists(field):
            return value(field) is not None
        case NumberRange(field, low, high):
            number = value(field)
            above = low is None or number >= low
            return number is not None and above and (high is None or number <= high)
        case Bool(must, should, must_not, filter_):
            required = [*must, *filter_]
            return (
                all(map(match, required))
                and (bool(required) or any(map(match, should)))
                and not any(map(match, must_not))
            )
        case _:
            raise NotImplementedError(query)
    assert_never(query)


class DictReader(Reader):
    """Finds in a copy of the documents."""

    def __init__(self, documents: Documents) -> None:
        self._documents = deepcopy(documents)
        self.read = 0  # documents that were handed out

    def _of(self, entity: str) -> dict[int, Document]:
        return self._documents.get(entity, {})

    def page(
        self, entity: str, query: Query, order: Order, after: Cursor | None, limit: int
    ) -> Sequence[Hit]:
        raise NotImplementedError

    def fetch(self, entity: str, hits: Sequence[Hit]) -> Sequence[bytes]:
        raise NotImplementedError

    def numbers(self, entity: str, hits: Sequence[Hit], field: str) -> Sequence[int | None]:
        raise NotImplementedError

    def find(self, entity: str, ids: Collection[int]) -> Mapping[int, Document]:
        return {id_: self._of(entity)[id_] for id_ in ids if id_ in self._of(entity)}

    def joined(
        self, entity: str, by: str, keys: Collection[int], limit: int, fields: Collection[str]
    ) -> Mapping[int, Sequence[Document]]:
        raise NotImplementedError

    def values(self, entity: str, query: Query, field: str) -> set[int]:
        raise NotImplementedError

    def counts(
        self, entity: str, query: Query, dimensions: Sequence[Dimension]
    ) -> Mapping[str, Buckets]:
        raise NotImplementedError

    def documents(
        self, entity: str, query: Query, after_id: int | None, limit: int
    ) -> Sequence[tuple[int, Document]]:
        found = [
            (id_, document)
            for id_, document in sorted(self._of(entity).items())
            if (after_id is None or id_ > after_id) and matches(entity, id_, document, query)
        ][:limit]
        self.read += len(found)
        return found

    def highest_id(self, entity: str, low: int | None, high: int | None) -> int | None:
        return max(
            (
                id_
                for id_ in self._of(entity)
                if (low is None or id_ > low) and (high is None or id_ <= high)
            ),
            default=None,
        )

    def tally(self, entity: str, query: Query, up_to: int | None = None) -> int:
        raise NotImplementedError

    def words(
        self, entity: str, field: str, beginning: str, query: Query | None, limit: int
    ) -> Sequence[tuple[str, int]]:
        raise NotImplementedError

    def some(self, entity: str, query: Query, limit: int) -> Sequence[Hit]:
        raise NotImplementedError

    def named(
        self, entity: str, field: str, beginning: str, query: Query, limit: int
    ) -> Sequence[Hit]:
        raise NotImplementedError

    def document_frequency(self, entity: str, field: str, word: str) -> int:
        raise NotImplementedError

    def part_document_frequency(self, entity: str, field: str, part: str) -> int:
        raise NotImplementedError

    def has_synonym(self, entity: str, field: str, word: str) -> bool:
        raise NotImplementedError

    def stamp(self, entity: str) -> Hashable:
        raise NotImplementedError

    def count(self, entity: str) -> int:
        return len(self._of(entity))


class DictWriter:
    """``written`` counts the changes that were applied, by entity."""

    def __init__(self) -> None:
        self.committed: Documents = {}
        self.applied: Documents = {}
        self.populations: Documents = {}
        self.generation = 1
        self.written: dict[str, int] = {}
        self.commits = 0
        self.fails = 0  # so many of the next commits
        self.is_full = False
        self.damaged: set[str] = set()
        self.refuses: Callable[[Document], bool] = lambda document: False
        self._reader = DictReader({})

    def reader(self) -> DictReader:
        return self._reader

    def look_for_damage(self, goes_on: Callable[[], bool] = lambda: True) -> bool:
        return bool(self.damaged)

    def apply(self, entity: str, changes: Iterable[Change]) -> None:
        documents = self.applied.setdefault(entity, deepcopy(self.committed.get(entity, {})))
        for change in changes:
            self.written[entity] = self.written.get(entity, 0) + 1
            if isinstance(change, Put):
                self._refuse(change.document)
                documents[change.id] = deepcopy(change.document)
            else:
                documents.pop(change.id, None)

    def commit(self, entities: Iterable[str]) -> None:
        for entity in sorted(entities):
            if entity in self.applied:
                self.committed[entity] = self.applied.pop(entity)
            if self.fails:
                self.fails -= 1
                self._reader = DictReader(self.committed)
                raise OSError("the disk is full")
        self.commits += 1
        self._reader = DictReader(self.committed)

    def undo(self) -> None:
        self.applied = {}

    def clear(self) -> None:
        self.committed, self.applied, self.populations = {}, {}, {}
        self.generation += 1
        self._reader = DictReader({})

    def begin(self, entity: str, *, delete: bool) -> None:
        if self.is_full:
            raise StorageFailed(f"{entity} could not be prepared to grow: the disk is full")
        before = {} if delete else self.committed.get(entity, {})
        self.populations[entity] = deepcopy(before)

    def add(self, entity: str, documents: Sequence[tuple[int, Document]]) -> None:
        for id_, document in documents:
            self._refuse(document)
            self.populations[entity][id_] = document

    def end(self, entity: str) -> None:
        self.committed[entity] = self.populations.pop(entity)
        self._reader = DictReader(self.committed)

    def abandon(self, entity: str) -> None:
        del self.populations[entity]

    def tend(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _refuse(self, document: Document) -> None:
        if self.refuses(document):
            raise ValueError("this document is not taken")

    def crash(self) -> None:
        """What was not committed is gone."""
        self.applied, self.populations = {}, {}
