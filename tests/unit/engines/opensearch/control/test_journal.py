"""Records have numbers without gaps, whoever appends, and none is lost."""

import os
from itertools import count

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.control.documents import Documents
from search_service.engines.opensearch.control.journal import Journal
from search_service.engines.opensearch.control.state import IndexState
from search_service.errors import StorageFailed
from tests.support.shared_index import Connection, OtherProcess


class States:
    """The state of the index, as a test sets it."""

    def __init__(self) -> None:
        self.now = IndexState("test")

    def commit(self, number: int) -> None:
        self.now = IndexState("test", committed=number, floor=number)

    def __call__(self) -> IndexState:
        return self.now


@pytest.fixture
def states() -> States:
    return States()


@pytest.fixture
def documents(options: ClusterOptions, cluster: Cluster) -> Documents:
    documents = Documents(cluster, f"{options.prefix}-journal")
    documents.make_index(options)
    return documents


@pytest.fixture
def journal(documents: Documents, states: States) -> Journal:
    return Journal(documents, states)


def appends(connection: Connection, options: ClusterOptions, name: str, records: int) -> None:
    documents = Documents(Cluster(options), f"{options.prefix}-journal")
    journal = Journal(documents, lambda: IndexState("test"))
    connection.send("ready")
    connection.recv()
    numbers = {journal.append(f"{name}{n}".encode()): f"{name}{n}" for n in range(records)}
    connection.send(numbers)


def test_records_are_read_in_the_order_in_which_they_were_appended(journal: Journal) -> None:
    numbers = [journal.append(content) for content in (b"one", b"two", b"three")]
    assert numbers == [1, 2, 3]
    assert journal.last() == 3
    assert list(journal.records(0, 3)) == [b"one", b"two", b"three"]
    assert list(journal.records(1, 2)) == [b"two"]


def test_two_processes_that_append_at_once_lose_nothing(
    journal: Journal, documents: Documents, options: ClusterOptions
) -> None:
    each = 40
    with (
        OtherProcess(appends, options, "a", each) as one,
        OtherProcess(appends, options, "b", each) as other,
    ):
        for process in (one, other):
            assert process.heard() == "ready"
        for process in (one, other):
            process.tell()
        by_one, by_other = one.heard(), other.heard()
    assert not by_one.keys() & by_other.keys()
    records = [content.decode() for content in journal.records(0, journal.last())]
    assert dict(zip(count(1), records, strict=False)) == by_one | by_other


def test_the_last_record_is_found_far_beyond_those_that_are_known(
    journal: Journal, documents: Documents
) -> None:
    documents.put_many((str(number), {"record": ""}) for number in range(1, 1235))
    assert journal.last() == 1234
    assert journal.append(b"next") == 1235


def test_a_writer_that_has_not_looked_for_long_appends_at_the_end(
    journal: Journal, documents: Documents, states: States
) -> None:
    for content in (b"one", b"two", b"three"):
        journal.append(content)
    behind = Journal(documents, states)
    states.commit(3)
    journal.remove(0, 3)
    assert behind.append(b"four") == 4
    assert documents.existing(["1", "2", "3", "4"]) == [False, False, False, True]
    assert journal.last() == 4
    assert list(journal.records(3, 4)) == [b"four"]


def test_a_large_record_is_divided_and_removed_whole(
    documents: Documents, states: States, cluster: Cluster
) -> None:
    journal = Journal(documents, states, part_size=100)
    record = os.urandom(1050)
    journal.append(record)
    journal.append(b"small")
    assert list(journal.records(0, 2)) == [record, b"small"]
    states.commit(2)
    journal.remove(0, 2)
    cluster.request("POST", f"/{documents.index}/_refresh")
    assert cluster.request("GET", f"/{documents.index}/_count")["count"] == 0


def test_a_record_that_is_missing_is_not_passed_over(
    journal: Journal, documents: Documents
) -> None:
    for content in (b"one", b"two"):
        journal.append(content)
    documents.remove_many(["1"])
    with pytest.raises(StorageFailed, match="Record 1 of the journal"):
        list(journal.records(0, 2))


def test_a_gap_that_a_node_left_that_ended_hides_nothing(
    journal: Journal, documents: Documents
) -> None:
    for content in (b"one", b"two", b"three", b"four"):
        journal.append(content)
    documents.remove_many(["3"])
    behind = Journal(documents, lambda: IndexState("test"))
    assert behind.last() == 4
    assert list(behind.records(0, 4)) == [b"one", b"two", b"four"]
    assert behind.append(b"five") == 5


def test_records_that_were_removed_are_no_gap(
    journal: Journal, documents: Documents, states: States
) -> None:
    for content in (b"one", b"two", b"three", b"four"):
        journal.append(content)
    behind = Journal(documents, states)
    states.commit(3)
    journal.remove(0, 3)
    assert behind.last() == 4
    assert documents.existing(["1", "2", "3"]) == [False] * 3
