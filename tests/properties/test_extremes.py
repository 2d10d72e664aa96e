"""What is accepted can be committed, searched, sorted, counted and replayed, however odd it is."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyzers import SEPARATORS, Units
from search_service.engines.base import Document
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.errors import BadRequest
from search_service.service.bodies import BodyLimits
from search_service.service.wire import read_operations
from search_service.workers.searching.searcher import Searcher
from tests.support.embedded_service import FACETABLE, EmbeddedService
from tests.support.searching import PEER, PEOPLE, Page, Searching, reading, walk

LOWEST, HIGHEST = -(2**63), 2**63 - 1

IDS = st.one_of(
    st.sampled_from([LOWEST, LOWEST + 1, HIGHEST, HIGHEST - 1, 0, -1, 2**53 + 1, -(2**53) - 1]),
    st.integers(LOWEST, HIGHEST),
)
DOUBLES = st.one_of(
    st.sampled_from([5e-324, -0.0, 1.7976931348623157e308, 2.0**53 - 1, 2.0**53, 2.0**53 + 2]),
    st.floats(allow_nan=False, allow_infinity=False),
)
CHARACTERS = st.characters(codec="utf-8")
PIECES = st.one_of(
    st.text(CHARACTERS, max_size=8),
    st.sampled_from(
        ["\0", "a", "é", "😀", "\U0010ffff", "/", "\\", "-", "10.5072/", "1", ")", "K"]
    ),
)
STRINGS = st.builds(
    lambda piece, times, more: piece * times + more,
    PIECES,
    st.sampled_from([1, 2, 300, 1_001, 16_400, 65_530, 65_531]),
    PIECES,
).filter(lambda text: len(text.encode()) < 300_000)

# What is deeper is refused, and so is no matter of this law.
LOCATIONS = STRINGS.filter(
    lambda text: sum(map(text.count, SEPARATORS)) < BodyLimits().documents.path_depth
)

UNKNOWN: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(LOWEST, 2**64 - 1), DOUBLES, STRINGS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(PIECES, inner, max_size=2)
    ),
    max_leaves=3,
)
# Not what is repeated of datasets and files, which is another test's.
DATAFILES = st.fixed_dictionaries(
    {"name": STRINGS},
    optional={
        "location": LOCATIONS,
        "description": STRINGS,
        "datafileFormat.name": STRINGS,
        "fileSize": IDS,
        "date": IDS,
        "dataset.id": IDS,
        "unknown": UNKNOWN,
        "": UNKNOWN,
    },
)
PARAMETERS = st.fixed_dictionaries(
    {"datafile.id": IDS},
    optional={
        "stringValue": STRINGS,
        "type.name": STRINGS,
        "type.units": STRINGS,
        "numericValue": DOUBLES,
        "dateTimeValue": IDS,
    },
)

Documents = Mapping[int, Document]
NAMES = {"Datafile": ("name", "fileSize", "id"), "DatafileParameter": ()}


def created(entity: str, documents: Documents) -> list[dict[str, Any]]:
    return [
        {"create": {"_index": entity, "_id": id_, "doc": {"id": id_, **document}}}
        for id_, document in documents.items()
    ]


def searching(service: EmbeddedService, matching: str) -> Searching:
    reader = EmbeddedReader(FACETABLE, SEPARATORS, service.writer.view)
    return Searching(Searcher(reader, reading(matching), Units()))


def ids(pages: Iterable[Page]) -> list[int]:
    return [id_ for page in pages for id_ in page.ids]


def in_order(documents: Documents, field: str) -> list[int]:
    """The ids as they are sorted, by what a column holds."""

    def key(id_: int) -> tuple[object, ...]:
        value = id_ if field == "id" else documents[id_].get(field)
        if isinstance(value, str):
            return (True, value[:1_000], id_)
        return (value is not None, value or 0, id_)

    return sorted(documents, key=key)


def check(service: EmbeddedService, datafiles: Documents, parameters: Documents) -> None:
    for entity, documents in (("Datafile", datafiles), ("DatafileParameter", parameters)):
        assert service.found(entity) == {
            id_: {"id": id_, **document, **units_of(service.found(entity)[id_])}
            for id_, document in documents.items()
        }
    found = searching(service, PEER)
    assert found.search("Datafile", {}).ids == sorted(datafiles)
    for field in NAMES["Datafile"]:
        for built in (False, True):
            pages = walk(found, "Datafile", {}, {field: "asc"}, 1, built=built)
            assert ids(pages) == in_order(datafiles, field)
    for id_, document in datafiles.items():
        by_id = {"filter": {"Datafile.id": {"from": id_, "to": id_}}}
        assert found.search("Datafile", by_id).ids == [id_]
        size = document.get("fileSize")
        if size is not None:
            by_size = {"filter": {"Datafile.fileSize": {"from": size, "to": size}}}
            assert id_ in found.search("Datafile", by_size).ids
    people = searching(service, PEOPLE)
    for document in datafiles.values():
        with suppress(BadRequest):  # a text that is no query, which the caller is told
            people.search("Datafile", {"text": document["name"][:200]})
    counted(found, parameters)


def units_of(document: Document) -> Document:
    return {name: value for name, value in document.items() if name.endswith("SI")}


def counted(found: Searching, parameters: Documents) -> None:
    of_files = {
        "datafile.id": sorted({document["datafile.id"] for document in parameters.values()})
    }
    for field in ("stringValue", "type.name"):
        values = [document.get(field) or "" for document in parameters.values()]
        labels = {value for value in values if 0 < len(value.encode()) <= 65_530}
        facets = found.facets("DatafileParameter", of_files, [{"dimension": field}])
        assert set(facets[field]["buckets"]) == labels
        for value in {*values} - {""}:
            counts = found.facets("DatafileParameter", {field: value}, [AROUND])
            assert total(counts) == values.count(value)
    counts = found.facets("DatafileParameter", of_files, [AROUND])
    assert total(counts) == len(parameters)


AROUND: Mapping[str, Any] = {
    "dimension": "datafile.id",
    "ranges": [
        {"key": "low", "to": LOWEST},
        {"key": "below", "from": LOWEST, "to": 0},
        {"key": "above", "from": 0, "to": HIGHEST},
        {"key": "high", "from": HIGHEST},
    ],
}


def total(facets: Mapping[str, Any]) -> int:
    buckets = facets["datafile.id"]["buckets"]
    assert buckets["low"]["doc_count"] == 0
    return sum(bucket["doc_count"] for bucket in buckets.values())


EXTREME_FILES = {
    LOWEST: {"name": "a" * 70_000, "fileSize": LOWEST, "date": LOWEST, "location": "d/" * 5_000},
    HIGHEST: {"name": "a" * 70_001, "fileSize": HIGHEST, "unknown": {"": [None, "\0"]}},
    0: {"name": "", "fileSize": 0, "": "u" * 70_000},
}
EXTREME_VALUES = {
    LOWEST: {"datafile.id": LOWEST, "stringValue": "é" * 40_000, "numericValue": 5e-324},
    HIGHEST: {"datafile.id": HIGHEST, "type.name": "b" * 80_000, "type.units": "K" * 100_000},
    0: {"datafile.id": 0, "stringValue": "short", "dateTimeValue": HIGHEST},
}


@settings(max_examples=25)
@given(
    st.dictionaries(IDS, DATAFILES, max_size=3),
    st.dictionaries(IDS, PARAMETERS, min_size=1, max_size=3),
)
@example(EXTREME_FILES, EXTREME_VALUES)
def test_what_is_accepted_is_committed_searched_counted_and_replayed(
    datafiles: Documents, parameters: Documents
) -> None:
    operations = created("Datafile", datafiles) + created("DatafileParameter", parameters)
    with TemporaryDirectory() as root:
        service = EmbeddedService(Path(root), width=2**40)
        send(service, operations)
        service.changes.commit()
        check(service, datafiles, parameters)
        send(service, [*operations, *dataset_of(datafiles)])  # acknowledged, not committed
        service.crash()
        datafiles = {
            id_: {**document, **({"dataset.name": "d"} if "dataset.id" in document else {})}
            for id_, document in datafiles.items()
        }
        check(service, datafiles, parameters)
        service.end()


def dataset_of(datafiles: Documents) -> list[dict[str, Any]]:
    """What all of the files repeat the name of."""
    datasets = {f["dataset.id"] for f in datafiles.values() if "dataset.id" in f}
    return created("Dataset", {id_: {"name": "d"} for id_ in datasets})


def send(service: EmbeddedService, operations: Sequence[Mapping[str, Any]]) -> None:
    service.changes.modify(read_operations(orjson.dumps(operations), BodyLimits()))
