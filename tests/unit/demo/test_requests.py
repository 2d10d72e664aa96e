import json
import shlex
import sqlite3

import pytest

from search_service.demo.requests import EXAMPLES, Example, curl

EACH = pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.path)


def test_there_are_five() -> None:
    assert len(EXAMPLES) == 5


@EACH
def test_as_a_command_it_carries_the_same_body_through_the_shell(example: Example) -> None:
    words = shlex.split(curl("http://127.0.0.1:8181/", example))
    assert json.loads(words[words.index("-d") + 1]) == example.body
    assert f"http://127.0.0.1:8181/icat.lucene/{example.path}?" in words[4]


@EACH
def test_what_it_shows_it_also_asks_for(example: Example) -> None:
    fields = example.body.get("fields", [])
    assert isinstance(fields, list)
    asked = {field for field in fields if " " not in field}
    joined = {field.split(" ")[0].lower() for field in fields if " " in field}
    assert set(example.shown) <= asked | joined


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            "SELECT COUNT(*) FROM INVESTIGATION WHERE TITLE LIKE '%insulin%'"
            " AND (TITLE LIKE '%small angle x-ray scattering%' OR TITLE LIKE '%SAXS%')",
            id="words",
        ),
        pytest.param(
            r"SELECT COUNT(*) FROM DATAFILE"
            r" WHERE LOCATION LIKE '\\skerry\inst$\NDXHERON\Instrument\data\%'",
            id="windows-path",
        ),
        pytest.param(
            "SELECT COUNT(*) FROM DATAFILE f JOIN DATASET d ON d.ID = f.DATASET_ID"
            " JOIN DATAFILEFORMAT t ON t.ID = f.DATAFILEFORMAT_ID"
            " JOIN INVESTIGATIONUSER x ON x.INVESTIGATION_ID = d.INVESTIGATION_ID"
            " JOIN USER_ u ON u.ID = x.USER_ID WHERE u.NAME = 'db/bastrom' AND t.NAME = 'NeXus'",
            id="a-users-data",
        ),
        pytest.param(
            "SELECT COUNT(*) FROM DATASETPARAMETER x JOIN PARAMETERTYPE t"
            " ON t.ID = x.PARAMETER_TYPE_ID WHERE t.NAME = 'sample temperature' AND t.UNITS = 'K'"
            " AND x.NUMERIC_VALUE BETWEEN 70 AND 90",
            id="temperature-in-K",
        ),
        pytest.param(
            "SELECT COUNT(*) FROM DATASETPARAMETER x JOIN PARAMETERTYPE t"
            " ON t.ID = x.PARAMETER_TYPE_ID WHERE t.NAME = 'sample temperature' AND t.UNITS = 'mK'"
            " AND x.NUMERIC_VALUE BETWEEN 70000 AND 90000",
            id="temperature-in-mK",
        ),
    ],
)
def test_the_catalogue_has_what_is_asked_for(database: sqlite3.Connection, statement: str) -> None:
    assert database.execute(statement).fetchone()[0] > 0
