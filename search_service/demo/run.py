"""Makes the example catalogue, fills a running service with it, tries the five requests.

Talks to the service over HTTP alone, as a catalogue server does: lock, addNow, unlock. Not here:
how the service is started.
"""

import json
import os
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from search_service.demo import catalogue, documents
from search_service.demo.requests import BASE, EXAMPLES, Example, curl

CATALOGUE = "catalogue.sqlite"
TIMEOUT_SECONDS = 120
HITS_SHOWN = 3
WIDTH = 110


class DemoFailed(Exception):
    """The service did not do what the demonstration asked of it."""


def prepare(directory: Path) -> Path:
    """Makes the example catalogue in a directory when it is not there yet."""
    path = directory / CATALOGUE
    if path.exists():
        return path
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    try:
        catalogue.create(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def loaded(url: str) -> bool:
    """Whether the service holds what ``load`` loads last, hence everything."""
    last = documents.ENTITIES[-1]
    counts = {"dimension": "id", "ranges": [{"key": "all", "from": 0}]}
    with closing(_connect(url)) as connection:
        answer = _call(
            connection,
            "POST",
            f"{BASE}/{last}/facet?maxResults=1&maxLabels=1",
            {"query": {}, "dimensions": [counts]},
        )
    buckets = answer["aggregations"].get("id", {}).get("buckets", {})
    return bool(buckets.get("all", {}).get("doc_count", 0))


def load(url: str, catalogue_path: Path) -> int:
    """Replaces what the service holds by the documents of the catalogue; returns their number."""
    total, locked = 0, ""
    with closing(_connect(url)) as connection:
        for entity, block in documents.read(catalogue_path):
            if entity != locked:
                _unlock(connection, locked)
                _call(connection, "POST", f"{BASE}/lock/{entity}?delete=true")
                locked = entity
            _call(connection, "POST", f"{BASE}/addNow/{entity}", block)
            total += len(block)
        _unlock(connection, locked)
    return total


def show(url: str) -> str:
    """The five requests with their first hits, for a terminal."""
    with closing(_connect(url)) as connection:
        parts = [
            _render(
                number, url, example, _call(connection, example.method, example.target, example)
            )
            for number, example in enumerate(EXAMPLES, 1)
        ]
    return "\n\n".join(parts)


def _render(number: int, url: str, example: Example, answer: Any) -> str:
    lines = [f"{number}. {example.title}", f"   {curl(url, example)}"]
    if "aggregations" in answer:
        hits = [
            f"{bucket['doc_count']:>6}  {label}"
            for dimension in answer["aggregations"].values()
            for label, bucket in dimension["buckets"].items()
        ]
    else:
        hits = [_hit(example, result["_source"]) for result in answer["results"]]
    return "\n".join([*lines, *(f"   > {hit}" for hit in hits[:HITS_SHOWN] or ["no hits"])])


def _hit(example: Example, source: dict[str, Any]) -> str:
    values = [str(source[name]) for name in example.shown if name in source]
    values += [
        f"{one['numericValue']:g} {one.get('type.units', '')}"
        for one in source.get("datasetparameter", ())
        if one.get("type.name") == example.parameter and "numericValue" in one
    ]
    line = "  ".join(values)
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"


def _connect(url: str) -> HTTPConnection:
    parts = urlsplit(url)
    return HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, TIMEOUT_SECONDS)


def _unlock(connection: HTTPConnection, entity: str) -> None:
    if entity:
        _call(connection, "POST", f"{BASE}/unlock/{entity}")


def _call(connection: HTTPConnection, method: str, target: str, body: object = None) -> Any:
    payload = (
        body.payload if isinstance(body, Example) else "" if body is None else json.dumps(body)
    )
    headers = {"Content-Type": "application/json"}
    connection.request(method, target, payload.encode(), headers)
    response = connection.getresponse()
    content = response.read()
    if response.status >= 400:
        raise DemoFailed(f"{method} {target}: {response.status} {content.decode(errors='replace')}")
    return json.loads(content) if content else None
