"""What the facility says is right: who may see what, which file a path names, what is public."""

import time
from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from load_tests.documents import (
    DAY,
    FORMATS,
    Facility,
    Investigation,
    datafiles,
    entities,
    scientists,
)

# Data of a facility becomes public some years after the experiment.
EMBARGO = 5 * 365 * DAY


def release(investigation: Investigation) -> int:
    """When an investigation becomes public, in milliseconds."""
    return investigation.end + EMBARGO


@dataclass(frozen=True)
class File:
    """A datafile, as far as it follows from its number."""

    id: int
    path: str
    format: str


class Truth:
    """Answers that are known without the service."""

    def __init__(self, facility: Facility, *, released: bool = True) -> None:
        """``released``: whether the service was told when investigations become public."""
        self.facility = facility
        self._released = released

    @cached_property
    def public(self) -> Set[int]:
        """Investigations that everybody may see."""
        if not self._released:
            return frozenset()
        now = 1_000 * time.time()
        numbers = range(1, self.facility.investigations + 1)
        return frozenset(n for n in numbers if release(self.facility.investigation(n)) <= now)

    def visible(self, user: int) -> Set[int]:
        """Investigations that a user may see by name."""
        return self._sights.get(user, frozenset())

    def file(self, number: int) -> File:
        """A datafile by its id."""
        dataset = self.facility.dataset(self.facility.dataset_of(number))
        path = f"{dataset.directory}{dataset.separator}{dataset.file_name(number)}"
        return File(number, path, FORMATS[dataset.format])

    @cached_property
    def _sights(self) -> Mapping[int, Set[int]]:
        of_instrument: dict[int, set[int]] = defaultdict(set)
        found: dict[int, set[int]] = defaultdict(set)
        for number in range(1, self.facility.investigations + 1):
            one = self.facility.investigation(number)
            of_instrument[one.instrument].add(number)
            for user in one.users:
                found[user].add(number)
        for instrument, user in scientists(self.facility):
            found[user] |= of_instrument[instrument]
        return found


def write_documents(facility: Facility, path: Path) -> None:
    """The whole facility as a file that a re-index reads, with release dates."""
    with path.open("w", encoding="utf-8") as file:
        for entity, documents in (*entities(facility), ("Datafile", datafiles(facility))):
            if entity == "Investigation":
                numbers = range(1, facility.investigations + 1)
                dates = (release(facility.investigation(n)) for n in numbers)
                documents = (
                    f'{document[:-1]},"releaseDate":{date}}}'
                    for document, date in zip(documents, dates, strict=True)
                )
            file.writelines(f'{{"entity":"{entity}","doc":{one}}}\n' for one in documents)
