"""The engine on OpenSearch, put together: what ``engines.open`` gives out.

Not here: what each part does, see the package.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from search_service.engines.base import Extent, IndexStatus, View
from search_service.engines.config import ClusterOptions, EngineOptions, IndexConfig
from search_service.engines.documents.encoders import Encoders
from search_service.engines.documents.encoding_process import Encode
from search_service.engines.fit import Fit
from search_service.engines.id_ranges import IdRange
from search_service.engines.index import BulkBuilder, OpenIndex, Verified
from search_service.engines.opensearch.cluster.checks import check_cluster
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.names import Names
from search_service.engines.opensearch.counting import Figures, figures_of
from search_service.engines.opensearch.generations import ClusterGenerations
from search_service.engines.opensearch.index.encode import ClusterCodec
from search_service.engines.opensearch.index.fit import fit_of
from search_service.engines.opensearch.index.format import ClusterFormat
from search_service.engines.opensearch.index.mapping import body_of
from search_service.engines.opensearch.parts import Kinds, Parts
from search_service.engines.opensearch.search.reader import OpenSearchReader
from search_service.engines.opensearch.search.requests import Requests
from search_service.engines.opensearch.search.stamps import SeenState
from search_service.engines.opensearch.shared import ClusterSharedIndex
from search_service.engines.opensearch.write.builder import (
    PATIENCE_SECONDS,
    ClusterBuilder,
    Target,
)
from search_service.engines.opensearch.write.bulk import BulkRequests
from search_service.engines.opensearch.write.encoded_changes import EncodedChanges
from search_service.errors import EngineUnavailable, NotNow, StorageFailed
from search_service.processors import processors


@dataclass(frozen=True)
class OpenSearchEngine:
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
    def parts(self) -> Parts:
        """What the index is worked on with."""
        cluster = Cluster(self._cluster_options)
        codec = ClusterCodec(self.config)
        changes = EncodedChanges(
            BulkRequests(cluster, self._cluster_options.seconds),
            codec,
            Encoders(
                codec,
                max(1, processors() // 2),
                memory=self.options.process_memory,
            ),
        )
        kinds = Kinds(
            lambda entity: body_of(entity, self.config),
            changes,
            lambda indices: self._reader(indices),
            changes.close,
        )
        return Parts(self.options, self._cluster_options, cluster, kinds, self.fit)

    @property
    def _cluster_options(self) -> ClusterOptions:
        if self.options.cluster is None:
            raise ValueError("an engine in a cluster needs the options of one")
        return self.options.cluster

    @cached_property
    def shared(self) -> ClusterSharedIndex:
        """As in ``Engine``."""
        parts = self.parts
        return ClusterSharedIndex(
            parts, lambda: check_cluster(parts.cluster, parts.names), self.status
        )

    @property
    def generations(self) -> ClusterGenerations:
        """As in ``Engine``."""
        return ClusterGenerations(self.parts, self.shared.turn)

    # ── reading ────────────────────────────────────────────────────────────────────────────────

    def reader(self) -> OpenSearchReader:
        """As in ``Engine``."""
        return self._reader(None)

    def _reader(self, indices: Mapping[str, str] | None) -> OpenSearchReader:
        names = self.parts.names
        if indices is not None:
            names = OfGeneration(names.prefix, indices)
        requests = Requests(self.parts.cluster, names)
        return OpenSearchReader(
            requests, self.config, ClusterFormat(), self, self.options.search_memory
        )

    def seen(self) -> SeenState:
        """As in ``search.stamps.States``."""
        state = self.parts.state.read()
        return SeenState(state.version, state.generation, state.stamps)

    def view(self) -> View:
        """As in ``Engine``."""
        return self.seen()

    def status(self) -> IndexStatus:
        """As in ``Engine``: by a few requests."""
        state = self.parts.state.read()
        figures = figures_of(self.parts.cluster, list(state.indices.values()))
        of = {entity: figures[index] for entity, index in state.indices.items()}
        return IndexStatus(
            state.generation,
            documents={entity: each.documents for entity, each in of.items()},
            shards={entity: each.shards for entity, each in of.items()},
            interrupted={},
            damaged={
                entity: str(_incomplete(state.indices[entity]))
                for entity, each in of.items()
                if not each.is_complete
            },
            segments={entity: each.segments for entity, each in of.items()},
            deleted={entity: each.deleted for entity, each in of.items()},
        )

    def extent(self, view: View) -> Extent:
        """As in ``Engine``: nothing of it is on this machine."""
        return Extent(0, 0)

    def identity(self) -> str:
        """As in ``Engine``."""
        state = self.parts.state.find()
        return "" if state is None else state.identity

    def verify(self) -> Iterator[Verified]:
        """As in ``Engine``: the cluster compares its files itself, it is asked what it can read."""
        state = self.parts.state.read()
        for number, generation in sorted(state.generations.items()):
            figures = figures_of(self.parts.cluster, list(generation.indices.values()))
            for entity, index in sorted(generation.indices.items()):
                yield _verified(number, entity, index, figures[index])

    # ── changing ───────────────────────────────────────────────────────────────────────────────

    def open(self, *, create: bool) -> OpenIndex:
        """As in ``Engine``: never, as several services may change the index."""
        raise _several()

    def hold(self) -> OpenIndex:
        """As in ``Engine``: never, as several services may change the index."""
        raise _several()

    def link_searched(self, target: Path) -> int:
        """As in ``Engine``: never, as it has no files here."""
        raise _several()

    def is_unchanging(self, name: str) -> bool:
        """As in ``Engine``: none is here."""
        return False

    # ── bulk building ──────────────────────────────────────────────────────────────────────────

    def encoder(self, entity: str) -> Encode:
        """As in ``Engine``."""
        return ClusterCodec(self.config).encoder(entity)

    def builder(
        self, generation: int, entity: str, low: int, high: int, *, memory: int
    ) -> BulkBuilder:
        """As in ``Engine``. Raises StorageFailed when the generation is not built any more."""
        built = self.parts.state.read().generations.get(generation)
        if built is None or entity not in built.indices:
            raise StorageFailed(
                f"Generation {generation}, which is built, has no index of {entity}: the re-index "
                "was cancelled"
            )
        return ClusterBuilder(
            BulkRequests(self.parts.cluster, PATIENCE_SECONDS),
            self.parts.indices,
            Target(entity, built.indices[entity], built.version),
            IdRange(low, high),
            memory,
        )

    def drop_uncommitted(self, generation: int, entity: str, low: int) -> None:
        """As in ``Engine``: what is not committed takes no room of its own."""

    def __getstate__(self) -> dict[str, object]:
        return {"options": self.options}  # the rest is made where it is needed


@dataclass(frozen=True)
class OfGeneration(Names):
    """Names by which the indices of a generation are read, whether it is searched or not."""

    indices: Mapping[str, str]

    def searched(self, entity: str) -> str:
        """The index of an entity."""
        return self.indices[entity]


def _verified(number: int, entity: str, index: str, figures: Figures) -> Verified:
    verified = Verified(number, figures.shards, figures.size)
    if figures.is_complete:
        return verified
    what = str(_incomplete(index))
    return replace(verified, entity=entity, path=Path(index), what=what)


def _incomplete(index: str) -> EngineUnavailable:
    return EngineUnavailable(
        f"The index {index} is red: shards of it are on no node; see `/_cluster/allocation/explain`"
    )


def _several() -> NotNow:
    return NotNow(
        "The index is in a cluster, where several services may change it; a running one does that"
    )
