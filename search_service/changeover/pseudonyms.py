"""Takes texts and names of people out of exchanges, and leaves their shape.

A word becomes a pseudonym, the same one each time, so that it can still be seen how often something
is asked and with which operators. Who has the key can tell whether a guess is right, so it stays
beside the recording and goes nowhere else. Names of fields and entities, dates and numbers stay.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from search_service.changeover.exchanges import Answer, Exchange, Hit
from search_service.files import secret_in

_WORD = re.compile(r"\w+(?:[.-]\w+)*:|\w+")
_OPERATORS = frozenset({"AND", "OR", "NOT", "TO"})
_SYNTAX = frozenset({"text", "userFullName"})
_STRUCTURE = frozenset({"target", "lower", "upper", "field"})
_AFTER = "search_after"


class Pseudonyms:
    """Of one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def beside(cls, recording: Path) -> "Pseudonyms":
        """The key is in a file beside the recording, which is made. Raises OSError, Unreadable."""
        path = recording.with_name(f"{recording.name}.key")
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex())
        except FileExistsError:
            pass
        return cls(secret_in(path).encode())

    def of(self, exchange: Exchange) -> Exchange:
        """The same without texts."""
        body = exchange.body
        if body is not None and isinstance(body.get("query"), Mapping):
            body = {**body, "query": self._query(body["query"])}
        params = dict(exchange.params)
        if _AFTER in params:
            params[_AFTER] = self._after(params[_AFTER])
        return replace(
            exchange,
            body=body,
            params=params,
            answer=self._answer(exchange.answer),
            has_texts=False,
        )

    def _answer(self, answer: Answer) -> Answer:
        facets = answer.facets and {
            dimension: {self._name(label): count for label, count in counts.items()}
            for dimension, counts in answer.facets.items()
        }
        hits = answer.hits and [
            Hit(hit.id, hit.document, hit.shard, hit.score) for hit in answer.hits
        ]
        after = answer.search_after and self._value(answer.search_after)
        return replace(answer, facets=facets, hits=hits, search_after=after, message="")

    def _query(self, query: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: self._text(value)
            if key in _SYNTAX and isinstance(value, str)
            else value
            if key in _STRUCTURE
            else self._value(value)
            for key, value in query.items()
        }

    def _value(self, value: Any) -> Any:
        match value:
            case str():
                return self._name(value)
            case list():
                return [self._value(one) for one in value]
            case dict():
                return {
                    key: one if key in _STRUCTURE else self._value(one)
                    for key, one in value.items()
                }
            case _:
                return value

    def _after(self, written: str) -> str:
        try:
            return orjson.dumps(self._value(orjson.loads(written))).decode()
        except orjson.JSONDecodeError:
            return self._name(written)

    def _text(self, text: str) -> str:
        """A text of the query syntax: its operators and the fields that it names stay."""

        def replaced(found: re.Match[str]) -> str:
            word = found[0]
            return word if word in _OPERATORS or word.endswith(":") else self._name(word)

        return _WORD.sub(replaced, text)

    def _name(self, name: str) -> str:
        return f"x{hashlib.blake2b(name.encode(), key=self._key[:64], digest_size=8).hexdigest()}"
