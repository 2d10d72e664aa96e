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
from search_service.query.limits import DEFAULTS
from search_service.settings.values import (
    CLUSTER_PASSWORD_VARIABLE,
    MOST_IDS,
    PASSWORD_VARIABLE,
    TOKEN_VARIABLE,
    ByEntity,
    Certificates,
    Directory,
    EngineName,
    EntityNames,
    FacetFields,
    ForwardedHeader,
    Host,
    HostNames,
    IndexPrefix,
    LogFormat,
    LogLevel,
    Matching,
    Networks,
    NodeAddresses,
    Number,
    ProxyNetworks,
    ReplicasByEntity,
    Separators,
    ShardsByEntity,
    Sites,
    SourceAddress,
    SynonymFiles,
    Text,
    TokenFiles,
    TokensFor,
    UnitNames,
    Whole,
    Zone,
)

_A_DAY, _A_YEAR = 86_400, 31_536_000  # seconds
_MOST_MEMORY = 4_000  # MB, of one writer of the engine
_MOST_WORKER_MEMORY = 1_000_000  # MB
_MOST_PROCESSES = 1_024
_HEAVIEST = 1e6


def _option(
    default: Any,
    about: str,
    *,
    unit: str = "",
    engine: EngineName | None = None,
    values: str = "",
    section: str = "",
    **bounds: Any,
) -> Any:
    """``engine``: with others the setting means nothing. ``values``: of a type of its own.

    ``section``: of the manual, which begins with this setting.
    """
    return Field(
        default=default,
        description=about,
        validate_default=True,
        json_schema_extra={"unit": unit, "engine": engine, "values": values, "section": section},
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
        section="The service",
    )
    host: Host = _option("127.0.0.1", "The address to listen on; `0.0.0.0` is every IPv4 one.")
    port: Whole = _option(
        8180, "The port to listen on; 0 takes a free one and prints it.", ge=0, le=65535
    )

    allowed_addresses: Networks = _option(
        ("127.0.0.1/32", "::1/128"),
        "Who may call the operations under `/icat.lucene`: a list of networks. Others get 401. "
        "A token of `read_token_files` or `change_token_files` is enough, too.",
        section="Who may call",
    )
    front_end_addresses: Networks = _option(
        (),
        "Who may call the operations under `/v1`, beside those of `allowed_addresses`: a list of "
        "networks. Whoever calls them is believed in whose name it asks, so list servers that know "
        "who their users are, never browsers.",
    )
    operator_addresses: Networks = _option(
        ("0.0.0.0/0", "::/0"),
        "Who may ask for `/status`, `/metrics` and `/docs`: a list of networks. `/health` and "
        "`/icat.lucene/version` stay open, as probes of clusters have no address of their own.",
    )
    page_addresses: Networks = _option(
        ("127.0.0.1/32", "::1/128"),
        "Who may see the pages at `/` and `/operate`, and ask `/v1/explain`: a list of networks. "
        "They show documents as any user and texts of searches, so list machines of operators. "
        "Others give a token of `operator_token_files` as the password when the browser asks.",
    )
    read_token_files: TokenFiles = _option(
        (),
        "Files of tokens for searches and for what is under `/v1`, or directories of such files: a "
        "token on each line, so that an old and a new one are good at a time. They are read again "
        "when they change. A token that is in files of several kinds is good for each.",
    )
    change_token_files: TokenFiles = _option(
        (), "Files of tokens for changes, as `read_token_files`: `modify`, `lock`, `clear`, …"
    )
    operator_token_files: TokenFiles = _option(
        (),
        "Files of tokens for `/status`, `/metrics`, `/docs` and the pages, as `read_token_files`.",
    )
    require_token: TokensFor = _option(
        (),
        "What needs a token beside a listed address; of all else either is enough. `front_ends` is "
        "what is under `/v1`, `read` and `change` what is under `/icat.lucene`, `page` what "
        "`page_addresses` says, `operate` the rest. The catalogue server sends no token.",
        values="a list of `front_ends`, `read`, `change`, `operate`, `page`",
    )
    service_token_file: Text = _option(
        "",
        "The file that holds the token that commands send to a service at `--service URL`; for its "
        f"owner alone. Or give it in the environment as `{TOKEN_VARIABLE}`.",
    )
    trusted_proxies: ProxyNetworks = _option(
        (),
        "Proxies that are believed who called them: a list of networks. The address before the "
        "first of them then is the caller's. What others write into such a header is not looked "
        "at.",
    )
    forwarded_header: ForwardedHeader = _option(
        ForwardedHeader.X_FORWARDED_FOR,
        "The header in which those proxies say who called them. One only: a proxy may pass the "
        "other one on as the caller wrote it.",
    )
    allowed_hosts: HostNames = _option(
        (),
        "Names by which the service may be called (`Host`), beside addresses, names without a "
        "dot, and those that nobody can register, as `localhost`. Without any, other names are "
        "refused of callers on the same machine alone: there people have browsers. `*`: any name.",
        values="a list of names, `search.example.org`",
    )
    allowed_origins: Sites = _option(
        (),
        "Sites whose pages may have a browser call the service (CORS). Requests of other pages are "
        "refused, as the address of who looks at them says nothing of who wrote them.",
        values="a list of sites, `https://portal.example.org`",
    )
    tls_certificate: Text = _option(
        "",
        "The file of the service's certificate (PEM), with those between it and the authority's: "
        "then it speaks TLS alone. It is read again when it changes, or at SIGHUP.",
    )
    tls_key: Text = _option(
        "", "The file of its private key, without a password; when empty it is in the same file."
    )
    tls_client_authorities: Text = _option(
        "",
        "A file of certificates of authorities (PEM): whoever connects has to have a certificate "
        "that one of them signed.",
    )

    max_connections: Whole = _option(
        512,
        "Connections that may be open, at most half of the files that the system lets the service "
        "open. One more ends one that waits for a request; if none waits, it gets 503.",
        unit="connections",
        gt=0,
        section="Connections and bodies",
    )
    max_connections_of_address: Whole = _option(
        256,
        "The same for connections from one address (of IPv6: one network of 64 bits): more than a "
        "catalogue has threads, and less than all. `trusted_proxies` may have all.",
        unit="connections",
        gt=0,
    )
    head_seconds: Number = _option(
        30.0,
        "How long the address and the headers of a request may take to arrive; then 408.",
        unit="seconds",
        gt=0,
        le=_A_DAY,
        allow_inf_nan=False,
    )
    idle_seconds: Number = _option(
        75.0,
        "How long a connection without a request stays open: longer than catalogues and proxies "
        "keep theirs, so that it is they who close it.",
        unit="seconds",
        gt=0,
        le=_A_DAY,
        allow_inf_nan=False,
    )
    stalled_seconds: Number = _option(
        120.0,
        "How long a body may stand still until 408, and an answer that the caller does not read "
        "until the connection ends. A catalogue that populates reads its database meanwhile, so "
        "this is long.",
        unit="seconds",
        gt=0,
        le=_A_DAY,
        allow_inf_nan=False,
    )
    slowest_transfer: Whole = _option(
        1,
        "How slow a body or an answer may be on average after `stalled_seconds`: slower than any "
        "catalogue, faster than who only holds connections.",
        unit="kB/s",
        gt=0,
    )
    max_body: Whole = _option(
        64, "The largest request body; a larger one is answered with 413.", unit="MB", gt=0
    )
    max_search_body: Whole = _option(
        4,
        "The largest body of a search: less than of changes, as each search worker reads one, and "
        "a list of 100,000 ids takes 1 MB.",
        unit="MB",
        gt=0,
    )
    bytes_in_flight: Whole = _option(
        512,
        "What bodies that are received or worked on, and answers that are not read yet, may take "
        "together: eight bodies of 64 MB. Beyond it those that take long are ended, and if there "
        "is none, the next request gets 503.",
        unit="MB",
        gt=0,
    )

    search_seconds: Number = _option(
        5.0,
        "How long a search may take. One that takes longer is ended and answered with 504; so is "
        "one that had to wait this long before it could begin.",
        unit="seconds",
        gt=0,
        le=_A_DAY,
        allow_inf_nan=False,
        section="Searches and whose turn it is",
    )
    workers: Whole = _option(
        0,
        "Search processes, each running one search at a time; 0: one for each core, as many as the "
        "control group may use, and one more. One of them, where there are several, is not "
        "taken by searches that take long: these would keep all others waiting.",
        ge=0,
        le=_MOST_PROCESSES,
    )
    worker_memory: Whole = _option(
        0,
        "Memory that a search process may have of its own, beside files of the index. A search "
        "that needs more fails alone, with `SEARCH_OUT_OF_MEMORY`; a process that has taken half "
        "of it is followed by a new one. The processes that encode documents have the same. 0: "
        "half of the machine's memory divided by `workers`, from 1,000 to 4,000, as a worker has "
        "1,100 of its own where there are a billion datafiles.",
        unit="MB",
        ge=0,
        le=_MOST_WORKER_MEMORY,
    )
    worker_niceness: Whole = _option(
        5,
        "How far search processes stand back for the process that every request and every change "
        "goes through (`nice`): the more, the sooner `modify` is answered while all search. They "
        "stand back for other programs of the machine too; 0 where those should not come first.",
        ge=0,
        le=19,
    )
    waiting_searches: Whole = _option(
        128,
        "Searches that may wait for a worker. When there is one more, the newest of the caller "
        "with most of them is answered with 503 and `Retry-After`. A caller is a user at an "
        "address, or an address where no user is named.",
        ge=0,
    )
    waiting_searches_of_caller: Whole = _option(
        64,
        "Searches of one caller that may wait for a worker; one more is answered with 503. A "
        "catalogue's searches without a user, and its facets, are those of one caller.",
        ge=0,
    )
    expensive_search_seconds: Number = _option(
        0.1,
        "From how long on, by what it took before, a search is expensive: all expensive ones "
        "together, and those of one caller, leave one worker to the others. Where most take more "
        "than a tenth of it, it is ten times what they take, at most five times this.",
        unit="seconds",
        gt=0,
        le=_A_DAY,
        allow_inf_nan=False,
    )
    public_seconds: Whole = _option(
        5,
        "How long caches in front of the service may repeat an answer under `/v1` which everybody "
        "may see (`Cache-Control`); 0: not without asking. So late do they show a commit.",
        unit="seconds",
        ge=0,
        le=_A_DAY,
    )
    public_answer_memory: Whole = _option(
        16,
        "Size of such answers that the service keeps, until the next commit or release; 0: none.",
        unit="MB",
        ge=0,
        le=_MOST_MEMORY,
    )

    max_hits: Whole = _option(
        50_000,
        "How many hits a page may have: a search that asks for more and finds more is answered "
        "with 400. The catalogue asks for 1,000, or what its `search.searchBlockSize` says. A hit "
        "takes some 3 kB while its page is made.",
        unit="hits",
        gt=0,
        le=1_000_000,
        section="What a search may ask for",
    )
    max_answer: Whole = _option(
        64,
        "The largest answer of a search, as documents may be of any size: a larger one is "
        "answered with 400 before it is made. 1,000 datafiles with all their fields are 0.6 MB.",
        unit="MB",
        gt=0,
        le=2_000,
    )
    max_search_memory: Whole = _option(
        DEFAULTS.max_search_memory,
        "What the words, wildcards, ranges and conditions of one search may take of a worker's "
        "memory, as far as that is known before it begins: a word some 1 kB in each field, one "
        "with `~` 50 kB, a letter of a word with `~2` 32 kB, a wildcard 80 kB, a letter of a range "
        "of words 120 kB, a range of numbers 200 kB. The ids of joined documents that its "
        "conditions find may take as much, 90 bytes each. A search that would take more gets 400, "
        "as all do that go beyond one of the limits that follow.",
        unit="MB",
        gt=0,
        le=_MOST_WORKER_MEMORY,
    )
    max_text_length: Whole = _option(
        DEFAULTS.max_text_length,
        "How long the text of a search may be, the full name of a user, and the name, unit or "
        "value of a parameter. A pasted article has some 50,000.",
        unit="characters",
        gt=0,
    )
    max_text_words: Whole = _option(
        DEFAULTS.max_text_words,
        "How many words, phrases and groups a text may have that is read by its syntax. A pasted "
        'article has some 6,000 and, with `matching = "people"`, is looked for by its rarest '
        "words alone, however many it has.",
        unit="words",
        gt=0,
    )
    max_fuzzy_words: Whole = _option(
        DEFAULTS.max_fuzzy_words,
        "How many words of a text may have a `~`, to be found where they are spelled otherwise. "
        "Each is compared with the dictionary of each field.",
        unit="words",
        ge=0,
    )
    max_fuzzy_length: Whole = _option(
        DEFAULTS.max_fuzzy_length,
        "How long such a word may be. One of 40 letters takes 1 MB in each field, of 10,000 a "
        "quarter of a gigabyte.",
        unit="characters",
        gt=0,
    )
    max_wildcard_words: Whole = _option(
        DEFAULTS.max_wildcard_words,
        "How many words of a text may have wildcards, but for one at their end alone: `*tron` and "
        "`ne?tron`, not `neutr*`. Each goes through the dictionary of each field, for 40 ms where "
        "that has 200,000 names.",
        unit="words",
        ge=0,
    )
    max_word_wildcards: Whole = _option(
        DEFAULTS.max_word_wildcards,
        "How many wildcards one word may have, and a pattern of a parameter. An engine refuses "
        "more, or takes seconds to make them ready.",
        unit="wildcards",
        ge=0,
    )
    max_word_ranges: Whole = _option(
        DEFAULTS.max_word_ranges,
        "How many ranges of words (`[a TO b]`, `field>=a`) a text may have. Each finds a large "
        "part of all documents, for 0.2 s where there are 200,000.",
        unit="ranges",
        ge=0,
    )
    max_search_conditions: Whole = _option(
        DEFAULTS.max_search_conditions,
        "How many parameters, filters and groups of a filter a search may have, and conditions a "
        "facet request. Most join documents, and the ids of those are held together.",
        unit="conditions",
        gt=0,
    )
    max_filter_values: Whole = _option(
        DEFAULTS.max_filter_values,
        "How many values and conditions the filters of a search may have in all.",
        unit="values",
        gt=0,
    )
    max_filter_ranges: Whole = _option(
        DEFAULTS.max_filter_ranges,
        "How many of these may compare with numbers. Each looks at a part of a column for itself: "
        "10,000 took 38 s and 0.8 GB over 200,000 documents.",
        unit="ranges",
        ge=0,
    )
    max_facet_values: Whole = _option(
        DEFAULTS.max_facet_values,
        "How many values the conditions of a facet request may have. The catalogue sends the ids "
        "of a page of hits, 1,000 and more.",
        unit="values",
        gt=0,
    )
    max_facet_dimensions: Whole = _option(
        DEFAULTS.max_facet_dimensions,
        "How many dimensions a facet request may have.",
        unit="dimensions",
        gt=0,
    )
    max_facet_ranges: Whole = _option(
        DEFAULTS.max_facet_ranges,
        "How many ranges the dimensions of a request may have in all; each is counted by itself.",
        unit="ranges",
        ge=0,
    )
    max_search_fields: Whole = _option(
        DEFAULTS.max_search_fields,
        "How many fields a request may ask for, of hits and of what joins to them. No entity has "
        "as many as thirty.",
        unit="fields",
        gt=0,
    )

    max_body_values: Whole = _option(
        8_000_000,
        "How many values the JSON of one `modify` or `addNow` may have (its commas, arrays and "
        "objects are counted before any is read), as values take up to 25 times their bytes while "
        "they are read. 64 MB of datafiles have 3 to 5 million.",
        unit="values",
        ge=1_000_000,
        section="What a change may bring",
    )
    max_document: Whole = _option(
        8,
        "The largest document, as it is sent and as it is kept. "
        "This and the next four are far above what ICAT's columns hold; "
        "`modify` and `addNow` refuse more with 400, a re-index lists it with the rejected rows.",
        unit="MB",
        gt=0,
        le=2_000,
    )
    max_document_fields: Whole = _option(
        1_000, "How many fields a document may have.", unit="fields", ge=100
    )
    max_value_length: Whole = _option(
        1_000_000,
        "How long a text of a document may be: a summary has 4,000, where a site has not raised "
        "it.",
        unit="characters",
        ge=10_000,
    )
    max_name_length: Whole = _option(
        1_000,
        "How long the name of an entity or of a field may be.",
        unit="characters",
        ge=100,
    )
    max_path_depth: Whole = _option(
        10_000,
        "How many components the location of a file may have: each directory above a file is found "
        "by a word of its own. A path of Linux has at most 4,096 characters.",
        unit="components",
        ge=1_000,
    )

    commit_seconds: Number = _option(
        0.0,
        "Commit what is pending this often; 0: only when the catalogue says so, or when the "
        "journal is full.",
        unit="seconds",
        ge=0,
        le=_A_YEAR,
        allow_inf_nan=False,
        section="Commits and shards",
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
    keep_generations: Whole = _of_directory(
        0,
        "How many generations that were searched before a re-index are kept for `icat-search "
        "rollback`, each with its room on the disk; older ones are removed. 0: all, until "
        "`icat-search generations --drop-old`.",
        unit="generations",
        ge=0,
    )
    keep_generation_days: Number = _of_directory(
        0.0,
        "How long such a generation is kept: later nobody goes back to it, as what changed since "
        "is not in it. 0: as long as the setting above says.",
        unit="days",
        ge=0,
        le=36_500,
        allow_inf_nan=False,
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
        section="The engine, and its cluster",
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

    source: SourceAddress = _option(
        "",
        "Where `icat-search reindex`, `check` and `sync` read documents, unless `--source` says "
        "so: `mysql://search@db.example.org/icat`, or a file of documents. Without a password: "
        "that is in `source_password_file`, or in the environment as "
        f"`{PASSWORD_VARIABLE}`.",
        section="Re-indexing and syncing",
    )
    source_zone: Zone = _option(
        "UTC",
        "The time zone of the dates in that database, as in `Europe/Berlin`: what the clock of the "
        "catalogue's application server showed. It is recorded with the index.",
    )
    source_password_file: Text = _option(
        "", "The file that holds the password of that database; for its owner alone."
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
        section="How text is read and weighed",
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
        LogFormat.TEXT,
        "`text` for people, `json` for machines: one object a line.",
        section="The log",
    )
    log_level: LogLevel = _option(
        LogLevel.INFO,
        "The least important lines that are written. `info`: all, requests too; `warning`: what "
        "the service had no time for, and slow searches; `error`: what it could not do. Without "
        "`info` no request is seen that was answered, or refused for what it asks.",
    )
    access_log: bool = _option(
        True,
        "Whether a request that is answered has a line. One that is refused or fails always has.",
    )
    slow_search_seconds: Number = _option(
        1.0,
        "A search that takes longer is logged with its shape and the time of each step; 0: none.",
        unit="seconds",
        ge=0,
        allow_inf_nan=False,
    )
    slow_search_query: bool = _option(
        False,
        "Whether the line of a slow search has its query as it was sent, too. It has texts that "
        "people typed, and their names; without, it has which keys and how long the texts are.",
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
