from search_service.repeated_lines import RepeatedLines


def test_of_a_kind_there_are_some_lines_in_a_period_and_the_next_says_how_many_had_none() -> None:
    now = 0.0
    lines = RepeatedLines(10.0, lambda: now, {"many": 2})
    assert [lines.unlogged_since("one") for _ in range(4)] == [0, None, None, None]
    assert [lines.unlogged_since("many") for _ in range(3)] == [0, 0, None]
    now = 9.9
    assert lines.unlogged_since("one") is None
    now = 10.0
    assert [lines.unlogged_since("one") for _ in range(2)] == [4, None]
    assert lines.unlogged_since("many") == 1
    now = 30.0
    assert lines.unlogged_since("one") == 1
    assert lines.unlogged_since("other") == 0
