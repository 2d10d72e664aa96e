"""A process that encodes blocks of documents, one after the other, until its connection ends.

Each has a connection of its own and shares no lock: what one that is killed leaves half-written, or
would have read next, holds up nobody. Not here: who has which block, see ``encoders``.
"""

import gc
import multiprocessing
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

import orjson

from search_service.engines.base import Document
from search_service.memory import limit_this_process
from search_service.processes import end_with_parent, forking

_CONTEXT = multiprocessing.get_context("forkserver")
_END_SECONDS = 2.0
_COLLECTED_AFTER = 100_000  # objects more than before

Encode = Callable[[int, Document], str]


class Codec(Protocol):
    """How an engine encodes documents. It can be sent to a process."""

    def encoder(self, entity: str) -> Encode:
        """A document as the line that the engine indexes. One thread at a time uses it."""
        ...


@dataclass(frozen=True, slots=True)
class Block:
    """Documents that are sent together, as JSON."""

    entity: str
    ids: list[int]
    content: bytes

    @classmethod
    def of(cls, entity: str, documents: Sequence[tuple[int, Document]]) -> "Block":
        """A block of these, by id."""
        content = orjson.dumps([document for _, document in documents])
        return cls(entity, [id_ for id_, _ in documents], content)


class EncodingProcess:
    """The process, from outside. For one thread at a time."""

    def __init__(self, codec: Codec, memory: int) -> None:
        """Start it; raises OSError. ``memory``: bytes that it may have of its own; 0: any."""
        self._connection, its = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(
            target=_main, args=(its, codec, memory), name="encoder", daemon=True
        )
        try:
            # Its end is closed here, so that a read ends when the process does.
            with its, forking():
                self._process.start()
        except BaseException:
            self._connection.close()
            raise

    def lines(self, block: Block) -> list[str]:
        """The documents of a block as the engine indexes them.

        Raises what their encoding raised, and OSError where the process has ended.
        """
        try:
            self._connection.send(block)
            answer: str | Exception = self._connection.recv()
        except EOFError as error:
            raise ChildProcessError("the process ended before it answered") from error
        if isinstance(answer, Exception):
            raise answer
        return answer.split("\n")

    def end(self) -> None:
        """End it, and wait for that."""
        self._connection.close()
        self._process.join(_END_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(_END_SECONDS)


# ── in the process ───────────────────────────────────────────────────────────────────────────────


def _main(connection: Connection, codec: Codec, memory: int) -> None:
    end_with_parent("encoder")
    if memory:
        limit_this_process(memory)
    # Documents are objects without cycles, so many that looking for some would begin all the time.
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER)
    encoders: dict[str, Encode] = {}
    while True:
        try:
            block: Block = connection.recv()
            connection.send(_encoded(codec, encoders, block))
            del block  # not kept while it waits for the next one
        except (EOFError, ConnectionError):
            return


def _encoded(codec: Codec, encoders: dict[str, Encode], block: Block) -> str | Exception:
    try:
        encode = encoders.get(block.entity)
        if encode is None:
            encode = encoders[block.entity] = codec.encoder(block.entity)
        return "\n".join(map(encode, block.ids, orjson.loads(block.content)))
    except Exception as error:  # noqa: BLE001 (raised again by who sent the block)
        error.add_note(traceback.format_exc())
        return error
