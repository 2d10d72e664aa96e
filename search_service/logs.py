"""Log lines: a fact in lower case, then its values, as text for people or JSON for machines.

A module logs by ``logging.getLogger(__name__)`` and gives values by ``extra``. A value may come
from a caller: it is cut, and what could end a line or command a terminal is written as an escape.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

import orjson

from search_service.request_context import CURRENT

# What every record has; whatever else it has are the values given by ``extra``.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


LONGEST = 2_000  # characters of a value; what follows is left out


def configure(
    *,
    as_json: bool,
    stream: TextIO | None = None,
    quiet: bool = False,
    level: int = logging.INFO,
) -> None:
    """Send all log lines to the stream, standard error if none is given.

    ``level``: of the least important lines; ``quiet``: warnings and errors at most.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(level, logging.WARNING) if quiet else level)
    # They tell of each connection, and of each request that is sent, in lines of another form.
    for chatty in ("uvicorn", "httpx"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    # Each attempt to reach a node; what fails in the end is said by who asked.
    logging.getLogger("opensearch").setLevel(logging.ERROR)


class TextLines(logging.Formatter):
    """``2025-11-21T12:00:00.123Z info search_service.http.gate request method=GET status=200``."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback follows it."""
        values = "".join(f" {name}={_shown(value)}" for name, value in _extra(record).items())
        line = (
            f"{_time(record)} {record.levelname.lower()} {record.name} "
            f"{_printable(_cut(record.getMessage()))}{values}"
        )
        if record.exc_info:
            # Indented, so that no line of a message can be taken for one of the log.
            lines = self.formatException(record.exc_info).split("\n")
            line += "".join(f"\n  {_printable(_cut(part))}" for part in lines)
        return line


class JsonLines(logging.Formatter):
    """One object a line: ``time``, ``level``, ``logger``, ``event``, and the values."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback is its value ``traceback``."""
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _cut(record.getMessage()),
            **{name: _plain(value) for name, value in _extra(record).items()},
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return _json(line)


def _extra(record: logging.LogRecord) -> dict[str, object]:
    values = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    context = CURRENT.get()
    return values if context is None else {**values, **context.values()}


def _time(record: logging.LogRecord) -> str:
    stamp = datetime.fromtimestamp(record.created, UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{stamp.microsecond // 1000:03d}Z"


def _shown(value: object) -> str:
    match value:
        case float():
            return f"{value:.6g}"
        case int():
            return str(value)
        case _:
            text = _cut(str(value))
    is_one_word = text and not any(sign.isspace() or sign in '"=' for sign in text)
    return text if is_one_word and text.isprintable() else _json(text)


def _plain(value: object) -> object:
    """A value as JSON may have it."""
    match value:
        case None | bool() | float() | int():
            return value
        case str():
            return _cut(value)
        case _:
            written = _json(value)
            return value if len(written) <= LONGEST else _cut(written)


def _cut(text: str) -> str:
    """A text of a length that a line may have."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… ({len(text):,} characters)"


def _json(value: object) -> str:
    try:
        written = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half of a pair of surrogates, an integer of more than 64 bits
        written = json.dumps(value, default=str)
    return _printable(written)


def _printable(text: str) -> str:
    """Without what a terminal obeys or what ends a line; within JSON the same in its escapes."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in text)
