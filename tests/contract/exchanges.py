"""Recorded exchanges: reading them, and sending them to a service."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

DATA = Path(__file__).with_name("data")
FILES = ("catalogue-client", "catalogue-101", "beyond")
BASE = "/icat.lucene/"
TIMEOUT_SECONDS = 60
CHUNK = 1000


@dataclass(frozen=True)
class Exchange:
    """A request with the answer that is expected."""

    n: int
    group: str
    method: str
    path: str
    params: Mapping[str, Any]
    body: Any
    status: int
    answer: Any
    compare: str
    headers: Mapping[str, str | None]
    chunked: bool
    least: frozenset[int]
    why: str

    @property
    def hits(self) -> list[dict[str, Any]]:
        """The expected hits of a search."""
        found: list[dict[str, Any]] = self.answer["results"]
        return found

    @property
    def cursor(self) -> Mapping[str, Any] | None:
        """Which earlier exchange a ``search_after`` comes from."""
        found = self.params.get("search_after")
        return found if isinstance(found, dict) else None

    @cached_property
    def sort_fields(self) -> tuple[str, ...]:
        """None: by relevance."""
        return tuple(json.loads(self.params.get("sort") or "{}"))


@dataclass(frozen=True)
class Reply:
    """What the service under test answered."""

    status: int
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Service(Protocol):
    """Something that exchanges can be sent to."""

    def send(self, exchange: Exchange, params: Mapping[str, Any]) -> Reply: ...


def read(path: Path) -> list[Exchange]:
    """The exchanges of a file, in order."""
    content = path.read_bytes()
    text = gzip.decompress(content) if path.suffix == ".gz" else content
    return [_exchange(json.loads(line)) for line in text.splitlines()]


@cache
def read_named(name: str) -> list[Exchange]:
    """The exchanges of a file in ``data``."""
    return read(DATA / f"{name}.jsonl.gz")


def _exchange(line: dict[str, Any]) -> Exchange:
    return Exchange(
        n=line["n"],
        group=line["group"],
        method=line["method"],
        path=line["path"],
        params=line["params"],
        body=line["body"],
        status=line["status"],
        answer=line["answer"],
        compare=line["compare"],
        headers=line.get("headers", {}),
        chunked=line.get("chunked", False),
        least=frozenset(line.get("least", ())),
        why=line.get("why", ""),
    )


class HttpService:
    """A service at an address."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port or 80, TIMEOUT_SECONDS
        )

    def send(self, exchange: Exchange, params: Mapping[str, Any]) -> Reply:
        body = _bytes(exchange.body)
        self._connection.request(
            exchange.method,
            BASE + exchange.path + (f"?{urlencode(params)}" if params else ""),
            _chunks(body) if exchange.chunked and body else body,
            _headers(exchange, body),
            encode_chunked=exchange.chunked,
        )
        response = self._connection.getresponse()
        return Reply(response.status, response.read())

    def close(self) -> None:
        self._connection.close()


def _bytes(body: Any) -> bytes | None:
    match body:
        case None:
            return None
        case str():
            return body.encode()
        case _:
            return json.dumps(body).encode()


def _headers(exchange: Exchange, body: bytes | None) -> dict[str, str]:
    headers = dict[str, str | None]({"Content-Type": "application/json", **exchange.headers})
    if exchange.chunked and body:
        headers["Transfer-Encoding"] = "chunked"
    return {name: value for name, value in headers.items() if value is not None}


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK):
        yield body[start : start + CHUNK]
