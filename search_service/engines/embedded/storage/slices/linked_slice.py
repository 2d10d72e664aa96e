"""The directory of one slice: links to the files of segments, and a list of them for the engine.

The engine opens it as an index like any other, for reading. A link keeps a file that its shard has
merged away; the directory itself is needed by nobody but the reader that made it.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import orjson

from search_service.engines.embedded.storage.shard_files import META
from search_service.engines.embedded.storage.slices.segments import Segment
from search_service.files import remove_tree

Located = tuple[Path, Segment]
"""A segment and the directory of its shard."""


class SegmentGone(Exception):
    """A file of a segment is not in its shard any more, which may have merged it meanwhile."""

    def __init__(self, shard: Path, file: str) -> None:
        super().__init__(f"{shard / file} is missing")
        self.shard = shard


class LinkedSlice:
    """A slice as it is on the disk. ``kind``: that of its segments, see ``ShardSegments``."""

    def __init__(self, path: Path, kind: str) -> None:
        """Make the directory, of a slice without segments. Raises OSError."""
        self.path = path
        self._described = orjson.loads(kind)
        self._linked: dict[str, Segment] = {}  # by their states, those whose files are all linked
        self._named: frozenset[str] = frozenset()
        path.mkdir(mode=0o700)
        self._write([], 0)

    def names(self, segments: Iterable[Segment]) -> bool:
        """Whether it has these segments with these deletes, and no others."""
        return self._named == _states(segments)

    def put(self, segments: Sequence[Located], opstamp: int) -> None:
        """Let it have these segments. A reader of it sees them when it loads it anew.

        Raises SegmentGone, OSError: then it is as it was.
        """
        for shard, segment in segments:
            if segment.state not in self._linked:
                self._link(shard, segment)
        self._write([segment.content for _, segment in segments], opstamp)
        self._named = _states(segment for _, segment in segments)

    def drop_unnamed(self) -> None:
        """Remove the links that a reader needs no more once it has loaded the slice anew."""
        unnamed = [self._linked.pop(state) for state in self._linked.keys() - self._named]
        if not unnamed:
            return
        kept = {segment.id for segment in self._linked.values()}
        for segment in unnamed:
            # Another set of deletes of the same segment shares all other files.
            for file in (segment.state,) if segment.id in kept else segment.files:
                with suppress(OSError):  # removed by whoever removed the directory
                    (self.path / file).unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the directory; whoever has its files open can go on reading them."""
        remove_tree(self.path)

    def _link(self, shard: Path, segment: Segment) -> None:
        for file in segment.files:
            try:
                os.link(f"{shard}/{file}", f"{self.path}/{file}")
            except FileExistsError:
                pass  # with other deletes, or by a ``put`` that failed later
            except FileNotFoundError:
                if not self.path.is_dir():
                    raise
                raise SegmentGone(shard, file) from None
        self._linked[segment.state] = segment

    def _write(self, segments: Sequence[object], opstamp: int) -> None:
        content = {**self._described, "segments": segments, "opstamp": opstamp}
        beside = self.path / f"{META}.new"
        beside.write_bytes(orjson.dumps(content))
        beside.replace(self.path / META)


def _states(segments: Iterable[Segment]) -> frozenset[str]:
    return frozenset(segment.state for segment in segments)
