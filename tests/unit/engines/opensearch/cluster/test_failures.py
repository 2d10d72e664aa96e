from typing import Any

import pytest

from search_service.engines.opensearch.cluster.answers import Answer
from search_service.engines.opensearch.cluster.failures import Failures
from search_service.engines.too_large import PATTERN_TOO_LARGE, TOO_MANY_CONDITIONS
from search_service.errors import (
    BadRequest,
    EngineFailed,
    EngineUnavailable,
    SearchTimedOut,
    ServiceError,
)

FAILURES = Failures("http://a:9200, http://b:9200", user="searcher")


def refusal(status: int, *errors: tuple[str, str]) -> Answer:
    """An answer whose errors have causes, the outer first."""
    error: dict[str, Any] = {}
    for kind, reason in reversed(errors):
        cause = {"caused_by": error} if error else {}
        error = {"type": kind, "reason": reason, "root_cause": [], **cause}
    return Answer(status, {"error": error, "status": status})


def error(answer: Answer, search_seconds: float | None = 5.0) -> ServiceError:
    return FAILURES.refused("POST /x/_search", answer, search_seconds)


def of_a_shard(kind: str, reason: str, status: int = 400) -> Answer:
    """An answer as searches give it: each shard says why."""
    shard = {"type": "query_shard_exception", "caused_by": {"type": kind, "reason": reason}}
    failed = [{"shard": 0, "reason": shard}]
    outer = {"type": "search_phase_execution_exception", "failed_shards": failed}
    return Answer(status, {"error": outer, "status": status})


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (of_a_shard("too_complex_to_determinize_exception", "…"), PATTERN_TOO_LARGE),
        (of_a_shard("illegal_argument_exception", "The length of regex [9]"), PATTERN_TOO_LARGE),
        (of_a_shard("too_many_clauses", "maxClauseCount is 1024"), TOO_MANY_CONDITIONS),
        (of_a_shard("illegal_argument_exception", "The number of terms [9]"), TOO_MANY_CONDITIONS),
    ],
)
def test_a_search_that_is_too_large_is_the_callers_to_change(answer: Answer, sentence: str) -> None:
    found = error(answer)
    assert isinstance(found, BadRequest)
    assert found.message == sentence


@pytest.mark.parametrize("kind", ["task_cancelled_exception", "time_exceeded_exception"])
def test_a_search_that_was_cancelled_took_too_long(kind: str) -> None:
    found = error(of_a_shard(kind, "cancelled", status=500))
    assert isinstance(found, SearchTimedOut)
    assert "exceeding 5 seconds" in found.message


def test_what_is_no_search_has_no_time_limit_of_searches() -> None:
    found = error(of_a_shard("task_cancelled_exception", "cancelled", 500), search_seconds=None)
    assert isinstance(found, EngineFailed)


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (refusal(429, ("es_rejected_execution_exception", "queue is full")), "too much to do"),
        (refusal(503, ("master_not_discovered_exception", "none")), "cannot do this just now"),
        (refusal(500, ("node_not_connected_exception", "gone")), "cannot do this just now"),
        (Answer(502, "<html>bad gateway"), "cannot do this just now (<html>bad gateway)"),
        (Answer(401, "Unauthorized"), "does not know the account searcher"),
        (refusal(403, ("security_exception", "no permissions")), "refuses the account searcher"),
        (
            refusal(429, ("cluster_block_exception", "disk usage exceeded flood-stage watermark")),
            "Disks of the OpenSearch cluster",
        ),
    ],
)
def test_what_may_be_done_later_is_said_to_be(answer: Answer, part: str) -> None:
    found = error(answer)
    assert isinstance(found, EngineUnavailable)
    assert part in found.message
    assert "http://a:9200, http://b:9200" in found.message


def test_an_index_that_may_not_be_written_for_a_while_is_no_matter_of_rights() -> None:
    found = error(refusal(403, ("cluster_block_exception", "index write (api)")))
    assert isinstance(found, EngineFailed)


def test_any_other_refusal_has_the_innermost_reason() -> None:
    found = error(refusal(400, ("outer", "a wrapper"), ("inner", "unknown field [x]")))
    assert isinstance(found, EngineFailed)
    assert "POST /x/_search" in found.message
    assert "unknown field [x]" in found.message


def test_a_cluster_that_is_not_reached_is_named() -> None:
    found = FAILURES.unreachable("[Errno 111] Connection refused")
    assert "http://b:9200 does not answer ([Errno 111] Connection refused)" in found.message
