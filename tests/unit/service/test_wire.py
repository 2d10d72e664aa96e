"""Bytes become shapes and shapes bytes; what cannot be read is told."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.catalogue.documents import Operation
from search_service.engines.base import Hit, Sources
from search_service.errors import BadRequest
from search_service.query.order import Cursor, Order, SortKey
from search_service.query.request.pages import read_cursor
from search_service.query.request.shapes import (
    Conditions,
    Dimension,
    FacetRequest,
    LabelRange,
    SearchRequest,
    ValueCondition,
)
from search_service.service.bodies import BodyLimits
from search_service.service.wire import (
    boolean_param,
    integer_param,
    read_documents,
    read_facets,
    read_operations,
    read_search,
    write_facets,
    write_hits,
)

PAGE = {"maxResults": "2"}

LIMITS = BodyLimits()


def body(value: Any) -> bytes:
    return orjson.dumps(value)


# ── searches ──────────────────────────────────────────────────────────────────────────────────────


def test_a_search_is_read() -> None:
    after = '{"doc": 7, "shardIndex": 0, "fields": ["a", 9]}'
    params = {"maxResults": "10", "sort": '{"name": "desc"}', "search_after": after}
    query = {"target": "Dataset", "text": "scan"}
    request = read_search("dataset", params, body({"query": query, "fields": ["id", "name"]}))
    assert request == SearchRequest(
        entity="Dataset",
        conditions=Conditions(text="scan"),
        limit=10,
        order=Order((SortKey("name", descending=True),)),
        after=Cursor(("a",), 9, 7),
        fields=frozenset({"id", "name"}),
    )


@pytest.mark.parametrize("nothing", [{}, {"sort": "", "search_after": ""}, {"sort": "{}"}])
def test_without_sort_hits_come_by_relevance(nothing: dict[str, str]) -> None:
    request = read_search("dataset", {**PAGE, **nothing}, body({"query": {}}))
    assert request == SearchRequest("Dataset", Conditions(), 2)
    assert request.order.by_relevance


@pytest.mark.parametrize(
    ("params", "sent", "told"),
    [
        (PAGE, b"", "The request has no body; it should be JSON"),
        (PAGE, b"zz", "The body is not JSON: "),
        (PAGE, b'{"query": {"lower": NaN}}', "The body is not JSON: "),
        (PAGE, b"\xff", "The body is not JSON: "),
        (PAGE, body([]), "The body should be an object, but is an array"),
        (PAGE, body({}), "The body has no 'query'"),
        (PAGE, body({"query": []}), "'query' should be an object, but is an array"),
        (PAGE, body({"query": {}, "fields": "id"}), "'fields' should be an array, but is id"),
        ({}, body({"query": {}}), "'maxResults' is missing in the query string"),
        ({"maxResults": "0"}, body({"query": {}}), "'maxResults' should be from 1 to 2147483647"),
        ({"maxResults": "-5"}, body({"query": {}}), "but is -5"),
        ({"maxResults": "9" * 20}, body({"query": {}}), "should be a 64-bit integer, but is 999"),
        ({"maxResults": "1.5"}, body({"query": {}}), "should be a 64-bit integer, but is 1.5"),
        ({"maxResults": "1_0"}, body({"query": {}}), "should be a 64-bit integer, but is 1_0"),
        ({**PAGE, "sort": "zz"}, body({"query": {}}), "'sort' is not JSON: "),
        ({**PAGE, "sort": "[]"}, body({"query": {}}), "'sort' should be an object"),
        ({**PAGE, "search_after": "zz"}, body({"query": {}}), "'search_after' is not JSON: "),
        ({**PAGE, "search_after": "{}"}, body({"query": {}}), "'search_after' has no 'doc'"),
    ],
)
def test_another_search_is_told(params: dict[str, str], sent: bytes, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_search("dataset", params, sent)
    assert told in str(refused.value)


# ── facets ────────────────────────────────────────────────────────────────────────────────────────


def test_a_facet_request_is_read() -> None:
    sent = body({"query": {"id": [1]}, "dimensions": [{"dimension": "type.name"}]})
    request = read_facets("dataset", {"maxResults": "100", "maxLabels": "5"}, sent)
    assert request == FacetRequest(
        "Dataset", (ValueCondition("id", (1,)),), (Dimension("type.name"),), 5
    )


@pytest.mark.parametrize(
    ("params", "labels"),
    [
        ({"maxResults": "1", "maxLabels": "5"}, 5),
        ({"maxResults": "0", "maxLabels": "5"}, 0),
        ({"maxResults": "5", "maxLabels": "-1"}, 0),
    ],
)
def test_without_dimensions_every_field_is_counted(params: dict[str, str], labels: int) -> None:
    assert read_facets("Nonsense", params, body({"query": {}})) == FacetRequest(
        "Nonsense", (), None, labels
    )


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"maxLabels": "5"}, "'maxResults' is missing in the query string"),
        ({"maxResults": "5"}, "'maxLabels' is missing in the query string"),
        ({"maxResults": "x", "maxLabels": "5"}, "'maxResults' should be a 64-bit integer"),
    ],
)
def test_another_facet_request_is_told(params: dict[str, str], told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        read_facets("dataset", params, body({"query": {}}))


# ── changes ───────────────────────────────────────────────────────────────────────────────────────


def test_operations_are_read_in_order() -> None:
    sent = [
        {"create": {"_index": "Dataset", "_id": 7, "doc": {"id": 7}}},
        {"update": {"_index": "dataset", "_id": 7.0, "doc": {}}},
        {"delete": {"_index": "Job", "_id": 7}},
    ]
    assert read_operations(body(sent), LIMITS) == [
        Operation("create", "Dataset", 7, {"id": 7}),
        Operation("update", "dataset", 7, {}),
        Operation("delete", "Job", 7, None),
    ]
    assert read_operations(b"[]", LIMITS) == []


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"create": {}}, "The body should be an array, but is an object"),
        ([1], "An operation should be an object, but is 1"),
        ([{}], "An operation should have one key, create, update or delete, but has 0"),
        ([{"create": {}, "delete": {}}], "but has 2"),
        (
            [{"Create": {}}],
            "An operation should be one of create, update and delete, but is Create",
        ),
        ([{"create": 7}], "The operation 'create' should be an object, but is 7"),
        ([{"create": {"_id": 1, "doc": {}}}], "The operation 'create' has no '_index'"),
        ([{"update": {"_index": "Dataset", "doc": {}}}], "The operation 'update' has no '_id'"),
        ([{"create": {"_index": "Dataset", "_id": 1}}], "The operation 'create' has no 'doc'"),
        ([{"delete": {"_index": "Dataset"}}], "The operation 'delete' has no '_id'"),
        ([{"delete": {"_index": 5, "_id": 1}}], "'delete._index' should be a string, but is 5"),
        ([{"delete": {"_index": "A", "_id": "1"}}], "'delete._id' should be a 64-bit integer"),
        ([{"create": {"_index": "A", "_id": 1, "doc": []}}], "'create.doc' should be an object"),
    ],
)
def test_other_operations_are_told(sent: Any, told: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_operations(body(sent), LIMITS)
    assert told in str(refused.value)


def test_documents_are_read() -> None:
    assert read_documents("Datafile", body([{"id": 1}, {}]), LIMITS) == [{"id": 1}, {}]


@pytest.mark.parametrize("sent", [b"", b"zz", body({"id": 1}), body([7])])
def test_other_documents_are_told(sent: bytes) -> None:
    with pytest.raises(BadRequest):
        read_documents("Datafile", sent, LIMITS)


# ── the query string ──────────────────────────────────────────────────────────────────────────────


def test_integers_and_flags_of_the_query_string() -> None:
    assert integer_param({"minId": "-5"}, "minId") == -5
    assert integer_param({}, "minId") is None
    assert boolean_param({"delete": "True"}, "delete")
    assert not boolean_param({}, "delete")


@pytest.mark.parametrize("written", ["", "x", " 5", "5 ", "+5", "٣", "1e3", "9" * 19])
def test_another_integer_is_told(written: str) -> None:
    with pytest.raises(BadRequest, match="'minId' should be a 64-bit integer"):
        integer_param({"minId": written}, "minId")


def test_another_flag_is_told() -> None:
    with pytest.raises(BadRequest, match="'delete' should be true or false, but is yes"):
        boolean_param({"delete": "yes"}, "delete")


# ── answers ───────────────────────────────────────────────────────────────────────────────────────


def request_of(fields: list[str], sort: str = "", after: str = "", limit: int = 2) -> SearchRequest:
    params = {"maxResults": str(limit), "sort": sort, "search_after": after}
    return read_search("dataset", params, body({"query": {}, "fields": fields}))


A, B = b'{"id":1,"name":"a","doi":"x"}', b'{"id":2}'


def test_hits_by_relevance_have_scores() -> None:
    hits = [Hit(1, 2.5, (), None), Hit(2, 1.25, (), None)]
    answer = orjson.loads(write_hits(request_of(["id", "name"]), hits, Sources([A, B])))
    assert answer == {
        "results": [
            {"_id": 0, "_shardIndex": 0, "_score": 2.5, "_source": {"id": 1, "name": "a"}},
            {"_id": 1, "_shardIndex": 0, "_score": 1.25, "_source": {"id": 2}},
        ],
        "search_after": {"doc": 1, "shardIndex": 0, "score": 1.25, "fields": [1.25, 2]},
    }


def test_sorted_hits_have_none() -> None:
    hits = [Hit(1, None, ("a",), None), Hit(2, None, (None,), None)]
    answer = orjson.loads(write_hits(request_of([], '{"name": "desc"}'), hits, Sources([A, B])))
    assert answer == {
        "results": [
            {"_id": 0, "_shardIndex": 0, "_source": {}},
            {"_id": 1, "_shardIndex": 0, "_source": {}},
        ],
        "search_after": {"doc": 1, "shardIndex": 0, "fields": [None, 2]},
    }


def test_only_a_full_page_goes_on() -> None:
    request = request_of(["id"], limit=3)
    answer = orjson.loads(write_hits(request, [Hit(1, 1.0, (), None)], Sources([A])))
    assert "search_after" not in answer
    assert orjson.loads(write_hits(request, [], Sources([]))) == {"results": []}


def test_a_later_page_goes_on_counting() -> None:
    after = '{"doc": 41, "shardIndex": 0, "score": 2.0, "fields": [2.0, 9]}'
    answer = orjson.loads(
        write_hits(request_of(["id"], after=after), [Hit(1, 1.0, (), None)], Sources([A]))
    )
    assert answer["results"][0]["_id"] == 42


def test_what_joins_comes_as_arrays_with_the_fields_asked_for() -> None:
    request = request_of(["id", "DatasetParameter type.name", "InvestigationUser id"])
    hits = [Hit(1, 1.0, (), None), Hit(2, 1.0, (), None)]
    joined = {"datasetparameter": [b'[{"type.name":"t"},{}]', b"[]"]}
    answer = orjson.loads(write_hits(request, hits, Sources([A, B]), joined))
    assert [result["_source"] for result in answer["results"]] == [
        {"id": 1, "datasetparameter": [{"type.name": "t"}, {}], "investigationuser": []},
        {"id": 2, "datasetparameter": [], "investigationuser": []},
    ]


def test_what_joins_comes_to_hits_without_fields_too() -> None:
    request = request_of(["DatasetParameter id"], limit=5)
    joined = {"datasetparameter": [b'[{"id":6}]']}
    answer = orjson.loads(write_hits(request, [Hit(1, 1.0, (), None)], Sources([A]), joined))
    assert answer["results"][0]["_source"] == {"datasetparameter": [{"id": 6}]}


DECLARED = [
    "id", "name", "description", "doi", "startDate", "endDate", "date", "fileSize", "fileCount",
    "investigation.id", "investigation.name", "investigation.title", "investigation.startDate",
    "visitId", "sample.id", "sample.name", "sample.investigation.id", "sample.type.name",
    "sample.type.id", "type.name", "type.id",
]  # fmt: skip


def test_documents_that_are_wanted_whole_are_not_decoded() -> None:
    hit = [Hit(1, 1.0, (), None)]
    odd = b'{"id":1,"other": 5 }'
    whole = request_of([*DECLARED, "DatasetParameter id"], limit=5)
    answer = orjson.loads(write_hits(whole, hit, Sources([odd])))
    assert answer["results"][0]["_source"] == {"id": 1, "other": 5, "datasetparameter": []}


def test_those_that_hold_something_else_are() -> None:
    hit = [Hit(1, 1.0, (), None)]
    whole = request_of([*DECLARED, "DatasetParameter id"], limit=5)
    answer = orjson.loads(write_hits(whole, hit, Sources([b'{"id":1,"other":5}'], {0})))
    assert answer["results"][0]["_source"] == {"id": 1, "datasetparameter": []}
    part = request_of([name for name in DECLARED if name != "doi"], limit=5)
    answer = orjson.loads(write_hits(part, hit, Sources([b'{"id":1,"doi":"10.1/x"}'])))
    assert answer["results"][0]["_source"] == {"id": 1}


ODD_TEXT = st.text() | st.sampled_from(
    ['"doi":', '{"doi":1}', '\\"doi\\":', "a,", "}", "\\", "\u2028", "\U0001f52c", '","doi":"']
)
VALUES = ODD_TEXT | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
NESTED = st.recursive(
    VALUES | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXT, inner, max_size=3),
    max_leaves=5,
)
DOCUMENT = st.fixed_dictionaries({}, optional=dict.fromkeys(DECLARED, VALUES))
UNDECLARED = st.dictionaries(ODD_TEXT.filter(lambda name: name not in DECLARED), NESTED, max_size=2)
ARRAY = st.lists(st.dictionaries(ODD_TEXT, NESTED, max_size=2), max_size=2)


@given(
    st.lists(st.tuples(DOCUMENT, UNDECLARED, ARRAY, ARRAY, st.floats(width=32)), max_size=4),
    st.sets(st.sampled_from(DECLARED)) | st.just(set(DECLARED)),
    st.booleans(),
)
def test_an_answer_is_the_bytes_of_its_decoded_documents(
    found: list[tuple[dict[str, Any], dict[str, Any], list[Any], list[Any], float]],
    fields: set[str],
    is_sorted: bool,
) -> None:
    keys = ["datasetparameter", '%s"x']
    request = request_of(
        [*sorted(fields), *(f"{key} id" for key in keys)],
        '{"name": "asc"}' if is_sorted else "",
        limit=10,
    )
    hits = [Hit(7, None if is_sorted else each[-1], (), None) for each in found]
    sources = [orjson.dumps({**declared, **other}) for declared, other, *_ in found]
    marked = {place for place, (_, other, *_) in enumerate(found) if other}
    arrays = {
        keys[0]: [orjson.dumps(array) for _, _, array, _, _ in found],
        keys[1]: [orjson.dumps(array) for _, _, _, array, _ in found],
    }
    results = [
        {
            "_id": place,
            "_shardIndex": 0,
            **({} if is_sorted else {"_score": score}),
            "_source": {
                **{name: value for name, value in declared.items() if name in fields},
                keys[0]: first,
                keys[1]: second,
            },
        }
        for place, (declared, _, first, second, score) in enumerate(found)
    ]
    written = write_hits(request, hits, Sources(sources, marked), arrays)
    assert written == orjson.dumps({"results": results})


@given(
    st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats(0, 1e6, width=32)), min_size=1)
)
def test_a_caller_that_sends_back_what_it_was_given_goes_on_behind_the_last_hit(
    found: list[tuple[int, float]],
) -> None:
    hits = [Hit(id_, score, (), None) for id_, score in found]
    request = request_of(["id"], limit=len(hits))
    answer = orjson.loads(write_hits(request, hits, Sources([B] * len(hits))))
    cursor = read_cursor(answer["search_after"], Order())
    assert (cursor.values, cursor.id) == ((hits[-1].score,), hits[-1].id)


def test_facets_are_written() -> None:
    dimensions = [
        Dimension("type.name"),
        Dimension("sample.type.name"),
        Dimension("date", (LabelRange("low", None, 2), LabelRange("2-5", 2, 5))),
    ]
    counts = {"type.name": [("raw", 3), ("b", 1)], "date": [("low", 0), ("2-5", 4)]}
    assert orjson.loads(write_facets(dimensions, counts)) == {
        "aggregations": {
            "type.name": {"buckets": {"raw": {"doc_count": 3}, "b": {"doc_count": 1}}},
            "sample.type.name": {"buckets": {}},
            "date": {
                "buckets": {
                    "low": {"doc_count": 0, "to": 2},
                    "2-5": {"doc_count": 4, "from": 2, "to": 5},
                }
            },
        }
    }


def test_ranges_that_were_not_counted_come_back_empty() -> None:
    dimension = Dimension("date", (LabelRange("low", None, 2),))
    assert orjson.loads(write_facets([dimension], {})) == {
        "aggregations": {"date": {"buckets": {"low": {"doc_count": 0, "to": 2}}}}
    }
