"""How fast a re-index is: documents a second by number of workers, and what each step takes.

The catalogue is a MariaDB of our own with the synthetic facility, or an existing one at an address.
Workers, database and, where there is one, a service share the processors, so compare figures of one
run by their ratios.
"""

import argparse
import math
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import orjson

from load_tests import reindex_steps
from load_tests.catalogue_server import Catalogue, catalogue
from load_tests.clusters import OwnIndex, own_index
from load_tests.report import number, table
from load_tests.service import processor_seconds
from search_service.app import engine_by, open_store
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.lookup import find_entity
from search_service.reindex.run import ReindexOptions, Report, reindex
from search_service.runtime.host import host_of
from search_service.settings.model import Settings
from search_service.settings.values import EngineName
from search_service.sources.base import ignore_rejected
from search_service.sources.open import SourceAt

DATAFILES = 1_000_000
SAMPLE = 100_000
SPIN_SECONDS = 2.0
LEFT_OUT = """\
Left out: a database on another machine (its network, its other users, pages it has to read from
disks), the linking of entities that are not built, the repeating of what changed meanwhile, and
searches beside it. The synthetic texts are shorter and less various than those of a facility, so
bytes are too few rather than too many. With others on the machine all figures are too low; the
processor times least."""


@dataclass(frozen=True)
class Run:
    """A re-index of the entities by a number of workers."""

    source: str
    workers: int
    report: Report
    processor: float  # seconds of the command and its workers
    database: float  # seconds of the server, not a number when it is not ours
    cluster: float  # seconds of its nodes, not a number with the embedded engine

    @property
    def rate(self) -> float:
        """Documents a second, from the beginning to the switch."""
        return self.report.built / self.report.seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line, measures, prints."""
    options = _options(arguments)
    with _catalogue(options) as found, _directory(options.keep) as directory:
        print(f"{os.cpu_count()} cores, {', '.join(options.entities)}\n")
        print(_spin_table(options.workers))
        sources = {"database": found.url}
        if options.jsonl:
            sources["file"] = str(_written(found.url, options.entities, directory))
        for name, url in sources.items():
            print(_steps_table(name, SourceAt(url), options, directory))
        for name, url in sources.items():
            print(_readers_table(name, SourceAt(url), options))
        runs = [
            _run(name, url, workers, options.entities, found, directory, address)
            for name, url in sources.items()
            for address in (None, *options.cluster)
            for workers in options.workers
        ]
        print(_runs_table(runs))
        print(LEFT_OUT)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-reindex", description=__doc__)
    parser.add_argument("--datafiles", type=int, default=DATAFILES)
    parser.add_argument("--workers", type=_numbers, default=[1, 2], help="as in 1,2,4")
    parser.add_argument("--source", help="an existing catalogue, instead of one of our own")
    parser.add_argument(
        "--cluster",
        action="append",
        default=[],
        metavar="URL",
        help="of an OpenSearch node: re-index into it too, without copies",
    )
    parser.add_argument("--keep", type=Path, help="keep database and files here for another time")
    parser.add_argument("--jsonl", action="store_true", help="also from a file of documents")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="documents of the steps")
    parser.add_argument(
        "--entities", type=_entities, default=["Datafile"], help="as in Datafile,Dataset; or all"
    )
    return parser.parse_args(arguments)


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def _entities(text: str) -> list[str]:
    if text == "all":
        return [entity.name for entity in ENTITIES]
    found = [find_entity(name) for name in text.split(",")]
    return [entity.name for entity in found if entity is not None]


@contextmanager
def _catalogue(options: argparse.Namespace) -> Iterator[Catalogue]:
    if options.source:
        yield Catalogue(options.source)
        return
    started = time.monotonic()
    with catalogue(
        options.datafiles, options.keep, lambda line: print(line, file=sys.stderr)
    ) as made:
        print(f"catalogue of {options.datafiles:,} datafiles, {time.monotonic() - started:,.0f} s")
        yield made


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="icat-search-bench-") as temporary:
        yield Path(temporary)


def _written(url: str, entities: Sequence[str], directory: Path) -> Path:
    """The documents as a file; one that is there is taken."""
    path = directory / "documents.jsonl"
    if path.exists():
        return path
    beside = path.with_suffix(".part")
    with closing(SourceAt(url)(ignore_rejected)) as source, beside.open("wb") as file:
        for entity in entities:
            bounds = source.bounds(entity)
            for block in source.read(entity, bounds.low, bounds.high + 1) if bounds else ():
                file.writelines(
                    orjson.dumps({"entity": entity, "doc": document}) + b"\n"
                    for _, document in block
                )
    return beside.rename(path)


# ── what is measured ─────────────────────────────────────────────────────────────────────────────


def _run(
    name: str,
    url: str,
    workers: int,
    entities: Sequence[str],
    found: Catalogue,
    directory: Path,
    address: str | None,
) -> Run:
    """Into a new data directory, or into the cluster at an address; it goes again."""
    with ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory(prefix="data-", dir=directory))
        index = None if address is None else stack.enter_context(own_index(address))
        settings = _settings(Path(data) / "data", index)
        engine = engine_by(settings)
        wanted = ReindexOptions(entities, workers=workers, memory=settings.writer_memory << 20)
        database = found.processor_seconds()
        own = _own_seconds(found)
        nodes = math.nan if index is None else index.processor_seconds()
        with host_of(engine, lambda: open_store(settings)) as host:
            report = reindex(host, engine, SourceAt(url), wanted, lambda lines: None)
        return Run(
            name if index is None else f"{name} to cluster",
            workers,
            report,
            _own_seconds(found) - own,
            found.processor_seconds() - database,
            math.nan if index is None else index.processor_seconds() - nodes,
        )


def _settings(data: Path, index: OwnIndex | None) -> Settings:
    if index is None:
        return Settings(data=data)
    return Settings(
        data=data,
        engine=EngineName.OPENSEARCH,
        opensearch_addresses=(index.address,),
        index_prefix=index.prefix,
        opensearch_replicas=0,
    )


def _own_seconds(found: Catalogue) -> float:
    """Processor time of this process and its workers, but not of the database."""
    return processor_seconds(os.getpid()) - (found.processor_seconds() if found.server else 0.0)


def _together(works: Sequence[Callable[[], int]]) -> float:
    """What processes do in a second, each its own, from the first that begins to the last."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(len(works)) as pool:
        pool.map(abs, range(4 * len(works)), 1)  # all are there
        started = time.monotonic()
        done = sum(result.get() for result in [pool.apply_async(work) for work in works])
        return done / (time.monotonic() - started)


def _reading(open_source: SourceAt, entity: str, readers: int) -> float:
    with closing(open_source(ignore_rejected)) as source:
        bounds = source.bounds(entity)
        if bounds is None:
            return float("nan")
        ends = [bounds.low, *source.boundaries(entity, readers), bounds.high + 1]
        # This one stays open: what it knows of a file, the others take from it.
        return _together(
            [
                partial(reindex_steps.reading, open_source, entity, low, high)
                for low, high in pairwise(ends)
            ]
        )


# ── tables ───────────────────────────────────────────────────────────────────────────────────────


def _spin_table(workers: Sequence[int]) -> str:
    counts = [_together([partial(reindex_steps.spinning, SPIN_SECONDS)] * n) for n in workers]
    rows = [
        (str(n), number(count / counts[0], 2)) for n, count in zip(workers, counts, strict=True)
    ]
    return table(("processes that only count", "times the first"), rows) + "\n"


def _steps_table(
    name: str, open_source: SourceAt, options: argparse.Namespace, directory: Path
) -> str:
    with tempfile.TemporaryDirectory(prefix="data-", dir=directory) as data:
        settings = Settings(data=Path(data))
        steps = reindex_steps.measured(
            open_source,
            engine_by(settings),
            options.entities[0],
            options.sample,
            settings.writer_memory << 20,
        )
    each = 1e6 / max(1, steps.documents)
    parts = (steps.own, steps.engine, steps.clock)
    rows = [(step, *(number(part[step] * each) for part in parts)) for step in reindex_steps.STEPS]
    rows.append(("together", *(number(sum(part.values()) * each) for part in parts)))
    title = f"one process, {steps.documents:,} of {options.entities[0]}, {name}: µs each"
    return table((title, "Python", "engine meanwhile", "clock"), rows) + "\n"


def _readers_table(name: str, open_source: SourceAt, options: argparse.Namespace) -> str:
    rates = [_reading(open_source, options.entities[0], n) for n in options.workers]
    rows = [
        (str(n), number(rate, 0), number(rate / rates[0], 2))
        for n, rate in zip(options.workers, rates, strict=True)
    ]
    header = (f"only reading, {name}: processes", "documents/s", "times the first")
    return table(header, rows) + "\n"


def _runs_table(runs: Sequence[Run]) -> str:
    first = {run.source: run for run in reversed(runs)}
    rows = [
        (
            f"{run.source}, {run.workers} workers",
            f"{run.report.built:,}",
            number(run.report.seconds),
            number(run.rate, 0),
            number(run.rate / first[run.source].rate, 2),
            number(1e6 * run.processor / run.report.built),
            number(run.processor / first[run.source].processor, 2),
            number(1e6 * run.database / run.report.built),
            number(1e6 * run.cluster / run.report.built),
            number(run.report.size / run.report.built, 0),
        )
        for run in runs
    ]
    header = (
        "re-index",
        "documents",
        "seconds",
        "documents/s",
        "times the first",
        "µs each",
        "times the first",
        "database µs",
        "cluster µs",
        "bytes each",
    )
    return table(header, rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
