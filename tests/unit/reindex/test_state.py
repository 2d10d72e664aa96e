"""How far a re-index has come: what another machine knows, and what a crash leaves."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from search_service.reindex.plan import Piece
from search_service.reindex.state import (
    NAME,
    REJECTS,
    Reject,
    RunState,
    opened,
    write_rejects,
)
from tests.support.generation_files import Machine, OneDirectory

PIECES = [Piece("Datafile", 0, 100, 90), Piece("Datafile", 100, 200, 80)]


@pytest.fixture
def machines(tmp_path: Path) -> tuple[Machine, Machine]:
    return Machine(tmp_path / "here", tmp_path / "all"), Machine(
        tmp_path / "there", tmp_path / "all"
    )


def places(state: RunState) -> dict[int, int]:
    return {each.piece.low: each.next for each in state.checkpoints()}


def test_another_machine_goes_on_from_what_was_published(
    machines: tuple[Machine, Machine],
) -> None:
    here, there = machines
    with closing(RunState(here, 2)) as state:
        state.plan(PIECES)
        state.advance(PIECES[0], 50, 45, [Reject("Datafile", 7, "wrong")], done=False)
        state.publish()
        state.advance(PIECES[0], 70, 60, (), done=False)  # and the machine dies
    with closing(RunState(there, 2)) as state:
        assert state.is_planned
        assert places(state) == {0: 50, 100: 100}
        assert list(state.rejects()) == [Reject("Datafile", 7, "wrong")]
        state.advance(PIECES[1], 200, 80, (), done=True)
        state.publish()
    with closing(RunState(here, 2)) as state:
        assert places(state) == {0: 50, 100: 200}


def test_what_fails_leaves_to_others_all_that_is_durable(
    machines: tuple[Machine, Machine],
) -> None:
    here, there = machines

    def stopped() -> None:
        with opened(here, 2) as state:
            state.plan(PIECES)
            state.advance(PIECES[0], 70, 60, (), done=False)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    with opened(there, 2) as state:
        assert places(state)[0] == 70


def test_what_a_crash_left_half_done_is_not_applied_to_the_file_of_another_machine(
    machines: tuple[Machine, Machine],
) -> None:
    here, there = machines
    with closing(RunState(here, 2)) as state:
        state.plan(PIECES)
        state.publish()
    torn = sqlite3.connect(here.place(2) / NAME, isolation_level=None)
    torn.execute("PRAGMA cache_size = 1")
    torn.execute("BEGIN")
    torn.execute("UPDATE pieces SET next = '99'")
    torn.execute("PRAGMA cache_spill = ON")
    torn.executemany(
        "INSERT INTO rejects VALUES ('Datafile', ?, ?)", [(n, "x" * 500) for n in range(500)]
    )
    left = {path.name: path.read_bytes() for path in here.place(2).iterdir()}
    torn.close()
    assert f"{NAME}-journal" in left
    for name, content in left.items():
        (here.place(2) / name).write_bytes(content)
    with closing(RunState(there, 2)) as state:
        state.advance(PIECES[0], 60, 55, (), done=False)
        state.publish()
    with closing(RunState(here, 2)) as state:
        assert places(state) == {0: 60, 100: 100}
        assert list(state.rejects()) == []


def test_the_state_of_an_earlier_version_is_gone_on_with(tmp_path: Path) -> None:
    files = OneDirectory(tmp_path)
    with closing(sqlite3.connect(tmp_path / NAME)) as database:
        database.execute("PRAGMA journal_mode=WAL")
    with closing(RunState(files, 2)) as state:
        state.plan(PIECES)
    assert [path.name for path in tmp_path.iterdir()] == [NAME], "it can be copied as one file"


def test_rejected_rows_are_lines_for_a_person(machines: tuple[Machine, Machine]) -> None:
    here, there = machines
    with closing(RunState(here, 2)) as state:
        assert write_rejects(state, here, 2) == 0
        assert not there.file(2, REJECTS).exists()
        state.reject([Reject("Datafile", 7, "wrong"), Reject("Datafile", None, "no id")])
        assert write_rejects(state, here, 2) == 2
    lines = there.file(2, REJECTS).read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [None, 7]
