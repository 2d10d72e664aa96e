"""Who gets a place when there are too many connections, and who gives way."""

from dataclasses import dataclass

from search_service.http.admission.connections import Connections
from search_service.http.admission.limits import ConnectionLimits


@dataclass(eq=False)
class Caller:
    """A connection that does as it is told."""

    address: str
    reads_answer: bool = False
    has_ended: bool = False

    def give_way(self) -> bool:
        self.has_ended = not self.reads_answer
        return self.has_ended

    def look(self, now: float) -> None: ...


def connections(in_all: int = 4, of_address: int = 2) -> Connections:
    return Connections(ConnectionLimits(connections=in_all, of_address=of_address))


def test_the_longest_waiting_of_an_address_gives_way_to_its_next() -> None:
    there = connections()
    first, second, third, other = Caller("a"), Caller("a"), Caller("a"), Caller("b")
    assert all(there.admit(one) for one in (other, first, second, third))
    assert [one.has_ended for one in (other, first, second, third)] == [False, True, False, False]
    assert len(there) == 3


def test_nobody_is_admitted_while_all_of_an_address_are_at_work() -> None:
    there = connections()
    for caller in (Caller("a"), Caller("a")):
        assert there.admit(caller)
        there.works(caller)
    assert not there.admit(Caller("a"))
    assert there.admit(Caller("b"))


def test_the_address_with_most_connections_gives_way_when_all_places_are_taken() -> None:
    there = connections(in_all=3)
    other, first, second = Caller("b"), Caller("a"), Caller("a")
    assert all(there.admit(one) for one in (other, first, second))
    assert there.admit(Caller("c"))
    assert [one.has_ended for one in (other, first, second)] == [False, True, False]


def test_one_whose_answer_is_read_does_not_give_way() -> None:
    there = connections()
    reads, waits = Caller("a", reads_answer=True), Caller("a")
    assert there.admit(reads)
    assert there.admit(waits)
    assert there.admit(Caller("a"))
    assert (reads.has_ended, waits.has_ended) == (False, True)


def test_one_that_waits_again_is_the_last_to_give_way() -> None:
    there = connections()
    first, second = Caller("a"), Caller("a")
    assert there.admit(first)
    assert there.admit(second)
    there.works(first)
    there.waits(first)
    assert there.admit(Caller("a"))
    assert (first.has_ended, second.has_ended) == (False, True)


def test_a_connection_that_ended_leaves_its_place() -> None:
    there = connections(in_all=1)
    caller = Caller("a")
    assert there.admit(caller)
    there.works(caller)
    there.leave(caller)
    there.waits(caller)  # too late: it is no longer counted
    assert len(there) == 0
    assert there.admit(Caller("b"))
    assert list(there) != [caller]
