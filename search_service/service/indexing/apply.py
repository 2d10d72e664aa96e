"""Applies pending changes to an engine: documents, and the effects of related entities on others.

Not here: which changes are pending and durable, see ``changes``; effects, see ``propagation``.
"""

from collections.abc import Collection, Mapping

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.engines.base import Change, ChangeWriter, Delete, Document, Put, Reader
from search_service.engines.shared import PropagatedStates
from search_service.service.indexing.pending import Pending, Written
from search_service.service.indexing.propagation import Before, Effects, effects_of


def apply_and_commit(
    pending: Pending,
    writer: ChangeWriter,
    propagated_states: PropagatedStates,
    units: Units,
    exact: Collection[str],
    without: Collection[str] = (),
) -> None:
    """Apply all pending changes and commit them. After a failure it can be called again.

    ``exact``: fields that can be compared as a whole. ``without``: entities that are left alone.
    Raises StorageFailed, ShardDamaged, EngineFailed.
    """
    reader = writer.reader()
    before = {} if pending.doubtful else _before(pending, reader, propagated_states, without)
    of_all = effects_of(pending.states, before, units)
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
    """The states of related entities before: of those with an index, their documents."""
    return {
        related: reader.find(related, list(states))
        if lookup.find_entity(related)
        else propagated_states.of(related, list(states))
        for related, states in pending.states.items()
        if related not in without
    }


def _propagate_to_pending(documents: dict[int, Written], effects: Effects) -> None:
    for id_, written in documents.items():
        if written.document is not None:
            changed = effects.on(written.document, written.turn)
            if changed is not written.document:
                documents[id_] = Written(written.turn, changed)


def _changes(documents: Mapping[int, Written], before: Mapping[int, Document]) -> list[Change]:
    """The changes, without documents that are there already: most updates change nothing."""
    return [
        Delete(id_) if written.document is None else Put(id_, written.document)
        for id_, written in documents.items()
        if written.document is None or written.document != before.get(id_)
    ]


def _remember(pending: Pending, before: Before, propagated_states: PropagatedStates) -> None:
    for related, states in pending.states.items():
        if lookup.find_entity(related) is None:
            known = before.get(related, {})
            latest = {id_: successive[-1].fields for id_, successive in states.items()}
            propagated_states.remember(
                related, {id_: f for id_, f in latest.items() if f is None or f != known.get(id_)}
            )
