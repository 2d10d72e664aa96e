"""Every setting, declared once with its default, unit and help, in the order of the manual.

Not here: what the values do. They are passed to those who need them: the command and
``app`` alone import this.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from analyzers import SEPARATORS
from analyzers.units import DEFAULT_ALIASES
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.settings.values import (
    CLUSTER_PASSWORD_VARIABLE,
    MOST_IDS,
    PASSWORD_VARIABLE,
    ByEntity,
    Certificates,
    Directory,
    EngineName,
    EntityNames,
    FacetFields,
    Host,
    IndexPrefix,
    LogFormat,
    Matching,
    Networks,
    NodeAddresses,
    Number,
    ReplicasByEntity,
    Separators,
    ShardsByEntity,
    SourceAddress,
    SynonymFiles,
    Text,
    UnitNames,
    Whole,
    Zone,
)

_A_DAY, _A_YEAR = 86_400, 31_536_000  # seconds
_MOST_MEMORY = 4_000  # MB, of one writer of the engine
_MOST_PROCESSES = 1_024
_HEAVIEST = 1e6


def _option(
    default: Any,
    about: str,
    *,
    unit: str = "",
    engine: EngineName | None = None,
    values: str = "",
    **bounds: Any,
) -> Any:
    """``engine``: with others the setting means nothing. ``values``: of a type of its own."""
    return Field(
        default=default,
        description=about,
        validate_default=True,
        json_schema_extra={"unit": unit, "engine": engine, "values": values},
        **bounds,
    )


def _of_cluster(default: Any, about: str, **others: Any) -> Any:
    return _option(default, about, engine=EngineName.OPENSEARCH, **others)


def _of_directory(default: Any, about: str, **others: Any) -> Any:
    return _option(default, about, engine=EngineName.EMBEDDED, **others)


class Settings(BaseModel):
    """Every option of the service. The order is that of the manual."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Directory = _option(
        Path("/var/lib/icat-search"),
        "The data directory. It is made when it is not there; one service uses it at a time.",
    )
    host: Host = _option("127.0.0.1", "The address to listen on; `0.0.0.0` is every IPv4 one.")
    port: Whole = _option(
        8180, "The port to listen on; 0 takes a free one and prints it.", ge=0, le=65535
    )
    allowed_addresses: Networks = _option(
        ("127.0.0.1/32", "::1/128"),
        "Who may call the operations under `/icat.lucene`: a list of networks. Others get 401. "
        "Health, status and metrics stay open.",
    )
    front_end_addresses: Networks = _option(
        (),
        "Who may call the operations under `/v1`, beside those of `allowed_addresses`: a list of "
        "networks. Whoever calls them is believed in whose name it asks, so list servers that know "
        "who their users are, never browsers.",
    )
    search_seconds: Number = _option(
        5.0,
        "How long a search may take. One that takes longer is ended and answered with 504; so is "
        "one that had to wait this long before it could begin.",
        unit="seconds",
        gt=0,
        le=_A_DAY,
        allow_inf_nan=False,
    )
    workers: Whole = _option(
        0,
        "Search processes, each running one search at a time; 0: one for each core.",
        ge=0,
        le=_MOST_PROCESSES,
    )
    waiting_searches: Whole = _option(
        128,
        "Searches that may wait for a worker; one more is answered with 503 and `Retry-After`.",
        ge=0,
    )
    max_body: Whole = _option(
        64, "The largest request body; a larger one is answered with 413.", unit="MB", gt=0
    )

    commit_seconds: Number = _option(
        0.0,
        "Commit what is pending this often; 0: only when the catalogue says so, or when the "
        "journal is full.",
        unit="seconds",
        ge=0,
        le=_A_YEAR,
        allow_inf_nan=False,
    )
    journal_sync: bool = _of_directory(
        True,
        "Whether every change is on the disk before it is acknowledged. Without it a power failure "
        "may lose the last seconds; a crash of the service alone does not.",
    )
    journal_operations: Whole = _option(
        100_000,
        "Operations that may be pending; one more starts a commit.",
        unit="operations",
        gt=0,
    )
    journal_size: Whole = _option(
        64, "Size of the pending operations; beyond it a commit starts.", unit="MB", gt=0
    )
    writer_memory: Whole = _of_directory(
        50,
        "Memory of one open writer. More makes fewer and larger segments in a population.",
        unit="MB",
        ge=15,
        le=_MOST_MEMORY,
    )
    open_writers: Whole = _of_directory(
        8, "Writers (one for each shard that is being written) open at a time.", gt=0
    )
    search_slices: Whole = _of_directory(
        0,
        "Into how many slices an entity is divided for a search, each searched by a thread. 0: one "
        "while it is small, from some millions of documents on up to one for each processor.",
        ge=0,
        le=64,
    )

    shard_ids: Whole = _option(
        50_000_000,
        "How many ids a shard spans. It holds for shards made from then on; those that are there "
        "keep their borders until the next full index.",
        unit="ids",
        gt=0,
        le=MOST_IDS,
    )
    shard_ids_of: ByEntity = _option(
        {},
        "Another span for some entities: in the file a table, in the environment "
        "`Datafile=100000000, Dataset=10000000`.",
        unit="ids",
    )

    engine: EngineName = _option(
        EngineName.EMBEDDED,
        "What keeps the index. `embedded`: files of the data directory, which one service changes. "
        "`opensearch`: a cluster of OpenSearch 3, whose index any number of services search and "
        "change; the data directory then holds little. See [several machines](cluster.md).",
    )
    opensearch_addresses: NodeAddresses = _of_cluster(
        (),
        "Nodes of the cluster. When one does not answer, another is asked, so name several; "
        "without a port it is 9200.",
        values="a list of addresses, `https://node-1:9200, https://node-2:9200`",
    )
    opensearch_user: Text = _of_cluster(
        "",
        "The account of the service. Its password is in `opensearch_password_file`, or in the "
        f"environment as `{CLUSTER_PASSWORD_VARIABLE}`.",
    )
    opensearch_password_file: Text = _of_cluster(
        "", "The file that holds the password of that account; for its owner alone."
    )
    opensearch_certificates: Certificates = _of_cluster(
        "",
        "A file of certificates (PEM) that are trusted beside those of the system: of the "
        "authority that signed those of the nodes.",
    )
    opensearch_verify: bool = _of_cluster(
        True,
        "Whether the certificate of a node must be right. Without it anybody in between can read "
        "the password and all documents.",
    )
    index_prefix: IndexPrefix = _of_cluster(
        "icat",
        "What the names of all indices and aliases begin with. Services with the same prefix have "
        "one index; another facility on the same cluster has another prefix.",
    )
    opensearch_shards: Whole = _of_cluster(
        1,
        "Shards of the index of an entity, for indices that are made from then on.",
        gt=0,
        le=1_024,
    )
    opensearch_shards_of: ShardsByEntity = _of_cluster(
        {},
        "Another number for some entities: in the file a table, in the environment "
        "`Datafile=28, DatafileParameter=6`.",
    )
    opensearch_replicas: Whole = _of_cluster(
        1,
        "Copies of each shard beside the first, on other nodes. With 0 what a node held is gone "
        "with it.",
        ge=0,
        le=100,
    )
    opensearch_replicas_of: ReplicasByEntity = _of_cluster(
        {}, "Another number for some entities, as with `opensearch_shards_of`."
    )
    opensearch_seconds: Number = _of_cluster(
        60.0,
        "How long the cluster may take to answer what is no search; searches have "
        "`search_seconds`.",
        unit="seconds",
        gt=0,
        le=_A_DAY,
        allow_inf_nan=False,
    )
    lease_seconds: Number = _of_cluster(
        10.0,
        "After so long without a sign of life another service goes on with the commit, population "
        "or re-index that one had begun. The same for all services of an index.",
        unit="seconds",
        ge=5,
        le=600,
        allow_inf_nan=False,
    )

    reindex_workers: Whole = _option(
        0,
        "Processes of `icat-search reindex` that build shards; 0: one for each core.",
        ge=0,
        le=_MOST_PROCESSES,
    )
    reindex_leave_out: EntityNames = _option(
        (),
        "Entities that `icat-search reindex` does not read unless they are named; what the index "
        "holds of them is taken over.",
    )
    reindex_commit_seconds: Number = _option(
        60.0,
        "How often a worker of `icat-search reindex` makes durable what it has built: so much work "
        "at most is done again after a crash.",
        unit="seconds",
        gt=0,
        le=_A_YEAR,
        allow_inf_nan=False,
    )

    source: SourceAddress = _option(
        "",
        "Where `icat-search reindex`, `check` and `sync` read documents, unless `--source` says "
        "so: `mysql://search@db.example.org/icat`, or a file of documents. Without a password: "
        "that is in `source_password_file`, or in the environment as "
        f"`{PASSWORD_VARIABLE}`.",
    )
    source_zone: Zone = _option(
        "UTC",
        "The time zone of the dates in that database, as in `Europe/Berlin`: what the clock of the "
        "catalogue's application server showed. It is recorded with the index.",
    )
    source_password_file: Text = _option(
        "", "The file that holds the password of that database; for its owner alone."
    )

    sync_overlap_seconds: Number = _option(
        600.0,
        "How long before the last time `icat-search sync` begins: longer than a transaction of the "
        "catalogue takes, and than its clock and the database's are apart.",
        unit="seconds",
        ge=0,
        le=_A_YEAR,
        allow_inf_nan=False,
    )

    matching: Matching = _option(
        Matching.PEOPLE,
        "How text is read. `people`: names are also found by their parts, pasted text is read as "
        "what it is, spelling is helped where nothing is found. `peer`: as icat.lucene does. It is "
        "decided when searching; another value needs no new index.",
    )
    part_weight: Number = _option(
        0.5,
        "What a part of a name weighs beside a whole word of the same rarity: less, as `scan` in "
        "`dark_scan_7.nxs` says less than `scan` in a title.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    joined_weight: Number = _option(
        0.7,
        "What parts that follow on weigh, such as `hc-1234` in `HC1234`: more than one part, less "
        "than the word itself.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    covering_weight: Number = _option(
        2.0,
        "What each of three or more words weighs where it is found, times its rarity, whatever the "
        "length of the field: so that many rare words come before one in a short title.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    in_order_weight: Number = _option(
        10.0,
        "Added where all words follow each other in one field. More than what one common word "
        "makes, less than `all_words_weight`.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    all_words_weight: Number = _option(
        40.0,
        "Added where all words are found, in whatever fields: more than a few words can make, so "
        "that documents with all come before those with one.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    whole_name_weight: Number = _option(
        100.0,
        "Added where the text is the whole name, title, path or DOI: more than all else together.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    long_text_words: Whole = _option(
        50,
        "By how many of its rarest words a long text is looked for. More find little else and take "
        "longer.",
        unit="words",
        gt=0,
        le=1_000,
    )
    facet_fields: FacetFields = _option(
        FACETABLE_BY_DEFAULT,
        "Fields of text that are also held as exact values, to filter and to count by. A change "
        "needs a new index.",
    )
    units: UnitNames = _option(
        DEFAULT_ALIASES,
        "Other names of units, `unit: name [factor], name …; unit: …`. They take prefixes too "
        "(`keV`). A change needs a new index.",
    )
    synonym_files: SynonymFiles = _option(
        (),
        "Synonym files in Solr's format, instead of the built-in lists (spelling, elements, "
        "techniques). A change needs a new index.",
    )
    path_separators: Separators = _option(
        SEPARATORS,
        "The characters that separate the components of a file's location. A change needs a new "
        "index.",
    )

    log_format: LogFormat = _option(
        LogFormat.TEXT, "`text` for people, `json` for machines: one object a line."
    )
    slow_search_seconds: Number = _option(
        1.0,
        "A search that takes longer is logged with its query; 0: none.",
        unit="seconds",
        ge=0,
        allow_inf_nan=False,
    )

    def as_text(self, name: str) -> str:
        """The value as a TOML value."""
        return _toml(self.model_dump(mode="json")[name])


def _toml(value: object) -> str:
    match value:
        case dict():
            return (
                "{" + ", ".join(f"{name} = {_toml(found)}" for name, found in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)
