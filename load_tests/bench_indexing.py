"""Documents a second into the service, over HTTP, by two ways that a catalogue has.

`bulk`: ``addNow`` in blocks of 10,000 from several threads into a locked entity, then ``unlock``.
`live`: ``modify`` with updates of datafiles and a commit each 500, beside searches.
"""

import argparse
import itertools
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from load_tests import measure
from load_tests.client import Client
from load_tests.documents import BLOCK, Block, Facility, datafile_blocks, datafiles
from load_tests.filling import DATAFILES, THREADS, populate
from load_tests.queries import BASE, CLASSES
from load_tests.report import number, table
from load_tests.service import Service, services

# Given for icat.lucene on two cores, documents of 232 bytes; not measured by this program.
GIVEN_BULK = 32_000
GIVEN_UPDATES, GIVEN_SEARCHES = 1_880, 31
COMMIT_EVERY = 500
SEARCHERS = 2
SEARCHED = ("text", "two words", "sorted by date", "authorised")


@dataclass(frozen=True)
class Live:
    """Updates and searches a second when both go on."""

    updates: float
    searches: float
    latency_p95: float
    errors: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line, measures, prints."""
    options = _options(arguments)
    facility = Facility(options.datafiles)
    # Made before the clock starts: the generator shares the machine with the service.
    blocks = list(datafile_blocks(facility, BLOCK, lean=not options.full))
    errors = 0
    with services(options.url, options.data, options.cluster) as targets:
        print(f"{facility.datafiles:,} datafiles, {os.cpu_count()} cores shared with the clients\n")
        print(_bulk(targets, blocks, options.threads))
        if options.live_seconds:
            results = [_live(one, facility, options.live_seconds) for one in targets]
            errors = sum(one.errors for one in results)
            print(_live_table(targets, results))
    return 1 if errors else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-indexing", description=__doc__)
    parser.add_argument(
        "--url",
        action="append",
        default=[],
        help="a service to measure; twice to compare two; none: one of our own is started",
    )
    parser.add_argument(
        "--cluster",
        metavar="URL",
        help="of an OpenSearch node, to compare another service of our own with its index there",
    )
    parser.add_argument("--datafiles", type=int, default=DATAFILES)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--full", action="store_true", help="datafiles with all their fields")
    parser.add_argument("--live-seconds", type=float, default=20.0, help="0: bulk only")
    parser.add_argument("--data", type=Path, help="the service's data directory, to be weighed")
    return parser.parse_args(arguments)


def _bulk(targets: list[Service], blocks: list[Block], threads: int) -> str:
    rows = []
    for target in targets:
        before = target.processor_seconds()
        own = time.process_time()
        filled = populate(target.url, iter(blocks), threads)
        own = time.process_time() - own
        after = target.processor_seconds()
        processor = None if before is None or after is None else after - before
        disk = target.bytes_on_disk()
        rate = filled.documents / filled.total
        rows.append(
            (
                f"{target.label} {target.url}",
                number(filled.bytes / filled.documents, 0),
                number(filled.documents / filled.adding, 0),
                number(rate, 0),
                number(None if processor is None else 1e6 * processor / filled.documents),
                number(1e6 * own / filled.documents),
                number(None if disk is None else disk / filled.documents, 0),
                number(rate / GIVEN_BULK, 2),
            )
        )
    header = (
        "addNow",
        "bytes each",
        "added/s",
        "with unlock/s",
        "service µs",
        "client µs",
        "disk bytes",
        f"times {GIVEN_BULK:,}/s given",
    )
    return table(header, rows) + "\n"


def _live(target: Service, facility: Facility, seconds: float) -> Live:
    """Updates from one client and searches from others, for so many seconds."""
    stop = Event()
    dice = random.Random(5)
    kinds = [kind for kind in CLASSES if kind.name in SEARCHED]
    one = max(measure.trial(target.url, kind, facility, dice) for kind in kinds)
    mixed = [
        requests
        for kind in kinds
        for requests in measure.draw(kind, facility, dice, SEARCHERS, int(4 * seconds / one))
    ]
    streams = [
        [one for group in zip(*mixed[place::SEARCHERS], strict=True) for one in group]
        for place in range(SEARCHERS)
    ]
    counted = [0, 0]
    writer = Thread(target=_update, args=(target.url, facility, stop, counted), daemon=True)
    begin = time.perf_counter()
    writer.start()
    searched = measure.run(target.url, streams, seconds)
    stop.set()
    writer.join()
    took = time.perf_counter() - begin
    return Live(
        counted[0] / took,
        searched.rate,
        searched.percentile(0.95),
        searched.errors + counted[1],
    )


def _update(url: str, facility: Facility, stop: Event, counted: list[int]) -> None:
    """Sends updates until told to stop; counts the committed ones, and the failures."""
    with Client(url) as client:
        for batch in _updates(facility):
            if stop.is_set():
                return
            answers = client.call(f"{BASE}/modify", batch), client.call(f"{BASE}/commit")
            failed = any(answer.status >= 400 for answer in answers)
            counted[1 if failed else 0] += 1 if failed else COMMIT_EVERY


def _updates(facility: Facility) -> Iterator[bytes]:
    """Bodies of ``modify``: datafiles at random, each with another size than before."""
    dice = random.Random(6)
    size = itertools.count(1)
    pool = list(itertools.islice(datafiles(facility), 20_000))
    ids = [int(document[6 : document.index(",")]) for document in pool]
    while True:
        parts = []
        for place in dice.sample(range(len(pool)), min(COMMIT_EVERY, len(pool))):
            document = f'{pool[place][:-1]},"description":"changed {next(size)}"}}'
            parts.append(
                f'{{"update":{{"_index":"Datafile","_id":{ids[place]},"doc":{document}}}}}'
            )
        yield f"[{','.join(parts)}]".encode()


def _live_table(targets: list[Service], results: list[Live]) -> str:
    rows = [
        (
            f"{target.label} {target.url}",
            number(one.updates, 0),
            number(one.searches),
            number(one.latency_p95),
            str(one.errors),
            number(one.updates / GIVEN_UPDATES, 2),
            number(one.searches / GIVEN_SEARCHES, 2),
        )
        for target, one in zip(targets, results, strict=True)
    ]
    header = (
        f"live, a commit each {COMMIT_EVERY}",
        "updates/s",
        "searches/s",
        "search p95 ms",
        "errors",
        f"times {GIVEN_UPDATES:,}/s given",
        f"times {GIVEN_SEARCHES}/s given",
    )
    return table(header, rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
