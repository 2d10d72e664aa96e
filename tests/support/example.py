"""The documents of an example catalogue, entity by entity, as a re-index reads them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from search_service.catalogue.columns import CATALOGUE_6
from search_service.catalogue.documents import Document
from search_service.sources.open import open_source

ENTITIES = tuple(layout.entity for layout in CATALOGUE_6)


def read(catalogue: Path) -> Iterator[tuple[str, list[Document]]]:
    """The documents of a catalogue as (entity, documents), some thousands at a time."""
    with closing(open_source(f"sqlite:///{catalogue.absolute()}")) as source:
        for entity in ENTITIES:
            if (bounds := source.bounds(entity)) is not None:
                for block in source.read(entity, bounds.low, bounds.high + 1):
                    yield entity, [document for _id, document in block]
