"""Puts the service together: its parts are made from the values of the settings.

Nothing else reads the settings but the command: each part is given the values that it needs. Not
here: what the parts do, see ``runtime``, ``workers`` and ``http``.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import assert_never

from fastapi import FastAPI

from search_service.engines.config import ClusterOptions, EngineOptions, IndexConfig
from search_service.engines.index import Engine
from search_service.engines.open import open_engine
from search_service.files import secret_in
from search_service.http import control
from search_service.http.access import Access
from search_service.http.app import make_app
from search_service.metrics import Metrics
from search_service.query.text.analyse import Analysis
from search_service.query.text.matching import PeopleReading
from search_service.query.text.peer import PeerReading
from search_service.query.text.reading import Reading
from search_service.query.text.relevance.weights import Relevance
from search_service.runtime import opening
from search_service.runtime.service import Limits, OpenedStore, Service
from search_service.service.indexing.limits import Limits as ChangesLimits
from search_service.settings.model import Settings
from search_service.settings.values import (
    CLUSTER_PASSWORD_VARIABLE,
    EngineName,
    LogFormat,
    Matching,
)
from search_service.workers.pool import SearchPool
from search_service.workers.searching.searcher import MakeSearcher

log = logging.getLogger(__name__)

_FILES_OF_WORKER = 4
_FILES_OF_WRITER = 32  # a segment that is written and some that are merged, of eight files each

OpenService = Callable[[Settings], AbstractAsyncContextManager[Service]]


def create_app(settings: Settings, open_: OpenService | None = None) -> FastAPI:
    """The application. Its service is opened when it starts and closed when it ends.

    ``open_`` opens another service than ``open_service``: tests give one without an engine.
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

    return make_app(
        lifespan,
        Access(settings.allowed_addresses, "allowed_addresses"),
        Access((*settings.allowed_addresses, *settings.front_end_addresses), "front_end_addresses"),
    )


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """The service of a data directory, or of an index in a cluster.

    Raises DoesNotFit, DirectoryInUse, DirectoryRefused, JournalDamaged, WorkersCannotStart,
    EngineRefused, EngineUnavailable, SettingsRefused, OSError.
    """
    store = await asyncio.to_thread(open_store, settings, serves=True)
    for sentence in await asyncio.to_thread(store.limits):
        log.warning("a limit of the system is too low", extra={"why": sentence})
    pool = SearchPool(
        MakeSearcher(
            store.engine,
            reading_by(settings),
            settings.log_format is LogFormat.JSON,
        ),
        size=settings.workers or len(os.sched_getaffinity(0)),
        seconds=settings.search_seconds,
        waiting=settings.waiting_searches,
        view=lambda: store.view,
        preload=[MakeSearcher.__module__],
    )
    try:
        await pool.start()
    except BaseException:
        store.close()
        raise
    limits = Limits(settings.max_body << 20, settings.slow_search_seconds)
    service = Service(
        store.changes,
        pool,
        Metrics(),
        limits,
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


def reading_by(settings: Settings) -> Callable[[Analysis], Reading]:
    """How a service reads texts; each search worker makes it with its own analysis."""
    match settings.matching:
        case Matching.PEER:
            return PeerReading
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
            return partial(PeopleReading, relevance=relevance)
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
    return secret_in(Path(file)) if file else os.environ.get(CLUSTER_PASSWORD_VARIABLE, "")


def open_store(settings: Settings, *, create: bool = True, serves: bool = False) -> OpenedStore:
    """The index, made with ``create`` when there is none; ``serves``: for a service.

    Raises DoesNotFit, DirectoryInUse, DirectoryRefused, JournalDamaged, EngineRefused,
    EngineUnavailable, SettingsRefused.
    """
    return opening.open_store(
        engine_by(settings),
        sync=settings.journal_sync,
        limits=ChangesLimits(
            settings.journal_operations, settings.journal_size << 20, settings.commit_seconds
        ),
        create=create,
        serves=serves,
        own_files=settings.waiting_searches
        + _FILES_OF_WORKER * (settings.workers or len(os.sched_getaffinity(0)))
        + _FILES_OF_WRITER * settings.open_writers,
    )
