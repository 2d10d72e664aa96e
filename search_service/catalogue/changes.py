"""What a catalogue asks to change: one operation of a request, as it was received.

Not here: how it is read from a body, see ``service.wire``; what it leads to, see
``service.indexing.changes``.
"""

from dataclasses import dataclass
from typing import Any, Literal

OperationKind = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Operation:
    """``entity`` is written as the caller wrote it; ``document`` is None of a delete only."""

    kind: OperationKind
    entity: str
    id: int
    document: dict[str, Any] | None = None
