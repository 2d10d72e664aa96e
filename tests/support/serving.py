"""The service as a process of its own, as an operator starts it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

END_SECONDS = 20


@dataclass
class Served:
    """A running service and its log lines so far."""

    url: str
    process: subprocess.Popen[str]
    log: list[str]

    def stop(self) -> int:
        """Tell it to stop; its exit status."""
        self.process.terminate()
        return self.process.wait(END_SECONDS)

    def defects(self) -> list[str]:
        """What it logged beside facts: errors, and their tracebacks."""
        return [line for line in self.log if " info " not in line and " warning " not in line]


class DidNotStart(Exception):
    """The service ended before it served; the message is what it said."""


@contextmanager
def serving(
    data: Path,
    settings: Mapping[str, object] | None = None,
    *,
    port: int = 0,
    user: int | None = None,
    own_group: bool = False,
    python: str = sys.executable,
    program: Sequence[str] = ("-m", "search_service"),
    log_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    through: Sequence[str] = (),
) -> Iterator[Served]:
    """A service over a data directory, on a free port. It is ended if it still runs.

    ``own_group``: a group of processes of its own, as a service manager makes one.
    ``python``: one of another environment. ``program``: what it runs instead. ``log_file``: where
    log lines go, for a caller that has no time to read them. ``environment``: variables beside
    those of the tests. ``through``: a command that starts another.
    """
    given = {"journal_sync": "false", **(settings or {})}
    others = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
    command = [
        *through,
        python,
        *program,
        "serve",
        "--data",
        str(data),
        "--port",
        str(port),
        *others,
    ]
    with (
        nullcontext(subprocess.PIPE) if log_file is None else log_file.open("w") as stderr,
        subprocess.Popen(
            command,
            stderr=stderr,
            text=True,
            env={**os.environ, **(environment or {})},
            user=user,
            group=user,
            process_group=0 if own_group else None,
        ) as process,
    ):
        log: list[str] = []
        lines = process.stderr or _appended(log_file or Path(), process)
        reader = Thread(target=log.extend, args=(lines,))
        try:
            url = _url(lines, log)
            if log_file is None:
                reader.start()
            yield Served(url, process, log)
        finally:
            process.kill()
            if reader.ident is not None:
                reader.join(END_SECONDS)  # to the end of what its last process says


def _appended(path: Path, process: subprocess.Popen[str]) -> Iterator[str]:
    """The lines of a file that a process writes, until that ends."""
    with path.open() as file:
        while process.poll() is None:
            if line := file.readline():
                yield line
            else:
                time.sleep(0.02)
        yield from file


def _url(lines: Iterable[str], log: list[str]) -> str:
    for line in lines:
        log.append(line)
        if " serving url=" in line:
            return line.rpartition("url=")[2].strip()
    raise DidNotStart("".join(log))
