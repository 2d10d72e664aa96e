"""Answers from an index without its service: read only, as a search worker reads it.

A service may run on it, and is neither asked nor held up: what is read is what was committed when
it was looked at last. Not here: what only the journal holds.
"""

from analyzers import Units
from search_service.catalogue.origin import Origin
from search_service.engines.beside import reader_beside
from search_service.engines.fit import check_fit
from search_service.engines.index import Engine
from search_service.errors import CannotSync, EngineFailed, ShardDamaged
from search_service.query.text.analyse import Analysis
from search_service.query.text.peer import PeerReading
from search_service.sources import origin_file
from search_service.workers.searching.searcher import Searcher

_SAME_SETTINGS = "Give this command the settings that it was written with (--config)"


class DirectoryAnswers:
    """Facets and documents of an index."""

    def __init__(self, engine: Engine) -> None:
        """Raises CannotSync, DirectoryRefused, DoesNotFit."""
        self._engine = engine
        self._units = Units(engine.config.units)
        self._searcher = self._current()

    def ask(self, entity: str, operation: str, query_string: str, body: bytes) -> bytes:
        """The answer of an operation. Raises ServiceError."""
        question = (operation, entity, query_string.encode())
        return bytes(self._searcher.answer(question, bytearray(body)).body)

    def origin(self) -> Origin | None:
        """Which catalogue the documents come from, if it is recorded. Raises StorageFailed."""
        generations = self._engine.generations
        return origin_file.read(generations, generations.current())

    def refresh(self) -> None:
        """See what was committed since."""
        before, self._searcher = self._searcher, self._current()
        before.close()

    def _current(self) -> Searcher:
        generations = self._engine.generations
        try:
            written = generations.fit(generations.current())
            check_fit(self._engine.root, written, self._engine.fit, _SAME_SETTINGS)
            reader, view = reader_beside(self._engine)
        except (OSError, ValueError, ShardDamaged, EngineFailed) as error:
            raise CannotSync(f"{self._engine.root} cannot be read: {error}") from error
        reading = PeerReading(Analysis(facetable=self._engine.config.facetable))
        searcher = Searcher(reader, reading, self._units)
        searcher.see(view)
        return searcher
