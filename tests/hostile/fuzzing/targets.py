"""Functions that are given any bytes, and must end soon, in a result or in what they declare.

What else is wrong is raised as AssertionError: a journal that tells another record than was
written, a frame that arrives as another one. Not here: who chooses the bytes, see the package.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from analyzers import SEPARATORS, Synonyms, Units
from analyzers.synonyms import SynonymError
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.catalogue.lookup import entity, find_entity
from search_service.engines.documents.encode import Encoder
from search_service.engines.embedded.index.format import TantivyFormat
from search_service.errors import BadRequest
from search_service.http.protocol import HttpProtocol
from search_service.query.build import build_facets, build_search
from search_service.query.request import front_ends
from search_service.query.text.analyse import Analysis
from search_service.query.text.matching import PeopleReading
from search_service.query.text.peer import PeerReading
from search_service.query.text.syntax import parse
from search_service.query.vocabulary import ANY_WORDS
from search_service.service.bodies import BodyLimits
from search_service.service.indexing.journal import segments
from search_service.service.indexing.journal.segments import JournalDamaged
from search_service.service.wire import (
    read_documents,
    read_facets,
    read_operations,
    read_params,
    read_search,
)
from search_service.workers import frames
from search_service.workers.searching import cursors

Target = Callable[[bytes], None]

_SYNONYMS = Synonyms.builtin()
_FACETABLE = frozenset(FACETABLE_BY_DEFAULT)
_ANALYSIS = Analysis(_SYNONYMS, SEPARATORS, _FACETABLE)
_READINGS = (PeerReading(_ANALYSIS), PeopleReading(_ANALYSIS))
_UNITS = Units()
_LIMITS = BodyLimits()
_DATASET = entity("Dataset")


def text(data: bytes) -> None:
    """What somebody types, read in both ways."""
    typed = data.decode(errors="replace")
    with suppress(BadRequest):
        parse(typed)
    for reading in _READINGS:
        with suppress(BadRequest):
            reading.query(typed, _DATASET, ANY_WORDS, None)


def conditions(data: bytes) -> None:
    """A query string, a line's end, and a body: of a search, of facets, of a front end."""
    query_string, _, body = data.partition(b"\n")
    params = read_params(query_string)
    with suppress(BadRequest):
        asked = read_search("Dataset", params, body)
        build_search(asked, _READINGS[1], _UNITS)
    with suppress(BadRequest):
        build_facets(read_facets("Dataset", params, body), _FACETABLE)


def front_end(data: bytes) -> None:
    """The body of a search of `/v1`; with what its cursor says."""
    with suppress(BadRequest):
        cursors.read(front_ends.read_search(_json(data)))


def _json(data: bytes) -> Any:
    import orjson  # instrumenting it is of no use

    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadRequest from None


def cursor(data: bytes) -> None:
    """A cursor of `/v1` that says anything."""
    written = data.decode("latin-1")
    with suppress(BadRequest):
        cursors.read(
            front_ends.read_search({"entity": "dataset", "user": "ada", "cursor": written})
        )


def documents(data: bytes) -> None:
    """The bodies of changes and of populations, and the lines that an index is given of them."""
    with suppress(BadRequest):
        for operation in read_operations(data, _LIMITS):
            if operation.document is not None and (known := find_entity(operation.entity)):
                _encoder(known.name).line(operation.id, operation.document)
    with suppress(BadRequest):
        for document in read_documents("Datafile", data, _LIMITS):
            _encoder("Datafile").line(1, document)


_ENCODERS: dict[str, Encoder] = {}


def _encoder(name: str) -> Encoder:
    if name not in _ENCODERS:
        _ENCODERS[name] = Encoder(name, _FACETABLE, _SYNONYMS, SEPARATORS, TantivyFormat())
    return _ENCODERS[name]


def journal(data: bytes) -> None:
    """A segment with records, of which bytes are cut off, flipped or put in.

    It is read as far as it was written, or is said to be damaged.
    """
    how, rest = data[:4].ljust(4, b"\0"), data[4:]
    written = rest.split(b"\n")[:20]
    title = segments.Title(1, 1).line
    content = title
    for n, each in enumerate(written):
        content += segments.record(each, len(content) if n % 2 else 0)
    place = len(title) + int.from_bytes(how[1:3], "big") % (len(content) - len(title) + 1)
    match how[0] % 4:
        case 0:
            content = content[:place]
        case 1:
            content = content[:place] + bytes([how[3]]) + content[place + 1 :]
        case 2:
            content = content[:place] + rest[: how[3]] + content[place:]
        case _:
            content = content[:place] + content[place + how[3] :]
    with TemporaryDirectory(dir=_IN_MEMORY) as directory, suppress(JournalDamaged):
        path = segments.path_of(Path(directory), 1)
        path.write_bytes(content)
        found = segments.read_segment(path).records
        assert [each for each in found if each not in written] == []
        assert segments.title_of(path) is not None


_IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


def journal_of_any_bytes(data: bytes) -> None:
    """A segment that holds anything behind its title."""
    with TemporaryDirectory(dir=_IN_MEMORY) as directory, suppress(JournalDamaged):
        path = segments.path_of(Path(directory), 1)
        path.write_bytes(segments.Title(1, 1).line + data)
        segments.read_segment(path)
    segments.read_title(data)


def framed(data: bytes) -> None:
    """Frames that arrive in pieces of any size."""
    sizes, rest = data[:8] or b"\1", data[8:]
    sent = [
        ((n, part[:9].decode("latin-1")), bytearray(part))
        for n, part in enumerate(rest.split(b"\n"))
    ]
    stream = b"".join(bytes(part) for head, body in sent for part in frames.pack(head, body))
    arrived: list[tuple[frames.Head, bytearray]] = []
    reader = frames.FrameReader(lambda head, body: arrived.append((head, body)), lambda: None)
    turn = 0
    while stream:
        buffer = reader.get_buffer(-1)
        taken = min(len(buffer), len(stream), 1 + sizes[turn % len(sizes)])
        buffer[:taken] = stream[:taken]
        reader.buffer_updated(taken)
        stream, turn = stream[taken:], turn + 1
    assert arrived == sent


def http(data: bytes) -> None:
    """What arrives on a connection, in packets of a size that the first byte says."""
    size, sent = 1 + (data[0] if data else 0), data[1:]
    asyncio.run(_arrives([sent[at : at + size] for at in range(0, len(sent), size)]))


async def _arrives(packets: list[bytes]) -> None:
    loop = asyncio.get_running_loop()
    protocol = HttpProtocol(_CONFIG, ServerState(), {}, loop)
    transport = _Transport()
    protocol.connection_made(transport)
    for packet in packets:
        protocol.data_received(packet)
        await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    statuses = bytes(transport.written).split(b"HTTP/1.1 ")[1:]
    assert all(status[:3] in _STATUSES for status in statuses), statuses


# 408, 413 and 503 are of a protocol that has no more time or room for a caller.
_STATUSES = {b"100", b"200", b"400", b"408", b"413", b"431", b"501", b"503"}


async def _application(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, and answers with nothing."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body"})


_CONFIG = uvicorn.Config(_application, log_config=None, lifespan="off")


class _Transport(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 4), "sockname": ("192.0.2.2", 80)})
        self.written = bytearray()
        self._closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None: ...

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True

    def abort(self) -> None:
        self._closed = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0


def synonyms(data: bytes) -> None:
    """A file of synonyms, and a text of its words."""
    written = data.decode(errors="replace")
    with suppress(SynonymError):
        found = Synonyms.parse(written)
        words = written.split()
        found.stacked(words)
        found.spread(words)
        found.indexed(words)


def units(data: bytes) -> None:
    """The setting of units, and a unit of a parameter."""
    written, _, unit = data.decode(errors="replace").partition("\n")
    with suppress(ValueError):
        Units(written).to_si(1.5, unit)
    _UNITS.to_si(1e308, unit)


TARGETS: Mapping[str, Target] = {
    target.__name__: target
    for target in (
        *(text, conditions, front_end, cursor, documents, journal, journal_of_any_bytes),
        *(framed, http, synonyms, units),
    )
}
