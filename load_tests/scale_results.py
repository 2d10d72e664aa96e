"""What ``bench_scale`` measured: kept as it comes, a line of JSON each, and shown as Markdown.

A run that is ended goes on where it was; one with other sizes or classes adds to what is there.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from load_tests.report import markdown, number

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Started:
    """A service over an index of some size on some cores, from its start until searches begin.

    ``ready``: seconds until it said so; ``checked``: until it had compared its files with their
    checksums, beside searches. Bytes and numbers of a worker are those of the largest, after all
    classes; ``serving`` are the bytes of the process that listens.
    """

    times: int
    cores: int
    datafiles: int
    documents: int
    segments: int
    ready: float
    checked: float
    workers: int = 0
    worker: int = 0
    worker_maps: int = 0
    worker_files: int = 0
    serving: int = 0


@dataclass(frozen=True, slots=True)
class Searched:
    """A class of requests with a number of clients; times are milliseconds.

    ``processor``: of the service and its workers for each request.
    """

    times: int
    cores: int
    clients: int
    name: str
    requests: int
    rate: float
    median: float
    p95: float
    most: float
    processor: float
    hits: float
    errors: int
    first_error: str = ""


class Results:
    """The lines of one file; a later one of the same kind, size, cores, class replaces another."""

    def __init__(self, path: Path) -> None:
        """Reads what is there. Raises ValueError for a file that is none of results."""
        self._path = path
        self._started: dict[tuple[int, int], Started] = {}
        self._searched: dict[tuple[int, int, int, str], Searched] = {}
        for content in _lines(path):
            self._note(Started(**content) if "ready" in content else Searched(**content))

    def add(self, result: Started | Searched) -> None:
        """Keeps a result: in the file before anything else."""
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(result)) + "\n")
        self._note(result)

    def has(self, times: int, cores: int, clients: int, name: str) -> bool:
        """Whether a class was measured so, without errors."""
        found = self._searched.get((times, cores, clients, name))
        return found is not None and not found.errors

    @property
    def started(self) -> Sequence[Started]:
        """Every start."""
        return list(self._started.values())

    @property
    def searched(self) -> Sequence[Searched]:
        """Every class that was measured."""
        return list(self._searched.values())

    @property
    def failed(self) -> Sequence[Searched]:
        """What had errors."""
        return [one for one in self._searched.values() if one.errors]

    def _note(self, result: Started | Searched) -> None:
        match result:
            case Started():
                self._started[result.times, result.cores] = result
            case Searched():
                key = result.times, result.cores, result.clients, result.name
                self._searched[key] = result

    # ── tables ─────────────────────────────────────────────────────────────────────────────────

    def tables(self) -> str:
        """All of it: how services start, then a table of classes for each size."""
        sizes = sorted({times for times, _ in self._started})
        return "\n".join([self._starts(), *map(self._classes, sizes)])

    def _starts(self) -> str:
        rows = [
            (
                f"{one.datafiles:,}",
                str(one.cores),
                f"{one.documents:,}",
                f"{one.segments:,}",
                number(one.ready),
                number(one.checked),
                str(one.workers),
                number(one.worker / MB, 0),
                number(one.serving / MB, 0),
                f"{one.worker_maps:,}",
                f"{one.worker_files:,}",
            )
            for _, one in sorted(self._started.items())
        ]
        header = (
            "datafiles",
            "cores",
            "documents of all entities",
            "segments",
            "ready, s",
            "checked, s",
            "workers",
            "MB of a worker",
            "MB of the serving process",
            "maps of a worker",
            "files of a worker",
        )
        return markdown(header, rows)

    def _classes(self, times: int) -> str:
        columns = sorted({key[1:3] for key in self._searched if key[0] == times})
        names = list(dict.fromkeys(key[3] for key in self._searched if key[0] == times))
        header = [f"{self._datafiles(times):,} datafiles: p50, p95 ms; processor ms; requests/s"]
        header += [_column(cores, clients) for cores, clients in columns]
        rows = [
            (name, *(_cell(self._searched.get((times, *column, name))) for column in columns))
            for name in names
        ]
        return markdown(header, rows)

    def _datafiles(self, times: int) -> int:
        return next(one.datafiles for (of, _), one in self._started.items() if of == times)


def _column(cores: int, clients: int) -> str:
    return f"{cores} core{'s'[: cores - 1]}, {clients} client{'s'[: clients - 1]}"


def _cell(result: Searched | None) -> str:
    if result is None:
        return ""
    if not result.requests:
        return "failed"
    digits = 1 if result.median < 10 else 0
    times = f"{number(result.median, digits)}, {number(result.p95, digits)}"
    cell = f"{times}; {number(result.processor, digits)}; {number(result.rate)}"
    return f"{cell} ({result.errors} failed)" if result.errors else cell


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    for place, line in enumerate(path.read_text().splitlines(), 1):
        try:
            content = json.loads(line)
        except ValueError as error:
            raise ValueError(f"{path}, line {place}: {error}") from error
        yield content
