"""What the service keeps, put together: data directory, writer, journal and changes.

Also what a directory holds that no service has open.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analyzers import Synonyms, Units, ancestors, components, file_name_parts, text_words
from search_service.api.service import State
from search_service.catalogue.entities import ENTITIES
from search_service.engines.embedded import manifest
from search_service.engines.embedded.codec import TableCodec
from search_service.engines.embedded.directory import DataDirectory, count, shard_path, shards_of
from search_service.engines.embedded.manifest import Fit
from search_service.engines.embedded.ranges import Ranges
from search_service.engines.embedded.reader import EmbeddedReader
from search_service.engines.embedded.schema import fingerprint
from search_service.engines.embedded.view import View
from search_service.engines.embedded.writer import EmbeddedWriter
from search_service.service.carried import Carried
from search_service.service.changes import Changes, Limits
from search_service.service.journal import Journal

JOURNAL = "journal"
CARRIED = "carried.sqlite"

# Its words stand for the code that makes words: another version that makes others does not fit.
SAMPLE_TEXT = "The Bragg's X-ray scattering, at 4.2 K: Fe2O3/µm naïve running αβ 中文 don't"
SAMPLE_PATH = "C:\\Data\\run 1/Sample-2_ß.tar.GZ"


@dataclass(frozen=True)
class Kept:
    """The settings that decide what is kept of a document and by which words it is found."""

    facetable: frozenset[str]
    units: str
    separators: str
    synonym_files: tuple[Path, ...] = ()

    @cached_property
    def synonyms(self) -> Synonyms:
        """Read once in each process."""
        return Synonyms.read(self.synonym_files) if self.synonym_files else Synonyms.builtin()

    def fit(self) -> Fit:
        """What a data directory must have been written with."""
        separators = self.separators
        sample = (
            text_words(SAMPLE_TEXT),
            components(SAMPLE_PATH, separators),
            file_name_parts(SAMPLE_PATH, separators),
            ancestors(SAMPLE_PATH, separators),
        )
        return Fit(
            fingerprint(self.facetable, f"{self.synonyms.digest} {sample!r}"),
            {
                "facet_fields": " ".join(sorted(self.facetable)),
                "units": self.units,
                "path_separators": separators,
                "synonym_files": " ".join(map(str, self.synonym_files)) or "built in",
            },
        )


class Store:
    """An opened data directory with its changes."""

    def __init__(
        self, directory: DataDirectory, writer: EmbeddedWriter, changes: Changes, kept: Kept
    ) -> None:
        self.changes = changes
        self.kept = kept
        self._directory = directory
        self._writer = writer

    @classmethod
    def open(
        cls,
        root: Path,
        kept: Kept,
        *,
        width: int,
        ranges: Mapping[str, Ranges],
        sync: bool,
        limits: Limits,
        writer_memory: int,
        open_writers: int,
    ) -> "Store":
        """Open it, or make it, and commit what its journal holds."""
        directory = DataDirectory.open(root, kept.fit(), width=width, ranges=ranges)
        try:
            writer = EmbeddedWriter(
                directory,
                TableCodec(kept.facetable, kept.synonyms, kept.separators),
                [entity.name for entity in ENTITIES],
                lambda view: EmbeddedReader(kept.facetable, view),
                memory=writer_memory,
                open_writers=open_writers,
            )
            changes = Changes(
                writer,
                Journal(root / JOURNAL, directory.generation, sync=sync),
                Carried(root / CARRIED, directory.generation),
                Units(kept.units),
                facetable=kept.facetable,
                limits=limits,
            )
            changes.replay()
        except BaseException:
            directory.close()
            raise
        return cls(directory, writer, changes, kept)

    @property
    def view(self) -> View:
        """What searches should read from now on."""
        return self._writer.view

    def state(self) -> State:
        """What it holds, for people and metrics."""
        written, changes = self._writer.status(), self.changes.status()
        return State(
            directory=str(self._directory.root),
            generation=written.generation,
            documents=written.documents,
            shards=written.shards,
            pending_operations=changes.pending_operations,
            pending_bytes=changes.pending_size,
            last_commit=changes.last_commit,
            locked=changes.locked,
            interrupted=written.interrupted,
        )


def state_of_closed(root: Path) -> State:
    """What a directory holds that no service has open. Raises OSError, DoesNotFit."""
    number = (root / "current").read_text().strip()
    with open(os.devnull) as nobody:
        directory = DataDirectory(root, nobody)
        directory.generation = int(number)
        directory.manifest = manifest.read(root / "generations" / number)
        editions = {entity.name: directory.edition(entity.name) for entity in ENTITIES}
        shards = {name: shards_of(edition) for name, edition in editions.items()}
        begun = {
            name: "when the service ended"
            for name, edition in editions.items()
            if any(other.name > edition.name for other in _siblings(edition))
        }
        return State(
            directory=str(root),
            generation=directory.generation,
            documents={
                name: sum(count(shard_path(editions[name], low)) for low in lows)
                for name, lows in shards.items()
            },
            shards={name: len(lows) for name, lows in shards.items()},
            pending_bytes=sum(path.stat().st_size for path in (root / JOURNAL).glob("*")),
            interrupted={**directory.interrupted(), **begun},
        )


def _siblings(edition: Path) -> list[Path]:
    if not edition.parent.is_dir():
        return []
    return [path for path in edition.parent.iterdir() if path.is_dir()]
