from pathlib import Path

import pytest

from search_service.catalogue import lookup
from search_service.engines.embedded.search.open_slices import OpenSlices
from search_service.engines.embedded.search.queries.known_words import KnownWords
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.search.slice import Slice
from search_service.engines.embedded.storage.view import View
from search_service.query.order import Order
from search_service.query.tree import Bool, Fuzzy, Parts, Phrase, SynonymGroup, Term
from search_service.query.weight import weight
from tests.support.shards import Documents, linked, shards_of

ENTITY = "Investigation"
QUERY = Bool(
    should=(
        Term("title", "rare"),
        Phrase("title", ((0, "many"), (1, "word"))),
        SynonymGroup("title", ("rare", "other")),
        Parts("title", ("rare",)),
        Fuzzy("title", "rarre", 1),
    )
)


def titles(first: int, rare: int) -> Documents:
    """100 documents, so many of them with the rare word."""
    return {
        first + n: {"id": first + n, "title": "rare many words" if n < rare else "many words"}
        for n in range(100)
    }


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> tuple[View, View]:
    """The second has more documents, in which the rare word is frequent."""
    directory = tmp_path_factory.mktemp("shards")
    first = tuple(shards_of(directory / "one", ENTITY, titles(0, 2), 1_000))
    second = tuple(shards_of(directory / "two", ENTITY, titles(1_000, 90), 1_000))
    return View(1, 1, {ENTITY: first}), View(2, 1, {ENTITY: (*first, *second)})


def scores(reader: EmbeddedReader) -> dict[int, float | None]:
    return {hit.id: hit.score for hit in reader.page(ENTITY, QUERY, Order(), None, 500)}


@pytest.mark.parametrize("slices", [1, 3])
def test_words_weigh_anew_when_documents_changed(
    tmp_path: Path, views: tuple[View, View], slices: int
) -> None:
    reader = linked(views[0], tmp_path, slices)
    for view in (*views, *reversed(views)):
        reader.see(view)
        assert scores(reader) == pytest.approx(scores(linked(view, tmp_path, slices)), rel=1e-6)
        assert scores(reader) == pytest.approx(scores(reader), rel=1e-6)


def test_words_are_known_of_a_slice_until_its_entity_changes(views: tuple[View, View]) -> None:
    one, other = OpenSlices(views[1]).of(lookup.entity(ENTITY).name)
    known = KnownWords()
    compiled = one.existing("id")
    known.of(one, 1).add(Term("title", "rare"), compiled)
    assert known.of(one, 1) == {Term("title", "rare"): compiled}
    assert known.of(other, 1) == {}
    assert known.of(one, 2) == {}


def test_what_is_too_much_is_forgotten(views: tuple[View, View]) -> None:
    slices: list[Slice] = OpenSlices(views[1]).of(ENTITY)
    known = KnownWords(most=10_000)
    for n in range(40):
        for slice_ in slices:
            known.of(slice_, 1).add(
                Term("title", f"{n}" * (1 + n % 2 * 1_000)), slice_.existing("id")
            )
    assert sum(sum(map(weight, known.of(slice_, 1))) for slice_ in slices) < 10_000
