"""A request's conditions as one analysed tree over the documents of its entity."""

from collections.abc import Sequence

from analyzers.chain import text_words
from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.query.conditions import filtered, having, in_period, joined, with_parameter
from search_service.query.request.shapes import FacetRequest, SearchRequest
from search_service.query.simplify import simplify
from search_service.query.text.analyse import Analysis, analyse
from search_service.query.text.classify import plain_words, syntax_or_words
from search_service.query.text.matching import TextReader
from search_service.query.text.syntax import parse
from search_service.query.tree import (
    Bool,
    Constant,
    Everything,
    Join,
    MatchPhrase,
    Nothing,
    Parsed,
    Query,
)
from search_service.query.visibility import OnlySeen, Viewer, visible_to
from search_service.query.vocabulary import AnyWords, Vocabulary

Queries = tuple[Query, ...]

FULL_NAMES = ("InvestigationUser", "user.fullName")
_FEWEST_NAMES = 2


def build_search(
    request: SearchRequest,
    analysis: Analysis,
    units: Units,
    known: Vocabulary | None = None,
    text: Query | None = None,
    visible: Vocabulary | None = None,
) -> Query:
    """What the hits have to meet. ``Nothing`` when nothing can. Raises BadRequest.

    ``text``: instead of what the text says. ``visible``: of the documents that the viewer may see,
    which decides how the text is read.
    """
    entity = lookup.entity(request.entity)
    conditions = request.conditions
    scored: tuple[Query, ...] = ()
    if conditions.text is not None:
        scored = (text or build_text(conditions.text, entity, analysis, known, visible),)
    conditional: list[Query] = []
    first: tuple[Query, ...] = ()
    if conditions.user_full_name is not None:
        read = parse if analysis.people is None else syntax_or_words
        names = read(conditions.user_full_name)
        conditional.append(_with_user(names, entity, analysis, known))
        first = _with_whole_name(names, entity, analysis, known)
    conditional += in_period(entity, conditions.period)
    conditional += [with_parameter(entity, parameter) for parameter in conditions.parameters]
    for condition in conditions.filters:
        conditional += filtered(entity, condition, analysis.facetable, units)
    if conditions.user is None:
        return _all_of(scored, conditional, first)
    return _within_rights(conditions.user, entity, scored, conditional, first, analysis)


def _within_rights(
    user: str,
    entity: Entity,
    scored: Queries,
    conditional: Sequence[Query],
    first: Queries,
    analysis: Analysis,
) -> Query:
    """What the conditions find of the documents that the user may see, beside none but those."""
    visible = visible_to(user, entity)
    seen = OnlySeen(Viewer(user))
    scored, conditional, first = (
        tuple(seen.of(part, entity) for part in parts) for parts in (scored, conditional, first)
    )
    if scored and analysis.loose_synonyms:
        # The peer puts what is visible in two ways before what is so in one.
        return _all_of((*scored, visible), conditional, first)
    return _all_of(scored, (visible, *conditional), first)


def build_facets(request: FacetRequest, analysis: Analysis) -> Query:
    """Which documents are counted. ``Nothing`` when there can be none."""
    entity = lookup.find_entity(request.entity)
    if entity is None:
        return Nothing()
    return _all_of((), [having(entity, part, analysis.facetable) for part in request.conditions])


def _all_of(scored: Queries, conditional: Sequence[Query], first: Queries = ()) -> Query:
    if not scored and not conditional:
        return Everything()
    return simplify(Bool(must=scored, should=first, filter=tuple(conditional)))


def build_text(
    text: str,
    entity: Entity,
    analysis: Analysis,
    known: Vocabulary | None = None,
    visible: Vocabulary | None = None,
) -> Query:
    """What a text finds by itself. Raises BadRequest."""
    if analysis.people is not None:
        reader = TextReader(entity, analysis, analysis.people, known or AnyWords(), visible)
        return reader.query(text)
    return _text(text, entity, analysis)


def build_respelled(
    text: str,
    entity: Entity,
    analysis: Analysis,
    known: Vocabulary,
    visible: Vocabulary | None = None,
) -> Query | None:
    """What a text finds when its words may be misspelled; None where they are meant as typed."""
    if analysis.people is None:
        return None
    return TextReader(entity, analysis, analysis.people, known, visible).respelled(text)


def _text(text: str, entity: Entity, analysis: Analysis) -> Query:
    """The text on the entity's own fields, or on those of samples that it does not repeat."""
    parsed = parse(text)
    of_others = (
        Join(other.name, join.by, join.on, analyse(parsed, other, analysis), scored=True)
        for other, join in lookup.searched_beside(entity.name)
    )
    return Bool(should=(analyse(parsed, entity, analysis), *of_others))


def _with_user(
    names: Parsed, entity: Entity, analysis: Analysis, known: Vocabulary | None
) -> Query:
    source, field = FULL_NAMES
    users = analyse(names, lookup.entity(source), analysis, (field,), known)
    return joined(source, entity.name, users) or Nothing()


def _with_whole_name(
    typed: Parsed, entity: Entity, analysis: Analysis, known: Vocabulary | None
) -> tuple[Query, ...]:
    """What is before the rest: somebody has all the names that were typed, not one of them."""
    source, field = FULL_NAMES
    names = [name for name in plain_words(typed) if len(name.strip(".,")) > 1]
    words = [word for name in names for word in text_words(name)]  # 李小红 is three
    if analysis.people is None or len(words) < _FEWEST_NAMES:
        return ()
    each = (MatchPhrase(None, name) for name in names)
    user = Bool(
        filter=tuple(
            analyse(name, lookup.entity(source), analysis, (field,), known) for name in each
        )
    )
    found = joined(source, entity.name, user)
    return () if found is None else (Constant(found, analysis.people.all_words),)
