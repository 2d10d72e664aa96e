"""What was acknowledged and is not committed yet: for each document the last word, and in which
order related entities spoke.

Not here: durability, see ``journal``; what a related entity's states lead to, see ``propagation``.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from search_service.catalogue import lookup
from search_service.catalogue.changes import Operation
from search_service.engines.base import Document


@dataclass(frozen=True, slots=True)
class Step:
    """An operation as checked: what it does to a document, what it says to others."""

    operation: Operation  # as it was sent
    entity: str | None = None
    document: Document | None = None
    related: str | None = None
    fields: Document | None = None
    propagates: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """The last change of a document itself; None: it is deleted."""

    turn: int
    document: Document | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a related entity's fields were said to be; None: it is deleted.

    ``propagates``: whether documents written before are to follow, which a population does not ask.
    """

    turn: int
    fields: Document | None
    propagates: bool


@dataclass
class Pending:
    """``turns`` numbers the operations, and goes on from one table to its successor.

    ``doubtful``: some of it may be committed already, so the documents that are found do not tell
    what there was before.
    """

    turns: Iterator[int]
    documents: dict[str, dict[int, Written]] = field(default_factory=dict)
    said: dict[str, dict[int, list[Said]]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)  # all that it came of
    size: int = 0  # bytes, as received
    doubtful: bool = False

    @property
    def operations(self) -> int:
        """How many operations it came of."""
        return len(self.steps)

    def add(self, steps: Iterable[Step], size: int = 0) -> None:
        """Note operations, in order."""
        for step in steps:
            self.steps.append(step)
            if step.entity is not None:
                self.write(step.entity, step.operation.id, step.document)
            if step.related is not None:
                self.say(step.related, step.operation.id, step.fields, propagates=step.propagates)
        self.size += size

    def write(self, entity: str, id_: int, document: Document | None) -> None:
        """Create, replace or delete a document."""
        self.documents.setdefault(entity, {})[id_] = Written(next(self.turns), document)

    def say(self, related: str, id_: int, fields: Document | None, *, propagates: bool) -> None:
        """Set or end the fields that others repeat."""
        words = self.said.setdefault(related, {}).setdefault(id_, [])
        if fields is not None and words and words[-1].fields == fields:
            # The catalogue repeats itself, most of all about what did not change.
            if not propagates:
                return
            if words[-1].propagates:
                words.pop()
        words.append(Said(next(self.turns), fields, propagates))

    def touches(self, entity: str) -> bool:
        """Whether a commit may change documents of this entity."""
        if entity in self.documents:
            return True
        propagations = (
            propagation for name in self.said for propagation in lookup.propagations(name)
        )
        return any(propagation.entity == entity for propagation in propagations)

    def touched(self, entities: Collection[str]) -> frozenset[str]:
        """Which of these entities ``touches`` tells of."""
        return frozenset(entity for entity in entities if self.touches(entity))

    def followed_by(self, newer: "Pending") -> "Pending":
        """Both as one, after a commit of this one failed."""
        both = Pending(self.turns, self.documents, self.said, doubtful=True)
        both.steps = self.steps + newer.steps
        both.size = self.size + newer.size
        for entity, documents in newer.documents.items():
            both.documents.setdefault(entity, {}).update(documents)
        for related, by_id in newer.said.items():
            for id_, words in by_id.items():
                both.said.setdefault(related, {}).setdefault(id_, []).extend(words)
        return both

    def __bool__(self) -> bool:
        return bool(self.documents or self.said)
