"""What all investigations of the example facility share: people, stations, types, cycles."""

import random
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from search_service.demo import vocabulary
from search_service.demo.rows import Row, Rows, stamp
from search_service.demo.vocabulary import Quantity

FIRST_YEAR, YEARS = 2018, 7
VALUE_TYPES = {"moment": 0, "number": 1, "words": 2}
BY_OTHER_NAME = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "ı": "i"})


@dataclass(frozen=True)
class Cycle:
    """Half a year in which the facility runs."""

    id: int
    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Person:
    """Somebody who comes to measure, or works here."""

    id: int
    login: str
    family_name: str


@dataclass(frozen=True)
class Reference:
    """The ids by name."""

    people: tuple[Person, ...]
    cycles: tuple[Cycle, ...]
    stations: dict[str, int]
    investigation_types: tuple[int, ...]
    dataset_types: dict[str, int]
    formats: dict[str, int]
    sample_types: dict[str, int]
    techniques: dict[str, int]
    quantities: dict[Quantity, int]


def add_reference(rows: Rows, dice: random.Random, people: int) -> Reference:
    """Adds the rows that others refer to."""
    rows.add(
        "FACILITY",
        {
            "NAME": vocabulary.FACILITY,
            "FULLNAME": vocabulary.FACILITY_FULL_NAME,
            "URL": vocabulary.FACILITY_URL,
            "DAYSUNTILRELEASE": 1_095,
        },
    )
    stations = {
        station.name: rows.add(
            "INSTRUMENT",
            {
                "NAME": station.name,
                "FULLNAME": station.full_name,
                "TYPE": station.type,
                "FACILITY_ID": 1,
            },
        )
        for station in vocabulary.STATIONS
    }
    everybody = _add_people(rows, dice, people)
    _add_scientists(rows, stations.values(), everybody)
    types = _add_named(rows, "INVESTIGATIONTYPE", vocabulary.INVESTIGATION_TYPES)
    formats = dict.fromkeys(f for s in vocabulary.STATIONS for _, f in (s.raw, s.processed))
    return Reference(
        people=everybody,
        cycles=_add_cycles(rows),
        stations=stations,
        investigation_types=tuple(types.values()),
        dataset_types=_add_named(rows, "DATASETTYPE", vocabulary.DATASET_TYPES),
        formats=_add_named(rows, "DATAFILEFORMAT", formats, {"VERSION": "1.0"}),
        sample_types={
            material.name: rows.add(
                "SAMPLETYPE",
                {"NAME": material.name, "MOLECULARFORMULA": material.formula, "FACILITY_ID": 1},
            )
            for material in vocabulary.MATERIALS
        },
        techniques={
            technique.abbreviation: rows.add(
                "TECHNIQUE",
                {
                    "NAME": technique.name,
                    "DESCRIPTION": technique.description,
                    "PID": f"skerry:{technique.abbreviation}",
                },
            )
            for technique in vocabulary.TECHNIQUES
        },
        quantities={
            quantity: rows.add("PARAMETERTYPE", _parameter_type(quantity))
            for quantity in (
                *vocabulary.QUANTITIES,
                *vocabulary.SAMPLE_QUANTITIES,
                *vocabulary.INVESTIGATION_QUANTITIES,
            )
        },
    )


def _add_named(
    rows: Rows, table: str, names: Iterable[str], more: Row | None = None
) -> dict[str, int]:
    return {
        name: rows.add(table, {"NAME": name, "FACILITY_ID": 1, **(more or {})}) for name in names
    }


def _add_people(rows: Rows, dice: random.Random, count: int) -> tuple[Person, ...]:
    people: list[Person] = []
    known: set[str] = set()
    for number in range(count):
        given, family = vocabulary.PEOPLE[number % len(vocabulary.PEOPLE)]
        if number >= len(vocabulary.PEOPLE):  # the same first names with other surnames
            family = dice.choice(vocabulary.PEOPLE)[1]
        login = plain(given[0] + family).lower()
        login = f"{login}{number}" if login in known else login
        known.add(login)
        # Facilities know their users from several sources.
        name = f"uows/{100_000 + number}" if number % 5 == 4 else f"db/{login}"
        row: Row = {
            "NAME": name,
            "FULLNAME": f"{given} {family}",
            "GIVENNAME": given,
            "FAMILYNAME": family,
            "EMAIL": f"{login}@skerry.example",
            "AFFILIATION": dice.choice(vocabulary.AFFILIATIONS),
        }
        people.append(Person(rows.add("USER_", row), name, family))
    return tuple(people)


def _add_scientists(rows: Rows, stations: Iterable[int], people: tuple[Person, ...]) -> None:
    for station in stations:
        for place in range(1 + station % 3):
            person = people[(station * 3 + place) % len(people)]
            rows.add("INSTRUMENTSCIENTIST", {"INSTRUMENT_ID": station, "USER_ID": person.id})


def _add_cycles(rows: Rows) -> tuple[Cycle, ...]:
    cycles = []
    for year in range(FIRST_YEAR, FIRST_YEAR + YEARS):
        for half in (1, 2):
            name = f"{year % 100}_{half}"
            start, end = _middle(year, 6 * half - 5), _middle(year, 6 * half - 1)
            row: Row = {
                "NAME": name,
                "STARTDATE": stamp(start),
                "ENDDATE": stamp(end),
                "FACILITY_ID": 1,
            }
            cycles.append(Cycle(rows.add("FACILITYCYCLE", row), name, start, end))
    return tuple(cycles)


def _parameter_type(quantity: Quantity) -> Row:
    kind = "moment" if quantity.moment else "words" if quantity.words else "number"
    return {
        "NAME": quantity.name,
        "UNITS": quantity.units,
        "VALUETYPE": VALUE_TYPES[kind],
        "APPLICABLETOINVESTIGATION": 1,
        "APPLICABLETODATASET": 1,
        "APPLICABLETODATAFILE": 1,
        "APPLICABLETOSAMPLE": 1,
        "FACILITY_ID": 1,
    }


def plain(text: str) -> str:
    """Letters and digits without accents, as logins and sample labels are written."""
    folded = unicodedata.normalize("NFKD", text.translate(BY_OTHER_NAME))
    return "".join(c for c in folded if c.isascii() and c.isalnum())


def _middle(year: int, month: int) -> int:
    return int(datetime(year, month, 15, 8, tzinfo=UTC).timestamp())
