"""Puts the service together: its parts are made from the values of the settings.

Nothing else reads the settings but the command: each part is given the values that it needs. Not
here: what the parts do, see ``runtime``, ``workers`` and ``http``.
"""

import asyncio
import logging
import os
import platform
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import assert_never

from fastapi import FastAPI

from search_service import __version__, memory
from search_service.catalogue.document_limits import DocumentLimits
from search_service.engines.config import ClusterOptions, EngineOptions, IndexConfig
from search_service.engines.index import Engine
from search_service.engines.open import open_engine
from search_service.files import secret_in
from search_service.http import control
from search_service.http.access import Access, AccessGroup, Rule
from search_service.http.admission.control import AdmissionControl
from search_service.http.admission.limits import ConnectionLimits
from search_service.http.app import make_app
from search_service.http.guard import Guard
from search_service.http.origins import Origins, own_names
from search_service.http.proxies import ForwardedHeader, Proxies
from search_service.http.records import Tracing
from search_service.http.tls import Certificates
from search_service.http.tokens import TokenKind, Tokens
from search_service.metrics import BUILD_INFO, Metrics
from search_service.processors import processors
from search_service.query.limits import QueryLimits
from search_service.query.price import MB
from search_service.query.text.analyse import Analysis
from search_service.query.text.matching import PeopleReading
from search_service.query.text.peer import PeerReading
from search_service.query.text.reading import Reading
from search_service.query.text.relevance.weights import Relevance
from search_service.runtime import opening
from search_service.runtime.retention import Retention
from search_service.runtime.service import (
    BodyLimit,
    OpenedStore,
    RequestLimits,
    RequestLog,
    Service,
)
from search_service.service.bodies import BodyLimits
from search_service.service.indexing.limits import CommitLimits
from search_service.service.searching.limits import AnswerLimits
from search_service.settings.model import Settings
from search_service.settings.values import (
    CLUSTER_PASSWORD_VARIABLE,
    EngineName,
    LogFormat,
    Matching,
)
from search_service.system_limits import of_this_process
from search_service.workers.pool import SearchPool
from search_service.workers.queueing.shapes import shape
from search_service.workers.searching.searcher import MakeSearcher

log = logging.getLogger(__name__)

_FILES_OF_WORKER = 4
_FILES_OF_WRITER = 32  # a segment that is written and some that are merged, of eight files each

OpenService = Callable[[Settings], AbstractAsyncContextManager[Service]]


def create_app(
    settings: Settings,
    open_: OpenService | None = None,
    tokens: Tokens | None = None,
    tracing: Tracing | None = None,
) -> FastAPI:
    """The application. Its service is opened when it starts and closed when it ends.

    ``open_`` opens another service than ``open_service``: tests give one without an engine.
    ``tokens``: those that are renewed while it runs. ``tracing``: None where requests are not
    traced. Raises as ``tokens_by``.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (open_ or open_service)(settings) as service:
            app.state.service = service
            if service.generations is None:
                yield
            else:
                async with control.answering(app, settings.data):
                    yield

    guard = Guard(
        _access_by(settings, tokens_by(settings) if tokens is None else tokens),
        Proxies(settings.trusted_proxies, ForwardedHeader(settings.forwarded_header.value)),
        Origins(settings.allowed_origins, settings.allowed_hosts, own_names()),
        begins_traces=tracing is not None,
    )
    admission = AdmissionControl(_connection_limits(settings))
    return make_app(lifespan, guard, admission, settings.facet_fields, tracing)


def _connection_limits(settings: Settings) -> ConnectionLimits:
    """What connections may use. Files of the index and of the journal need to be opened too."""
    files = of_this_process().files
    most = settings.max_connections
    return ConnectionLimits(
        connections=most if files is None else min(most, max(1, files // 2)),
        of_address=settings.max_connections_of_address,
        proxies=settings.trusted_proxies,
        head_seconds=settings.head_seconds,
        idle_seconds=settings.idle_seconds,
        stalled_seconds=settings.stalled_seconds,
        slowest_transfer=settings.slowest_transfer << 10,
        bytes_in_flight=settings.bytes_in_flight << 20,
    )


def request_limits(settings: Settings) -> RequestLimits:
    """What one request may ask for."""
    return RequestLimits(
        BodyLimit(settings.max_body << 20, "max_body"),
        BodyLimit(settings.max_search_body << 20, "max_search_body"),
        RequestLog(settings.access_log, settings.slow_search_seconds, settings.slow_search_query),
        settings.public_seconds,
        settings.public_answer_memory << 20,
        body_limits(settings),
    )


def tokens_by(settings: Settings) -> Tokens:
    """The tokens of callers. Raises Unreadable, TokenRefused."""
    return Tokens(
        {
            TokenKind.READ: settings.read_token_files,
            TokenKind.CHANGE: settings.change_token_files,
            TokenKind.OPERATE: settings.operator_token_files,
        }
    )


def certificates_by(settings: Settings) -> Certificates | None:
    """The certificate of the service; None: it speaks plain HTTP. Raises CertificateRefused."""
    if not settings.tls_certificate:
        return None
    return Certificates(
        Path(settings.tls_certificate),
        Path(settings.tls_key) if settings.tls_key else None,
        Path(settings.tls_client_authorities) if settings.tls_client_authorities else None,
    )


def _access_by(settings: Settings, tokens: Tokens) -> Access:
    catalogue = settings.allowed_addresses
    front_ends = (*catalogue, *settings.front_end_addresses)
    rules = {
        AccessGroup.FRONT_ENDS: Rule(front_ends, "front_end_addresses", TokenKind.READ),
        AccessGroup.READ: Rule(catalogue, "allowed_addresses", TokenKind.READ),
        AccessGroup.CHANGE: Rule(catalogue, "allowed_addresses", TokenKind.CHANGE),
        AccessGroup.OPERATE: Rule(
            settings.operator_addresses, "operator_addresses", TokenKind.OPERATE
        ),
        AccessGroup.PAGE: Rule(settings.page_addresses, "page_addresses", TokenKind.OPERATE),
    }
    for needed in settings.require_token:
        group = AccessGroup(needed.value)
        rules[group] = replace(rules[group], needs_token=True)
    return Access(rules, tokens)


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """The service of a data directory, or of an index in a cluster.

    Raises DoesNotFit, DirectoryInUse, DirectoryRefused, JournalDamaged, WorkersCannotStart,
    EngineRefused, EngineUnavailable, SettingsRefused, OSError.
    """
    store = await asyncio.to_thread(open_store, settings, serves=True)
    for sentence in await asyncio.to_thread(store.limits):
        log.warning("a limit of the system is too low", extra={"why": sentence})
    workers, worker_memory = worker_count(settings), memory_of_worker(settings)
    too_little = memory.too_little(workers, worker_memory)
    if too_little is not None:
        log.warning("the processes may take more memory than there is", extra={"why": too_little})
    pool = SearchPool(
        MakeSearcher(
            store.engine,
            reading_by(settings),
            settings.log_format is LogFormat.JSON,
            log_level_of(settings),
            AnswerLimits(settings.max_hits, settings.max_answer << 20),
        ),
        size=workers,
        seconds=settings.search_seconds,
        waiting=settings.waiting_searches,
        waiting_of_caller=settings.waiting_searches_of_caller,
        expensive_seconds=settings.expensive_search_seconds,
        shape=shape,
        view=lambda: store.view,
        preload=[MakeSearcher.__module__],
        memory=worker_memory << 20,
        niceness=settings.worker_niceness,
        by_processor=settings.engine is EngineName.EMBEDDED,
    )
    try:
        await pool.start()
    except BaseException:
        store.close()
        raise
    metrics = Metrics()
    build = (__version__, platform.python_version(), settings.engine.value)
    metrics.replace(BUILD_INFO, {build: 1.0})
    service = Service(
        store.changes,
        pool,
        metrics,
        request_limits(settings),
        store.state,
        store.look_for_damage,
        store.generations,
        store.check,
        store.close,
    )
    try:
        service.soundness.begin()
        yield service
    finally:
        await service.close()


def log_level_of(settings: Settings) -> int:
    """As the standard library numbers it."""
    return logging.getLevelNamesMapping()[settings.log_level.upper()]


def worker_count(settings: Settings) -> int:
    """How many search processes there are."""
    return settings.workers or processors() + 1


def memory_of_worker(settings: Settings) -> int:
    """MB that a search process may have of its own."""
    return settings.worker_memory or memory.of_each(worker_count(settings))


def query_limits(settings: Settings) -> QueryLimits:
    """What a request may ask for: each limit has the name of its setting."""
    return QueryLimits(
        **{limit.name: getattr(settings, limit.name) for limit in fields(QueryLimits)}
    )


def body_limits(settings: Settings) -> BodyLimits:
    """What a request that changes documents may hold."""
    return BodyLimits(settings.max_body_values, document_limits(settings))


def document_limits(settings: Settings) -> DocumentLimits:
    """How large a document may be."""
    return DocumentLimits(
        settings.max_document << 20,
        settings.max_document_fields,
        settings.max_value_length,
        settings.max_name_length,
        settings.max_path_depth,
    )


def reading_by(settings: Settings) -> Callable[[Analysis], Reading]:
    """How a service reads texts; each search worker makes it with its own analysis."""
    limits = query_limits(settings)
    match settings.matching:
        case Matching.PEER:
            return partial(PeerReading, limits=limits)
        case Matching.PEOPLE:
            relevance = Relevance(
                part=settings.part_weight,
                joined=settings.joined_weight,
                covering=settings.covering_weight,
                in_order=settings.in_order_weight,
                all_words=settings.all_words_weight,
                whole_name=settings.whole_name_weight,
                most_words=settings.long_text_words,
            )
            return partial(PeopleReading, relevance=relevance, limits=limits)
        case _:
            assert_never(settings.matching)


def engine_by(settings: Settings) -> Engine:
    """The engine that the settings name. Nothing is opened yet.

    Raises Unreadable for a file of a password, EngineRefused when packages are not installed.
    """
    config = IndexConfig(
        frozenset(settings.facet_fields),
        settings.units,
        settings.path_separators,
        settings.synonym_files,
    )
    return open_engine(
        EngineOptions(
            config,
            settings.data,
            width=settings.shard_ids,
            widths=dict(settings.shard_ids_of),
            memory=settings.writer_memory << 20,
            open_writers=settings.open_writers,
            slices=settings.search_slices,
            process_memory=memory_of_worker(settings) << 20,
            search_memory=settings.max_search_memory * MB,
            cluster=cluster_by(settings),
        )
    )


def cluster_by(settings: Settings) -> ClusterOptions | None:
    """The cluster that the settings name; None for an engine without. Raises Unreadable."""
    match settings.engine:
        case EngineName.EMBEDDED:
            return None
        case EngineName.OPENSEARCH:
            certificates = settings.opensearch_certificates
            return ClusterOptions(
                settings.opensearch_addresses,
                user=settings.opensearch_user,
                password=_cluster_password(settings),
                certificates=Path(certificates) if certificates else None,
                verify=settings.opensearch_verify,
                prefix=settings.index_prefix,
                shards={"": settings.opensearch_shards, **settings.opensearch_shards_of},
                replicas={"": settings.opensearch_replicas, **settings.opensearch_replicas_of},
                seconds=settings.opensearch_seconds,
                search_seconds=settings.search_seconds,
                lease_seconds=settings.lease_seconds,
            )
        case _:
            assert_never(settings.engine)


def _cluster_password(settings: Settings) -> str:
    file = settings.opensearch_password_file
    if file:
        return secret_in(Path(file), "opensearch_password_file")
    return os.environ.get(CLUSTER_PASSWORD_VARIABLE, "")


def open_store(settings: Settings, *, create: bool = True, serves: bool = False) -> OpenedStore:
    """The index, made with ``create`` when there is none; ``serves``: for a service.

    Raises DoesNotFit, DirectoryInUse, DirectoryRefused, JournalDamaged, EngineRefused,
    EngineUnavailable, SettingsRefused.
    """
    return opening.open_store(
        engine_by(settings),
        sync=settings.journal_sync,
        limits=CommitLimits(
            settings.journal_operations, settings.journal_size << 20, settings.commit_seconds
        ),
        create=create,
        serves=serves,
        retention=Retention(settings.keep_generations, settings.keep_generation_days),
        own_files=settings.max_connections
        + _FILES_OF_WORKER * worker_count(settings)
        + _FILES_OF_WRITER * settings.open_writers,
    )
