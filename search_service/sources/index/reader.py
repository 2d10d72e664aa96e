"""Documents of a data directory, as they were put: what was committed when it was opened.

A service may run on the directory; nothing is asked of it and nothing changed. The documents were
checked when they were put, so only what depends on settings, as SI values do, is made anew. Not
here: changes that wait in the journal for a commit.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from search_service.catalogue import lookup
from search_service.catalogue.origin import Origin
from search_service.engines.beside import reader_beside
from search_service.engines.config import EngineOptions, IndexConfig
from search_service.engines.fit import check_fit
from search_service.engines.open import open_engine
from search_service.errors import (
    DirectoryRefused,
    DoesNotFit,
    EngineFailed,
    ShardDamaged,
    SourceLost,
    SourceRefused,
    StorageFailed,
)
from search_service.query.tree import Everything, NumberRange, Query
from search_service.service.searching import releases
from search_service.sources import origin_file
from search_service.sources.base import Bounds, Row

# To find the documents of a range takes as long as to read some hundred, however few there are.
BLOCK = 10_000
# A piece is as large as it should be but for this share of it.
_NEAR = 0.02
# Reading depends on none of the settings.
_CONFIG = IndexConfig(frozenset(), "", "/\\")
_CURE = (
    "Read it with the version of icat-search that wrote it (into a service elsewhere: --service), "
    "or build the new index from the database"
)


class IndexSource:
    """A ``Source`` over the current generation of a data directory."""

    checked = True

    def __init__(self, root: Path, block: int = BLOCK) -> None:
        """``block``: documents that are found at once. Raises SourceRefused, SourceLost."""
        self._root = root
        self._block = block
        self._engine = open_engine(EngineOptions(_CONFIG, root))
        self._refuse_unreadable()
        with self._failures_named():
            self._reader, self._view = reader_beside(self._engine)

    def origin(self, named: Origin) -> Origin:
        """As the directory says; what the settings leave out is left out here, too."""
        with self._failures_named():
            recorded = origin_file.read(self._engine.generations, self._view.generation)
        if recorded is None:
            return replace(named, address="")  # of a copy, which tells nothing of the catalogue
        left_out = {*recorded.left_out, *named.left_out}
        return replace(recorded, left_out=tuple(sorted(left_out)))

    def bounds(self, entity: str) -> Bounds | None:
        """The exact ids and count."""
        with self._failures_named():
            highest = self._reader.highest_id(entity, None, None)
            if highest is None:
                return None
            ((lowest, _),) = self._reader.documents(entity, Everything(), None, 1)
            return Bounds(lowest, highest, self._reader.count(entity))

    def boundaries(self, entity: str, pieces: int) -> Sequence[int]:
        """Cuts into pieces of almost equal size, each found by halves."""
        found = self.bounds(entity)
        if found is None:
            return []
        cuts: set[int] = set()
        low, before = found.low, 0
        for piece in range(1, pieces):
            wanted = found.count * piece / pieces
            low, before = self._cut(entity, low, before, found.high, wanted, found.count / pieces)
            cuts.add(low)
        return sorted(cuts - {found.low})

    def _cut(
        self, entity: str, low: int, before: int, high: int, wanted: float, size: float
    ) -> tuple[int, int]:
        """An id with about ``wanted`` documents below it, and how many there are.

        ``before`` are those below ``low``.
        """
        start, below = low, before
        while high - low > 1:
            middle = (low + high) // 2
            number = below + self.count(entity, start, middle)
            if abs(number - wanted) <= _NEAR * size:
                return middle, number
            if number < wanted:
                low, before = middle, number
                start, below = middle, number
            else:
                high = middle
        return low, before

    def read(self, entity: str, low: int, high: int) -> Iterator[Sequence[Row]]:
        """Documents in blocks, as they were put."""
        # By ranges with about a block each: all documents from an id on are many to choose from.
        count = self.count(entity, low, high)
        found = self.bounds(entity) if count else None
        if found is None:
            return
        low, high = max(low, found.low), min(high, found.high + 1)
        step = max(1, (high - low) * self._block // count)
        while low < high:
            until = min(high, low + step)
            query = _between(entity, low, until)
            with self._failures_named():
                block = self._reader.documents(entity, query, None, self._block)
            if block:
                yield block
            low = block[-1][0] + 1 if len(block) == self._block else until

    def count(self, entity: str, low: int, high: int) -> int:
        """The exact number of documents."""
        with self._failures_named():
            return self._reader.tally(entity, _between(entity, low, high))

    def ids(self, entity: str, low: int, high: int, limit: int) -> Sequence[int]:
        """The ids of documents."""
        with self._failures_named():
            found = self._reader.documents(entity, _between(entity, low, high), None, limit)
            return [id_ for id_, _ in found]

    def pick(self, entity: str, ids: Sequence[int]) -> Sequence[Row]:
        """The documents with these ids."""
        with self._failures_named():
            return sorted(self._reader.find(entity, ids).items())

    def releases(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """As the table of the generation says."""
        with self._failures_named():
            rows = releases.rows(self._engine.generations, self._view.generation, low, high)
        yield from rows

    def close(self) -> None:
        """Give back what the reader has open."""
        self._reader.close()

    def _refuse_unreadable(self) -> None:
        """Raises SourceRefused for what is no data directory, or of a format not known here."""
        try:
            generations = self._engine.generations
            written = generations.fit(generations.current())
            # Analysis and settings decide what is found, not what is read.
            wanted = self._engine.fit
            known = replace(wanted, engine=written.engine, format=written.format)
            check_fit(self._root, known, wanted, _CURE)
        except (DirectoryRefused, DoesNotFit) as error:
            raise SourceRefused(str(error)) from error
        except OSError as error:
            raise SourceRefused(f"{self._root} cannot be read: {error}") from error

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except (ShardDamaged, DirectoryRefused) as error:
            raise SourceRefused(str(error)) from error
        except (OSError, ValueError, StorageFailed, EngineFailed) as error:
            raise SourceLost(f"{self._root} could not be read: {error}") from error


def _between(entity: str, low: int, high: int) -> Query:
    """The ids ``low`` <= id < ``high``; NumberRange has both ends in."""
    return NumberRange(_key_of(entity), low, high - 1)


def _key_of(entity: str) -> str:
    return lookup.entity(entity).id_field or "id"
