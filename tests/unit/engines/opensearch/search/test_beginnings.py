"""Words and names that begin as somebody types."""

from collections.abc import Iterator

import pytest

from search_service.query.tree import Everything, NumberRange
from tests.support.dict_engine import DictReader
from tests.support.opensearch.indices import Indices, MadeIndices

pytestmark = pytest.mark.opensearch

TITLES = [
    "Neutron scattering of silicon wafers",
    "Neutrons and neutrinos of silicon",
    "Of silicates (and sili.con)",
    "The silicon [wafer] * again",
    "silk",
]
NAMES = ["INV 1", "INV 2", "inv 3", "INV_4 *", "INV", "Ünder", "INW"]
DOCUMENTS = {
    "Investigation": {
        n: {"id": n, "title": TITLES[n % len(TITLES)], "name": name}
        for n, name in enumerate(NAMES, 1)
    }
}


@pytest.fixture(scope="module", params=[1, 3], ids=["one-shard", "three-shards"])
def made(request: pytest.FixtureRequest, indices: Indices) -> Iterator[MadeIndices]:
    with indices.of(DOCUMENTS, shards=request.param) as made:
        yield made


@pytest.mark.parametrize(
    "query", [None, Everything(), NumberRange("id", 2, 4)], ids=["no-query", "all", "some"]
)
@pytest.mark.parametrize("beginning", ["", "s", "sil", "silicon", "neutr", "x", "s.*", "[", '"'])
def test_words_that_begin_so_come_by_their_count(
    made: MadeIndices, beginning: str, query: Everything | NumberRange | None
) -> None:
    asked = ("Investigation", "title", beginning, query, 100)
    assert made.reader().words(*asked) == DictReader(DOCUMENTS).words(*asked)


def test_no_more_words_than_are_asked_for(made: MadeIndices) -> None:
    reader = made.reader()
    every = reader.words("Investigation", "title", "s", None, 100)
    assert reader.words("Investigation", "title", "s", None, 2) == every[:2]


def test_a_field_that_suggests_no_words_has_none(made: MadeIndices) -> None:
    assert made.reader().words("Investigation", "unheardOf", "s", None, 9) == []
    assert made.reader().words("Investigation", "startDate", "s", None, 9) == []
    assert made.reader().words("Investigation", "title", "s" * 5000, None, 9) == []


@pytest.mark.parametrize("beginning", ["", "INV", "INV ", "inv", "INV_4 *", "Ü", "I", "x"])
def test_names_that_begin_so_in_the_same_case(made: MadeIndices, beginning: str) -> None:
    asked = ("Investigation", "name", beginning, Everything(), 100)
    reader = made.reader()
    found = {hit.id for hit in reader.named(*asked)}
    assert found == {hit.id for hit in DictReader(DOCUMENTS).named(*asked)}
    some = {hit.id for hit in reader.named(*asked[:4], 2)}
    assert some <= found
    assert len(some) == min(2, len(found))


def test_a_field_that_is_not_sorted_by_has_no_names(made: MadeIndices) -> None:
    assert made.reader().named("Investigation", "unheardOf", "I", Everything(), 9) == []
