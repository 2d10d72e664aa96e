"""What the measured classes say of a size that was not measured, on more cores.

The processor time of a search is a part that is the same at any size and one that grows with the
datafiles; the two largest sizes tell both. Not here: what else is different there, such as disks
that are read and memory that many cores share.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from load_tests.report import markdown, number
from load_tests.scale_results import Searched, Started

DATAFILES = 5_000_000_000
CORES = (16, 32)


@dataclass(frozen=True, slots=True)
class Projected:
    """A class at another size: milliseconds of processors for a request."""

    name: str
    fixed: float
    growing: float

    def latency(self, cores: int) -> float:
        """Milliseconds of a search that has so many cores to itself: what grows is shared."""
        return self.fixed + self.growing / cores

    def rate(self, cores: int) -> float:
        """Requests a second of many clients."""
        return 1_000 * cores / (self.fixed + self.growing)


def projected(
    started: Iterable[Started], searched: Iterable[Searched], datafiles: int = DATAFILES
) -> Sequence[Projected]:
    """The classes measured at two sizes, with one client, on as few cores as there were."""
    sizes = {one.times: one.datafiles for one in started}
    single = [one for one in searched if one.clients == 1 and one.requests]
    fewest = min((one.cores for one in single), default=0)
    found = []
    for name in dict.fromkeys(one.name for one in single):
        of_class = {
            sizes[one.times]: one.processor
            for one in single
            if one.name == name and one.cores == fewest
        }
        if len(of_class) > 1:
            found.append(_line(name, of_class, datafiles))
    return found


def _line(name: str, processor: dict[int, float], datafiles: int) -> Projected:
    smaller, larger = sorted(processor)[-2:]
    each = max(0.0, (processor[larger] - processor[smaller]) / (larger - smaller))
    return Projected(name, max(0.0, processor[larger] - each * larger), each * datafiles)


def projection_table(projections: Sequence[Projected], datafiles: int = DATAFILES) -> str:
    """Latency of one client, and rate of many, by cores."""
    header = [f"{datafiles:,} datafiles, projected: ms of one client; requests/s of many"]
    header += [f"{cores} cores" for cores in CORES]
    rows = (
        (
            one.name,
            *(f"{number(one.latency(c), 0)}; {number(one.rate(c))}" for c in CORES),
        )
        for one in projections
    )
    return markdown(header, rows)
