"""One holder at a time, whoever stops or dies; what one writes who is too late has no effect."""

from dataclasses import replace
from typing import Any

import pytest

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.control.documents import Documents
from search_service.engines.opensearch.control.lease import HeldLease, Lease
from search_service.errors import TurnLost
from tests.support.shared_index import Connection, OtherProcess

INDEX = "lease"


@pytest.fixture
def lease(options: ClusterOptions) -> Lease:
    lease = lease_of(options)
    lease.documents.make_index(options)
    return lease


def lease_of(options: ClusterOptions) -> Lease:
    return Lease(
        Documents(Cluster(options), f"{options.prefix}-{INDEX}"), "state", options.lease_seconds
    )


def taken(lease: Lease, wait_seconds: float | None = None) -> HeldLease:
    held = lease.take(wait_seconds)
    assert held is not None
    return held


def written(lease: Lease) -> Any:
    stored = lease.documents.read(lease.id)
    assert stored is not None
    return stored.document.get("said")


def say(held: HeldLease, said: str) -> None:
    held.change(lambda content: {**content, "said": said})


def holds_and_writes(connection: Connection, options: ClusterOptions) -> None:
    """Take the lease, and write what the test says for as long as it is ours."""
    with taken(lease_of(options)) as held:
        connection.send(held.token)
        while True:
            try:
                say(held, connection.recv())
                connection.send("written")
            except TurnLost:
                connection.send("lost")


def test_each_holder_has_a_higher_token(lease: Lease) -> None:
    tokens = []
    for _ in range(3):
        with taken(lease) as held:
            tokens.append(held.token)
    assert tokens == [1, 2, 3]


def test_what_is_given_back_is_to_be_had_at_once(lease: Lease) -> None:
    with taken(lease):
        pass
    with taken(lease, wait_seconds=0):
        pass


def test_who_waits_gets_nothing_while_the_holder_lives(lease: Lease) -> None:
    with taken(lease) as held:
        assert lease.take(wait_seconds=2 * lease.seconds) is None
        say(held, "still here")
    assert written(lease) == "still here"


def test_an_operator_is_told_who_is_waited_for_long(
    lease: Lease, caplog: pytest.LogCaptureFixture
) -> None:
    with taken(lease) as held:
        owner = held.content["lease"]["owner"]
        waiting = replace(lease, told_seconds=0.1)
        assert waiting.take(wait_seconds=2 * lease.seconds) is None
    (told,) = [record for record in caplog.records if record.message == "waits for who has it"]
    assert vars(told)["owner"] == owner


def test_who_waits_takes_over_from_a_holder_that_was_killed(
    lease: Lease, options: ClusterOptions
) -> None:
    with OtherProcess(holds_and_writes, options) as other:
        token = other.heard()
        other.tell("the last words")
        assert other.heard() == "written"
        other.kill()
    with taken(lease) as held:
        assert held.token > token
        assert held.content["said"] == "the last words"


def test_a_holder_that_stood_still_too_long_writes_nothing_any_more(
    lease: Lease, options: ClusterOptions
) -> None:
    with OtherProcess(holds_and_writes, options) as other:
        other.heard()
        other.stop()
        with taken(lease) as held:
            say(held, "by the next one")
            other.tell("too late")
            other.go_on()
            assert other.heard() == "lost"
        assert written(lease) == "by the next one"
        other.tell("too late again")
        assert other.heard() == "lost"
    assert written(lease) == "by the next one"
