"""The service is killed at random moments, amid anything: nothing acknowledged is lost."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.seed import MOMENTS, SEED, tell_seed
from tests.support.faults.kinds import KINDS, Kind
from tests.support.faults.moments import Moments

pytestmark = pytest.mark.slow

OF_A_KIND = -(-MOMENTS // len(KINDS))
TRIES = 4  # for each kill that hits
SECONDS = 120 + 90 * OF_A_KIND


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moments]:
    """A service with documents; the kills that hit are told at the end."""
    tell_seed()
    moments = Moments(tmp_path_factory.mktemp("killed"), SEED)
    moments.start()
    moments.catalogue.fill()
    try:
        yield moments
        moments.end()
    finally:
        moments.give_up()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.awaited)
def test_a_service_that_is_killed_amid_it_loses_nothing(moments: Moments, kind: Kind) -> None:
    tell_seed()
    moments.ready()
    outcomes: Counter[bool] = Counter()
    while outcomes[True] < OF_A_KIND and outcomes.total() < TRIES * OF_A_KIND:
        outcomes[moments.killed_in(kind)] += 1
    print(f"{kind.awaited}: {outcomes[True]} of {outcomes.total()} kills in flight")
    assert outcomes[True] >= OF_A_KIND


@pytest.mark.parametrize("awaited", ["write", "commit", "unlock", "hand-over", "clear"])
def test_a_service_that_is_killed_while_it_starts_after_a_kill_loses_nothing(
    moments: Moments, awaited: str
) -> None:
    tell_seed()
    moments.ready()
    kind = next(kind for kind in KINDS if kind.awaited == awaited)
    outcomes = Counter(moments.killed_in_start(kind) for _ in range(-(-OF_A_KIND // 3)))
    print(f"start after {awaited}: {outcomes[True]} of {outcomes.total()} kills before it served")
