"""The changing half: what was not committed is not in what is read, and can be lost."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy

from search_service.engines.base import Change, Document, Put
from search_service.errors import StorageFailed
from tests.support.dict_engine.reader import DictReader

_Documents = dict[str, dict[int, Document]]


class DictWriter:
    """``written`` counts the changes that were applied, by entity."""

    def __init__(self) -> None:
        self.committed: _Documents = {}
        self.applied: _Documents = {}
        self.populations: _Documents = {}
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
                self._reader = DictReader(deepcopy(self.committed))
                raise OSError("the disk is full")
        self.commits += 1
        self._reader = DictReader(deepcopy(self.committed))

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
        self._reader = DictReader(deepcopy(self.committed))

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
