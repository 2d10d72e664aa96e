"""A request's conditions as one analysed tree over the documents of its entity."""

from collections.abc import Sequence

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.model import Entity
from search_service.query.conditions import (
    Facetable,
    filtered,
    having,
    in_period,
    joined,
    with_parameter,
)
from search_service.query.request.shapes import FacetRequest, SearchRequest
from search_service.query.simplify import simplify
from search_service.query.text.reading import Reading
from search_service.query.tree import Bool, Constant, Everything, Nothing, Query
from search_service.query.visibility import OnlySeen, Viewer, visible_to
from search_service.query.vocabulary import ANY_WORDS, Vocabulary

Queries = tuple[Query, ...]


def build_search(
    request: SearchRequest,
    reading: Reading,
    units: Units,
    vocabulary: Vocabulary = ANY_WORDS,
    text: Query | None = None,
    visible: Vocabulary | None = None,
) -> Query:
    """The query whose documents are the hits; ``Nothing`` when there can be none.

    ``text``: in place of the query of the request's text. ``vocabulary``: of all documents;
    ``visible``: of those that the viewer may see, which decides how the text is read. Raises
    BadRequest.
    """
    entity = lookup.entity(request.entity)
    conditions = request.conditions
    scored: tuple[Query, ...] = ()
    if conditions.text is not None:
        scored = (text or reading.query(conditions.text, entity, vocabulary, visible),)
    conditional: list[Query] = []
    first: tuple[Query, ...] = ()
    if conditions.user_full_name is not None:
        users, first = _user_conditions(conditions.user_full_name, entity, reading, vocabulary)
        conditional.append(users)
    conditional += in_period(entity, conditions.period)
    conditional += [with_parameter(entity, parameter) for parameter in conditions.parameters]
    for condition in conditions.filters:
        conditional += filtered(entity, condition, reading.analysis.facetable, units)
    if conditions.user is None:
        return _all_of(scored, conditional, first)
    return _within_rights(conditions.user, entity, scored, conditional, first, reading)


def _within_rights(
    user: str,
    entity: Entity,
    scored: Queries,
    conditional: Sequence[Query],
    first: Queries,
    reading: Reading,
) -> Query:
    """What the conditions find of the documents that the user may see, beside none but those."""
    visible = visible_to(user, entity)
    seen = OnlySeen(Viewer(user))
    scored, conditional, first = (
        tuple(seen.of(part, entity) for part in parts) for parts in (scored, conditional, first)
    )
    if scored and reading.rights_score:
        return _all_of((*scored, visible), conditional, first)
    return _all_of(scored, (visible, *conditional), first)


def build_facets(request: FacetRequest, facetable: Facetable) -> Query:
    """Which documents are counted. ``Nothing`` when there can be none."""
    entity = lookup.find_entity(request.entity)
    if entity is None:
        return Nothing()
    return _all_of((), [having(entity, part, facetable) for part in request.conditions])


def _all_of(scored: Queries, conditional: Sequence[Query], first: Queries = ()) -> Query:
    if not scored and not conditional:
        return Everything()
    return simplify(Bool(must=scored, should=first, filter=tuple(conditional)))


def _user_conditions(
    typed: str, entity: Entity, reading: Reading, vocabulary: Vocabulary
) -> tuple[Query, Queries]:
    """Somebody with such a full name has to do with the document; who has all of it comes first."""
    source, field = lookup.full_names()
    found = reading.full_name(typed, source, field, vocabulary)
    users = joined(source.name, entity.name, found.any_name) or Nothing()
    if found.all_names is None:
        return users, ()
    first = joined(source.name, entity.name, found.all_names)
    return users, () if first is None else (Constant(first, found.weight),)
