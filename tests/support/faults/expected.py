"""What an index should hold: datasets, and datafiles that repeat the name of their dataset.

Each change returns another state, so the one before it stays to be compared with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from search_service.engines.base import Document

ENTITIES = ("Datafile", "Dataset")
NAME_OF_DATASET = "dataset.name"

Operation = Mapping[str, Any]
Documents = Mapping[str, Mapping[int, Document]]


@dataclass(frozen=True)
class Expected:
    """``building``: the generation that a re-index builds, ``kept``: older ones, by number."""

    documents: Documents = field(default_factory=lambda: {entity: {} for entity in ENTITIES})
    generation: int = 1
    building: Documents | None = None
    kept: Mapping[int, Documents] = field(default_factory=dict)

    def modified(self, operations: Sequence[Operation]) -> "Expected":
        """After these, which a generation that is built takes too."""
        building = None if self.building is None else _applied(self.building, operations)
        return replace(self, documents=_applied(self.documents, operations), building=building)

    def populated(self, entity: str, documents: Mapping[int, Document]) -> "Expected":
        """An entity was filled anew."""
        return replace(self, documents={**self.documents, entity: documents})

    def cleared(self) -> "Expected":
        """All was removed, by a generation with the next number."""
        return replace(self, documents=Expected().documents, generation=0)

    def begun(self, datafiles: Mapping[int, Document]) -> "Expected":
        """Datafiles are built anew."""
        return replace(self, building={**self.documents, "Datafile": datafiles})

    def given_up(self) -> "Expected":
        """There is no such generation any more."""
        return replace(self, building=None)

    def handed_over(self, number: int) -> "Expected":
        """The generation that was built is searched."""
        assert self.building is not None
        kept = {**self.kept, self.generation: self.documents}
        return Expected(self.building, number, None, kept)

    def rolled_back(self, number: int) -> "Expected":
        """An older generation is searched."""
        others = {n: documents for n, documents in self.kept.items() if n != number}
        return Expected(
            self.kept[number], number, None, {**others, self.generation: self.documents}
        )

    def dropped(self) -> "Expected":
        """Older generations were removed."""
        return replace(self, kept={})


def _applied(documents: Documents, operations: Sequence[Operation]) -> Documents:
    by_entity = {entity: dict(of) for entity, of in documents.items()}
    for operation in operations:
        for kind, what in operation.items():
            entity, id_ = what["_index"], what["_id"]
            if kind == "delete":
                by_entity[entity].pop(id_, None)
                continue
            by_entity[entity][id_] = what["doc"]
            if entity == "Dataset":
                _rename(by_entity["Datafile"], id_, what["doc"]["name"])
    return by_entity


def _rename(datafiles: dict[int, Document], dataset: int, name: str) -> None:
    for id_, datafile in datafiles.items():
        if datafile["dataset.id"] == dataset:
            datafiles[id_] = {**datafile, NAME_OF_DATASET: name}
