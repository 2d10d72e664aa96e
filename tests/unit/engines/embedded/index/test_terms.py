"""Values longer than a term may be, in all that is done with documents."""

import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import process_time

import pytest

from analyzers import SEPARATORS, Synonyms, Units
from search_service.engines.base import Document
from search_service.engines.documents.encode import Encoder
from search_service.engines.documents.long_terms import is_label
from search_service.engines.embedded.index.format import TantivyFormat
from search_service.engines.embedded.index.terms import LONGEST, term_of
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.workers.searching.searcher import Searcher
from tests.support.embedded_service import FACETABLE, EmbeddedService
from tests.support.searching import PEER, Searching, reading, walk
from tests.support.service import create

MANY_SECONDS = 20  # what is quadratic takes minutes


@pytest.fixture
def service(tmp_path: Path) -> Iterator[EmbeddedService]:
    service = EmbeddedService(tmp_path, width=1000)
    yield service
    service.end()


def committed(service: EmbeddedService, entity: str, *documents: Document) -> Searching:
    service.changes.modify([create(entity, id_, document) for id_, document in numbered(documents)])
    service.changes.commit()
    return searching(service)


def numbered(documents: tuple[Document, ...]) -> list[tuple[int, Document]]:
    return [(id_, {"id": id_, **document}) for id_, document in enumerate(documents, 1)]


def searching(service: EmbeddedService) -> Searching:
    reader = EmbeddedReader(FACETABLE, SEPARATORS, service.writer.view)
    return Searching(Searcher(reader, reading(PEER), Units()))


def counted(found: Searching, entity: str, query: Mapping[str, str], field: str) -> list[int]:
    """Which of the numbers from 0 to 9 the field of matching documents has, as facets say."""
    ranges = [{"key": str(n), "from": n, "to": n + 1} for n in range(10)]
    facets = found.facets(entity, query, [{"dimension": field, "ranges": ranges}])
    buckets = facets[field]["buckets"]
    return [int(key) for key, bucket in buckets.items() if bucket["doc_count"]]


@pytest.mark.parametrize(
    ("value", "is_too_long"),
    [
        pytest.param("a" * LONGEST, False, id="the-longest"),
        pytest.param("a" * (LONGEST + 1), True, id="a-byte-too-long"),
        pytest.param("é" * (LONGEST // 2), False, id="bytes-count-not-characters"),
        pytest.param("é" * (LONGEST // 2 + 1), True, id="a-character-too-long"),
        pytest.param("", False, id="empty"),
    ],
)
def test_a_value_is_its_own_term_up_to_a_length(value: str, is_too_long: bool) -> None:
    term = term_of(value)
    assert (term != value) is is_too_long
    assert is_label(term) is not is_too_long
    assert len(term.encode()) <= LONGEST


@pytest.mark.parametrize("field", ["stringValue", "type.name"])
@pytest.mark.parametrize("letter", ["a", "é", "😀"])
def test_a_value_too_long_for_a_label_is_found_and_no_label(
    service: EmbeddedService, field: str, letter: str
) -> None:
    long, other = f"{letter * 30_000} {letter * 30_000} long", f"{letter * 70_000} other"
    found = committed(
        service,
        "DatafileParameter",
        {field: long, "datafile.id": 1},
        {field: other, "datafile.id": 2},
        {field: "short", "datafile.id": 3},
    )
    labels = found.facets("DatafileParameter", {}, [{"dimension": field}])[field]["buckets"]
    assert set(labels) == {"short"} | ({long} if letter == "a" else set())
    for value, id_ in ((long, 1), (other, 2)):
        assert counted(found, "DatafileParameter", {field: value}, "datafile.id") == [id_]


def test_names_are_sorted_by_their_beginnings_and_pages_follow_on(service: EmbeddedService) -> None:
    names = ["b", "a" * 80_000, "a" * 70_000 + "b", "a" * 1_000, "a" * 999]
    found = committed(service, "Datafile", *({"name": name} for name in names))
    for built in (False, True):
        for order, ids in (("asc", [5, 2, 3, 4, 1]), ("desc", [1, 2, 3, 4, 5])):
            pages = walk(found, "Datafile", {}, {"name": order}, 1, built=built)
            assert [id_ for page in pages for id_ in page.ids] == ids


def test_long_paths_components_and_unknown_fields_are_found(service: EmbeddedService) -> None:
    component = "c" * 70_000
    directory = f"/data/{component}/below"
    found = committed(
        service,
        "Datafile",
        {"location": f"{directory}/{component}.nxs", "unknown": "u" * 70_000},
        {"location": f"/data/{component}d/x.nxs", "unknown": "u" * 70_001},
    )
    for text, ids in (
        (f'location.exact:"{directory}"', [1]),
        (f'location.exact:"{directory}/{component}.nxs"', [1]),
        (f"location:{component}", [1]),
        (f"location:{component}d", [2]),
        (f"location.fileName:{component}", [1]),
        ("location.fileName:nxs", [1, 2]),
    ):
        assert found.search("Datafile", {"text": text}).ids == ids, text[:40]
    for length, id_ in ((70_000, 1), (70_001, 2)):
        assert counted(found, "Datafile", {"unknown": "u" * length}, "id") == [id_]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("location", "/".join(map(str, range(100_000))), id="directories"),
        pytest.param("location", "/" * 500_000, id="separators"),
        pytest.param("name", "a-" * 150_000, id="hyphens"),
        pytest.param("name", "10.5072/" + ")" * 300_000, id="brackets-after-a-doi"),
        pytest.param("name", "10.5072/" + "(" * 300_000, id="brackets-that-open"),
        pytest.param("name", "10.1234." * 30_000, id="numbers-and-dots"),
        pytest.param("description", "a" * 300_000, id="one-word"),
    ],
)
def test_what_a_value_takes_grows_with_its_length_and_no_faster(field: str, value: str) -> None:
    encoder = Encoder("Datafile", FACETABLE, Synonyms.builtin(), SEPARATORS, TantivyFormat())
    started = process_time()
    line = encoder.line(1, {"id": 1, field: value})
    assert process_time() - started < MANY_SECONDS
    assert len(line) < 20 * len(value)


def test_long_values_are_not_remembered() -> None:
    encoder = Encoder("Datafile", FACETABLE, Synonyms.builtin(), SEPARATORS, TantivyFormat())

    def encode(number: int) -> None:
        name = f"a{number}-" * 4_000
        encoder.line(1, {"dataset.name": name, "sample.name": name, "location": f"{name}/" * 5})

    encode(0)
    tracemalloc.start()
    for number in range(1, 20):
        encode(number)
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert left < 200_000  # all of the values are ten times as long
