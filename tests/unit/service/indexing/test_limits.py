import pytest

from search_service.service.indexing.limits import CommitLimits


@pytest.mark.parametrize(
    ("operations", "size", "are_reached"),
    [
        pytest.param(9, 99, False, id="below-both"),
        pytest.param(10, 0, True, id="operations"),
        pytest.param(1, 100, True, id="bytes"),
    ],
)
def test_so_many_operations_or_bytes_are_committed(
    operations: int, size: int, are_reached: bool
) -> None:
    assert CommitLimits(10, 100).are_reached(operations, size) is are_reached


def test_a_commit_is_due_so_long_after_the_last_one() -> None:
    limits = CommitLimits(seconds=30)
    assert not limits.is_time(29)
    assert limits.is_time(30)
    assert limits.is_time(None)
    assert not CommitLimits(seconds=0).is_time(1e9)
