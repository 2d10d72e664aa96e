"""The shapes of a scenario: who comes and when, what goes on beside them, what must hold.

Times are shares of the run, so that a scenario can be shorter or longer than usual. Not here: the
scenarios themselves, see ``table``; how they are run, see ``conductor``.
"""

from dataclasses import dataclass, replace

from load_tests.profiles.kinds import Group


@dataclass(frozen=True)
class Crowd:
    """Callers of one profile.

    ``levels``: how many of them are there, as (share of the run, share of the users), with straight
    lines between. ``addresses``: over how many they are spread. ``pause``: seconds between two
    things that one does, if other than the profile's.
    """

    profile: str
    users: int
    levels: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    addresses: int = 1
    pause: tuple[float, float] | None = None

    def present(self, share: float) -> float:
        """How many are there at a time of the run."""
        before = self.levels[0]
        for point in self.levels:
            if point[0] > share:
                part = (share - before[0]) / (point[0] - before[0])
                return self.users * (before[1] + part * (point[1] - before[1]))
            before = point
        return self.users * before[1]


@dataclass(frozen=True)
class Phase:
    """A part of the run that has a name: from and to, as shares of it."""

    name: str
    begin: float
    end: float


@dataclass(frozen=True)
class Timeline:
    """Callers come and go as their crowds say."""

    phases: tuple[Phase, ...] = (Phase("all", 0.0, 1.0),)


@dataclass(frozen=True)
class CapacitySearch:
    """Requests arrive at a rate that is raised until no more are answered; then half, then more.

    ``crowd`` answers to the rate: an arrival takes any user of it who is idle. The rate at which
    most were answered is sent once more, for longer, as the best of many short probes is partly
    luck: what is answered then is the capacity. Phases: ``probe 1`` and so on, ``capacity``,
    ``half``, ``overload``.
    """

    crowd: str
    first_rate: float = 30.0
    growth: float = 1.5
    probes: int = 10
    probing: float = 0.3
    capacity: float = 0.15
    half: float = 0.15
    times: float = 4.0


CAPACITY = "capacity"  # the phase in which it is measured

Course = Timeline | CapacitySearch


@dataclass(frozen=True)
class Population:
    """An entity is locked, filled anew and unlocked, beside what callers do."""

    at: float
    entity: str = "DatafileParameter"


@dataclass(frozen=True)
class Reindex:
    """The index is built anew beside what callers do, on a data directory of our own."""

    at: float


BackgroundTask = Population | Reindex


@dataclass(frozen=True)
class Percentile:
    """So much of the requests that were answered rightly took no longer."""

    groups: tuple[Group, ...]
    part: float
    milliseconds: float
    phase: str | None = None


@dataclass(frozen=True)
class PercentileTimes:
    """The same in comparison with another phase, with some milliseconds that do not count."""

    groups: tuple[Group, ...]
    part: float
    phase: str
    other: str
    times: float
    spare: float = 0.0


@dataclass(frozen=True)
class OfCapacity:
    """In a phase so much of the best throughput is answered rightly."""

    groups: tuple[Group, ...]
    phase: str
    share: float


@dataclass(frozen=True)
class AllRight:
    """Every answer is right or a clear refusal, but for so small a share."""

    share: float = 0.0


@dataclass(frozen=True)
class Refused:
    """At most such a share is refused."""

    groups: tuple[Group, ...]
    share: float


@dataclass(frozen=True)
class Flat:
    """A measure of the service is no more than so many times what it was in the second fifth.

    In the last fifth, that is: by the medians of both. ``spare`` is what does not count.
    """

    measure: str
    times: float
    spare: float


@dataclass(frozen=True)
class AtMost:
    """A measure of the service is never more."""

    measure: str
    value: float


@dataclass(frozen=True)
class BackgroundSucceeds:
    """What goes on beside callers ends well."""


Threshold = (
    Percentile
    | PercentileTimes
    | OfCapacity
    | AllRight
    | Refused
    | Flat
    | AtMost
    | BackgroundSucceeds
)


@dataclass(frozen=True)
class Scenario:
    """Who comes, for how long, what goes on beside, and what must hold."""

    name: str
    about: str
    seconds: float
    files: int
    crowds: tuple[Crowd, ...]
    thresholds: tuple[Threshold, ...]
    course: Course = Timeline()
    background: tuple[BackgroundTask, ...] = ()

    @property
    def users(self) -> int:
        """All that may be there at once."""
        return sum(crowd.users for crowd in self.crowds)

    def with_users(self, users: int) -> "Scenario":
        """The same with so many in all, in the same proportions, of each crowd one at least."""
        part = users / self.users
        crowds = (replace(one, users=max(1, round(part * one.users))) for one in self.crowds)
        return replace(self, crowds=tuple(crowds))
