"""Several services on one index in a cluster, as processes: each does what any of them was told."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from search_service.engines.config import ClusterOptions, EngineOptions, IndexConfig
from search_service.engines.open import open_engine
from search_service.engines.shared import SharedIndex
from search_service.errors import CannotReindex
from tests.support import reindexing
from tests.support.json_source import OpenJson
from tests.support.processes import descendants, is_alive, wait_for
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow  # starts processes

SECONDS = 300  # a test may take: each starts several services and a dozen indices
BASE = "/icat.lucene"
LEASE_SECONDS = 8.0  # also where many tests run at a time


@dataclass
class Facility:
    """Services on one index, which can be killed and started again."""

    directory: Path
    options: ClusterOptions
    stack: ExitStack
    started: int = 0

    @property
    def settings(self) -> dict[str, object]:
        """Those of the index."""
        return {
            "engine": "opensearch",
            "opensearch_addresses": ",".join(self.options.addresses),
            "index_prefix": self.options.prefix,
            "opensearch_replicas": 0,
            "lease_seconds": LEASE_SECONDS,
        }

    def start(self) -> "OneService":
        """One more, with a data directory of its own."""
        self.started += 1
        data = self.directory / str(self.started)
        data.mkdir()
        settings = {**self.settings, "workers": 1, "search_seconds": 30}
        served = self.stack.enter_context(serving(data, settings))
        client = self.stack.enter_context(httpx.Client(base_url=served.url, timeout=120))
        return OneService(served, client)


@dataclass
class OneService:
    served: Served
    client: httpx.Client

    def post(self, path: str, body: object = None) -> httpx.Response:
        return self.client.post(f"{BASE}/{path}", json=body)

    def do(self, path: str, body: object = None) -> None:
        answer = self.post(path, body)
        assert answer.is_success, answer.text

    def modify(self, *operations: object) -> None:
        self.do("modify", list(operations))

    def names(self, entity: str = "Datafile") -> dict[int, str]:
        """What is searched: names by id."""
        answer = self.post(f"{entity}/documents", {"fields": ["name"]})
        assert answer.is_success, answer.text
        return {each["_id"]: each["_source"]["name"] for each in answer.json()["documents"]}

    def finds(self, name: str, entity: str = "Datafile") -> int:
        """How many hits a search for a name has."""
        body = {"query": {"text": f"name:{name}", "target": entity}}
        answer = self.client.post(f"{BASE}/{entity}", params={"maxResults": 100}, json=body)
        assert answer.is_success, answer.text
        return len(answer.json()["results"])

    def status(self) -> dict[str, Any]:
        answer = self.client.get("/status")
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def kill(self) -> None:
        self.served.process.kill()
        self.served.process.wait()


def put(id_: int, name: str, entity: str = "Datafile") -> object:
    document = {"id": id_, "name": name}
    return {"update": {"_index": entity, "_id": id_, "doc": document}}


@pytest.fixture
def facility(tmp_path: Path, cluster_options: ClusterOptions) -> Iterator[Facility]:
    with ExitStack() as stack:
        yield Facility(tmp_path, cluster_options, stack)


@pytest.fixture
def index(facility: Facility) -> Iterator[SharedIndex]:
    """The index as another process sees it."""
    config = IndexConfig(frozenset(), "", "/")
    options = EngineOptions(config, facility.directory / "test", cluster=facility.options)
    shared = open_engine(options).shared
    assert shared is not None
    yield shared
    shared.close()


def test_a_change_through_one_a_commit_through_another_a_search_through_both(
    facility: Facility,
) -> None:
    one, other = facility.start(), facility.start()
    one.modify(put(1, "first"), put(2, "second"))
    assert other.names() == {}
    other.do("commit")
    assert one.names() == other.names() == {1: "first", 2: "second"}
    assert one.finds("first") == other.finds("first") == 1
    other.modify(put(1, "third"))
    one.modify({"delete": {"_index": "Datafile", "_id": 2}})
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda service: service.do("commit"), (one, other)))
    assert one.names() == other.names() == {1: "third"}
    assert one.finds("first") == other.finds("first") == 0
    assert one.status()["identity"] == other.status()["identity"]


def test_a_commit_that_was_killed_is_made_by_another(
    facility: Facility, index: SharedIndex
) -> None:
    one, other = facility.start(), facility.start()
    many = range(1, 3_001)
    for entity in ("Datafile", "Dataset"):
        one.modify(*(put(id_, f"n{id_}", entity) for id_ in many))
    with ThreadPoolExecutor(1) as pool:
        committing = pool.submit(one.post, "commit")
        wait_for(lambda: index.state().in_doubt, "a commit that has begun", 60)
        one.kill()
        assert isinstance(committing.exception(60), httpx.TransportError)
    assert index.state().in_doubt
    other.do("commit")
    for entity in ("Datafile", "Dataset"):
        assert other.names(entity) == {id_: f"n{id_}" for id_ in many}
    assert not index.state().in_doubt


def test_what_a_killed_service_left_is_ended_though_nobody_asks(
    facility: Facility, index: SharedIndex
) -> None:
    one, other = facility.start(), facility.start()
    one.modify(*(put(id_, f"n{id_}") for id_ in range(1, 3_001)))
    with ThreadPoolExecutor(1) as pool:
        committing = pool.submit(one.post, "commit")
        wait_for(lambda: index.state().in_doubt, "a commit that has begun", 60)
        one.kill()
        assert isinstance(committing.exception(60), httpx.TransportError)
    wait_for(lambda: not index.state().in_doubt, "its end", 60)
    assert len(other.names()) == 3_000


def test_a_population_outlives_the_service_that_began_it(facility: Facility) -> None:
    one, other = facility.start(), facility.start()
    one.modify(put(1, "before"))
    one.do("lock/Datafile?delete=true")
    one.do("addNow/Datafile", [{"id": 2, "name": "through one"}])
    one.kill()
    assert other.post("modify", [put(3, "x")]).status_code == 406
    assert other.post("lock/Datafile").status_code == 406
    other.do("addNow/Datafile", [{"id": 3, "name": "through another"}])
    assert other.names() == {1: "before"}
    third = facility.start()
    third.do("unlock/Datafile")
    assert other.names() == {2: "through one", 3: "through another"}
    other.modify(put(4, "after"))
    third.do("commit")
    assert set(other.names()) == {2, 3, 4}


def test_a_re_index_that_was_killed_is_ended_from_another_machine(
    facility: Facility, tmp_path: Path
) -> None:
    one, other = facility.start(), facility.start()
    one.modify(put(1, "of the catalogue no more"))
    one.do("commit")
    (tmp_path / "source").mkdir()
    source = OpenJson(tmp_path / "source")
    source.write({"Datafile": {i: {"id": i, "name": f"n{i}"} for i in range(100, 400)}})
    (source.directory / reindexing.SETTINGS).write_text(json.dumps(facility.settings))
    source.hold()
    command = [sys.executable, "-m", "tests.support.reindexing"]
    arguments = [str(tmp_path / "here"), str(source.directory)]
    with subprocess.Popen([*command, *arguments]) as process:
        try:
            wait_for(lambda: bool(source.waiting), "a re-index that reads", 60)
            other.modify(put(500, "meanwhile"), put(100, "changed meanwhile"))
            one.do("commit")
            assert other.post("lock/Datafile").status_code == 406
            workers = descendants(process.pid)
        finally:
            process.kill()
    source.let_go()
    wait_for(lambda: not any(map(is_alive, workers)), "the end of its workers")
    wait_for(lambda: resumed(tmp_path / "there", source), "the end of its lease", 60)
    wanted = {i: f"n{i}" for i in range(101, 400)} | {100: "changed meanwhile", 500: "meanwhile"}
    assert one.names() == other.names() == wanted
    assert one.status()["generation"] == 2
    one.modify(put(2, "after"))
    other.do("commit")
    assert one.names()[2] == "after"


def resumed(data: Path, source: OpenJson) -> bool:
    try:
        reindexing.run(data, source, resume=True)
    except CannotReindex as error:
        if "builds generation" in str(error):
            return False
        raise
    return True


def test_whatever_is_killed_what_was_acknowledged_is_found_in_order_and_whole(
    facility: Facility,
) -> None:
    """Each writer has documents of its own, and gives a file and its dataset the same name."""
    services = [facility.start() for _ in range(2)]
    writers, rounds, of_each = 4, 40, 5
    acknowledged: list[dict[int, str]] = [{} for _ in range(writers)]
    done = Event()

    def write(who: int) -> None:
        for turn in range(rounds):
            id_, name = 100 * who + turn % of_each, f"w{who}t{turn}"
            while True:
                service = services[(who + turn) % 2]
                try:
                    service.modify(put(id_, name), put(id_, name, "Sample"))
                    acknowledged[who][id_] = name
                    if turn % 8 == 7:
                        service.do("commit")
                    break
                except httpx.TransportError:
                    services_are_back.wait(60)

    services_are_back = Event()
    services_are_back.set()

    def kill() -> None:
        for which in (0, 1, 0):
            if done.wait(2.0):
                return
            services_are_back.clear()
            services[which].kill()
            services[which] = facility.start()
            services_are_back.set()

    with ThreadPoolExecutor(writers + 1) as pool:
        killing = pool.submit(kill)
        for writing in [pool.submit(write, who) for who in range(writers)]:
            writing.result(300)
        done.set()
        killing.result(60)
    services[0].do("commit")
    wanted = {id_: name for each in acknowledged for id_, name in each.items()}
    for service in services:
        assert service.names() == wanted
        assert service.names("Sample") == wanted
