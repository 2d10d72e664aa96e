"""When a body or an answer is too slow, and when a body is mostly what is none."""

from search_service.http.admission.in_flight import InFlight
from search_service.http.admission.limits import ConnectionLimits
from search_service.http.transfers import BodyProgress, UnreadAnswer

LIMITS = ConnectionLimits(stalled_seconds=10, slowest_transfer=100)


def body(content: int, packets: int, size: int) -> bool:
    """Whether a body of so many packets is taken, each with so much content."""
    progress = BodyProgress(LIMITS)
    for number in range(packets):
        progress.content += content
        if not progress.takes(size, float(number)):
            return False
    return True


def test_a_body_is_taken_however_large_its_pieces_are() -> None:
    assert body(content=60_000, packets=1_000, size=60_010)
    assert body(content=3 * 1_000, packets=1_000, size=8 * 1_000)  # chunks of three bytes


def test_chunks_of_one_byte_are_not_taken_for_long() -> None:
    assert body(content=10, packets=100, size=60)
    assert not body(content=10_000, packets=100, size=60_000)


def test_much_without_content_is_not_taken_whatever_came_before() -> None:
    progress = BodyProgress(LIMITS)
    progress.content = 10_000_000
    assert progress.takes(10_000_100, 0.0)
    assert progress.takes(60_000, 0.0)
    assert not progress.takes(60_000, 0.0)


def test_a_body_stalls_when_nothing_comes_or_too_little() -> None:
    progress = BodyProgress(LIMITS)
    progress.begin(0.0)
    assert not progress.is_stalled(10.0, is_paused=False)
    assert progress.is_stalled(10.1, is_paused=False)
    for second in range(11):
        progress.content += 1
        progress.takes(1, float(second))
    assert progress.is_stalled(10.2, is_paused=False)  # a byte a second is too slow


def test_a_body_does_not_stall_while_the_service_does_not_read() -> None:
    progress = BodyProgress(LIMITS)
    progress.begin(0.0)
    assert not progress.is_stalled(500.0, is_paused=True)
    assert not progress.is_stalled(509.0, is_paused=False)
    assert progress.is_stalled(511.0, is_paused=False)


def test_an_answer_stalls_when_nothing_of_it_is_read_or_too_little() -> None:
    in_flight = InFlight(1 << 20)
    unread = UnreadAnswer(LIMITS, in_flight)
    unread.begin(10_000, 0.0, "a", lambda: None)
    assert not unread.is_stalled(9_000, 10.0)  # in time for a hundred bytes a second
    assert in_flight.total == 9_000
    assert not unread.is_stalled(9_000, 19.9)
    assert unread.is_stalled(8_999, 20.1)
    assert not unread.is_stalled(0, 21.0)
    assert in_flight.total == 0
