"""A source of rows in a JSON file, which tests can lose, hold up and read in other processes."""

import gc
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from search_service.catalogue.origin import Origin
from search_service.engines.base import Document
from search_service.errors import SourceLost
from search_service.sources.base import Bounds, OnRejected, Row, Source, ignore_rejected

Rows = Mapping[str, Mapping[int, Document]]
BLOCK = 10
RELEASES = "releases"  # beside the entities: investigation → {"at": when}


@dataclass(frozen=True)
class OpenJson:
    """``directory`` holds the rows; files beside them disturb the reading."""

    directory: Path

    def write(self, rows: Rows) -> None:
        (self.directory / "rows.json").write_text(json.dumps(rows))

    def lose(self, times: int) -> None:
        """So many next blocks are lost connections instead."""
        for number in range(times):
            (self.directory / f"lose-{number}").touch()

    def lose_at_the_end(self) -> None:
        """The next time that release dates are read, when all else is built, it is lost."""
        (self.directory / "lost-releases").touch()

    def hold(self) -> None:
        """From now on a reader waits after its first block, until ``let_go``."""
        (self.directory / "hold").touch()

    def kill_readers(self) -> None:
        """From now on who reads is killed, as for want of memory."""
        (self.directory / "kill").touch()

    def kill_a_reader_amid_a_message(self) -> None:
        """The next one who reads is killed when half of what it says is on the way."""
        (self.directory / "kill-amid").touch()

    def let_go(self) -> None:
        (self.directory / "hold").unlink()

    @property
    def waiting(self) -> list[int]:
        """The processes that wait."""
        return [int(path.suffix[1:]) for path in self.directory.glob("waiting.*")]

    def __call__(self, on_rejected: OnRejected = ignore_rejected) -> Source:
        return JsonSource(self.directory)


class JsonSource:
    checked = False

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        content: Rows = json.loads((directory / "rows.json").read_text())
        self._rows = {
            entity: sorted((int(id_), document) for id_, document in of.items())
            for entity, of in content.items()
        }

    def origin(self, named: Origin) -> Origin:
        return named

    def bounds(self, entity: str) -> Bounds | None:
        rows = self._rows.get(entity)
        return Bounds(rows[0][0], rows[-1][0], len(rows)) if rows else None

    def boundaries(self, entity: str, pieces: int) -> Sequence[int]:
        rows = self._rows[entity]
        return [rows[len(rows) * n // pieces][0] for n in range(1, pieces)]

    def read(self, entity: str, low: int, high: int) -> Iterator[Sequence[Row]]:
        rows = [row for row in self._rows.get(entity, []) if low <= row[0] < high]
        for start in range(0, len(rows), BLOCK):
            for lost in self._directory.glob("lose-*"):
                if self._is_first(lost.name):
                    raise SourceLost("the connection ended")
            if (self._directory / "kill").exists():
                os.kill(os.getpid(), signal.SIGKILL)
            if self._is_first("kill-amid"):
                _say_half()
                os.kill(os.getpid(), signal.SIGKILL)
            yield rows[start : start + BLOCK]
            self._wait()

    def count(self, entity: str, low: int, high: int) -> int:
        return len(self.ids(entity, low, high, 1 << 30))

    def ids(self, entity: str, low: int, high: int, limit: int) -> Sequence[int]:
        return [id_ for id_, _ in self._rows.get(entity, []) if low <= id_ < high][:limit]

    def pick(self, entity: str, ids: Sequence[int]) -> Sequence[Row]:
        return [row for row in self._rows.get(entity, []) if row[0] in set(ids)]

    def releases(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        lost = self._directory / "lost-releases"
        if lost.exists():
            lost.unlink()
            raise SourceLost("the connection ended")
        for id_, at in self._rows.get(RELEASES, []):
            if low <= id_ < high:
                yield id_, at["at"]

    def close(self) -> None:
        pass

    def _is_first(self, mark: str) -> bool:
        """Whether there is a mark, and no other reader was told so."""
        try:
            (self._directory / mark).unlink()
        except FileNotFoundError:
            return False
        return True

    def _wait(self) -> None:
        mark = self._directory / f"waiting.{os.getpid()}"
        while (self._directory / "hold").exists():
            mark.touch()
            time.sleep(0.01)
        mark.unlink(missing_ok=True)


def _say_half() -> None:
    """Begin a message to the process that started this one."""
    for found in gc.get_objects():
        if isinstance(found, Connection):
            os.write(found.fileno(), (1_000).to_bytes(4, "big") + b"half")
