"""Runs a scenario against a service, or compares two runs: the command ``scripts/load-test``."""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer

import orjson

from load_tests import filling
from load_tests.client import Client, Unavailable
from load_tests.documents import Facility
from load_tests.harness import report, summary
from load_tests.harness.background import BackgroundTasks, Place
from load_tests.harness.conductor import Span
from load_tests.harness.order import READY, Order
from load_tests.harness.run import Host, LoadGenerator, Run
from load_tests.harness.samples import Samples
from load_tests.harness.scenarios import Scenario
from load_tests.harness.table import SCENARIOS, scenario_of
from load_tests.harness.thresholds import judge
from load_tests.harness.watch import Watch, Watched
from load_tests.profiles.truth import write_documents
from load_tests.service import Service, listening, started

RESULTS = Path("load-results")
REPORT = "report.html"
LOG = "service.log"
ADDRESS_SPACE = 16
LOOPBACK = "127.0.0.0/8,::1/128"
ANOTHER_SOURCE = "127.0.10.1"
MORE_TIME = 120.0
ROOT = Path(__file__).parents[2]

HELD, NOT_HELD, NOT_RUN = 0, 1, 2


@dataclass(frozen=True)
class Target:
    """A service with the facility in it. ``released``: it knows what is public."""

    service: Service
    source: Path | None
    released: bool
    own_addresses: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line and does what it says; the exit status."""
    options = _options(arguments)
    if options.compare:
        first, second = options.compare
        return _compare(first, second, options.out)
    scenario = scenario_of(options.scenario, seconds=options.seconds, users=options.users)
    files = options.files or scenario.files
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    out: Path = options.out or RESULTS / f"{scenario.name}-{stamp}"
    out.mkdir(parents=True, exist_ok=True)
    try:
        with _target(options, Facility(files), out) as target:
            run = _run(scenario, files, target, out)
    except (Unavailable, subprocess.SubprocessError, OSError) as error:
        print(f"the scenario could not be run: {error}", file=sys.stderr)
        return NOT_RUN
    run.write(out)
    verdicts = [judge(one, run) for one in scenario.thresholds]
    print(summary.text(run, verdicts))
    (out / REPORT).write_text(report.of_run(run, verdicts), encoding="utf-8")
    print(f"report: {out / REPORT}")
    return HELD if all(verdict.held for verdict in verdicts) else NOT_HELD


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    told = "\n".join(f"  {one.name:10} {one.about}" for one in SCENARIOS.values())
    parser = argparse.ArgumentParser(
        prog="load-test",
        description=f"{__doc__}\n\nscenarios:\n{told}",
        epilog="exit status: 0 all thresholds held, 1 some did not, 2 it could not be run",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--scenario", choices=list(SCENARIOS), default="day")
    parser.add_argument("--files", type=int, help="datafiles of the facility")
    parser.add_argument("--users", type=int, help="in all; crowds keep their proportions")
    parser.add_argument("--seconds", type=float, help="how long")
    parser.add_argument("--url", help="a running service, whose content is replaced")
    parser.add_argument(
        "--filled", action="store_true", help="that service has a facility of --files already"
    )
    parser.add_argument("--out", type=Path, help="directory for samples, report and log")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="setting of our service"
    )
    parser.add_argument(
        "--memory",
        type=int,
        default=ADDRESS_SPACE,
        metavar="GB",
        help="address space of each process of our own service (default: %(default)s)",
    )
    parser.add_argument("--compare", nargs=2, type=Path, metavar="RUN", help="two that were kept")
    return parser.parse_args(arguments)


def _compare(first: Path, second: Path, out: Path | None) -> int:
    try:
        runs = Run.read(first), Run.read(second)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return NOT_RUN
    print(summary.compared(*runs))
    place = out or RESULTS / f"compared-{first.stem}-{second.stem}"
    place.mkdir(parents=True, exist_ok=True)
    (place / REPORT).write_text(report.of_two(*runs), encoding="utf-8")
    print(f"report: {place / REPORT}")
    return HELD


@contextmanager
def _target(options: argparse.Namespace, facility: Facility, out: Path) -> Iterator[Target]:
    """The service at an address, filled if wanted; else one of our own, filled by a re-index."""
    if options.url:
        url = options.url.rstrip("/")
        if not options.filled:
            filled = filling.fill(url, facility)
            print(f"{filled.documents:,} documents in {filled.total:.1f} s", file=sys.stderr)
        yield Target(
            Service("A", url, listening(url)), None, _shows_public(url), _answers_others(url)
        )
        return
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="icat-search-load-"))
        data, source = Path(directory) / "data", Path(directory) / "facility.jsonl"
        begin = time.monotonic()
        write_documents(facility, source)
        _reindex(data, source)
        print(
            f"facility of {facility.datafiles:,} datafiles made and indexed in"
            f" {time.monotonic() - begin:.0f} s",
            file=sys.stderr,
        )
        given = dict(one.split("=", 1) for one in options.set)
        settings = {"allowed_addresses": LOOPBACK, **given}
        with _address_space(options.memory << 30):
            service = stack.enter_context(started(data, settings=settings, log=out / LOG))
        yield Target(service, source, released=True, own_addresses=True)


def _reindex(data: Path, source: Path) -> None:
    command = ["-m", "search_service", "reindex", "--source", str(source), "--data", str(data)]
    ended = subprocess.run(
        [sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if ended.returncode:
        raise subprocess.SubprocessError(ended.stderr[-2_000:])


@contextmanager
def _address_space(most: int) -> Iterator[None]:
    """What is started meanwhile may not have more: this machine has other things to do."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _shows_public(url: str) -> bool:
    with Client(url) as client:
        answer = client.call("/v1/search", b'{"entity":"investigation","public":true,"limit":1}')
        return answer.status == 200 and bool(answer.json().get("hits"))


def _answers_others(url: str) -> bool:
    """Whether callers may have addresses of their own: a service on this machine that lets them."""
    if listening(url) is None:
        return False
    try:
        with Client(url, source=ANOTHER_SOURCE) as client:
            return client.call("/icat.lucene/version", method="GET").status == 200
    except Unavailable:
        return False


def _run(scenario: Scenario, files: int, target: Target, out: Path) -> Run:
    """Lets the load generator go through the scenario; what it, and we, have measured."""
    service = target.service
    result = out / "generated.json"
    order = Order(
        scenario.name,
        scenario.seconds,
        scenario.users,
        files,
        service.url,
        target.released,
        target.own_addresses,
        str(result),
    )
    process: list[subprocess.Popen[bytes]] = []
    place = Place(service.url, files, service.data, target.source)
    background = BackgroundTasks(scenario.background, place, scenario.seconds)
    watch = Watch(service.url, service.pid, lambda: process[0].pid if process else None)
    with background, watch, _generator(order) as generator, ExitStack() as stack:
        process.append(generator)
        # One that hangs is ended, and has no result.
        timer = Timer(scenario.seconds + MORE_TIME, generator.kill)
        timer.start()
        stack.callback(timer.cancel)
        for line in generator.stderr or ():
            if line.decode().rstrip() == READY:
                background.begin()
            else:
                sys.stderr.buffer.write(line)
                sys.stderr.flush()
        if generator.wait():
            raise subprocess.SubprocessError("the load generator ended without a result")
    generated = orjson.loads(result.read_bytes())
    result.unlink()
    begin = generated["started"]
    watched = Watched([at - begin for at in watch.watched.at], watch.watched.values)
    return Run(
        scenario.name,
        scenario.about,
        begin,
        generated["seconds"],
        files,
        scenario.users,
        service.url,
        _host(),
        [Span(**one) for one in generated["phases"]],
        Samples.from_json(generated["samples"]),
        LoadGenerator(**generated["generator"]),
        watched,
        [replace(one, begin=one.begin - begin, end=one.end - begin) for one in background.done],
    )


@contextmanager
def _generator(order: Order) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "load_tests.harness.generator"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            if process.stdin is not None:
                process.stdin.write(orjson.dumps(order))
                process.stdin.close()
            yield process
        finally:
            process.kill()


def _host() -> Host:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
    )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Host(os.cpu_count() or 1, memory, platform.python_version(), commit.stdout.strip())


if __name__ == "__main__":
    sys.exit(main())
