from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from search_service.app import engine_by
from search_service.demo import run
from search_service.settings.model import Settings
from tests.support.stub import Answer, no_hits, stub

DATASET = {
    "visitId": "sm1-1",
    "name": "scan 4",
    "datasetparameter": [
        {"type.name": "sample temperature", "numericValue": 77000.0, "type.units": "mK"},
        {"type.name": "scan_command"},
    ],
}


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
    directory = tmp_path / "deep" / "data"
    address = run.prepare(directory)
    assert address == f"sqlite:///{directory / 'catalogue.sqlite'}"
    made = (directory / "catalogue.sqlite").stat()
    assert run.prepare(directory) == address
    assert (directory / "catalogue.sqlite").stat().st_mtime_ns == made.st_mtime_ns
    assert [one.name for one in directory.iterdir()] == ["catalogue.sqlite"]


def test_a_directory_without_documents_is_not_indexed(tmp_path: Path) -> None:
    assert not run.is_indexed(engine_by(Settings(data=tmp_path / "nothing")))


def test_an_error_of_the_service_ends_it_with_the_services_words() -> None:
    with stub(refuse) as service, pytest.raises(run.DemoFailed, match=r"400 .*no such thing"):
        run.show(service.url)


def test_every_request_is_shown_as_a_command_with_its_first_hits() -> None:
    with stub(answer) as service:
        shown = run.show(service.url)
    assert shown.count("curl -s -X POST") == 5
    assert "> no hits" in shown
    assert "> sm1-1  scan 4  77000 mK" in shown
    assert ">      3  XAS" in shown
