"""Parts of a field as they stand among those of all fields of a document."""

from search_service.catalogue.lookup import entity
from search_service.engines.documents.engine_fields import STOP_WORD_PLACE, part_code


def coded_parts(entity_name: str, **fields: str) -> str:
    """Of each field its parts, with its letter before each; ``,`` is an empty place."""
    return " ".join(
        part if part == STOP_WORD_PLACE else part_code(entity(entity_name), name) + part
        for name, parts in fields.items()
        for part in parts.split()
    )
