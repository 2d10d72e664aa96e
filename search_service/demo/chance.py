"""How the example facility is skewed: some are picked often, some are large."""

import itertools
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def skewed(dice: random.Random, items: Sequence[T], strength: float = 2.0) -> T:
    """One of the items, the earlier ones more often."""
    return items[int(len(items) * dice.random() ** strength)]


def shares(dice: random.Random, total: int, parts: int, spread: float) -> list[int]:
    """The total split into parts of very different size, none empty."""
    weights = [dice.lognormvariate(0, spread) for _ in range(parts)]
    spare, whole = max(total - parts, 0), sum(weights)
    edges = [round(spare * run / whole) for run in itertools.accumulate(weights)]
    return [1 + high - low for low, high in itertools.pairwise([0, *edges])]
