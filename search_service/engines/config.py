"""The values of settings that an engine is built from.

Not here: which setting gives which value, see ``search_service.app``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from analyzers import Synonyms
from search_service.engines.id_ranges import DEFAULT_WIDTH


@dataclass(frozen=True)
class IndexConfig:
    """The settings that decide what an index keeps of a document and which terms find it."""

    facetable: frozenset[str]
    units: str
    separators: str
    synonym_files: tuple[Path, ...] = ()

    @cached_property
    def synonyms(self) -> Synonyms:
        """Read once in each process."""
        return Synonyms.read(self.synonym_files) if self.synonym_files else Synonyms.builtin()


@dataclass(frozen=True)
class ClusterOptions:
    """How an index is kept in a cluster.

    ``addresses``: of nodes, each ``http[s]://host[:port]``. ``user`` and ``password``: empty where
    the cluster asks for none. ``certificates``: a file of those that are trusted beside the
    system's. ``prefix``: what the names of its indices begin with. ``shards`` and ``replicas``: by
    entity, ``""`` for all others. ``seconds``: how long the cluster may take to answer a request
    that is no search, ``search_seconds`` those that are. ``lease_seconds``: after so long another
    service takes over from one that does not answer.
    """

    addresses: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    certificates: Path | None = None
    verify: bool = True
    prefix: str = "icat"
    shards: Mapping[str, int] = field(default_factory=dict)
    replicas: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 60.0
    search_seconds: float = 5.0
    lease_seconds: float = 10.0


@dataclass(frozen=True)
class EngineOptions:
    """All that an engine is built from. It can be sent to other processes.

    ``data``: the data directory. ``width``: how many ids are in a piece of an index that is made,
    and ``widths`` those of entities that have their own. ``memory``: bytes of one open writer, of
    which ``open_writers`` are open at a time. ``slices``: into how many parts an entity is divided
    for a search; 0: as many as suit it. ``process_memory``: bytes that a process which encodes
    documents may have of its own; 0: any. ``search_memory``: bytes that the ids of joined documents
    may take in a search; 0: any. ``cluster``: where the index is kept; None: in ``data``.
    """

    index: IndexConfig
    data: Path
    width: int = DEFAULT_WIDTH
    widths: Mapping[str, int] = field(default_factory=dict)
    memory: int = 50_000_000
    open_writers: int = 8
    slices: int = 0
    process_memory: int = 0
    search_memory: int = 0
    cluster: ClusterOptions | None = None
