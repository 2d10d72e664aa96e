"""The player itself: the recorded answers pass, and each kind of fault is seen."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.contract.exchanges import FILES, Exchange, Reply, read_named
from tests.contract.replay import replay

Answer = dict[str, Any]
Fault = Callable[[Answer], None]


class Echo:
    """Answers as recorded; ``fault`` may change the answer of one way to compare."""

    def __init__(self, compare: str = "", fault: Fault | None = None) -> None:
        self._compare = compare
        self._fault = fault

    def send(self, exchange: Exchange, params: Mapping[str, Any]) -> Reply:
        answer = json.loads(json.dumps(exchange.answer))
        if isinstance(answer, dict) and "results" in answer:
            for n, hit in enumerate(answer["results"]):
                hit |= {"_id": n, "_shardIndex": 0}
                if not exchange.sort_fields:
                    hit.setdefault("_score", 1.0)
            # What was recorded says of a page that was not full by itself that it goes on.
            if len(answer["results"]) == int(params["maxResults"]):
                answer["search_after"] = {"doc": 1, "shardIndex": 0, "fields": []}
        if self._fault is not None and exchange.compare == self._compare:
            self._fault(answer)
        content = b"" if answer is None else json.dumps(answer).encode()
        return Reply(exchange.status, content)


@pytest.mark.parametrize("name", FILES)
def test_the_recorded_answers_pass(name: str) -> None:
    report = replay(Echo(), read_named(name))
    assert not report.failures, str(report)


def twice(answer: Answer) -> None:
    answer["results"] += answer["results"][:1]


def backwards(answer: Answer) -> None:
    answer["results"].reverse()


def one_less(answer: Answer) -> None:
    del answer["results"][:1]


def no_hits(answer: Answer) -> None:
    answer["results"].clear()


def other_ids(answer: Answer) -> None:
    for hit in answer["results"]:
        hit["_source"]["id"] = -hit["_source"].get("id", 0) - 1


def other_values(answer: Answer) -> None:
    for hit in answer["results"]:
        hit["_source"]["more"] = 1


def other_counts(answer: Answer) -> None:
    for dimension in answer["aggregations"].values():
        for bucket in dimension["buckets"].values():
            bucket["doc_count"] += 1


def other_sentence(answer: Answer) -> None:
    answer["message"] = "Something else"


@pytest.mark.parametrize(
    ("compare", "fault", "seen"),
    [
        ("ids-set", twice, 0.8),
        ("ids-set", one_less, 0.8),
        ("ids-set", other_ids, 0.8),
        ("ids-order", backwards, 0.8),
        ("source", other_values, 0.8),
        ("source", backwards, 0.5),
        ("ids-ranked", backwards, 0.5),
        ("ids-ranked", no_hits, 0.8),
        ("ids-ranked", other_values, 0.8),
        ("ids-within", other_ids, 0.8),
        ("ids-within", no_hits, 0.8),
        ("walk-set", no_hits, 0.8),
        ("walk-set", other_ids, 0.1),
        ("continues", one_less, 0.7),
        ("facets", other_counts, 0.7),
        ("exact", other_sentence, 0.9),
    ],
)
def test_a_fault_is_seen(compare: str, fault: Fault, seen: float) -> None:
    recorded = read_named("catalogue-101")
    gone_on_from = {e.cursor["from"] for e in recorded if e.cursor is not None}
    exchanges = [e for e in recorded if e.compare == compare or e.n in gone_on_from]
    report = replay(Echo(compare, fault), exchanges)
    of_kind = sum(exchange.compare == compare for exchange in exchanges)
    found = sum(exchange.compare == compare for exchange, _ in report.failures)
    assert found >= seen * of_kind


@pytest.mark.parametrize(
    ("name", "value"),
    [("_id", None), ("_id", 2**31), ("_shardIndex", "0"), ("_score", None)],
)
def test_a_hit_that_is_not_well_formed_is_seen(name: str, value: object) -> None:
    def fault(answer: Answer) -> None:
        for hit in answer["results"]:
            if name == "_score":
                hit.pop("_score", None)
            else:
                hit[name] = value

    report = replay(Echo("ids-ranked", fault), read_named("catalogue-client"))
    assert {exchange.compare for exchange, _ in report.failures} >= {"ids-ranked"}
