"""Which scores are one score, with any engine.

An engine adds the scores of a document in an order that changes from query to query, so the last
bits of a sum do too. What is nearly alike is ordered by the id, or pages would not follow on. Not
here: how a document is scored.
"""

EQUAL = 2e-6
"""Scores that differ by this part of one of them, or less, are one score."""


def is_tied(score: float, other: float) -> bool:
    """Whether two scores are one."""
    return abs(score - other) <= EQUAL * abs(other)
