"""What an engine promises of an index as a whole: opening, generations, bulk building, status.

Together with ``base`` this is all that may be used of an engine. An ``Engine`` is a value that any
process may have. One process opens the index for changing (``OpenIndex``); a re-index builds the
next generation beside it (``BulkBuilder``), which the owner then adopts. Each generation has a
directory for files that go with it, whatever the engine; see
``docs/decisions/0018-the-seam-for-changing.md``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from search_service.engines.base import Document, Extent, IndexStatus, Reader, View, Writer
from search_service.engines.config import IndexConfig
from search_service.engines.fit import Fit
from search_service.engines.id_ranges import IdRange, Partition
from search_service.engines.shared import SharedIndex


@dataclass(frozen=True, slots=True)
class Building:
    """A generation that a re-index builds. Entities that it does not name are taken over."""

    number: int
    ids: Mapping[str, IdRange]  # that are read anew, by entity
    begun: float  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation, for people."""

    number: int
    made: float  # seconds since 1970
    documents: int
    size: int  # bytes; what it shares with another generation is counted in both
    state: str  # current, kept, building or unknown
    own: int = 0  # bytes that no other generation has: its removal makes room for them
    sizes: Mapping[str, int] = field(default_factory=dict)  # bytes by entity


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was compared in a part of an index, and what is damaged there.

    ``generation``: None when the index is refused as a whole. ``entity``: that cannot be searched
    then; None: not one of them alone. ``path``: None when nothing is damaged.
    """

    generation: int | None
    files: int = 0
    size: int = 0  # bytes
    entity: str | None = None
    path: Path | None = None
    what: str = ""


class GenerationFiles(Protocol):
    """Small files that go with a generation, wherever its documents are; removed with it."""

    def place(self, number: int) -> Path:
        """The directory of this machine where files of a generation are written."""
        ...

    def file(self, number: int, name: str) -> Path:
        """Where a file of a generation is on this machine, as ``publish`` left it anywhere last.

        There may be none at the path. Raises OSError, StorageFailed.
        """
        ...

    def publish(self, number: int, name: str) -> None:
        """Let all machines have a file of a generation as it is in its place here.

        Raises OSError, StorageFailed.
        """
        ...


class Generations(GenerationFiles, Protocol):
    """Which generations an index has, and how far the next one is. For several processes.

    Whatever changes here is durable when a call returns. Raises DirectoryRefused where it is not
    known what there is, OSError where it cannot be written.
    """

    def current(self) -> int:
        """The number of the generation that is searched."""
        ...

    def kept(self) -> Sequence[int]:
        """Those that were searched before, ascending."""
        ...

    def listed(self) -> Sequence[Generation]:
        """Every generation, ascending."""
        ...

    def fit(self, number: int) -> Fit:
        """What a generation was written with."""
        ...

    def partition(self, number: int, entity: str) -> Partition:
        """Where the pieces of an entity begin."""
        ...

    def documents(self, number: int, entities: Iterable[str]) -> int:
        """How many documents of these a generation holds, as of the last commit."""
        ...

    def size(self, number: int, entities: Iterable[str]) -> int:
        """How many bytes they take."""
        ...

    # ── the next one ───────────────────────────────────────────────────────────────────────────

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """Begin the next generation, which goes on with the journal of the current one.

        Only who has the index open may. Returns its number.
        """
        ...

    def building(self) -> Building | None:
        """The generation that a re-index builds, if one has begun and has not ended."""
        ...

    def alone(self, number: int) -> AbstractContextManager[None]:
        """Nobody else builds the generation meanwhile. Raises CannotReindex when somebody does."""
        ...

    def is_worked_on(self, number: int) -> bool:
        """Whether somebody builds the generation at the moment."""
        ...

    def is_begun(self, number: int, entities: Iterable[str]) -> bool:
        """Whether any piece of these was begun."""
        ...

    def note_fit(self, number: int, fit: Fit) -> None:
        """Note what a generation will be written with that was begun for another release."""
        ...

    def note_plan(
        self, building: Building, partitions: Mapping[str, Partition], width: int
    ) -> None:
        """Note which ids are read anew and where pieces begin, by entity.

        ``width``: of entities that are not there yet.
        """
        ...

    def complete(self, number: int) -> None:
        """Give a generation that was built what it lacked meanwhile; it may take hours.

        Raises CannotReindex when a part of it is gone.
        """
        ...

    def cancel(self, number: int) -> None:
        """Remove a generation that a re-index builds."""
        ...


Encoded = Any
"""A document as the engine takes it."""

Encode = Callable[[int, Document], Encoded]


class BulkBuilder(Protocol):
    """Fills one piece of a generation that is built. For one thread.

    What cannot be written is a StorageFailed; where that comes of damage, a ShardDamaged.
    """

    def put(self, documents: Iterable[tuple[int, Encoded]]) -> None:
        """Add documents by id, replacing those that are there."""
        ...

    def commit(self) -> None:
        """Make durable what was put."""
        ...

    def count(self) -> int:
        """How many documents of the piece are durable."""
        ...

    def close(self) -> None:
        """Commit, and end."""
        ...

    def drop(self) -> None:
        """End without what was not committed."""
        ...


class OpenIndex(Protocol):
    """An index that this process alone may change, until it is closed."""

    @property
    def generation(self) -> int:
        """The number of the generation that is searched."""
        ...

    @property
    def journal(self) -> int:
        """The number of the journal that belongs to it.

        A generation that was built goes on with that of the one before; a clear begins another.
        """
        ...

    @property
    def is_new(self) -> bool:
        """Whether it was made by being opened."""
        ...

    def tidy(self) -> None:
        """Remove what a crash left. Before that nothing was changed."""
        ...

    def writer(self) -> Writer:
        """The writer of the generation that is searched; to be asked for once, after ``tidy``.

        Closing it closes the index.
        """
        ...

    def following(self, number: int) -> Writer:
        """The writer of a generation that is built, with all that it takes over.

        What was applied to the current one must be committed. It can be done again after a crash.
        Raises StorageFailed.
        """
        ...

    def adopt(self, number: int) -> None:
        """Go on with another generation, which readers see as a whole; the one until now is kept.

        What was applied must be committed, here and there. Raises OSError: nothing has changed.
        Raises NotDurable: it was adopted, but after a power loss the other may be current again.
        """
        ...

    def drop(self, number: int) -> None:
        """Keep a generation no longer; it goes as soon as no reader may be reading it."""
        ...

    def kept_since(self, number: int) -> float:
        """When a generation that is kept was replaced, in seconds since 1970. Raises OSError."""
        ...

    def identity(self) -> str:
        """As ``Engine.identity``, which is made if there is none; empty when it cannot be."""
        ...

    def close(self) -> None:
        """Let another process open it; where there is a writer, that is closed instead."""
        ...


class Engine(Protocol):
    """An engine and the index that the settings name; nothing is opened by having it.

    It can be sent to other processes.
    """

    @property
    def root(self) -> Path:
        """The data directory, where the journal and other files of the service are kept."""
        ...

    @property
    def config(self) -> IndexConfig:
        """The settings that decide what an index holds."""
        ...

    @property
    def fit(self) -> Fit:
        """What an index must have been written with to be opened."""
        ...

    @property
    def generations(self) -> Generations:
        """Those of the index."""
        ...

    @property
    def shared(self) -> SharedIndex | None:
        """The index as several services change it at a time; None: one process alone may.

        Without it ``open`` and ``hold`` are for changing; with it they raise NotNow.
        """
        ...

    # ── reading ────────────────────────────────────────────────────────────────────────────────

    def reader(self) -> Reader:
        """A reader that has seen no view yet, so finds nothing."""
        ...

    def view(self) -> View:
        """What was committed last, for who has not opened the index.

        Raises DirectoryRefused, ShardDamaged, OSError.
        """
        ...

    def status(self) -> IndexStatus:
        """As the files say, for who has not opened the index.

        Raises as ``view``, and Unreadable.
        """
        ...

    def extent(self, view: View) -> Extent:
        """What of a view is on this machine. Counted in files, so not for every request."""
        ...

    def identity(self) -> str:
        """Which index this is: a number by chance, made with it; empty when there is none.

        A copy, for a standby, has the same one.
        """
        ...

    def verify(self) -> Iterator[Verified]:
        """Compare all that is searched or kept with its checksums, while others may use it.

        Raises DirectoryRefused when there is no index.
        """
        ...

    def link_searched(self, target: Path) -> int:
        """Link what is searched into an empty directory, as a data directory has it.

        Nobody may commit or change generations meanwhile. Returns the number of the generation.
        Raises DirectoryRefused, ShardDamaged, OSError; NotNow where the index is not in files.
        """
        ...

    def is_unchanging(self, name: str) -> bool:
        """Whether a file of this name never changes, and no other file ever has its name."""
        ...

    # ── changing ───────────────────────────────────────────────────────────────────────────────

    def open(self, *, create: bool) -> OpenIndex:
        """Open the index, or make it with ``create``; leave what a crash left for ``tidy``.

        Raises DirectoryInUse, DirectoryRefused, DoesNotFit.
        """
        ...

    def hold(self) -> OpenIndex:
        """Open it whether it fits or not, to work with whole generations: it has no writer.

        Raises DirectoryInUse, DirectoryRefused.
        """
        ...

    # ── bulk building ──────────────────────────────────────────────────────────────────────────

    def encoder(self, entity: str) -> Encode:
        """Encodes documents of an entity for ``BulkBuilder.put``. For one thread."""
        ...

    def builder(
        self, generation: int, entity: str, low: int, high: int, *, memory: int
    ) -> BulkBuilder:
        """Builds the piece ``low`` <= id < ``high``, or goes on with it.

        ``memory``: bytes that it may take. Raises as ``BulkBuilder``.
        """
        ...

    def drop_uncommitted(self, generation: int, entity: str, low: int) -> None:
        """Give back the room of what was not committed of the piece that begins at ``low``.

        Nobody may be building it.
        """
        ...
