"""The parts of an index in a cluster that several of its tasks need, made from the options.

Not here: the tasks, see the package.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search_service.engines.base import Reader
from search_service.engines.config import ClusterOptions, EngineOptions
from search_service.engines.fit import Fit
from search_service.engines.id_ranges import Partition
from search_service.engines.opensearch.cluster.client import Cluster
from search_service.engines.opensearch.cluster.names import Names
from search_service.engines.opensearch.control.current_state import CurrentState
from search_service.engines.opensearch.control.documents import Documents
from search_service.engines.opensearch.control.files import GenerationFiles
from search_service.engines.opensearch.control.generation_documents import (
    GenerationDocument,
    GenerationDocuments,
)
from search_service.engines.opensearch.control.lease import Watched
from search_service.engines.opensearch.control.propagated_states import FIELDS
from search_service.engines.opensearch.write.change_writer import Bulk
from search_service.engines.opensearch.write.indices import Indices
from search_service.files import remove_tree

Json = dict[str, Any]

# In the data directory: files of generations that this machine makes; copies of published ones.
_PLACES = "generations"
_CACHE = "published"


@dataclass(frozen=True)
class Kinds:
    """What depends on how documents are kept: the mapping, how they are sent, who reads them.

    ``reader``: of these indices by entity; None: of those that are searched. ``close``: gives back
    what ``bulk`` has.
    """

    body: Callable[[str], Json]
    bulk: Bulk
    reader: Callable[[Mapping[str, str] | None], Reader]
    close: Callable[[], None] = lambda: None


class Parts:
    """The parts of one index. For several threads; nothing is asked of the cluster by having it."""

    def __init__(
        self,
        options: EngineOptions,
        cluster_options: ClusterOptions,
        cluster: Cluster,
        kinds: Kinds,
        fit: Fit,
    ) -> None:
        self.options = options
        self.cluster_options = cluster_options
        self.cluster = cluster
        self.kinds = kinds
        self.fit = fit
        self.names = Names(cluster_options.prefix)
        self.control = Documents(cluster, self.names.control)
        self.journal = Documents(cluster, self.names.journal)
        self.states = Documents(cluster, self.names.states)
        self.state = CurrentState(self.control, self.names)
        self.known = GenerationDocuments(self.control)
        self.files = GenerationFiles(self.control, options.data / _CACHE)
        self.watched: dict[str, Watched] = {}  # leases, as this process has seen them
        self.indices = Indices(cluster, self.names, cluster_options, kinds.body)

    @property
    def place(self) -> Path:
        """How a sentence names the index."""
        return Path(f"OpenSearch index {self.names.prefix}")

    def first_generation(self) -> GenerationDocument:
        """What is known of a generation that is made by these options."""
        widths = {entity: Partition(width) for entity, width in self.options.widths.items()}
        return GenerationDocument(self.fit, self.options.width, widths)

    def make_control_indices(self) -> None:
        """Make the indices that the services agree by, unless there are such."""
        self.control.make_index(self.cluster_options)
        self.journal.make_index(self.cluster_options)
        self.states.make_index(self.cluster_options, FIELDS, gc_deletes="1h")

    def place_of(self, number: int) -> Path:
        """The directory on this machine for files of a generation, which are published from it."""
        return self.options.data / _PLACES / f"{number:06d}"

    def remove_places(self) -> None:
        """Remove what this machine has of generations that are gone."""
        directories = (self.options.data / _PLACES, self.options.data / _CACHE)
        # First the look, then the state: a place is made when the state has the generation.
        paths = [path for directory in directories for path in directory.glob("*")]
        known = self.state.read().generations if paths else {}
        for path in paths:
            if path.name.isdecimal() and int(path.name) not in known:
                remove_tree(path)

    def forget_generation(self, number: int) -> None:
        """Remove what belonged to a generation that the state does not name any more."""
        content = self.known.find(number)
        if content is not None:
            self.files.remove_published(number, sorted(content.files))
            self.known.remove(number)
        for path in (self.place_of(number), self.files.cache / f"{number:06d}"):
            remove_tree(path)
