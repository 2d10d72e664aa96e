"""A small made-up facility whose documents share words, dates and values, so that many are equal.

Ids lie between 1 and ``HIGHEST_ID`` with gaps, and some documents refer to others that do not
exist.
"""

import random
from collections.abc import Callable
from typing import Any

from analyzers.units import Units
from search_service.catalogue.documents import with_si
from search_service.catalogue.lookup import entity as entity_named
from search_service.engines.base import Document

HIGHEST_ID = 170

WORDS = [
    "silk", "spiders", "scattering", "X-ray", "small angle", "SAXS", "iron oxide", "Fe", "CuO",
    "running", "the", "beryllium", "β-phase", "naïve", "a_b", "4.2 K", "of", "alpha", "beta",
]  # fmt: skip
NAMES = ["scan 4", "Scan 4", "scan_5.nxs", "", "alpha (1)", "été", "[x]", '"q"', "Zeta", "a\\b"]
USERS = ["db/ada", "db/zoe", "DB/ADA", "ldap/mo lang"]
FULL_NAMES = ["Ada Lovelace", "Zoë Byron", "Mo Lang", "Ada Byron"]
TYPES = ["temperature", "Temperature", "sample pressure", "energy", "comment"]
UNITS = ["K", "mK", "keV", "furlong", "kPa"]
LOCATIONS = [
    "/dls/i22/data/2019/sm1-1/scan_5.nxs", "/dls/i22/data/2020/scan_6.nxs", "/dls/i03/a b/x.cbf",
    r"C:\data\run1\scan.dat", r"\\server\share\Run 1\scan.dat", "scan.dat",
]  # fmt: skip
DAY = 86_400_000
DATES = [0, DAY, DAY, 2 * DAY, 10 * DAY, -DAY]
SIZES = [0, 5, 5, 7, 2**40, 2**53 + 1]
NUMBERS = [-1.5, 0.0, 4.0, 4.0, 77.0, 300.0, 1e300]

Documents = dict[str, dict[int, Document]]


def made_up(seed: int) -> Documents:
    """Documents by entity and id; the same ones for a seed."""
    return _Maker(random.Random(seed)).documents()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def documents(self) -> Documents:
        wanted: dict[str, tuple[int, Callable[[], Document]]] = {
            "Investigation": (60, self._investigation),
            "Dataset": (130, self._dataset),
            "Datafile": (150, self._datafile),
            "DatasetParameter": (140, self._parameter),
            "Sample": (50, self._sample),
            "InvestigationUser": (60, self._user_of("investigation.id", HIGHEST_ID)),
            "InvestigationInstrument": (40, self._instrument),
            "InstrumentScientist": (8, self._user_of("instrument.id", 6)),
        }
        return {name: self._some(name, *how) for name, how in wanted.items()}

    def _some(self, name: str, count: int, make: Callable[[], Document]) -> dict[int, Document]:
        id_field = entity_named(name).id_field or "id"
        ids = self._chance.sample(range(1, HIGHEST_ID + 1), count)
        return {id_: with_si(entity_named(name), {**make(), id_field: id_}, Units()) for id_ in ids}

    def _often(self, document: Document) -> Document:
        """Most of the fields."""
        return {name: value for name, value in document.items() if self._chance.random() < 0.8}

    def _one(self, values: list[Any]) -> Any:
        return self._chance.choice(values)

    def _text(self) -> str:
        return " ".join(self._chance.choices(WORDS, k=self._chance.randint(1, 12)))

    def _id(self, highest: int = HIGHEST_ID) -> int:
        return self._chance.randint(1, highest)

    def _period(self) -> Document:
        start = self._one(DATES)
        return {"startDate": start, "endDate": start + self._one([0, DAY]), "date": start}

    def _sample_fields(self) -> Document:
        return {
            "sample.id": self._id(),
            "sample.name": self._text(),
            "sample.type.name": self._one(WORDS),
            "sample.investigation.id": self._id(),
        }

    def _investigation(self) -> Document:
        return self._often(
            {
                "name": self._one(NAMES),
                "visitId": f"sm{self._id(5)}-1",
                "title": self._text(),
                "summary": self._text(),
                "type.name": self._one(["commercial", "in-house"]),
                "fileSize": self._one(SIZES),
                **self._period(),
            }
        )

    def _dataset(self) -> Document:
        return self._often(
            {
                "name": self._one(NAMES),
                "description": self._text(),
                "type.name": self._one(["raw", "processed", "Raw"]),
                "investigation.id": self._id(),
                "fileSize": self._one(SIZES),
                "fileCount": self._id(3),
                **self._period(),
                **self._sample_fields(),
            }
        )

    def _datafile(self) -> Document:
        return self._often(
            {
                "name": self._one(NAMES),
                "description": self._text(),
                "location": self._one(LOCATIONS),
                "datafileFormat.name": self._one(["NeXus", "CBF", "", "nexus"]),
                "date": self._one(DATES),
                "fileSize": self._one(SIZES),
                "dataset.id": self._id(),
                "investigation.id": self._id(),
            }
        )

    def _parameter(self) -> Document:
        values: dict[str, list[Any]] = {
            "numericValue": NUMBERS,
            "stringValue": NAMES,
            "dateTimeValue": DATES,
        }
        value = self._one(list(values))
        return self._often(
            {
                "dataset.id": self._id(),
                "type.name": self._one(TYPES),
                "type.units": self._one(UNITS),
                value: self._one(values[value]),
            }
        )

    def _sample(self) -> Document:
        return self._often(self._sample_fields())

    def _instrument(self) -> Document:
        return self._often({"investigation.id": self._id(), "instrument.id": self._id(6)})

    def _user_of(self, field: str, highest: int) -> Callable[[], Document]:
        def user() -> Document:
            return self._often(
                {
                    field: self._id(highest),
                    "user.name": self._one(USERS),
                    "user.fullName": self._one(FULL_NAMES),
                }
            )

        return user
