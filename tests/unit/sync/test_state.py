"""What a sync keeps for the next one, and for who watches it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from search_service.errors import CannotSync
from search_service.files import write_checked
from search_service.runtime.sync_file import SyncRun, read_times
from search_service.sync.state import locked_state

MOMENT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)


def test_how_many_documents_differed_is_there_for_the_service(tmp_path: Path) -> None:
    path = tmp_path / "sync.json"
    run = SyncRun(MOMENT, added=3, changed=1, deleted=4)
    with locked_state(path) as state:
        state.follow("ab")
        state.record("User", MOMENT)
        state.record("Dataset", MOMENT, run)
    with locked_state(path) as state:
        state.record("Datafile", MOMENT)
    found = read_times(path)
    assert found.service == "ab"
    assert found.times == dict.fromkeys(("User", "Dataset", "Datafile"), MOMENT)
    assert found.runs == {"Dataset": run}


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param({"Dataset": {"ended": "2026-03-01"}}, id="without-counts"),
        pytest.param({"Dataset": 5}, id="a-number"),
        pytest.param([], id="a-list"),
    ],
)
def test_a_file_of_other_content_ends_the_sync(tmp_path: Path, runs: object) -> None:
    path = tmp_path / "sync.json"
    write_checked(path, {"Dataset": MOMENT.isoformat(), "runs": runs})
    with pytest.raises(CannotSync, match="does not say when the last sync was"), locked_state(path):
        pass
