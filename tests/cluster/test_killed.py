"""Nodes of a cluster of three, and services on it, end or hang under load: nothing is lost."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.calling import BASE, Caller, Reply, create
from tests.support.opensearch.load import Figures, load
from tests.support.opensearch.nodes import Nodes
from tests.support.serving import Served, serving

pytestmark = [pytest.mark.slow, pytest.mark.opensearch]

ENOUGH = 60  # requests before and after


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    nodes = Nodes.new(tmp_path_factory.mktemp("nodes"), 3, heap="384m")
    try:
        nodes.start()
        yield nodes
    finally:
        nodes.remove()


@pytest.fixture
def prefix() -> str:
    return f"t{uuid4().hex[:8]}"


@contextmanager
def service(nodes: Nodes, prefix: str, data: Path) -> Iterator[Served]:
    settings: Mapping[str, object] = {
        "engine": "opensearch",
        "opensearch_addresses": ",".join(nodes.addresses),
        "index_prefix": prefix,
        "lease_seconds": 5,
        "search_seconds": 30,
        "workers": 1,
    }
    with serving(data, settings) as served:
        yield served


def modify(caller: Caller, number: int) -> Reply:
    return caller.modify(create("Dataset", number, f"run {number}"))


def search(caller: Caller) -> Reply:
    return caller.ask(f"{BASE}dataset", {"query": {}, "fields": ["id"]}, {"maxResults": 10})


def found(caller: Caller) -> set[int]:
    """The ids of everything that a search finds after a commit."""
    caller.done("commit")
    ids: set[int] = set()
    params: dict[str, object] = {"maxResults": 1000, "sort": '{"id":"asc"}'}
    while True:
        reply = caller.ask(f"{BASE}dataset", {"query": {}, "fields": ["id"]}, params)
        assert reply.status == 200, reply
        page = [hit["_source"]["id"] for hit in reply.content["results"]]
        ids.update(page)
        if len(page) < 1000:
            return ids
        params["search_after"] = f"[{page[-1]}]"


def tell(what: str, changes: Figures, searches: Figures | None = None) -> None:
    """The figures, for `pytest -s` and for reports of failures."""
    print(f"{what}: changes {changes}; searches {searches}")


@pytest.mark.parametrize("victim", ["another", "the-manager"])
def test_a_node_is_killed(nodes: Nodes, prefix: str, tmp_path: Path, victim: str) -> None:
    with service(nodes, prefix, tmp_path) as served:
        nodes.wait_until("green")
        caller = Caller(served.url)
        with (
            load(lambda number: modify(caller, number)) as changes,
            load(lambda _: search(caller)) as searches,
        ):
            changes.wait_for_more(ENOUGH)
            manager = nodes.manager()
            name = manager if victim == "the-manager" else min({*nodes.ports} - {manager})
            nodes.kill(name)
            changes.wait_for_more(ENOUGH)
            searches.wait_for_more(1)
        tell(victim, changes, searches)
        # Without the node, while copies are made anew.
        assert set(changes.done) - found(caller) == set()
        assert changes.longest_gap < 60
        nodes.start(name)
        nodes.wait_until("green")


def test_a_node_hangs(nodes: Nodes, prefix: str, tmp_path: Path) -> None:
    with service(nodes, prefix, tmp_path) as served:
        nodes.wait_until("green")
        caller = Caller(served.url)
        name = min({*nodes.ports} - {nodes.manager()})
        with load(lambda number: modify(caller, number)) as changes:
            changes.wait_for_more(ENOUGH)
            nodes.pause(name)
            changes.wait_for_more(ENOUGH)
        nodes.resume(name)
        tell("hangs", changes)
        nodes.wait_until_joined()
        nodes.wait_until("green")
        assert set(changes.done) - found(caller) == set()


def test_all_nodes_are_killed_and_started_again(nodes: Nodes, prefix: str, tmp_path: Path) -> None:
    with service(nodes, prefix, tmp_path) as served:
        nodes.wait_until("green")
        caller = Caller(served.url)
        with load(lambda number: modify(caller, number)) as changes:
            changes.wait_for_more(ENOUGH)
            nodes.kill()
            changes.wait_for(lambda: any("ENGINE_UNAVAILABLE" in why for why in changes.failed))
            nodes.start()
            changes.wait_for_more(ENOUGH)
        tell("all nodes", changes)
        nodes.wait_until("green")
        assert set(changes.done) - found(caller) == set()


def test_a_service_is_killed_while_it_commits(nodes: Nodes, prefix: str, tmp_path: Path) -> None:
    with (
        service(nodes, prefix, tmp_path / "a") as killed,
        service(nodes, prefix, tmp_path / "b") as other,
    ):
        nodes.wait_until("green")
        callers = Caller(killed.url), Caller(other.url)
        with load(lambda number: modify(callers[0], number)) as changes:
            changes.wait_for_more(ENOUGH)
            with load(lambda _: callers[0].ask(f"{BASE}commit")) as commits:
                commits.wait_for_more(3)
                killed.process.kill()
        tell("a service", changes, commits)
        assert set(changes.done) - found(callers[1]) == set()
