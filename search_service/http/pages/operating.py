"""The operators' page: what ``/status`` says, and what searches took in the last hour.

Not here: what is kept of requests, see ``runtime.recent``; what a status is, see ``http.health``.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import Response

from search_service.errors import ServiceError
from search_service.http import health
from search_service.http.pages.plots import Plot, Series, plot
from search_service.http.pages.rendering import page
from search_service.http.pages.results import size_shown
from search_service.runtime.recent import SLOT_SECONDS, SLOTS, Sample
from search_service.runtime.service import Service
from search_service.workers.answers import refusal

Status = Mapping[str, Any]
_MINUTES = SLOTS * SLOT_SECONDS // 60


@dataclass(frozen=True, slots=True)
class EntityRow:
    """What the index holds of an entity. ``sizes``: in each generation, in their order."""

    name: str
    documents: int
    shards: int
    segments: int
    deleted: int
    sizes: Sequence[str]


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """A generation: one that is searched, kept, or built. Sizes are for people."""

    number: int
    state: str
    made: str
    documents: int
    size: str
    own: str  # that its removal would free; empty where that is not known


@dataclass(frozen=True, slots=True)
class SyncRow:
    """How far `icat-search sync` has brought an entity, and what it found to do there last."""

    name: str
    until: str
    behind: str
    ended: str
    drift: Mapping[str, int] | None  # None where no documents are compared


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """How far a re-index is with an entity."""

    name: str
    documents: int
    expected: int
    rejected: int
    rate: float
    minutes_left: str


async def operate_page(service: Service) -> Response:
    """The page as of now."""
    recent = service.recent
    try:
        status: Status = orjson.loads(await health.status_of(service))
    except ServiceError as error:
        answer = refusal(error)
        return page("refused", answer.status, error=orjson.loads(answer.body))
    why_not = await health.why_not_ready(service)
    now = datetime.now(UTC)
    return page(
        "operate",
        status=status,
        why_not=why_not,
        tiles=_tiles(status, now),
        notices=list(_notices(status)),
        entities=entity_rows(status),
        generations=generation_rows(status),
        synced=sync_rows(status, now),
        progress=progress_rows(status),
        plots=plots(recent.samples()),
        slowest=[(time.strftime("%H:%M:%S", time.gmtime(one.at)), one) for one in recent.slowest()],
    )


def entity_rows(status: Status) -> list[EntityRow]:
    """The entities that have documents, in the generation that is searched."""
    generations = status["generations"]
    return [
        EntityRow(
            name,
            documents,
            status["shards"].get(name, 0),
            status["segments"].get(name, 0),
            status["deleted"].get(name, 0),
            [size_shown(one["sizes"].get(name, 0)) for one in generations],
        )
        for name, documents in status["documents"].items()
    ]


def generation_rows(status: Status) -> list[GenerationRow]:
    """Those that there are, ascending."""
    return [
        GenerationRow(
            one["number"],
            one["state"],
            " ".join(_when(one["made"])),
            one["documents"],
            size_shown(one["size"]),
            size_shown(one["own"]) if one["own"] else "",
        )
        for one in status["generations"]
    ]


def sync_rows(status: Status, now: datetime) -> list[SyncRow]:
    """The entities that were synced, with documents or without."""
    return [
        SyncRow(
            name,
            " ".join(_when(until)),
            _behind(until, now),
            " ".join(_when(run["ended"])) if run else "",
            run,
        )
        for name, until in status["followed_until"].items()
        for run in [status["sync_runs"].get(name)]
    ]


def progress_rows(status: Status) -> list[ProgressRow]:
    """Of a re-index, if there is one."""
    found = (status["reindex"] or {}).get("entities", {})
    return [
        ProgressRow(
            name,
            values.get("documents", 0),
            values.get("expected", 0) or 0,
            values.get("rejected", 0),
            values.get("rate", 0) or 0,
            _minutes(values.get("seconds_left")),
        )
        for name, values in found.items()
    ]


def plots(samples: Sequence[Sample]) -> list[Plot]:
    """How many searches, and what they took."""

    def in_milliseconds(values: Sequence[float | None]) -> list[float | None]:
        return [None if value is None else value * 1000 for value in values]

    rates = [
        Series("searches", [one.searches for one in samples]),
        Series("changes", [one.changes for one in samples]),
        Series("failed", [one.failed for one in samples]),
    ]
    times = [
        Series("half of them", in_milliseconds([one.median for one in samples])),
        Series("19 of 20", in_milliseconds([one.slow for one in samples])),
    ]
    return [
        plot("Requests", "a second", rates, _MINUTES),
        plot("Searches took at most", "ms", times, _MINUTES),
    ]


def _tiles(status: Status, now: datetime) -> list[tuple[str, str, str]]:
    """Name, value, and what stands with it."""
    searches = status["searches"]
    documents = sum(status["documents"].values())
    return [
        ("documents", f"{documents:,}", f"generation {status['generation']}"),
        (
            "pending changes",
            f"{status['pending_operations']:,}",
            size_shown(status["pending_bytes"]),
        ),
        ("last commit", *_when(status["last_commit"])),
        ("last sync", *_sync_tile(status, now)),
        ("free disk", *_disk_tile(status["disk"])),
        (
            "workers busy",
            f"{searches['busy']} of {searches['size']}",
            f"{searches['waiting']} wait",
        ),
    ]


def _sync_tile(status: Status, now: datetime) -> tuple[str, str]:
    """Of the entity that is furthest behind: what is missing may be of it."""
    if not status["followed_until"]:
        return "none", "the index was never synced"
    runs = status["sync_runs"].values()
    differed = sum(run["added"] + run["changed"] + run["deleted"] for run in runs)
    behind = _behind(min(status["followed_until"].values()), now)
    return f"{behind} behind", f"{differed:,} documents differed"


def _disk_tile(disk: Mapping[str, int] | None) -> tuple[str, str]:
    if disk is None:
        return "unknown", "of the data directory"
    return size_shown(disk["free"]), f"of {size_shown(disk['size'])}, where the data directory is"


def _behind(written: str, now: datetime) -> str:
    """How long ago that was, in the largest unit of which it is two."""
    seconds = max(0.0, (now - datetime.fromisoformat(written)).total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:.0f} s"


def _when(written: str | None) -> tuple[str, str]:
    if written is None:
        return "unknown", "the log says why"
    date, _, moment = written.rstrip("Z").partition("T")
    return moment, f"{date}, UTC"


def _notices(status: Status) -> Sequence[tuple[str, str]]:
    """What somebody should look at: a name, and what it is."""
    found = [("limit too low", sentence) for sentence in status["limits"]]
    found += [(f"{name} is damaged", what) for name, what in status["damaged"].items()]
    found += [(f"{name} is locked", f"since {since}") for name, since in status["locked"].items()]
    found += [
        (f"population of {name} was interrupted", f"seen {when}")
        for name, when in status["interrupted"].items()
    ]
    found += [
        ("operations set aside", f"{count:,} in {file}")
        for file, count in status["set_aside"].items()
    ]
    return found


def _minutes(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds / 60:,.0f} min"
