"""The disk becomes full amid anything: it is refused, and all is as before when there is room."""

from pathlib import Path

import pytest

from tests.faults.seed import SEED, tell_seed
from tests.support.disks import Disk, small_disk
from tests.support.faults.kinds import KINDS, Kind
from tests.support.faults.moments import Moments

pytestmark = pytest.mark.slow
__all__ = ["small_disk"]

SECONDS = 600
HALVES = (KINDS[::2], KINDS[1::2])


@pytest.mark.parametrize("kinds", HALVES, ids=["some", "others"])
def test_a_disk_that_becomes_full_amid_it_loses_nothing(
    small_disk: Disk, tmp_path: Path, kinds: tuple[Kind, ...]
) -> None:
    tell_seed()
    small_disk.grow(100_000_000)
    moments = Moments(tmp_path, SEED)
    try:
        moments.start()
        moments.catalogue.fill()
        for kind in kinds:
            refused = moments.without_room(kind, small_disk)
            print(f"amid {kind.awaited}: {refused} was refused")
        moments.end()
    finally:
        moments.give_up()
