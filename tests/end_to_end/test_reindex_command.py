"""The commands around a re-index, from a file of documents; and filling a service elsewhere."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from search_service.cli.main import main
from search_service.engines.base import Document
from search_service.reindex import remote
from search_service.reindex.run import ReindexOptions
from tests.end_to_end.test_reindex import call, found, names, put, rows
from tests.support.json_source import OpenJson
from tests.support.serving import serving

pytestmark = pytest.mark.slow
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def invoke(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(
            main, [*arguments, "--data", str(tmp_path / "data"), "--set", "writer_memory=15"]
        )
        assert result.exit_code == code, result.output
        return result

    return invoke


def written(path: Path, documents: dict[str, dict[int, Document]], *more: str) -> str:
    lines = [
        json.dumps({"entity": entity, "doc": document})
        for entity, of in documents.items()
        for document in of.values()
    ]
    path.write_text("\n".join([*lines, *more]) + "\n")
    return str(path)


def test_the_index_is_built_listed_gone_back_from_and_dropped(tmp_path: Path, run: Run) -> None:
    source = written(tmp_path / "documents.jsonl", rows(), "no document", '{"entity": "Datafile"}')
    built = run("reindex", "--source", source, "--workers", "1")
    assert "Datafile: 300 documents\n" in built.output
    assert "2 rows could not be indexed" in built.output
    rejects = tmp_path / "data" / "generations" / "000002" / "rejects.jsonl"
    assert len(rejects.read_text().splitlines()) == 2
    source = written(tmp_path / "fewer.jsonl", {"Datafile": {1: {"id": 1, "name": "one"}}})
    run("reindex", "--source", source, "--workers", "1", "--entities", "datafile")
    *listed, _ = run("generations").output.splitlines()
    assert [line.split()[0] + line.rpartition(" ")[2] for line in listed] == [
        "1kept",
        "2kept",
        "3current",
    ]
    assert " 31 documents" in listed[2]
    assert "generation 2 is searched now" in run("rollback", "--yes").output
    assert "dropped: 1, 3" in run("generations", "--drop-old").output
    assert "no generation to go back to" in run("rollback", "--yes", code=1).output


def test_what_cannot_be_is_told_in_a_sentence(tmp_path: Path, run: Run) -> None:
    assert "--source, or the setting source, says" in run("reindex", code=2).output
    source = written(tmp_path / "documents.jsonl", {})
    nothing = run("reindex", "--source", source, "--min-id", "5", "--max-id", "3", code=2).output
    assert "--min-id 5 is above --max-id 3" in nothing
    assert (
        "no indexed entity File"
        in run("reindex", "--source", source, "--entities", "File", code=2).output
    )
    resume = ("reindex", "--source", source, "--resume")
    assert "There is no data directory" in run(*resume, code=1).output
    assert "There is no data directory" in run("reindex", "--cancel", code=1).output
    run("reindex", "--source", str(tmp_path / "none.jsonl"), code=1)
    assert "no re-index to go on with" in run(*resume, code=1).output
    assert "No re-index has begun" in run("reindex", "--cancel", code=1).output


def test_the_source_may_be_a_setting(tmp_path: Path, run: Run) -> None:
    source = written(tmp_path / "documents.jsonl", rows())
    given = ("--set", f"source={source}", "--set", "source_zone=Europe/Berlin")
    run("reindex", *given, "--workers", "1")
    assert "Datafile: 300 in the source, 300 in the index" in run("check", *given).output


def test_what_does_not_fit_is_told_with_what_this_command_can_do(tmp_path: Path, run: Run) -> None:
    source = written(tmp_path / "documents.jsonl", rows())
    run("reindex", "--source", source, "--workers", "1")
    other = ("--set", "units=K: kelvin")
    checked = run("check", "--source", source, *other, code=2).output
    assert "units = " in checked
    assert "Give this command the settings that it was written with (--config)" in checked
    with serving(tmp_path / "data", {"workers": 1}):
        begun = run("reindex", "--source", source, *other, code=1).output
    assert "A service runs on it with these: give this command the same (--config)" in begun
    assert "Run `icat-search reindex`" not in begun + checked


def test_a_service_elsewhere_is_filled(tmp_path: Path) -> None:
    source = OpenJson(tmp_path)
    wrong: dict[int, Document] = {401: {"id": 401, "name": 7}}
    source.write({**rows(), "Datafile": {**rows()["Datafile"], **wrong}})
    source.lose(1)
    wanted = ReindexOptions(("Datafile", "Dataset"), workers=2, least=50, pauses=(0.0,))
    with serving(tmp_path / "data", {"workers": 1}) as service:
        assert call(service.url, "modify", [put(7, {"id": 7, "name": "old"})])[0] == 204
        documents, rejects = remote.fill(service.url, "", source, wanted, lambda lines: None)
        assert documents == {"Datafile": 300, "Dataset": 30}
        assert [reject.id for reject in rejects] == [401]
        assert found(service.url) == names(rows()["Datafile"])
        assert urlsplit(service.url).port


def test_so_many_generations_are_kept_as_the_setting_says(tmp_path: Path, run: Run) -> None:
    source = written(tmp_path / "documents.jsonl", {"Datafile": {1: {"id": 1, "name": "one"}}})
    for _ in range(3):
        run("reindex", "--source", source, "--workers", "1", "--set", "keep_generations=1")
    *listed, disk = run("generations").output.splitlines()
    assert [line.split()[0] + line.rpartition(" ")[2] for line in listed] == ["3kept", "4current"]
    assert "MB are free, --drop-old frees" in disk
