"""Operations that were acknowledged and cannot be committed: files that keep them for an operator.

A line each::

    {"time": …, "reason": …, "operation": {"create": {"_index": …, "_id": …, "doc": …}}}

The operation is as ``modify`` takes it, so that it can be sent again. The service only adds; an
operator removes a file that was dealt with. Not here: which operations these are, see ``refusals``.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from search_service.catalogue.changes import Operation
from search_service.errors import StorageFailed
from search_service.files import make_directory, sync_directory

log = logging.getLogger(__name__)

NAME = "set-aside"
_SUFFIX = ".jsonl"
_LONGEST_REASON = 1_000


@dataclass(frozen=True, slots=True)
class Refused:
    """An operation, and why it cannot be committed."""

    operation: Operation
    reason: str


class SetAside:
    """The files of a data directory. For several threads."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.time) -> None:
        self._directory = root / NAME
        self._clock = clock
        self._writing = Lock()

    def write(self, refused: Sequence[Refused]) -> None:
        """Keep operations, durably; those that are there already are not written again.

        Raises StorageFailed.
        """
        if not refused:
            return
        now = time.gmtime(self._clock())
        path = self._directory / f"{time.strftime('%Y%m%dT%H%M%SZ', now)}{_SUFFIX}"
        try:
            with self._writing:
                known = self._known()
                new = [each for each in refused if _operation(each.operation) not in known]
                if not new:
                    return
                self._append(path, [_line(each, now) for each in new])
        except OSError as error:
            raise StorageFailed(
                f"{len(refused)} operations cannot be committed, nor be set aside in "
                f"{self._directory}: {error}"
            ) from error
        log.error(
            "operations cannot be committed, they were set aside; the others go on",
            extra={"operations": len(new), "path": str(path), "why": new[0].reason},
        )

    def files(self) -> Mapping[str, int]:
        """How many operations each file holds, by its path. Raises OSError."""
        return {
            str(path): path.read_bytes().count(b"\n")
            for path in sorted(self._directory.glob(f"*{_SUFFIX}"))
        }

    def _known(self) -> set[bytes]:
        lines = (
            line
            for path in self._directory.glob(f"*{_SUFFIX}")
            for line in path.read_bytes().splitlines()
        )
        return {orjson.dumps(found["operation"]) for found in map(_read, lines) if found}

    def _append(self, path: Path, lines: Iterable[bytes]) -> None:
        make_directory(self._directory)
        with path.open("ab") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(self._directory)


def _line(refused: Refused, now: time.struct_time) -> bytes:
    return orjson.dumps(
        {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", now),
            "reason": refused.reason[:_LONGEST_REASON],
            "operation": orjson.Fragment(_operation(refused.operation)),
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def _operation(operation: Operation) -> bytes:
    what: dict[str, Any] = {"_index": operation.entity, "_id": operation.id}
    if operation.kind != "delete":
        what["doc"] = operation.document
    return orjson.dumps({operation.kind: what})


def _read(line: bytes) -> dict[str, Any] | None:
    """A line, unless a crash or an operator has cut it."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and "operation" in found else None
