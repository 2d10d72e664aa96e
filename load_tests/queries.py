"""The classes of requests that are measured: each draws a new one from the synthetic facility.

A request is what a catalogue server sends. Words are drawn as often as documents say them, so most
are frequent; users, ids and paths are those of the facility, so nearly all find something.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from load_tests.documents import (
    DAY,
    EXTENSIONS,
    FIRST_DAY,
    FORMATS,
    QUANTITIES,
    TECHNIQUES,
    Dataset,
    Facility,
)

BASE = "/icat.lucene"

# What a user's search asks for: every field, those of joined entities last.
DATAFILE_FIELDS = [
    *"name description location doi date fileSize fileCount id dataset.id dataset.name sample.id "
    "sample.name sample.investigation.id sample.type.id sample.type.name investigation.id "
    "investigation.name investigation.startDate visitId datafileFormat.id "
    "datafileFormat.name".split(),
    "InvestigationFacilityCycle facilityCycle.id",
    "InvestigationInstrument instrument.id",
]
INVESTIGATION_FIELDS = [
    *"name visitId title summary doi startDate endDate date fileSize fileCount id facility.name "
    "facility.id type.name type.id".split(),
    "InvestigationFacilityCycle facilityCycle.id",
    "InvestigationInstrument instrument.fullName",
    "InvestigationInstrument instrument.id",
    "InvestigationInstrument instrument.name",
    "InvestigationParameter type.name",
    "InvestigationParameter stringValue",
    "InvestigationParameter numericValue",
    "InvestigationParameter dateTimeValue",
]
PLAIN_FIELDS = ["id", "name", "visitId", "date"]


@dataclass(frozen=True)
class Request:
    """A request: the path with its query string, and the body."""

    target: str
    body: bytes


@dataclass(frozen=True)
class Figure:
    """What the service compared with is given to do: latency of one client, rates of any number."""

    milliseconds: float
    lowest: float
    highest: float


# Given for icat.lucene on two cores with 600,000 datafiles; not measured by this program.
ORDINARY = Figure(9.0, 90.0, 170.0)
WHOLE_PAGE = Figure(57.0, 17.0, 17.0)
LEADING_WILDCARD = Figure(220.0, 4.9, 4.9)
FACET_OVER_1000 = Figure(12.0, 85.0, 85.0)
FACET_OVER_10000 = Figure(25.0, 38.0, 38.0)


@dataclass(frozen=True)
class Class:
    """Requests of one kind, and the figure given for them."""

    name: str
    draw: Callable[[Facility, random.Random], Request]
    figure: Figure = ORDINARY


def search(
    entity: str,
    query: dict[str, Any],
    fields: list[str] | None = None,
    hits: int = 100,
    sort: dict[str, str] | None = None,
) -> Request:
    """A search as a request."""
    target = f"{BASE}/{entity}?maxResults={hits}"
    if sort:
        target += f"&sort={quote(_json(sort))}"
    body = {"query": {"target": entity.title(), **query}, "fields": fields or PLAIN_FIELDS}
    return Request(target, _json(body).encode())


def facet(entity: str, query: dict[str, Any], dimensions: list[str], ids: int) -> Request:
    """A question for the values of some fields, as a request."""
    body = {"query": query, "dimensions": [{"dimension": name} for name in dimensions]}
    return Request(f"{BASE}/{entity}/facet?maxResults={ids}&maxLabels=10", _json(body).encode())


def word(facility: Facility, dice: random.Random) -> str:
    """A word for every other query as frequent as in documents, else any; not the most frequent."""
    words = facility.words.items
    (drawn,) = facility.words.draw(dice, 1) if dice.random() < 0.5 else [dice.choice(words)]
    return drawn if drawn not in words[:3] else dice.choice(words[:500])


def frequent(facility: Facility, dice: random.Random) -> str:
    """One of the words that many documents say, for requests that narrow down by more."""
    return dice.choice(facility.words.items[3:80])


def _hundred(
    dice: random.Random, entity: str, query: dict[str, Any], sort: dict[str, str] | None = None
) -> Request:
    """A search for about a hundred hits: words come again, whole requests should not."""
    return search(entity, query, hits=dice.randint(90, 110), sort=sort)


def _text(facility: Facility, dice: random.Random) -> Request:
    return _hundred(dice, "datafile", {"text": word(facility, dice)})


def _two_words(facility: Facility, dice: random.Random) -> Request:
    if dice.random() < 0.5:
        text = f"{frequent(facility, dice)} {word(facility, dice)}"
    else:
        text = f"+{frequent(facility, dice)} +{frequent(facility, dice)}"
    return _hundred(dice, "datafile", {"text": text})


def _by_date(facility: Facility, dice: random.Random) -> Request:
    return _hundred(dice, "datafile", {"text": word(facility, dice)}, sort={"date": "desc"})


def _by_name(facility: Facility, dice: random.Random) -> Request:
    return _hundred(dice, "datafile", {"text": word(facility, dice)}, sort={"name": "asc"})


def _authorised(facility: Facility, dice: random.Random) -> Request:
    user = facility.user_name(1 + int(facility.users * dice.random() ** 2))
    return _hundred(dice, "datafile", {"text": frequent(facility, dice), "user": user})


def _own_data(facility: Facility, dice: random.Random) -> Request:
    user = facility.user_name(1 + int(facility.users * dice.random() ** 2))
    return _hundred(dice, "datafile", {"user": user}, sort={"date": "desc"})


def dataset_with(facility: Facility, dice: random.Random, separator: str) -> Dataset:
    """A dataset whose paths have this separator."""
    while True:
        # By datafile: most questions are about where most files are.
        one = facility.dataset(facility.dataset_of(1 + dice.randrange(facility.datafiles)))
        if one.separator == separator:
            return one


def _path_phrase(facility: Facility, dice: random.Random) -> Request:
    directory = dataset_with(facility, dice, "/").directory
    return _hundred(dice, "datafile", {"text": f'location:"{directory}"'})


def _path_exact(facility: Facility, dice: random.Random) -> Request:
    directory = dataset_with(facility, dice, "/").directory
    return _hundred(dice, "datafile", {"text": f'location.exact:"{directory}"'})


def _path_windows(facility: Facility, dice: random.Random) -> Request:
    one = dataset_with(facility, dice, "\\")
    return _hundred(dice, "datafile", {"text": f'"{one.directory}"'})


def _filter_value(facility: Facility, dice: random.Random) -> Request:
    wanted = {"datafile.datafileFormat.name": [dice.choice(FORMATS), dice.choice(FORMATS)]}
    return _hundred(dice, "datafile", {"text": frequent(facility, dice), "filter": wanted})


def _filter_technique(facility: Facility, dice: random.Random) -> Request:
    wanted = {"datasettechnique.technique.name": dice.choice(TECHNIQUES)}
    return _hundred(dice, "dataset", {"text": frequent(facility, dice), "filter": wanted})


def _filter_parameter(facility: Facility, dice: random.Random) -> Request:
    name, units, low, high = _range(dice)
    conditions = [
        {"field": "type.name", "value": name},
        {"field": "numericValue", "from": low, "to": high, "units": units},
    ]
    wanted = {"datasetparameter": {"filter": conditions}}
    return _hundred(dice, "dataset", {"text": frequent(facility, dice), "filter": wanted})


def _parameters(facility: Facility, dice: random.Random) -> Request:
    name, units, low, high = _range(dice)
    condition = {"name": name, "units": units, "lowerNumericValue": low, "upperNumericValue": high}
    return _hundred(dice, "datafile", {"parameters": [condition]})


def _range(dice: random.Random) -> tuple[str, str, float, float]:
    name, units, low, high = dice.choice(QUANTITIES)
    start = round(dice.uniform(low, high), 3)
    return name, units, start, round(start + (high - low) / 10, 3)


def _dates(facility: Facility, dice: random.Random) -> Request:
    lower = FIRST_DAY + dice.randrange(3_300) * DAY
    return _hundred(
        dice,
        "datafile",
        {"text": frequent(facility, dice), "lower": lower, "upper": lower + 90 * DAY},
    )


def _facet(ids: int) -> Callable[[Facility, random.Random], Request]:
    def draw(facility: Facility, dice: random.Random) -> Request:
        chosen = dice.sample(range(1, facility.datafiles + 1), min(ids, facility.datafiles))
        return facet("Datafile", {"id": chosen}, ["datafileFormat.name", "sample.type.name"], ids)

    return draw


def _trailing_wildcard(facility: Facility, dice: random.Random) -> Request:
    drawn = word(facility, dice)
    return _hundred(dice, "datafile", {"text": f"{drawn[: max(4, len(drawn) - 2)]}*"})


def _leading_wildcard(facility: Facility, dice: random.Random) -> Request:
    drawn = word(facility, dice)
    return _hundred(dice, "datafile", {"text": f"*{drawn[-max(4, len(drawn) - 2) :]}"})


def _datafile_page(facility: Facility, dice: random.Random) -> Request:
    frequent = dice.choice(facility.words.items[:60])
    text = f"{frequent} {word(facility, dice)}"
    return search("datafile", {"text": text}, DATAFILE_FIELDS, hits=1_000)


def _investigation_page(facility: Facility, dice: random.Random) -> Request:
    # Frequent words, so that the page is full.
    text = " ".join(dice.sample(facility.words.items[:40], 4))
    return search("investigation", {"text": text}, INVESTIGATION_FIELDS, hits=1_000)


def _three_words(facility: Facility, dice: random.Random) -> Request:
    words = (frequent(facility, dice), word(facility, dice), word(facility, dice))
    return _hundred(dice, "datafile", {"text": " ".join(words)})


def _visit(facility: Facility, dice: random.Random) -> Request:
    one = facility.investigation(1 + dice.randrange(facility.investigations))
    return _hundred(dice, "datafile", {"text": one.visit})


def _extension(facility: Facility, dice: random.Random) -> Request:
    return _hundred(
        dice, "datafile", {"text": f"{dice.choice(('.', '*.'))}{dice.choice(EXTENSIONS)}"}
    )


def _run_number(facility: Facility, dice: random.Random) -> Request:
    """The number of a run alone, as file names have it: some with zeros before it."""
    number = facility.dataset_of(1 + dice.randrange(facility.datafiles))
    return _hundred(dice, "datafile", {"text": f"{number:06d}"})


def _everything(field: str) -> Callable[[Facility, random.Random], Request]:
    def draw(facility: Facility, dice: random.Random) -> Request:
        sort = {field: dice.choice(("asc", "desc"))}
        return search("datafile", {}, hits=dice.randint(50, 150), sort=sort)

    return draw


CLASSES = (
    Class("text", _text),
    Class("two words", _two_words),
    Class("sorted by date", _by_date),
    Class("sorted by name", _by_name),
    Class("authorised", _authorised),
    Class("own data by date", _own_data),
    Class("path phrase", _path_phrase),
    Class("path exact", _path_exact),
    Class("path Windows", _path_windows),
    Class("filter value", _filter_value),
    Class("filter technique", _filter_technique),
    Class("filter parameter", _filter_parameter),
    Class("parameter range", _parameters),
    Class("dates", _dates),
    Class("wildcard trailing", _trailing_wildcard),
    Class("wildcard leading", _leading_wildcard, LEADING_WILDCARD),
    Class("facet 1000 ids", _facet(1_000), FACET_OVER_1000),
    Class("facet 10000 ids", _facet(10_000), FACET_OVER_10000),
    Class("page 1000 datafiles", _datafile_page, WHOLE_PAGE),
    Class("page 1000 investigations", _investigation_page, WHOLE_PAGE),
)

# Asked of an index of any size; without figures of their own, so not part of CLASSES.
SCALE_CLASSES = (
    *CLASSES,
    Class("three words", _three_words),
    Class("visit", _visit),
    Class("extension", _extension),
    Class("run number", _run_number),
    Class("everything by date", _everything("date")),
    Class("everything by name", _everything("name")),
)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
