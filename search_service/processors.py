"""How many processors this process may use: of the machine, or of its control group.

A container, or a unit with ``CPUQuota=``, has a share of the time of processors and sees them all:
by their number it would start a process for each of 64, of which two could run.
"""

import math
import os
from pathlib import Path

_QUOTA = "cpu.max"  # "200000 100000": microseconds of all processors, in so many; "max": no limit
_OLD_QUOTA, _OLD_PERIOD = "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"  # -1: no limit


def processors(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """At least one; a part of one counts as one."""
    all_of_them = len(os.sched_getaffinity(0))
    for read in (_of_group, _of_old_group):
        try:
            quota, period = read(groups)
        except (OSError, ValueError):  # no such file, or "max"
            continue
        if quota > 0 and period > 0:
            return min(all_of_them, math.ceil(quota / period))
    return all_of_them


def _of_group(groups: Path) -> tuple[int, int]:
    quota, period = (groups / _QUOTA).read_text().split()
    return int(quota), int(period)


def _of_old_group(groups: Path) -> tuple[int, int]:
    return int((groups / _OLD_QUOTA).read_text()), int((groups / _OLD_PERIOD).read_text())
