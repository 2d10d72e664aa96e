"""The service as a process of its own, as an operator starts it."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO

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
    program: Sequence[str] = ("-m", "search_service"),
) -> Iterator[Served]:
    """A service over a data directory, on a free port. It is ended if it still runs.

    ``own_group``: a group of processes of its own, as a service manager makes one.
    ``program``: what Python runs instead.
    """
    given = {"journal_sync": "false", **(settings or {})}
    others = [part for name, value in given.items() for part in ("--set", f"{name}={value}")]
    command = [sys.executable, *program, "serve", "--data", str(data)]
    with subprocess.Popen(
        [*command, "--port", str(port), *others],
        stderr=subprocess.PIPE,
        text=True,
        user=user,
        group=user,
        process_group=0 if own_group else None,
    ) as process:
        assert process.stderr is not None
        log: list[str] = []
        reader = Thread(target=log.extend, args=(process.stderr,))
        try:
            url = _url(process.stderr, log)
            reader.start()
            yield Served(url, process, log)
        finally:
            process.kill()
            if reader.ident is not None:
                reader.join(END_SECONDS)  # to the end of what its last process says


def _url(lines: IO[str], log: list[str]) -> str:
    for line in lines:
        log.append(line)
        if " serving url=" in line:
            return line.rpartition("url=")[2].strip()
    raise DidNotStart("".join(log))
