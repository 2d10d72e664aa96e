from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from load_tests.stub import Answer, Stub, no_hits, stub
from search_service.demo import catalogue, documents, run

DATASET = {
    "visitId": "sm1-1",
    "name": "scan 4",
    "datasetparameter": [
        {"type.name": "sample temperature", "numericValue": 77000.0, "type.units": "mK"},
        {"type.name": "scan_command"},
    ],
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "catalogue.sqlite"
    catalogue.create(path, scale=0.02)
    return path


@pytest.fixture
def service() -> Iterator[Stub]:
    with stub() as running:
        yield running


def answer(path: str, body: Any) -> Answer:
    """A service that holds something."""
    operation = urlsplit(path).path.removeprefix("/icat.lucene/")
    if operation == "dataset":
        return 200, {"results": [{"_source": DATASET}]}
    if operation == "DatasetTechnique/facet":
        buckets = {"XAS": {"doc_count": 3}}
        return 200, {"aggregations": {"technique.name": {"buckets": buckets}}}
    if operation.endswith("/facet"):
        return 200, {"aggregations": {"id": {"buckets": {"all": {"doc_count": 2}}}}}
    return no_hits(path, body)


def refuse(_path: str, _body: Any) -> Answer:
    return 400, {"code": "BadInput", "message": "no such thing"}


def test_the_catalogue_is_made_once(tmp_path: Path) -> None:
    path = run.prepare(tmp_path / "deep" / "data")
    made = path.stat()
    assert run.prepare(tmp_path / "deep" / "data") == path
    assert path.stat().st_mtime_ns == made.st_mtime_ns
    assert [one.name for one in path.parent.iterdir()] == ["catalogue.sqlite"]


def test_loading_locks_adds_and_unlocks_each_entity_in_turn(service: Stub, small: Path) -> None:
    total = run.load(service.url, small)
    assert total == sum(len(block) for _, block in documents.read(small))
    expected = [
        f"{operation}/{entity}"
        for entity in documents.ENTITIES
        for operation in ("lock", "addNow", "unlock")
    ]
    assert service.paths() == expected


def test_loading_replaces_what_is_there(service: Stub, small: Path) -> None:
    run.load(service.url, small)
    assert all("delete=true" in path for path, _ in service.calls if "/lock/" in path)


def test_the_documents_arrive_as_they_were_read(service: Stub, small: Path) -> None:
    run.load(service.url, small)
    sent = [body for path, body in service.calls if path.endswith("addNow/Investigation")]
    assert sent == [block for entity, block in documents.read(small) if entity == "Investigation"]


def test_an_error_of_the_service_ends_it_with_the_services_words(small: Path) -> None:
    with stub(refuse) as service, pytest.raises(run.DemoFailed, match=r"400 .*no such thing"):
        run.load(service.url, small)


def test_a_service_is_loaded_when_it_has_what_comes_last() -> None:
    with stub() as empty, stub(answer) as full:
        assert not run.loaded(empty.url)
        assert run.loaded(full.url)


def test_every_request_is_shown_as_a_command_with_its_first_hits() -> None:
    with stub(answer) as service:
        shown = run.show(service.url)
    assert shown.count("curl -s -X POST") == 5
    assert "> no hits" in shown
    assert "> sm1-1  scan 4  77000 mK" in shown
    assert ">      3  XAS" in shown
