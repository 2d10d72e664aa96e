"""A facility whose investigations have words of their own, and the same without what is hidden.

What somebody is told over all documents should be what an index tells that has only the documents
that are seen.
"""

import random
from collections.abc import Collection
from typing import Any

from search_service.catalogue import lookup
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.lookup import rights_field
from search_service.engines.base import Document

Documents = dict[str, dict[int, Document]]

SHARED = [
    "neutron", "scattering", "silicon", "wafer", "pressure", "beryllium", "Be", "structure",
    "particle", "of", "the", "annealed", "powder", "4.2 K", "spin",
]  # fmt: skip
OWN = [
    "xenolith", "xenolite", "microstructure", "micro", "nanoparticle", "nano", "nanorods", "rods",
    "warmup", "colour", "color", "tomography", "tomograph", "titanium", "Ti", "sulphur", "SAXS",
    "secretium", "HC-1234", "hc_1235", "Ångström", "Björn", "small angle x-ray scattering",
    "2019-07-04", "20190704", "TiO2", "femur", "femurs", "zeolite", "cryostat", "unobtainium",
]  # fmt: skip
TYPED = [
    "xenolita", "xenolith", "micro structure", "nano particle", "nanoparticles", "nano rods",
    "warm up", "colour", "tomografy", "ti tanium", "beryl lium", "sul fur", "secretum", "hc 1234",
    "HC1234", "angstrom", "bjorn", "bjoern", "tio2", "zeolita", "cryostatt", "nuetron", "silcon",
    "4 july 2019", "2019", "unobtanium", "femur bones", "saxs",
]  # fmt: skip
USERS = ("ada", "zoe", "mo")
FULL_NAMES = {"ada": "Ada Lovelace", "zoe": "Zoë Byron", "mo": "Mo Lang"}
TYPES = ("temperature", "energy", "comment")


class Facility:
    """Documents, made by chance; ``investigations`` of them."""

    def __init__(self, seed: int, investigations: int = 12) -> None:
        self._chance = random.Random(seed)
        self.documents: Documents = {entity.name: {} for entity in ENTITIES}
        for id_ in range(1, investigations + 1):
            self._investigation(id_)
        for user in USERS[:2]:
            scientist = {"instrument.id": self._chance.randint(1, 3), "user.name": user}
            self._put("InstrumentScientist", scientist)

    def text(self, words: int) -> str:
        """Words of a document: most are shared, some are in few."""
        chance = self._chance
        lists = (SHARED, SHARED, OWN, [word.lower() for word in OWN])
        return " ".join(chance.choice(chance.choice(lists)) for _ in range(words))

    def typed(self) -> str:
        """What somebody looks for."""
        chance = self._chance
        kind = chance.random()
        if kind < 0.1:  # pasted
            return " ".join(chance.choice([*SHARED, *OWN, *TYPED]) for _ in range(60))
        words = [chance.choice(chance.choice((SHARED, OWN, TYPED, TYPED)))]
        words += [chance.choice([*OWN, *TYPED]) for _ in range(chance.choice([0, 0, 1, 1, 2, 5]))]
        if kind < 0.2:
            return f'"{" ".join(words)}"'
        if kind < 0.3:
            return " ".join(chance.choice(["+", "-", ""]) + word for word in words)
        if kind < 0.35:
            return chance.choice(["xen*", "*rod*", "hc?12*", "name:sec*", "title:x~1", "secretum~"])
        return " ".join(words)

    def investigations_of(self, user: str | None) -> set[int]:
        """Those that a user sees."""
        found = self.documents
        instruments = {
            each["instrument.id"]
            for each in found["InstrumentScientist"].values()
            if each["user.name"] == user
        }
        return {
            each["investigation.id"]
            for each in found["InvestigationUser"].values()
            if each["user.name"] == user
        } | {
            each["investigation.id"]
            for each in found["InvestigationInstrument"].values()
            if each["instrument.id"] in instruments
        }

    def without_hidden(self, investigations: Collection[int]) -> Documents:
        """What there is to see for whoever sees these investigations."""
        seen: Documents = {}
        for entity in ENTITIES:
            field = rights_field(entity.name)
            of_it = self.documents[entity.name]
            seen[entity.name] = {
                id_: document
                for id_, document in of_it.items()
                if field is None or document[field] in investigations
            }
        for name in ("DatasetTechnique", "DatasetParameter"):
            seen[name] = {
                id_: document
                for id_, document in seen[name].items()
                if document["dataset.id"] in seen["Dataset"]
            }
        return seen

    def _put(self, entity: str, document: Document) -> int:
        of_it = self.documents[entity]
        id_ = len(of_it) + 1
        of_it[id_] = {**document, lookup.entity(entity).id_field or "id": id_}
        return id_

    def _investigation(self, id_: int) -> None:
        chance = self._chance
        visit = {"visitId": f"{chance.choice(['hc', 'vis'])}{id_}-1"}
        title = self.text(6)
        self._put(
            "Investigation",
            {
                "name": f"INV{id_}",
                "title": title,
                "summary": self.text(25),
                "type.name": chance.choice(["experiment", "industry", self.text(1)]),
                "startDate": 1_000 * id_,
                "endDate": 1_000 * id_ + 500,
                **visit,
            },
        )
        belongs: dict[str, Any] = {"investigation.id": id_}
        for user in USERS:
            if chance.random() < 0.3:
                who = {"user.name": user, "user.fullName": FULL_NAMES[user]}
                self._put("InvestigationUser", {**belongs, **who})
        self._put("InvestigationInstrument", {**belongs, "instrument.id": chance.randint(1, 3)})
        for _ in range(2):
            self._dataset(belongs, visit, title)

    def _dataset(self, belongs: Document, visit: Document, title: str) -> None:
        chance = self._chance
        sample = chance.randint(1, 8)  # one sample may be of several investigations
        names = {
            "sample.id": sample,
            "sample.name": f"{OWN[sample * 3]} {sample}",
            "sample.type.name": f"{OWN[sample]} kind",
        }
        self._put("InvestigationSample", {**belongs, **names})
        dataset = self._put(
            "Dataset",
            {
                "name": f"set_{self.text(1)}",
                "description": self.text(8),
                "type.name": chance.choice(["raw", "processed", "calibration"]),
                "investigation.title": title,
                **(belongs | visit | names),
            },
        )
        of_dataset = {"dataset.id": dataset}
        technique = {"technique.name": chance.choice(["tomography", "SAXS", "muon spectroscopy"])}
        self._put("DatasetTechnique", {**of_dataset, **technique})
        parameter = {"type.name": chance.choice(TYPES), "stringValue": self.text(1)}
        self._put("DatasetParameter", {**of_dataset, **parameter})
        for _ in range(2):
            self._put(
                "Datafile",
                {
                    "name": f"{self.text(1)}_{chance.randint(1, 99)}.nxs",
                    "description": self.text(4),
                    "location": f"/data/{visit['visitId']}/{self.text(1)}.nxs",
                    **(of_dataset | belongs | visit | names),
                },
            )
