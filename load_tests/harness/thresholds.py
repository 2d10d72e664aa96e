"""Judges what a scenario names: each threshold with the value that was measured for it."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from load_tests.harness.run import Run
from load_tests.harness.samples import percentile
from load_tests.harness.scenarios import (
    CAPACITY,
    AllRight,
    AtMost,
    BackgroundSucceeds,
    Flat,
    OfCapacity,
    Percentile,
    PercentileTimes,
    Refused,
    Threshold,
)
from load_tests.profiles.kinds import Group
from load_tests.profiles.outcomes import Outcome

FIFTH = 0.2
LEAST = 5
"""Requests that a percentile needs."""


@dataclass(frozen=True)
class Verdict:
    """What had to hold, what was measured, and whether it held."""

    wanted: str
    measured: str
    held: bool


def judge(threshold: Threshold, run: Run) -> Verdict:
    """One threshold of a run."""
    match threshold:
        case Percentile(groups, part, milliseconds, phase):
            value = _percentile(run, groups, part, phase)
            wanted = f"p{100 * part:.0f} of {_names(groups)}{_in(phase)} below {milliseconds:g} ms"
            return Verdict(wanted, _milliseconds(value), value < milliseconds)
        case PercentileTimes(groups, part, phase, other, times, spare):
            value = _percentile(run, groups, part, phase)
            base = _percentile(run, groups, part, other)
            wanted = (
                f"p{100 * part:.0f} of {_names(groups)} in {phase} below {times:g} times {other}"
            )
            wanted += f" (or {spare:g} ms more)" if spare else ""
            measured = f"{_milliseconds(value)}, {value / base:.2f} times {_milliseconds(base)}"
            return Verdict(wanted, measured, value < max(times * base, base + spare))
        case OfCapacity(groups, phase, share):
            best = _rate(run, groups, CAPACITY)
            reached = _rate(run, groups, phase)
            wanted = f"throughput in {phase} at least {100 * share:.0f} % of the best"
            measured = f"{reached:.0f}/s of {best:.0f}/s, {_percent(reached, best)}"
            return Verdict(wanted, measured, best > 0 and reached >= share * best)
        case AllRight(share):
            told = run.tell(tuple(Group))
            wrong = told.outcomes.get(Outcome.WRONG, 0)
            failed = told.outcomes.get(Outcome.FAILED, 0)
            wanted = "every answer is right or a clear refusal"
            wanted += f", but for {100 * share:g} %" if share else ""
            measured = f"{wrong} wrong, {failed} failed of {told.count:,}"
            return Verdict(
                wanted, measured, told.count > 0 and wrong + failed <= share * told.count
            )
        case Refused(groups, share):
            told = run.tell(groups)
            refused = told.outcomes.get(Outcome.REFUSED, 0)
            wanted = f"at most {100 * share:g} % of {_names(groups)} refused"
            measured = f"{refused:,} of {told.count:,}, {_percent(refused, told.count)}"
            return Verdict(wanted, measured, refused <= share * told.count)
        case Flat(measure, times, spare):
            early, late = _fifths(run, measure)
            wanted = (
                f"{measure} at the end below {times:g} times that early on, or {_size(spare)} more"
            )
            measured = f"{_size(early)}, then {_size(late)}"
            return Verdict(wanted, measured, late <= max(times * early, early + spare))
        case AtMost(measure, most):
            values = [value for _, value in run.watched.series(measure)]
            value = max(values, default=math.nan)
            return Verdict(f"{measure} at most {_size(most)}", _size(value), value <= most)
        case BackgroundSucceeds():
            ended = ", ".join(
                f"{one.name} {one.end - one.begin:.0f} s"
                + (f", status {one.status}: {one.said}" if one.status else "")
                for one in run.beside
            )
            held = bool(run.beside) and not any(one.status for one in run.beside)
            return Verdict("what goes on beside ends well", ended or "nothing was done", held)
        case _:
            assert_never(threshold)


def _percentile(run: Run, groups: Sequence[Group], part: float, phase: str | None) -> float:
    span = run.span(phase)
    took = sorted(
        milliseconds
        for begin, milliseconds, kind, outcome in run.samples.rows()
        if outcome is Outcome.RIGHT and kind.group in groups and span.begin <= begin < span.end
    )
    return percentile(took, part) if len(took) >= LEAST else math.nan


def _rate(run: Run, groups: Sequence[Group], phase: str) -> float:
    """Answers that ended rightly in a phase, a second."""
    span = run.span(phase)
    ended = run.samples.answered(span.begin, span.end, set(groups))
    return ended / (span.end - span.begin)


def _fifths(run: Run, measure: str) -> tuple[float, float]:
    """Medians in the second and in the last fifth of the run."""
    series = run.watched.series(measure)
    parts = ((FIFTH, 2 * FIFTH), (1 - FIFTH, 1.0))
    medians = []
    for begin, end in parts:
        values = [v for at, v in series if begin <= at / run.seconds < end]
        medians.append(statistics.median(values) if values else math.nan)
    return medians[0], medians[1]


def _milliseconds(value: float) -> str:
    return "too few requests" if math.isnan(value) else f"{value:.1f} ms"


def _names(groups: Sequence[Group]) -> str:
    return " and ".join(group.value for group in groups)


def _in(phase: str | None) -> str:
    return f" in {phase}" if phase else ""


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _size(value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{value / 1e6:,.0f} MB" if value >= 1e6 else f"{value:,.0f}"
