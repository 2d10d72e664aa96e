"""The command: what it prints, and with which exit status it ends."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from search_service import __version__
from search_service.cli.main import main
from tests.support.serving import DidNotStart, Served, serving


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def test_the_version_is_printed() -> None:
    assert run("version").output == f"{__version__}\n"


def test_the_settings_in_force_are_printed_with_their_sources() -> None:
    result = run("config", "--port", "9", "--set", "workers=3", ICAT_SEARCH_MAX_BODY="7")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert "port = 9  # command line" in lines
    assert "workers = 3  # command line" in lines
    assert "max_body = 7  # environment" in lines


@pytest.mark.parametrize("command", ["config", "serve", "status"])
def test_a_wrong_setting_ends_the_command_with_status_2(command: str) -> None:
    result = run(command, ICAT_SEARCH_PROT="1", ICAT_SEARCH_WORKERS="x")
    assert result.exit_code == 2
    assert "ICAT_SEARCH_PROT" in result.stderr
    assert "ICAT_SEARCH_WORKERS = 'x'" in result.stderr


@pytest.mark.parametrize("command", ["config", "generations", "status"])
def test_the_password_of_the_source_in_the_environment_stops_no_command(
    command: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    with serving(data, {"workers": 1}):
        result = run(command, "--data", str(data), ICAT_SEARCH_SOURCE_PASSWORD="secret")
    assert result.exit_code == 0, result.output
    assert "secret" not in result.output


def test_a_setting_without_a_value_is_a_wrong_use() -> None:
    result = run("config", "--set", "workers")
    assert result.exit_code == 2
    assert "NAME=VALUE" in result.stderr


def test_the_status_of_no_service_and_no_directory_is_an_error(tmp_path: Path) -> None:
    result = run("status", "--port", f"{free_port()}", "--data", str(tmp_path / "none"))
    assert result.exit_code == 1
    assert str(tmp_path / "none") in result.stderr


def test_the_status_of_an_address_where_none_answers_is_an_error() -> None:
    result = run("status", "--url", f"http://127.0.0.1:{free_port()}")
    assert result.exit_code == 1


def test_help_does_not_import_what_serves() -> None:
    code = (
        "import sys; from search_service.cli.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "print(sorted({'fastapi', 'uvicorn', 'tantivy'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


# ── as a process of its own ──────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served") / "data", {"workers": 1}) as service:
        yield service


def call(url: str, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    with closing(http.client.HTTPConnection(host, parts.port, timeout=20)) as connection:
        connection.request(method, path, None if body is None else json.dumps(body))
        response = connection.getresponse()
        return response.status, response.read()


@pytest.mark.slow
def test_a_service_tells_its_status(served: Served) -> None:
    assert call(served.url, "POST", "/icat.lucene/lock/Dataset")[0] == 204
    result = run("status", "--url", served.url)
    assert result.exit_code == 0
    assert f"version: {__version__}" in result.output
    assert "Dataset: 20" in result.output  # locked, since when
    assert "interrupted: none" in result.output
    assert call(served.url, "POST", "/icat.lucene/unlock/Dataset")[0] == 204


@pytest.mark.slow
def test_a_directory_in_use_is_refused_in_a_sentence(served: Served) -> None:
    data = json.loads(call(served.url, "GET", "/status")[1])["directory"]
    with pytest.raises(DidNotStart) as error, serving(Path(data)):
        pass
    assert "is in use" in str(error.value)
    assert "Traceback" not in str(error.value)


@pytest.mark.slow
def test_a_port_in_use_is_refused_in_a_sentence(served: Served, tmp_path: Path) -> None:
    port = urlsplit(served.url).port
    for command in ("serve", "demo"):
        result = run(command, "--port", f"{port}", "--data", str(tmp_path / "data"))
        assert result.exit_code == 1
        assert f"{port} cannot be listened on" in result.stderr
        assert "name another port" in result.stderr
        assert "indexing" not in result.output


@pytest.mark.slow
def test_an_unknown_entity_in_a_setting_is_a_wrong_setting(tmp_path: Path) -> None:
    with (
        pytest.raises(DidNotStart, match="no indexed entity Datafiles"),
        serving(tmp_path / "data", {"shard_ids_of": "Datafiles=5"}),
    ):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_told_to_stop_ends_well(number: signal.Signals, tmp_path: Path) -> None:
    with serving(tmp_path / "data", {"workers": 2}) as service:
        assert call(service.url, "GET", "/health/ready")[0] == 200
        service.process.send_signal(number)
        assert service.process.wait(20) == 0
    assert service.defects() == []


@pytest.mark.slow
def test_what_was_acknowledged_is_there_after_a_stop(tmp_path: Path) -> None:
    document = {"create": {"_index": "Datafile", "_id": 7, "doc": {"id": 7, "name": "a.nxs"}}}
    for _ in range(2):
        with serving(tmp_path / "data", {"workers": 1}) as service:
            assert call(service.url, "POST", "/icat.lucene/modify", [document])[0] == 204
            assert service.stop() == 0
    result = run("status", "--data", str(tmp_path / "data"), "--port", f"{free_port()}")
    assert "no service answers" in result.output
    assert "Datafile: 1" in result.output


@pytest.mark.slow
def test_an_interrupted_population_is_named_before_and_after_the_next_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, {"workers": 1}) as service:
        call(service.url, "POST", "/icat.lucene/lock/Datafile")
        assert call(service.url, "POST", "/icat.lucene/addNow/Datafile", [{"id": 7}])[0] == 204
        service.process.kill()
        service.process.wait()
    before = run("status", "--data", str(data), "--port", f"{free_port()}")
    assert "interrupted:\n  Datafile: " in before.output
    with serving(data, {"workers": 1}) as service:
        after = run("status", "--url", service.url)
        assert "interrupted:\n  Datafile: " in after.output


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


# ── data directories that are none, or damaged ───────────────────────────────────────────────────

OF_DATA = [
    ("rollback", "--yes"),
    ("reindex", "--cancel"),
    ("reindex", "--resume", "--source", "documents.jsonl"),
    ("generations",),
    ("generations", "--drop-old"),
    ("status",),
    ("check", "--source", "documents.jsonl"),
    ("verify",),
    ("backup", "backups"),
    ("upgrade", "--source", "documents.jsonl"),
    ("upgrade", "--cancel"),
]


@pytest.mark.parametrize("arguments", OF_DATA, ids=" ".join)
def test_a_directory_that_does_not_exist_is_told_and_not_made(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    result = run(*arguments, "--data", str(tmp_path / "mistyped"))
    assert result.exit_code in (1, 2)
    assert f"There is no data directory at {tmp_path / 'mistyped'}" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, "", "0", "00\x00001"])
@pytest.mark.parametrize("arguments", OF_DATA, ids=" ".join)
def test_a_directory_whose_current_generation_is_not_known_is_told_with_what_to_do(
    arguments: tuple[str, ...], content: str | None, tmp_path: Path
) -> None:
    generation = tmp_path / "generations" / "000001"
    (generation / "Datafile" / "000001").mkdir(parents=True)
    if content is not None:
        (tmp_path / "current").write_text(content)
    before = sorted(tmp_path.rglob("*"))
    result = run(*arguments, "--data", str(tmp_path))
    assert result.exit_code in (1, 2)
    assert f"`echo 000001 > {tmp_path / 'current'}`" in result.output
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_nothing_is_made_in_a_directory_of_others(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").touch()
    with pytest.raises(DidNotStart, match=r"not empty: it holds letters\.txt"), serving(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]
