"""Words that mean the same weigh as one that is as frequent as all of them."""

from collections.abc import Iterator

import pytest

from search_service.engines.base import Reader
from search_service.engines.rarity import inverse_document_frequency
from search_service.query.order import Order
from search_service.query.tree import Bool, SynonymGroup, SynonymTerm, Term
from tests.support.opensearch.indices import Indices

pytestmark = pytest.mark.opensearch

TEXTS = ["dark scan", "flat scan", "flat field", "other words", "more words", "silicon wafer"]


@pytest.fixture(scope="module", params=[1, 3], ids=["one-shard", "three-shards"])
def reader(request: pytest.FixtureRequest, indices: Indices) -> Iterator[Reader]:
    rows = {id_: {"id": id_, "description": text} for id_, text in enumerate(TEXTS, 1)}
    with indices.of({"Dataset": rows}, shards=request.param) as made:
        yield made.reader()


def scores(reader: Reader, query: SynonymGroup | SynonymTerm | Term) -> dict[int, float]:
    page = reader.page("Dataset", Bool(should=(query,)), Order(), None, 9)
    return {hit.id: hit.score or 0 for hit in page}


def test_each_word_weighs_as_all_together(reader: Reader) -> None:
    alone = scores(reader, Term("description", "dark"))[1]
    group = scores(reader, SynonymGroup("description", ("dark", "flat", "nowhere")))
    weight = inverse_document_frequency(len(TEXTS), 3) / inverse_document_frequency(len(TEXTS), 1)
    assert group[1] == pytest.approx(3 * weight * alone, rel=1e-3)
    assert group[1] == pytest.approx(group[2], rel=1e-3)


def test_a_synonym_beside_a_text_scores_by_its_rarity(reader: Reader) -> None:
    rarity = inverse_document_frequency(len(TEXTS), 1)
    assert scores(reader, SynonymTerm("description", "si")) == {6: pytest.approx(rarity, rel=1e-4)}
