"""A front end in this process: requests of ``/v1`` in, JSON out, over shards or dicts.

The facility is small, and each of its three investigations has words of its own: ``ada`` is of the
first, ``zoe`` of the second and scientist of its instrument, the third was released.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson

from analyzers import Units
from search_service.engines.base import Document, Reader
from search_service.service.searching import releases
from search_service.service.searching.releases import Releases
from search_service.workers.searching.front_ends import EXPLAIN, SEARCH, SUGGEST
from search_service.workers.searching.searcher import Searcher
from tests.support.dict_engine import DictReader
from tests.support.generation_files import OneDirectory
from tests.support.over import Over
from tests.support.searching import PEER, PEOPLE, reading
from tests.support.shards import reader_over

Documents = Mapping[str, Mapping[int, Document]]
RELEASED_AT = 1_000
TITLES = {
    1: "Neutron scattering of silicon wafers at low temperature",
    2: "Secretium alloys under pressure",
    3: "Tomography of old bones",
}
TECHNIQUES = {1: "small angle scattering", 2: "muon spectroscopy", 3: "tomography"}
SAMPLES = {1: "silicon wafer", 2: "unobtainium", 3: "femur"}


def facility() -> dict[str, dict[int, Document]]:
    """Each investigation has two datasets with three files each, a sample and a technique."""
    found: dict[str, dict[int, Document]] = {
        "Investigation": {},
        "Dataset": {},
        "Datafile": {},
        "Sample": {},
        "DatasetTechnique": {},
        "InvestigationUser": {},
        "InvestigationInstrument": {2: {"id": 2, "investigation.id": 2, "instrument.id": 9}},
        "InstrumentScientist": {
            5: {"id": 5, "instrument.id": 9, "user.name": "zoe", "user.fullName": "Zoë Byron"}
        },
    }
    for id_, title in TITLES.items():
        visit = {"visitId": f"vis{id_}-1", "investigation.id": id_}
        sample = {
            "sample.id": id_,
            "sample.name": SAMPLES[id_],
            "sample.investigation.id": id_,
        }
        found["Investigation"][id_] = {
            "id": id_,
            "name": f"INV{id_}",
            "visitId": f"vis{id_}-1",
            "title": title,
            "type.name": ("experiment", "proprietary", "experiment")[id_ - 1],
            "startDate": 1_000 * id_,
            "endDate": 1_000 * id_ + 500,
        }
        found["Sample"][id_] = sample
        for dataset in (2 * id_, 2 * id_ + 1):
            found["Dataset"][dataset] = {
                "id": dataset,
                "name": f"set_{id_}_{dataset}",
                "description": title.split()[0].lower() + " run",
                "type.name": ("raw", "hidden", "raw")[id_ - 1],
                **visit,
                **sample,
            }
            found["DatasetTechnique"][dataset] = {
                "id": dataset,
                "dataset.id": dataset,
                "technique.name": TECHNIQUES[id_],
            }
            for file in range(3 * dataset, 3 * dataset + 3):
                found["Datafile"][file] = {
                    "id": file,
                    "name": f"{SAMPLES[id_].split()[0]}_{file}.nxs",
                    "description": f"file of {SAMPLES[id_]}",
                    "location": f"/data/vis{id_}/{SAMPLES[id_].split()[0]}_{file}.nxs",
                    "dataset.id": dataset,
                    "fileSize": file,
                    **visit,
                    **sample,
                }
    for number, (investigation, user) in enumerate([(1, "ada"), (2, "zoe")]):
        found["InvestigationUser"][number] = {
            "id": number,
            "investigation.id": investigation,
            "user.name": user,
            "user.fullName": user.title(),
        }
    return found


class FrontEnd:
    """What a search worker would answer."""

    def __init__(self, searcher: Searcher) -> None:
        self.searcher = searcher

    @classmethod
    def over_shards(
        cls, directory: Path, documents: Documents, width: int = 4, *, people: bool = False
    ) -> "FrontEnd":
        """Real shards of so many ids; the third investigation was released, the second will be."""
        reader = reader_over(directory / "shards", documents, width)
        return cls._of(reader, directory, people=people)

    @classmethod
    def over_dicts(
        cls, directory: Path, documents: Documents, *, people: bool = False
    ) -> "FrontEnd":
        """The slow engine, by which others are judged, with the same releases."""
        return cls._of(DictReader(documents), directory, people=people)

    @classmethod
    def over(
        cls, directory: Path, documents: Documents, over: Over, *, people: bool = False
    ) -> "FrontEnd":
        """Any engine."""
        if isinstance(over, int):
            return cls.over_shards(directory, documents, over, people=people)
        directory.mkdir(exist_ok=True)
        if over is None:
            return cls.over_dicts(directory, documents, people=people)
        return cls._of(over(documents), directory, people=people)

    @classmethod
    def _of(cls, reader: Reader, directory: Path, *, people: bool) -> "FrontEnd":
        """The releases are written into the directory."""
        files = OneDirectory(directory)
        rows = [(3, RELEASED_AT), (2, 10**15)]
        releases.write(files, 1, rows, before=1, low=None, high=None)
        reading_ = reading(PEOPLE if people else PEER)
        return cls(Searcher(reader, reading_, Units(), Releases(files)))

    def search(self, entity: str, **asked: Any) -> Any:
        """The answer of a search. Raises what the caller would be told."""
        return self.send({"entity": entity, **asked})

    def explain(self, entity: str, **asked: Any) -> Any:
        """The answer to why a search finds what it finds."""
        body = bytearray(orjson.dumps({"entity": entity, **asked}))
        return orjson.loads(self.searcher.answer((EXPLAIN, "", b""), body).body)

    def send(self, body: object) -> Any:
        """Any body."""
        answer = self.searcher.answer((SEARCH, "", b""), bytearray(orjson.dumps(body)))
        return orjson.loads(answer.body)

    def ids(self, entity: str, **asked: Any) -> list[int]:
        """The ids of the hits of a page."""
        return [hit["id"] for hit in self.search(entity, **asked)["hits"]]

    def pages(self, entity: str, **asked: Any) -> Iterator[list[int]]:
        """The ids of page after page."""
        page = self.search(entity, **asked)
        yield [hit["id"] for hit in page["hits"]]
        while page["cursor"] is not None:
            page = self.search(entity, **asked, cursor=page["cursor"])
            yield [hit["id"] for hit in page["hits"]]

    def suggest(self, entity: str, prefix: str, **asked: Any) -> list[tuple[str, str]]:
        """Kinds and texts, in order."""
        params = urlencode({"entity": entity, "prefix": prefix, **asked})
        return [(one["kind"], one["text"]) for one in self.ask(params)["suggestions"]]

    def ask(self, query_string: str) -> Any:
        """Suggestions for any query string."""
        answer = self.searcher.answer((SUGGEST, "", query_string.encode()), bytearray())
        return orjson.loads(answer.body)
