"""One pass over a file of documents: notes where is what, and unpacks what is compressed.

Not here: in which directory, and who may use it when, see ``index``.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import orjson
import zstandard

from search_service.catalogue import lookup
from search_service.catalogue.documents import id_of
from search_service.catalogue.entities import ENTITIES
from search_service.errors import BadRequest, SourceRefused
from search_service.sources.base import OnRejected
from search_service.sources.lines.records import Writer

SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst")
COMPLETE, TEXT = "complete", "text"
BUFFER = 1 << 20

# Most lines begin so; reading them as JSON would take five times as long.
_HEAD = re.compile(rb'\{\s*"entity"\s*:\s*"(\w+)"\s*,\s*"doc"\s*:\s*\{')
# Most of them go on with the id. None of these spaces ends a line.
_LINE = re.compile(
    rb'\{[ \t]*"entity"[ \t]*:[ \t]*"(\w+)"[ \t]*,[ \t]*"doc"[ \t]*:[ \t]*'
    rb'\{[ \t]*"id"[ \t]*:[ \t]*(-?\d{1,18})[ \t]*[,}][^\n]*\n?'
)
_BY_ID = frozenset(entity.name.encode() for entity in ENTITIES if entity.id_field == "id")
# The quotes cannot be those of a value: there they are escaped.
_IDS = {
    entity.name.encode(): (
        entity.name,
        re.compile(
            rb'[{,]\s*"' + re.escape(entity.id_field or "id").encode() + rb'"\s*:'
            rb"\s*(-?\d{1,18})\s*[,}]"
        ),
    )
    for entity in ENTITIES
}


def scan(path: Path, directory: Path, on_rejected: OnRejected) -> None:
    """Fills a directory; ``COMPLETE`` is there when it is. Raises SourceRefused and OSError."""
    for left in directory.iterdir():
        left.unlink()
    writer = Writer(directory)
    with _opened(path) as lines:
        if path.suffix == ".jsonl":
            _note(_pieces(lines), writer, on_rejected)
        else:
            with (directory / TEXT).open("wb", BUFFER) as text:
                _note(_copied(_pieces(lines), text), writer, on_rejected)
    writer.finish(
        lambda entity, id_, line: on_rejected(
            entity, id_, f"line {line}: a later line holds the same document"
        )
    )
    (directory / COMPLETE).touch()


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb", BUFFER) as file:
            match path.suffix:
                case ".gz":
                    yield cast(IO[bytes], gzip.GzipFile(fileobj=file))
                case ".zst":
                    reader = zstandard.ZstdDecompressor().stream_reader(
                        file, read_across_frames=True
                    )
                    yield cast(IO[bytes], io.BufferedReader(reader, BUFFER))
                case _:
                    yield file
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise SourceRefused(f"{path} is damaged or cut off: {error}") from None


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Some lines at a time."""
    while piece := file.read(BUFFER):
        yield piece + file.readline()


def _copied(pieces: Iterator[bytes], text: IO[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        text.write(piece)
        yield piece


def _note(pieces: Iterator[bytes], writer: Writer, on_rejected: OnRejected) -> None:
    offset, number = 0, 1
    for piece in pieces:
        lines = piece.count(b"\n") + (not piece.endswith(b"\n"))
        if not _noted_at_once(piece, lines, offset, number, writer):
            for place, line in enumerate(io.BytesIO(piece), number):
                found = _quickly(line) or _carefully(line, place, on_rejected)
                if found is not None:
                    writer.add(found[0], found[1], offset, place)
                offset += len(line)
        else:
            offset += len(piece)
        number += lines


def _noted_at_once(piece: bytes, lines: int, offset: int, number: int, writer: Writer) -> bool:
    """Whether each line begins with entity and id: then one look at all of them is enough."""
    if piece.count(b"{") != 2 * lines:
        return False
    found = list(_LINE.finditer(piece))
    starts, ends = [line.start() for line in found], [line.end() for line in found]
    entities = {line[1] for line in found}
    if len(found) != lines or starts[1:] != ends[:-1] or not entities <= _BY_ID:
        return False
    if len(entities) == 1:
        ids = [int(line[2]) for line in found]
        offsets = [offset + start for start in starts]
        writer.add_all(_IDS[found[0][1]][0], ids, offsets, number)
        return True
    for place, line in enumerate(found, number):
        writer.add(_IDS[line[1]][0], int(line[2]), offset + line.start(), place)
    return True


def _quickly(line: bytes) -> tuple[str, int] | None:
    head = _HEAD.match(line)
    # With more braces there may be another object with an id in it.
    if head is None or line.count(b"{") != 2 or (known := _IDS.get(head[1])) is None:
        return None
    entity, pattern = known
    found = pattern.search(line, head.end() - 1)
    return (entity, int(found[1])) if found else None


def _carefully(line: bytes, number: int, on_rejected: OnRejected) -> tuple[str, int] | None:
    if line.isspace():
        return None
    entity = ""
    try:
        value = orjson.loads(line)
        entity = value["entity"]
        document = value["doc"]
        known = lookup.find_entity(entity)
        if known is None:
            raise BadRequest(f"there is no entity {entity}")
        return known.name, id_of(known, document)
    except (BadRequest, orjson.JSONDecodeError) as error:
        reason = str(error)
    except (KeyError, TypeError, AttributeError):
        reason = 'it is not of the form {"entity": …, "doc": {…}}'
    on_rejected(entity if isinstance(entity, str) else "", None, f"line {number}: {reason}")
    return None
