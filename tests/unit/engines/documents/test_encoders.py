import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from operator import methodcaller
from threading import Event

import pytest

from analyzers import SEPARATORS, Synonyms
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.engines.base import Document
from search_service.engines.documents.encoders import WORTH_SENDING, Encoders
from search_service.engines.documents.encoding_process import Encode
from search_service.engines.embedded.index.codec import TableCodec
from search_service.errors import StorageFailed
from search_service.processes import kill_forkserver
from search_service.service.indexing.refused_operations import is_of_storage
from tests.support.processes import descendants, is_alive, wait_for
from tests.support.set_clock import Clock
from tests.support.time_limit import time_limit

__all__ = ["time_limit"]

CODEC = TableCodec(frozenset(FACETABLE_BY_DEFAULT), Synonyms.builtin(), SEPARATORS)


KILLS = 60
LINE = "x" * 30
done = methodcaller("done")


class LongLines:
    """Quickly encoded, so that processes read and write most of the time."""

    def encoder(self, entity: str) -> Encode:
        return lambda id_, document: LINE


@pytest.fixture
def clock() -> Clock[float]:
    return Clock(0.0)


@pytest.fixture
def encoders(clock: Clock[float]) -> Iterator[Encoders]:
    found = Encoders(CODEC, 1, clock)
    yield found
    found.end()


def datafiles(count: int) -> list[tuple[int, Document]]:
    return [
        (id_, {"id": id_, "name": f"scan {id_}\n", "location": f"/data/ä/{id_}.nxs"})
        for id_ in range(count)
    ]


def started_since(before: set[int]) -> int:
    """The process that encodes: the server that it is forked from is older."""
    return max(descendants(os.getpid()) - before)


def test_documents_are_encoded_as_here(encoders: Encoders) -> None:
    documents = datafiles(WORTH_SENDING)
    encode = CODEC.encoder("Datafile")
    expected = [(id_, encode(id_, document)) for id_, document in documents]
    assert encoders.lines("Datafile", documents) == expected
    assert encoders.lines("Datafile", documents) == expected


def test_a_few_are_left_to_the_caller(encoders: Encoders) -> None:
    assert encoders.lines("Datafile", datafiles(WORTH_SENDING - 1)) is None


@pytest.mark.slow
def test_after_a_process_was_killed_another_encodes(encoders: Encoders) -> None:
    documents = datafiles(WORTH_SENDING)
    before = descendants(os.getpid())
    lines = encoders.lines("Datafile", documents)
    process = started_since(before)
    os.kill(process, signal.SIGKILL)
    wait_for(lambda: not is_alive(process), "its end")
    assert encoders.lines("Datafile", documents) == lines


class EndingCodec:
    """Whatever it encodes is the end of the process."""

    def encoder(self, entity: str) -> Encode:
        return lambda id_, document: os._exit(1)


@pytest.mark.slow
def test_what_ends_each_process_is_a_failure_of_storage_and_not_of_an_operation() -> None:
    encoders = Encoders(EndingCodec(), 1)
    with pytest.raises(StorageFailed, match="end or cannot be started") as failure:
        encoders.lines("Datafile", datafiles(WORTH_SENDING))
    assert is_of_storage(failure.value)


@pytest.mark.slow
def test_processes_that_are_killed_at_any_moment_hold_up_nobody() -> None:
    encoders = Encoders(LongLines(), 2)
    ended = Event()
    answered = 0

    def encode() -> None:
        nonlocal answered
        while not ended.is_set():
            with suppress(StorageFailed):  # as a caller does whose processes ended twice
                assert encoders.lines("Datafile", documents) == expected
                answered += 1

    documents = datafiles(11_000)  # of which each process has a block
    expected = [(id_, LINE) for id_, _ in documents]
    with ThreadPoolExecutor(3) as threads:
        calls = [threads.submit(encode) for _ in range(3)]
        try:
            for times in range(KILLS):
                # Some block is being written or read then: they are all that these threads do.
                kill_forkserver()
                wait_for(lambda: answered > times or any(map(done, calls)), "answers")  # noqa: B023
        finally:
            ended.set()
        for call in calls:
            call.result()
    encoders.end()


@pytest.mark.slow
def test_a_process_that_stands_still_is_waited_for_and_an_operator_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    encoders = Encoders(CODEC, 1, told_seconds=0.1)
    documents = datafiles(WORTH_SENDING)
    before = descendants(os.getpid())
    lines = encoders.lines("Datafile", documents)
    process = started_since(before)
    os.kill(process, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(encoders.lines, "Datafile", documents)
        try:
            wait_for(lambda: "does not answer, it is waited for" in caplog.text, "a line")
            assert not waiting.done()
        finally:
            os.kill(process, signal.SIGCONT)
        assert waiting.result() == lines
    encoders.end()


@pytest.mark.slow
def test_idle_processes_end(encoders: Encoders, clock: Clock[float]) -> None:
    before = descendants(os.getpid())
    encoders.lines("Datafile", datafiles(WORTH_SENDING))
    process = started_since(before)
    clock.now = 59
    encoders.tend(60)
    assert is_alive(process)
    clock.now = 60
    encoders.tend(60)
    wait_for(lambda: not is_alive(process), "its end")
