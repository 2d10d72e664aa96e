"""What is odd, sent to a real service: refused when it arrives, or there in all operations."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from search_service.service.indexing.journal.journal import Journal
from tests.support.calling import BASE, Caller
from tests.support.serving import Served, serving

pytestmark = pytest.mark.slow

LOWEST, HIGHEST = -(2**63), 2**63 - 1
MEGABYTES = 250  # of the process that writes; a path of 100,000 directories took several thousand


def create(entity: str, id_: int, **document: Any) -> Mapping[str, Any]:
    return {"create": {"_index": entity, "_id": id_, "doc": {"id": id_, **document}}}


LIMITS = {"workers": 1, "max_path_depth": 100_000, "max_value_length": 2_000_000}


def peak_megabytes(service: Served) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{service.process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


def test_what_is_odd_is_committed_searched_counted_and_there_after_a_restart(
    tmp_path: Path,
) -> None:
    path = "/".join(f"directory{number}" for number in range(100_000))
    long = "é" * 40_000
    operations = [
        create("Dataset", LOWEST, name="lowest"),
        create("Dataset", HIGHEST, name="highest"),
        create("Datafile", LOWEST, name="a" * 80_000, location=path, **{"dataset.id": LOWEST}),
        create("Datafile", 1, name="one", **{"dataset.id": HIGHEST, "u": "u" * 80_000}),
        create("DatafileParameter", 1, stringValue=long, **{"datafile.id": LOWEST}),
        create("DatafileParameter", LOWEST, stringValue="short", **{"datafile.id": LOWEST}),
    ]
    for _ in range(2):
        with serving(tmp_path, LIMITS) as service:
            caller = Caller(service.url)
            assert caller.modify(*operations).status == 204
            caller.done("commit")
            assert caller.modify(operations[0]).status == 204  # carried to what is committed
            caller.done("commit")
            assert set(caller.documents("Dataset")) == {LOWEST, HIGHEST}
            assert set(caller.documents("Datafile")) == {LOWEST, 1}
            deep = {"text": "location.exact:directory0/directory1"}
            assert [hit["_source"]["id"] for hit in hits(caller, deep)] == [LOWEST]
            labels = {"dimension": "stringValue"}
            of_file = {"datafile.id": LOWEST}
            assert caller.facets("DatafileParameter", of_file, labels) == {
                "stringValue": {"short": 1}
            }
            by_value = caller.facets("DatafileParameter", {"stringValue": long}, AROUND_ONE)
            assert by_value == {"id": {"one": 1}}
            assert caller.status()["set_aside"] == {}
            assert peak_megabytes(service) < MEGABYTES
            assert service.stop() == 0
            assert service.defects() == []


AROUND_ONE = {"dimension": "id", "ranges": [{"key": "one", "from": 1, "to": 2}]}


def hits(caller: Caller, query: Mapping[str, Any]) -> Any:
    return caller.search("Datafile", query).content["results"]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('[{"create":{"_index":"Dataset","_id":9223372036854775808,"doc":{}}}]', "64-bit"),
        ('[{"create":{"_index":"Dataset","_id":-9223372036854775809,"doc":{}}}]', "64-bit"),
        ('[{"create":{"_index":"Dataset","_id":1,"doc":{"fileSize":1e400}}}]', "not JSON"),
        ('[{"create":{"_index":"Dataset","_id":1,"doc":{"name":"\\ud800"}}}]', "not JSON"),
        (
            f'[{{"create":{{"_index":"Dataset","_id":1,"doc":{{"x":{"[" * 300}{"]" * 300}}}}}}}]',
            "more than 100 deep",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(
    tmp_path: Path, body: str, what: str
) -> None:
    with serving(tmp_path, {"workers": 1}) as service:
        caller = Caller(service.url)
        reply = caller.ask_raw(f"{BASE}modify", body.encode())
        assert reply.status == 400
        assert what in reply.message
        caller.done("commit")
        assert caller.documents("Dataset") == {}


def test_a_journal_of_an_earlier_version_is_taken_or_set_aside(tmp_path: Path) -> None:
    with serving(tmp_path, {"workers": 1}) as service:
        caller = Caller(service.url)
        assert caller.modify(create("Dataset", 1, name="before")).status == 204
        caller.done("commit")
        assert service.stop() == 0
    journal = Journal(tmp_path / "journal", 1)
    taken = ["create", "Dataset", LOWEST, {"id": LOWEST, "name": "lowest"}]
    refused = ["create", "Dataset", 2, {"id": 2, "date": "today"}]
    journal.settle(journal.append(orjson.dumps(["modify", [taken, refused]])))
    journal.close()
    for _ in range(2):
        with serving(tmp_path, {"workers": 1}) as service:
            caller = Caller(service.url)
            assert set(caller.documents("Dataset")) == {1, LOWEST}
            ((path, number),) = caller.status()["set_aside"].items()
            assert number == 1
            (line,) = Path(path).read_text().splitlines()
            assert json.loads(line)["operation"]["create"]["_id"] == 2
            metrics = caller.text("/metrics")
            assert "icat_search_set_aside_operations 1.0" in metrics
            assert service.stop() == 0
            named = [entry for entry in service.log if path in entry]
            assert len(named) <= 1
