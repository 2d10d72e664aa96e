"""The engine on tantivy, put together: what ``engines.open`` gives out.

Not here: what each part does, see the package.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from search_service.catalogue.entities import ENTITIES
from search_service.engines.base import Extent, IndexStatus
from search_service.engines.base import View as AnyView
from search_service.engines.config import EngineOptions, IndexConfig
from search_service.engines.documents.encoders import Encoders
from search_service.engines.embedded.generations import FIRST_EDITION, EmbeddedGenerations
from search_service.engines.embedded.index.codec import TableCodec
from search_service.engines.embedded.index.config import codec_of, fit_of
from search_service.engines.embedded.search.open_slices import Linking
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.storage import closed, generations, identity
from search_service.engines.embedded.storage.damage import files_of
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.embedded.storage.link_shards import take_over
from search_service.engines.embedded.storage.links import link_searched
from search_service.engines.embedded.storage.shard_files import (
    is_of_segment,
    keep_committed,
    shard_path,
)
from search_service.engines.embedded.storage.slices.dealing import SliceOptions
from search_service.engines.embedded.storage.verify import verify
from search_service.engines.embedded.storage.view import View
from search_service.engines.embedded.write.shard_writer import Encode, ShardWriter
from search_service.engines.embedded.write.writer import EmbeddedWriter
from search_service.engines.fit import Fit
from search_service.engines.id_ranges import Partition
from search_service.engines.index import Verified
from search_service.processors import processors


@dataclass(frozen=True)
class EmbeddedEngine:
    """As in ``Engine``: the options, and what follows from them."""

    options: EngineOptions

    @property
    def root(self) -> Path:
        """As in ``Engine``."""
        return self.options.data

    @property
    def config(self) -> IndexConfig:
        """As in ``Engine``."""
        return self.options.index

    @cached_property
    def fit(self) -> Fit:
        """As in ``Engine``."""
        return fit_of(self.config)

    @cached_property
    def codec(self) -> TableCodec:
        """How documents become shards."""
        return codec_of(self.config)

    @property
    def generations(self) -> EmbeddedGenerations:
        """As in ``Engine``."""
        return EmbeddedGenerations(self.root)

    @property
    def shared(self) -> None:
        """As in ``Engine``: one process changes a data directory."""
        return None

    # ── reading ────────────────────────────────────────────────────────────────────────────────

    def reader(self) -> EmbeddedReader:
        """As in ``Engine``."""
        return self.reader_of(View(0, 0))

    def reader_of(self, view: View) -> EmbeddedReader:
        """A reader of a view."""
        wanted = SliceOptions(self.options.slices, processors())
        linking = Linking(self.root, wanted) if _is_ours(self.root) else None
        return EmbeddedReader(
            self.config.facetable,
            self.config.separators,
            view,
            linking,
            self.options.search_memory,
        )

    def view(self) -> View:
        """As in ``Engine``."""
        return closed.view_of(self.root)

    def status(self) -> IndexStatus:
        """As in ``Engine``."""
        return closed.status_of(self.root)

    def extent(self, view: AnyView) -> Extent:
        """As in ``Engine``."""
        ours = cast(View, view)  # published by the writer of this engine
        paths = [Path(shard.path) for shards in ours.shards.values() for shard in shards]
        sizes = [size for path in paths for _, size in files_of(path)]
        return Extent(len(sizes), sum(sizes))

    def identity(self) -> str:
        """As in ``Engine``."""
        return identity.read(self.root)

    def verify(self) -> Iterator[Verified]:
        """As in ``Engine``."""
        return verify(self.root)

    def link_searched(self, target: Path) -> int:
        """As in ``Engine``."""
        return link_searched(self.root, target)

    def is_unchanging(self, name: str) -> bool:
        """As in ``Engine``."""
        return is_of_segment(name)

    # ── changing ───────────────────────────────────────────────────────────────────────────────

    def open(self, *, create: bool) -> "EmbeddedIndex":
        """As in ``Engine``."""
        directory = DataDirectory.open(
            self.root,
            self.fit,
            width=self.options.width,
            partitions={name: Partition(width) for name, width in self.options.widths.items()},
            create=create,
            tidy=False,
        )
        return EmbeddedIndex(self, directory)

    def hold(self) -> "EmbeddedIndex":
        """As in ``Engine``."""
        return EmbeddedIndex(self, DataDirectory.hold(self.root))

    # ── bulk building ──────────────────────────────────────────────────────────────────────────

    def encoder(self, entity: str) -> Encode:
        """As in ``Engine``."""
        return self.codec.encoder(entity)

    def builder(
        self, generation: int, entity: str, low: int, high: int, *, memory: int
    ) -> ShardWriter:
        """As in ``Engine``: a piece is a shard."""
        shard = ShardWriter(entity, self._shard(generation, entity, low), low, high, self.codec)
        shard.open(memory, 1)
        return shard

    def drop_uncommitted(self, generation: int, entity: str, low: int) -> None:
        """As in ``Engine``."""
        keep_committed(self._shard(generation, entity, low))

    def _shard(self, generation: int, entity: str, low: int) -> Path:
        return shard_path(self.generations.place(generation) / entity / FIRST_EDITION, low)

    def __getstate__(self) -> dict[str, object]:
        return {"options": self.options}  # the rest is made where it is needed


class EmbeddedIndex:
    """As in ``OpenIndex``: a data directory and the writer of what is searched, if there is one."""

    def __init__(self, engine: EmbeddedEngine, directory: DataDirectory) -> None:
        self._engine = engine
        self._directory = directory
        self._writer: EmbeddedWriter | None = None

    @property
    def generation(self) -> int:
        """As in ``OpenIndex``."""
        return self._directory.generation

    @property
    def journal(self) -> int:
        """As in ``OpenIndex``."""
        return self._directory.journal

    @property
    def is_new(self) -> bool:
        """As in ``OpenIndex``."""
        return self._directory.is_new

    def identity(self) -> str:
        """As in ``OpenIndex``."""
        return identity.read_or_make(self._directory.root)

    def tidy(self) -> None:
        """As in ``OpenIndex``."""
        self._directory.tidy()

    def writer(self) -> EmbeddedWriter:
        """As in ``OpenIndex``."""
        self._writer = self._writer_of(self._directory)
        return self._writer

    def following(self, number: int) -> EmbeddedWriter:
        """As in ``OpenIndex``."""
        following = self._directory.at(number)
        building = self._engine.generations.building()
        ids = building.ids if building is not None and building.number == number else {}
        for entity in ENTITIES:
            take_over(self._directory, following, entity.name, ids.get(entity.name))
        return self._writer_of(following)

    def adopt(self, number: int) -> None:
        """As in ``OpenIndex``."""
        if self._writer is None:
            self._directory.switch(number)
        else:
            self._writer.adopt(number)

    def drop(self, number: int) -> None:
        """As in ``OpenIndex``."""
        path = generations.drop(self._directory.root, number)
        if self._writer is None:
            generations.remove(path)
        else:
            self._writer.throw_away(path)

    def kept_since(self, number: int) -> float:
        """As in ``OpenIndex``."""
        return generations.kept_since(self._directory.root, number)

    def close(self) -> None:
        """As in ``OpenIndex``."""
        self._directory.close()

    def _writer_of(self, directory: DataDirectory) -> EmbeddedWriter:
        engine, options = self._engine, self._engine.options
        return EmbeddedWriter(
            directory,
            engine.codec,
            [entity.name for entity in ENTITIES],
            engine.reader_of,
            memory=options.memory,
            open_writers=options.open_writers,
            encoders=Encoders(
                engine.codec,
                max(1, processors() // 2),
                memory=engine.options.process_memory,
            ),
        )


def _is_ours(root: Path) -> bool:
    """Not for a command of another user: what that makes there, the service could not remove."""
    try:
        return root.stat().st_uid == os.geteuid()
    except OSError:
        return False  # nor is there anything to read
