"""The highest score that a part of a query can give, and how many documents it finds at most.

What is found by low parts alone cannot be among the best once enough others score more: see
``pages.narrowed``.
"""

import math

from search_service.catalogue.model import FieldKind
from search_service.engines.documents import engine_fields
from search_service.engines.embedded.index.terms import as_term, term_of, without_blanks
from search_service.engines.embedded.search.queries.combine import CONSTANT
from search_service.engines.embedded.search.queries.weights import Weights
from search_service.engines.embedded.search.slice import Slice
from search_service.query.tree import (
    Bool,
    Boost,
    Constant,
    Parts,
    Phrase,
    Query,
    Term,
)


class UpperBounds:
    """Bounds of the parts of one query over one slice; None where none is known."""

    def __init__(self, slice_: Slice, weights: Weights) -> None:
        self._slice = slice_
        self._weights = weights
        self._documents: dict[int, tuple[Query, int | None]] = {}

    def score(self, query: Query) -> float | None:
        """No document scores more by this part."""
        match query:
            case Term(field, word) if (term := self._term(field, word)) is not None:
                return self._weights.most(field, [term])
            case Phrase(field, words):
                terms = [self._term(field, word) for _, word in words]
                known = [term for term in terms if term is not None]
                return self._weights.most(field, known) if len(known) == len(terms) else None
            case Parts(field, parts):
                terms_of_parts = self._parts(field, parts)
                if not terms_of_parts or not self._fewest(engine_fields.PARTS, terms_of_parts):
                    return 0.0
                return self._weights.of_terms(engine_fields.PARTS, terms_of_parts)
            case Constant(score=score):
                return score * CONSTANT
            case Boost(inner, factor):
                bound = self.score(inner)
                return None if bound is None else bound * factor
            case Bool(must=must, should=should):
                total = 0.0
                for part in (*must, *should):
                    bound = self.score(part)
                    if bound is None:
                        return None
                    total += bound
                return total
            case _:
                return None

    def documents(self, query: Query) -> int | None:
        """No more documents are found by this part."""
        known = self._documents.get(id(query))
        if known is None:
            # By identity, as a tree has some parts in several places; with the part, to keep it.
            known = self._documents[id(query)] = query, self._most_documents(query)
        return known[1]

    def _most_documents(self, query: Query) -> int | None:
        match query:
            case Term(field, word) if (term := self._term(field, word)) is not None:
                return self._slice.document_frequency(field, term)
            case Phrase(field, words):
                terms = [self._term(field, word) for _, word in words]
                return self._fewest(field, [term for term in terms if term is not None])
            case Parts(field, parts):
                return self._fewest(engine_fields.PARTS, self._parts(field, parts))
            case Constant(inner) | Boost(inner):
                return self.documents(inner)
            case Bool(must, should, _, filters):
                required = [self.documents(part) for part in (*must, *filters)]
                if required:
                    return min((n for n in required if n is not None), default=None)
                alternatives = [self.documents(part) for part in should]
                known = [n for n in alternatives if n is not None]
                return sum(known) if len(known) == len(alternatives) else None
            case _:
                return None

    def likely(self, query: Query) -> float:
        """About how many documents are found, as if words came independently of each other."""
        match query:
            case Constant(inner) | Boost(inner):
                return self.likely(inner)
            case Bool(must, should, _, filters):
                every = max(self._slice.documents, 1)
                required = (*must, *filters)
                if required:
                    return every * math.prod(self.likely(part) / every for part in required)
                return min(every, sum(self.likely(part) for part in should))
            case _:
                return float(self.documents(query) or 0)

    def _term(self, field: str, word: str) -> str | None:
        """A word as the engine's field of the same name has it; None of any other kind of field."""
        declared = self._slice.entity.by_name.get(field)
        if declared is None or field.endswith(".exact"):
            return None
        if declared.kind is FieldKind.PATH:
            return as_term(word)
        return term_of(word) if declared.kind is FieldKind.TEXT else None

    def _parts(self, field: str, parts: tuple[str, ...]) -> list[str]:
        if field not in self._slice.entity.parted_fields:
            return []
        code = engine_fields.part_code(self._slice.entity, field)
        return [term_of(code + without_blanks(part)) for part in parts]

    def _fewest(self, engine_field: str, terms: list[str]) -> int:
        frequencies = (self._slice.document_frequency(engine_field, term) for term in terms)
        return min(frequencies, default=0)
