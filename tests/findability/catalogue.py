"""The catalogue that the needs are about: names as facilities write them, most of them near twins.

It is made of the rows in ``data``, always in the same way. An investigation has ``name``,
``visit``, ``title`` and what else a document has, with ``instrument``, ``users`` (user name to
full name), ``samples`` (name to type), ``parameters`` and ``datasets``; a dataset has ``sample``,
``techniques``, ``parameters`` and ``files``; a file is its location, or a row with one.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from tests.findability.rows import Row, Variables, expanded

DATA = Path(__file__).with_name("data")
DAY = 86_400_000
SEPARATORS = re.compile(r"[/\\]")

Document = dict[str, Any]


@cache
def files() -> Sequence[Row]:
    """What is written in ``data``."""
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.toml"))]


@cache
def catalogue() -> "Catalogue":
    """The whole of it."""
    made = Catalogue()
    for content in files():
        for row in content.get("investigations", ()):
            made.add(row)
        for instrument, people in content.get("scientists", {}).items():
            made.add_scientists(instrument, people)
    return made


def handles(entity: str, document: Document) -> Iterator[str]:
    """What a need may call a document."""
    yield document["name"]
    match entity:
        case "Investigation":
            yield document["visitId"]
            yield f"{document['name']} {document['visitId']}"
            yield document["title"]
        case "Dataset":
            yield f"{document['visitId']}: {document['name']}"
        case "Datafile":
            yield document["location"]


def called(entity: str, document: Document) -> str:
    """A document as people would tell it from others."""
    match entity:
        case "Investigation":
            return f"{document['name']} {document['visitId']}: {document['title']}"
        case "Dataset":
            return f"{document['investigation.name']} {document['visitId']}: {document['name']}"
        case _:
            return str(document["location"])


@dataclass
class Catalogue:
    """Documents by entity, in the order of their ids."""

    documents: defaultdict[str, list[Document]] = field(default_factory=lambda: defaultdict(list))
    _ids: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """An investigation, or the many that the row stands for, with all that hangs on it."""
        for one, variables in expanded(row, {}):
            self._investigation(one, variables)

    def add_scientists(self, instrument: str, people: Mapping[str, str]) -> None:
        """Who looks after an instrument."""
        for user, full_name in people.items():
            self._new(
                "InstrumentScientist",
                {"instrument.id": self._id("instrument", instrument)} | self._user(user, full_name),
            )

    def _investigation(self, row: Row, variables: Variables) -> None:
        start = _milliseconds(row.get("start", date(2018, 5, 14)))
        end = _milliseconds(row["end"]) if "end" in row else start + 2 * DAY
        facility = row.get("facility", "Lakeside Light Source")
        kind = row.get("type", "Proposal")
        investigation = self._new(
            "Investigation",
            {
                "name": row["name"],
                "visitId": row.get("visit", "1"),
                "title": row["title"],
                **_given(row, "summary", "doi"),
                "startDate": start,
                "endDate": end,
                "date": end,
                **self._named("facility", facility),
                **self._named("type", kind),
            },
        )
        of = {"investigation.id": investigation["id"]}
        if "instrument" in row:
            name = row["instrument"]
            instrument = {"instrument.id": self._id("instrument", name), "instrument.name": name}
            self._new("InvestigationInstrument", of | instrument)
        for user, full_name in row.get("users", {}).items():
            self._new("InvestigationUser", of | self._user(user, full_name))
        for name, sample_type in row.get("samples", {}).items():
            self._new(
                "InvestigationSample", of | self._sample(investigation["id"], name, sample_type)
            )
        self._parameters("Investigation", investigation["id"], row)
        for dataset_row in row.get("datasets", ()):
            for one, inner in expanded(dataset_row, variables):
                self._dataset(investigation, one, inner)

    def _dataset(self, of: Document, row: Row, variables: Variables) -> None:
        start = _milliseconds(row["start"]) if "start" in row else of["startDate"]
        dataset = self._new(
            "Dataset",
            {
                "name": row["name"],
                **_given(row, "description", "doi"),
                "startDate": start,
                "endDate": start + DAY,
                "date": start + DAY,
                "investigation.id": of["id"],
                "investigation.name": of["name"],
                "investigation.title": of["title"],
                "investigation.startDate": of["startDate"],
                "visitId": of["visitId"],
                **self._samples(of["id"], row),
                **self._named("type", row.get("type", "raw")),
            },
        )
        for name in row.get("techniques", ()):
            technique = {"technique.id": self._id("technique", name), "technique.name": name}
            self._new("DatasetTechnique", {"dataset.id": dataset["id"]} | technique)
        self._parameters("Dataset", dataset["id"], row)
        for file in row.get("files", ()):
            file_row = {"location": file} if isinstance(file, str) else file
            for one, _ in expanded(file_row, variables):
                self._datafile(dataset, one)

    def _datafile(self, of: Document, row: Row) -> None:
        name = row.get("name", SEPARATORS.split(row["location"])[-1])
        ending = name.rpartition(".")[2] if "." in name else "none"
        repeated = ("investigation.id", "investigation.name", "investigation.startDate", "visitId")
        samples = {field: of[field] for field in of if field.startswith("sample.")}
        when = _milliseconds(row["date"]) if "date" in row else of["startDate"]
        datafile = self._new(
            "Datafile",
            {
                "name": name,
                "location": row["location"],
                **_given(row, "description", "doi"),
                "fileSize": 1024,
                "fileCount": 1,
                "date": when,
                **self._named("datafileFormat", row.get("format", FORMATS.get(ending, "other"))),
                "dataset.id": of["id"],
                "dataset.name": of["name"],
                **{field: of[field] for field in repeated},
                **(samples or self._samples(of["investigation.id"], row)),
            },
        )
        self._parameters("Datafile", datafile["id"], row)

    def _parameters(self, entity: str, id_: int, row: Row) -> None:
        for one in row.get("parameters", ()):
            named = {"type.name": one["name"], "type.units": one.get("units", "N/A")}
            self._new(
                f"{entity}Parameter",
                {
                    f"{entity.lower()}.id": id_,
                    **_value(one["value"]),
                    "type.id": self._id("parameter", f"{one['name']} {named['type.units']}"),
                    **named,
                },
            )

    def _samples(self, investigation: int, row: Row) -> Document:
        found = [self._sample(investigation, *one) for one in row.get("sample", {}).items()]
        return found[0] if found else {}

    def _sample(self, investigation: int, name: str, kind: str) -> Document:
        return {
            "sample.id": self._id("sample", f"{investigation} {name}"),
            "sample.name": name,
            "sample.investigation.id": investigation,
            **self._named("sample.type", kind),
        }

    def _user(self, user: str, full_name: str) -> Document:
        return {
            "user.id": self._id("user", user),
            "user.name": user,
            "user.fullName": full_name,
        }

    def _named(self, of: str, name: str) -> Document:
        return {f"{of}.id": self._id(of, name), f"{of}.name": name}

    def _new(self, entity: str, document: Document) -> Document:
        made = {"id": len(self.documents[entity]) + 1} | document
        self.documents[entity].append(made)
        return made

    def _id(self, of: str, name: str) -> int:
        return self._ids.setdefault((of, name), len(self._ids) + 1)


FORMATS = {"nxs": "NeXus", "h5": "HDF5", "edf": "EDF", "raw": "ISIS raw", "tif": "TIFF"}


def _given(row: Row, *names: str) -> Document:
    return {name: row[name] for name in names if name in row}


def _milliseconds(day: date | str) -> int:
    when = datetime.combine(date.fromisoformat(str(day)), time(9))
    return int(when.replace(tzinfo=UTC).timestamp() * 1000)


def _value(written: str | float) -> Document:
    try:
        return {"numericValue": float(written)}
    except ValueError:
        return {"stringValue": written}
