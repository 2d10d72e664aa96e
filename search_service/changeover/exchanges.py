"""A recorded request with its answer, as one line of JSON.

The format is that of the conformance kit, without its rules of comparison: a search has of each hit
what tells it and places it, a facet request its counts. Of all else, changes too, there is
the request line and the status. Not here: how lines get into a file, see ``recorder``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson

from search_service.client.connection import sentence_of
from search_service.errors import EndsCommand

BASE = "/icat.lucene/"
_SEARCHED = frozenset({"investigation", "dataset", "datafile"})


class NoRecording(EndsCommand):
    """A file that holds no recorded exchanges; the sentence names the line."""


@dataclass(frozen=True, slots=True)
class Hit:
    """``id`` is the catalogue's; ``document`` and ``shard`` mean something to one service only."""

    id: int | None
    document: int | None
    shard: int | None
    score: float | None = None
    source: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, as far as it is compared. Seconds: until its last byte."""

    status: int
    seconds: float = 0.0
    hits: Sequence[Hit] | None = None
    search_after: Mapping[str, Any] | None = None
    facets: Mapping[str, Mapping[str, int]] | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """``number``: of the line that it was read from, as each recorder that appends counts from 1.

    ``path``: below ``BASE``; one that begins with a slash is below the root.
    ``time``: when the request came, as ISO 8601. ``has_texts``: otherwise they are pseudonyms.
    """

    number: int
    method: str
    path: str
    params: Mapping[str, str]
    body: Mapping[str, Any] | None
    answer: Answer
    time: str = ""
    has_texts: bool = True

    @property
    def is_search(self) -> bool:
        """Whether it asks for hits."""
        return is_search(self.method, self.path)

    @property
    def is_facet(self) -> bool:
        """Whether it asks for counts."""
        return is_facet(self.method, self.path)


def is_search(method: str, path: str) -> bool:
    """Whether a request asks for hits."""
    return method == "POST" and path.lower() in _SEARCHED


def is_facet(method: str, path: str) -> bool:
    """Whether a request asks for counts."""
    return method == "POST" and path.lower().endswith("/facet") and not path.startswith("/")


def is_by_relevance(exchange: Exchange) -> bool:
    """Whether hits come in the order of their scores."""
    return exchange.params.get("sort", "") in ("", "{}")


def path_below_base(path: str) -> str:
    """The path of a request as an exchange has it."""
    return path[len(BASE) :] if path.startswith(BASE) else path


def params_of(query_string: str) -> dict[str, str]:
    """The parameters of a query string; of several with one name the last."""
    return dict(parse_qsl(query_string, keep_blank_values=True))


def answer_of(status: int, seconds: float, content: bytes) -> Answer:
    """What a service answered, read as far as it is understood."""
    try:
        found = orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        found = None
    # icat.lucene refuses an address in plain text.
    message = sentence_of(content) if status >= HTTPStatus.BAD_REQUEST else ""
    if not isinstance(found, dict):
        return Answer(status, seconds, message=message)
    after = found.get("search_after")
    return Answer(
        status,
        seconds,
        _hits(found.get("results")),
        after if isinstance(after, dict) else None,
        _facets(found.get("aggregations")),
        message,
    )


def _hits(results: object) -> Sequence[Hit] | None:
    if not isinstance(results, list):
        return None
    found = []
    for one in results:
        if isinstance(one, dict):
            source = one.get("_source")
            source = source if isinstance(source, dict) else {}
            parts = (source.get("id"), one.get("_id"), one.get("_shardIndex"), one.get("_score"))
            found.append(Hit(*parts, source))
    return found


def _facets(aggregations: object) -> Mapping[str, Mapping[str, int]] | None:
    if not isinstance(aggregations, dict):
        return None
    found: dict[str, dict[str, int]] = {}
    for dimension, content in aggregations.items():
        buckets = content.get("buckets") if isinstance(content, dict) else None
        counts = buckets.items() if isinstance(buckets, dict) else ()
        found[dimension] = {
            label: one["doc_count"]
            for label, one in counts
            if isinstance(one, dict) and isinstance(one.get("doc_count"), int)
        }
    return found


# ── as lines ─────────────────────────────────────────────────────────────────────────────────────


def line_of(exchange: Exchange) -> bytes:
    """An exchange as a line of a file, with its end."""
    answer = exchange.answer
    written: dict[str, Any] = {
        "n": exchange.number,
        "time": exchange.time,
        "group": "recorded",
        "method": exchange.method,
        "path": exchange.path,
        "params": exchange.params,
        "body": exchange.body,
        "status": answer.status,
        "seconds": round(answer.seconds, 4),
        "answer": _written(answer),
    }
    if not exchange.has_texts:
        written["texts"] = False
    return orjson.dumps(written, option=orjson.OPT_APPEND_NEWLINE)


def _written(answer: Answer) -> dict[str, Any] | None:
    if answer.hits is not None:
        found: dict[str, Any] = {"results": [_written_hit(hit) for hit in answer.hits]}
        return (
            found if answer.search_after is None else {**found, "search_after": answer.search_after}
        )
    if answer.facets is not None:
        return {"aggregations": {name: _buckets(counts) for name, counts in answer.facets.items()}}
    return {"message": answer.message} if answer.message else None


def _written_hit(hit: Hit) -> dict[str, Any]:
    placed = {"_id": hit.document, "_shardIndex": hit.shard, "_source": {"id": hit.id}}
    return placed if hit.score is None else {**placed, "_score": hit.score}


def _buckets(counts: Mapping[str, int]) -> dict[str, Any]:
    return {"buckets": {label: {"doc_count": count} for label, count in counts.items()}}


def exchanges_in(file: Path) -> Iterator[Exchange]:
    """The exchanges of a file, in order. Raises NoRecording, OSError.

    The last line may be cut off, as a recording may be read while it goes on.
    """
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n") and not _is_whole(line):
                return
            yield _exchange(line, number, f"{file}, line {number}")


def _is_whole(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _exchange(line: bytes, number: int, where: str) -> Exchange:
    try:
        found = orjson.loads(line)
        body, params = found["body"], found["params"] or {}
        return Exchange(
            number,
            str(found["method"]),
            str(found["path"]),
            {
                str(name): value if isinstance(value, str) else orjson.dumps(value).decode()
                for name, value in params.items()
            },
            body if isinstance(body, dict) else None,
            answer_of(
                int(found["status"]),
                float(found.get("seconds", 0.0)),
                orjson.dumps(found["answer"]) if found.get("answer") else b"",
            ),
            str(found.get("time", "")),
            found.get("texts", True) is True,
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise NoRecording(
            f"{where}: is no recorded request, as icat-search record writes them"
        ) from None
