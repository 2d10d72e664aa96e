"""Which queries take long before their first document is found.

A pattern walks a dictionary, a set of ids looks each of them up, and both do it again whenever the
query is carried out: so it is carried out once, even where that means to look at more documents.
"""

from search_service.engines.embedded.search.queries.numbers import UNION_OF_TERMS
from search_service.query.tree import (
    ExactWildcard,
    Fuzzy,
    Numbers,
    PartFuzzy,
    PartPatterns,
    PartWildcard,
    Query,
    Wildcard,
    WordRange,
    children,
)


def takes_long_to_begin(query: Query) -> bool:
    """Whether there is a pattern or a large set in it."""
    match query:
        case (
            PartWildcard() | PartPatterns() | PartFuzzy() | Wildcard() | Fuzzy() | WordRange()
            | ExactWildcard()
        ):  # fmt: skip
            return True
        case Numbers(values=values):
            return len(values) > UNION_OF_TERMS
        case _:
            return any(takes_long_to_begin(part) for part in children(query))
