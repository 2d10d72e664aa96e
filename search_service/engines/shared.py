"""What an engine promises of an index that several services change at a time.

Whatever they have to agree on is in the index: acknowledged changes (the journal), which of them
are committed, populations, generations. A service that ends in the middle of something is replaced
by whichever takes the next turn. An engine whose index belongs to one process has none of this, see
``index.OpenIndex``; why: ``docs/decisions/0025-several-services-on-one-index.md``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from search_service.engines.base import ChangeWriter, Document, IndexStatus, Reader
from search_service.engines.fit import Fit


@dataclass(frozen=True, slots=True)
class Population:
    """An entity that is loaded in bulk: since when, in seconds since 1970, and how far it is.

    ``is_open``: documents can be added. Otherwise it begins, or it ends.
    """

    since: float
    is_open: bool


@dataclass(frozen=True, slots=True)
class SharedState:
    """What all services agree on at one moment.

    ``committed``: the number of the last record whose changes searches see. ``kept_after``: records
    beyond this number are kept after their commit for the generation that is built; None: there is
    none. ``in_doubt``: a commit was begun that has not ended, so some of it may be done.
    ``locks_version`` is another number after a population begins or ends, and after a clear.
    """

    generation: int
    committed: int
    locks_version: int
    populations: Mapping[str, Population] = field(default_factory=dict)  # by entity
    kept_after: int | None = None
    in_doubt: bool = False
    last_commit: float | None = None  # seconds since 1970


class PropagatedStates(Protocol):
    """The state of each related entity that was propagated last, of those without an index.

    Each method raises StorageFailed.
    """

    def of(self, related: str, ids: Iterable[int]) -> Mapping[int, Document]:
        """The states that are known, by id."""
        ...

    def remember(self, related: str, fields: Mapping[int, Document | None]) -> None:
        """Keep states, by id; None removes one."""
        ...

    def forget(self, related: Iterable[str]) -> None:
        """Remove the states of these related entities."""
        ...


class Turn(Protocol):
    """The right to change what is searched, of one holder at a time; good until it is given back.

    Each method raises TurnLost when another service has taken over meanwhile, as it does from a
    holder that does not answer for some seconds; what such a holder still writes has no effect.
    Raises StorageFailed.
    """

    def state(self) -> SharedState:
        """As in ``SharedIndex``."""
        ...

    def writer(self) -> ChangeWriter:
        """Changes the generation that is searched."""
        ...

    def propagated_states(self, generation: int) -> PropagatedStates:
        """Those of a generation."""
        ...

    # ── commits ──────────────────────────────────────────────────────────────────────────────────

    def begin_commit(self) -> None:
        """Note that a commit begins: if it does not end, the next one is ``in_doubt``."""
        ...

    def end_commit(self, committed: int) -> None:
        """Note that records up to this number are committed: they are not needed any more.

        Those kept for a generation that is built are.
        """
        ...

    # ── populations ──────────────────────────────────────────────────────────────────────────────

    def lock(self, entity: str) -> None:
        """Let nothing but additions change the entity. It has a population that is not open."""
        ...

    def begin_population(self, entity: str, *, delete: bool) -> None:
        """Open the population of a locked entity; searches go on seeing it as it is now.

        ``delete``: it starts from no documents.
        """
        ...

    def end_population(self, entity: str) -> None:
        """Let searches see a population as a whole, and unlock the entity."""
        ...

    def abandon_population(self, entity: str) -> None:
        """Unlock an entity without its population."""
        ...

    def clear(self, committed: int) -> None:
        """Remove every document and population as one step; records up to this number are over."""
        ...

    # ── generations ──────────────────────────────────────────────────────────────────────────────

    def begin_generation(self, entities: Sequence[str], fit: Fit) -> int:
        """Begin the next one; all records beyond the last committed one are kept for it.

        Returns its number.
        """
        ...

    def following(self, number: int) -> ChangeWriter:
        """Changes a generation that was built, with all that it takes over from the current one.

        What is acknowledged must be committed. It can be done again.
        """
        ...

    def adopt(self, number: int) -> None:
        """Let searches see another generation, as a whole; the one until now is kept.

        Records are not kept for it any more.
        """
        ...

    def cancel_generation(self) -> None:
        """Remove the generation that is built; records are not kept for it any more."""
        ...

    def drop(self, number: int) -> None:
        """Remove a generation that is kept."""
        ...


class SharedIndex(Protocol):
    """The index, for several threads. Each method raises StorageFailed, and EngineUnavailable."""

    def open(self, *, create: bool) -> bool:
        """Make sure that the index is there and fits. Returns whether it was made.

        Raises DoesNotFit, DirectoryRefused; EngineRefused for a cluster that cannot be used.
        """
        ...

    def state(self) -> SharedState:
        """The state now, not of some moment before."""
        ...

    def turn(self, wait_seconds: float | None = None) -> AbstractContextManager[Turn]:
        """Wait for the turn, and give it back at the end. What another began and left is ended.

        Populations that were beginning are undone, those that were ending are ended, generations
        that were being adopted are adopted. Raises NotNow when it is not to be had in time;
        ``wait_seconds`` None: as long as a commit may take.
        """
        ...

    # ── the journal ──────────────────────────────────────────────────────────────────────────────

    def append(self, record: bytes) -> int:
        """Write a record. It is durable on return, whichever process or machine ends then.

        Returns its number: higher by one than that of the record before, and higher than
        ``committed`` was when it was written.
        """
        ...

    def last(self) -> int:
        """The number of the last record that was appended before the call."""
        ...

    def records(self, after: int, up_to: int) -> Iterator[bytes]:
        """The records with ``after`` < number <= ``up_to``, in order."""
        ...

    def journal_size(self) -> int:
        """Bytes that the records take, with those that are kept for a generation."""
        ...

    # ── populations and figures ──────────────────────────────────────────────────────────────────

    def add(self, entity: str, documents: Sequence[tuple[int, Document]]) -> bool:
        """Put documents into the open population of an entity; False when there is none."""
        ...

    def reader(self) -> Reader:
        """A reader that has seen what is committed now; for one thread."""
        ...

    def status(self) -> IndexStatus:
        """What the index holds. It takes some requests, so not for every search."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...
