"""How much is tried: what fits a run of all tests, or so many times as much.

``HOSTILE_TIMES=50 .venv/bin/python -m pytest tests/hostile`` tries fifty times as many requests.
"""

import os

TIMES = int(os.environ.get("HOSTILE_TIMES", "1"))


def times(usual: int) -> int:
    """How many there are to be, of what a usual run has so many of."""
    return usual * TIMES
