"""The changing half: what was not committed is not in what is read, and can be lost."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy

from search_service.catalogue.entities import ENTITIES
from search_service.engines.base import Change, Document, IndexStatus, Put, View
from search_service.errors import StorageFailed
from tests.support.dict_engine.reader import DictReader, DictView

Documents = dict[str, dict[int, Document]]


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
        self._version = 0
        self._publish()

    @property
    def view(self) -> View:
        return self._view

    def reader(self) -> DictReader:
        return self._reader

    def highest_id(self, entity: str, low: int | None, high: int | None) -> int | None:
        return self._reader.highest_id(entity, low, high)

    def status(self) -> IndexStatus:
        counts = {entity.name: len(self.committed.get(entity.name, ())) for entity in ENTITIES}
        damaged = dict.fromkeys(self.damaged, "damaged")
        return IndexStatus(self.generation, counts, {}, {}, damaged)

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
                self._publish()
                raise OSError("the disk is full")
        self.commits += 1
        self._publish()

    def undo(self) -> None:
        self.applied = {}

    def clear(self) -> None:
        self.applied, self.populations = {}, {}
        self.follow(self.renew(), {})

    def renew(self) -> int:
        """The number of a generation without documents."""
        return self.generation + 1

    def follow(self, generation: int, documents: Documents) -> None:
        """Go on with another generation."""
        self.generation, self.committed = generation, documents
        self._publish()

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
        self._publish()

    def abandon(self, entity: str) -> None:
        del self.populations[entity]

    def tend(self) -> None:
        pass

    def close(self) -> None:
        self.populations = {}
        if self.applied:
            self.commit(list(self.applied))

    def lose(self) -> None:
        self.crash()

    def crash(self) -> None:
        """What was not committed is gone."""
        self.applied, self.populations = {}, {}

    def _publish(self) -> None:
        self._version += 1
        self._view = DictView(self._version, self.generation, dict(self.committed))
        self._reader = DictReader(deepcopy(self.committed))

    def _refuse(self, document: Document) -> None:
        if self.refuses(document):
            raise ValueError("this document is not taken")
