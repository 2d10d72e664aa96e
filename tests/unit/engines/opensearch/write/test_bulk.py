"""Rejected changes come from a small server of the tests; what a real cluster says, from one."""

from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler

import orjson
import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.write.bulk import (
    MOST_CHANGES,
    BulkRequests,
    Line,
    delete_line,
    pieces,
    put_line,
)
from search_service.engines.opensearch.write.indices import Indices
from search_service.errors import EngineFailed, EngineUnavailable
from search_service.files import is_full
from tests.support.opensearch.empty_indices import ids_in, indices_of, made
from tests.support.opensearch.stub_node import stub_nodes

SECONDS = 20.0
ENTITY = "Datafile"
REJECTED = {
    "status": 429,
    "error": {"type": "rejected_execution_exception", "reason": "rejected execution of a bulk"},
}
FULL = {
    "status": 429,
    "error": {
        "type": "cluster_block_exception",
        "reason": "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage "
        "watermark, index has read-only-allow-delete block];",
    },
}
DONE = {"status": 201}


def line(id_: int) -> Line:
    return put_line("x-write", id_, 1, "{}")


class Waiting:
    """A clock that goes on while somebody waits."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def __call__(self) -> float:
        return sum(self.pauses)


class Node:
    """Answers with these items, a list for each request; None loses an answer."""

    def __init__(self, *answers: Sequence[object] | None) -> None:
        self._answers = list(answers)
        self.got: list[list[str]] = []

    def __call__(self, _handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, object] | None:
        heads = map(orjson.loads, body.splitlines()[::2])
        self.got.append([head["index"]["_id"] for head in heads])
        items = self._answers.pop(0)
        if items is None:
            return None
        content = [{"index": item} for item in items]
        return 200, {"errors": any("error" in str(item) for item in items), "items": content}


def send(node: Node, lines: Sequence[Line], waiting: Waiting) -> bool:
    with stub_nodes(node) as (server,):
        cluster = Cluster(ClusterOptions((server.address,)))
        requests = BulkRequests(cluster, SECONDS, waiting.pause, waiting)
        try:
            return requests.send(ENTITY, lines)
        finally:
            cluster.close()


def test_only_what_was_rejected_is_sent_again_after_pauses() -> None:
    node, waiting = Node([DONE, REJECTED, REJECTED], [REJECTED, DONE], [DONE]), Waiting()
    assert send(node, [line(1), line(2), line(3)], waiting)
    assert node.got == [["1", "2", "3"], ["2", "3"], ["2"]]
    assert waiting.pauses == [0.2, 0.4]


def test_a_cluster_that_rejects_for_too_long_is_given_up() -> None:
    node, waiting = Node(*[[REJECTED]] * 100), Waiting()
    with pytest.raises(EngineUnavailable, match="too much to do") as error:
        send(node, [line(1)], waiting)
    assert not is_full(error.value)
    assert SECONDS / 2 < waiting() <= SECONDS


def test_what_is_given_up_is_not_sent_again() -> None:
    node = Node([REJECTED])
    with stub_nodes(node) as (server,):
        cluster = Cluster(ClusterOptions((server.address,)))
        requests = BulkRequests(cluster, SECONDS)
        requests.give_up()
        with pytest.raises(EngineUnavailable, match="too much to do"):
            requests.send(ENTITY, [line(1)])
        cluster.close()
    assert node.got == [["1"]]


def test_a_batch_whose_answer_is_lost_is_sent_again() -> None:
    node = Node(None, [DONE, DONE])
    assert send(node, [line(1), line(2)], Waiting())
    assert node.got == [["1", "2"]] * 2


def test_full_disks_are_known_as_such_and_nothing_is_tried_again() -> None:
    node, waiting = Node([DONE, FULL]), Waiting()
    with pytest.raises(EngineUnavailable, match="give them room") as error:
        send(node, [line(1), line(2)], waiting)
    assert is_full(error.value)
    assert waiting.pauses == []


def test_a_document_that_is_larger_than_a_request_may_be_is_named() -> None:
    with stub_nodes(lambda _handler, _body: (413, None)) as (server,):
        cluster = Cluster(ClusterOptions((server.address,)))
        with pytest.raises(EngineFailed, match=r"Dataset 7.*http\.max_content_length"):
            BulkRequests(cluster, SECONDS).send("Dataset", [line(7)])
        cluster.close()


def test_requests_have_bounds() -> None:
    lines = [line(id_) for id_ in range(MOST_CHANGES + 1)]
    assert [len(piece) for piece in pieces(lines)] == [MOST_CHANGES, 1]
    large = [Line(id_, b"x" * 60) for id_ in range(3)] + [Line(3, b"x" * 500)]
    assert [len(piece) for piece in pieces(large, 130)] == [2, 1, 1]


# ── a real cluster ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def indices(cluster: Cluster, cluster_options: ClusterOptions) -> Indices:
    return indices_of(cluster, cluster_options)


@pytest.fixture
def requests(cluster: Cluster) -> BulkRequests:
    return BulkRequests(cluster, SECONDS)


@pytest.fixture
def written(indices: Indices) -> str:
    """The alias by which an index of datafiles is written."""
    return indices.names.written(made(indices, ENTITY))


def test_documents_are_put_and_removed(
    requests: BulkRequests, indices: Indices, written: str
) -> None:
    puts = [put_line(written, id_, 3, f'{{"_key": {id_}}}') for id_ in (-5, 1, 2)]
    assert requests.send(ENTITY, puts)
    assert requests.send(ENTITY, [delete_line(written, id_, 3) for id_ in (2, 7)])
    assert ids_in(indices, written) == [-5, 1]


def test_what_a_later_turn_wrote_stays(
    requests: BulkRequests, indices: Indices, written: str
) -> None:
    later = [put_line(written, 1, 4, '{"_key": 1}'), delete_line(written, 2, 4)]
    assert requests.send(ENTITY, later)
    late = [delete_line(written, 1, 3), put_line(written, 2, 3, '{"_key": 2}')]
    assert requests.send(ENTITY, late)
    assert ids_in(indices, written) == [1]


def test_a_late_write_makes_no_index(requests: BulkRequests, indices: Indices) -> None:
    index = indices.names.index(1, ENTITY)
    assert not requests.send(ENTITY, [put_line(indices.names.written(index), 1, 1, "{}")])
    assert list(indices.all()) == []


def test_a_document_that_is_refused_is_named(requests: BulkRequests, written: str) -> None:
    lines = [
        put_line(written, 1, 1, '{"_key": 1}'),
        put_line(written, 2, 1, '{"fileSize": "large"}'),
    ]
    with pytest.raises(EngineFailed, match=r"Datafile 2.*For input string"):
        requests.send(ENTITY, lines)


def test_an_index_that_is_blocked_for_lack_of_room_says_so(
    requests: BulkRequests, cluster: Cluster, indices: Indices, written: str
) -> None:
    index = indices.names.index(1, ENTITY)
    block = {"index.blocks.read_only_allow_delete": True}
    cluster.request("PUT", f"/{index}/_settings", None, block)
    with pytest.raises(EngineUnavailable) as error:
        requests.send(ENTITY, [put_line(written, 1, 1, '{"_key": 1}')])
    assert is_full(error.value)
