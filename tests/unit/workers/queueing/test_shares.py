"""Whose turn it is among shares, and what each is charged."""

from typing import cast

import pytest

from search_service.workers.queueing.shares import MOST_PEOPLE, Share

NOW = 0.0


def waits(
    everybody: Share[str], address: str, user: str = "ada", seconds: float = 1.0
) -> Share[str]:
    """A request of a user at an address waits."""
    leaf = everybody.child(address).child(user).child("cheap")
    leaf.begin_to_wait(seconds, NOW)
    return leaf


def runs(leaf: Share[str], seconds: float = 1.0) -> list[tuple[Share[str], float]]:
    """One that waited runs; what each share on the way up is charged by."""
    leaf.end_waiting(seconds)
    return leaf.begin_to_run(seconds)


def turns(share: Share[str]) -> list[str]:
    return [cast(str, child.key) for child in share.by_turn()]


def test_who_is_furthest_behind_is_next_and_of_equals_who_came_first() -> None:
    everybody = Share[str]()
    first = waits(everybody, "first")
    waits(everybody, "first")
    waits(everybody, "second")
    assert turns(everybody) == ["first", "second"]
    runs(first)
    assert turns(everybody) == ["second", "first"]


def test_who_has_nothing_that_waits_has_no_turn() -> None:
    everybody = Share[str]()
    leaf = waits(everybody, "a")
    runs(leaf)
    assert turns(everybody) == []
    assert everybody.is_active


def test_what_waits_and_runs_is_counted_up_to_all() -> None:
    everybody = Share[str]()
    leaf = waits(everybody, "a", seconds=2.0)
    waits(everybody, "a", "zoe", seconds=3.0)
    waits(everybody, "b", seconds=4.0)
    assert (everybody.waiting, everybody.expected) == (3, 9.0)
    charged = runs(leaf, 2.0)
    assert (everybody.waiting, everybody.running, everybody.expected) == (2, 1, 7.0)
    leaf.end_running(charged, 0.0)
    assert (everybody.waiting, everybody.running) == (2, 0)


def test_who_took_longer_than_expected_is_further_ahead_by_that() -> None:
    everybody = Share[str]()
    long, short = waits(everybody, "long"), waits(everybody, "short")
    waits(everybody, "long")
    waits(everybody, "short")
    for leaf, difference in ((long, 5.0), (short, 0.0)):
        leaf.end_running(runs(leaf), difference)
    assert turns(everybody) == ["short", "long"]


def test_who_comes_back_starts_where_the_others_are() -> None:
    everybody = Share[str]()
    for _ in range(10):
        leaf = waits(everybody, "busy")
        waits(everybody, "busy")
        leaf.end_running(runs(leaf), 0.0)
    waits(everybody, "new")
    assert everybody.child("new").place == everybody.now > 0.0


@pytest.mark.parametrize(("users", "weight"), [(1, 1), (3, 3), (MOST_PEOPLE + 9, MOST_PEOPLE)])
def test_an_address_is_charged_as_so_many_people_as_ask_from_it(users: int, weight: int) -> None:
    everybody = Share[str]()
    leaf, *_ = [waits(everybody, "catalogue", f"user {number}") for number in range(users)]
    of_address = {share.key: by for share, by in runs(leaf)}["catalogue"]
    assert of_address == weight


def test_requests_without_a_user_are_charged_as_those_of_all_named_users() -> None:
    everybody = Share[str]()
    nameless = waits(everybody, "catalogue", "")
    named = [waits(everybody, "catalogue", name) for name in ("ada", "zoe", "mo")]
    assert {share.key: by for share, by in runs(nameless)}[""] == len(named)
    assert {share.key: by for share, by in runs(named[0])}["ada"] == 1


def test_when_nobody_asks_all_is_forgotten() -> None:
    everybody = Share[str]()
    leaf = waits(everybody, "a")
    leaf.end_running(runs(leaf), 100.0)
    assert (everybody.children, everybody.now, everybody.is_active) == ({}, 0.0, False)


def test_who_owes_time_is_remembered_while_others_ask() -> None:
    everybody = Share[str]()
    waits(everybody, "other")
    leaf = waits(everybody, "owes")
    leaf.end_running(runs(leaf), 100.0)
    assert everybody.children["owes"].place == 101.0


def test_of_those_that_owe_time_some_are_remembered_and_those_that_ask_always() -> None:
    everybody = Share[str]()
    waits(everybody, "asks")
    for number in range(5_000):
        leaf = waits(everybody, f"owes {number}")
        leaf.end_running(runs(leaf), 100.0)
    assert len(everybody.children) < 1_000
    assert "asks" in everybody.children
