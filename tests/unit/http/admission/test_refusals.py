"""What is refused is counted each time and logged now and then."""

import logging

import pytest

from search_service.http.admission.refusals import QUIET_SECONDS, Reason, Refusals


def test_one_line_stands_for_many_refusals_of_a_kind(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    refusals = Refusals(lambda: now[0])
    with caplog.at_level(logging.INFO):
        for _ in range(1_000):
            refusals.note(Reason.SYNTAX, "192.0.2.1")
        refusals.note(Reason.HEAD_TIME, "192.0.2.1")
        now[0] += QUIET_SECONDS
        refusals.note(Reason.SYNTAX, "")
    assert refusals.counts == {Reason.SYNTAX: 1_001, Reason.HEAD_TIME: 1}
    lines = [vars(record) for record in caplog.records]
    assert [(line["why"], line["client"], line["others"]) for line in lines] == [
        ("syntax", "192.0.2.1", 0),
        ("head_time", "192.0.2.1", 0),
        ("syntax", "unknown", 999),
    ]


def test_what_anybody_may_send_has_lines_of_its_own_as_long_as_there_are_few() -> None:
    now = [0.0]
    refusals = Refusals(lambda: now[0])
    lines = [refusals.unlogged_since(Reason.NOT_FOR_CALLER) for _ in range(150)]
    assert lines == [0] * 100 + [None] * 50
    now[0] += QUIET_SECONDS
    assert refusals.unlogged_since(Reason.NOT_FOR_CALLER) == 50


def test_kinds_are_counted_apart() -> None:
    refusals = Refusals(lambda: 0.0)
    for reason in (Reason.SYNTAX, Reason.HEAD_TIME):
        assert refusals.unlogged_since(reason) == 0
    assert refusals.unlogged_since(Reason.SYNTAX) is None
