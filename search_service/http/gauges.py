"""The metrics of the moment: gauges, and counters that are kept elsewhere, set when somebody asks.

What an event is counted by is not here, see ``records`` and ``search_records``.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search_service import memory
from search_service import metrics as table
from search_service.catalogue.lookup import find_entity
from search_service.errors import EngineUnavailable
from search_service.http.admission.control import AdmissionControl
from search_service.http.admission.refusals import Reason
from search_service.runtime.service import Service
from search_service.runtime.state import ServiceState
from search_service.runtime.sync_file import SyncRun

# What /status says of each entity of a re-index.
_OF_REINDEX = (
    (table.REINDEX_DOCUMENTS, "documents"),
    (table.REINDEX_EXPECTED, "expected"),
    (table.REINDEX_REJECTED, "rejected"),
    (table.REINDEX_RATE, "rate"),
)


async def exposition(service: Service, admission: AdmissionControl) -> bytes:
    """All metrics as of now, in the text format of Prometheus."""
    _set_pool(service)
    _set_admission(service, admission)
    await _set_memory(service)
    try:
        state = await service.state()
    except EngineUnavailable:
        service.metrics.replace(table.INDEX_AVAILABLE, {(): 0.0})
    else:
        _set_state(service, state)
    return service.metrics.exposition()


def _set_pool(service: Service) -> None:
    pool = service.pool.status()
    replace = service.metrics.replace
    replace(table.SEARCHES_ENDED, {(): pool.counts.overran})
    replace(table.WORKERS_CRASHED, {(): pool.counts.crashed})
    replace(table.SEARCHES_OUT_OF_MEMORY, {(): pool.counts.out_of_memory})
    replace(table.WORKERS_RENEWED, {(): pool.counts.renewed})
    replace(table.WORKERS, {("idle",): pool.idle, ("busy",): pool.busy})
    cheap = pool.waiting - pool.waiting_expensive
    replace(table.SEARCHES_WAITING, {("cheap",): cheap, ("expensive",): pool.waiting_expensive})
    replace(table.SEARCHES_REFUSED, {(reason,): n for reason, n in pool.refused.items()})
    shared = service.answers.counts
    replace(table.ANSWERS_SHARED, {("joined",): shared.joined, ("kept",): shared.kept})
    replace(table.SEARCHES_ABANDONED, {(): pool.counts.abandoned})


def _set_admission(service: Service, admission: AdmissionControl) -> None:
    replace = service.metrics.replace
    replace(table.CONNECTIONS, {(): len(admission.connections)})
    replace(table.BYTES_IN_FLIGHT, {(): admission.in_flight.total})
    counts = admission.refusals.counts
    # All of them: the first of a reason is no increase where there was nothing before.
    replace(table.REFUSED, {(reason.value,): counts[reason] for reason in Reason})


async def _set_memory(service: Service) -> None:
    """Sizes of processes: each is a small file of the system, of at most a thousand."""
    found = await asyncio.to_thread(_sizes, service.pool.status().processes)
    service.metrics.replace(table.MEMORY, {("front",): found.front, ("workers",): found.workers})
    service.metrics.replace(table.LARGEST_WORKER, {(): found.largest})
    service.metrics.replace(table.MEMORY_SIZE, {(): found.size})


@dataclass(frozen=True, slots=True)
class _Sizes:
    front: int
    workers: int
    largest: int  # of the workers
    size: int  # of the machine


def _sizes(workers: Sequence[int]) -> _Sizes:
    sizes = [memory.resident(worker) for worker in workers]
    return _Sizes(memory.resident(), sum(sizes), max(sizes, default=0), memory.of_machine())


def _set_state(service: Service, state: ServiceState) -> None:
    replace = service.metrics.replace
    replace(table.INDEX_AVAILABLE, {(): 1.0})
    replace(table.DOCUMENTS, _by_entity(state.documents))
    replace(table.SHARDS, _by_entity(state.shards))
    replace(table.SEGMENTS, _by_entity(state.segments))
    replace(table.DELETED, _by_entity(state.deleted))
    replace(table.LIMITS, {(): len(state.limits)})
    # One that has no index can be locked by any name.
    replace(table.LOCKED, {(entity,): 1.0 for entity in state.locked if find_entity(entity)})
    replace(table.DAMAGED, {(entity,): 1.0 for entity in state.damaged})
    replace(table.PENDING, {(): state.pending_operations})
    replace(table.PENDING_BYTES, {(): state.pending_bytes})
    replace(table.SET_ASIDE, {(): sum(state.set_aside.values())})
    replace(table.GENERATION, {(): state.generation})
    replace(table.LAST_COMMIT, _if_known(state.last_commit))
    replace(table.PENDING_SINCE, _if_known(state.pending_since))
    replace(table.FOLLOWED_UNTIL, _by_entity(state.followed_until))
    replace(table.SYNCED, {(name,): run.ended.timestamp() for name, run in state.sync_runs.items()})
    replace(table.SYNC_DRIFT, dict(_drift(state.sync_runs)))
    replace(table.DISK_USED, {(str(of.number),): of.size for of in state.generations})
    replace(
        table.ENTITY_DISK_USED,
        {
            (str(of.number), name): size
            for of in state.generations
            for name, size in of.sizes.items()
        },
    )
    replace(table.DISK_SIZE, {} if state.disk is None else {(): state.disk.size})
    replace(table.DISK_FREE, {} if state.disk is None else {(): state.disk.free})
    replace(table.SWITCHES, {(): state.switches})
    replace(table.SWITCH_SECONDS, {(): state.switch_seconds or 0.0})
    _set_reindex(service, state.reindex)


def _set_reindex(service: Service, reindex: Mapping[str, Any] | None) -> None:
    found = reindex or {}
    replace = service.metrics.replace
    replace(table.REINDEX, {(found["state"],): 1.0} if found else {})
    replace(table.REINDEX_JOURNAL, {(): found.get("journal_bytes", 0)})
    for metric, name in _OF_REINDEX:
        of = found.get("entities", {})
        replace(metric, {(entity,): values[name] for entity, values in of.items()})


def _drift(runs: Mapping[str, SyncRun]) -> Iterator[tuple[tuple[str, ...], float]]:
    for entity, run in runs.items():
        yield (entity, "added"), run.added
        yield (entity, "changed"), run.changed
        yield (entity, "deleted"), run.deleted


def _if_known(value: float | None) -> dict[tuple[str, ...], float]:
    return {} if value is None else {(): value}


def _by_entity(counts: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    return {(entity,): count for entity, count in counts.items()}
