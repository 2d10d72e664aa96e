"""Changes that are acknowledged and not committed yet, in memory.

For each document its last change, for each related entity its successive states, all in the order
in which they came. Not here: durability, see ``journal``; the changes of documents that follow from
a related entity's states, see ``propagation``.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from search_service.catalogue import lookup
from search_service.catalogue.documents import Operation
from search_service.engines.base import Document


@dataclass(frozen=True, slots=True)
class Step:
    """A checked operation: the change of its document, and the state of a related entity.

    ``fields``: the fields that other documents repeat; None: the related entity is deleted.
    ``propagates``: see ``RelatedState``.
    """

    operation: Operation  # as it was sent
    entity: str | None = None
    document: Document | None = None
    related: str | None = None
    fields: Document | None = None
    propagates: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """The last change of a document, at its turn in the order; None: it is deleted."""

    turn: int
    document: Document | None


@dataclass(frozen=True, slots=True)
class RelatedState:
    """One of a related entity's successive states: the fields that documents repeat.

    ``fields``: None when it is deleted. ``propagates``: whether documents that were written before
    follow it, which those of a population do not.
    """

    turn: int
    fields: Document | None
    propagates: bool


@dataclass
class Pending:
    """The changes of one commit.

    ``turns`` numbers them, and goes on from one commit to the next. ``doubtful``: some of them may
    be committed already, so the engine does not tell how a related entity was before.
    """

    turns: Iterator[int]
    documents: dict[str, dict[int, Written]] = field(default_factory=dict)
    states: dict[str, dict[int, list[RelatedState]]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)  # all that were added
    size: int = 0  # bytes, as received
    doubtful: bool = False

    @property
    def operations(self) -> int:
        """How many operations were added."""
        return len(self.steps)

    def add(self, steps: Iterable[Step], size: int = 0) -> None:
        """Add operations, in order; ``size``: their bytes."""
        for step in steps:
            self.steps.append(step)
            if step.entity is not None:
                self.write(step.entity, step.operation.id, step.document)
            if step.related is not None:
                self.record(
                    step.related, step.operation.id, step.fields, propagates=step.propagates
                )
        self.size += size

    def write(self, entity: str, id_: int, document: Document | None) -> None:
        """Create, replace or delete a document."""
        self.documents.setdefault(entity, {})[id_] = Written(next(self.turns), document)

    def record(self, related: str, id_: int, fields: Document | None, *, propagates: bool) -> None:
        """Add a state of a related entity; None: it is deleted."""
        states = self.states.setdefault(related, {}).setdefault(id_, [])
        if fields is not None and states and states[-1].fields == fields:
            # The catalogue repeats itself, most of all about entities that did not change.
            if not propagates:
                return
            if states[-1].propagates:
                states.pop()
        states.append(RelatedState(next(self.turns), fields, propagates))

    def touches(self, entity: str) -> bool:
        """Whether a commit may change documents of this entity."""
        if entity in self.documents:
            return True
        propagations = (
            propagation for name in self.states for propagation in lookup.propagations(name)
        )
        return any(propagation.entity == entity for propagation in propagations)

    def touched(self, entities: Collection[str]) -> frozenset[str]:
        """Those of these entities whose documents a commit may change."""
        return frozenset(entity for entity in entities if self.touches(entity))

    def followed_by(self, newer: "Pending") -> "Pending":
        """Both as one, in this order, after a commit of this one failed."""
        both = Pending(self.turns, self.documents, self.states, doubtful=True)
        both.steps = self.steps + newer.steps
        both.size = self.size + newer.size
        for entity, documents in newer.documents.items():
            both.documents.setdefault(entity, {}).update(documents)
        for related, by_id in newer.states.items():
            for id_, states in by_id.items():
                both.states.setdefault(related, {}).setdefault(id_, []).extend(states)
        return both

    def __bool__(self) -> bool:
        return bool(self.documents or self.states)
