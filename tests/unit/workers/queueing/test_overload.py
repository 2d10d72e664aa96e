"""When too many requests are a burst, and when they are more than can be answered."""

from search_service.workers.queueing.overload import BURST, Overload


def test_a_burst_is_no_overload() -> None:
    overload = Overload()
    overload.note(10.0)
    assert overload.since == 10.0
    assert not overload.lasts(10.0 + BURST / 2)


def test_what_goes_on_is_an_overload() -> None:
    overload = Overload()
    for tenth in range(11):
        overload.note(10.0 + tenth / 10)
    assert overload.lasts(10.0 + BURST)


def test_a_moment_in_which_nothing_waits_does_not_end_it() -> None:
    overload = Overload()
    overload.note(10.0)
    overload.note(11.0)
    overload.end_if_calm(11.1)
    assert overload.lasts(11.1)


def test_it_is_over_once_nothing_was_refused_for_a_while() -> None:
    overload = Overload()
    overload.note(10.0)
    overload.end_if_calm(12.0)
    assert overload.since is None
