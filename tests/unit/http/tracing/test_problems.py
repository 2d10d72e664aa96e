"""What an SDK complains of is told once a minute for each of its sentences, as a warning."""

import logging

import pytest

from search_service.http.tracing.problems import QUIET_SECONDS, SDK, Problems, problems_logged


def complain(problems: Problems, sentence: str, *values: object, error: bool = False) -> None:
    level = logging.ERROR if error else logging.WARNING
    problems.handle(logging.LogRecord(SDK, level, "file", 1, sentence, values, None))


def test_a_sentence_has_a_line_a_minute_and_others_have_theirs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [0.0]
    problems = Problems(lambda: now[0])
    for attempt in range(5):
        complain(problems, "no answer, attempt %d", attempt)
    complain(problems, "queue full")
    now[0] += QUIET_SECONDS
    complain(problems, "no answer, attempt %d", 5)
    lines = [(vars(record)["why"], vars(record).get("others")) for record in caplog.records]
    assert lines == [
        ("no answer, attempt 0", None),
        ("queue full", None),
        ("no answer, attempt 5", 4),
    ]


def test_an_error_is_a_warning_without_a_traceback_and_a_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger(f"{SDK}.exporter")
    with problems_logged():
        try:
            raise ConnectionError("http://me:secret@host refused")
        except ConnectionError:
            logger.exception("it failed.")
    logger.warning("as others")
    told, other = caplog.records
    assert told.levelno == logging.WARNING
    assert told.exc_info is None
    assert vars(told)["why"] == "it failed. ConnectionError: http://me:***@host refused"
    assert other.name == logger.name
