"""What months of changes do to an index: commit after commit, as fast as they go.

Segments, deleted documents, bytes, what a commit takes and what a search takes, at the start and
every so many commits. It changes datafiles by the writer of the service, in this process, and
searches as a search worker does; the clock of the writer is moved on, so its idle times cost
nothing. The number of datafiles stays the same. Not here: HTTP, the journal, joins.
"""

import argparse
import gc
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import orjson

from load_tests.documents import Facility, datafiles
from load_tests.queries import BASE, CLASSES, SCALE_CLASSES, Request
from load_tests.report import number, table
from search_service import app
from search_service.engines.base import Change, Delete, Put
from search_service.engines.documents.encoders import Encoders
from search_service.engines.embedded.engine import EmbeddedEngine
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.embedded.storage.shard_files import last_commit
from search_service.engines.embedded.write.writer import IDLE_SECONDS, EmbeddedWriter
from search_service.settings.model import Settings
from search_service.workers.searching.searcher import MakeSearcher, Searcher

ENTITY = "Datafile"
DATAFILES, COMMITS, CHANGES = 100_000, 1_000, 500
IDLE_EVERY = 10
SAMPLE = 20_000
ADDED_AT_ONCE = 1_000
REQUESTS = 6  # of a class
ROUNDS = 5
TENDED_EACH = 0.2  # seconds, when idle
MOST_TIMES = 1.5
SEARCHED = ("text", "two words", "sorted by date", "sorted by name", "path phrase", "dates")
RECENT = 3.0  # most changes are of what is new: an id is drawn by this power
CREATED, DELETED = 0.2, 0.2  # of the changes; the others replace

Documents = Sequence[Mapping[str, object]]


@dataclass
class Clock:
    """That of the writer: seconds, and what was added to them."""

    ahead: float = 0.0

    def __call__(self) -> float:
        """Now."""
        return time.monotonic() + self.ahead


@dataclass
class Period:
    """Some commits: seconds of each, of applying before it and of what came between."""

    applying: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    tending: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class IndexSize:
    """What the index holds."""

    documents: int
    deleted: int
    segments: int
    files: int
    bytes: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line, measures, prints; 1 when searches became half as slow again."""
    options = _options(arguments)
    facility = Facility(options.datafiles)
    with tempfile.TemporaryDirectory(prefix="icat-search-growth-", dir=options.directory) as data:
        settings = Settings(data=Path(data))
        engine = app.engine_by(settings)
        if not isinstance(engine, EmbeddedEngine):
            raise SystemExit("this engine has no segments")
        clock = Clock()
        with Writing(engine, clock) as writer:
            documents = _fill(writer, facility)
            make = MakeSearcher(engine, app.reading_by(settings), json_logs=False)
            searchers = Searchers(make(), make(), _requests(facility, options.seed))
            rows = list(_months(writer, searchers, clock, facility, documents, options))
    print(table(HEADER, [row for row, _ in rows]))
    times = rows[-1][1]
    print(f"\na search at the end takes {times:.2f} times what it takes of the start")
    return 0 if times <= MOST_TIMES else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-growth", description=__doc__)
    parser.add_argument("--datafiles", type=int, default=DATAFILES)
    parser.add_argument("--commits", type=int, default=COMMITS)
    parser.add_argument("--changes", type=int, default=CHANGES, help="of each commit")
    parser.add_argument("--every", type=int, help="so many commits are a row; a tenth by default")
    parser.add_argument(
        "--idle-every", type=int, default=IDLE_EVERY, help="commits before an idle minute"
    )
    parser.add_argument("--directory", type=Path, help="where the index is made, and removed")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


class Writing:
    """The writer of an engine's data directory, with a clock of its own."""

    def __init__(self, engine: EmbeddedEngine, clock: Clock) -> None:
        directory = DataDirectory.open(engine.root, engine.fit)
        self._writer = EmbeddedWriter(
            directory,
            engine.codec,
            [ENTITY],
            engine.reader_of,
            memory=engine.options.memory,
            open_writers=engine.options.open_writers,
            encoders=Encoders(engine.codec, 1),
            clock=clock,
        )

    def __enter__(self) -> EmbeddedWriter:
        return self._writer

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def _fill(writer: EmbeddedWriter, facility: Facility) -> Documents:
    """Populate; some of the documents, evenly."""
    kept: list[Mapping[str, object]] = []
    every = max(1, facility.datafiles // SAMPLE)
    texts = datafiles(facility)
    writer.begin(ENTITY, delete=True)
    while part := [orjson.loads(text) for text in itertools.islice(texts, ADDED_AT_ONCE)]:
        writer.add(ENTITY, [(document["id"], document) for document in part])
        kept += part[::every]
    writer.end(ENTITY)
    return kept


def _months(
    writer: EmbeddedWriter,
    searchers: "Searchers",
    clock: Clock,
    facility: Facility,
    documents: Documents,
    options: argparse.Namespace,
) -> Iterator[tuple[Sequence[str], float]]:
    """The rows, each with how many times longer a search takes than of the index at the start."""
    dice = random.Random(options.seed)
    every = options.every or max(1, options.commits // 10)
    drawn = changes(facility, documents, dice)
    period, done = Period(), 0
    searchers.of_the_start.see(writer.view)
    yield _shown(_row(done, _held(writer), period, *searchers.measure(writer)))
    while done < options.commits:
        _commit(writer, list(itertools.islice(drawn, options.changes)), period)
        done += 1
        _tend(writer, period)
        if done % options.idle_every == 0:
            clock.ahead += 2 * IDLE_SECONDS
            _idle(writer, period)
        if done % every == 0:
            yield _shown(_row(done, _held(writer), period, *searchers.measure(writer)))
            period = Period()


def _shown(row: tuple[Sequence[str], float]) -> tuple[Sequence[str], float]:
    print("  ".join(row[0]), file=sys.stderr, flush=True)
    return row


def _tend(writer: EmbeddedWriter, period: Period) -> None:
    begin = time.perf_counter()
    writer.tend()
    period.tending.append(time.perf_counter() - begin)


def _idle(writer: EmbeddedWriter, period: Period) -> None:
    """A minute without changes: housekeeping until it has nothing more to wait for."""
    end = time.monotonic() + IDLE_SECONDS
    while writer.open_writers and time.monotonic() < end:
        time.sleep(TENDED_EACH)
        _tend(writer, period)


def _commit(writer: EmbeddedWriter, changes: Sequence[Change], period: Period) -> None:
    begin = time.perf_counter()
    writer.apply(ENTITY, changes)
    applied = time.perf_counter()
    writer.commit([ENTITY])
    period.applying.append(applied - begin)
    period.commits.append(time.perf_counter() - applied)


def changes(facility: Facility, documents: Documents, dice: random.Random) -> Iterator[Change]:
    """Creates, deletes of old ones and replacements, mostly of new ones, without an end."""
    lowest, highest = 1, facility.datafiles
    for turn in itertools.count():
        chance = dice.random()
        if chance < DELETED:
            yield Delete(lowest)
            lowest += 1
            continue
        if chance < DELETED + CREATED:
            id_ = highest = highest + 1
        else:
            id_ = highest - int((highest - lowest) * dice.random() ** RECENT)
        # What has about the same id is about the same; behind its end the facility begins again.
        document = documents[id_ % facility.datafiles * len(documents) // facility.datafiles]
        yield Put(id_, {**document, "id": id_, "fileSize": turn})


# ── what is measured ─────────────────────────────────────────────────────────────────────────────


def _requests(facility: Facility, seed: int) -> list[tuple[tuple[str, str, bytes], bytes]]:
    """Heads and bodies of requests of some classes, always the same ones."""
    dice = random.Random(seed)
    drawn = [
        kind.draw(facility, dice)
        for kind in CLASSES
        if kind.name in SEARCHED
        for _ in range(REQUESTS)
    ]
    drawn += [kind.draw(facility, dice) for kind in SCALE_CLASSES[-2:]]
    return [_asked(each) for each in drawn]


def _asked(request: Request) -> tuple[tuple[str, str, bytes], bytes]:
    entity, _, query = request.target.removeprefix(f"{BASE}/").partition("?")
    return ("search", entity, query.encode()), request.body


@dataclass(frozen=True)
class Searchers:
    """Two that answer the same requests: one goes on reading the index as it was at the start.

    What others do on the machine changes processor times by half; it changes those of both.
    """

    of_the_start: Searcher
    of_now: Searcher
    requests: Sequence[tuple[tuple[str, str, bytes], bytes]]

    def measure(self, writer: EmbeddedWriter) -> tuple[float, float]:
        """Seconds of processor time of a search, and how many times those of the start."""
        self.of_now.see(writer.view)
        # This process has many objects that no worker has: to look through them took as long as
        # a hundred searches, in the midst of one.
        gc.collect()
        gc.disable()
        rounds = [self._round() for _ in range(ROUNDS)][1:]  # the first warms up
        gc.enable()
        searching = median(now for _, now in rounds)
        return searching / len(self.requests), median(now / start for start, now in rounds)

    def _round(self) -> tuple[float, float]:
        seconds = [0.0, 0.0]
        for head, body in self.requests:
            for place, searcher in enumerate((self.of_the_start, self.of_now)):
                begin = time.thread_time()
                searcher.answer(head, bytearray(body))
                seconds[place] += time.thread_time() - begin
        return seconds[0], seconds[1]


def _held(writer: EmbeddedWriter) -> IndexSize:
    paths = [Path(shard.path) for shard in writer.view.of(ENTITY)]
    commits = [found for path in paths if (found := last_commit(path)) is not None]
    sizes = [file.stat().st_size for path in paths for file in path.iterdir()]
    return IndexSize(
        documents=sum(commit.documents for commit in commits),
        deleted=sum(commit.deleted for commit in commits),
        segments=sum(len(commit.segments) for commit in commits),
        files=len(sizes),
        bytes=sum(sizes),
    )


HEADER = (
    "commits",
    "documents",
    "deleted %",
    "segments",
    "files",
    "MB",
    "commit p50 ms",
    "p95",
    "max",
    "before it max",
    "tend max",
    "search ms",
    "times the start",
)


def _row(
    done: int, held: IndexSize, period: Period, searching: float, times: float
) -> tuple[Sequence[str], float]:
    commits = sorted(period.commits)
    row = (
        f"{done:,}",
        f"{held.documents:,}",
        number(100 * held.deleted / max(1, held.documents + held.deleted)),
        str(held.segments),
        str(held.files),
        number(held.bytes / 1e6, 0),
        *(_milliseconds(commits, part) for part in (0.5, 0.95, 1.0)),
        _milliseconds(sorted(period.applying), 1.0),
        _milliseconds(sorted(period.tending), 1.0),
        number(1_000 * searching, 2),
        number(times, 2),
    )
    return row, times


def _milliseconds(ordered: Sequence[float], part: float) -> str:
    if not ordered:
        return number(None)
    return number(1_000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))], 0)


if __name__ == "__main__":
    sys.exit(main())
