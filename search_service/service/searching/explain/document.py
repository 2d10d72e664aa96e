"""Why a document is found or not: each condition of the request, asked of it alone.

Not here: its words one by one, see ``words``; the query node by node, see ``tree``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from search_service.catalogue.model import Entity
from search_service.engines.base import Document
from search_service.query.request.shapes import Conditions, Period, SearchRequest
from search_service.query.tree import Query
from search_service.service.searching.explain.asked import AskedDocument
from search_service.service.searching.search import QueryBuilder


@dataclass(frozen=True, slots=True)
class ExplainedCondition:
    """A condition of the request. ``matches``: without regard to who may see what joins to it."""

    name: str
    matches: bool
    within_rights: bool


@dataclass(frozen=True, slots=True)
class ExplainedDocument:
    """The document that was asked for. ``verdict``: a sentence; ``score``: where it is found."""

    id: int
    document: Document | None
    is_visible: bool
    is_found: bool
    score: float | None
    conditions: Sequence[ExplainedCondition]
    verdict: str


def explained_document(
    builder: QueryBuilder,
    request: SearchRequest,
    entity: Entity,
    asked: AskedDocument,
    within: Query,
    visible: Query,
) -> ExplainedDocument:
    """Why a document is found or not. ``within``: the query within the rights of its viewer.

    ``visible``: all that the viewer may see.
    """
    document = asked.document()
    is_visible = asked.matches(visible)
    score = asked.score(within)
    conditions = [
        ExplainedCondition(name, asked.matches(query), asked.matches(builder.within_rights(query)))
        for name, query in _conditions(builder, request)
    ]
    verdict = _verdict(entity, asked.id, document, is_visible, score is not None, conditions)
    return ExplainedDocument(
        asked.id, document, is_visible, score is not None, score, conditions, verdict
    )


def each_alone(whole: Conditions) -> Iterator[tuple[str, Conditions]]:
    """Each condition by itself, with its name for a person. Rights are none."""
    if whole.text is not None:
        yield "text", Conditions(text=whole.text)
    if whole.user_full_name is not None:
        yield "userFullName", Conditions(user_full_name=whole.user_full_name)
    if whole.period != Period():
        yield "lower and upper", Conditions(period=whole.period)
    for at, parameter in enumerate(whole.parameters):
        yield f"parameter {parameter.name or at + 1}", Conditions(parameters=(parameter,))
    for one in whole.filters:
        entity, field = getattr(one, "entity", ""), getattr(one, "field", "")
        name = ".".join(part for part in (entity, field) if part)
        yield f"filter {name}", Conditions(filters=(one,))


def _conditions(builder: QueryBuilder, request: SearchRequest) -> Iterator[tuple[str, Query]]:
    """Each condition of a request, as if there were no other."""
    for name, conditions in each_alone(request.conditions):
        alone_asked = replace(request, conditions=conditions)
        respelled = builder.respelled(alone_asked) if name == "text" else None
        yield name, respelled or builder.query(alone_asked)


def _verdict(
    entity: Entity,
    id_: int,
    document: Document | None,
    is_visible: bool,
    is_found: bool,
    conditions: Sequence[ExplainedCondition],
) -> str:
    this = f"{entity.name} {id_}"
    if document is None:
        return f"{this} is not in the index: it was never sent, was deleted, or is not committed"
    if is_found:
        return f"{this} is found"
    reasons = []
    if not is_visible:
        reasons.append("whoever searches may not see it")
    reasons += [f"it does not meet the {one.name}" for one in conditions if not one.matches]
    reasons += [
        f"it meets the {one.name} only by what whoever searches may not see"
        for one in conditions
        if is_visible and one.matches and not one.within_rights
    ]
    return f"{this} is not found: {', and '.join(reasons) or 'the conditions exclude it together'}"
