import pytest

from search_service.engines.opensearch.cluster.answers import Answer


def test_errors_of_shards_and_causes_of_causes_are_found() -> None:
    shard = {"type": "a", "reason": "one", "caused_by": {"type": "b", "reason": "two"}}
    error = {"type": "c", "failed_shards": [{"reason": shard}], "root_cause": [{"type": "d"}]}
    answer = Answer(400, {"error": error})
    assert answer.kinds == {"a", "b", "c", "d"}
    assert answer.reasons == ("one", "two")


@pytest.mark.parametrize("content", [{}, {"found": False}, "<html>", "", {"error": "a sentence"}])
def test_an_answer_of_another_shape_has_a_reason_too(content: object) -> None:
    answer = Answer(404, content)
    assert not answer.is_success
    assert answer.kinds == frozenset()
    assert answer.reasons
