"""The JSON object of a command that works entity by entity: printed also where it ends part-way."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click


@contextmanager
def reported(as_json: bool, content: Callable[[bool], Mapping[str, Any]]) -> Iterator[None]:
    """Print one JSON object when the block ends, however it ends; without ``as_json`` nothing.

    ``content``: what it holds, by whether the block was complete.
    """
    complete = False
    try:
        yield
        complete = True
    finally:
        if as_json:
            click.echo(json.dumps({"complete": complete, **content(complete)}, default=str))
