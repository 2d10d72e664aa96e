"""How searches of a hundred million and of a billion datafiles do, on a machine that holds neither.

An index of some million datafiles is made the way of a re-index, and multiplied by links; the
service itself serves that, on as many cores as are named. The classes of requests are those of
bench-search. All is kept in one directory, so a run that was ended goes on where it was.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from load_tests import measure
from load_tests.base_index import MEMORY, make_base
from load_tests.client import Client, Unavailable
from load_tests.documents import SPREAD, Facility
from load_tests.footprint import footprints
from load_tests.measure import Measured
from load_tests.multiply import MULTIPLIED, Extent, extents_of, multiply
from load_tests.queries import SCALE_CLASSES, Class
from load_tests.scale_projection import projected, projection_table
from load_tests.scale_results import Results, Searched, Started
from load_tests.service import Service, processor_seconds
from search_service.catalogue.lookup import find_entity
from tests.support.serving import serving

DATAFILES = 5_000_000
SEARCH_SECONDS = 280  # a client waits for 300
QUIET_SHARE = 0.1  # of a core
QUIET_SECONDS = 2.0
PATIENCE = 1_800.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line, makes what is missing, measures, prints."""
    options = _options(arguments)
    options.keep.mkdir(parents=True, exist_ok=True)
    facility = Facility(options.datafiles, spread=options.spread)
    base = options.data or options.keep / "base"
    if not base.exists():
        workers = min(2, os.cpu_count() or 1)
        report = make_base(facility, base, workers=workers, memory=options.memory, show=_say)
        _say(f"base: {report.built:,} documents in {report.seconds:,.0f} s, {report.size:,} bytes")
    results = Results(options.keep / "results.jsonl")
    for times in options.times:
        data = _multiplied(base, options.keep, times, options.entities)
        for cores in options.cores:
            _measure(data, times, cores, facility, options, results)
    print(results.tables())
    if projections := projected(results.started, results.searched):
        print(projection_table(projections))
    for one in results.failed:
        print(f"{one.name}, {one.times} times, {one.clients} clients: {one.first_error}")
    return 1 if results.failed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-scale", description=__doc__)
    parser.add_argument(
        "--keep", type=Path, required=True, help="where base, copies and results are, and stay"
    )
    parser.add_argument(
        "--data", type=Path, help="the base: a data directory with the facility, on that disk too"
    )
    parser.add_argument("--datafiles", type=int, default=DATAFILES, help="of the base")
    parser.add_argument(
        "--spread",
        type=float,
        default=SPREAD,
        help="how much the sizes of datasets differ; 2.5 in the catalogue of bench-reindex",
    )
    parser.add_argument("--memory", type=int, default=MEMORY, help="MB of who makes the base")
    parser.add_argument("--times", type=_numbers, default=[1, 20, 200], metavar="N,N")
    parser.add_argument("--cores", type=_numbers, default=[1, 2], metavar="N,N")
    parser.add_argument("--clients", type=_numbers, default=[1, 8], metavar="N,N")
    parser.add_argument("--seconds", type=float, default=6.0, help="for each class")
    parser.add_argument(
        "--classes", type=_classes, default=list(SCALE_CLASSES), help="as in text,dates"
    )
    parser.add_argument(
        "--entities", type=_entities, default=list(MULTIPLIED), help="that are multiplied"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=PATIENCE,
        metavar="SECONDS",
        help="how long to wait for a service to have compared its files with their checksums",
    )
    parser.add_argument("--again", action="store_true", help="what was measured already too")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _classes(text: str) -> list[Class]:
    known = {kind.name: kind for kind in SCALE_CLASSES}
    names = [name.strip() for name in text.split(",")]
    if strangers := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"{strangers[0]} is none of {', '.join(known)}")
    return [known[name] for name in names]


def _entities(text: str) -> list[str]:
    found = {name: find_entity(name) for name in text.split(",")}
    if strangers := [name for name, entity in found.items() if entity is None]:
        raise argparse.ArgumentTypeError(f"{strangers[0]} is no entity")
    return [entity.name for entity in found.values() if entity is not None]


def _multiplied(base: Path, keep: Path, times: int, entities: Sequence[str]) -> Path:
    data = keep / f"times-{times}"
    if not data.exists():
        begun = time.monotonic()
        extents = multiply(base, data, times, entities)
        documents = sum(extent.documents for extent in extents.values())
        _say(f"{data}: {documents:,} documents in {time.monotonic() - begun:,.1f} s")
    return data


# ── what is measured ─────────────────────────────────────────────────────────────────────────────


def _measure(
    data: Path,
    times: int,
    cores: int,
    facility: Facility,
    options: argparse.Namespace,
    results: Results,
) -> None:
    """Every class that is not measured yet, by a service of its own."""
    wanted = [
        (kind, clients)
        for kind in options.classes
        for clients in options.clients
        if options.again or not results.has(times, cores, clients, kind.name)
    ]
    if not wanted:
        return
    extents = extents_of(data)
    with _started(data, cores, options.keep / f"times-{times}.log") as (service, ready):
        checked = _until_quiet(service, options.patience)
        started = _start(times, cores, facility, extents, ready, checked)
        _say(f"{times} times on {cores} cores: ready after {ready:.1f} s, checked {checked:.1f}")
        results.add(started)
        for kind, clients in wanted:
            result = _searched(service, kind, clients, facility, options, times, cores)
            results.add(result)
            _say(
                f"{kind.name}, {clients} clients: {result.median:,.1f}, {result.p95:,.1f} ms,"
                f" processor {result.processor:,.1f}, {result.requests} requests"
            )
        results.add(_with_footprint(started, service))


@contextmanager
def _started(data: Path, cores: int, log: Path) -> Iterator[tuple[Service, float]]:
    """A service on so many cores, with as many workers, and the seconds until it was ready."""
    with ExitStack() as stack:
        begun = time.monotonic()
        with _pinned(cores):
            settings = {"journal_sync": "true", "search_seconds": SEARCH_SECONDS}
            served = stack.enter_context(serving(data, settings, log_file=log))
        _wait_until_ready(served.url)
        yield Service("A", served.url, served.process.pid, data), time.monotonic() - begun
        served.stop()


@contextmanager
def _pinned(cores: int) -> Iterator[None]:
    """What is started meanwhile stays on the first so many cores of this process."""
    before = os.sched_getaffinity(0)
    if cores > len(before):
        raise SystemExit(f"bench-scale: {cores} cores were asked for, there are {len(before)}")
    os.sched_setaffinity(0, sorted(before)[:cores])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _wait_until_ready(url: str) -> None:
    end = time.monotonic() + PATIENCE
    with Client(url) as client:
        while (answer := client.call("/health/ready", method="GET")).status != 200:
            if time.monotonic() > end:
                answer.check()
            time.sleep(0.05)


def _until_quiet(service: Service, patience: float) -> float:
    """Waits until the service has compared its files with their checksums; the seconds it took."""
    begun = time.monotonic()
    before = service.processor_seconds() or 0.0
    while time.monotonic() - begun < patience:
        time.sleep(QUIET_SECONDS)
        now = service.processor_seconds() or 0.0
        if now - before < QUIET_SHARE * QUIET_SECONDS:
            break
        before = now
    return time.monotonic() - begun


def _start(
    times: int,
    cores: int,
    facility: Facility,
    extents: dict[str, Extent],
    ready: float,
    checked: float,
) -> Started:
    return Started(
        times=times,
        cores=cores,
        datafiles=times * facility.datafiles,
        documents=sum(extent.documents for extent in extents.values()),
        segments=sum(extent.segments for extent in extents.values()),
        ready=ready,
        checked=checked,
    )


def _with_footprint(started: Started, service: Service) -> Started:
    serving_process, *others = footprints(service.pid or 0)
    # The server that workers are forked from, and what tracks resources, hold no index.
    workers = sorted(others, key=lambda one: one.maps)[-started.cores :]
    return replace(
        started,
        workers=len(workers),
        worker=max(one.own for one in workers),
        worker_maps=max(one.maps for one in workers),
        worker_files=max(one.files for one in workers),
        serving=serving_process.own,
    )


def _searched(
    service: Service,
    kind: Class,
    clients: int,
    facility: Facility,
    options: argparse.Namespace,
    times: int,
    cores: int,
) -> Searched:
    dice = random.Random(f"{options.seed} {kind.name} {clients}")
    measured, processor = _requests(service, kind, clients, facility, options.seconds, dice)
    answers = len(measured.latencies)
    return Searched(
        times=times,
        cores=cores,
        clients=clients,
        name=kind.name,
        requests=answers,
        rate=measured.rate,
        median=measured.percentile(0.5) if answers else 0.0,
        p95=measured.percentile(0.95) if answers else 0.0,
        most=measured.percentile(1.0) if answers else 0.0,
        processor=1_000 * processor / max(1, answers),
        hits=measured.hits_each,
        errors=measured.errors,
        first_error=measured.first_error,
    )


def _requests(
    service: Service,
    kind: Class,
    clients: int,
    facility: Facility,
    seconds: float,
    dice: random.Random,
) -> tuple[Measured, float]:
    """Requests until the time is over, and the seconds of the service's processors."""
    try:
        one = measure.trial(service.url, kind, facility, dice)
    except Unavailable as error:
        return Measured(errors=1, first_error=str(error)), 0.0
    # More than two cores could answer in that time.
    count = int(3 * seconds / one) + 4 * clients
    drawn = measure.draw(kind, facility, dice, clients, count)
    before = processor_seconds(service.pid or 0)
    measured = measure.run(service.url, drawn, seconds)
    return measured, processor_seconds(service.pid or 0) - before


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
