"""How a re-index goes: documents, rate and time left of each entity, for people.

Written into the directory that is built, where a service and `icat-search status` read it. Not
here: what is durable, see ``state``.
"""

import json
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from search_service.reindex.plan import Piece
from search_service.reindex.state import Checkpoint
from search_service.runtime.state import PROGRESS

_WINDOW_SECONDS = 30.0  # over which the rate is taken


@dataclass(frozen=True, slots=True)
class Line:
    """One entity. ``left``: seconds, None when nothing can be said."""

    entity: str
    documents: int
    expected: int
    rate: float
    left: float | None
    done: bool
    rejected: int = 0


@dataclass
class Progress:
    """Follows the pieces of a run."""

    clock: Callable[[], float] = time.monotonic
    _checkpoints: dict[Piece, tuple[int, bool]] = field(default_factory=dict)
    _rejected: Counter[str] = field(default_factory=Counter)
    _past: deque[tuple[float, Mapping[str, int]]] = field(default_factory=deque)

    def begin(
        self, checkpoints: Sequence[Checkpoint], rejected: Mapping[str, int] | None = None
    ) -> None:
        """These are the pieces, and how far each is; rows that were rejected by entity."""
        self._rejected = Counter(rejected)
        self._checkpoints = {
            checkpoint.piece: (checkpoint.documents, checkpoint.done) for checkpoint in checkpoints
        }
        self._past.append((self.clock(), self._counts()))

    def note(self, piece: Piece, documents: int, *, rejected: int = 0, done: bool = False) -> None:
        """A piece has so many documents now; so many more rows of it were rejected."""
        self._rejected[piece.entity] += rejected
        self._checkpoints[piece] = (documents, done)

    def lines(self) -> Sequence[Line]:
        """Each entity, in the order of the alphabet."""
        now, counts = self.clock(), self._counts()
        self._past.append((now, counts))
        while len(self._past) > 2 and now - self._past[1][0] > _WINDOW_SECONDS:
            self._past.popleft()
        began, before = self._past[0]
        return [self._line(entity, before[entity], now - began) for entity in sorted(counts)]

    def write(self, directory: Path) -> None:
        """Tell whoever looks into the directory. Old or new, never half; not over a power loss."""
        content = {
            line.entity: {
                "documents": line.documents,
                "expected": line.expected,
                "rejected": line.rejected,
                "rate": round(line.rate),
                "seconds_left": None if line.left is None else round(line.left),
            }
            for line in self.lines()
        }
        beside = directory / f"{PROGRESS}.new"
        with suppress(OSError):  # a full disk is told by who has to write to it
            beside.write_text(json.dumps(content))
            beside.replace(directory / PROGRESS)

    def _counts(self) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for piece, (documents, _) in self._checkpoints.items():
            counts[piece.entity] = counts.get(piece.entity, 0) + documents
        return counts

    def _line(self, entity: str, before: int, seconds: float) -> Line:
        of = [(p, n, done) for p, (n, done) in self._checkpoints.items() if p.entity == entity]
        documents = sum(number for _, number, _ in of)
        expected = sum(n if done else max(p.expected, n) for p, n, done in of)
        rate = (documents - before) / seconds if seconds > 0 else 0.0
        left = (expected - documents) / rate if rate > 0 else None
        return Line(
            entity,
            documents,
            expected,
            rate,
            left,
            all(done for *_, done in of),
            self._rejected[entity],
        )


def span(seconds: float | None) -> str:
    """A time as a person says it."""
    if seconds is None:
        return "?"
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {whole % 60:02} s"


def told(line: Line) -> str:
    """A line of a log, or beside a bar."""
    return forms_of(line)[0]


def forms_of(line: Line) -> Sequence[str]:
    """A line for a person, and shorter ones for narrow terminals."""
    begin = f"{line.entity}: {line.documents:,}"
    if line.done:
        return (f"{begin} documents, done", f"{begin}, done", f"{line.entity}: done")
    share = 100 * line.documents // line.expected if line.expected else 100
    left = f"{span(line.left)} left"
    return (
        f"{begin} of about {line.expected:,} ({share} %), {line.rate:,.0f}/s, {left}",
        f"{begin} ({share} %), {line.rate:,.0f}/s, {left}",
        f"{line.entity}: {share} %, {left}",
        f"{line.entity}: {share} %",
    )
