"""What samples and watched values are over time: the lines of a report."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from load_tests.harness.plots import Line
from load_tests.harness.run import Run
from load_tests.harness.samples import percentile
from load_tests.profiles.kinds import Group
from load_tests.profiles.outcomes import Outcome

POINTS = 90
SHORTEST = 1.0
PARTS = (0.5, 0.95, 0.99)


class TimeSeries:
    """The samples of a run in spans of equal length, one point of a line each."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.width = max(SHORTEST, run.seconds / POINTS)
        self._count = max(1, int(run.seconds / self.width))
        self._took: dict[tuple[Group, int], list[float]] = defaultdict(list)
        self._outcomes: dict[tuple[Outcome, int], int] = defaultdict(int)
        for begin, milliseconds, kind, outcome in run.samples.rows():
            place = int(begin / self.width)
            if 0 <= place < self._count:
                self._outcomes[outcome, place] += 1
                if outcome is Outcome.RIGHT:
                    self._took[kind.group, place].append(milliseconds)
        for values in self._took.values():
            values.sort()

    @property
    def groups(self) -> Sequence[Group]:
        """Those of which there are samples."""
        there = {group for group, _ in self._took}
        return [group for group in Group if group in there]

    def rates(self) -> Sequence[Line]:
        """Right answers a second, by group."""
        return [
            self._line(group, tone, partial(self._rate, group))
            for tone, group in enumerate(self.groups)
        ]

    def rate(self, name: str, tone: int) -> Line:
        """Right answers a second of all groups."""
        return self._line(
            name, tone, lambda place: sum(self._rate(group, place) for group in self.groups)
        )

    def percentiles(self, group: Group) -> Sequence[Line]:
        """Three percentiles of a group."""
        return [
            self.percentile(group, part, f"p{100 * part:.0f}", tone)
            for tone, part in enumerate(PARTS)
        ]

    def percentile(self, group: Group, part: float, name: str, tone: int) -> Line:
        """One percentile of a group."""
        return self._line(
            name, tone, lambda place: percentile(self._took.get((group, place), []), part)
        )

    def refusals(self) -> Sequence[Line]:
        """What was not answered rightly, a second, by outcome."""
        return [
            self._line(outcome, tone, partial(self._outcome_rate, outcome))
            for tone, outcome in enumerate(Outcome)
            if outcome is not Outcome.RIGHT
        ]

    def watched(self, names: Mapping[str, str], scale: float = 1.0) -> Sequence[Line]:
        """Watched measures, by what a legend calls them."""
        return [
            Line(
                shown,
                [
                    (at, value * scale)
                    for at, value in self._run.watched.series(name)
                    if 0 <= at <= self._run.seconds
                ],
                tone,
            )
            for tone, (name, shown) in enumerate(names.items())
        ]

    def _rate(self, group: Group, place: int) -> float:
        return len(self._took.get((group, place), [])) / self.width

    def _outcome_rate(self, outcome: Outcome, place: int) -> float:
        return self._outcomes[outcome, place] / self.width

    def _line(self, name: str, tone: int, value: Callable[[int], float]) -> Line:
        points = [((place + 0.5) * self.width, value(place)) for place in range(self._count)]
        return Line(name, points, tone)
