"""What counts as a difference between two answers."""

from collections.abc import Sequence

import pytest

from search_service.changeover.differences import Difference, Kind, Order, Tolerance, difference
from search_service.changeover.exchanges import Answer, Exchange, Hit


def page(*ids: int, scores: Sequence[float] | None = None) -> Answer:
    scores = scores or [float(10 - number) for number in range(len(ids))]
    return Answer(
        200, 0.1, [Hit(id_, id_, 0, score) for id_, score in zip(ids, scores, strict=True)]
    )


def counts(**labels: int) -> Answer:
    return Answer(200, 0.1, facets={"type.name": labels})


def search(text: str = "scan", **params: str) -> Exchange:
    return Exchange(1, "POST", "dataset", params, {"query": {"text": text}}, Answer(200))


def kind(found: Difference | None) -> Kind | None:
    return found.kind if found else None


FULL = {"maxResults": "10"}
SORTED = {"sort": '{"name":"asc"}'}


@pytest.mark.parametrize(
    ("params", "peer", "service", "expected"),
    [
        pytest.param({}, page(1, 2), page(1, 2), None, id="equal"),
        pytest.param({}, page(1, 2), page(1), Kind.HITS, id="one-missing"),
        pytest.param({}, page(1, 2), page(1, 3), Kind.HITS, id="another"),
        pytest.param({}, page(1, 2), Answer(400), Kind.STATUS, id="refused"),
        pytest.param({}, Answer(400, message="a"), Answer(400, message="b"), None, id="refusals"),
        pytest.param({}, page(1, 2, 3), page(3, 2, 1), Kind.ORDER, id="turned-round"),
        pytest.param(
            {}, page(1, 2, scores=[1.01, 1.0]), page(2, 1), None, id="scores-that-tell-nothing"
        ),
        pytest.param(SORTED, page(1, 2, scores=[1, 1]), page(2, 1), Kind.ORDER, id="sorted"),
        pytest.param(FULL, page(*range(10)), page(*range(9), 99), None, id="the-end-of-a-page"),
        pytest.param(FULL, page(*range(10)), page(*range(8), 98, 99), Kind.HITS, id="two-of-ten"),
        pytest.param(
            FULL | SORTED, page(*range(10)), page(*range(9), 99), Kind.HITS, id="sorted-page"
        ),
        pytest.param({}, counts(a=2, b=1), counts(a=2, b=1), None, id="counts"),
        pytest.param({}, counts(a=2, b=1), counts(a=2), Kind.FACETS, id="label-missing"),
        pytest.param({}, counts(a=2, b=1), counts(a=2, c=1), Kind.FACETS, id="label-other"),
        pytest.param({"maxLabels": "2"}, counts(a=2, b=1), counts(a=2, c=1), None, id="cut"),
        pytest.param({"maxLabels": "2"}, counts(a=2, b=1), counts(c=2, b=1), Kind.FACETS, id="top"),
    ],
)
def test_answers_differ_in(
    params: dict[str, str], peer: Answer, service: Answer, expected: Kind | None
) -> None:
    assert kind(difference(search(**params), peer, service, Tolerance())) == expected


@pytest.mark.parametrize(
    ("tolerance", "expected"),
    [
        (Tolerance(Order.EXACT), Kind.ORDER),
        (Tolerance(Order.ANY), None),
        (Tolerance(scores=0.5), None),
        (Tolerance(), Kind.ORDER),
    ],
)
def test_an_order_by_relevance_has_a_tolerance(tolerance: Tolerance, expected: Kind | None) -> None:
    found = difference(search(), page(1, 2), page(2, 1), tolerance)
    assert kind(found) == expected


def test_a_difference_names_what_is_other() -> None:
    found = difference(search(), page(1, 2), page(1, 3), Tolerance())
    assert found is not None
    assert found.detail == "2 and 2 hits; only the peer's: 2; only the service's: 3"


@pytest.mark.parametrize(
    ("params", "peer", "service", "expected"),
    [
        pytest.param({}, page(1, 2, 3), page(3, 2, 1), None, id="another-order"),
        pytest.param({}, page(1, 2), page(1, 3), Kind.HITS, id="another-hit"),
        pytest.param({"maxResults": "2"}, page(1, 2), page(3, 4), None, id="cut-elsewhere"),
        pytest.param({"maxResults": "2"}, page(1, 2), page(3), Kind.HITS, id="fewer"),
        pytest.param(SORTED, page(1, 2), page(2, 1), Kind.ORDER, id="sorted"),
    ],
)
def test_without_words_there_is_no_order_by_relevance(
    params: dict[str, str], peer: Answer, service: Answer, expected: Kind | None
) -> None:
    asked = search("", **params)
    assert kind(difference(asked, peer, service, Tolerance())) == expected
    strict = difference(asked, peer, service, Tolerance(Order.EXACT))
    assert strict is not None


def hits(*ids: int) -> Sequence[Hit]:
    return page(*ids).hits or ()


@pytest.mark.parametrize(
    ("params", "before", "peer", "service", "expected"),
    [
        pytest.param({}, (hits(1), hits(1)), page(2, 3), page(2, 3), None, id="equal"),
        pytest.param({}, (hits(1, 2), hits(2)), page(3), page(1, 3), None, id="one-before"),
        pytest.param({}, (hits(1), hits(1)), page(2, 3), page(2), Kind.HITS, id="missing"),
        pytest.param({}, (hits(1), hits(1)), page(2), page(3), Kind.HITS, id="another"),
        pytest.param(
            FULL, (hits(1), hits(2, 1)), page(*range(2, 12)), page(*range(3, 13)), None, id="cut"
        ),
        pytest.param(
            FULL | SORTED, (hits(1, 2), hits(2)), page(3), page(1, 3), Kind.HITS, id="sorted"
        ),
    ],
)
def test_a_page_by_relevance_is_compared_with_those_before(
    params: dict[str, str],
    before: tuple[Sequence[Hit], Sequence[Hit]],
    peer: Answer,
    service: Answer,
    expected: Kind | None,
) -> None:
    # How the pages before are ordered is not in question.
    tolerance = Tolerance(Order.RANKED, scores=1.0)
    assert kind(difference(search(**params), peer, service, tolerance, before)) == expected
