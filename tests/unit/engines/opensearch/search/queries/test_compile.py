"""A tree finds in the cluster what it finds by looking at every document."""

from collections.abc import Iterator
from typing import Any

import pytest

from search_service.engines.base import Reader
from search_service.errors import BadRequest
from search_service.query.id_set import HIGHEST, LOWEST, IdSet
from search_service.query.order import Order
from search_service.query.tree import (
    ANY,
    ONE,
    Bool,
    Boost,
    Characters,
    Constant,
    Everything,
    Exact,
    ExactWildcard,
    Exists,
    Fuzzy,
    Nothing,
    NumberRange,
    Numbers,
    PartFuzzy,
    PartPatterns,
    Parts,
    PartWildcard,
    Phrase,
    Query,
    SynonymGroup,
    SynonymTerm,
    Term,
    Wildcard,
    WordRange,
    children,
)
from tests.support.dict_engine import DictReader
from tests.support.opensearch.indices import Indices

pytestmark = pytest.mark.opensearch


def _datafile(id_: int, name: str, location: str, **others: Any) -> dict[str, Any]:
    return {"id": id_, "name": name, "location": f"{location}{name}", **others}


DATAFILES = {
    row["id"]: row
    for row in (
        _datafile(1, "scan_0001.h5", "/dls/i22/", description="dark scan of silicon"),
        _datafile(2, "scan_0002.h5", "/dls/i22/raw/", description="scan of a dark flat"),
        _datafile(3, "SCAN-17.nxs", "\\inst$\\NDX\\a b\\", description="temperature scan scan"),
        _datafile(4, "flat*x?.tif", "/dls/i2/", fileSize=7, **{"dataset.id": 3}),
        _datafile(5, "run12_a.tif", "/dls/процесс/", fileSize=HIGHEST, **{"dataset.id": 4}),
        _datafile(6, "line\u2003break", "/dls/i22/raw/", fileSize=LOWEST),
        _datafile(7, "x", "/", **{"datafileFormat.name": "NeXus", "nobody.knows": "a b"}),
        _datafile(8, "y", "C:\\", **{"datafileFormat.name": "HDF5", "dataset.name": "the of and"}),
        _datafile(-9, "scans", "/dls/i22/raw2/", fileSize=-4, **{"dataset.name": "the scan"}),
        {"id": 10},
    )
}
ENTITIES = {"Datafile": DATAFILES}


@pytest.fixture(scope="module", params=[1, 3], ids=["one-shard", "three-shards"])
def reader(request: pytest.FixtureRequest, indices: Indices) -> Iterator[Reader]:
    with indices.of(ENTITIES, shards=request.param) as made:
        yield made.reader()


@pytest.fixture(scope="module")
def oracle() -> DictReader:
    return DictReader(ENTITIES)


SCAN, DARK = Term("name", "scan"), Term("description", "dark")
WHOLE, LETTERS = "location.exact", Characters.LETTERS

LEAVES: list[Query] = [
    Everything(),
    Nothing(),
    SCAN,
    Term("description", "dark"),
    Term("name", "nobody says this"),
    Term("location", "i22"),
    Term("location", "a b"),
    Term("location.fileName", "h5"),
    Term("location.fileName", "line\u2003break"),
    Term(WHOLE, "/dls/i22/raw"),
    Term(WHOLE, "/dls/i22/scan_0001.h5"),
    Term("fileSize", "7"),
    Term("nobody.knows", "a"),
    Phrase("description", ((0, "dark"), (1, "scan"))),
    Phrase("description", ((0, "scan"), (3, "dark"))),
    Phrase("description", ((3, "dark"), (0, "scan"))),
    Phrase("description", ((0, "scan"), (1, "dark")), 2),
    Phrase("location", ((0, "ndx"), (1, "a b"))),
    SynonymGroup("description", ("dark", "flat")),
    SynonymTerm("description", "si"),
    Parts("name", ("0001",)),
    Parts("name", ("scan", "0002")),
    Parts("name", ("0002", "scan")),
    PartWildcard(("name",), ("00", ANY)),
    PartWildcard(("name", "description"), (ANY, "1", ONE)),
    PartPatterns("name", ((("sc", ANY), LETTERS), ((ANY, "1"), Characters.DIGITS))),
    PartPatterns("name", ((("run",), LETTERS), ((ONE, "2"), Characters.DIGITS))),
    PartFuzzy("name", "scen", 1),
    PartFuzzy("name", "sn", 2),
    Wildcard("description", ("sc", ANY)),
    Wildcard("description", (ANY, "c", ONE, "n")),
    Wildcard("location", ("a ", ANY)),
    Wildcard("location", (ANY, "*x?", ANY)),
    Wildcard(WHOLE, (ANY, "i22")),
    Wildcard(WHOLE, ("/dls/i2", ONE)),
    Wildcard(WHOLE, ("\\inst$", ANY)),
    Wildcard(WHOLE, ("/dls/процес", ONE)),
    Fuzzy("description", "skan", 1),
    Fuzzy("description", "sacn", 1),
    Fuzzy("description", "fl", 2),
    WordRange("description", "d", "s"),
    WordRange("description", "dark", "scan", include_low=False, include_high=False),
    WordRange("description", None, None),
    WordRange("description", "z", "a"),
    WordRange(WHOLE, "/dls/i2", "/dls/i22/raw"),
    WordRange(WHOLE, "/dls/i2", "/dls/i22/raw", include_high=False),
    WordRange(WHOLE, "/dls/i22/raw", None, include_low=False),
    WordRange(WHOLE, None, "/dls"),
    Exact("datafileFormat.name", ("NeXus", "HDF5")),
    Exact("nobody.knows", ("a b", "c")),
    Exact("name", ("x",)),
    ExactWildcard("datafileFormat.name", ("N", ANY, "s")),
    ExactWildcard("datafileFormat.name", ("n", ANY)),
    NumberRange("fileSize", None, None),
    NumberRange("fileSize", -4.5, 7.5),
    NumberRange("fileSize", 1e300, None),
    NumberRange("id", None, 2),
    NumberRange("name", 1, 2),
    Numbers("id", (1, 2.0, 2.5)),
    Numbers("fileSize", IdSet.of([*range(-5, 3_000, 2), LOWEST, HIGHEST])),
    Numbers("dataset.id", IdSet.of([3, 4])),
    Numbers("dataset.id", ()),
    Exists("description"),
    Exists("fileSize"),
    Exists("id"),
]
TREES: list[Query] = [
    Bool(),
    Bool(must_not=(SCAN,)),
    Bool(must=(SCAN, DARK)),
    Bool(should=(SCAN, DARK, Nothing())),
    Bool(should=(SCAN, DARK), must_not=(Term("name", "0001"), Nothing())),
    Bool(must=(SCAN,), should=(DARK, Term("description", "flat"))),
    Bool(filter=(SCAN,), should=(DARK,)),
    Bool(must=(SCAN, Nothing())),
    Bool(should=(Bool(must=(SCAN,), filter=(DARK,)), Bool(should=(Bool(should=(DARK,)),)))),
    Bool(should=(Boost(SCAN, 3.0), Constant(DARK, 0.5), Boost(Constant(SCAN, 2.0), 2.0))),
    Constant(Bool(should=(SCAN, DARK, Term("name", "x"))), 4.0),
    Bool(must=(Everything(),), must_not=(Bool(should=(SCAN, DARK, Exists("fileSize"))),)),
]


@pytest.mark.parametrize("query", [*LEAVES, *TREES], ids=str)
def test_a_tree_finds(reader: Reader, oracle: DictReader, query: Query) -> None:
    wanted = {hit.id for hit in oracle.page("Datafile", query, Order(), None, 99)}
    assert {hit.id for hit in reader.page("Datafile", query, Order(), None, 99)} == wanted
    assert set(reader.values("Datafile", query, "id")) == wanted


@pytest.mark.parametrize("query", [leaf for leaf in LEAVES if not children(leaf)], ids=str)
def test_a_leaf_that_is_no_word_scores_one(
    reader: Reader, oracle: DictReader, query: Query
) -> None:
    if not isinstance(query, Term | Phrase | Parts | SynonymGroup | SynonymTerm | Fuzzy):
        # Beside a word, so that scores are asked for.
        page = reader.page(
            "Datafile", Bool(should=(query, Term("datafileFormat.name", "nexu"))), Order(), None, 99
        )
        found = {hit.id for hit in oracle.page("Datafile", query, Order(), None, 99)} - {7}
        assert {hit.score for hit in page if hit.id in found} <= {1.0}


@pytest.mark.parametrize("query", [leaf for leaf in LEAVES if isinstance(leaf, Fuzzy)], ids=str)
def test_a_word_that_is_spelled_nearly_so_scores_as_with_any_engine(
    reader: Reader, oracle: DictReader, query: Query
) -> None:
    wanted = {hit.id: hit.score for hit in oracle.page("Datafile", query, Order(), None, 99)}
    found = {hit.id: hit.score for hit in reader.page("Datafile", query, Order(), None, 99)}
    assert found == pytest.approx(wanted, rel=0.05)


def test_many_words_that_are_spelled_nearly_so_are_few_clauses(
    reader: Reader, oracle: DictReader
) -> None:
    query = Bool(should=tuple(Fuzzy("description", f"sca{n}", 2) for n in range(400)))
    wanted = {hit.id for hit in oracle.page("Datafile", query, Order(), None, 99)}
    assert {hit.id for hit in reader.page("Datafile", query, Order(), None, 99)} == wanted


def test_parts_score_as_the_rarest(reader: Reader) -> None:
    rare = reader.page("Datafile", Parts("name", ("0002",)), Order(), None, 9)
    together = reader.page("Datafile", Parts("name", ("scan", "0002")), Order(), None, 9)
    assert [hit.score for hit in together] == [hit.score for hit in rare]


@pytest.mark.parametrize(
    "query",
    [
        Wildcard("name", tuple(part for n in range(400) for part in (f"a{n}", ANY))),
        Wildcard(WHOLE, (ANY, "a", *[ONE] * 40, "b")),
        WordRange("name", "a" * 201, None),
    ],
    ids=["many-wildcards", "a-pattern-that-doubles", "a-long-end"],
)
def test_what_is_too_large_is_said(reader: Reader, query: Query) -> None:
    with pytest.raises(BadRequest):
        reader.page("Datafile", query, Order(), None, 9)
