"""Searches a second and their latency by class of request, over HTTP.

With two addresses the services take turns, request for request the same ones, and the table ends in
ratios. Ratios to given figures are to what is published of icat.lucene on two cores with 600,000
datafiles; this program did not measure those.
"""

import argparse
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from load_tests import measure
from load_tests.documents import SPREAD, Facility
from load_tests.filling import DATAFILES, THREADS, fill
from load_tests.measure import Measured
from load_tests.queries import CLASSES, Class
from load_tests.report import geometric_mean, number, table
from load_tests.service import Service, services

ROUNDS = 3
HEADER = ("class", "clients", "requests/s", "p50 ms", "p95 ms", "hits", "kB", "errors", "client %")


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line, fills the services, measures, prints."""
    options = _options(arguments)
    facility = Facility(options.datafiles, spread=options.spread)
    classes = [kind for kind in CLASSES if not options.classes or kind.name in options.classes]
    with services(options.url, options.data, options.cluster) as targets:
        if not options.filled:
            for target in targets:
                filled = fill(target.url, facility, options.threads)
                print(
                    f"{target.label}: {target.url}: {filled.documents:,} documents"
                    f" in {filled.total:.1f} s",
                    flush=True,
                )
        print(f"{facility.datafiles:,} datafiles, {os.cpu_count()} cores shared with the clients\n")
        results = {
            (kind.name, clients): _measure(targets, kind, facility, clients, options)
            for kind in classes
            for clients in options.clients
        }
    print(_results(targets, classes, options.clients, results))
    for (name, clients), both in results.items():
        for target, one in zip(targets, both, strict=True):
            if one.errors:
                print(f"{name}, {clients} clients, {target.label}: {one.first_error}")
    print(_against_given(classes, options.clients, results))
    if len(targets) == 2:
        print(_between(classes, options.clients, results))
    failed = sum(one.errors for both in results.values() for one in both)
    return 1 if failed else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-search", description=__doc__)
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
    parser.add_argument("--seconds", type=float, default=6.0, help="for each class and service")
    parser.add_argument("--clients", type=_numbers, default=[1, 8], metavar="N,N")
    parser.add_argument(
        "--class", action="append", dest="classes", help="only this one; repeatable"
    )
    parser.add_argument("--data", type=Path, help="where our own service keeps its data")
    parser.add_argument("--filled", action="store_true", help="the facility is there already")
    parser.add_argument(
        "--spread",
        type=float,
        default=SPREAD,
        help="how much the sizes of datasets differ; 2.5 in the catalogue of bench-reindex",
    )
    parser.add_argument("--threads", type=int, default=THREADS, help="that fill the service")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _measure(
    targets: list[Service],
    kind: Class,
    facility: Facility,
    clients: int,
    options: argparse.Namespace,
) -> list[Measured]:
    """A class with a number of clients: the services take turns, each with the same requests."""
    dice = random.Random(f"{options.seed} {kind.name} {clients}")
    one = min(measure.trial(target.url, kind, facility, dice) for target in targets)
    seconds = options.seconds / ROUNDS
    results = [Measured() for _ in targets]
    for _ in range(ROUNDS):
        # More than two cores could answer in that time.
        requests = measure.draw(kind, facility, dice, clients, int(3 * seconds / one) + 4 * clients)
        for target, result in zip(targets, results, strict=True):
            before = target.processor_seconds()
            result += measure.run(target.url, requests, seconds)
            after = target.processor_seconds()
            if before is not None and after is not None:
                result.service_processor = (result.service_processor or 0.0) + after - before
    print(".", end="", file=sys.stderr, flush=True)
    return results


def _results(
    targets: list[Service],
    classes: list[Class],
    clients: list[int],
    results: dict[tuple[str, int], list[Measured]],
) -> str:
    rows = []
    for kind in classes:
        for count in clients:
            for target, result in zip(targets, results[kind.name, count], strict=True):
                name = kind.name if len(targets) == 1 else f"{kind.name} {target.label}"
                rows.append(_row(name, count, result))
    return table((*HEADER, "service ms"), rows) + "\n"


def _row(name: str, clients: int, result: Measured) -> tuple[str, ...]:
    answers = max(1, len(result.latencies))
    processor = result.service_processor
    return (
        name,
        str(clients),
        number(result.rate),
        number(result.percentile(0.5), 2),
        number(result.percentile(0.95), 2),
        number(result.hits_each, 0),
        number(result.size / answers / 1_000),
        str(result.errors),
        number(100 * result.client_processor / result.seconds if result.seconds else None, 0),
        number(None if processor is None else 1_000 * processor / answers, 2),
    )


def _against_given(
    classes: list[Class], clients: list[int], results: dict[tuple[str, int], list[Measured]]
) -> str:
    """Ratios to the figures given for icat.lucene: to its best rate and to its lowest."""
    rows, best, lowest, latency = [], [], [], []
    for kind in classes:
        for count in clients:
            result, figure = results[kind.name, count][0], kind.figure
            if not result.latencies:
                continue
            to_best, to_lowest = result.rate / figure.highest, result.rate / figure.lowest
            share = result.percentile(0.5) / figure.milliseconds
            if count == max(clients):
                best.append(to_best)
                lowest.append(to_lowest)
            if count == 1:
                latency.append(share)
            rows.append(
                (
                    kind.name,
                    str(count),
                    f"{number(figure.lowest)}–{number(figure.highest)}",
                    f"{number(to_best, 2)}–{number(to_lowest, 2)}",
                    number(figure.milliseconds),
                    number(share, 2) if count == 1 else "",
                )
            )
    header = ("class", "clients", "given/s", "rate, times", "given ms", "latency, part")
    means = (
        f"\nGeometric means: {number(geometric_mean(best), 2)} to"
        f" {number(geometric_mean(lowest), 2)} times the given rates with {max(clients)} clients,"
        f" {number(geometric_mean(latency), 2)} of the given latencies with one.\n"
    )
    title = "A against the figures given for icat.lucene (two cores, 600,000 datafiles)\n\n"
    return title + table(header, rows) + means


def _between(
    classes: list[Class], clients: list[int], results: dict[tuple[str, int], list[Measured]]
) -> str:
    rows = []
    ratios: dict[int, list[float]] = {count: [] for count in clients}
    for kind in classes:
        for count in clients:
            first, second = results[kind.name, count]
            if not (first.latencies and second.latencies):
                continue
            rate = first.rate / second.rate
            ratios[count].append(rate)
            latency = first.percentile(0.5) / second.percentile(0.5)
            rows.append((kind.name, str(count), number(rate, 2), number(latency, 2)))
    means = "".join(
        f"Geometric mean with {count}: {number(geometric_mean(values), 2)} times the rate.\n"
        for count, values in ratios.items()
    )
    header = ("class", "clients", "rate A/B", "p50 A/B")
    return f"A against B, both measured here\n\n{table(header, rows)}\n{means}"


if __name__ == "__main__":
    sys.exit(main())
