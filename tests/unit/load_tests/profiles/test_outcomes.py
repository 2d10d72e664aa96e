import pytest

from load_tests.client import Answer
from load_tests.profiles.outcomes import Outcome, hostile, refusal, sentence

SAID = b'{"code":"BUSY","message":"Too many"}'
OVER_TIME = b'{"code":"TIMED_OUT","message":"Search cancelled for exceeding 5 seconds"}'
RETRY = b"http/1.1 503\r\nretry-after: 1\r\nx: y"


@pytest.mark.parametrize(
    ("answer", "to_a_user", "to_a_hostile_caller"),
    [
        pytest.param(Answer(503, SAID, RETRY), "refused", "refused", id="come-again"),
        pytest.param(Answer(429, SAID, RETRY), "refused", "refused", id="too-many"),
        pytest.param(Answer(503, SAID), "failed", "failed", id="without-when"),
        pytest.param(Answer(504, OVER_TIME), "refused", "refused", id="over-its-time"),
        pytest.param(Answer(504, b"gateway"), "failed", "failed", id="another-504"),
        pytest.param(Answer(406, SAID), "refused", "refused", id="locked"),
        pytest.param(Answer(400, SAID), "failed", "refused", id="a-bad-request"),
        pytest.param(Answer(400, b"no"), "failed", "failed", id="without-a-sentence"),
        pytest.param(Answer(413, b""), "failed", "refused", id="too-large"),
        pytest.param(Answer(500, SAID), "failed", "failed", id="a-defect"),
        pytest.param(Answer(200, b""), "failed", "right", id="answered"),
    ],
)
def test_an_answer_is(answer: Answer, to_a_user: str, to_a_hostile_caller: str) -> None:
    assert refusal(answer) == Outcome(to_a_user)
    assert hostile(answer) == Outcome(to_a_hostile_caller)


def test_an_error_has_a_code_and_a_sentence() -> None:
    assert sentence(Answer(400, SAID)) == ("BUSY", "Too many")
    assert sentence(Answer(400, b'["a"]')) == sentence(Answer(400, b"{")) == ("", "")
