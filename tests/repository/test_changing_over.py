"""The commands of ``docs/changing-over.md`` work as they are written, one after the other.

A service stands for icat.lucene, an example in SQLite for the database. A command that runs until
it is stopped is left running until the others are done.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from search_service.cli.main import main
from search_service.demo import catalogue
from tests.support.serving import serving
from tests.support.source_names import ROOT

PAGE = ROOT / "docs" / "changing-over.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_RUNNING = ("icat-search record", "icat-search serve")
PROPERTIES = "directory = /tmp\ncommitSeconds = 0\nip = 127.0.0.1/32\naggregateFiles = false\n"


@dataclass(frozen=True)
class Place:
    """What the names in the commands stand for."""

    environment: dict[str, str]

    def run(self, block: str) -> None:
        """The commands of a block, in this process: most of their time is its start."""
        for command in block.replace("\\\n", " ").splitlines():
            program, *arguments = shlex.split(self._named(command))
            assert program == "icat-search"
            done = CliRunner().invoke(main, arguments, env=self.environment)
            assert done.exit_code == 0, f"{command}\n{done.output}"

    def _named(self, command: str) -> str:
        """With what the names stand for."""
        return re.sub(r"\$([A-Z_]+)", lambda found: self.environment[found[1]], command)

    @contextmanager
    def running(self, command: str, port: str) -> Iterator[None]:
        """A command that listens, until it does; at the end it is told to stop."""
        with subprocess.Popen(
            [sys.executable, "-m", "search_service", *shlex.split(self._named(command))[1:]],
            env={**os.environ, **self.environment},
        ) as process:
            try:
                _wait_for(port, process)
                yield
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0
            finally:
                process.kill()


pytestmark = pytest.mark.slow


def _wait_for(port: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None
        with suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/icat.lucene/version").status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing answers at {port}")


def free_port() -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return str(listening.getsockname()[1])


def commands() -> list[str]:
    """The blocks of the page but the first, which says what the names stand for."""
    return _BLOCK.findall(PAGE.read_text(encoding="utf-8"))[1:]


def test_a_catalogue_changes_over_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.properties").write_text(PROPERTIES)
    catalogue.create(tmp_path / "catalogue.sqlite", scale=0.002)
    source = f"sqlite:///{tmp_path}/catalogue.sqlite"
    ports = {"record": free_port(), "serve": free_port()}
    with ExitStack() as stack:
        environment = {
            "PROXY_PORT": ports["record"],
            "SERVICE_PORT": ports["serve"],
            "SERVICE": f"http://localhost:{ports['serve']}",
            "SOURCE": source,
            "DATA": f"{tmp_path}/data",
        }
        place = Place(environment)
        place.run("icat-search reindex --workers 1 --entities Dataset --data peer --source $SOURCE")
        peer = stack.enter_context(serving(tmp_path / "peer", {"workers": 1, "matching": "peer"}))
        environment["PEER"] = peer.url
        for command in commands():
            if command.startswith(_RUNNING):
                port = ports[command.split()[1]]
                stack.enter_context(place.running(command, port))
                if "record" in command:
                    ask(f"http://127.0.0.1:{port}")
                continue
            place.run(command)
        report = (tmp_path / "comparison.md").read_text()
    assert f"{len(TEXTS)} requests compared, 1 left out: 0 differ" in report
    assert "<svg" in (tmp_path / "comparison.html").read_text()


TEXTS = ("beam", "neutron OR xray", "name:scan*")


def ask(url: str) -> None:
    """What a catalogue asks."""
    for text in TEXTS:
        body = {"query": {"target": "Dataset", "text": text}, "fields": ["id"]}
        answer = httpx.post(f"{url}/icat.lucene/dataset", params={"maxResults": 9}, json=body)
        assert answer.status_code == 200
