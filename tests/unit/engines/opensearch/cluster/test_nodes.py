"""Nodes that end, refuse and lose answers, as a small server of the tests does."""

import os
import threading
from http.server import BaseHTTPRequestHandler

import orjson
import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.nodes import NoAnswerInTime, Nodes
from search_service.errors import EngineUnavailable
from tests.support.databases import free_port
from tests.support.opensearch.stub_node import Reply, stub_nodes
from tests.support.processes import wait_for


def ready(_handler: BaseHTTPRequestHandler, _body: bytes) -> tuple[int, object]:
    return 200, {"ok": True}


def busy(_handler: BaseHTTPRequestHandler, _body: bytes) -> tuple[int, object]:
    return 503, {"error": {"type": "cluster_block_exception", "reason": "no manager"}}


def ends_connection(_handler: BaseHTTPRequestHandler, _body: bytes) -> None:
    return None


def nodes_at(*addresses: str) -> Nodes:
    return Nodes(ClusterOptions(addresses), pauses=(0.0, 0.0))


def send(nodes: Nodes, *, can_repeat: bool = True, seconds: float = 20.0) -> int:
    return nodes.send("GET", "/", {}, None, seconds=seconds, can_repeat=can_repeat).status


def test_a_request_goes_to_another_node_when_one_is_gone() -> None:
    with stub_nodes(ready) as (server,):
        nodes = nodes_at(f"http://127.0.0.1:{free_port()}", server.address)
        assert [send(nodes, can_repeat=False) for _ in range(6)] == [200] * 6
        nodes.close()


def test_a_request_goes_to_another_node_when_one_cannot_answer() -> None:
    with stub_nodes(busy, ready) as started:
        nodes = nodes_at(*(server.address for server in started))
        assert [send(nodes) for _ in range(6)] == [200] * 6
        nodes.close()


@pytest.mark.parametrize("reply", [busy, ends_connection])
def test_what_must_not_be_done_twice_is_sent_once(reply: Reply) -> None:
    with stub_nodes(reply, reply) as started:
        cluster = Cluster(ClusterOptions(tuple(server.address for server in started)))
        with pytest.raises(EngineUnavailable):
            cluster.request("POST", "/x/_update_by_query", can_repeat=False)
        sent = [one for server in started for one in server.requests if one.startswith("POST")]
        assert len(sent) == 1
        cluster.close()


def test_a_cluster_whose_nodes_are_all_gone_is_unavailable() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(EngineUnavailable, match=rf"{address} does not answer .*refused"):
        send(nodes_at(address))


def test_a_node_that_takes_a_request_and_does_not_answer_is_not_asked_again() -> None:
    never = threading.Event()

    def sleeps(_handler: BaseHTTPRequestHandler, _body: bytes) -> tuple[int, object]:
        never.wait(30)
        return 200, {}

    with stub_nodes(sleeps) as (server,):
        nodes = nodes_at(server.address)
        with pytest.raises(NoAnswerInTime):
            send(nodes, seconds=0.2)
        wait_for(lambda: bool(server.requests), "its request")
        never.set()
        nodes.close()
        assert len(server.requests) == 1


def test_a_node_that_hangs_gets_no_requests_when_there_are_others() -> None:
    never = threading.Event()

    def hangs(_handler: BaseHTTPRequestHandler, _body: bytes) -> tuple[int, object]:
        never.wait(30)
        return 200, {}

    with stub_nodes(hangs, ready) as (hanging, other):
        nodes = nodes_at(hanging.address, other.address)
        assert [send(nodes, can_repeat=False) for _ in range(6)] == [200] * 6
        assert hanging.requests in (["HEAD /"], [])
        never.set()
        nodes.close()


def test_what_is_answered_at_once_is_asked_of_another_node_after_a_while() -> None:
    never = threading.Event()

    def hangs_later(handler: BaseHTTPRequestHandler, _body: bytes) -> tuple[int, object]:
        if handler.command != "HEAD":
            never.wait(30)
        return 200, {}

    with stub_nodes(hangs_later, ready) as started:
        nodes = nodes_at(*(node.address for node in started))
        for _ in range(4):
            answer = nodes.send("GET", "/", {}, None, seconds=20, can_repeat=True, other_after=0.1)
            assert answer.content == {"ok": True}
        never.set()
        nodes.close()


class OneDocument:
    """A node that keeps one document and loses the answer to the first writing of it."""

    def __init__(self, *, by_another: bool = False) -> None:
        self.source: object = None
        self._by_another = by_another

    def __call__(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, object] | None:
        where = {"_seq_no": 0, "_primary_term": 1}
        if handler.command == "GET":
            return 200, {"_source": self.source, **where}
        if self.source is None:
            self.source = {"n": 2, "attempt": "x"} if self._by_another else orjson.loads(body)
            return None
        return 409, {"error": {"type": "version_conflict_engine_exception", "reason": "there"}}


@pytest.mark.parametrize("by_another", [False, True])
def test_a_document_whose_first_answer_was_lost_is_told_from_that_of_another(
    by_another: bool,
) -> None:
    with stub_nodes(OneDocument(by_another=by_another)) as (server,):
        options = ClusterOptions((server.address,))
        cluster = Cluster(options, nodes_at(server.address))
        written = cluster.create("x", "1", {"n": 1})
        assert (written is None) == by_another
        assert written is None or written.document == {"n": 1}
        cluster.close()


def test_a_forked_process_has_connections_of_its_own() -> None:
    ports: list[int] = []

    def notes_port(handler: BaseHTTPRequestHandler, _body: bytes) -> tuple[int, object]:
        ports.append(handler.client_address[1])
        return 200, {}

    with stub_nodes(notes_port) as (server,):
        nodes = nodes_at(server.address)
        send(nodes)
        send(nodes)
        child = os.fork()
        if child == 0:
            send(nodes)
            os._exit(0)
        os.waitpid(child, 0)
        send(nodes)
        nodes.close()
    assert ports[0] == ports[1] == ports[3]
    assert ports[2] != ports[0]
