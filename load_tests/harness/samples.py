"""What was measured of requests: one row each, in columns, and what is told of them.

A time is that of the beginning of a request, in seconds since the start of the run.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Self

from load_tests.profiles.kinds import Group, Kind
from load_tests.profiles.outcomes import Outcome

OUTCOMES = tuple(Outcome)
MOST_COMPLAINTS = 5


@dataclass(frozen=True)
class RequestStats:
    """What is told of some requests: how many, by outcome, and how long those answered took."""

    count: int
    seconds: float
    outcomes: Mapping[Outcome, int]
    p50: float
    p95: float
    p99: float
    size: float

    @property
    def rate(self) -> float:
        """Answered rightly, a second."""
        return self.outcomes.get(Outcome.RIGHT, 0) / self.seconds if self.seconds else 0.0


def percentile(ordered: Sequence[float], part: float) -> float:
    """What this part of sorted values does not exceed; not a number when there are none."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


@dataclass
class Samples:
    """Requests in the order of their ends. ``complaints``: what was wrong, some of each kind."""

    kinds: list[Kind] = field(default_factory=list)
    begin: "array[float]" = field(default_factory=lambda: array("d"))
    milliseconds: "array[float]" = field(default_factory=lambda: array("d"))
    kind: "array[int]" = field(default_factory=lambda: array("H"))
    outcome: "array[int]" = field(default_factory=lambda: array("B"))
    size: "array[int]" = field(default_factory=lambda: array("L"))
    complaints: dict[str, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.begin)

    def add(
        self, kind: Kind, outcome: Outcome, begin: float, milliseconds: float, size: int, why: str
    ) -> None:
        """One more."""
        if kind not in self.kinds:
            self.kinds.append(kind)
        self.kind.append(self.kinds.index(kind))
        self.outcome.append(OUTCOMES.index(outcome))
        self.begin.append(begin)
        self.milliseconds.append(milliseconds)
        self.size.append(size)
        if outcome is not Outcome.RIGHT:
            some = self.complaints.setdefault(f"{kind.name}: {outcome}", [])
            if len(some) < MOST_COMPLAINTS:
                some.append(why)

    def rows(self) -> Iterator[tuple[float, float, Kind, Outcome]]:
        """Begin, milliseconds, kind and outcome of each."""
        for begin, took, kind, outcome in zip(
            self.begin, self.milliseconds, self.kind, self.outcome, strict=True
        ):
            yield begin, took, self.kinds[kind], OUTCOMES[outcome]

    def since(self, place: int) -> "Samples":
        """Those from a place on."""
        return type(self)(
            list(self.kinds),
            self.begin[place:],
            self.milliseconds[place:],
            self.kind[place:],
            self.outcome[place:],
            self.size[place:],
        )

    def answered(self, begin: float, end: float, groups: Set[Group]) -> int:
        """How many of some groups were answered rightly in a span, whenever they began."""
        return sum(
            1
            for at, milliseconds, kind, outcome in self.rows()
            if outcome is Outcome.RIGHT
            and kind.group in groups
            and begin <= at + milliseconds / 1_000 < end
        )

    def worst(self, most: int) -> Sequence[str]:
        """Complaints, each once, failures and wrong answers before refusals."""
        order = {outcome: place for place, outcome in enumerate(reversed(OUTCOMES))}
        found: dict[str, tuple[int, str]] = {}
        for of, some in self.complaints.items():
            place = order[Outcome(of.rpartition(": ")[2])]
            for why in some:
                found.setdefault(why, (place, f"{of}: {why}"))
        return [told for _, told in sorted(found.values())][:most]

    def between(self, begin: float, end: float) -> "Samples":
        """Those that began in a span of time."""
        chosen = Samples(list(self.kinds))
        for place, at in enumerate(self.begin):
            if begin <= at < end:
                chosen.begin.append(at)
                chosen.milliseconds.append(self.milliseconds[place])
                chosen.kind.append(self.kind[place])
                chosen.outcome.append(self.outcome[place])
                chosen.size.append(self.size[place])
        return chosen

    def tell(self, seconds: float, of: Set[Kind] | Set[Group] | None = None) -> RequestStats:
        """Of those of some kinds or groups, in a span of so many seconds."""
        outcomes: Counter[Outcome] = Counter()
        took, size = [], 0
        for place, (_, milliseconds, kind, outcome) in enumerate(self.rows()):
            if of is not None and kind not in of and kind.group not in of:
                continue
            outcomes[outcome] += 1
            size += self.size[place]
            if outcome is Outcome.RIGHT:
                took.append(milliseconds)
        took.sort()
        count = outcomes.total()
        return RequestStats(
            count,
            seconds,
            outcomes,
            p50=percentile(took, 0.5),
            p95=percentile(took, 0.95),
            p99=percentile(took, 0.99),
            size=size / count if count else 0.0,
        )

    def as_json(self) -> dict[str, Any]:
        """Columns, rounded to what was measured."""
        return {
            "kinds": [{"name": one.name, "group": one.group} for one in self.kinds],
            "outcomes": list(OUTCOMES),
            "begin": [round(value, 4) for value in self.begin],
            "milliseconds": [round(value, 3) for value in self.milliseconds],
            "kind": self.kind.tolist(),
            "outcome": self.outcome.tolist(),
            "size": self.size.tolist(),
            "complaints": self.complaints,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """What ``as_json`` gave."""
        return cls(
            [Kind(one["name"], Group(one["group"])) for one in value["kinds"]],
            array("d", value["begin"]),
            array("d", value["milliseconds"]),
            array("H", value["kind"]),
            array("B", value["outcome"]),
            array("L", value["size"]),
            dict(value["complaints"]),
        )
