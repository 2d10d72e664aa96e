"""A run, and two runs side by side, as tables for a terminal."""

import math
from collections.abc import Iterator, Sequence

from load_tests.harness.run import Run
from load_tests.harness.samples import RequestStats
from load_tests.harness.thresholds import Verdict
from load_tests.profiles.kinds import Group, Kind
from load_tests.profiles.outcomes import Outcome
from load_tests.report import number, table

HEADER = (
    "requests",
    "count",
    "right/s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "kB",
    "refused",
    "wrong",
    "failed",
)
MOST_COMPLAINTS = 12
Row = tuple[str, ...]


def title(run: Run) -> str:
    """Scenario, size, where."""
    return (
        f"{run.scenario}: {run.seconds:.0f} s, {run.files:,} datafiles, {run.users} users,"
        f" {run.host.cores} cores shared with the load generator"
        f" ({100 * run.generator.processor:.0f} % of one, {run.generator.delay:.1f} ms late)"
    )


def rows(run: Run) -> Iterator[Row]:
    """A row for each kind of request, by group, and for the groups of each phase."""
    kinds = sorted(run.samples.kinds, key=lambda kind: (list(Group).index(kind.group), kind.name))
    for kind in kinds:
        yield _row(kind.name, run.samples.tell(run.seconds, {kind}))
    groups = [group for group in Group if any(kind.group is group for kind in kinds)]
    if len(run.phases) > 1:
        for span in run.phases:
            for group in groups:
                told = run.tell((group,), span.name)
                if told.count:
                    yield _row(f"{span.name}: {group}", told)
    yield _row("all", run.samples.tell(run.seconds))


def resources(run: Run) -> Iterator[Row]:
    """Measures of the service: at the start, at most, at the end."""
    for name in run.watched.values:
        values = [value for _, value in run.watched.series(name)]
        if values:
            cells = (values[0], sum(values) / len(values), max(values), values[-1])
            yield (name, *(amount(name, value) for value in cells))


def amount(name: str, value: float) -> str:
    """A value of a measure as a person reads it."""
    if math.isnan(value):
        return "–"
    if "memory" in name or "bytes" in name or name == "largest worker":
        return f"{value / 1e6:,.1f} MB"
    return f"{value:.2f} cores" if name.endswith("processor") else f"{value:,.0f}"


def text(run: Run, verdicts: Sequence[Verdict]) -> str:
    """All of it."""
    parts = [title(run), table(HEADER, rows(run))]
    measures = list(resources(run))
    if measures:
        parts.append(table(("service", "first", "mean", "most", "last"), measures))
    parts += [
        f"beside: {one.name} at {one.begin:.0f} s, {one.end - one.begin:.0f} s, status {one.status}"
        for one in run.beside
    ]
    if worst := run.samples.worst(MOST_COMPLAINTS):
        parts.append("\n".join(worst))
    if complaint := run.generator.complaint():
        parts.append(f"warning: {complaint}")
    if run.generator.lost:
        parts.append(
            f"warning: {run.generator.lost} arrivals found no idle user; name more --users"
        )
    parts.append("\n".join(map(_verdict, verdicts)))
    return "\n\n".join(parts) + "\n"


def compared(first: Run, second: Run) -> str:
    """Two runs: rates and percentiles of what both have."""
    return (
        "\n\n".join(
            (
                f"A: {title(first)}",
                f"B: {title(second)}",
                table(COMPARED, compared_rows(first, second)),
                table(COMPARED_RESOURCES, compared_resources(first, second)),
            )
        )
        + "\n"
    )


COMPARED_RESOURCES = ("service", "most A", "most B", "B/A")
COMPARED = ("requests", "right/s A", "B", "B/A", "p50 A", "B", "p95 A", "B", "B/A", "p99 A", "B")


def compared_rows(first: Run, second: Run) -> Iterator[Row]:
    """A row for each kind of request that both have."""
    by_name = {kind.name: kind for kind in second.samples.kinds}
    both = [(kind, by_name[kind.name]) for kind in first.samples.kinds if kind.name in by_name]
    for one, other in sorted(both, key=lambda pair: pair[0].name):
        yield _pair(one.name, _told(first, one), _told(second, other))
    yield _pair("all", _told(first, None), _told(second, None))


def _told(run: Run, kind: Kind | None) -> RequestStats:
    return run.samples.tell(run.seconds, None if kind is None else {kind})


def _pair(name: str, a: RequestStats, b: RequestStats) -> Row:
    return (
        name,
        number(a.rate),
        number(b.rate),
        _ratio(a.rate, b.rate),
        number(a.p50),
        number(b.p50),
        number(a.p95),
        number(b.p95),
        _ratio(a.p95, b.p95),
        number(a.p99),
        number(b.p99),
    )


def compared_resources(first: Run, second: Run) -> Iterator[Row]:
    """The most of each measure of both."""
    for name in first.watched.values:
        a, b = (
            max((v for _, v in run.watched.series(name)), default=math.nan)
            for run in (first, second)
        )
        yield name, amount(name, a), amount(name, b), _ratio(a, b)


def _row(name: str, told: RequestStats) -> Row:
    others = (Outcome.REFUSED, Outcome.WRONG, Outcome.FAILED)
    return (
        name,
        f"{told.count:,}",
        number(told.rate),
        number(told.p50),
        number(told.p95),
        number(told.p99),
        number(told.size / 1_000),
        *(f"{told.outcomes.get(outcome, 0):,}" for outcome in others),
    )


def _ratio(a: float, b: float) -> str:
    return number(b / a if a else math.nan, 2)


def _verdict(verdict: Verdict) -> str:
    return f"{'held' if verdict.held else 'NOT HELD'}: {verdict.wanted}: {verdict.measured}"
