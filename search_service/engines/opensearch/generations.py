"""Which generations an index in a cluster has, and how far the next one is.

All machines have the same ones; files of a generation are made in a place on one machine and
published. Not here: what is done in a turn, see ``turn``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from search_service.engines.fit import Fit
from search_service.engines.id_ranges import IdRange, Partition
from search_service.engines.index import Building, Generation
from search_service.engines.opensearch.control.lease import Lease, Watched
from search_service.engines.opensearch.control.state import GenerationState, Stage
from search_service.engines.opensearch.counting import documents_of, figures_of, has_documents
from search_service.engines.opensearch.parts import Parts
from search_service.engines.opensearch.turn import ClusterTurn
from search_service.engines.opensearch.write.copies import Copies
from search_service.errors import CannotReindex, DirectoryRefused
from search_service.files import make_directory


@dataclass(frozen=True, slots=True)
class ClusterGenerations:
    """As in ``Generations``. ``turn``: takes the turn, as what is changed here needs it."""

    parts: Parts
    turn: Callable[[], AbstractContextManager[ClusterTurn]]

    def current(self) -> int:
        """As in ``Generations``."""
        return self.parts.state.read().generation

    def kept(self) -> Sequence[int]:
        """As in ``Generations``."""
        generations = self.parts.state.read().generations
        return sorted(n for n, found in generations.items() if found.stage is Stage.KEPT)

    def listed(self) -> Sequence[Generation]:
        """As in ``Generations``."""
        generations = self.parts.state.read().generations
        names = [index for found in generations.values() for index in found.indices.values()]
        figures = figures_of(self.parts.cluster, names)
        return [
            Generation(
                number,
                found.made,
                sum(figures[index].documents for index in found.indices.values()),
                sum(figures[index].size for index in found.indices.values()),
                found.stage,
                sizes={entity: figures[index].size for entity, index in found.indices.items()},
            )
            for number, found in sorted(generations.items())
        ]

    # ── files ────────────────────────────────────────────────────────────────────────────────────

    def place(self, number: int) -> Path:
        """As in ``Generations``: a directory on this machine."""
        path = self.parts.place_of(number)
        with suppress(OSError):  # whoever writes there learns why
            make_directory(path)
        return path

    def file(self, number: int, name: str) -> Path:
        """As in ``Generations``: a copy, not the file in the place."""
        return self.parts.files.file(number, name)

    def publish(self, number: int, name: str) -> None:
        """As in ``Generations``."""
        self.parts.known.note_file(number, name)
        self.parts.files.publish(number, name, self.place(number) / name)

    # ── what is in them ──────────────────────────────────────────────────────────────────────────

    def fit(self, number: int) -> Fit:
        """As in ``Generations``."""
        return self.parts.known.read(number).fit

    def partition(self, number: int, entity: str) -> Partition:
        """As in ``Generations``."""
        known = self.parts.known.read(number)
        return known.partitions.get(entity) or Partition(known.width)

    def documents(self, number: int, entities: Iterable[str]) -> int:
        """As in ``Generations``."""
        return sum(documents_of(self.parts.cluster, self._indices(number, entities)).values())

    def size(self, number: int, entities: Iterable[str]) -> int:
        """As in ``Generations``."""
        figures = figures_of(self.parts.cluster, self._indices(number, entities))
        return sum(found.size for found in figures.values())

    def _indices(self, number: int, entities: Iterable[str]) -> list[str]:
        indices = self._generation(number).indices
        return [indices[entity] for entity in entities if entity in indices]

    def _generation(self, number: int) -> GenerationState:
        found = self.parts.state.read().generations.get(number)
        if found is None:
            raise DirectoryRefused(f"{self.parts.place} has no generation {number}")
        return found

    # ── the next one ─────────────────────────────────────────────────────────────────────────────

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """As in ``Generations``."""
        with self.turn() as turn:
            return turn.begin_generation(entities, fit)

    def building(self) -> Building | None:
        """As in ``Generations``."""
        state = self.parts.state.read()
        number = state.building
        known = None if number is None else self.parts.known.find(number)
        if number is None or known is None:
            return None
        return Building(number, known.ids, state.generations[number].made)

    def alone(self, number: int) -> AbstractContextManager[None]:
        """As in ``Generations``: by a lease."""
        return self._alone(number)

    @contextmanager
    def _alone(self, number: int) -> Iterator[None]:
        lease = self._lease(number)
        held = lease.take(3 * lease.seconds, gives_up=True)
        if held is None:
            raise CannotReindex(f"Another icat-search reindex builds generation {number}")
        with held:
            yield

    def is_worked_on(self, number: int) -> bool:
        """As in ``Generations``. It may take as long as a lease to know that somebody died."""
        lease = self._lease(number)
        watched = self.parts.watched.setdefault(lease.id, Watched(lease.seconds))
        return lease.is_held(watched)

    def _lease(self, number: int) -> Lease:
        seconds = self.parts.cluster_options.lease_seconds
        return Lease(self.parts.control, f"reindex {number}", seconds)

    def is_begun(self, number: int, entities: Iterable[str]) -> bool:
        """As in ``Generations``."""
        indices = self._generation(number).indices
        ids = self.parts.known.read(number).ids
        return any(
            has_documents(self.parts.cluster, indices[entity], ids.get(entity, IdRange()))
            for entity in entities
            if entity in indices
        )

    def note_fit(self, number: int, fit: Fit) -> None:
        """As in ``Generations``."""
        self.parts.known.change(number, lambda known: replace(known, fit=fit))

    def note_plan(
        self, building: Building, partitions: Mapping[str, Partition], width: int
    ) -> None:
        """As in ``Generations``. Ids outside the ranges that are read anew are taken over."""
        number = building.number
        self.parts.known.change(
            number,
            lambda known: replace(known, ids=building.ids, partitions=partitions, width=width),
        )
        parts = {entity: ids for entity, ids in building.ids.items() if ids != IdRange()}
        if parts:
            with self.turn() as turn:
                turn.take_over(number, parts)

    def complete(self, number: int) -> None:
        """As in ``Generations``: copies of its shards are made."""
        copies = Copies(self.parts.cluster, self.parts.cluster_options)
        copies.make(self._generation(number).indices)

    def cancel(self, number: int) -> None:
        """As in ``Generations``."""
        with self.turn() as turn:
            turn.cancel_generation(number)
