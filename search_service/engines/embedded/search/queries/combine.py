"""Queries of the engine made of others: any of them, both, one without another, or all alike."""

from collections.abc import Iterable

import tantivy

CONSTANT = 2.2
"""What a leaf scores for 1: the engine's scores of words carry a factor (k1 + 1) that Lucene leaves
out, so what scores a constant 1 there has to score as much here to weigh the same beside words."""


def constant(query: tantivy.Query) -> tantivy.Query:
    """What the query finds, scored as 1 is."""
    return tantivy.Query.const_score_query(query, CONSTANT)


def any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    """What any of them finds; the scores add up."""
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def combined(query: tantivy.Query, condition: tantivy.Query) -> tantivy.Query:
    """What matches both; the condition does not change the score."""
    return tantivy.Query.boolean_query(
        [
            (tantivy.Occur.Must, query),
            (tantivy.Occur.Must, tantivy.Query.const_score_query(condition, 0.0)),
        ]
    )


def with_optional(query: tantivy.Query, optional: Iterable[tantivy.Query]) -> tantivy.Query:
    """What the first finds; the scores of the others are added where they find it too."""
    others = [(tantivy.Occur.Should, other) for other in optional]
    if not others:
        return query
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *others])


def excluding(query: tantivy.Query, excluded: tantivy.Query) -> tantivy.Query:
    """What matches the first and not the second."""
    return tantivy.Query.boolean_query(
        [(tantivy.Occur.Must, query), (tantivy.Occur.MustNot, excluded)]
    )


def boosted(query: tantivy.Query, factor: float) -> tantivy.Query:
    """What the query finds, its scores times a factor."""
    return query if factor == 1.0 else tantivy.Query.boost_query(query, factor)
