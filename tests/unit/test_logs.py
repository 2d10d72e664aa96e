"""Log lines, whatever the values in them are."""

import json
import logging
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.logs import LONGEST, JsonLines, TextLines


def line(formatter: logging.Formatter, event: str = "request", **values: Any) -> str:
    record = logging.makeLogRecord({"name": "a.module", "levelname": "INFO", "msg": event})
    vars(record).update(values)
    return formatter.format(record)


def told(**values: Any) -> str:
    """The values as text has them."""
    return line(TextLines(), **values).partition(" request ")[2]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("dataset", "dataset"),
        ("", '""'),
        ("a b", '"a b"'),
        ("a=b", '"a=b"'),
        ("été", "été"),
        ("a\nb", '"a\\nb"'),
        ("\x1b[2J", '"\\u001b[2J"'),
        ("a\x7fb", '"a\\u007fb"'),
        ("\x9b2J", '"\\u009b2J"'),
        ("a\u2028b", '"a\\u2028b"'),
        ("a\u202eb", '"a\\u202eb"'),
        ("a\udcffb", '"a\\udcffb"'),
        (1.23456789, "1.23457"),
        (5, "5"),
        (True, "True"),
        (None, "None"),
        (["a\x1b"], "['a\\x1b']"),
        (OSError(28, "No space\nleft"), '"[Errno 28] No space\\nleft"'),
    ],
)
def test_a_value_is_written_on_one_line_that_no_terminal_obeys(value: object, written: str) -> None:
    assert told(value=value) == f"value={written}"


@given(st.text(), st.text())
def test_any_text_is_one_printable_line(value: str, event: str) -> None:
    for formatter in (TextLines(), JsonLines()):
        assert line(formatter, event, value=value).isprintable()


@given(st.text())
def test_json_gives_a_value_back(value: str) -> None:
    assert json.loads(line(JsonLines(), value=value))["value"] == value


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines()])
@pytest.mark.parametrize("value", ["a" * 60_000, "\x1b" * 60_000, ["b" * 60_000], b"c" * 60_000])
def test_a_long_value_is_cut(formatter: logging.Formatter, value: object) -> None:
    written = line(formatter, value=value)
    assert len(written) < 7 * LONGEST
    assert "characters)" in written


def test_values_of_any_kind_are_logged_as_json() -> None:
    values: dict[str, Any] = {
        "large": 2**70,
        "half": "\ud800",
        "nothing": None,
        "list": [1, {"a": 2}],
    }
    found = json.loads(line(JsonLines(), **values))
    assert {name: found[name] for name in values} == values


def test_a_traceback_cannot_be_taken_for_lines_of_the_log() -> None:
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextLines())
    log = logging.getLogger("a.module")
    log.addHandler(handler)
    try:
        raise ValueError("\n2026-01-01T00:00:00.000Z info forged\x1b[2J")
    except ValueError:
        log.exception("request failed")
    log.removeHandler(handler)
    first, *others = stream.getvalue().splitlines()
    assert first.endswith("error a.module request failed")
    assert others
    assert all(one.startswith("  ") and one.isprintable() for one in others)
