"""A guessed bound leaves out most hits and keeps the wanted ones, and is not looked for in vain."""

import pytest
import tantivy

from search_service.engines.embedded.search.pages.bounds import (
    EFFORT,
    Bound,
    Column,
    Effort,
    Stretch,
    estimate,
    guessed_bound,
)
from search_service.engines.embedded.search.pages.hits import lowest_ids
from search_service.engines.embedded.search.slice import Slice
from tests.support.sampled import sampled_slice, spread

DOCUMENTS = 6_000
EAGER = Effort(few=0, sampled=50, read=50, many=500)
EVERYTHING = tantivy.Query.all_query()
WANTED = 50


@pytest.fixture(scope="module")
def slice_(tmp_path_factory: pytest.TempPathFactory) -> Slice:
    return sampled_slice(tmp_path_factory.mktemp("slice"), spread(DOCUMENTS), 6, deleted=9).slice


def number(name: str, *, descending: bool = False) -> Column:
    return Column(name, name, False, descending)


def text(name: str, *, descending: bool = False) -> Column:
    return Column(name, f"_sort.{name}", True, descending)


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(number("date"), id="as-the-ids"),
        pytest.param(number("date", descending=True), id="as-the-ids-from-the-end"),
        pytest.param(number("fileSize", descending=True), id="skewed"),
        pytest.param(text("name", descending=True), id="strings"),
    ],
)
def test_a_bound_leaves_somewhat_more_hits_than_wanted(slice_: Slice, column: Column) -> None:
    bound = guessed_bound(slice_, EVERYTHING, column, WANTED, EAGER)
    assert bound is not None
    left = slice_.count(Stretch(upto=bound.value).of(slice_, EVERYTHING, column))
    assert WANTED < left < 20 * WANTED


@pytest.mark.parametrize("column", [number("fileSize"), number("fileCount"), text("name")], ids=str)
def test_a_bound_that_many_hits_share_says_so(slice_: Slice, column: Column) -> None:
    bound = guessed_bound(slice_, EVERYTHING, column, WANTED, EAGER)
    assert bound is not None
    assert bound.is_shared is (column.name != "name")


def test_a_bound_is_the_string_and_not_its_key(slice_: Slice) -> None:
    query = slice_.within("_sort.name", "scan_", None)
    bound = guessed_bound(slice_, query, text("name"), WANTED, EAGER)
    assert isinstance(bound, Bound)
    assert str(bound.value).startswith("scan_0")


@pytest.mark.parametrize(
    ("column", "effort"),
    [
        pytest.param(number("date"), EFFORT, id="few-documents"),
        pytest.param(number("dataset.id"), EAGER, id="few-values"),
        pytest.param(number("sample.id"), EAGER, id="no-values"),
    ],
)
def test_no_bound_is_guessed_for(slice_: Slice, column: Column, effort: Effort) -> None:
    assert guessed_bound(slice_, EVERYTHING, column, WANTED, effort) is None


def test_few_hits_of_all_are_sorted_by_a_number_as_they_are(slice_: Slice) -> None:
    query = slice_.within("date", None, 500_000)
    assert guessed_bound(slice_, query, number("fileSize"), 5, EAGER) is None


def test_how_many_match_is_told_by_a_sample(slice_: Slice) -> None:
    rare = tantivy.Query.term_query(slice_.schema, "description", "rare")
    assert estimate(slice_, rare, EAGER) == pytest.approx(slice_.count(rare), rel=0.4)
    assert estimate(slice_, rare, EFFORT) == slice_.documents


def test_the_lowest_ids_of_many_are_found_range_by_range(slice_: Slice) -> None:
    found = [hit.id for hit in lowest_ids(slice_, EVERYTHING, 1_000, 700, EAGER)]
    assert found == [hit.id for hit in lowest_ids(slice_, EVERYTHING, 1_000, 700)]
    assert len(found) == 700
