"""Generations of a data directory, as all engines promise them; see ``storage.generations``."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from search_service.engines.embedded.storage import generations, listing, manifest
from search_service.engines.embedded.storage.inspection import current_of
from search_service.engines.embedded.storage.shard_files import shards_of
from search_service.engines.fit import Fit
from search_service.engines.id_ranges import IdRange, Partition
from search_service.engines.index import Building, Generation
from search_service.files import make_directory

log = logging.getLogger(__name__)

FIRST_EDITION = generations.name_of(1)
"""A re-index fills the first edition of each entity."""


@dataclass(frozen=True, slots=True)
class EmbeddedGenerations:
    """As in ``Generations``: each call reads or writes small files of the directory."""

    root: Path

    def current(self) -> int:
        """As in ``Generations``."""
        return current_of(self.root)

    def kept(self) -> Sequence[int]:
        """As in ``Generations``."""
        return generations.kept(self.root)

    def listed(self) -> Sequence[Generation]:
        """As in ``Generations``."""
        return listing.listed(self.root)

    def place(self, number: int) -> Path:
        """As in ``Generations``: its directory."""
        return generations.path_of(self.root, number)

    def file(self, number: int, name: str) -> Path:
        """As in ``Generations``."""
        return self.place(number) / name

    def publish(self, number: int, name: str) -> None:
        """As in ``Generations``: nobody has another one."""

    def fit(self, number: int) -> Fit:
        """As in ``Generations``."""
        return manifest.read(self.place(number)).fit

    def partition(self, number: int, entity: str) -> Partition:
        """As in ``Generations``: a piece is a shard."""
        return manifest.read(self.place(number)).partition_of(entity)

    def documents(self, number: int, entities: Iterable[str]) -> int:
        """As in ``Generations``."""
        return listing.documents_of(self.root, number, entities)

    def size(self, number: int, entities: Iterable[str]) -> int:
        """As in ``Generations``."""
        return sum(listing.size_of(self.place(number) / entity) for entity in entities)

    # ── the next one ───────────────────────────────────────────────────────────────────────────

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """As in ``Generations``."""
        number = generations.next_number(self.root)
        content = manifest.read(self.place(generations.current(self.root)))
        make_directory(self.place(number))
        replace(content, fit=fit, replaces=0).write(self.place(number))
        ids = {entity: IdRange() for entity in entities}
        generations.note_building(self.root, Building(number, ids, time.time()))
        log.info("re-index begun", extra={"generation": number, "entities": ", ".join(entities)})
        return number

    def building(self) -> Building | None:
        """As in ``Generations``."""
        return generations.building(self.root)

    def alone(self, number: int) -> AbstractContextManager[None]:
        """As in ``Generations``."""
        return generations.alone(self.root, number)

    def is_worked_on(self, number: int) -> bool:
        """As in ``Generations``."""
        return generations.is_worked_on(self.root, number)

    def is_begun(self, number: int, entities: Iterable[str]) -> bool:
        """As in ``Generations``."""
        return any(shards_of(self.place(number) / entity / FIRST_EDITION) for entity in entities)

    def note_fit(self, number: int, fit: Fit) -> None:
        """As in ``Generations``."""
        path = self.place(number)
        replace(manifest.read(path), fit=fit).write(path)

    def note_plan(
        self, building: Building, partitions: Mapping[str, Partition], width: int
    ) -> None:
        """As in ``Generations``."""
        path = self.place(building.number)
        replace(manifest.read(path), width=width, partitions=partitions).write(path)
        generations.note_building(self.root, building)

    def complete(self, number: int) -> None:
        """As in ``Generations``: nothing is lacking."""

    def cancel(self, number: int) -> None:
        """As in ``Generations``."""
        generations.give_up(self.root, number)
