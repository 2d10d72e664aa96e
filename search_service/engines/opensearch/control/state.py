"""What all services of an index agree on, as the one document that says it.

Beside what ``engines.shared`` promises it names the indices of each entity, of each population and
generation, and what a service that ended had begun. A value: nothing is read or written here, see
``current_state``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from search_service.engines.shared import Population, SharedState

Json = dict[str, Any]

FORMAT = 1


class Phase(StrEnum):
    """How far a population is: who finds one that begins undoes it, one that ends is ended."""

    BEGINS = "begins"
    OPEN = "open"
    ENDS = "ends"


class Stage(StrEnum):
    """What a generation is for."""

    CURRENT = "current"
    KEPT = "kept"
    BUILDING = "building"


@dataclass(frozen=True, slots=True)
class PopulationState:
    """A population. ``index``: the one that it fills; None before that is made.

    ``version``: what its documents are written with.
    """

    since: float
    phase: Phase
    index: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class GenerationState:
    """A generation. ``indices``: by entity; one that takes over lacks some until it is handed over.

    ``version``: what documents are written with by those who build it.
    """

    stage: Stage
    made: float
    version: int
    indices: Mapping[str, str] = field(default_factory=dict)
    forgotten: Mapping[str, int] = field(default_factory=dict)  # related entity → how often


@dataclass(frozen=True, slots=True)
class Switch:
    """Searches are being switched to another generation; whoever finds this, ends it.

    ``committed``: None where the generation until now is kept; else it goes with all populations,
    as after a clear, and records up to this number are over.
    """

    number: int
    committed: int | None = None


@dataclass(frozen=True, slots=True)
class IndexState:
    """The state of an index in a cluster.

    ``version`` grows with everything that searches see, ``stamps`` by entity. Records up to
    ``floor`` are not needed, those up to ``removed`` are gone. ``edition``: of the index that was
    made last; no name is used twice. ``blocked``: those that are not written while they are copied.
    """

    identity: str
    generation: int = 0  # 0: the index is being made
    generations: Mapping[int, GenerationState] = field(default_factory=dict)
    populations: Mapping[str, PopulationState] = field(default_factory=dict)
    stamps: Mapping[str, int] = field(default_factory=dict)
    version: int = 0
    locks_version: int = 0
    edition: int = 0
    last_generation: int = 0
    committed: int = 0
    floor: int = 0
    removed: int = 0
    kept_after: int | None = None
    in_doubt: bool = False
    last_commit: float | None = None
    switch: Switch | None = None
    blocked: Sequence[str] = ()

    @property
    def indices(self) -> Mapping[str, str]:
        """The indices that are searched, by entity."""
        current = self.generations.get(self.generation)
        return {} if current is None else current.indices

    @property
    def building(self) -> int | None:
        """The number of the generation that a re-index builds."""
        for number, generation in self.generations.items():
            if generation.stage is Stage.BUILDING:
                return number
        return None

    @property
    def known_indices(self) -> frozenset[str]:
        """Every index of documents that is in use."""
        of_generations = {
            index for found in self.generations.values() for index in found.indices.values()
        }
        return frozenset(of_generations).union(
            population.index for population in self.populations.values() if population.index
        )

    def shared(self) -> SharedState:
        """What a service may know of it."""
        return SharedState(
            generation=self.generation,
            committed=self.committed,
            locks_version=self.locks_version,
            populations={
                entity: Population(population.since, is_open=population.phase is Phase.OPEN)
                for entity, population in self.populations.items()
            },
            kept_after=self.kept_after,
            in_doubt=self.in_doubt,
            last_commit=self.last_commit,
        )

    # ── changed ──────────────────────────────────────────────────────────────────────────────────

    def seen(self, *entities: str) -> "IndexState":
        """Searches see other documents of these entities."""
        version = self.version + 1
        return replace(
            self, version=version, stamps={**self.stamps, **dict.fromkeys(entities, version)}
        )

    def with_population(self, entity: str, population: PopulationState) -> "IndexState":
        """An entity has this population."""
        return replace(
            self,
            populations={**self.populations, entity: population},
            locks_version=self.locks_version + (entity not in self.populations),
        )

    def without_population(self, entity: str) -> "IndexState":
        """An entity has no population."""
        populations = {name: of for name, of in self.populations.items() if name != entity}
        return replace(self, populations=populations, locks_version=self.locks_version + 1)

    def with_generation(self, number: int, generation: GenerationState) -> "IndexState":
        """There is this generation, as it is now."""
        return replace(self, generations={**self.generations, number: generation})

    def without_generation(self, number: int) -> "IndexState":
        """There is no such generation."""
        generations = {other: of for other, of in self.generations.items() if other != number}
        return replace(self, generations=generations)

    def with_floor(self) -> "IndexState":
        """Records that nobody needs may go."""
        needed = self.committed if self.kept_after is None else self.kept_after
        return replace(self, floor=max(self.floor, min(self.committed, needed)))


def to_json(state: IndexState) -> Json:
    """The content of the document."""
    generations = {str(number): asdict(of) for number, of in state.generations.items()}
    return {"format": FORMAT, **asdict(state), "generations": generations}


def from_json(content: Json) -> IndexState:
    """What a document says."""
    values = {name: value for name, value in content.items() if name != "format"}
    switch = values.get("switch")
    return IndexState(
        **{
            **values,
            "generations": {
                int(number): GenerationState(**{**of, "stage": Stage(of["stage"])})
                for number, of in values["generations"].items()
            },
            "populations": {
                entity: PopulationState(**{**of, "phase": Phase(of["phase"])})
                for entity, of in values["populations"].items()
            },
            "switch": None if switch is None else Switch(**switch),
        }
    )
