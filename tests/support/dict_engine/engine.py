"""The index as a whole: a file of pickled dicts for each generation in the data directory.

So several processes have it, as a re-index needs.
"""

import fcntl
import pickle
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from search_service.catalogue.entities import ENTITIES
from search_service.engines.base import Document, Extent, IndexStatus, View
from search_service.engines.config import EngineOptions, IndexConfig
from search_service.engines.fit import Fit, check_fit
from search_service.engines.id_ranges import IdRange, Partition
from search_service.engines.index import Building, Encode, Generation, Verified
from search_service.errors import (
    CannotReindex,
    DirectoryInUse,
    DirectoryRefused,
)
from tests.support.dict_engine.reader import DictReader, DictView
from tests.support.dict_engine.writer import DictWriter, Documents


@dataclass
class Content:
    """All of one generation but its documents."""

    fit: Fit
    width: int
    partitions: Mapping[str, Partition]
    journal: int
    state: str  # current, kept, building or empty, as after a clear
    made: float = field(default_factory=time.time)
    ids: Mapping[str, IdRange] | None = None  # that are built


@dataclass(frozen=True)
class DictGenerations:
    """As in ``Generations``."""

    root: Path

    def contents(self) -> dict[int, Content]:
        paths = sorted((self.root / "generations").glob("*/content"))
        return {int(path.parent.name): _read(path) for path in paths}

    def write(self, number: int, content: Content) -> None:
        self.place(number).mkdir(parents=True, exist_ok=True)
        _write(self.place(number) / "content", content)

    def read_documents(self, number: int) -> Documents:
        """Those of the pieces, too, that were built."""
        place = self.place(number)
        documents: Documents = {}
        for path in [*sorted(place.glob("*.piece")), place / "documents"]:
            if path.exists():
                for entity, found in _read(path).items():
                    documents.setdefault(entity, {}).update(found)
        return documents

    def write_documents(self, number: int, documents: Documents) -> None:
        _write(self.place(number) / "documents", documents)
        for path in self.place(number).glob("*.piece"):
            path.unlink()

    def switch(self, number: int) -> None:
        contents = self.contents()
        journal = contents[number].journal
        for before in self._with("current"):
            journal = contents[before].journal
            self.write(before, replace(contents[before], state="kept"))
        self.write(number, replace(contents[number], state="current", ids=None, journal=journal))

    def _with(self, state: str) -> list[int]:
        return [number for number, found in self.contents().items() if found.state == state]

    def current(self) -> int:
        for number in self._with("current"):
            return number
        raise DirectoryRefused(f"There is no data directory at {self.root}")

    def kept(self) -> Sequence[int]:
        return self._with("kept")

    def listed(self) -> Sequence[Generation]:
        entities = [entity.name for entity in ENTITIES]
        return [
            Generation(
                number,
                content.made,
                self.documents(number, entities),
                self.size(number, entities),
                content.state,
                sizes={entity: self.size(number, [entity]) for entity in entities},
            )
            for number, content in self.contents().items()
        ]

    def place(self, number: int) -> Path:
        return self.root / "generations" / f"{number:06d}"

    def file(self, number: int, name: str) -> Path:
        return self.place(number) / name

    def publish(self, number: int, name: str) -> None: ...

    def fit(self, number: int) -> Fit:
        return self.contents()[number].fit

    def partition(self, number: int, entity: str) -> Partition:
        content = self.contents()[number]
        return content.partitions.get(entity) or Partition(content.width)

    def documents(self, number: int, entities: Iterable[str]) -> int:
        documents = self.read_documents(number)
        return sum(len(documents.get(entity, ())) for entity in entities)

    def size(self, number: int, entities: Iterable[str]) -> int:
        documents = self.read_documents(number)
        return sum(len(pickle.dumps(documents.get(entity))) for entity in entities)

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        contents = self.contents()
        number = max(contents) + 1
        ids = {entity: IdRange() for entity in entities}
        before = contents[self.current()]
        self.write(number, replace(before, fit=fit, state="building", ids=ids, made=time.time()))
        return number

    def building(self) -> Building | None:
        for number in self._with("building"):
            content = self.contents()[number]
            return Building(number, content.ids or {}, content.made)
        return None

    def alone(self, number: int) -> AbstractContextManager[None]:
        return self._alone(number)

    @contextmanager
    def _alone(self, number: int) -> Iterator[None]:
        with (self.place(number) / "lock").open("a") as file:
            if not _taken(file):
                raise CannotReindex(f"Another icat-search reindex builds generation {number}")
            yield

    def is_worked_on(self, number: int) -> bool:
        with (self.place(number) / "lock").open("a") as file:
            return not _taken(file)

    def is_begun(self, number: int, entities: Iterable[str]) -> bool:
        return any(list(self.place(number).glob(f"{entity}.*.piece")) for entity in entities)

    def note_fit(self, number: int, fit: Fit) -> None:
        self.write(number, replace(self.contents()[number], fit=fit))

    def note_plan(
        self, building: Building, partitions: Mapping[str, Partition], width: int
    ) -> None:
        content = self.contents()[building.number]
        self.write(
            building.number,
            replace(content, ids=building.ids, partitions=partitions, width=width),
        )

    def complete(self, number: int) -> None: ...

    def cancel(self, number: int) -> None:
        shutil.rmtree(self.place(number))


class DictBuilder:
    """As in ``BulkBuilder``: each piece is a file."""

    def __init__(self, path: Path, entity: str) -> None:
        self._path = path
        self._entity = entity
        self._durable: dict[int, Document] = {}
        if path.exists():
            self._durable = _read(path)[entity]
        self._documents = dict(self._durable)

    def put(self, documents: Iterable[tuple[int, Document]]) -> None:
        self._documents.update(documents)

    def commit(self) -> None:
        _write(self._path, {self._entity: self._documents})
        self._durable = dict(self._documents)

    def count(self) -> int:
        return len(self._durable)

    def close(self) -> None:
        self.commit()

    def drop(self) -> None:
        self._documents = dict(self._durable)


class _DurableWriter(DictWriter):
    """Writes what is committed into its generation."""

    def __init__(self, generations: DictGenerations, number: int, hold: TextIO | None) -> None:
        self._generations = generations
        self._hold = hold
        super().__init__()
        self.follow(number, generations.read_documents(number))

    def commit(self, entities: Iterable[str]) -> None:
        super().commit(entities)
        self._generations.write_documents(self.generation, self.committed)

    def end(self, entity: str) -> None:
        super().end(entity)
        self._generations.write_documents(self.generation, self.committed)

    def renew(self) -> int:
        contents = self._generations.contents()
        number = max(contents) + 1
        self._generations.write(number, replace(contents[self.generation], journal=number))
        shutil.rmtree(self._generations.place(self.generation))
        return number

    def close(self) -> None:
        super().close()
        self.lose()

    def lose(self) -> None:
        super().lose()
        if self._hold is not None:
            self._hold.close()


class DictIndex:
    """As in ``OpenIndex``."""

    def __init__(self, generations: DictGenerations, hold: TextIO, *, is_new: bool) -> None:
        self.is_new = is_new
        self._generations = generations
        self._hold = hold
        self._writer: _DurableWriter | None = None

    @property
    def generation(self) -> int:
        return self._generations.current()

    @property
    def journal(self) -> int:
        return self._generations.contents()[self.generation].journal

    def tidy(self) -> None:
        pass

    def identity(self) -> str:
        path = self._generations.root / "identity"
        if not path.exists():
            path.write_text(uuid.uuid4().hex)
        return path.read_text()

    def writer(self) -> DictWriter:
        self._writer = _DurableWriter(self._generations, self.generation, self._hold)
        return self._writer

    def following(self, number: int) -> DictWriter:
        generations = self._generations
        ids = generations.contents()[number].ids or {}
        current = generations.read_documents(self.generation)
        writer = _DurableWriter(generations, number, None)
        for entity in ENTITIES:
            built = writer.committed.setdefault(entity.name, {})
            taken = ids.get(entity.name)
            partition = generations.partition(self.generation, entity.name)
            for id_, document in current.get(entity.name, {}).items():
                low = partition.low_of(id_)
                if taken is None or not taken.overlaps(low, partition.high_of(low)):
                    built[id_] = document
        writer.commit(())
        return writer

    def adopt(self, number: int) -> None:
        self._generations.switch(number)
        if self._writer is not None:
            self._writer.follow(number, self._generations.read_documents(number))

    def drop(self, number: int) -> None:
        shutil.rmtree(self._generations.place(number))

    def kept_since(self, number: int) -> float:
        return (self._generations.place(number) / "content").stat().st_mtime

    def close(self) -> None:
        self._hold.close()


@dataclass(frozen=True)
class DictEngine:
    """As in ``Engine``."""

    options: EngineOptions

    @property
    def root(self) -> Path:
        return self.options.data

    @property
    def config(self) -> IndexConfig:
        return self.options.index

    @property
    def fit(self) -> Fit:
        return Fit("dicts", {"units": self.config.units}, "dict")

    @property
    def generations(self) -> DictGenerations:
        return DictGenerations(self.root)

    @property
    def shared(self) -> None:
        return None

    def reader(self) -> DictReader:
        config = self.config
        return DictReader(
            facetable=config.facetable, separators=config.separators, synonyms=config.synonyms
        )

    def view(self) -> View:
        number = self.generations.current()
        return DictView(1, number, self.generations.read_documents(number))

    def status(self) -> IndexStatus:
        number = self.generations.current()
        documents = self.generations.read_documents(number)
        counts = {entity.name: len(documents.get(entity.name, ())) for entity in ENTITIES}
        return IndexStatus(number, counts, {}, {}, {})

    def extent(self, view: View) -> Extent:
        return Extent(0, 0)

    def identity(self) -> str:
        with suppress(OSError):
            return (self.root / "identity").read_text()
        return ""

    def verify(self) -> Iterator[Verified]:
        for number, content in self.generations.contents().items():
            if content.state in ("current", "kept"):
                path = self.generations.place(number) / "documents"
                yield Verified(number, 1, path.stat().st_size if path.exists() else 0)

    def link_searched(self, target: Path) -> int:
        raise DirectoryRefused("the engine of dicts has no files that never change")

    def is_unchanging(self, name: str) -> bool:
        return False

    def open(self, *, create: bool) -> DictIndex:
        index = self._hold(create=create)
        try:
            check_fit(self.root, self.generations.fit(index.generation), self.fit)
        except BaseException:
            index.close()
            raise
        return index

    def hold(self) -> DictIndex:
        return self._hold(create=False)

    def _hold(self, *, create: bool) -> DictIndex:
        generations = self.generations
        is_new = not generations.contents()
        if is_new and not create:
            generations.current()
        self.root.mkdir(parents=True, exist_ok=True)
        file = (self.root / "held").open("a")
        if not _taken(file):
            file.close()
            raise DirectoryInUse(self.root, "another one")
        if is_new:
            widths = {name: Partition(width) for name, width in self.options.widths.items()}
            generations.write(1, Content(self.fit, self.options.width, widths, 1, "current"))
        return DictIndex(generations, file, is_new=is_new)

    def encoder(self, entity: str) -> Encode:
        return lambda id_, document: document

    def builder(
        self, generation: int, entity: str, low: int, high: int, *, memory: int
    ) -> DictBuilder:
        return DictBuilder(self.generations.place(generation) / f"{entity}.{low}.piece", entity)

    def drop_uncommitted(self, generation: int, entity: str, low: int) -> None:
        pass  # nothing is on the disk before a commit


def _read(path: Path) -> Any:
    return pickle.loads(path.read_bytes())


def _write(path: Path, content: object) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(pickle.dumps(content))
    beside.replace(path)


def _taken(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
