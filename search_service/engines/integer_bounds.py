"""Which integers are within bounds that need not be integers, nor fit into 64 bits."""

import math

from search_service.query.id_set import HIGHEST, LOWEST


def integer_bounds(low: float | None, high: float | None) -> tuple[int | None, int | None] | None:
    """The integers between the bounds; None when there are none."""
    whole_low = None if low is None or low <= LOWEST else math.ceil(low)
    whole_high = None if high is None or high >= HIGHEST else math.floor(high)
    if (whole_low is not None and whole_low > HIGHEST) or (
        whole_high is not None and whole_high < LOWEST
    ):
        return None
    return whole_low, whole_high
