"""Callers that ask by chance, each on a connection of its own: sense, nonsense and changes.

What a caller was told that was done is remembered, so that it can be looked for afterwards. Not
here: requests of which nothing makes sense, see ``tests.support.odd_requests``.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.support import odd_requests
from tests.support.calling import BASE
from tests.support.rights import USERS, Facility

TIMEOUT_SECONDS = 60
ENTITY = "Datafile"
REFUSED = {501, 503, 504}
"""Statuses above 499 that are no defect: there is no such operation, or no room, or no time."""

NEW_CONNECTION = 0.03
ENCODINGS = [
    {},
    {},
    {},
    {"Content-Encoding": "gzip"},
    {"Content-Type": "text/plain; charset=utf-16"},
]
METHODS = ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "QUERY"]

Request = tuple[str, str, bytes]


@dataclass
class Visitor:
    """``first_id``: of the documents that it makes, which are its own."""

    url: str
    seed: int
    first_id: int
    statuses: Counter[int] = field(default_factory=Counter)
    kept: dict[int, str] = field(default_factory=dict)  # names by id, as acknowledged
    wrong: list[str] = field(default_factory=list)

    def ask(self, requests: int) -> None:
        """So many requests, one after the other."""
        chance = random.Random(self.seed)
        facility = Facility(self.seed)
        address = urlsplit(self.url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)
        for _ in range(requests):
            if chance.random() < NEW_CONNECTION:
                connection.close()
            kind = chance.random()
            if kind < 0.1:
                self._change(connection, chance)
                continue
            method, target, body = (
                _ordinary(chance, facility) if kind < 0.4 else odd_requests.request(chance)
            )
            if f"lock/{ENTITY}".lower() in target.lower():
                continue  # a population would delete what visitors have made
            if kind > 0.97:
                method = chance.choice(METHODS)
            if kind > 0.9:
                body = _spoiled(chance, body)
            self._answer(connection, method, target, body, chance.choice(ENCODINGS))
        connection.close()

    def _change(self, connection: HTTPConnection, chance: random.Random) -> None:
        id_ = self.first_id + chance.randrange(50)
        if chance.random() < 0.2:
            self._answer(connection, "POST", f"{BASE}commit", b"")
            return
        name = f"{chance.choice(odd_requests.PIECES)} {chance.random()}"
        kind = chance.choice(["create", "update", "delete"])
        document = {"id": id_, "name": name}
        operation: dict[str, Any] = {"_index": ENTITY, "_id": id_}
        if kind != "delete":
            operation["doc"] = document
        body = json.dumps([{kind: operation}]).encode(errors="surrogatepass")
        if self._answer(connection, "POST", f"{BASE}modify", body) != 204:
            return
        if kind == "delete":
            self.kept.pop(id_, None)
        else:
            self.kept[id_] = name

    def _answer(
        self,
        connection: HTTPConnection,
        method: str,
        target: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        for is_last in (False, True):
            try:
                connection.putrequest(method, target, skip_accept_encoding=True)
                connection.putheader("Content-Length", str(len(body)))
                for name, value in (headers or {}).items():
                    connection.putheader(name, value)
                connection.endheaders(body)
                response = connection.getresponse()
                content = response.read()
                break
            except (HTTPException, ConnectionError) as error:
                # A connection that was refused for what came before is closed by the service.
                connection.close()
                if is_last:
                    self.wrong.append(f"{method} {target[:300]}: {error!r}")
                    return 0
        status = response.status
        self.statuses[status] += 1
        self.wrong += _faults(method, status, content, f"{method} {target[:500]} {body[:2_000]!r}")
        return status


def _faults(method: str, status: int, content: bytes, asked: str) -> Iterator[str]:
    if status >= 500 and status not in REFUSED:
        yield f"{status} {content[:300]!r}: {asked}"
    if status >= 400 and method != "HEAD":
        try:
            refusal = json.loads(content)
            told = bool(refusal["code"]) and 0 < len(refusal["message"]) < 2_000
        except (ValueError, KeyError, TypeError):
            told = False
        if not told:
            yield f"{status} without a sentence: {asked}"


def _ordinary(chance: random.Random, facility: Facility) -> Request:
    """As a portal and the catalogue ask."""
    entity = chance.choice(["investigation", "dataset", "datafile"])
    user, text = chance.choice(USERS), facility.typed()
    match chance.randrange(4):
        case 0:
            asked = {"entity": entity, "user": user, "text": text, "limit": chance.randint(1, 50)}
            facets = [{"dimension": "type.name"}] if entity != "datafile" else []
            return "POST", "/v1/search", json.dumps({**asked, "facets": facets}).encode()
        case 1:
            params = {"entity": entity, "user": user, "prefix": text[: chance.randint(1, 12)]}
            return "GET", f"/v1/suggest?{urlencode(params, quote_via=quote)}", b""
        case 2:
            body = {"query": {"text": text, "user": user}, "fields": ["id", "name"]}
            return "POST", f"{BASE}{entity}?maxResults=100", json.dumps(body).encode()
        case _:
            query = {"investigation.id": [*range(1, 20)]}
            counted = {"query": query, "dimensions": [{"dimension": "type.name"}]}
            target = f"{BASE}Dataset/facet?maxResults=10&maxLabels=10"
            return "POST", target, json.dumps(counted).encode()


def _spoiled(chance: random.Random, body: bytes) -> bytes:
    """The body as no program writes it."""
    place = chance.randrange(len(body) + 1)
    text = body.decode(errors="replace")
    return chance.choice(
        [
            b"\xef\xbb\xbf" + body,
            text.encode("utf-16", errors="replace"),
            body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :],
            body.replace(b"{", b'{"query":{},', 1),  # a key twice
            b"[" * 2_000 + body,
            body.replace(b"1", b"NaN", 1),
            body.replace(b"5", b"1e999", 1),
            body.replace(b'"', b'"\\ud800', 1),
            body.replace(b"a", b"\0", 2),
            body * 2,
            b"",
        ]
    )
