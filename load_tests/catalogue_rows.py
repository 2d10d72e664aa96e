"""The synthetic facility as rows of a catalogue's tables, for a re-index to read.

Rows come one after the other, so memory does not grow with the datafiles; a dataset's sizes follow
the facility's. Ids have gaps, as those of a catalogue in which things were deleted. Only the
tables and columns that documents are made of: no checksums, no keys but the ids.
"""

import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from load_tests.documents import (
    CYCLES,
    FORMATS,
    INSTRUMENTS,
    QUANTITIES,
    TECHNIQUES,
    Dataset,
    Facility,
)

Value = str | int | float | None
Row = tuple[Value, ...]

# Of datasets of a facility with 30 files each on average: half have 1 or 2, some have 30,000.
SPREAD = 2.5
GAP_EVERY, GAP = 5_000, 1_700
WITH_GAPS = ("DATASET", "DATAFILE")
TYPES = ("experiment", "rapid access", "commissioning", "industrial access")
DATASET_TYPES = ("raw", "processed", "calibration")
PARAMETER = ("ID", "NUMERIC_VALUE", "PARAMETER_TYPE_ID")


@dataclass(frozen=True)
class Rows:
    """Rows of a table; columns that are not named are empty."""

    table: str
    columns: tuple[str, ...]
    rows: Iterator[Row]


def id_of(number: int) -> int:
    """The id of the n-th one."""
    return number + GAP * (number // GAP_EVERY)


def tables(facility: Facility) -> Iterator[Rows]:
    """Every table that documents are made of, what others refer to first."""
    yield Rows("FACILITY", ("ID", "NAME"), iter([(1, "LOAD")]))
    yield Rows("INVESTIGATIONTYPE", ("ID", "NAME", "FACILITY_ID"), _named(TYPES))
    yield Rows("DATASETTYPE", ("ID", "NAME", "FACILITY_ID"), _named(DATASET_TYPES))
    yield Rows("DATAFILEFORMAT", ("ID", "NAME", "FACILITY_ID"), _named(FORMATS))
    yield Rows("SAMPLETYPE", ("ID", "NAME", "FACILITY_ID"), _named(facility.sample_types))
    yield Rows("TECHNIQUE", ("ID", "NAME", "PID"), _techniques())
    yield Rows(
        "PARAMETERTYPE",
        ("ID", "NAME", "UNITS", "FACILITY_ID"),
        ((place, name, units, 1) for place, (name, units, *_) in enumerate(QUANTITIES, 1)),
    )
    yield Rows("INSTRUMENT", ("ID", "NAME", "FULLNAME", "FACILITY_ID"), _instruments())
    yield Rows("FACILITYCYCLE", ("ID", "NAME", "FACILITY_ID"), _named(map(str, range(CYCLES))))
    yield Rows("USER_", ("ID", "NAME", "FULLNAME"), _users(facility))
    yield Rows(
        "INVESTIGATION",
        tuple(
            "ID NAME VISIT_ID TITLE SUMMARY DOI STARTDATE ENDDATE FILESIZE FILECOUNT FACILITY_ID"
            " TYPE_ID".split()
        ),
        _investigations(facility),
    )
    yield Rows("SAMPLE", ("ID", "NAME", "INVESTIGATION_ID", "SAMPLETYPE_ID"), _samples(facility))
    yield Rows("INVESTIGATIONUSER", ("ID", "INVESTIGATION_ID", "USER_ID"), _members(facility))
    yield Rows(
        "INVESTIGATIONINSTRUMENT", ("ID", "INVESTIGATION_ID", "INSTRUMENT_ID"), _places(facility)
    )
    yield Rows("INSTRUMENTSCIENTIST", ("ID", "INSTRUMENT_ID", "USER_ID"), _scientists(facility))
    yield Rows(
        "INVESTIGATIONFACILITYCYCLE",
        ("ID", "INVESTIGATION_ID", "FACILITYCYCLE_ID"),
        (
            (n, n, 1 + n * CYCLES // (facility.investigations + 1))
            for n in range(1, facility.investigations + 1)
        ),
    )
    yield Rows(
        "DATASET",
        tuple(
            "ID NAME DESCRIPTION STARTDATE END_DATE FILESIZE FILECOUNT INVESTIGATION_ID SAMPLE_ID"
            " TYPE_ID".split()
        ),
        _datasets(facility),
    )
    yield Rows("DATASETTECHNIQUE", ("ID", "DATASET_ID", "TECHNIQUE_ID"), _used(facility))
    for parent, number, every in (
        ("INVESTIGATION", facility.investigations, 1),
        ("SAMPLE", 2 * facility.investigations, 10),
        ("DATASET", facility.datasets, 1),
        ("DATAFILE", facility.datafiles, 10),
    ):
        yield Rows(
            f"{parent}PARAMETER", (*PARAMETER, f"{parent}_ID"), _parameters(parent, number, every)
        )
    yield Rows(
        "DATAFILE",
        tuple(
            "ID NAME DESCRIPTION LOCATION FILESIZE DATAFILEMODTIME DATASET_ID"
            " DATAFILEFORMAT_ID".split()
        ),
        _datafiles(facility),
    )


def stamp(milliseconds: int) -> str:
    """A date as a database takes it."""
    return datetime.fromtimestamp(milliseconds // 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _named(names: Iterable[str]) -> Iterator[Row]:
    return ((place, str(name), 1) for place, name in enumerate(names, 1))


def _techniques() -> Iterator[Row]:
    return ((place, name, f"load:{place - 1}") for place, name in enumerate(TECHNIQUES, 1))


def _instruments() -> Iterator[Row]:
    for number in range(INSTRUMENTS + 1):
        technique = TECHNIQUES[number % len(TECHNIQUES)]
        yield number + 1, f"I{number:02d}", f"I{number:02d} {technique}", 1


def _users(facility: Facility) -> Iterator[Row]:
    for number in range(1, facility.users + 1):
        name = facility.names[number % len(facility.names)]
        yield number, facility.user_name(number), name


def _investigations(facility: Facility) -> Iterator[Row]:
    for number in range(1, facility.investigations + 1):
        one = facility.investigation(number)
        dates = stamp(one.start), stamp(one.end)
        doi = f"10.5072/LOAD.E.{number}"
        # A name and its visit are once in a facility.
        yield (
            *(number, one.name, f"{one.visit}.{number}", one.title, one.summary, doi, *dates),
            *(1_000_003 * number, 300, 1, one.type + 1),
        )


def _samples(facility: Facility) -> Iterator[Row]:
    for number in range(1, facility.investigations + 1):
        one = facility.investigation(number)
        for place in (1, 0):
            id_ = 2 * number - place
            name = f"{facility.words.items[id_ % 3_000]} {id_}"
            yield id_, name, number, one.sample_types[place] + 1


def _members(facility: Facility) -> Iterator[Row]:
    ids = itertools.count(1)
    for number in range(1, facility.investigations + 1):
        for user in facility.investigation(number).users:
            yield next(ids), number, user


def _places(facility: Facility) -> Iterator[Row]:
    for number in range(1, facility.investigations + 1):
        yield number, number, facility.investigation(number).instrument + 1


def _scientists(facility: Facility) -> Iterator[Row]:
    for number in range(1, 2 * INSTRUMENTS + 1):
        yield number, 1 + number // 2 % INSTRUMENTS, 1 + (7 * number) % facility.users


def _datasets(facility: Facility) -> Iterator[Row]:
    for number in range(1, facility.datasets + 1):
        one = facility.dataset(number)
        files = len(one.files)
        dates = stamp(one.start), stamp(one.start + 3_600_000)
        sizes = 2_000_003 * files, files
        of = one.investigation.id, one.sample_id, one.type + 1
        yield id_of(number), one.name, one.description, *dates, *sizes, *of


def _used(facility: Facility) -> Iterator[Row]:
    for number in range(1, facility.datasets + 1):
        yield number, id_of(number), facility.dataset(number).technique + 1


def _parameters(parent: str, parents: int, every: int) -> Iterator[Row]:
    dice = random.Random(4)
    ids = itertools.count(1)
    for number in range(1, parents + 1, every):
        for _ in range(dice.randint(0, 2) if every > 1 else dice.randint(1, 3)):
            kind = int(len(QUANTITIES) * dice.random() ** 1.5)
            _, _, low, high = QUANTITIES[kind]
            value = round(low + (high - low) * dice.random() ** 2, 3)
            yield next(ids), value, kind + 1, id_of(number) if parent in WITH_GAPS else number


def _datafiles(facility: Facility) -> Iterator[Row]:
    dice = random.Random(3)
    for number in range(1, facility.datasets + 1):
        dataset = facility.dataset(number)
        yield from _of_dataset(facility, dataset, id_of(number), dice)


def _of_dataset(
    facility: Facility, dataset: Dataset, dataset_id: int, dice: random.Random
) -> Iterator[Row]:
    directory = dataset.directory + dataset.separator
    for number in dataset.files:
        name = dataset.file_name(number)
        described = dice.choice(facility.phrases) if dice.random() < 0.3 else None
        size = int(2 ** (10 + 20 * dice.random()))
        date = stamp(dataset.start + 1_000 * (number - dataset.files.start))
        of = dataset_id, dataset.format + 1
        yield id_of(number), name, described, directory + name, size, date, *of
