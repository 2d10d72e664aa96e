"""What the operators' page says of a status."""

from datetime import datetime
from typing import Any

import pytest

from search_service.http.pages.operating import (
    entity_rows,
    generation_rows,
    plots,
    progress_rows,
    sync_rows,
)
from search_service.http.pages.rendering import page
from search_service.runtime.recent import Recent

KEPT = {"made": "2026-02-01T00:00:00Z", "documents": 12_000, "size": 3_000, "own": 0}
STATUS: dict[str, Any] = {
    "documents": {"Dataset": 12_000},
    "shards": {"Dataset": 2},
    "segments": {"Dataset": 5},
    "deleted": {},
    "generations": [
        {**KEPT, "number": 1, "state": "kept", "sizes": {"Dataset": 1_000}, "own": 900},
        {**KEPT, "number": 2, "state": "current", "sizes": {"Dataset": 2_500}},
    ],
    "followed_until": {"Dataset": "2026-03-01T02:10:00Z", "User": "2026-03-01T02:10:00Z"},
    "sync_runs": {
        "Dataset": {"ended": "2026-03-01T02:12:00Z", "added": 3, "changed": 1, "deleted": 0}
    },
    "reindex": {
        "generation": 3,
        "state": "building",
        "entities": {
            "Dataset": {
                "documents": 50,
                "expected": 100,
                "rejected": 1,
                "rate": 1_000,
                "seconds_left": 120,
            },
            "Datafile": {"documents": 0, "expected": None, "rejected": 0, "rate": 0},
        },
    },
}


def test_entities_have_what_is_counted_of_them() -> None:
    (row,) = entity_rows(STATUS)
    assert (row.name, row.documents, row.shards, row.segments, row.deleted) == (
        "Dataset",
        12_000,
        2,
        5,
        0,
    )


def test_each_generation_has_a_size_and_what_its_removal_frees() -> None:
    (row,) = entity_rows(STATUS)
    assert row.sizes == ["1.0 kB", "2.5 kB"]
    kept, current = generation_rows(STATUS)
    assert (kept.number, kept.state, kept.size, kept.own) == (1, "kept", "3.0 kB", "900 bytes")
    assert (current.number, current.made, current.own) == (2, "00:00:00 2026-02-01, UTC", "")


@pytest.mark.parametrize(
    ("now", "behind"),
    [
        pytest.param("2026-03-01T02:10:30Z", "30 s", id="seconds"),
        pytest.param("2026-03-01T03:09:00Z", "59 min", id="minutes"),
        pytest.param("2026-03-02T02:10:00Z", "24 h", id="hours"),
        pytest.param("2026-03-04T02:10:00Z", "3 d", id="days"),
        pytest.param("2026-03-01T02:00:00Z", "0 s", id="a-clock-that-goes-wrong"),
    ],
)
def test_a_sync_tells_how_far_the_index_is_behind(now: str, behind: str) -> None:
    row, related = sync_rows(STATUS, datetime.fromisoformat(now))
    assert (row.name, row.until, row.behind) == ("Dataset", "02:10:00 2026-03-01, UTC", behind)
    assert row.ended == "02:12:00 2026-03-01, UTC"
    assert row.drift is not None
    assert row.drift["added"] == 3
    assert (related.name, related.ended, related.drift) == ("User", "", None)


def test_a_reindex_tells_how_far_it_is() -> None:
    dataset, datafile = progress_rows(STATUS)
    assert (dataset.documents, dataset.expected, dataset.minutes_left) == (50, 100, "2 min")
    assert (datafile.expected, datafile.minutes_left) == (0, "")
    assert progress_rows({**STATUS, "reindex": None}) == []
    assert progress_rows({**STATUS, "reindex": {"state": "switching"}}) == []


def test_there_are_plots_before_anything_was_asked() -> None:
    """Those that ``docs/page.md`` tells of."""
    assert [plot.title for plot in plots(Recent().samples())] == [
        "Requests, a second",
        "Searches took at most, ms",
    ]


def test_a_refusal_is_a_page_too() -> None:
    error = {"code": "ENGINE_UNAVAILABLE", "message": "The cluster <does> not answer"}
    answer = page("refused", 503, error=error)
    assert answer.status_code == 503
    assert b"&lt;does&gt;" in bytes(answer.body)
