"""What the writing end knows of schema and analysis: the table's schema and its encoders."""

import tantivy

from analyzers import Synonyms
from search_service.catalogue import lookup
from search_service.engines.documents.encode import Encoder
from search_service.engines.embedded.index.format import TantivyFormat
from search_service.engines.embedded.index.schema import register, schema_of, written
from search_service.engines.embedded.write.shard_writer import Encode


class TableCodec:
    """Indexes as ``schema`` declares them, documents as ``encode`` writes them."""

    def __init__(self, facetable: frozenset[str], synonyms: Synonyms, separators: str) -> None:
        self._facetable = facetable
        self._synonyms = synonyms
        self._separators = separators

    def create(self, entity: str, path: str) -> tantivy.Index:
        """The index at this path, ready to be written; made when there is none."""
        index = tantivy.Index(schema_of(lookup.entity(entity), self._facetable), path=path)
        register(index, reading=False)
        return index

    def schema(self, entity: str) -> list[object]:
        """The schema of an entity as it is written beside its documents."""
        return written(schema_of(lookup.entity(entity), self._facetable))

    def encoder(self, entity: str) -> Encode:
        """A document as the line that the engine indexes."""
        return Encoder(
            entity, self._facetable, self._synonyms, self._separators, TantivyFormat()
        ).line
