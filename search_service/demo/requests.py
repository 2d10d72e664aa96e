"""Five requests to try on the example facility, as data, and as commands for a terminal."""

import json
import shlex
from dataclasses import dataclass, field
from urllib.parse import urlencode

BASE = "/icat.lucene"
TEMPERATURE = "sample temperature"


@dataclass(frozen=True)
class Example:
    """A request below the base path.

    ``shown`` are the fields that tell a hit from another, ``parameter`` one that it shows beside.
    """

    title: str
    path: str
    body: dict[str, object]
    params: dict[str, str] = field(default_factory=lambda: {"maxResults": "5"})
    shown: tuple[str, ...] = ()
    parameter: str = ""
    method: str = "POST"

    @property
    def target(self) -> str:
        """Path and query string, as they stand in the request's first line."""
        return f"{BASE}/{self.path}" + (f"?{urlencode(self.params)}" if self.params else "")

    @property
    def payload(self) -> str:
        """The body as JSON."""
        return json.dumps(self.body, ensure_ascii=False)


def _search(query: dict[str, object], *fields: str) -> dict[str, object]:
    return {"query": query, "fields": ["id", *fields]}


EXAMPLES = (
    Example(
        "Investigations by words: the abbreviation finds the technique's long name too",
        "investigation",
        _search({"text": "+SAXS +insulin"}, "visitId", "title"),
        shown=("visitId", "title"),
    ),
    Example(
        "Datafiles below a Windows directory, as Explorer copies it",
        "datafile",
        _search({"text": r'"\\skerry\inst$\NDXHERON\Instrument\data"'}, "location", "visitId"),
        shown=("location",),
    ),
    Example(
        "How many datasets each technique has",
        "DatasetTechnique/facet",
        {"query": {}, "dimensions": [{"dimension": "technique.name"}]},
        {"maxResults": "1000", "maxLabels": "5"},
    ),
    Example(
        "The NeXus files that one user may see, latest first",
        "datafile",
        _search(
            {"user": "db/bastrom", "filter": {"datafile.datafileFormat.name": "NeXus"}},
            "name",
            "visitId",
            "sample.name",
        ),
        {"maxResults": "5", "sort": '{"date":"desc"}'},
        shown=("visitId", "name", "sample.name"),
    ),
    Example(
        "Datasets measured at 70 to 90 K, also where the temperature was noted in mK",
        "dataset",
        _search(
            {
                "filter": {
                    "datasetparameter": {
                        "filter": [
                            {"field": "type.name", "value": TEMPERATURE},
                            {"field": "numericValue", "from": 70, "to": 90, "units": "K"},
                        ]
                    }
                }
            },
            "name",
            "visitId",
            "DatasetParameter type.name",
            "DatasetParameter numericValue",
            "DatasetParameter type.units",
        ),
        shown=("visitId", "name"),
        parameter=TEMPERATURE,
    ),
)


def curl(url: str, example: Example) -> str:
    """The request as a command for a terminal."""
    parts = ["curl", "-s", "-X", example.method, url.rstrip("/") + example.target]
    parts += ["-H", "Content-Type: application/json", "-d", example.payload]
    return " ".join(shlex.quote(part) for part in parts)
