"""Requests made by chance of what callers get wrong, and of what nobody sends by mistake."""

import json
import random
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

TIMEOUT_SECONDS = 60
ENTITIES = ["investigation", "dataset", "datafile", "Sample", "DatasetParameter", "{entity}", "nix"]
OPERATIONS = [
    ("POST", "/icat.lucene/{}"), ("POST", "/icat.lucene/{}/facet"),
    ("POST", "/icat.lucene/{}/documents"), ("POST", "/v1/search"), ("GET", "/v1/suggest"),
    ("POST", "/icat.lucene/modify"), ("POST", "/icat.lucene/addNow/{}"),
    ("POST", "/icat.lucene/lock/{}"), ("POST", "/icat.lucene/unlock/{}"),
    ("GET", "/icat.lucene/version"), ("GET", "/{}/{}"), ("POST", "/icat.lucene/{}/{}/{}"),
]  # fmt: skip
NUMBERS: list[Any] = [
    0, -1, 1, 5, 2**31, 2**63 - 1, -(2**63), 2**63, 2**64, 10**30, 1.5, 1e308, -0.0, 1e-320,
    True, None, "5", "", "1e999", "9" * 5_000, "-" + "9" * 400, "٣", "²", "0x10", " 5", "5.0",
]  # fmt: skip
PIECES = [
    "scan", "neutron", "the", "a" * 600, "a" * 5_000, "[" + "a" * 1_000 + " TO z]",
    "[a TO *]", "[* TO *]", "{a TO a}", "[z TO a]", "[😀 TO \U0010ffff]",
    "[\U0010ffff TO *]", "{\ud7ff TO z]", "[\ud7ff TO \ue000]", "[\x00 TO b]",
    "name:[x TO y]", "location:[/a TO /b]", "startDate:[1 TO 2]",
    "location.exact:{/a TO /b}", "stringValue:[a TO b]", "nope:[a TO b]", "x~99999999999",
    "x~0.5", "x~1e5", '"a b"~99999999999999999999', "x^1e999", "x^" + "9" * 5_000,
    "x^0.0000001", "x^0", "x~2.5", "*", "?", "*" * 60, "a*b*c*d", "*a*", "name:*", "nope:*",
    "*:*", "a" + "?" * 40, "\\", "\\u0000", "\x00", "+", "-", "!", "(", ")", "((((", '"',
    "'", "&&", "||", "AND", "OR NOT", "a:b:c", ":", "a::b", "::", "2019-13-45", "20190231",
    "1" * 400, "10.5072/" + "x" * 3_000, "doi:", "https://", "/a/b/c.nxs", "C:\\x\\y",
    "\\\\s\\t", "/" * 3_000, ".nxs", "*.", "😀", "ﬁ", "ß" * 300, "İ", "ı", "\u200b",
    "\ufeff", "\u202e", "e\u0301", "李小红", "हिन्दी", "α", "4.2 K",
    "1e400 K", "H2O" * 200, "TiO2", "[2].dat", "run (1", "\U000e0001", "\uffff", "\t", "\n",
    "\r\n", "<b>x</b>", "&lt;", "%00", "%ff", "{x}", "#", "^", "^3", "~",
]  # fmt: skip
DATES: list[Any] = [
    "201901010000", "0000001010000", "9000012312359", "20190101", "2019-01-01", "9" * 5_000,
    "000000000000", "201913010000", "201902300000", 0, -1, 2**63, 1.5, "", None, "²" * 12,
]  # fmt: skip
FIELDS = [
    "name", "id", "title", "type.name", "startDate", "numericValue", "stringValue", "fileSize",
    "location", "location.exact", "location.fileName", "investigation.id", "Investigation title",
    "Sample sample.name", "datasetparameter type.name", "a b c", "", " ", "\x00", "nix", "_source",
    "é" * 300, "{entity}", "id id", "dataset.id", "rangeTop", "type.unitsSI", "sample.id",
]  # fmt: skip


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def one(self, values: Any) -> Any:
        return self.chance.choice(values)

    def odd(self, deep: int = 2) -> Any:
        """Any value."""
        kinds = [self.one(NUMBERS), self.text(), self.one(FIELDS), None, True, [], {}]
        if deep:
            kinds += [[self.odd(deep - 1)], {str(self.one(FIELDS)): self.odd(deep - 1)}]
        return self.one(kinds)

    def text(self) -> str:
        words = [self.one(PIECES) for _ in range(self.one([1, 1, 1, 2, 3, 8]))]
        between: str = self.one([" ", " ", ""])
        return between.join(words)

    def mostly(self, value: Any) -> Any:
        return value if self.chance.random() < 0.95 else self.odd()

    def some(self, made: dict[str, Any], share: float) -> dict[str, Any]:
        return {key: value for key, value in made.items() if self.chance.random() < share}

    def conditions(self) -> dict[str, Any]:
        between = self.some({"from": self.one(NUMBERS), "to": self.one(NUMBERS)}, 0.7)
        condition = {
            "field": self.one(FIELDS),
            **self.one([between, {"exact": self.one(NUMBERS)}, {"value": self.text()}, {}]),
            **self.one([{}, {"units": self.one(["K", "keV", "", "x" * 900, "K/", "1e999"])}]),
        }
        parameter = self.some(
            {
                "name": self.text(),
                "units": self.one(["K", "*", "?" * 60, ""]),
                "stringValue": self.text(),
                "lowerDateValue": self.one(DATES),
                "upperDateValue": self.one(DATES),
                "lowerNumericValue": self.one(NUMBERS),
                "upperNumericValue": self.one(NUMBERS),
            },
            0.3,
        )
        filters = {
            self.one(["datasetparameter", "sample", "nix", "", "{entity}"]): [
                {"filter": [condition]}
            ],
            f"{self.one(ENTITIES)}.{self.one(FIELDS)}": self.one([self.text(), between, [between]]),
            self.one(FIELDS): between,
        }
        return self.some(
            {
                "text": self.mostly(self.text()),
                "userFullName": self.mostly(self.text()),
                "lower": self.mostly(self.one(DATES)),
                "upper": self.mostly(self.one(DATES)),
                "parameters": self.mostly([self.mostly(parameter)]),
                "filter": self.mostly(self.some(filters, 0.4)),
            },
            0.35,
        )

    def facet(self) -> dict[str, Any]:
        ranges = [
            self.some({"from": self.one(NUMBERS), "to": self.one(NUMBERS), "key": self.text()}, 0.7)
        ]
        return {
            "dimension": self.mostly(self.one(FIELDS)),
            **self.some({"ranges": self.mostly(ranges)}, 0.4),
        }

    def contract(self) -> dict[str, Any]:
        return self.some(
            {
                "query": self.mostly(self.conditions() | self.some({"user": self.text()}, 0.3)),
                "fields": self.mostly([self.one(FIELDS) for _ in range(3)]),
                "dimensions": self.mostly([self.facet()]),
                "ids": self.mostly([self.one(NUMBERS)]),
                "limit": self.one(NUMBERS),
            },
            0.8,
        )

    def front_end(self) -> dict[str, Any]:
        sort = {self.one(FIELDS): self.one(["asc", "desc", "", 5])}
        return {
            "entity": self.mostly(self.one(ENTITIES[:3])),
            "user": self.one(["ada", "", "x" * 9_000, "\x00"]),
            **self.conditions(),
            **self.some(
                {
                    "public": self.mostly(True),
                    "fields": self.mostly([self.one(FIELDS)]),
                    "sort": self.mostly(sort),
                    "limit": self.one(NUMBERS),
                    "cursor": self.one(["", "x", "e30", "WzFd" * 100, "é", "\x00", "A" * 30_000]),
                    "count": self.one(["exact", "none", "nix"]),
                    "facets": self.mostly([self.facet()]),
                    "highlight": self.mostly(True),
                },
                0.15,
            ),
        }

    def changes(self) -> list[Any]:
        document = {self.one(FIELDS): self.odd() for _ in range(2)}
        return [
            {
                self.one(["create", "update", "delete", "nix"]): {
                    "_index": self.one(ENTITIES), "_id": "no number", "doc": document,
                }
            }
        ]  # fmt: skip

    def params(self) -> str:
        after = {"doc": self.one(NUMBERS), "shardIndex": 0, "fields": [self.odd(0), self.odd(0)]}
        values = {
            "maxResults": self.one(NUMBERS),
            "maxLabels": self.one(NUMBERS),
            "sort": json.dumps({self.one(FIELDS): self.one(["asc", "desc", "x"])}),
            "search_after": json.dumps(after),
            "entity": self.one(ENTITIES),
            "prefix": self.text()[:90],
            "user": "ada",
            "public": self.one(["true", "false", "nix"]),
            "limit": self.one(NUMBERS),
            "minId": self.one(NUMBERS),
            "delete": self.one(["true", "nix"]),
        }
        few = self.some(values, 0.5) | self.one([{}, {"maxResults": 5, "maxLabels": 5}])
        written = "&".join(
            f"{key}={quote(str(value), errors='replace')}" for key, value in few.items()
        )
        odd = ["&%", "&%ff=%fe", "&=&=", "&a=%ed%a0%80", "&\\u0000", "&%00"]
        return written + str(self.one(["", "", *odd]))


def request(chance: random.Random) -> tuple[str, str, bytes]:
    """A method, a target and a body. Nothing of it changes what is kept."""
    maker = _Maker(chance)
    method, path = maker.one(OPERATIONS)
    while "{}" in path:
        path = path.replace(
            "{}", maker.one([*ENTITIES, *ENTITIES, "%00", "%2f", "é%ff", "x" * 900]), 1
        )
    if "lock" in path:
        path = path.replace("lock", "lock/nix") if chance.random() < 0.9 else path
    body: Any = maker.contract()
    if path.startswith("/v1/search"):
        body = maker.front_end()
    elif "modify" in path or "addNow" in path:
        body = maker.changes()
    params = "" if chance.random() < 0.2 and "suggest" not in path else maker.params()
    if "/v1/suggest" in path and chance.random() < 0.7:
        prefix = quote(maker.text()[: maker.one([90, 4000])], errors="replace")
        params = f"entity={maker.one(ENTITIES[:3])}&user=ada&prefix={prefix}"
        params += maker.one(["", f"&limit={maker.one(NUMBERS)}"])
    content = json.dumps(body, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")
    if chance.random() < 0.05:
        content = content[: chance.randrange(len(content))]
    target = quote(
        f"{path}?{params}" if params else path, safe="/%?&={}+,:;@\"'\\[]<>()*!$~^|`#-._"
    )
    return method, target.replace("#", "%23").replace(" ", "%20"), content


def answer(url: str, method: str, target: str, body: bytes) -> tuple[int, Any]:
    """What the service answers."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        content = response.read()
        return response.status, json.loads(content) if content else None
    finally:
        connection.close()
