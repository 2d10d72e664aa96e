"""Pending changes → the engine: documents, and what related entities mean for others.

Not here: what is pending and durable, see ``changes``; what an effect is, see ``propagation``.
"""

from collections.abc import Collection, Mapping

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.engines.base import Change, Delete, Document, Put, Reader, Writer
from search_service.service.indexing.pending import Pending, Written
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.service.indexing.propagation import Before, Effects, effects_of


def apply_and_commit(
    pending: Pending,
    writer: Writer,
    propagated_states: PropagatedStates,
    units: Units,
    exact: Collection[str],
    without: Collection[str] = (),
) -> None:
    """Everything pending is in the engine, committed. When it fails it can be tried again.

    ``exact``: fields that can be compared as a whole. ``without``: entities that are left alone.
    """
    reader = writer.reader()
    before = {} if pending.doubtful else _before(pending, reader, propagated_states, without)
    of_all = effects_of(pending.said, before, units)
    effects = {entity: on for entity, on in of_all.items() if entity not in without}
    changed = {e: found for e, found in pending.documents.items() if e not in without}
    for entity, documents in changed.items():
        if entity in effects:
            _propagate_to_pending(documents, effects[entity])
        writer.apply(entity, _changes(documents, before.get(entity, {})))
    for entity, on in effects.items():
        for page in on.on_committed(reader, pending.documents.get(entity, {}), exact):
            writer.apply(entity, page)
    writer.commit({*changed, *effects})
    _remember(pending, before, propagated_states)


def _before(
    pending: Pending, reader: Reader, propagated_states: PropagatedStates, without: Collection[str]
) -> Before:
    """What related entities were: those with an index are found there."""
    return {
        related: reader.find(related, list(said))
        if lookup.find_entity(related)
        else propagated_states.of(related, list(said))
        for related, said in pending.said.items()
        if related not in without
    }


def _propagate_to_pending(documents: dict[int, Written], effects: Effects) -> None:
    for id_, written in documents.items():
        if written.document is not None:
            changed = effects.on(written.document, written.turn)
            if changed is not written.document:
                documents[id_] = Written(written.turn, changed)


def _changes(documents: Mapping[int, Written], before: Mapping[int, Document]) -> list[Change]:
    """Without documents that are there already: most updates of a dataset change nothing."""
    return [
        Delete(id_) if written.document is None else Put(id_, written.document)
        for id_, written in documents.items()
        if written.document is None or written.document != before.get(id_)
    ]


def _remember(pending: Pending, before: Before, propagated_states: PropagatedStates) -> None:
    for related, said in pending.said.items():
        if lookup.find_entity(related) is None:
            known = before.get(related, {})
            news = {id_: words[-1].fields for id_, words in said.items()}
            propagated_states.remember(
                related, {id_: f for id_, f in news.items() if f is None or f != known.get(id_)}
            )
