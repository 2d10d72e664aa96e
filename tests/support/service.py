"""The changing half of the service over the engine of dicts, with stops and crashes."""

from pathlib import Path
from typing import Any, Protocol

from analyzers.units import Units
from search_service.catalogue.documents import Operation
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.engines.base import Document
from search_service.service.indexing.changes import Changes
from search_service.service.indexing.journal.journal import Journal
from search_service.service.indexing.last_commit import LastCommit
from search_service.service.indexing.limits import CommitLimits
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.service.indexing.refused_operations import RefusedOperations
from tests.support.dict_engine import DictWriter


class AnyService(Protocol):
    """What a test of changes needs, whatever the engine."""

    @property
    def changes(self) -> Changes: ...
    def crash(self) -> None: ...
    def found(self, entity: str) -> dict[int, Document]: ...


class Service:
    """``changes`` is the object under test; the rest stands around it."""

    def __init__(self, directory: Path, limits: CommitLimits | None = None) -> None:
        self.directory = directory
        self.limits = limits
        self.writer = DictWriter()
        self.now = self.monotonic = 1000.0
        self.start()

    def start(self) -> None:
        generation = self.writer.generation
        self.journal = Journal(self.directory / "journal", generation)
        self.propagated_states = PropagatedStates(self.directory / "carried.sqlite", generation)
        self.changes = Changes(
            self.writer,
            self.journal,
            self.propagated_states,
            Units(),
            refused_operations=RefusedOperations(self.directory, lambda: self.now),
            last_commit=LastCommit(self.directory),
            facetable=FACETABLE_BY_DEFAULT,
            limits=self.limits,
            clock=lambda: self.now,
            monotonic=lambda: self.monotonic,
        )
        self.changes.replay()

    def crash(self) -> None:
        """Start again with what was durable."""
        self.journal.close()
        self.propagated_states.close()
        self.writer.crash()
        self.start()

    def end(self) -> None:
        self.journal.close()
        self.propagated_states.close()

    def modify(self, *operations: Operation) -> None:
        self.changes.modify(operations)

    def commit(self, *operations: Operation) -> None:
        """Modify and commit."""
        self.changes.modify(operations)
        self.changes.commit()

    def found(self, entity: str) -> dict[int, Document]:
        """What a search finds."""
        return self.writer.committed.get(entity, {})

    def field(self, entity: str, name: str) -> dict[int, Any]:
        """One field of what a search finds, of the documents that have it."""
        found = self.found(entity).items()
        return {id_: document[name] for id_, document in found if name in document}


def create(entity: str, id_: int, document: Document | None = None) -> Operation:
    return Operation("create", entity, id_, document or {"id": id_})


def update(entity: str, id_: int, document: Document) -> Operation:
    return Operation("update", entity, id_, document)


def delete(entity: str, id_: int) -> Operation:
    return Operation("delete", entity, id_)
