"""A request is known by what its caller calls it, if that can stand in a log line."""

import logging

import pytest

from search_service.logs import TextLines
from search_service.request_context import CURRENT, RequestContext, request_context

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.mark.parametrize("given", ["portal-7", "7b1c:2", "a" * 128, "Root=1-67891233-abcdef"])
def test_a_sane_id_is_taken_up(given: str) -> None:
    assert request_context(given, "").request_id == given


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, "a\nforged", "-", 'x"', "é"])
def test_what_is_no_sane_id_is_replaced(given: str) -> None:
    made = request_context(given, "").request_id
    assert made != given
    assert len(made) == 16


@pytest.mark.parametrize(
    ("traceparent", "trace"),
    [
        pytest.param(PARENT, TRACE, id="as-the-standard-has-it"),
        pytest.param(f"01-{TRACE}-00f067aa0ba902b7-01-more", TRACE, id="of-a-later-version"),
        pytest.param(f"00-{'0' * 32}-00f067aa0ba902b7-01", "", id="of-no-trace"),
        pytest.param(PARENT.upper(), "", id="in-capitals"),
        pytest.param("nonsense", "", id="nonsense"),
    ],
)
def test_a_trace_is_taken_up(traceparent: str, trace: str) -> None:
    assert request_context("", traceparent).trace_id == trace


def test_each_line_of_a_request_has_its_id() -> None:
    record = logging.LogRecord("name", logging.INFO, "file", 1, "committed", (), None)
    token = CURRENT.set(RequestContext("portal-7", TRACE))
    try:
        line = TextLines().format(record)
    finally:
        CURRENT.reset(token)
    assert line.endswith(f"committed request_id=portal-7 trace_id={TRACE}")
    assert "request_id" not in TextLines().format(record)
