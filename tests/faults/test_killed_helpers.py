"""Processes of the service are killed amid what they do: it goes on, and callers lose no change."""

from collections.abc import Iterator

import pytest

from tests.faults.seed import MOMENTS, SEED, tell_seed
from tests.support.faults.kinds import KINDS
from tests.support.faults.members import ENCODER, FORK_SERVER, TRACKER, WORKER
from tests.support.faults.moments import Moments

pytestmark = pytest.mark.slow

KIND = {kind.awaited: kind for kind in KINDS}
KILLED = (
    (WORKER, "search", {"SEARCH_FAILED"}),
    (WORKER, "commit", set[str]()),
    (ENCODER, "addNow", set[str]()),
    (FORK_SERVER, "search", {"SEARCH_FAILED", "TIMED_OUT"}),  # the others start all at once
    (FORK_SERVER, "addNow", {"STORAGE_FAILED"}),
    (FORK_SERVER, "hand-over", set[str]()),
    (TRACKER, "search", set[str]()),
    (TRACKER, "addNow", set[str]()),
)
REFUSALS = ("SEARCH_FAILED", "STORAGE_FAILED", "TIMED_OUT")
OF_A_KIND = -(-MOMENTS // (2 * len(KILLED)))
SECONDS = 120 + 40 * OF_A_KIND
ENDED = ("search worker ended unexpectedly", *(f"error={code}" for code in REFUSALS))


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moments]:
    tell_seed()
    moments = Moments(tmp_path_factory.mktemp("helpers"), SEED, {"workers": 2})
    moments.start()
    moments.catalogue.fill()
    try:
        yield moments
        moments.end(*ENDED)
    finally:
        moments.give_up()


@pytest.mark.parametrize(
    ("member", "kind", "codes"), KILLED, ids=[f"{member}-in-{kind}" for member, kind, _ in KILLED]
)
def test_a_service_goes_on_without(
    moments: Moments, member: str, kind: str, codes: set[str]
) -> None:
    tell_seed()
    moments.ready()
    for _ in range(OF_A_KIND):
        refused = moments.killed_member(member, KIND[kind])
        assert {reply.content["code"] for reply in refused} <= codes
