"""Log lines: a fact in lower case, then its values, as text for people or JSON for machines.

A module logs by ``logging.getLogger(__name__)`` and gives values by ``extra``.
"""

import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

import orjson

# What every record has; whatever else it has are the values given by ``extra``.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(*, as_json: bool, stream: TextIO | None = None, quiet: bool = False) -> None:
    """Send all log lines to the stream, standard error if none is given.

    ``quiet``: only warnings and errors.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING if quiet else logging.INFO)
    # uvicorn tells of each connection and of its own start in lines of another form.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class TextLines(logging.Formatter):
    """``2025-11-21T12:00:00.123Z info search_service.api.app request method=GET status=200``."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback follows it."""
        values = "".join(f" {name}={_shown(value)}" for name, value in _extra(record).items())
        line = (
            f"{_time(record)} {record.levelname.lower()} {record.name} "
            f"{record.getMessage()}{values}"
        )
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class JsonLines(logging.Formatter):
    """One object a line: ``time``, ``level``, ``logger``, ``event``, and the values."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback is its value ``traceback``."""
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _time(record: logging.LogRecord) -> str:
    stamp = datetime.fromtimestamp(record.created, UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{stamp.microsecond // 1000:03d}Z"


def _shown(value: object) -> str:
    match value:
        case float():
            return f"{value:.6g}"
        case str() if value and not any(sign.isspace() or sign in '"=' for sign in value):
            return value
        case str():
            return orjson.dumps(value).decode()
        case _:
            return str(value)
