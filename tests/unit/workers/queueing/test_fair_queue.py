"""Whose turn it is and who is refused, without workers and without a clock."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.workers.queueing.callers import Caller
from search_service.workers.queueing.costs import Expected
from search_service.workers.queueing.fair_queue import (
    PATIENCE,
    WAITING_PER_WORKER,
    Bounds,
    FairQueue,
    Place,
    Reason,
)
from search_service.workers.queueing.overload import BURST

EXPENSIVE = 0.1
ADA, BOB, EVE = (Caller("192.0.2.1", name) for name in ("ada", "bob", "eve"))
CHEAP, LONG = Expected(0.01, is_proven=True), Expected(2.0, is_proven=True)
UNPROVEN = Expected(0.01, is_proven=False)


@dataclass
class Run:
    """A queue with its workers, in a time that the test sets."""

    workers: int = 1
    waiting: int = 1_000
    of_caller: int = 1_000
    now: float = 0.0
    running: list[Place[str]] = field(default_factory=list)
    began: list[str] = field(default_factory=list)
    refused: dict[str, Reason] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queue: FairQueue[str] = FairQueue(
            self.workers, Bounds(self.waiting, self.of_caller, 5.0, EXPENSIVE)
        )

    def come(self, item: str, caller: Caller, expected: Expected = CHEAP) -> Place[str]:
        """A request comes, and runs if it may."""
        turned_away = None
        is_full = len(self.running) == self.workers
        if is_turned_away_first := is_full or not self.queue.may_run(caller, expected):
            self.refused.update(self.queue.refuse(self.now))
            turned_away = self.queue.turns_away(caller, expected, self.now)
        place = self.queue.enter(item, caller, expected, self.now)
        self.fill()
        refused = dict(self.queue.refuse(self.now, place))
        if is_turned_away_first:
            assert refused.get(item) is turned_away
        self.refused.update(refused)
        return place

    def fill(self) -> None:
        while len(self.running) < self.workers and (place := self.queue.take(self.now)):
            self.running.append(place)
            self.began.append(place.item)

    def end_one(self, seconds: float | None = None) -> str:
        """The one that began first ends, and the next begins."""
        place = self.running.pop(0)
        took = place.expected.seconds if seconds is None else seconds
        self.queue.finish(place, took, took)
        self.fill()
        self.refused.update(self.queue.refuse(self.now))
        return place.item

    def order(self) -> list[str]:
        """Everything that waits and runs, in the order in which it is served."""
        served = []
        while self.running:
            served.append(self.end_one())
        return served


def test_requests_of_one_caller_are_served_as_they_came() -> None:
    run = Run()
    for n in range(5):
        run.come(f"{n}", ADA)
    assert run.order() == ["0", "1", "2", "3", "4"]


def test_callers_take_turns_however_many_requests_they_have() -> None:
    run = Run()
    for n in range(4):
        run.come(f"ada {n}", ADA)
    for n in range(2):
        run.come(f"bob {n}", BOB)
    assert run.order()[:4] == ["ada 0", "bob 0", "ada 1", "bob 1"]


def test_turns_are_of_worker_time_and_not_of_requests() -> None:
    run = Run()
    for n in range(6):
        run.come(f"ada {n}", ADA, Expected(0.08, is_proven=True))
        run.come(f"bob {n}", BOB, Expected(0.02, is_proven=True))
    assert Counter(item[:3] for item in run.order()[:5]) == {"ada": 1, "bob": 4}


def test_who_took_longer_than_expected_waits_for_it() -> None:
    run = Run()
    for n in range(6):
        run.come(f"ada {n}", ADA)
        run.come(f"bob {n}", BOB)
    first = run.end_one(seconds=0.04)
    assert first == "ada 0"
    assert run.order()[:3] == ["bob 0", "bob 1", "bob 2"]


def test_who_did_not_ask_has_saved_up_nothing() -> None:
    run = Run()
    for n in range(20):
        run.come(f"ada {n}", ADA)
    for _ in range(10):
        run.end_one()
    for n in range(10):
        run.come(f"bob {n}", BOB)
    assert Counter(item[:3] for item in run.order()[:9]) in (
        {"ada": 5, "bob": 4},
        {"ada": 4, "bob": 5},
    )


def test_an_address_counts_for_as_many_as_it_has_users() -> None:
    run = Run()
    portal, catalogue = "192.0.2.1", "192.0.2.2"
    for _ in range(8):
        run.come("crawler", Caller(portal, "crawler"))
        for user in ("ada", "bob", "cem"):
            run.come("catalogue", Caller(catalogue, user))
    assert Counter(run.order()[:12]) == {"crawler": 3, "catalogue": 9}


def test_requests_without_a_user_count_for_as_many_as_there_are_users_beside_them() -> None:
    run = Run()
    for _ in range(12):
        run.come("nobody", Caller("192.0.2.1"))
        for user in ("ada", "bob", "cem"):
            run.come("users", Caller("192.0.2.1", user))
    assert Counter(run.order()[:12])["nobody"] in (5, 6, 7)


def test_cheap_requests_do_not_wait_behind_expensive_ones_of_the_same_caller() -> None:
    run = Run()
    for n in range(3):
        run.come(f"expensive {n}", ADA, LONG)
    for n in range(3):
        run.come(f"cheap {n}", ADA)
    assert run.order()[:4] == ["expensive 0", "cheap 0", "cheap 1", "cheap 2"]


def test_expensive_requests_of_many_leave_one_worker_to_cheap_ones() -> None:
    run = Run(workers=3)
    for n, caller in enumerate((ADA, BOB, EVE)):
        run.come(f"expensive {n}", caller, LONG)
    assert [place.item for place in run.running] == ["expensive 0", "expensive 1"]
    run.come("cheap", ADA)
    assert run.running[-1].item == "cheap"


def test_where_everything_takes_longer_expensive_ones_are_those_that_stand_out() -> None:
    run = Run(workers=2)
    for n in range(100):
        run.come(f"{n}", ADA, Expected(0.04, is_proven=True))
        run.end_one()
    places = [run.come(f"of {seconds}", EVE, Expected(seconds, True)) for seconds in (0.2, 0.6)]
    assert [place.is_expensive for place in places] == [False, True]


def test_one_caller_of_whom_nothing_is_known_leaves_one_worker_to_others() -> None:
    run = Run(workers=2)
    for n in range(3):
        run.come(f"eve {n}", EVE, UNPROVEN)
    run.come("ada", ADA, UNPROVEN)
    assert [place.item for place in run.running] == ["eve 0", "ada"]


def test_what_turns_out_expensive_while_it_waits_is_waited_for_no_longer() -> None:
    known = {"expensive": LONG}
    queue: FairQueue[str] = FairQueue(
        2, Bounds(9, 9, 5.0, EXPENSIVE), lambda item: known.get(item, UNPROVEN)
    )
    for item in ("first", "expensive", "cheap"):
        queue.enter(item, EVE, UNPROVEN, 0.0)
    first = queue.take(0.0)
    assert first is not None
    assert queue.take(0.0) is None  # nothing is known of this caller
    queue.finish(first, 2.0, 2.0)
    taken = [place.item for place in (queue.take(2.0), queue.take(2.0)) if place is not None]
    assert taken == ["cheap"]
    assert queue.waiting_expensive == 1


def test_one_caller_with_cheap_requests_may_have_all_workers() -> None:
    run = Run(workers=2)
    for n in range(3):
        run.come(f"{n}", ADA)
    assert len(run.running) == 2


def test_a_caller_alone_with_an_expensive_request_has_the_last_worker_for_a_new_one() -> None:
    run = Run(workers=2)
    for item, expected in (("expensive", LONG), ("second", LONG), ("new", UNPROVEN)):
        run.come(item, EVE, expected)
    assert [place.item for place in run.running] == ["expensive", "new"]


def test_what_has_run_for_long_leaves_the_last_worker_to_a_new_request_of_its_caller() -> None:
    run = Run(workers=2)
    run.come("long", EVE, UNPROVEN)
    run.come("too early to tell", EVE, UNPROVEN)
    assert [place.item for place in run.running] == ["long"]
    run.now = 1.0
    run.come("third", EVE, UNPROVEN)
    assert [place.item for place in run.running] == ["long", "too early to tell"]


def test_a_caller_beside_others_leaves_them_the_last_worker() -> None:
    run = Run(workers=3)
    run.come("expensive", EVE, LONG)
    run.come("new", EVE, UNPROVEN)
    run.come("cheap", BOB, CHEAP)
    run.end_one()
    run.come("expensive again", EVE, LONG)
    run.come("waits", EVE, UNPROVEN)
    assert [place.item for place in run.running] == ["new", "cheap", "expensive again"]
    run.end_one()
    assert [place.item for place in run.running] == ["cheap", "expensive again", "waits"]
    run.come("waits too", EVE, UNPROVEN)
    run.end_one()
    assert [place.item for place in run.running] == ["expensive again", "waits"]


def test_one_worker_alone_takes_whatever_comes() -> None:
    run = Run(workers=1)
    run.come("expensive", EVE, LONG)
    assert [place.item for place in run.running] == ["expensive"]


def test_what_runs_for_long_is_expensive_whatever_was_expected() -> None:
    run = Run(workers=2)
    run.come("long", EVE)
    run.now = 1.0
    run.come("expensive", ADA, LONG)
    assert [place.item for place in run.running] == ["long"]
    run.end_one(seconds=1.0)
    assert [place.item for place in run.running] == ["expensive"]


# ── who is refused ───────────────────────────────────────────────────────────────────────────────


def test_when_too_many_wait_the_newest_of_who_has_most_is_refused() -> None:
    run = Run(waiting=4)
    run.come("runs", EVE)
    for n in range(4):
        run.come(f"eve {n}", EVE)
    run.come("ada", ADA)
    assert run.refused == {"eve 3": Reason.FULL}
    run.come("eve 4", EVE)
    assert run.refused == {"eve 3": Reason.FULL, "eve 4": Reason.FULL}
    assert "ada" in run.order()


def test_a_caller_has_a_bound_of_its_own() -> None:
    run = Run(of_caller=2)
    for n in range(4):
        run.come(f"eve {n}", EVE)
        run.come(f"ada {n}", ADA)
    assert run.refused == {"eve 3": Reason.CALLER, "ada 2": Reason.CALLER, "ada 3": Reason.CALLER}


def test_where_nothing_may_wait_a_free_worker_is_still_used() -> None:
    run = Run(waiting=0)
    run.come("first", ADA)
    run.come("second", ADA)
    assert [place.item for place in run.running] == ["first"]
    assert run.refused == {"second": Reason.FULL}


def test_what_cannot_begin_in_time_is_refused_at_once() -> None:
    run = Run(workers=2)
    for n in range(5):
        run.come(f"{n}", EVE, LONG)
    assert run.refused == {"4": Reason.HOPELESS}
    run.come("cheap", EVE)
    run.come("expensive", ADA, LONG)
    assert run.refused == {"4": Reason.HOPELESS}


def test_of_too_many_at_once_as_many_as_may_wait_are_served_the_newest_first() -> None:
    run = Run(waiting=3)
    for n in range(5):
        run.come(f"{n}", ADA)
    run.now = 0.9 * BURST
    assert run.refused == {"4": Reason.FULL}
    assert run.order() == ["0", "3", "2", "1"]


def test_when_too_many_come_for_long_whoever_has_waited_for_long_is_refused() -> None:
    run = Run(workers=2, waiting=3)
    for n in range(6):
        run.come(f"{n}", ADA)
    run.now = BURST
    run.come("late", ADA)
    run.now += PATIENCE / 2
    run.come("newest", ADA)
    run.now += PATIENCE * 0.6
    assert run.end_one() == "0"
    assert [place.item for place in run.running] == ["1", "newest"]
    assert run.refused.pop("late") is Reason.LATE
    run.end_one()
    assert run.refused == dict.fromkeys("234", Reason.LATE) | {"5": Reason.FULL}


def test_few_wait_in_an_overload() -> None:
    run = Run(waiting=3)
    for n in range(5):
        run.come(f"{n}", ADA)
    run.now = BURST
    run.come("one for the worker", ADA)
    run.come("one more", ADA)
    assert "one for the worker" not in run.refused
    assert "one more" in run.refused


def test_who_waits_for_those_that_take_long_may_wait_longer() -> None:
    run = Run(waiting=3)
    for n in range(5):
        run.come(f"{n}", ADA)
    run.now = BURST + 0.2
    run.end_one(seconds=BURST)
    run.now += 1.0
    run.end_one(seconds=1.0)
    assert run.refused == {"4": Reason.FULL}


def test_once_nothing_waits_requests_are_served_as_they_came_again() -> None:
    run = Run(waiting=3)
    for n in range(5):
        run.come(f"{n}", ADA)
    run.order()
    run.now = 10.0
    for n in range(3):
        run.come(f"later {n}", ADA)
    run.now = 11.0
    assert run.order() == ["later 0", "later 1", "later 2"]


def test_while_more_come_than_can_be_answered_few_wait() -> None:
    run = Run(workers=2, waiting=50)
    for n in range(60):
        run.come(f"{n}", EVE)
    run.now = BURST
    for n in range(20):
        run.now += 0.001
        run.come(f"late {n}", EVE)
    assert run.queue.waiting == WAITING_PER_WORKER * run.workers
    run.come("ada", ADA)
    assert run.queue.waiting == WAITING_PER_WORKER * run.workers
    assert "ada" not in run.refused


def test_an_overload_is_not_over_when_nothing_waits_for_a_moment() -> None:
    run = Run(workers=1, waiting=3)
    for n in range(5):
        run.come(f"{n}", EVE)
    run.now = BURST
    run.come("late", EVE)
    for n in range(5):
        run.come(f"again {n}", EVE)
    run.order()
    assert run.queue.waiting == 0
    run.now += 0.1
    for n in range(5):
        run.come(f"after {n}", EVE)
    assert run.queue.waiting == WAITING_PER_WORKER * run.workers


def test_who_leaves_does_not_wait_any_more() -> None:
    run = Run()
    run.come("runs", ADA)
    left = run.come("left", ADA)
    run.come("stays", ADA)
    run.queue.leave(left)
    run.queue.leave(left)
    assert run.queue.waiting == 1
    assert run.order() == ["runs", "stays"]


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────

NEWCOMER = Caller("198.51.100.1", "newcomer")
CALLERS = [Caller(f"192.0.2.{n % 3}", f"user {n}" if n % 4 else "") for n in range(7)]
# Sums of them are exact, as what is known in advance is compared with what becomes of it.
COSTS = st.sampled_from([2**-10, 2**-7, 0.09375, 0.5, 3.0])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("come"), st.sampled_from(CALLERS), COSTS, st.booleans()),
        st.tuples(st.just("end"), COSTS),
        st.tuples(st.just("leave"), st.integers(0, 50)),
        st.tuples(st.just("wait"), st.floats(0.0, 0.2)),
    ),
    max_size=120,
)


@settings(max_examples=150, deadline=None)
@given(
    steps=STEPS, workers=st.integers(1, 4), waiting=st.integers(0, 12), of_caller=st.integers(0, 6)
)
def test_nothing_is_lost_and_all_bounds_hold(
    steps: list[tuple[object, ...]], workers: int, waiting: int, of_caller: int
) -> None:
    run = Run(workers, waiting, of_caller)
    came: list[Place[str]] = []
    ended: set[str] = set()
    left: set[str] = set()
    for step in steps:
        match step:
            case ("come", Caller() as caller, float(cost), bool(proven)):
                came.append(run.come(f"{len(came)}", caller, Expected(cost, proven)))
            case ("end", float(cost)) if run.running:
                ended.add(run.end_one(cost))
            case ("leave", int(n)) if n < len(came) and came[n].item in run.queue.items():
                run.queue.leave(came[n])
                left.add(came[n].item)
            case ("wait", float(seconds)):
                run.now += seconds
        waits = run.queue.items()
        assert run.queue.waiting == len(waits) <= waiting
        by_caller = Counter(place.caller for place in came if place.item in waits)
        assert all(count <= of_caller for count in by_caller.values())
        expensive = [place for place in run.running if place.is_expensive]
        assert (
            workers == 1
            or len(expensive) < workers
            or any(p.expected.seconds <= EXPENSIVE for p in expensive)
        )
        holding = [place for place in run.running if place.holds]
        if workers > 1 and len(holding) == workers and len({p.caller for p in holding}) == 1:
            assert sum(not p.is_expensive for p in holding) <= 1
        states = [waits, [place.item for place in run.running], ended, left, run.refused]
        assert Counter(item for state in states for item in state) == Counter(
            place.item for place in came
        )
    run.order()
    assert run.queue.waiting == 0


@settings(max_examples=60, deadline=None)
@given(
    costs=st.lists(st.tuples(st.sampled_from(CALLERS), COSTS), min_size=1, max_size=60),
    workers=st.integers(1, 3),
)
def test_no_caller_starves_and_each_is_served_as_it_asked(
    costs: list[tuple[Caller, float]], workers: int
) -> None:
    run = Run(workers)
    places = [run.come(f"{n}", caller, Expected(c, True)) for n, (caller, c) in enumerate(costs)]
    accepted = [place for place in places if place.item not in run.refused]
    served: list[str] = []
    began = run.began
    # A newcomer asks all the time. Nobody waits longer for it than for as much time as was taken.
    turns = int((sum(cost for _, cost in costs) + 3.0 * workers) / 0.09) + 2
    while run.running:
        served.append(run.end_one())
        if len(served) < turns + len(costs):
            run.come(f"other {len(served)}", NEWCOMER, Expected(0.09, is_proven=True))
    assert {place.item for place in accepted} <= set(served[: turns + len(costs)])
    for caller in CALLERS:
        for is_expensive in (False, True):
            own = [
                p.item for p in accepted if p.caller == caller and p.is_expensive is is_expensive
            ]
            assert sorted(own, key=began.index) == own
