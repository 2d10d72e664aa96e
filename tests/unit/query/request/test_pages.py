"""Where a page begins and ends, as it travels."""

from typing import Any

import pytest

from search_service.catalogue.entities import DATAFILE, DATASET, INVESTIGATION
from search_service.catalogue.model import Entity, Join
from search_service.errors import BadRequest
from search_service.query.order import Cursor, Order, SortKey
from search_service.query.request.pages import (
    first_rank,
    read_cursor,
    read_fields,
    read_order,
    write_cursor,
)
from search_service.query.request.shapes import JoinedFields

BY_NAME = Order((SortKey("name", descending=True),))
BY_DATE_AND_VALUE = Order((SortKey("date", descending=False), SortKey("numericValue", True)))


def after(*fields: Any, **others: Any) -> dict[str, Any]:
    return {"doc": 7, "shardIndex": 0, "fields": list(fields), **others}


def test_the_order_of_the_keys_is_the_precedence() -> None:
    assert read_order({"name": "desc", "date": "asc"}).keys == (
        SortKey("name", descending=True),
        SortKey("date", descending=False),
    )
    assert read_order({}).by_relevance


@pytest.mark.parametrize(
    ("sort", "told"),
    [
        ([], "'sort' should be an object, but is an array"),
        ({"title": "asc"}, "Hits cannot be sorted by title"),
        ({"name": "up"}, "Sort order must be 'asc' or 'desc' but it was 'up'"),
        ({"name": "ASC"}, "but it was 'ASC'"),
        ({"name": ""}, "but it was"),
        ({"name": 1}, "but it was '1'"),
        ({"name": ["asc"]}, "but it was 'an array'"),
    ],
)
def test_another_order_is_told(sort: Any, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_order(sort)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("order", "search_after", "cursor"),
    [
        pytest.param(Order(), after(1.25, 9, score=1.25), Cursor((1.25,), 9, 7), id="by-relevance"),
        pytest.param(Order(), after(1, 9), Cursor((1.0,), 9, 7), id="a-score-without-fraction"),
        pytest.param(BY_NAME, after("a", 9), Cursor(("a",), 9, 7), id="by-a-string"),
        pytest.param(BY_NAME, after(None, 9), Cursor((None,), 9, 7), id="a-hit-without-the-field"),
        pytest.param(
            BY_DATE_AND_VALUE, after(5.0, 2, 9), Cursor((5, 2.0), 9, 7), id="by-several-numbers"
        ),
        pytest.param(BY_NAME, after("a", 9, doc=-1), Cursor(("a",), 9, None), id="no-such-rank"),
    ],
)
def test_a_cursor(order: Order, search_after: Any, cursor: Cursor) -> None:
    assert read_cursor(search_after, order) == cursor


@pytest.mark.parametrize(
    ("order", "search_after", "told"),
    [
        (BY_NAME, [1], "'search_after' should be an object"),
        (BY_NAME, {}, "'search_after' has no 'doc'"),
        (BY_NAME, {"doc": 1, "shardIndex": 0}, "'search_after' has no 'fields'"),
        (BY_NAME, after("a", 9, doc="a"), "'search_after.doc' should be a 64-bit integer"),
        (BY_NAME, after("a", 9, shardIndex=None), "'search_after.shardIndex' should be"),
        (BY_NAME, after(1), "the sort fields and the id, 2 in all, but has 1"),
        (Order(), after(1, 2, 3), "2 in all, but has 3"),
        (BY_NAME, after("a", None), "The id in 'search_after.fields' should be a 64-bit integer"),
        (BY_NAME, after(5, 9), "The value of name in 'search_after.fields' should be a string"),
        (BY_NAME, after(["a"], 9), "should be a string, but is an array"),
        (Order(), after(None, 9), "The score in 'search_after.fields' should be a number"),
        (BY_DATE_AND_VALUE, after("a", 2, 9), "The value of date in 'search_after.fields' should"),
        (BY_DATE_AND_VALUE, after(1.5, 2, 9), "should be a 64-bit integer, but is 1.5"),
        (BY_DATE_AND_VALUE, after(1, "b", 9), "should be a number, but is b"),
    ],
)
def test_another_cursor_is_told(order: Order, search_after: Any, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_cursor(search_after, order)
    assert told in str(refused.value)


def test_what_is_written_is_what_is_read() -> None:
    written = write_cursor(Order(), 1.25, (), 9, 7)
    assert written == {"doc": 7, "shardIndex": 0, "score": 1.25, "fields": [1.25, 9]}
    assert read_cursor(written, Order()) == Cursor((1.25,), 9, 7)
    written = write_cursor(BY_DATE_AND_VALUE, None, (None, 2.5), 9, 7)
    assert written == {"doc": 7, "shardIndex": 0, "fields": [None, 2.5, 9]}
    assert read_cursor(written, BY_DATE_AND_VALUE) == Cursor((None, 2.5), 9, 7)


def test_a_page_goes_on_counting_where_the_one_before_ended() -> None:
    assert first_rank(None) == 0
    assert first_rank(Cursor((), 9, 7)) == 8
    assert first_rank(Cursor((), 9, None)) == 0


# ── fields ────────────────────────────────────────────────────────────────────────────────────────


def test_fields_of_the_hits_and_of_what_joins_to_them() -> None:
    own, joined = read_fields(
        INVESTIGATION,
        ["id", "id", "title", "InvestigationUser user.name", "investigationuser user.fullName"],
    )
    assert own == {"id", "title"}
    assert joined == (
        JoinedFields(
            "investigationuser",
            "InvestigationUser",
            Join("Investigation", by="investigation.id"),
            frozenset({"user.name", "user.fullName"}),
        ),
    )


@pytest.mark.parametrize(
    ("entity", "name", "by", "on"),
    [
        pytest.param(INVESTIGATION, "InvestigationParameter", "investigation.id", "id", id="own"),
        pytest.param(INVESTIGATION, "Sample", "sample.investigation.id", "id", id="samples"),
        pytest.param(INVESTIGATION, "InvestigationSample", "investigation.id", "id", id="of-7"),
        pytest.param(DATASET, "DatasetParameter", "dataset.id", "id", id="by-the-hit"),
        pytest.param(
            DATAFILE, "InvestigationUser", "investigation.id", "investigation.id", id="by-its-visit"
        ),
        pytest.param(
            DATASET, "Sample", "sample.investigation.id", "investigation.id", id="samples-too"
        ),
        pytest.param(DATAFILE, "Dataset", "id", "dataset.id", id="its-parent"),
        pytest.param(DATASET, "SampleParameter", "sample.id", "sample.id", id="by-its-sample"),
    ],
)
def test_how_fields_are_joined(entity: Entity, name: str, by: str, on: str) -> None:
    _, (joined,) = read_fields(entity, [f"{name} id"])
    assert joined.join is not None
    assert (joined.join.by, joined.join.on) == (by, on)


def test_what_does_not_join_is_asked_for_in_vain() -> None:
    _, joined = read_fields(DATASET, ["DatafileParameter id", "Nonsense id"])
    assert [(fields.key, fields.join) for fields in joined] == [
        ("datafileparameter", None),
        ("nonsense", None),
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("id", "'fields' should be an array, but is id"),
        ([1], "An entry of 'fields' should be a string, but is 1"),
        (["a b c"], "The field a b c should be a field, or an entity and a field with one space"),
        (["a  b"], "with one space between"),
    ],
)
def test_other_fields_are_told(fields: Any, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_fields(DATASET, fields)
    assert told in str(refused.value)
