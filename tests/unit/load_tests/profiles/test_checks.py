from typing import Any

import orjson
import pytest

from load_tests.client import Answer
from load_tests.profiles import checks


def answer(value: Any) -> Answer:
    return Answer(200, orjson.dumps(value))


def hits(*documents: dict[str, int]) -> Answer:
    return answer({"results": [{"_id": 1, "_source": document} for document in documents]})


def page(*ids: int, **others: Any) -> Answer:
    found = [{"id": id_, "document": {"investigation.id": id_}} for id_ in ids]
    return answer({"hits": found, "count": {"value": 9}, "facets": None, **others})


@pytest.mark.parametrize(
    ("check", "given", "why"),
    [
        pytest.param(checks.results(2), hits({}, {}), "", id="hits"),
        pytest.param(checks.results(1), hits({}, {}), "2 hits for a page of 1", id="too-many"),
        pytest.param(checks.results(1), answer([]), "no results", id="no-results"),
        pytest.param(checks.results(1), Answer(200, b"<html>"), "no results", id="no-json"),
        pytest.param(
            checks.results(9, within={1, 2}), hits({"investigation.id": 2}), "", id="own-data"
        ),
        pytest.param(
            checks.results(9, within={1, 2}),
            hits({"investigation.id": 2}, {"investigation.id": 3}),
            "a hit of investigation 3, which is hidden",
            id="of-others",
        ),
        pytest.param(
            checks.results(9, within={1}),
            hits({}),
            "a hit of investigation None, which is hidden",
            id="of-nobody-knows-whom",
        ),
        pytest.param(checks.results(9, ids=[7]), hits({"id": 7}), "", id="the-file"),
        pytest.param(
            checks.results(9, ids=[7]), hits(), "not just the documents [7]", id="another-file"
        ),
        pytest.param(checks.counted_results(2), hits({}, {}), "", id="counted"),
        pytest.param(
            checks.counted_results(1), hits({}, {}), "2 hits for a page of 1", id="counted-too-many"
        ),
        pytest.param(
            checks.labels("a", {"x": 2}),
            answer({"aggregations": {"a": {"buckets": {"x": {"doc_count": 2}}}}}),
            "",
            id="counts",
        ),
        pytest.param(
            checks.labels("a", {"x": 2}),
            answer({"aggregations": {"a": {"buckets": {"x": {"doc_count": 3}}}}}),
            "counts of a are {'x': 3}, not {'x': 2}",
            id="other-counts",
        ),
        pytest.param(checks.labels("a", {}), answer({}), "no aggregations", id="no-counts"),
        pytest.param(checks.page(5, 0, within={1, 2}), page(1, 2), "", id="a-page"),
        pytest.param(
            checks.page(5, 0, within={1}),
            page(1, 2),
            "a hit of investigation 2, which is hidden",
            id="a-page-with-more",
        ),
        pytest.param(
            checks.page(5, 0, within={1}, key="id"), page(1), "", id="a-page-of-investigations"
        ),
        pytest.param(
            checks.page(1, 0, within=None), page(1, 2), "2 hits of 9 for a page of 1", id="long"
        ),
        pytest.param(checks.page(5, 2, within=None), page(1), "0 facets of 2", id="few-facets"),
        pytest.param(checks.page(5, 0, within=None), answer({}), "no page of hits", id="no-page"),
        pytest.param(
            checks.suggestions(1), answer({"suggestions": [{"text": "a"}]}), "", id="suggestions"
        ),
        pytest.param(
            checks.suggestions(0),
            answer({"suggestions": [{"text": "a"}]}),
            "no suggestions",
            id="too-many-suggestions",
        ),
        pytest.param(checks.nothing, Answer(204, b""), "", id="done"),
        pytest.param(checks.nothing, Answer(302, b""), "status 302", id="elsewhere"),
    ],
)
def test_an_answer_is_wrong_because(check: checks.Check, given: Answer, why: str) -> None:
    assert check(given) == why
