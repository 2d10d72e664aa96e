"""A change of a related entity → changes of the documents that repeat its fields.

A related entity has successive states. Where a state differs from the one before, the documents
that were written earlier are made to agree; those written later hold the fields themselves. An
update that repeats a state touches no document that is committed; pending ones are made to agree
with it, or a batch that is sent again would have another result than the first time. The state
before may be unknown: then the new one counts as different, and only documents that differ are
written.

Not here: which documents are pending and when a commit is, see ``pending`` and ``changes``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.documents import Document, with_si
from search_service.catalogue.model import FieldKind, Propagation
from search_service.engines.base import Change, Delete, Put, Reader
from search_service.query.tree import Bool, Everything, Exact, Exists, Numbers, Query
from search_service.service.indexing.pending import RelatedState

Before = Mapping[str, Mapping[int, Document]]
"""The states of related entities before the first pending change, by name and id, where known."""

_PAGE = 2000  # documents
_CLAUSES = 200  # of one query
_IDS = 1000  # of one clause


@dataclass(frozen=True, slots=True)
class Effect:
    """The fields that documents written before ``turn`` are to repeat; None: a delete.

    ``is_new``: the state differs from the one before, so committed documents may not agree.
    """

    turn: int
    fields: Document | None
    is_new: bool


ById = Mapping[int, Sequence[Effect]]


class Effects:
    """The effects of related entities on the documents of one entity that repeats their fields."""

    def __init__(self, entity: str, of: Sequence[tuple[Propagation, ById]], units: Units) -> None:
        self.entity = entity
        self._declared = lookup.entity(entity)
        self._of = of
        self._units = units

    def on(self, document: Document, written: int = -1) -> Document | None:
        """The document with the effects: the same object when it agrees, None when it is deleted.

        ``written``: its turn; documents of an earlier commit come before all turns.
        """
        changed = document
        for propagation, by_id in self._of:
            key = document.get(propagation.by)
            if key is None:
                continue
            later = [
                effect
                for effect in by_id.get(key, ())
                if effect.turn > written and (effect.is_new or written >= 0)
            ]
            if propagation.whole and any(effect.fields is None for effect in later):
                return None
            if later:
                changed = _repeating(changed, propagation, later[-1].fields or {})
        fields = self._declared.values
        if fields is not None and changed.get(fields.units) != document.get(fields.units):
            return with_si(self._declared, changed, self._units)
        return changed

    def on_committed(
        self, reader: Reader, without: Collection[int], exact: Collection[str]
    ) -> Iterator[Sequence[Change]]:
        """Pages of changes of committed documents, except for the ids of ``without``.

        ``exact``: fields that can be compared as a whole, so that documents that agree already
        need not be read.
        """
        for query in self._queries(exact):
            after: int | None = None
            while page := reader.documents(self.entity, query, after, _PAGE):
                after = page[-1][0]
                yield [
                    Delete(id_) if changed is None else Put(id_, changed)
                    for id_, document in page
                    if id_ not in without and (changed := self.on(document)) is not document
                ]
                if len(page) < _PAGE:
                    break

    def _queries(self, exact: Collection[str]) -> Iterator[Query]:
        clauses: list[Query] = []
        for propagation, by_id in self._of:
            every: list[int] = []
            for id_, every_effect in by_id.items():
                effects = [effect for effect in every_effect if effect.is_new]
                if not effects:
                    continue
                agreeing = _agreeing(self.entity, propagation, effects, exact)
                if agreeing is None:
                    every.append(id_)
                else:
                    of_id = Numbers(propagation.by, (id_,))
                    clauses.append(Bool(filter=(of_id,), must_not=(agreeing,)))
            clauses += [
                Numbers(propagation.by, tuple(every[start : start + _IDS]))
                for start in range(0, len(every), _IDS)
            ]
        for start in range(0, len(clauses), _CLAUSES):
            yield Bool(should=tuple(clauses[start : start + _CLAUSES]))


def effects_of(
    states: Mapping[str, Mapping[int, Sequence[RelatedState]]], before: Before, units: Units
) -> Mapping[str, Effects]:
    """The effects of states, by related entity and id, on each entity that repeats their fields."""
    found: dict[str, list[tuple[Propagation, ById]]] = {}
    for related, states_by_id in states.items():
        known = before.get(related, {})
        for propagation in lookup.propagations(related):
            by_id = {
                id_: effects
                for id_, successive in states_by_id.items()
                if (effects := list(_effects(propagation, successive, known.get(id_))))
            }
            if by_id:
                found.setdefault(propagation.entity, []).append((propagation, by_id))
    return {entity: Effects(entity, of, units) for entity, of in found.items()}


def _effects(
    propagation: Propagation, states: Iterable[RelatedState], before: Document | None
) -> Iterator[Effect]:
    for state in states:
        if state.propagates:
            is_new = (
                state.fields is None
                or before is None
                or _repeated(propagation, state.fields) != _repeated(propagation, before)
            )
            yield Effect(state.turn, state.fields, is_new)
        before = state.fields


def _repeated(propagation: Propagation, fields: Document) -> Document:
    """The related entity's fields that documents repeat, under the documents' names."""
    return {own: fields[name] for own, name in propagation.fields.items() if name in fields}


def _repeating(document: Document, propagation: Propagation, fields: Document) -> Document:
    """The document with these fields repeated; the same object when it agrees."""
    wanted = _repeated(propagation, fields)
    if all(document.get(name) == wanted.get(name) for name in propagation.fields):
        return document
    kept = {name: value for name, value in document.items() if name not in propagation.fields}
    return {**kept, **wanted}


def _agreeing(
    entity: str, propagation: Propagation, effects: Sequence[Effect], exact: Collection[str]
) -> Query | None:
    """The documents that agree with the last effect; None when no query can find them."""
    fields = effects[-1].fields
    if fields is None or (propagation.whole and any(effect.fields is None for effect in effects)):
        return None
    wanted = _repeated(propagation, fields)
    declared = lookup.entity(entity).by_name
    conditions: list[Query] = []
    for name in propagation.fields:
        value = wanted.get(name)
        is_exact = declared[name].kind is FieldKind.EXACT
        if value is None and is_exact:
            conditions.append(Bool(filter=(Everything(),), must_not=(Exists(name),)))
        elif value and (is_exact or name in exact):
            conditions.append(Exact(name, (value,)))
        else:
            return None
    return Bool(filter=tuple(conditions))
