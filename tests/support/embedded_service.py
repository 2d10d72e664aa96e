"""The changing half of the service over real shards, with stops and crashes."""

from pathlib import Path

from analyzers import Synonyms
from analyzers.units import Units
from search_service.catalogue.entities import ENTITIES, FACETABLE_BY_DEFAULT
from search_service.engines.base import Document
from search_service.engines.embedded.index.codec import TableCodec
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.embedded.write.shard_writer import Codec
from search_service.engines.embedded.write.writer import EmbeddedWriter
from search_service.engines.fit import Fit
from search_service.query.tree import Everything
from search_service.service.indexing.changes import Changes
from search_service.service.indexing.journal.journal import Journal
from search_service.service.indexing.last_commit import LastCommit
from search_service.service.indexing.propagated_states import PropagatedStates
from search_service.service.indexing.refused_operations import RefusedOperations
from tests.support.shards import linked

FACETABLE = frozenset(FACETABLE_BY_DEFAULT)
SLICES = 1, 2, 5, None
"""In how many slices readers see an entity; None: shard by shard."""


class EmbeddedService:
    """Two ids in a shard, so that everything happens over several of them."""

    def __init__(self, root: Path, width: int = 2, codec: Codec | None = None) -> None:
        self.root = root
        self.codec = codec or TableCodec(FACETABLE, Synonyms.builtin(), "/\\")
        self.width = width
        self.start()

    def start(self) -> None:
        self.directory = DataDirectory.open(self.root, Fit("test"), width=self.width)
        self.writer = EmbeddedWriter(
            self.directory,
            self.codec,
            [entity.name for entity in ENTITIES],
            lambda view: linked(view, self.root),
            memory=15_000_000,
        )
        # As long as the service, which they see change.
        self._readers = [linked(self.writer.view, self.root, slices) for slices in SLICES]
        generation = self.directory.generation
        self.journal = Journal(self.root / "journal", self.directory.journal)
        self.propagated_states = PropagatedStates(self.root / "carried.sqlite", generation)
        self.changes = Changes(
            self.writer,
            self.journal,
            self.propagated_states,
            Units(),
            refused_operations=RefusedOperations(self.root),
            last_commit=LastCommit(self.root),
            facetable=FACETABLE,
        )
        self.changes.replay()

    def crash(self) -> None:
        """Start again with what was durable."""
        self.journal.close()
        self.propagated_states.close()
        self.writer.lose()
        self.start()

    def end(self) -> None:
        self.journal.close()
        self.propagated_states.close()
        self.writer.close()

    def found(self, entity: str) -> dict[int, Document]:
        """What a search finds, in however many slices."""
        first, *others = (self._found(reader, entity) for reader in self._readers)
        assert all(other == first for other in others)
        return first

    def _found(self, reader: EmbeddedReader, entity: str) -> dict[int, Document]:
        reader.see(self.writer.view)
        found = reader.documents(entity, Everything(), None, 1_000_000)
        assert len({id_ for id_, _ in found}) == len(found), "a document is there twice"
        return dict(found)
