"""A bound is looked for where it saves time, by what was measured."""

import pytest

from search_service.engines.embedded.search.pages.prices import Prices

MILLION = 1_000_000


def prices(*, segments: int = 12, text: bool = False, documents: int = 5 * MILLION) -> Prices:
    return Prices(documents, segments, 101, text)


@pytest.mark.parametrize(
    ("given", "hits", "worth"),
    [
        pytest.param(prices(), 5 * MILLION, True, id="everything-by-a-number"),
        pytest.param(prices(), 80_000, False, id="a-word-by-a-number"),
        pytest.param(prices(text=True), 80_000, True, id="a-word-by-a-string"),
        pytest.param(prices(text=True), 100, False, id="a-page-by-a-string"),
        pytest.param(prices(segments=1, text=True), 80_000, False, id="by-a-string-in-one-segment"),
        pytest.param(prices(segments=1, text=True), 5 * MILLION, True, id="everything-in-one"),
    ],
)
def test_a_bound_is_worth_looking_for(given: Prices, hits: int, worth: bool) -> None:
    assert given.is_bounding_worth(hits) is worth


@pytest.mark.parametrize(
    ("given", "bits", "left", "worth"),
    [
        pytest.param(prices(), 9, 12_000, False, id="few-numbers-left"),
        pytest.param(prices(documents=1000 * MILLION), 15, 800_000, True, id="many-numbers-left"),
        pytest.param(prices(text=True), 6, 1_500, True, id="many-strings-left"),
        pytest.param(prices(text=True), 6, 150, False, id="few-strings-left"),
        pytest.param(
            prices(text=True, documents=1000 * MILLION), 6, 1_500, False, id="of-too-many-documents"
        ),
    ],
)
def test_a_closer_bound_is_worth_a_look(given: Prices, bits: int, left: int, worth: bool) -> None:
    assert given.is_a_look_worth(bits, left) is worth
