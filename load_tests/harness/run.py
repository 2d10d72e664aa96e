"""A run: what a scenario was, and everything that was measured. Kept as one JSON file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from load_tests.harness.background import TaskResult
from load_tests.harness.conductor import Span
from load_tests.harness.samples import RequestStats, Samples, percentile
from load_tests.harness.watch import Watched
from load_tests.profiles.kinds import Group

VERSION = 1
FILE = "run.json"


@dataclass(frozen=True)
class Host:
    """The machine, and which code ran on it."""

    cores: int
    memory: int
    python: str
    commit: str


@dataclass(frozen=True)
class LoadGenerator:
    """What the load generator took of a core, and the delay of its own (sorted, ms)."""

    processor: float
    delays: Sequence[float]
    lost: int

    @property
    def delay(self) -> float:
        """What 95 of 100 of its own delays do not exceed: part of every latency."""
        return percentile(self.delays, 0.95)

    def complaint(self) -> str:
        """A warning, when the generator may have been what was measured."""
        if self.processor > BUSY or self.delay > SLOW:
            return (
                f"the load generator took {100 * self.processor:.0f} % of a core and was"
                f" {self.delay:.1f} ms late (p95): it may be the bottleneck, or others use the"
                " machine"
            )
        return ""


BUSY = 0.85
SLOW = 25.0


@dataclass(frozen=True)
class Run:
    """Times of watched values and of what went on beside are in seconds since the start."""

    scenario: str
    about: str
    started: float
    seconds: float
    files: int
    users: int
    url: str
    host: Host
    phases: Sequence[Span]
    samples: Samples
    generator: LoadGenerator
    watched: Watched
    beside: Sequence[TaskResult]

    def tell(self, groups: Sequence[Group], phase: str | None = None) -> RequestStats:
        """Of some groups, in a phase or in all of the run."""
        span = self.span(phase)
        return self.samples.between(span.begin, span.end).tell(span.end - span.begin, set(groups))

    def span(self, phase: str | None) -> Span:
        """When a phase was."""
        for one in self.phases:
            if one.name == phase:
                return one
        return Span("all", 0.0, self.seconds)

    def write(self, directory: Path) -> Path:
        """Keeps it; the file."""
        path = directory / FILE
        content = {"version": VERSION, **vars(self), "samples": self.samples.as_json()}
        path.write_bytes(orjson.dumps(content))
        return path

    @classmethod
    def read(cls, path: Path) -> Self:
        """One that was kept: a file, or the directory with it. Raises ValueError for another."""
        value = orjson.loads((path / FILE if path.is_dir() else path).read_bytes())
        if not isinstance(value, dict) or value.pop("version", None) != VERSION:
            raise ValueError(f"{path} is no run of this version")
        return cls(**(value | _shapes(value)))


def _shapes(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "host": Host(**value["host"]),
        "phases": [Span(**one) for one in value["phases"]],
        "samples": Samples.from_json(value["samples"]),
        "generator": LoadGenerator(**value["generator"]),
        "watched": Watched(**value["watched"]),
        "beside": [TaskResult(**one) for one in value["beside"]],
    }
