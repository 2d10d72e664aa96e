import pytest

from search_service.engines.equal_scores import is_tied


@pytest.mark.parametrize(
    ("score", "other", "tied"),
    [(1.0, 1.0, True), (1.0, 1.000001, True), (1e6, 1e6 + 1, True), (1.0, 1.00001, False)],
)
def test_scores_that_differ_in_their_last_bits_are_one(
    score: float, other: float, tied: bool
) -> None:
    assert is_tied(score, other) is tied
    assert is_tied(other, score) is tied
