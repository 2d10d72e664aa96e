"""Queries of the engine that score the same for whatever they find, and unions of queries."""

from collections.abc import Iterable

import tantivy

# The engine's scores of words carry a factor (k1 + 1) that Lucene leaves out; what scores a
# constant 1 there has to score as much here to weigh the same beside words.
CONSTANT = 2.2


def constant(query: tantivy.Query) -> tantivy.Query:
    """What the query finds, scored as 1 is."""
    return tantivy.Query.const_score_query(query, CONSTANT)


def any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    """What any of them finds; the scores add up."""
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
