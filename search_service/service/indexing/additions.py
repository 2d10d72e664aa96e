"""Documents that are added to a population: those that the engine cannot take are set aside.

Not here: when an entity has a population, see ``population`` and ``shared``.
"""

from collections.abc import Callable, Sequence

from search_service.catalogue.documents import Operation
from search_service.catalogue.relations import PROPAGATIONS
from search_service.engines.base import Document
from search_service.errors import ServiceError
from search_service.service.indexing.refused_operations import (
    RefusedOperation,
    RefusedOperations,
    apply_by_halves,
    is_of_storage,
    reason_of,
)

Added = Sequence[tuple[int, Document]]


def add_taken(
    add: Callable[[Added], object],
    entity: str,
    documents: Added,
    refused_operations: RefusedOperations,
) -> None:
    """Add the documents of an entity by ``add``, but for those that it fails for."""
    try:
        add(documents)
    except ServiceError:
        raise  # earlier additions may be lost with it
    except Exception as error:
        if is_of_storage(error):
            raise
        refused = apply_by_halves(documents, add)
        refused_operations.write(
            [
                RefusedOperation(Operation("create", entity, id_, document), reason_of(failure))
                for (id_, document), failure in refused
            ]
        )


def repeated_by(entity: str) -> list[str]:
    """The related entities whose fields the documents of an entity repeat."""
    return [
        related
        for related, propagations in PROPAGATIONS.items()
        if any(propagation.entity == entity for propagation in propagations)
    ]
