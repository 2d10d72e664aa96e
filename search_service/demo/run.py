"""Makes the example catalogue, and tries the five requests at a service that has it.

Not here: how the catalogue is indexed and the service started, see ``cli.demo``.
"""

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

from search_service.client.connection import Client
from search_service.demo import catalogue
from search_service.demo.requests import EXAMPLES, Example, curl
from search_service.engines.index import Engine
from search_service.errors import DirectoryRefused, EndsCommand
from search_service.files import make_private
from search_service.runtime.state import state_of_closed

CATALOGUE = "catalogue.sqlite"
HITS_SHOWN = 3
WIDTH = 110


class DemoFailed(EndsCommand):
    """The service did not do what the demonstration asked of it."""


def prepare(directory: Path) -> str:
    """Makes the example catalogue in a directory when it is not there yet; returns its address."""
    path = directory / CATALOGUE
    if not path.exists():
        _make(directory, path)
    make_private(path)
    return f"sqlite:///{path.absolute()}"


def _make(directory: Path, path: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    try:
        catalogue.create(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def is_indexed(engine: Engine) -> bool:
    """Whether a data directory holds documents."""
    try:
        return any(state_of_closed(engine).documents.values())
    except (FileNotFoundError, DirectoryRefused):
        return False  # then serving it says what is wrong


def show(url: str) -> str:
    """The five requests with their first hits, for a terminal."""
    with closing(Client.at(url)) as client:
        parts = [
            _render(number, url, example, _answer(client, example))
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


def _answer(client: Client, example: Example) -> Any:
    reply = client.call(example.method, example.target, example.payload.encode())
    if not reply.done:
        raise DemoFailed(f"{example.method} {example.target}: {reply.status} {reply.message}")
    return orjson.loads(reply.content)
