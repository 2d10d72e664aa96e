"""A change of a related entity → changes of the documents that repeat its fields.

A related entity is a sequence of what it was said to be. Each time that differs from the time
before, the documents that were written earlier are made to agree; those written later say
themselves what they repeat. An update that says the same again touches no document that is
committed; pending ones agree with it, or a batch that is sent again would leave something else than
the first time. What was said before may be unknown: then it counts as different, and only documents
that differ are written.

Not here: which documents are pending and when a commit is, see ``pending`` and ``changes``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.documents import UNITS, Document, with_si
from search_service.catalogue.model import FieldKind, Propagation
from search_service.engines.base import Change, Delete, Put, Reader
from search_service.query.tree import Bool, Everything, Exact, Exists, Numbers, Query
from search_service.service.indexing.pending import Said

Before = Mapping[str, Mapping[int, Document]]
"""What related entities were before the first pending change: by name and id, where it is known."""

_PAGE = 2000
_CLAUSES = 200
_IDS = 1000


@dataclass(frozen=True, slots=True)
class Effect:
    """What documents written before ``turn`` are to repeat; None: the entity is deleted.

    ``news``: it was not said before, so that committed documents may not agree.
    """

    turn: int
    fields: Document | None
    news: bool


ById = Mapping[int, Sequence[Effect]]


class Effects:
    """What related entities mean for the documents of one entity that repeats them."""

    def __init__(self, entity: str, of: Sequence[tuple[Propagation, ById]], units: Units) -> None:
        self.entity = entity
        self._of = of
        self._units = units

    def on(self, document: Document, written: int = -1) -> Document | None:
        """The document as it is to be: the one given when it agrees, None when it goes.

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
                if effect.turn > written and (effect.news or written >= 0)
            ]
            if propagation.whole and any(effect.fields is None for effect in later):
                return None
            if later:
                changed = _repeating(changed, propagation, later[-1].fields or {})
        if changed.get(UNITS) != document.get(UNITS):
            return with_si(changed, self._units)
        return changed

    def on_committed(
        self, reader: Reader, without: Collection[int], exact: Collection[str]
    ) -> Iterator[Sequence[Change]]:
        """Pages of changes of the documents that are committed, ``without`` these ids.

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
                effects = [effect for effect in every_effect if effect.news]
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
    said: Mapping[str, Mapping[int, Sequence[Said]]], before: Before, units: Units
) -> Mapping[str, Effects]:
    """What was said, as effects on each entity whose documents repeat it."""
    found: dict[str, list[tuple[Propagation, ById]]] = {}
    for related, words in said.items():
        known = before.get(related, {})
        for propagation in lookup.propagations(related):
            by_id = {
                id_: effects
                for id_, spoken in words.items()
                if (effects := list(_effects(propagation, spoken, known.get(id_))))
            }
            if by_id:
                found.setdefault(propagation.entity, []).append((propagation, by_id))
    return {entity: Effects(entity, of, units) for entity, of in found.items()}


def _effects(
    propagation: Propagation, spoken: Iterable[Said], before: Document | None
) -> Iterator[Effect]:
    for said in spoken:
        if said.propagates:
            news = (
                said.fields is None
                or before is None
                or _repeated(propagation, said.fields) != _repeated(propagation, before)
            )
            yield Effect(said.turn, said.fields, news)
        before = said.fields


def _repeated(propagation: Propagation, fields: Document) -> Document:
    """Of a related entity's fields those that this propagation repeats, under its own names."""
    return {own: fields[name] for own, name in propagation.fields.items() if name in fields}


def _repeating(document: Document, propagation: Propagation, fields: Document) -> Document:
    """The document with these fields repeated; the one given when it agrees."""
    wanted = _repeated(propagation, fields)
    if all(document.get(name) == wanted.get(name) for name in propagation.fields):
        return document
    kept = {name: value for name, value in document.items() if name not in propagation.fields}
    return {**kept, **wanted}


def _agreeing(
    entity: str, propagation: Propagation, effects: Sequence[Effect], exact: Collection[str]
) -> Query | None:
    """Documents that repeat the last effect already; None when that cannot be asked."""
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
