"""Answers from a data directory without its service: read only, as a search worker reads it.

A service may run on it, and is neither asked nor held up: what is read is what was committed when
it was looked at last. Not here: what only the journal holds.
"""

from pathlib import Path

from analyzers import Units
from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.origin import Origin
from search_service.engines.config import IndexConfig
from search_service.engines.embedded.index.config import fit_of
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.storage import generations, origin_file
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.embedded.storage.inspection import current_of
from search_service.engines.embedded.storage.shard_files import shard_path, shards_of
from search_service.engines.embedded.storage.view import ShardView, View
from search_service.engines.fit import check_fit
from search_service.errors import CannotSync, EngineFailed, ShardDamaged
from search_service.query.text.analyse import Analysis
from search_service.query.text.peer import PeerReading
from search_service.workers.searching.searcher import Searcher

_TRIES = 5
_SAME_SETTINGS = "Give this command the settings that it was written with (--config)"


class DirectoryAnswers:
    """Facets and documents of a data directory."""

    def __init__(self, root: Path, kept: IndexConfig) -> None:
        self._root = root
        self._kept = kept
        self._units = Units(kept.units)
        self._searcher = self._looked()

    def ask(self, entity: str, operation: str, query_string: str, body: bytes) -> bytes:
        """The answer of an operation. Raises ServiceError."""
        question = (operation, entity, query_string.encode())
        return bytes(self._searcher.answer(question, bytearray(body)).body)

    def origin(self) -> Origin | None:
        """Which catalogue the documents come from, if it is recorded. Raises StorageFailed."""
        number = generations.current(self._root)
        return origin_file.read(generations.path_of(self._root, number))

    def refresh(self) -> None:
        """See what was committed since."""
        self._searcher = self._looked()

    def _looked(self) -> Searcher:
        reading = PeerReading(Analysis(facetable=self._kept.facetable))
        for tried in range(_TRIES):
            reader = EmbeddedReader(self._kept.facetable, self._kept.separators, View(0, 0))
            searcher = Searcher(reader, reading, self._units)
            try:
                searcher.see(self._view())
                # Opened now, all of them: later the service may have merged or removed files.
                for entity in ENTITIES:
                    reader.count(entity.name)
            except (OSError, ValueError, ShardDamaged, EngineFailed) as error:
                if tried + 1 == _TRIES:
                    raise CannotSync(f"{self._root} cannot be read: {error}") from error
            else:
                break
        return searcher

    def _view(self) -> View:
        number = current_of(self._root)
        directory = DataDirectory(self._root, None).at(number)
        check_fit(self._root, directory.manifest.fit, fit_of(self._kept), _SAME_SETTINGS)
        shards = {}
        for entity in ENTITIES:
            edition = directory.edition(entity.name)
            ranges = directory.manifest.ranges_of(entity.name)
            shards[entity.name] = tuple(
                ShardView(str(shard_path(edition, low)), low, ranges.high_of(low), 0)
                for low in shards_of(edition)
            )
        return View(1, number, shards)
