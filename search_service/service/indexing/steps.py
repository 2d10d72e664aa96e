"""Reads operations as steps: checked, with prepared documents, from a request or from the journal.

A record of the journal is JSON::

    ["modify", [[kind, entity, id, document], …]]
    ["add", entity, [document, …]]

Not here: when a step is acknowledged or committed, see ``changes``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import starmap
from typing import Any

import orjson

from analyzers.units import Units
from search_service.catalogue import lookup
from search_service.catalogue.documents import Document, Operation, id_of, prepare, repeated_fields
from search_service.catalogue.model import Entity
from search_service.errors import BadRequest
from search_service.service.indexing.pending import Step
from search_service.service.indexing.refused_operations import RefusedOperation

_AT_ONCE = 2_000  # operations
_OPERATION = re.compile(rb'\["(?:create|update|delete)",')
_DOCUMENT = re.compile(rb'\{"id":')


def operations_in(torn: bytes) -> int:
    """At most how many operations an unreadable record may have had; at least 1."""
    operations = len(_OPERATION.findall(torn))
    if not operations or b'["add",' in torn:
        operations += len(_DOCUMENT.findall(torn))
    return max(1, operations)


def modify_record(operations: Iterable[Operation]) -> bytes:
    """The record of a ``modify``, as JSON."""
    rows = [[o.kind, o.entity, o.id, o.document] for o in operations]
    return b'["modify",%b]' % _array(rows)


def add_record(entity: str, documents: Sequence[Document]) -> bytes:
    """The record of an ``addNow``, as JSON."""
    return b'["add",%b,%b]' % (orjson.dumps(entity), _array(documents))


def _array(values: Sequence[object]) -> bytes:
    """Piece by piece: Python's lock is held while one is written."""
    pieces = (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
    return b"[%b]" % b",".join(orjson.dumps(piece)[1:-1] for piece in pieces)


class StepReader:
    """Makes steps of operations, with values in SI units as ``units`` tells."""

    def __init__(self, units: Units) -> None:
        self._units = units

    def step(self, operation: Operation) -> Step | None:
        """The step of an operation; None when nothing is kept of its entity. Raises BadRequest."""
        found = lookup.find_entity(operation.entity)
        related = lookup.find_related(operation.entity)
        if found is None and related is None:
            return None
        id_, document = operation.id, operation.document
        entity = found.name if found else None
        if document is None or operation.kind == "delete":
            return Step(operation, entity, None, related, None)
        prepared = prepare(found, id_, document, self._units) if found else document
        fields = repeated_fields(related, id_, prepared) if related else None
        return Step(operation, entity, prepared if found else None, related, fields)

    def prepared(
        self, entity: Entity, documents: Sequence[Document]
    ) -> Sequence[tuple[int, Document]]:
        """Documents to be added, with their ids, as they are kept. Raises BadRequest."""
        ids = [id_of(entity, document) for document in documents]
        return [
            (id_, prepare(entity, id_, document, self._units))
            for id_, document in zip(ids, documents, strict=True)
        ]

    def added(self, entity: Entity, prepared: Iterable[tuple[int, Document]]) -> Sequence[Step]:
        """The steps of prepared documents that are added."""
        related = lookup.find_related(entity.name)
        return [
            Step(
                Operation("create", entity.name, id_, document),
                entity.name,
                document,
                related,
                repeated_fields(related, id_, document) if related else None,
                propagates=False,
            )
            for id_, document in prepared
        ]

    def recorded(self, record: Any) -> tuple[Sequence[Step], Sequence[RefusedOperation]]:
        """The steps of a record of the journal, and the operations that are refused now.

        Those were accepted once, by a version that was less strict.
        """
        steps: list[Step] = []
        refused: list[RefusedOperation] = []
        for operation, read in self._operations(record):
            try:
                steps += read()
            except BadRequest as error:
                refused.append(RefusedOperation(operation, str(error)))
        return steps, refused

    def _operations(self, record: Any) -> Iterator[tuple[Operation, Callable[[], Iterable[Step]]]]:
        match record:
            case ["modify", operations]:
                for operation in starmap(Operation, operations):
                    yield operation, partial(self._steps, operation)
            case ["add", entity, documents]:
                found = lookup.entity(entity)
                for document in documents:
                    id_ = document[found.id_field] if found.id_field else 0
                    operation = Operation("create", found.name, int(id_), document)
                    yield operation, partial(self._added_alone, found, document)

    def _steps(self, operation: Operation) -> Iterable[Step]:
        step = self.step(operation)
        return () if step is None else (step,)

    def _added_alone(self, found: Entity, document: Document) -> Iterable[Step]:
        return self.added(found, self.prepared(found, [document]))
