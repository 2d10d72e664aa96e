"""What a hostile caller sends: small requests, expensive, greedy or malformed.

Each is bounded here too, a few megabytes at most. Not here: how they are sent, see ``hostile``.
"""

import json
import random
from collections.abc import Callable, Mapping
from urllib.parse import quote

from load_tests.queries import BASE, Request

DATAFILES = f"{BASE}/datafile?maxResults=10"
WORD = "abcdefghijklmnopqrstuvwxyz"
FAR = {"doc": 2**31 - 1, "shardIndex": 0, "score": 1.0, "fields": [1.0, 1]}


def _text(text: str, **more: object) -> Request:
    body = {"query": {"text": text, **more}, "fields": ["id"]}
    return Request(DATAFILES, json.dumps(body).encode())


def _portal(**more: object) -> Request:
    body = {"entity": "datafile", "public": True, **more}
    return Request("/v1/search", json.dumps(body).encode())


def _numbers(dice: random.Random, count: int) -> range:
    """So many, others than the last time."""
    first = dice.randrange(10**6)
    return range(first, first + count)


def _word(dice: random.Random) -> str:
    return "".join(dice.choices(WORD, k=dice.randint(5, 9)))


EXPENSIVE: Mapping[str, Callable[[random.Random], Request]] = {
    "many fuzzy words": lambda dice: _text(
        " OR ".join(f"{dice.choice(WORD)}{n}~2" for n in range(500))
    ),
    "some fuzzy words": lambda dice: _text(" ".join(f"{_word(dice)}~2" for _ in range(8))),
    "some wildcards": lambda dice: _text(" ".join(f"*{_word(dice)[:3]}*" for _ in range(10))),
    "an article": lambda dice: _text(" ".join(_word(dice) for _ in range(3_000))),
    "a long fuzzy word": lambda dice: _text(dice.choice(WORD) * 10_000 + "~2"),
    "many wildcards": lambda dice: _text(
        " ".join(f"*{a}*{b}*" for a, b in zip(WORD, dice.sample(WORD, 26), strict=True))
    ),
    "a wildcard that marks": lambda dice: _portal(text="*a*a*a*a*a*a*" + dice.choice(WORD)),
    "many clauses": lambda dice: _text(" ".join(f"word{dice.random()}" for _ in range(5_000))),
    "nested brackets": lambda _dice: _text("(" * 3_000 + "a" + ")" * 3_000),
    "many ranges": lambda dice: _text(
        "a",
        filter={"datafile.fileSize": [{"from": n, "to": n + 1} for n in _numbers(dice, 20_000)]},
    ),
    "a long phrase": lambda dice: _text('"' + " ".join(dice.choices(WORD, k=5_000)) + '"~50'),
}
GREEDY: Mapping[str, Callable[[random.Random], Request]] = {
    "all at once": lambda _dice: Request(
        f"{BASE}/datafile?maxResults=2147483647", b'{"query":{},"fields":["id"]}'
    ),
    "far behind": lambda _dice: Request(
        f"{DATAFILES}&search_after={quote(json.dumps(FAR))}",
        b'{"query":{},"fields":["id"]}',
    ),
    "many fields": lambda dice: Request(
        DATAFILES,
        json.dumps({"query": {}, "fields": [f"f{n}" for n in _numbers(dice, 50_000)]}).encode(),
    ),
    "many facets": lambda _dice: _portal(facets=[{"dimension": f"d{n}"} for n in range(2_000)]),
    "a large page with everything": lambda _dice: _portal(limit=1_000, text="a OR scan"),
    "many ids": lambda dice: Request(
        f"{BASE}/Datafile/facet?maxResults=10&maxLabels=10",
        json.dumps({"query": {"id": list(_numbers(dice, 200_000))}}).encode(),
    ),
}
MALFORMED: Mapping[str, Callable[[random.Random], Request]] = {
    "no JSON": lambda _dice: Request(DATAFILES, b"{"),
    "nothing": lambda _dice: Request(DATAFILES, b""),
    "no object": lambda _dice: Request(DATAFILES, b'["a"]'),
    "no text": lambda _dice: Request(DATAFILES, b'{"query":{"text":{"a":[]}}}'),
    "deep": lambda _dice: Request(DATAFILES, b"[" * 50_000),
    "wide": lambda _dice: Request(DATAFILES, b"[" + b"[]," * 500_000 + b"[]]"),
    "no UTF-8": lambda _dice: Request(DATAFILES, b'{"query":{"text":"\xff\xfe"}}'),
    "a key that nobody knows": lambda _dice: _portal(nobody=1),
    "no cursor": lambda dice: _portal(cursor=f"{dice.random()}"),
    "no search_after": lambda _dice: Request(
        f"{DATAFILES}&search_after=%7B%7D", b'{"query":{},"fields":["id"]}'
    ),
    "nobody asks": lambda _dice: Request("/v1/search", b'{"entity":"datafile"}'),
}
