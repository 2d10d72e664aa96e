"""How each word of a text was understood: what it is looked for by, and in how many documents.

Not here: how a text is read, see ``query.text.reading``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.query.conditions import any_of
from search_service.query.in_words import LeafWords, leaf_words, says_typed
from search_service.query.parsed import (
    Match,
    MatchFuzzy,
    MatchPhrase,
    MatchRange,
    MatchWildcard,
    Parsed,
    ParsedBool,
    ParsedBoost,
)
from search_service.query.request.shapes import SearchRequest
from search_service.query.text.classify import PlainWords, TypedText, content_words
from search_service.query.tree import Join, Nothing, Query, children
from search_service.service.searching.explain.asked import AskedDocument
from search_service.service.searching.search import QueryBuilder

MOST_WORDS = 40
"""Words of a text that are looked at one by one."""

MOST_COUNTED = 10_000
"""Documents that are counted; where there are more it is this many, or some more."""


@dataclass(frozen=True, slots=True)
class WordLeaf:
    """What a word is looked for by. ``matched``: the fields in which the document has it."""

    leaf: LeafWords
    entity: str
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplainedWord:
    """A word of the text. ``documents``: that the viewer may see; ``in_all``: of whomever."""

    typed: str
    documents: int
    in_all: int
    matches: bool | None
    leaves: Sequence[WordLeaf]


def read_as(builder: QueryBuilder, request: SearchRequest, entity: Entity) -> str | None:
    """What the text was taken for; None without one."""
    text = request.conditions.text
    return None if text is None else says_typed(builder.reading.typed(text, entity))


def explained_words(
    builder: QueryBuilder,
    request: SearchRequest,
    entity: Entity,
    asked: AskedDocument | None,
) -> list[ExplainedWord]:
    """Each word of the text; ``asked``: the document in which they are looked for."""
    text = request.conditions.text
    if text is None:
        return []
    typed = builder.reading.typed(text, entity)
    return [
        _word(builder, entity, name, query, asked)
        for name, query in _queries(builder, typed, text, entity)
    ][:MOST_WORDS]


def _queries(
    builder: QueryBuilder, typed: TypedText, text: str, entity: Entity
) -> Iterator[tuple[str, Query]]:
    """Each word of a text with what finds it, in this entity and in what is searched beside it."""
    match typed:
        case PlainWords(words):
            for word in (content_words(words) or list(words))[:MOST_WORDS]:
                yield word, _anywhere(builder, Match(None, word), entity)
        case Match() | MatchPhrase() | MatchWildcard() | MatchFuzzy() | MatchRange():
            yield says_typed(typed).partition(": ")[2], _anywhere(builder, typed, entity)
        case ParsedBool(must, should, must_not):
            for one in (*must, *should, *must_not)[:MOST_WORDS]:
                yield from _queries(builder, one, text, entity)
        case ParsedBoost(inner):
            yield from _queries(builder, inner, text, entity)
        case _:
            yield text, builder.reading.query(text, entity, builder.vocabulary, builder.words)


def _anywhere(builder: QueryBuilder, raw: Parsed, entity: Entity) -> Query:
    def of(searched: Entity) -> Query:
        return builder.reading.analysed(raw, searched, None, builder.vocabulary)

    beside = (
        Join(other.name, join.by, join.on, of(other))
        for other, join in lookup.searched_beside(entity.name)
    )
    return any_of((of(entity), *beside))


def _word(
    builder: QueryBuilder,
    entity: Entity,
    typed: str,
    query: Query,
    asked: AskedDocument | None,
) -> ExplainedWord:
    def counted(query: Query) -> int:
        return builder.reader.tally(entity.name, query, MOST_COUNTED)

    matches = None if asked is None else asked.matches(query)
    in_document = asked if matches else None
    return ExplainedWord(
        typed,
        counted(builder.within_rights(query)),
        counted(query),
        matches,
        list(_leaves(query, entity, in_document)),
    )


def _leaves(query: Query, entity: Entity, asked: AskedDocument | None) -> Iterator[WordLeaf]:
    """What it is looked for by, each once with all of its fields."""
    found: dict[tuple[str, str, str], dict[str, bool]] = {}
    for leaf, of, whole in _leaves_in(query, entity, query):
        words = leaf_words(leaf)
        if words is None:
            continue
        fields = found.setdefault((of.name, words.how, words.what), {})
        matches = asked is not None and asked.matches(leaf if of is entity else whole)
        for field in words.fields:
            fields[field] = fields.get(field, False) or matches
    for (name, how, what), fields in found.items():
        matched = tuple(field for field, matches in fields.items() if matches)
        yield WordLeaf(LeafWords(how, what, tuple(fields)), name, matched)


def _leaves_in(query: Query, entity: Entity, whole: Query) -> Iterator[tuple[Query, Entity, Query]]:
    """Leaves with the entity whose documents they are asked of; ``whole``: with its join."""
    if isinstance(query, Join):
        for leaf, of, _ in _leaves_in(query.query, lookup.entity(query.entity), query):
            yield leaf, of, replace(query, query=leaf)
        return
    inner = children(query)
    if not inner and query != Nothing():
        yield query, entity, query
    for one in inner:
        yield from _leaves_in(one, entity, whole)
