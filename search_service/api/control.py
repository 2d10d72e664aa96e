"""How ``icat-search reindex`` reaches the service that has the data directory open.

A socket in that directory, for its owner alone: one JSON object a line asks, one answers. Not here:
what is asked for, see ``reindexing``.
"""

import asyncio
import json
import logging
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from search_service.api.reindexing import Generations, UnfitGenerations
from search_service.api.service import Service
from search_service.api.store import Store
from search_service.engines.embedded.manifest import Fit
from search_service.errors import CannotReindex, DirectoryRefused, DoesNotFit, ServiceError

log = logging.getLogger(__name__)

NAME = "control.sock"
_LONGEST_LINE = 1 << 20


# ── the service's end ────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def answering(service: Service, generations: Generations, root: Path) -> AsyncIterator[None]:
    """Answer in the data directory as long as the block runs."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (a server runs this as a task)
        tasks.add(task)
        try:
            while line := await reader.readline():
                work = partial(_done, generations, line)
                writer.write(json.dumps(await service.in_thread(work)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass  # who asked has left, or sent more than a line
        finally:
            tasks.discard(task)
            writer.close()

    with _reachable(root) as path:
        with suppress(FileNotFoundError):
            os.unlink(path)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        os.chmod(path, stat.S_IRUSR | stat.S_IWUSR)
        server = await asyncio.start_unix_server(serve, sock=listening, limit=_LONGEST_LINE)
        try:
            yield
        finally:
            server.close()
            # What has begun in a thread is finished before the data directory is closed.
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(FileNotFoundError):
                os.unlink(path)


def _done(generations: Generations, line: bytes) -> dict[str, Any]:
    try:
        return {"answer": _do(generations, json.loads(line))}
    except (CannotReindex, DirectoryRefused, DoesNotFit, ServiceError, ValueError) as error:
        return {"error": str(error)}
    except Exception as error:
        log.exception("re-index request failed")
        return {"error": f"the service could not do it, its log says more: {error}"}


def _do(generations: Generations, asked: Any) -> object:
    match asked:
        case {"do": "begin", "entities": entities, "fit": fit}:
            return generations.begin(entities, Fit(**fit))
        case {"do": "hand over"}:
            return generations.hand_over()
        case {"do": "cancel"}:
            generations.cancel()
            return None
        case {"do": "roll back", "number": number}:
            return generations.roll_back(number)
        case {"do": "drop old"}:
            return generations.drop_old()
        case _:
            raise ValueError(f"there is nothing to do as {asked!r}; are both of one version?")


# ── the command's end ────────────────────────────────────────────────────────────────────────────


class RunningService:
    """The generations of a service that runs, asked over its socket.

    Each time anew: hours may lie in between, and the service may have been started again.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """As ``Generations`` does."""
        return self._integer(do="begin", entities=list(entities), fit=asdict(fit))

    def hand_over(self) -> int:
        """As ``Generations`` does."""
        return self._integer(do="hand over")

    def cancel(self) -> None:
        """As ``Generations`` does."""
        self._ask(do="cancel")

    def roll_back(self, number: int | None = None) -> int:
        """As ``Generations`` does."""
        return self._integer(do="roll back", number=number)

    def drop_old(self) -> list[int]:
        """As ``Generations`` does."""
        answer = self._ask(do="drop old")
        return [number for number in answer if isinstance(number, int)]

    def _integer(self, **asked: object) -> int:
        return int(self._ask(**asked))

    def _ask(self, **asked: object) -> Any:
        line = b""
        connection = _connected(self._root)
        if connection is not None:
            with connection, connection.makefile("rb") as lines, suppress(OSError):
                connection.sendall(json.dumps(asked).encode() + b"\n")
                line = lines.readline()
        if not line:
            raise CannotReindex(
                "The service has ended; start it, or leave it, and go on by "
                "icat-search reindex --resume"
            )
        answer = json.loads(line)
        if "error" in answer:
            raise CannotReindex(answer["error"])
        return answer["answer"]


Host = RunningService | Generations | UnfitGenerations


def running(root: Path) -> RunningService | None:
    """The service that has the data directory open; None when none has."""
    connection = _connected(root)
    if connection is None:
        return None
    connection.close()
    return RunningService(root)


def _connected(root: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        with _reachable(root) as path:
            connection.connect(path)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except OSError:
        connection.close()
        raise
    return connection


@contextmanager
def host_of(root: Path, fit: Fit, open_: Callable[[], Store]) -> Iterator[Host]:
    """Who owns the data directory: the service that runs, or the caller by ``open_``.

    What does not fit cannot be opened; then only generations as a whole are worked with.
    """
    service = running(root)
    if service is not None:
        yield service
        return
    try:
        store = open_()
    except DoesNotFit:
        with closing(UnfitGenerations(root, fit)) as unfit:
            yield unfit
        return
    try:
        yield store.generations
    finally:
        store.changes.close()


@contextmanager
def _reachable(root: Path) -> Iterator[str]:
    """A path of the socket that is short: the system takes no more than some hundred bytes."""
    directory = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{NAME}"
    finally:
        os.close(directory)
