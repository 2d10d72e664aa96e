"""What is in the way of a command, by what it is and by command: each ends in a sentence.

Exit status as docs/cli.md says: 1 not done, 2 used wrongly, and of a command that compares that it
could not. Not here: streams, signals and the environment of the process, see ``test_endings``.
"""

import socket
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from search_service.cli.main import main

COMPARISONS = frozenset({"check", "compare", "verify"})
Words = Sequence[str]


def run(*words: str) -> Result:
    ended = CliRunner().invoke(main, words)
    defect = ended.exception if not isinstance(ended.exception, SystemExit) else None
    assert defect is None, (words, "".join(traceback.format_exception(defect)))
    return ended


def assert_not_done(ended: Result, words: Words) -> None:
    """It could not do it, and says why in its last line."""
    assert ended.exit_code == (2 if words[0] in COMPARISONS else 1), (words, ended.output)
    assert ended.stderr.count("Error: ") == 1, (words, ended.stderr)
    assert ended.stderr.splitlines()[-1].startswith("Error: "), (words, ended.stderr)
    assert "<html" not in ended.stderr


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("source") / "rows.jsonl"
    file.write_text('{"entity": "Datafile", "id": 1, "document": {"name": "scan 1.nxs"}}\n')
    return str(file)


# ── what answers at an address ───────────────────────────────────────────────────────────────────


def answer(status: str, content: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nConnection: close\r\n{more}Content-Length: {len(content)}\r\n\r\n"
    return (head + content).encode()


PAGE = "<html>" + "It works! " * 40
OTHERS = {
    "a-page": answer("200 OK", PAGE),
    "a-list": answer("200 OK", "[]"),
    "an-object": answer("200 OK", "{}"),
    "odd-values": answer("200 OK", '{"locked": 3, "documents": 4, "identity": [], "answer": 5}'),
    "nothing": b"",
    "another-protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "tls": b"\x15\x03\x01\x00\x02\x02\x46",
    "half": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
    "not-compressed": answer("200 OK", "{}", "Content-Encoding: gzip\r\n"),
    "elsewhere": answer("302 Found", PAGE, "Location: http://127.0.0.1:1/\r\n"),
    "no-token": answer("401 Unauthorized", '{"code": "X", "message": "a token is needed"}'),
    "forbidden": answer("403 Forbidden", PAGE),
    "unknown": answer("404 Not Found", PAGE),
    "failing": answer("500 Internal Server Error", PAGE),
}


@contextmanager
def answering(content: bytes) -> Iterator[int]:
    """The port of a program that answers whatever it is asked with this, and hangs up."""

    def talk(server: socket.socket) -> None:
        with suppress(OSError):  # it was closed
            while True:
                connection, _ = server.accept()
                with closing(connection), suppress(OSError):
                    if connection.recv(65_536).startswith((b"GET", b"POST")):
                        connection.sendall(content)

    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        thread = Thread(target=talk, args=(server,))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def asking(url: str, source: str, state: Path) -> Iterator[Words]:
    """Commands that ask a service at an address."""
    yield "status", "--url", url
    yield "status", "--json", "--url", url
    yield "check", "--source", source, "--service", url
    yield "sync", "--source", source, "--state", str(state), "--service", url
    yield "reindex", "--source", source, "--service", url
    yield "reindex", "--cancel", "--service", url
    yield "unlock", "Datafile", "--service", url
    yield "abandon", "Datafile", "--service", url
    yield "compare", "--peer", url, "--service", url, source


@pytest.mark.parametrize(
    ("scheme", "name"), [*(("http", name) for name in OTHERS), ("https", "a-page")]
)
def test_another_program_at_the_address(
    scheme: str, name: str, source: str, tmp_path: Path
) -> None:
    with answering(OTHERS[name]) as port:
        for words in asking(f"{scheme}://127.0.0.1:{port}", source, tmp_path / "state"):
            ended = run(*words)
            assert_not_done(ended, words)
            assert ended.stdout == "", words


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nobody.invalid:8080"])
def test_nobody_at_the_address(host: str, source: str, tmp_path: Path) -> None:
    for words in asking(f"http://{host}", source, tmp_path / "state"):
        ended = run(*words)
        assert_not_done(ended, words)
        assert f"http://{host}" in ended.stderr


# ── what is in place of a data directory ─────────────────────────────────────────────────────────


def file(place: Path) -> Path:
    place.touch()
    return place


def below_a_file(place: Path) -> Path:
    return file(place) / "data"


def missing(place: Path) -> Path:
    return place


def empty(place: Path) -> Path:
    place.mkdir()
    return place


def of_somebody(place: Path) -> Path:
    (empty(place) / "letters.txt").touch()
    return place


def link_to_nothing(place: Path) -> Path:
    place.symlink_to("/nowhere/at/all")
    return place


def link_to_itself(place: Path) -> Path:
    place.symlink_to(place.name)
    return place


def too_long(place: Path) -> Path:
    return place / ("x" * 300)


def damaged(place: Path) -> Path:
    (empty(place) / "generations" / "000001").mkdir(parents=True)
    (place / "generations" / "000001" / "manifest.json").write_bytes(b"\xff\x00")
    (place / "current").write_bytes(b"\xff\x00")
    return place


IN_PLACE = [
    *(file, below_a_file, missing, empty, of_somebody, link_to_nothing, link_to_itself, too_long),
    damaged,
]


def reading(data: str, source: str, new: str) -> Iterator[Words]:
    """Commands that need an index in a data directory."""
    of_data = ("--data", data)
    yield "status", *of_data
    yield "check", "--source", source, *of_data
    yield "sync", "--source", source, *of_data
    yield "generations", *of_data
    yield "generations", "--drop-old", *of_data
    yield "rollback", "--yes", *of_data
    yield "backup", new, *of_data
    yield "restore", data, new
    yield "upgrade", "--source", source, *of_data
    yield "upgrade", "--cancel", *of_data
    yield "unlock", "Datafile", *of_data
    yield "abandon", "Datafile", *of_data
    yield "reindex", "--cancel", *of_data
    yield "reindex", "--resume", "--source", source, *of_data
    yield "reindex", "--source", f"index:{data}", "--data", new


@pytest.mark.parametrize("make", IN_PLACE, ids=lambda make: make.__name__)
def test_what_is_no_data_directory(
    make: Callable[[Path], Path], source: str, tmp_path: Path
) -> None:
    data, new = make(tmp_path / "place"), tmp_path / "new"
    before = sorted(tmp_path.rglob("*"))
    for words in reading(str(data), source, str(new)):
        ended = run(*words)
        assert_not_done(ended, words)
    found = {path for path in tmp_path.rglob("*") if new not in (path, *path.parents)}
    # Whoever opens a directory of its own takes its lock.
    assert found - {data / "service.lock"} == set(before)


def test_a_directory_that_is_no_data_directory_is_not_moved_aside(tmp_path: Path) -> None:
    of_others, backups = of_somebody(tmp_path / "place"), tmp_path / "backups"
    source = tmp_path / "rows.jsonl"
    source.write_text('{"entity": "Datafile", "id": 1, "document": {"name": "x"}}\n')
    made = ("reindex", "--source", str(source), "--entities", "Datafile", "--workers", "1")
    assert run(*made, "--data", str(tmp_path / "data")).exit_code == 0
    assert run("backup", str(backups), "--data", str(tmp_path / "data")).exit_code == 0
    words = ("restore", str(backups), str(of_others), "--replace")
    ended = run(*words)
    assert_not_done(ended, words)
    assert "no data directory: it has letters.txt" in ended.stderr
    assert [path.name for path in of_others.iterdir()] == ["letters.txt"]


# ── arguments ────────────────────────────────────────────────────────────────────────────────────

WRONG: dict[str, tuple[Words, str]] = {
    "no-path": (("restore", "", "/nowhere"), "an argument is empty: restore '' /nowhere"),
    "no-value": (("check", "--source="), "an argument is empty: check --source="),
    "no-address": (("serve", "--host", ""), "an argument is empty"),
    "no-entity": (("unlock", ""), "an argument is empty"),
    "unknown-entity": (("unlock", "Datafiles"), "there is no indexed entity Datafiles"),
    "unknown-entities": (
        ("check", "--source", "x.jsonl", "--entities", "Datafile,Nope"),
        "there is no indexed entity Nope",
    ),
    "negative": (("check", "--sample", "-1"), "-1 is not in the range"),
    "no-number": (("rollback", "--to", "two"), "'two' is not a valid integer"),
    "no-time": (("sync", "--since", "soon"), "soon is no time"),
    "ids-the-wrong-way-round": (
        ("reindex", "--source", "x.jsonl", "--min-id", "5", "--max-id", "1"),
        "there are none",
    ),
    "no-workers": (("upgrade", "--workers", "0"), "0 is not in the range"),
    "resume-elsewhere": (
        ("reindex", "--source", "x.jsonl", "--resume", "--cancel"),
        "--resume and --cancel",
    ),
    "upgrade-both": (("upgrade", "--resume", "--cancel"), "--resume and --cancel"),
    "control-characters": (("status", "--data", "a\nb"), "without control characters"),
    "unknown-option": (("version", "--loud"), "No such option"),
    "unknown-command": (("serv",), "No such command 'serv'"),
}


@pytest.mark.parametrize(("words", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_what_is_used_wrongly(words: Words, sentence: str) -> None:
    ended = run(*words)
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert sentence in ended.stderr.splitlines()[-1]
