"""Operations that were acknowledged and cannot be committed: which they are, and files of them.

An operation that was acknowledged should be committed; one that the engine cannot take would keep
all others from it for ever, so it is found by halves and set aside, and the others are committed.
When the disk is the cause of a failure, no operation is.

The files are for an operator, with a line for each operation::

    {"time": …, "reason": …, "operation": {"create": {"_index": …, "_id": …, "doc": …}}}

The operation is as ``modify`` takes it, so that it can be sent again. The service only adds; an
operator removes a file that was dealt with.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar

import orjson

from search_service.catalogue.documents import Operation
from search_service.errors import (
    EngineUnavailable,
    ServiceError,
    ShardDamaged,
    StorageFailed,
    TurnLost,
)
from search_service.files import NotDurable, is_full, make_directory, sync_directory

log = logging.getLogger(__name__)

NAME = "set-aside"
_SUFFIX = ".jsonl"
_LONGEST_REASON = 1_000  # characters

T = TypeVar("T")

# With so many that fail one by one, and none that succeeds, the operations are not the cause.
MOST_ALONE = 100


_OF_STORAGE = (
    *(OSError, sqlite3.Error, NotDurable),
    *(ShardDamaged, EngineUnavailable, TurnLost),
)
# How the engine says that a file could not be read or written, or that another has it open.
_WORDS = ("(os error ", "io::Error", "Lockfile")


def is_of_storage(error: BaseException | None) -> bool:
    """Whether an error, or a cause of it, comes of disk, memory or cluster, not of an operation."""
    if is_full(error):
        return True
    while error is not None:
        if isinstance(error, _OF_STORAGE) or any(words in str(error) for words in _WORDS):
            return True
        error = error.__cause__
    return False


def reason_of(error: Exception) -> str:
    """A sentence for a failure; for a defect, which has none, its class and text."""
    return str(error) if isinstance(error, ServiceError) else f"{type(error).__name__}: {error}"


def apply_by_halves(
    operations: Sequence[T], apply: Callable[[Sequence[T]], object]
) -> Sequence[tuple[T, Exception]]:
    """Apply the operations that can be applied, in order. Returns the others with their failures.

    Raises a failure that no operation is the cause of; then some may have been applied.
    """
    return list(_Halves(apply).apply(operations))


class _Halves(Generic[T]):
    def __init__(self, apply: Callable[[Sequence[T]], object]) -> None:
        self._apply = apply
        self._applied = False
        self._alone = 0

    def apply(self, operations: Sequence[T]) -> Iterator[tuple[T, Exception]]:
        try:
            self._apply(operations)
        except Exception as error:
            self._alone += len(operations) == 1
            if is_of_storage(error) or (self._alone > MOST_ALONE and not self._applied):
                raise
            if len(operations) == 1:
                yield operations[0], error
                return
        else:
            self._applied = True
            return
        middle = len(operations) // 2
        yield from self.apply(operations[:middle])
        yield from self.apply(operations[middle:])


@dataclass(frozen=True, slots=True)
class RefusedOperation:
    """An operation, and why it cannot be committed."""

    operation: Operation
    reason: str


class RefusedOperations:
    """The files of a data directory. Safe for several threads."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.time) -> None:
        self._directory = root / NAME
        self._clock = clock
        self._writing = Lock()

    def write(self, refused: Sequence[RefusedOperation]) -> None:
        """Add operations durably, but those that are there already. Raises StorageFailed."""
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
        """How many operations each file holds, by path. Raises OSError."""
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
        size = path.stat().st_size if path.exists() else 0
        try:
            with path.open("ab") as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            # On a full disk: an operator would look for operations in a file that has none.
            _cut(path, size)
            raise
        sync_directory(self._directory)


def _cut(path: Path, size: int) -> None:
    """Leave as much of a file as there was, and no empty one."""
    if size:
        os.truncate(path, size)
    else:
        path.unlink(missing_ok=True)


def _line(refused: RefusedOperation, now: time.struct_time) -> bytes:
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
    """The object of a line; None where a crash or an operator has cut the line."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and "operation" in found else None
