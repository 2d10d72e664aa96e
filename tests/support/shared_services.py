"""Several services of this process on one index in memory; each can die at any step."""

from pathlib import Path
from typing import Any

from analyzers.units import Units
from search_service.catalogue.documents import Operation
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.engines.base import Document
from search_service.service.indexing.limits import CommitLimits
from search_service.service.indexing.refused_operations import RefusedOperations
from search_service.service.indexing.shared.changes import SharedChanges
from tests.support.dict_engine.shared import DictCluster, DictShared, Died, MemoryGenerations


class SharedService:
    """One of them: ``changes`` is the object under test, ``index`` what it has of the index."""

    def __init__(
        self, cluster: DictCluster, directory: Path, limits: CommitLimits | None = None
    ) -> None:
        self.cluster = cluster
        self.monotonic = 1000.0
        self._left: int | None = None
        self.until: str | None = None
        self.steps: list[str] = []
        self.index = DictShared(cluster, MemoryGenerations(directory, cluster), before=self._before)
        self.index.open(create=True)
        self.steps.clear()
        self.changes = SharedChanges(
            self.index,
            Units(),
            refused_operations=RefusedOperations(directory),
            facetable=FACETABLE_BY_DEFAULT,
            limits=limits,
            monotonic=lambda: self.monotonic,
        )

    def die_after(self, steps: int) -> None:
        """It takes so many steps more."""
        self._left = steps

    def die_before(self, step: str) -> None:
        """It takes no such step any more."""
        self.until = step

    def _before(self, step: str) -> None:
        self.steps.append(step)
        if self._left is not None:
            self._left -= 1
        if self._left == -1 or step == self.until:
            raise Died

    def modify(self, *operations: Operation) -> None:
        self.changes.modify(operations)

    def found(self, entity: str) -> dict[int, Document]:
        """What a search finds."""
        return self.cluster.found(entity)

    def field(self, entity: str, name: str) -> dict[int, Any]:
        """One field of what a search finds, of the documents that have it."""
        found = self.found(entity).items()
        return {id_: document[name] for id_, document in found if name in document}


class SharedServices:
    """Several on one index."""

    def __init__(
        self, directory: Path, number: int = 2, limits: CommitLimits | None = None
    ) -> None:
        self.cluster = DictCluster()
        self.directory = directory
        self.limits = limits
        self.all = [self.start() for _ in range(number)]

    def start(self) -> SharedService:
        return SharedService(self.cluster, self.directory, self.limits)

    def found(self, entity: str) -> dict[int, Document]:
        return self.cluster.found(entity)
