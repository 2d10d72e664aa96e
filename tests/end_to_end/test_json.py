"""What commands print for machines: one JSON object, whatever they find and however they end."""

import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from search_service.cli.main import main
from tests.support.serving import Served

pytestmark = pytest.mark.slow
PAGE = Path(__file__).parents[2] / "docs" / "re-indexing.md"

DIFFERENT = (
    "UPDATE DATAFILE SET NAME = 'renamed.nxs', MOD_TIME = datetime('now') WHERE ID = 7",
    "DELETE FROM DATAFILEPARAMETER WHERE DATAFILE_ID = 9",
    "DELETE FROM DATAFILE WHERE ID = 9",
    "UPDATE DATAFILE SET DATAFILEMODTIME = 'never', MOD_TIME = datetime('now') WHERE ID = 12",
    "UPDATE DATAFILE SET ID = 900001 WHERE ID = 12",  # unfit and new
)
# Rows of the third entity cannot be read any more.
FAILING = (
    "ALTER TABLE DATAFILE RENAME TO FILES",
    "CREATE VIEW DATAFILE AS SELECT *, abs(-9223372036854775808 + ID - ID) AS FAILS FROM FILES"
    " WHERE abs(-9223372036854775808 + ID - ID) > 0",
)


def source(place: Path) -> str:
    return f"sqlite:///{place}/catalogue.sqlite"


def change(place: Path, statements: Sequence[str]) -> None:
    with closing(sqlite3.connect(place / "catalogue.sqlite")) as database, database:
        for statement in statements:
            database.execute(statement)


def run(*words: object, code: int = 0) -> Result:
    ended = CliRunner().invoke(main, list(map(str, words)))
    assert ended.exit_code == code, ended.output
    return ended


def told(*words: object, code: int = 0) -> dict[str, Any]:
    """What a command prints by --json: nothing else, and with the status that it has without."""
    run(*words, code=code)
    printed = run(*words, "--json", code=code).stdout
    assert printed.count("\n") == 1
    found = json.loads(printed)
    assert isinstance(found, dict)
    return found


def example(command: str) -> dict[str, Any]:
    """The object that the manual shows."""
    section = PAGE.read_text(encoding="utf-8").partition("\n## As JSON\n")[2]
    of_command = section.partition(f"`icat-search {command} --json`")[2]
    found = re.search(r"```json\n(.*?)```", of_command, re.DOTALL)
    assert found
    shown: dict[str, Any] = json.loads(found[1])
    return shown


def shape(value: object) -> object:
    """The keys and kinds of a value; a list has the shape of its first item."""
    match value:
        case dict():
            return {key: shape(one) for key, one in value.items()}
        case [int() as number, *rest]:
            return [shape(number), *map(shape, rest[:1])]
        case [first, *_]:
            return [shape(first)]
        case _:
            return type(value).__name__


def test_a_check_that_finds_differences(place: Path, service: Served) -> None:
    change(place, DIFFERENT)
    found = told("check", "--source", source(place), "--data", place / "data", code=1)
    assert (found["complete"], found["agrees"]) == (True, False)
    (files,) = (one for one in found["entities"] if one["entity"] == "Datafile")
    assert files["extra"] == [9, 12]
    assert [id_ for id_, _ in files["different"]] == [7]
    assert [id_ for id_, _ in files["unfit"]] == [900001]
    files["missing"] = [900001]
    shown = example("check")
    assert shape({**found, "entities": [files]}) == shape(shown)


def test_a_check_that_fails_part_way(place: Path) -> None:
    change(place, FAILING)
    found = told("check", "--source", source(place), "--data", place / "data", code=2)
    assert (found["complete"], found["agrees"]) == (False, False)
    assert [one["entity"] for one in found["entities"]] == ["Investigation", "Dataset"]


def test_a_check_that_cannot_begin(place: Path) -> None:
    found = told("check", "--source", "sqlite:////none", "--data", place / "data", code=2)
    assert found == {"complete": False, "agrees": False, "entities": []}


def test_a_sync(place: Path, service: Served) -> None:
    change(place, DIFFERENT)
    command = ("sync", "--source", source(place), "--data", place / "data")
    found = json.loads(run(*command, "--json").stdout)
    (files,) = (one for one in found["entities"] if one["entity"] == "Datafile")
    assert (files["updated"], files["deleted"], files["unfit"]) == (1, 2, 0)
    assert shape(found) == shape(example("sync"))


def test_a_sync_that_fails_part_way(place: Path, service: Served) -> None:
    change(place, FAILING)
    found = told("sync", "--source", source(place), "--data", place / "data", code=1)
    assert found["complete"] is False
    assert "Datafile" not in {one["entity"] for one in found["entities"]} >= {"Dataset"}


Words = Sequence[object]
OTHERS: dict[str, Callable[[Path], tuple[Words, Words]]] = {
    # One that is done, and one that cannot be.
    "status": lambda data: (("--data", data), ("--data", "/nowhere")),
    "generations": lambda data: (("--data", data), ("--data", "/nowhere")),
    "verify": lambda data: (("--data", data), ("--data", "/nowhere")),
    "backup": lambda data: (
        (data.parent / "backups", "--data", data),
        (data / "inside", "--data", data),
    ),
    "restore": lambda data: (
        (data.parent / "backups", data, "--replace"),
        ("/nowhere", data.parent / "restored"),
    ),
}
ELSEWHERE = {"check", "sync", "compare"}
"""Above, and in ``test_compare_services``."""


def test_other_commands_print_an_object_or_nothing(place: Path) -> None:
    data = place / "data"
    for name, cases in OTHERS.items():
        good, bad = cases(data)
        assert told(name, *good)
        status = run(name, *bad, "--json", code=2 if name == "verify" else 1)
        assert status.stdout == ""
        assert status.stderr.splitlines()[-1].startswith("Error: ")


def test_every_command_that_has_the_option_is_tried() -> None:
    having = {
        name
        for name, command in main.commands.items()
        if any("--json" in option.opts for option in command.params)
    }
    assert having == {*OTHERS, *ELSEWHERE}


def test_every_command_that_reports_has_the_option() -> None:
    """Others do something, and print a sentence; or what they print is read by a program anyway."""
    doing = {"serve", "reindex", "rollback", "unlock", "abandon", "upgrade", "record", "demo"}
    read_by_programs = {"config", "settings", "version", "completion", "manual"}
    assert set(main.commands) == {*OTHERS, *ELSEWHERE, *doing, *read_by_programs}
