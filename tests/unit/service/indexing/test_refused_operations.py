"""An operation that makes a commit fail is set aside in a file; nothing else is lost."""

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from analyzers import Synonyms
from search_service.catalogue.documents import Operation
from search_service.engines.base import Document
from search_service.engines.embedded.index.codec import TableCodec
from search_service.engines.embedded.write.shard_writer import Encode
from search_service.errors import StorageFailed
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.service.indexing.refused_operations import (
    MOST_ALONE,
    NAME,
    RefusedOperation,
    RefusedOperations,
    is_of_storage,
)
from tests.support.dict_engine import DictWriter
from tests.support.embedded_service import FACETABLE, EmbeddedService
from tests.support.service import Service, create, delete, update
from tests.support.set_clock import Clock


def is_bad(document: Document) -> bool:
    return document.get("name") == "bad"


def named(id_: int, name: str, **more: Any) -> Document:
    return {"id": id_, "name": name, **more}


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process may be larger meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def set_aside(root: Path) -> list[dict[str, Any]]:
    """The lines of all files."""
    files = sorted((root / NAME).glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def of_ids(root: Path) -> list[int]:
    return [next(iter(line["operation"].values()))["_id"] for line in set_aside(root)]


@pytest.fixture
def picky(service: Service) -> Service:
    """A service whose engine does not take documents named bad."""
    service.writer.refuses = is_bad
    return service


def test_the_others_of_a_batch_are_committed(
    picky: Service, caplog: pytest.LogCaptureFixture
) -> None:
    picky.commit(create("Dataset", 1, named(1, "old")), create("Dataset", 4, named(4, "old")))
    picky.modify(
        create("Datafile", 3, named(3, "file", **{"dataset.id": 1})),
        update("Dataset", 1, named(1, "new")),
        update("Dataset", 2, named(2, "bad")),
        delete("Dataset", 4),
    )
    picky.modify(create("Dataset", 5, named(5, "later")))
    picky.changes.commit()
    assert picky.field("Dataset", "name") == {1: "new", 5: "later"}
    assert picky.field("Datafile", "dataset.name") == {3: "new"}
    (line,) = set_aside(picky.directory)
    assert line["operation"] == {
        "update": {"_index": "Dataset", "_id": 2, "doc": {"id": 2, "name": "bad"}}
    }
    assert "not taken" in line["reason"]
    assert line["time"] == "1970-01-01T00:16:40Z"
    (error,) = [record for record in caplog.records if record.levelname == "ERROR"]
    (path,) = (picky.directory / NAME).iterdir()
    assert vars(error)["path"] == str(path)
    assert picky.changes.status().pending_operations == 0


def test_nothing_of_it_is_left_for_the_next_start(picky: Service) -> None:
    picky.commit(create("Dataset", 1, named(1, "bad")), create("Dataset", 2))
    picky.crash()
    assert picky.changes.status().replayed == 0
    assert of_ids(picky.directory) == [1]


def test_what_a_document_was_before_stays(picky: Service) -> None:
    picky.commit(create("Dataset", 1, named(1, "good")))
    picky.commit(update("Dataset", 1, named(1, "bad")))
    assert picky.field("Dataset", "name") == {1: "good"}
    picky.commit(update("Dataset", 1, named(1, "bad")), update("Dataset", 1, named(1, "better")))
    assert picky.field("Dataset", "name") == {1: "better"}


def test_it_is_set_aside_when_the_journal_is_replayed(service: Service) -> None:
    service.modify(create("Dataset", 1, named(1, "bad")), create("Dataset", 2, named(2, "good")))
    service.writer.refuses = is_bad
    service.crash()
    assert service.field("Dataset", "name") == {2: "good"}
    assert of_ids(service.directory) == [1]


def test_what_an_earlier_version_had_accepted_is_set_aside_alone(service: Service) -> None:
    batch = [
        ["create", "Dataset", 1, {"id": 1, "date": "today"}],
        ["create", "Dataset", 2, {"id": 2}],
    ]
    service.journal.append(orjson.dumps(["modify", batch]))
    service.journal.append(
        orjson.dumps(["add", "Datafile", [{"id": 3, "date": -(2.0**63)}, {"id": 4}]])
    )
    service.crash()
    assert set(service.found("Dataset")) == {2}
    assert set(service.found("Datafile")) == {4}
    assert of_ids(service.directory) == [1, 3]


def test_it_is_set_aside_when_the_next_generation_takes_over(picky: Service) -> None:
    picky.writer.refuses = lambda document: False
    picky.changes.hold()
    picky.commit(create("Dataset", 1, named(1, "bad")), create("Dataset", 2, named(2, "good")))
    following = DictWriter()
    following.refuses = is_bad
    propagated_states = PropagatedStates(picky.directory / "following.sqlite", 2)
    taken = picky.changes.hand_over(following, propagated_states, lambda: None)
    propagated_states.close()
    assert taken == 2
    assert set(following.committed["Dataset"]) == {2}
    assert of_ids(picky.directory) == [1]


def test_it_is_set_aside_once(picky: Service) -> None:
    for _ in range(3):
        picky.commit(create("Dataset", 1, named(1, "bad")))
        picky.now += 1
    assert of_ids(picky.directory) == [1]


def test_in_a_population_too(picky: Service) -> None:
    picky.changes.lock("Datafile", None, None, delete=True)
    documents = [named(id_, "bad" if id_ == 7 else "good") for id_ in range(20)]
    picky.changes.add_now("Datafile", documents)
    picky.changes.unlock("Datafile")
    picky.changes.add_now("Datafile", [named(30, "bad"), named(31, "good")])
    picky.changes.commit()
    assert set(picky.found("Datafile")) == {*range(20), 31} - {7}
    assert of_ids(picky.directory) == [7, 30]


def test_a_related_entity_whose_change_cannot_be_propagated_is_set_aside(service: Service) -> None:
    service.commit(create("Dataset", 1, named(1, "old")), create("Dataset", 2, named(2, "old")))
    of_dataset = [{"dataset.id": n, "dataset.name": "old"} for n in (1, 2)]
    service.commit(*(create("Datafile", n, {"id": n, **of_dataset[n - 1]}) for n in (1, 2)))
    service.writer.refuses = lambda document: document.get("dataset.name") == "bad"
    service.commit(update("Dataset", 1, named(1, "bad")), update("Dataset", 2, named(2, "new")))
    assert service.field("Datafile", "dataset.name") == {1: "old", 2: "new"}
    assert service.field("Dataset", "name") == {1: "old", 2: "new"}
    assert of_ids(service.directory) == [1]


def test_nothing_is_set_aside_for_a_full_disk(service: Service) -> None:
    service.writer.fails = 1
    service.modify(create("Dataset", 1))
    with pytest.raises(StorageFailed, match="full"):
        service.changes.commit()
    service.changes.commit()
    assert set(service.found("Dataset")) == {1}
    assert set_aside(service.directory) == []


def test_when_nothing_at_all_can_be_committed_nothing_is_set_aside(service: Service) -> None:
    service.writer.refuses = lambda document: True
    service.modify(*(create("Dataset", id_) for id_ in range(2 * MOST_ALONE)))
    with pytest.raises(ValueError, match="not taken"):
        service.changes.commit()
    assert set_aside(service.directory) == []
    service.writer.refuses = lambda document: False
    service.changes.commit()
    assert len(service.found("Dataset")) == 2 * MOST_ALONE


def test_what_cannot_be_set_aside_stays_pending(picky: Service) -> None:
    (picky.directory / NAME).write_text("no directory")
    picky.modify(create("Dataset", 1, named(1, "bad")), create("Dataset", 2))
    with pytest.raises(StorageFailed, match="nor be set aside"):
        picky.changes.commit()
    (picky.directory / NAME).unlink()
    picky.crash()
    assert set(picky.found("Dataset")) == {2}
    assert of_ids(picky.directory) == [1]


@pytest.mark.parametrize("seconds", [60.0, 0.0], ids=["another-file", "the-same-file"])
def test_of_what_has_no_room_no_part_is_left(tmp_path: Path, seconds: float) -> None:
    first, second = (
        RefusedOperation(Operation("create", "Dataset", id_, {"name": "x" * size}), "why")
        for id_, size in ((1, 1), (2, 10_000))
    )
    clock = Clock(0.0)
    operations = RefusedOperations(tmp_path, clock)
    operations.write([first])
    clock.now += seconds
    with largest_file(1_000), pytest.raises(StorageFailed, match="nor be set aside"):
        operations.write([second])
    assert list(operations.files().values()) == [1]
    operations.write([second])
    assert sum(operations.files().values()) == 2


@pytest.mark.parametrize("said", ["No space left on device (os error 28)", "disk is full"])
def test_an_engine_says_in_its_words_that_a_disk_is_full(said: str) -> None:
    assert is_of_storage(ValueError(f"An error of the engine: {said}"))
    assert not is_of_storage(ValueError("An error of the engine: no JSON"))


# ── the real engine ────────────────────────────────────────────────────────────────────────────


def defect(line: str) -> str:
    raise RuntimeError("a defect of the encoder")


class PickyCodec:
    """Makes something else of documents named bad."""

    def __init__(self, spoil: Callable[[str], str]) -> None:
        self._codec = TableCodec(FACETABLE, Synonyms.builtin(), "/\\")
        self._spoil = spoil
        self.create, self.schema = self._codec.create, self._codec.schema

    def encoder(self, entity: str) -> Encode:
        encode = self._codec.encoder(entity)

        def line(id_: int, document: Document) -> str:
            written = encode(id_, document)
            return self._spoil(written) if is_bad(document) else written

        return line


SPOILT = [
    pytest.param(defect, id="encoder"),
    pytest.param(lambda line: line[:-1], id="no-json"),
    pytest.param(lambda line: line.replace('"_key":', '"_key":0.5,"x":'), id="another-type"),
]


@pytest.mark.parametrize("spoil", SPOILT)
def test_the_engine_goes_on_with_the_others(tmp_path: Path, spoil: Callable[[str], str]) -> None:
    service = EmbeddedService(tmp_path, width=1000, codec=PickyCodec(spoil))
    operations = [
        Operation("create", "Dataset", id_, named(id_, "bad" if id_ % 10 == 7 else "good"))
        for id_ in range(60)
    ]
    service.changes.modify(operations)
    service.changes.commit()
    good = {id_ for id_ in range(60) if id_ % 10 != 7}
    assert set(service.found("Dataset")) == good
    assert of_ids(tmp_path) == [7, 17, 27, 37, 47, 57]
    service.crash()
    assert set(service.found("Dataset")) == good
    service.changes.modify([update("Dataset", 7, named(7, "mended"))])
    service.changes.commit()
    assert set(service.found("Dataset")) == {*good, 7}
    service.end()


def test_a_population_goes_on_without_what_cannot_be_encoded(tmp_path: Path) -> None:
    service = EmbeddedService(tmp_path, width=1000, codec=PickyCodec(defect))
    service.changes.lock("Dataset", None, None, delete=True)
    service.changes.add_now(
        "Dataset", [named(id_, "bad" if id_ == 7 else "good") for id_ in range(20)]
    )
    service.changes.unlock("Dataset")
    assert set(service.found("Dataset")) == {*range(20)} - {7}
    assert of_ids(tmp_path) == [7]
    service.end()
