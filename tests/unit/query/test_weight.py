"""The bytes of queries: those of the words and ids that are in them."""

from search_service.query.id_set import IdSet
from search_service.query.tree import Bool, Boost, Exact, Numbers, Query, Term
from search_service.query.weight import weight


def test_words_count_by_their_length() -> None:
    assert weight(Term("title", "silk" * 1_000)) - weight(Term("title", "silk")) == 4 * 999


def test_ids_count_by_their_number() -> None:
    few, many = (Numbers("id", IdSet.of(range(count))) for count in (1, 1_001))
    assert weight(many) - weight(few) == 8 * 1_000
    assert weight(Exact("name", ("silk",) * 20_000)) > 20_000 * 4


def test_all_parts_of_a_tree_count_however_deep_it_is() -> None:
    deep: Query = Term("title", "silk")
    for _ in range(5_000):
        deep = Boost(deep, 2.0)
    assert weight(Bool(must=(deep, Term("title", "x")))) > 5_000 * 60
