"""How commands end, whatever an operator does: in a sentence, and never in a traceback."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from search_service.cli.main import main
from tests.support.processes import started
from tests.support.serving import END_SECONDS
from tests.support.silent import silent_server

STOPPED = 130

# Each ends by itself, soon: a source that is not there, an address that is none of this machine.
COMMANDS = {
    "backup": ["backup", "/nowhere/backups"],
    "config": ["config"],
    "check": ["check", "--source", "/nowhere/documents.jsonl"],
    "generations": ["generations"],
    "manual": ["manual", "/nowhere"],
    "reindex": ["reindex", "--source", "/nowhere/documents.jsonl"],
    "restore": ["restore", "/nowhere/backups", "/nowhere/data"],
    "rollback": ["rollback"],
    "serve": ["serve", "--host", "192.0.2.1"],
    "status": ["status", "--url", "http://127.0.0.1:1"],
    "sync": ["sync", "--source", "/nowhere/documents.jsonl", "--service", "http://127.0.0.1:1"],
    "upgrade": ["upgrade", "--source", "/nowhere/documents.jsonl"],
    "version": ["version"],
    "help": ["--help"],
    "nothing": [],
}


def shell(
    words: Sequence[str], redirection: str = "", cwd: Path | None = None, **environment: str | None
) -> subprocess.CompletedProcess[str]:
    """The command in a shell, so that its streams may be closed; None: not in the environment."""
    inherited = {**os.environ, "ICAT_SEARCH_DATA": "/nowhere/data", **environment}
    return subprocess.run(
        [
            "/bin/sh",
            "-c",
            f'"$@" {redirection}',
            "sh",
            sys.executable,
            "-m",
            "search_service",
            *words,
        ],
        env={name: value for name, value in inherited.items() if value is not None},
        cwd=cwd,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=END_SECONDS,
        check=False,
    )


def assert_told(ended: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    assert ended.returncode in (0, 1, 2), ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
@pytest.mark.parametrize("redirection", [">/dev/full 2>&1", "<&- >&- 2>&-", "</dev/null >&-"])
def test_streams_that_are_closed_or_full(words: Sequence[str], redirection: str) -> None:
    ended = shell(words, redirection)
    assert_told(ended)


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_bare_environment_in_a_directory_that_is_gone(
    words: Sequence[str], tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    inside = 'cd "$GONE" && rmdir "$GONE" && exec "$@"'
    command = [f"{Path(sys.executable).parent}/icat-search", *words]
    ended = subprocess.run(
        ["/bin/sh", "-c", inside, "sh", *command],
        env={"GONE": str(gone), "LANG": "C", "ICAT_SEARCH_DATA": "data"},
        capture_output=True,
        text=True,
        timeout=END_SECONDS,
        check=False,
    )
    assert_told(ended)
    assert "is gone" in ended.stderr


def test_output_that_is_full_is_an_error() -> None:
    ended = shell(["config"], ">/dev/full")
    assert ended.returncode == 1
    assert ended.stderr == ("Error: what is printed cannot be written: No space left on device\n")


def test_a_reader_that_has_seen_enough_is_no_error_to_tell_of() -> None:
    ended = shell(["config"], "| head -n 1")
    assert ended.stdout.startswith("data = ")
    assert ended.stderr == ""


@pytest.mark.parametrize("redirection", ["<&-", "</dev/null"])
def test_a_question_that_nobody_answers_says_how_to_answer(redirection: str) -> None:
    ended = shell(["rollback"], redirection)
    assert ended.returncode == 2
    assert "--yes answers beforehand" in ended.stderr


def test_no_is_an_answer() -> None:
    ended = shell(["rollback"], "<<end\nn\nend")
    assert ended.returncode == 1
    assert ended.stderr.endswith("Aborted!\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfeport", "is not UTF-8"),
        (b"port = 1\nworkers = \xe9", "is not UTF-8"),
        (b"a" * 9 + b" = " + b"[" * 100_000, "nested too deeply"),
        (b"port 1", "is not valid TOML"),
        (None, "cannot be read: Is a directory"),
    ],
)
def test_a_settings_file_that_cannot_be_read_is_named(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    file = tmp_path if content is None else tmp_path / "search.toml"
    if content is not None:
        file.write_bytes(content)
    ended = shell(["config", "--config", str(file)])
    assert_told(ended)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"Error: the settings file {file} ")
    assert said in ended.stderr


def test_a_settings_file_may_begin_with_a_mark(tmp_path: Path) -> None:
    file = tmp_path / "search.toml"
    file.write_bytes(b"\xef\xbb\xbfport = 9\n")
    assert "port = 9 " in shell(["config", "--config", str(file)]).stdout


def test_what_a_terminal_cannot_show_is_no_error() -> None:
    ended = shell(["config", "--set", "path_separators=/→"], PYTHONIOENCODING="latin-1")
    assert ended.returncode == 0
    assert "\\u2192" in ended.stdout


def test_an_argument_of_another_encoding_is_refused() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "search_service", "config", "--data", b"\xff"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "an argument is not UTF-8" in ended.stderr


@pytest.mark.parametrize(
    "url", ["nonsense", "http://", "http://[", "http://host:port", "http://h:99999", "file:///a"]
)
@pytest.mark.parametrize(
    "words",
    [
        ["status", "--url"],
        ["check", "--source", "x.jsonl", "--service"],
        ["sync", "--source", "x.jsonl", "--state", "/nowhere/state", "--service"],
        ["reindex", "--source", "x.jsonl", "--service"],
    ],
)
def test_what_is_no_address_of_a_service_is_a_wrong_use(words: list[str], url: str) -> None:
    ended = CliRunner().invoke(main, [*words, url])
    assert ended.exit_code == 2
    assert "is no address of a service; it should be as http://host:8080" in ended.stderr


# ── Ctrl-C ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "sync", "status"])
def test_ctrl_c_is_no_answer(command: str, tmp_path: Path) -> None:
    with silent_server() as (server, port):
        service = f"http://127.0.0.1:{port}"
        source = ["--source", f"mysql://icat:s3cret@127.0.0.1:{port}/icat", "--service", service]
        words = [command, *(["--url", service] if command == "status" else source)]
        words += ["--state", str(tmp_path / "state.json")] if command == "sync" else []
        process_of = [sys.executable, "-m", "search_service", *words]
        with started(process_of, stderr=subprocess.PIPE) as process:
            connection, _ = server.accept()
            said = _said_at_ctrl_c(process)
            connection.close()
        assert process.returncode == STOPPED
        assert said == "Stopped\n"


def _said_at_ctrl_c(process: subprocess.Popen[str]) -> str:
    """What a process says when Ctrl-C is pressed, and pressed again until it ends.

    Python looks at signals before it waits for a connection: of one that comes between the two
    it hears at the next.
    """
    while True:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=END_SECONDS)[1]


@pytest.mark.slow
def test_ctrl_c_at_a_question(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "search_service", "rollback", "--data", str(tmp_path)]
    with started(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        said = ""
        while not said.endswith("?"):
            said += process.stderr.read(1)
        rest = _said_at_ctrl_c(process)
    assert process.returncode != 0
    assert "Traceback" not in rest
