"""What a worker does when the engine does not answer, in this process."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from search_service.catalogue.document_limits import DocumentLimits
from search_service.engines.base import Document
from search_service.engines.config import EngineOptions
from search_service.engines.id_ranges import HIGHEST_ID
from search_service.errors import CannotReindex, EngineUnavailable
from search_service.reindex import disk_full
from search_service.reindex.plan import Piece
from search_service.reindex.state import Checkpoint
from search_service.reindex.worker import Builder, Durable, Job, Message
from tests.support.dict_engine import DictEngine
from tests.support.dict_engine.engine import DictBuilder
from tests.support.indexed import CONFIG, datafiles
from tests.support.json_source import OpenJson

PIECE = Piece("Datafile", 0, 1_000, 100)
FULL = "Disks of the OpenSearch cluster are full beyond its flood-stage watermark"


@dataclass(frozen=True)
class AwayEngine(DictEngine):
    """Does not answer when asked for these blocks, counted from 1 over all attempts."""

    away: dict[int, str] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def builder(
        self, generation: int, entity: str, low: int, high: int, *, memory: int
    ) -> DictBuilder:
        path = self.generations.place(generation) / f"{entity}.{low}.piece"
        return AwayBuilder(path, entity, self)


class AwayBuilder(DictBuilder):
    def __init__(self, path: Path, entity: str, engine: AwayEngine) -> None:
        super().__init__(path, entity)
        self._engine = engine

    def put(self, documents: Iterable[tuple[int, Document]]) -> None:
        self._engine.asked.append(1)
        if why := self._engine.away.get(len(self._engine.asked)):
            raise EngineUnavailable(why)
        super().put(documents)


class Worker:
    """Builds one piece of 100 documents in blocks of 10, and commits each."""

    def __init__(
        self,
        directory: Path,
        pauses: tuple[float, ...],
        away: dict[int, str],
        limits: DocumentLimits | None = None,
    ) -> None:
        source = OpenJson(directory)
        source.write({"Datafile": datafiles(range(100))})
        self.engine = AwayEngine(EngineOptions(CONFIG, directory / "data"), away)
        index = self.engine.open(create=True)
        self.generation = self.engine.generations.begin(["Datafile"], self.engine.fit)
        index.close()
        self.told: list[Message] = []
        self.paused: list[float] = []
        job = Job(
            source,
            self.engine,
            self.generation,
            1,
            commit_seconds=0,
            pauses=pauses,
            limits=limits or DocumentLimits(),
        )
        self._builder = Builder(job, self.told.append, self.paused.append)

    def build(self) -> None:
        self._builder.build(Checkpoint(PIECE, 0, 0, False))

    @property
    def durable(self) -> Iterator[Durable]:
        return (message for message in self.told if isinstance(message, Durable))

    @property
    def documents(self) -> dict[int, Any]:
        found = self.engine.generations.read_documents(self.generation)
        return found.get("Datafile", {})


def test_an_engine_that_answers_again_is_gone_on_with_from_what_is_durable(tmp_path: Path) -> None:
    worker = Worker(tmp_path, (1.0, 2.0), {3: "gone", 4: "gone", 7: "gone"})
    worker.build()
    assert worker.documents == datafiles(range(100))
    assert worker.paused == [1.0, 2.0, 1.0], "pauses begin anew when there was progress"
    assert [message.after for message in worker.durable] == [*range(10, 101, 10), 1_000]
    assert len(worker.engine.asked) == 10 + 3, "nothing that was durable is read again"


def test_an_engine_that_does_not_come_back_ends_the_worker(tmp_path: Path) -> None:
    worker = Worker(tmp_path, (1.0,), {3: "gone", 4: "gone for good"})
    with pytest.raises(EngineUnavailable, match="for good"):
        worker.build()
    assert worker.documents == datafiles(range(20))


def test_a_cluster_without_room_is_not_waited_for(tmp_path: Path) -> None:
    worker = Worker(tmp_path, (1.0, 2.0), {3: FULL})
    with pytest.raises(EngineUnavailable, match="full"):
        worker.build()
    assert worker.paused == []
    sentence = str(disk_full.full(worker.engine, worker.generation, FULL))
    assert "Generation 2 could not be built further. Disks of the OpenSearch cluster" in sentence
    assert "--resume" in sentence


def test_a_row_larger_than_a_document_may_be_is_listed_and_the_others_go_on(tmp_path: Path) -> None:
    worker = Worker(tmp_path, (), {}, DocumentLimits(name_length=3))
    worker.build()
    (reject, *others) = [each for message in worker.durable for each in message.rejects]
    assert len(others) == 99
    assert "max_name_length" in reject.reason
    assert worker.documents == {}


def test_a_disk_of_this_machine_that_is_full_is_named(tmp_path: Path) -> None:
    worker = Worker(tmp_path, (), {})
    error = disk_full.full(worker.engine, worker.generation, "No space left on device")
    assert isinstance(error, CannotReindex)
    assert "The disk at /" in str(error)


def test_the_highest_id_ends_the_last_piece(tmp_path: Path) -> None:
    worker = Worker(tmp_path, (), {})
    worker._builder.build(Checkpoint(Piece("Datafile", 0, HIGHEST_ID + 1, 1), 0, 0, False))
    assert [message.after for message in worker.durable][-1] == HIGHEST_ID
