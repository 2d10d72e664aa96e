"""The address of the search page holds all that it asks."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.catalogue.model import Entity
from search_service.errors import BadRequest
from search_service.http.pages.search_form import (
    MOST_NARROWINGS,
    SearchForm,
    facets_of,
    in_words,
    read_form,
    searched,
    sorts_of,
)
from search_service.query.request.front_ends import read_search

FACETS = FACETABLE_BY_DEFAULT


def read(address: str) -> SearchForm:
    return read_form(parse_qsl(urlsplit(address).query), FACETS)


def test_without_anything_it_asks_for_all_that_is_public() -> None:
    form = read("/")
    assert (form.entity, form.user, form.public, form.text) == (searched()[0], "", True, "")


@pytest.mark.parametrize(
    "address",
    [
        "/?entity=dataset&q=neutron+%22a+b%22",
        "/?entity=dataset&user=db%2Fada&public=1&q=a&sort=startDate%3Adesc",
        "/?entity=datafile&user=ada&f=Datafile.datafileFormat.name%3ANeXus%3A+1",
        "/?entity=dataset&f=DatasetTechnique.technique.name%3ASAXS&cursor=abc&before=10&why=7",
    ],
)
def test_an_address_is_read_as_it_was_written(address: str) -> None:
    form = read(address)
    kept = {"cursor": form.cursor, "before": form.before, "why": form.why}
    assert read(form.address(**kept)) == form
    assert parse_qsl(urlsplit(form.address(**kept)).query) == parse_qsl(urlsplit(address).query)


@given(st.lists(st.tuples(st.sampled_from(["entity", "user", "q", "sort", "f", "why"]), st.text())))
def test_whatever_an_address_says_the_request_is_one_that_can_be_read(
    pairs: list[tuple[str, str]],
) -> None:
    form = read_form(pairs, FACETS)
    asked = read_search(form.request(facets_of(form.entity, FACETS)))
    assert asked.entity == form.entity


def test_a_page_is_narrowed_by_few_labels_as_each_has_a_link_with_all_others() -> None:
    labels = [("f", f"Dataset.type.name:{n}") for n in range(MOST_NARROWINGS)]
    assert len(read_form([("entity", "dataset"), *labels], FACETS).narrowings) == len(labels)
    with pytest.raises(BadRequest, match="at most, and not by 51"):
        read_form([("entity", "dataset"), *labels, ("f", "Dataset.type.name:one more")], FACETS)


def test_labels_of_a_field_are_alternatives_and_of_what_joins_all_are_met() -> None:
    form = read(
        "/?entity=dataset&f=Dataset.type.name:raw&f=Dataset.type.name:processed"
        "&f=DatasetTechnique.technique.name:a&f=DatasetTechnique.technique.name:b"
    )
    condition = {"field": "technique.name", "value": "a"}
    assert form.conditions()["filter"] == {
        "Dataset.type.name": ["raw", "processed"],
        "DatasetTechnique": [{"filter": [condition]}, {"filter": [{**condition, "value": "b"}]}],
    }
    assert read(form.without(form.narrowings[0])).narrowings == form.narrowings[1:]


def test_another_search_begins_with_its_first_page() -> None:
    form = read("/?entity=dataset&q=a&cursor=abc&before=10")
    assert "cursor" not in form.address(text="b")
    assert "before" not in form.address(text="b")


@pytest.mark.parametrize("entity", searched(), ids=lambda entity: entity.name)
def test_every_order_that_is_offered_is_taken(entity: Entity) -> None:
    for sort, _ in sorts_of(entity):
        form = SearchForm(entity, sort=sort)
        assert read_search(form.request(())).order.keys


def test_names_are_told_in_words() -> None:
    assert in_words("datafileFormat.name") == "datafile format"
