"""Processor time of a search worker for one request, by class: without HTTP and other processes.

With ``--against`` another checkout answers the same requests, turn by turn in the same run, and the
table says whether its answers are the same to the byte. The data directory is read as it is, and
no service may have it open; ``--fill`` makes it first.
"""

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from statistics import fmean, median
from typing import IO, Any, cast

from load_tests.documents import SPREAD, Facility
from load_tests.filling import DATAFILES, fill
from load_tests.queries import BASE, CLASSES, INVESTIGATION_FIELDS, Class, Request, search, word
from load_tests.report import number, table
from load_tests.service import started

ROUNDS = 4
REQUESTS = 25  # of a round
FIRST = 50  # that do not count
HERE = Path(__file__).parents[1]
WORKER = Path(__file__).with_name("request_worker.py")


def _some_words(count: int, entity: str = "datafile", hits: int = 100) -> Class:
    def draw(facility: Facility, dice: random.Random) -> Request:
        text = " ".join(word(facility, dice) for _ in range(count))
        fields = INVESTIGATION_FIELDS if entity == "investigation" else None
        return search(entity, {"text": text}, fields, hits)

    names = {2: "two", 3: "three", 4: "four"}
    return Class(f"{entity}s, {names[count]} words", draw)


def _everything_by_name(facility: Facility, dice: random.Random) -> Request:
    return search("datafile", {}, hits=dice.randint(90, 110), sort={"name": "asc"})


MORE_CLASSES = (
    _some_words(3),
    _some_words(4),
    _some_words(2, "investigation"),
    Class("everything by name", _everything_by_name),
)


@dataclass
class Measured:
    """The milliseconds of each request of a class, and what was answered."""

    milliseconds: list[float] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)


class Worker:
    """A worker of a checkout, in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._questions = cast(IO[str], process.stdin)
        self._answers = cast(IO[str], process.stdout)
        self.checkout = Path(str(self._answer()["ready"])).parents[1]

    def ask(self, requests: Sequence[Request], *, profile: bool = False) -> dict[str, Any]:
        """What it measured of these requests."""
        asked = {"requests": [_as_asked(each) for each in requests], "profile": profile}
        self._questions.write(json.dumps(asked) + "\n")
        self._questions.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise SystemExit("a worker ended; see what it said above")
        answer: dict[str, Any] = json.loads(line)
        return answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line, measures, prints."""
    options = _options(arguments)
    facility = Facility(options.datafiles, spread=options.spread)
    if options.fill:
        with started(options.data) as service:
            fill(service.url, facility)
    wanted = [
        kind
        for kind in (*CLASSES, *MORE_CLASSES)
        if not options.classes or kind.name in options.classes
    ]
    checkouts = [HERE, *options.against]
    data = [options.data, *(options.against_data or [options.data] * len(options.against))]
    with _workers(list(zip(checkouts, data, strict=True)), options) as workers:
        for kind in wanted if options.profile else ():
            for worker in workers:
                print(f"{kind.name}: {worker.checkout}")
                print(_profile(worker, kind, facility, options))
        if not options.profile:
            print(_table(workers, wanted, facility, options))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-request", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a data directory")
    parser.add_argument("--fill", action="store_true", help="with the facility, before")
    parser.add_argument("--datafiles", type=int, default=DATAFILES)
    parser.add_argument("--spread", type=float, default=SPREAD, help="as of bench-search")
    parser.add_argument(
        "--against", type=Path, action="append", default=[], help="another checkout; repeatable"
    )
    parser.add_argument(
        "--against-data",
        type=Path,
        action="append",
        help="for each of these its data directory, where it needs one of its own",
    )
    parser.add_argument(
        "--class", action="append", dest="classes", help="only this one; repeatable"
    )
    parser.add_argument("--matching", default="people")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="of each round")
    parser.add_argument(
        "--first", type=int, default=FIRST, help="requests before, as of a service that runs"
    )
    parser.add_argument(
        "--known", action="store_true", help="answer each request once before it is measured"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--profile", action="store_true", help="functions, instead of a table")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


@contextmanager
def _workers(
    measured: Sequence[tuple[Path, Path]], options: argparse.Namespace
) -> Iterator[list[Worker]]:
    processes: list[subprocess.Popen[str]] = []
    workers = []
    try:
        for checkout, data in measured:  # one after the other: each has it for a moment
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-P", str(WORKER), str(data), options.matching],
                    env={**os.environ, "PYTHONPATH": str(checkout.resolve())},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            workers.append(Worker(processes[-1]))
        yield workers
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _as_asked(request: Request) -> tuple[str, str, str, str]:
    path, _, query = request.target.removeprefix(f"{BASE}/").partition("?")
    entity, _, is_facet = path.partition("/")
    return "facet" if is_facet else "search", entity, query, request.body.decode()


def _draw(
    kind: Class, facility: Facility, options: argparse.Namespace, part: str, count: int
) -> list[Request]:
    dice = random.Random(f"{options.seed} {kind.name} {part}")
    return [kind.draw(facility, dice) for _ in range(count)]


def _profile(worker: Worker, kind: Class, facility: Facility, options: argparse.Namespace) -> str:
    worker.ask(_draw(kind, facility, options, "first", options.first))
    requests = _draw(kind, facility, options, "profile", options.requests * options.rounds)
    return str(worker.ask(requests, profile=True)["profile"])


def _measure(
    workers: Sequence[Worker], kind: Class, facility: Facility, options: argparse.Namespace
) -> list[Measured]:
    """The workers take turns, with the same requests; what is read first does not count."""
    results = [Measured() for _ in workers]
    for worker in workers:
        worker.ask(_draw(kind, facility, options, "first", options.first))
    for turn in range(options.rounds):
        requests = _draw(kind, facility, options, str(turn), options.requests)
        for worker, result in zip(workers, results, strict=True):
            if options.known:
                worker.ask(requests)
            answer = worker.ask(requests)
            result.milliseconds += answer["milliseconds"]
            result.digests.append(answer["digest"])
    return results


def _table(
    workers: Sequence[Worker],
    wanted: Sequence[Class],
    facility: Facility,
    options: argparse.Namespace,
) -> str:
    rows = []
    for kind in wanted:
        results = _measure(workers, kind, facility, options)
        rows.append(_row(kind.name, results))
        print(".", end="", file=sys.stderr, flush=True)
    header = ["class", "median ms", "mean ms"]
    for place in range(1, len(workers)):
        header += [f"median {place}", f"mean {place}", "times", "same answers"]
    print("", file=sys.stderr)
    return table(header, rows)


def _row(name: str, results: Sequence[Measured]) -> list[str]:
    first, *others = results
    cells = [name, *_figures(first)]
    for other in others:
        times = [
            before / now
            for before, now in zip_longest(other.milliseconds, first.milliseconds, fillvalue=1.0)
        ]
        same = "yes" if other.digests == first.digests else "no"
        cells += [*_figures(other), number(median(times), 2), same]
    return cells


def _figures(measured: Measured) -> list[str]:
    milliseconds = measured.milliseconds
    return [number(median(milliseconds), 2), number(fmean(milliseconds), 2)]


if __name__ == "__main__":
    sys.exit(main())
