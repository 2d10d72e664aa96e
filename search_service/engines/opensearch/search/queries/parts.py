"""Parts of texts (see ``analyzers.parts``) as queries of the cluster.

A part scores by its rarity, which is how the field of parts weighs its terms.
"""

from collections.abc import Sequence

from search_service.catalogue.model import Entity
from search_service.engines.documents import engine_fields
from search_service.engines.documents.engine_fields import PARTS
from search_service.engines.documents.format import Format
from search_service.engines.opensearch.search.queries import patterns
from search_service.engines.opensearch.search.queries.clauses import (
    NOTHING,
    Json,
    any_of,
    constant,
    term,
)
from search_service.engines.opensearch.search.queries.words import as_phrase, nearly
from search_service.query.tree import Characters, Pattern

MOST_PARTS = 1_000
"""Parts that one of several patterns may fit; the cluster takes no more than 1,024."""


class PartQueries:
    """The queries of parts of an entity."""

    def __init__(self, entity: Entity, format_: Format) -> None:
        self._entity = entity
        self._format = format_

    def parts(self, field: str, words: Sequence[str], *, scored: bool) -> Json:
        """Parts one after the other, as rare as the rarest of them."""
        if not self._has_parts(field):
            return NOTHING
        terms = [self._term(field, word) for word in words]
        if len(terms) == 1:
            return term(PARTS, terms[0])
        in_order = as_phrase(PARTS, terms)
        if not scored:
            return in_order
        rarest = {"dis_max": {"queries": [term(PARTS, word) for word in dict.fromkeys(terms)]}}
        return {"bool": {"must": [rarest], "filter": [in_order]}}

    def part_wildcard(self, fields: Sequence[str], pattern: Pattern) -> Json:
        """A part of these fields that fits a pattern."""
        found = [
            patterns.matching(PARTS, self._of_field(field, pattern))
            for field in fields
            if self._has_parts(field)
        ]
        return constant(any_of(found)) if len(found) > 1 else any_of(found)

    def part_patterns(self, field: str, in_order: Sequence[tuple[Pattern, Characters]]) -> Json:
        """Parts one after the other that fit these patterns."""
        if not self._has_parts(field):
            return NOTHING
        code = engine_fields.part_code(self._entity, field)
        placed: list[Json] = [
            {
                "regexp": {
                    "pattern": code + patterns.as_expression(pattern, characters),
                    "max_expansions": MOST_PARTS,
                }
            }
            for pattern, characters in in_order
        ]
        row = {"ordered": True, "max_gaps": 0, "intervals": placed}
        return constant({"intervals": {PARTS: {"all_of": row}}})

    def part_fuzzy(self, field: str, part: str, edits: int) -> Json:
        """A part that is spelled nearly so."""
        if not self._has_parts(field):
            return NOTHING
        code = engine_fields.part_code(self._entity, field)
        return nearly(PARTS, code + part, edits, kept=len(code))

    def _has_parts(self, field: str) -> bool:
        return field in self._entity.parted_fields

    def _term(self, field: str, part: str) -> str:
        return self._format.as_term(engine_fields.part_code(self._entity, field) + part)

    def _of_field(self, field: str, pattern: Pattern) -> Pattern:
        code = engine_fields.part_code(self._entity, field)
        match pattern:
            case (str(first), *others):
                return (code + first, *others)
            case _:
                return (code, *pattern)
