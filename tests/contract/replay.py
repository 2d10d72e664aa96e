"""Plays recorded exchanges to a service and says which answers are not as they should be.

What ``compare`` of an exchange asks for:

status        nothing more than the status
exact         the same JSON; of an error the same sentence
ids-set       the same ids in any order
ids-order     the same ids in the same order
source        the same documents in the same order
ids-ranked    the same documents (of a full page nine in ten); of the pairs whose scores differ by
              more than 2 %, nine in ten in the same order
ids-within    of the ids at most these, and at least those of ``least``
walk-set      as many hits as recorded, none that an earlier page of the walk had; over all pages
              of the walk the same ids
continues     the hits that came after hit k in the service's own earlier answer
facets        the same labels with the same counts, the highest first

The status always counts; an error has a code and a message; a list of hits is well formed, with
scores by relevance only and with ``search_after`` exactly when the page is full.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.contract.exchanges import Exchange, HttpService, Reply, Service, read, read_named

ENOUGH = 0.9  # of a full page by relevance, and of the pairs of hits in order
CLEARLY_APART = 0.02  # scores that differ by less may come in any order
INT_32 = range(-(2**31), 2**31)

Hits = list[dict[str, Any]]


class Differs(Exception):
    """An answer that is not as it should be."""


@dataclass
class Report:
    """Which exchanges passed, by group, and why the others did not."""

    total: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[Exchange, str]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Of all exchanges, how many passed."""
        return 1 - len(self.failures) / max(1, self.total.total())

    def __str__(self) -> str:
        failed = Counter(exchange.group for exchange, _ in self.failures)
        lines = [
            f"{group:15} {count - failed[group]:5}/{count}"
            for group, count in sorted(self.total.items())
        ]
        count = len(self.failures)
        lines.append(f"{self.total.total() - count} passed, {count} failed ({self.rate:.2%})")
        return "\n".join([*lines, *(_told(exchange, why) for exchange, why in self.failures)])


def _told(exchange: Exchange, why: str) -> str:
    sent = f"{exchange.method} {exchange.path} {json.dumps(exchange.params)}"
    reason = f" [{exchange.why}]" if exchange.why else ""
    body = json.dumps(exchange.body, ensure_ascii=False)
    return (
        f"#{exchange.n} {exchange.group}/{exchange.compare}{reason}: {why}\n    {sent} {body:.400}"
    )


def replay(
    service: Service, exchanges: Sequence[Exchange], groups: frozenset[str] = frozenset()
) -> Report:
    """Send every exchange in order; those of other groups are sent too, but not judged."""
    player = _Player(service, exchanges)
    report = Report()
    for exchange in exchanges:
        try:
            player.play(exchange)
            failure = ""
        except Differs as error:
            failure = str(error)
        if groups and exchange.group not in groups:
            continue
        report.total[exchange.group] += 1
        if failure:
            report.failures.append((exchange, failure))
    return report


class _Player:
    def __init__(self, service: Service, exchanges: Sequence[Exchange]) -> None:
        self._service = service
        self._by_number = {exchange.n: exchange for exchange in exchanges}
        self._own: dict[int, dict[str, Any]] = {}  # answers of this service
        self._continued = {e.cursor["from"] for e in exchanges if e.cursor is not None}
        # Pages of a walk by its first exchange.
        self._first: dict[int, int] = {}
        self._seen: defaultdict[int, set[int]] = defaultdict(set)
        self._wanted: defaultdict[int, set[int]] = defaultdict(set)

    def play(self, exchange: Exchange) -> None:
        """Raises Differs."""
        reply = self._service.send(exchange, self._params(exchange))
        answer = _parsed(reply)
        if isinstance(answer, dict):
            self._own[exchange.n] = answer
        if reply.status != exchange.status:
            raise Differs(f"status {reply.status}, not {exchange.status}: {reply.content[:300]!r}")
        if reply.status >= 400:
            _is_an_error(answer)
        elif isinstance(answer, dict) and "results" in answer:
            _is_well_formed(exchange, answer)
        self._compare(exchange, answer)

    def _params(self, exchange: Exchange) -> Mapping[str, Any]:
        cursor = exchange.cursor
        if cursor is None:
            return exchange.params
        earlier = self._own.get(cursor["from"], {})
        try:
            if cursor["mode"] == "given":
                after = earlier["search_after"]
            else:
                hit = earlier["results"][cursor.get("hit", -1)]
                after = _built(hit, self._by_number[cursor["from"]].sort_fields)
        except (KeyError, IndexError):
            raise Differs(f"exchange {cursor['from']} gave nothing to go on from") from None
        return {**exchange.params, "search_after": json.dumps(after)}

    def _compare(self, exchange: Exchange, answer: Any) -> None:
        match exchange.compare:
            case "status":
                pass
            case "exact" if exchange.status >= 400:
                _same("message", answer["message"], exchange.answer["message"])
            case "exact":
                _same("answer", answer, exchange.answer)
            case "facets":
                _same_facets(answer, exchange.answer)
            case "ids-set":
                _same_ids(_ids(answer["results"]), _ids(exchange.hits))
            case "ids-order":
                _same("ids", _ids(answer["results"]), _ids(exchange.hits))
            case "source":
                _same("documents", _sources(answer["results"]), _sources(exchange.hits))
            case "ids-ranked":
                _ranked(exchange, answer["results"])
            case "ids-within":
                _same_ids(_ids(answer["results"]), _ids(exchange.hits), least=exchange.least)
            case "walk-set":
                self._walk(exchange, _ids(answer["results"]))
            case "continues":
                self._continues(exchange, _ids(answer["results"]))
            case other:
                raise Differs(f"no such way to compare: {other}")

    def _walk(self, exchange: Exchange, ids: list[int]) -> None:
        cursor = exchange.cursor
        first = exchange.n if cursor is None else self._first.get(cursor["from"], cursor["from"])
        self._first[exchange.n] = first
        seen, wanted = self._seen[first], self._wanted[first]
        again = seen.intersection(ids)
        seen.update(ids)
        wanted.update(_ids(exchange.hits))
        if again:
            raise Differs(f"seen on an earlier page: {sorted(again)}")
        _same("number of hits", len(ids), len(exchange.hits))
        if exchange.n not in self._continued:
            _same_ids(sorted(seen), sorted(wanted))

    def _continues(self, exchange: Exchange, ids: list[int]) -> None:
        cursor = exchange.cursor
        assert cursor is not None
        earlier = _ids(self._own[cursor["from"]]["results"])
        start = cursor["hit"] + 1 if "hit" in cursor else len(earlier)
        _same("ids", ids, earlier[start:][: int(exchange.params["maxResults"])])


def _parsed(reply: Reply) -> Any:
    if not reply.content:
        return None
    try:
        return reply.json
    except ValueError:
        raise Differs(f"not JSON: {reply.content[:300]!r}") from None


def _built(hit: Mapping[str, Any], sort_fields: Sequence[str]) -> dict[str, Any]:
    """A ``search_after`` as a catalogue builds it from a hit that it received."""
    source = hit["_source"]
    values = [source.get(name) for name in sort_fields] or [hit["_score"]]
    after = {"doc": hit["_id"], "shardIndex": hit["_shardIndex"], "fields": [*values, source["id"]]}
    if "_score" in hit:
        after["score"] = hit["_score"]
    return after


def _is_an_error(answer: Any) -> None:
    match answer:
        case {"code": str(), "message": str()}:
            pass
        case _:
            raise Differs(f"an error without code and message: {answer}")


def _is_well_formed(exchange: Exchange, answer: Mapping[str, Any]) -> None:
    hits: Hits = answer["results"]
    for hit in hits:
        for name in ("_id", "_shardIndex"):
            if type(hit.get(name)) is not int or hit[name] not in INT_32:
                raise Differs(f"{name} is no 32-bit integer: {hit}")
        if ("_score" in hit) is bool(exchange.sort_fields):
            raise Differs(f"a score by relevance, and only then: {hit}")
    limit = int(exchange.params["maxResults"])
    if len(hits) > limit:
        raise Differs(f"{len(hits)} hits, more than {limit}")
    if ("search_after" in answer) is not (len(hits) == limit):
        raise Differs(f"search_after on a page of {len(hits)} of {limit} hits")


def _ids(hits: Hits) -> list[int]:
    try:
        return [hit["_source"]["id"] for hit in hits]
    except KeyError:
        raise Differs("a hit has no id") from None


def _sources(hits: Hits) -> list[Any]:
    return [hit["_source"] for hit in hits]


def _same(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Differs(f"{what} {found!s:.400}\n    should be {wanted!s:.400}")


def _same_ids(
    found: Sequence[int], wanted: Sequence[int], *, least: Set[int] | None = None
) -> None:
    """``wanted`` and no others; of them at least ``least``, all if there is none."""
    twice = [id_ for id_, count in Counter(found).items() if count > 1]
    if twice:
        raise Differs(f"found twice: {twice}")
    missing = (set(wanted) if least is None else set(least)) - set(found)
    extra = set(found) - set(wanted)
    if missing or extra:
        raise Differs(f"{len(missing)} missing {_few(missing)}, {len(extra)} extra {_few(extra)}")


def _few(ids: set[int]) -> str:
    return f"{sorted(ids)[:10]}" if ids else ""


def _ranked(exchange: Exchange, found: Hits) -> None:
    ids, wanted = _ids(found), _ids(exchange.hits)
    if len(wanted) < int(exchange.params["maxResults"]):
        _same_ids(ids, wanted)
    else:
        _same("number of hits", len(set(ids)), len(wanted))
        common = len(set(ids) & set(wanted))
        if common < ENOUGH * len(wanted):
            raise Differs(f"only {common} of {len(wanted)} hits: {ids} should be {wanted}")
    sources = dict(zip(ids, _sources(found), strict=True))
    for hit in exchange.hits:
        id_ = hit["_source"]["id"]
        if id_ in sources:
            _same(f"document {id_}", sources[id_], hit["_source"])
    _in_order(exchange.hits, ids)


def _in_order(wanted: Hits, ids: list[int]) -> None:
    place = {id_: n for n, id_ in enumerate(ids)}
    both = [(h["_score"], place[h["_source"]["id"]]) for h in wanted if h["_source"]["id"] in place]
    apart = [
        (first, second)
        for (score, first), (lower, second) in combinations(both, 2)
        if score - lower > CLEARLY_APART * score
    ]
    right = sum(first < second for first, second in apart)
    if apart and right < ENOUGH * len(apart):
        raise Differs(
            f"only {right} of {len(apart)} pairs in order: {ids} should be {_ids(wanted)}"
        )


def _same_facets(found: Any, wanted: Any) -> None:
    found, wanted = found["aggregations"], wanted["aggregations"]
    _same("dimensions", sorted(found), sorted(wanted))
    for field_, dimension in wanted.items():
        buckets = found[field_]["buckets"]
        counts = {label: bucket["doc_count"] for label, bucket in buckets.items()}
        _same(
            field_,
            counts,
            {label: bucket["doc_count"] for label, bucket in dimension["buckets"].items()},
        )
        is_of_ranges = any(bucket.keys() & {"from", "to"} for bucket in buckets.values())
        in_order = sorted(counts.values(), reverse=True)
        if not is_of_ranges and list(counts.values()) != in_order:
            raise Differs(f"{field_}: labels are not by count: {counts}")


def main() -> int:
    """Play files to the service at an address; 0: all passed, 1: some did not."""
    parser = argparse.ArgumentParser(description="Plays exchanges to a service, and clears it.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--group", action="append", default=[], help="judge these only")
    parser.add_argument("files", nargs="*", default=["catalogue-client", "catalogue-101", "beyond"])
    options = parser.parse_args()
    passed = True
    for name in options.files:
        exchanges = read(Path(name)) if Path(name).is_file() else read_named(name)
        service = HttpService(options.url)
        try:
            report = replay(service, exchanges, frozenset(options.group))
        except OSError as error:
            print(f"{options.url}: {error}", file=sys.stderr)
            return 2
        finally:
            service.close()
        print(f"\n{name}\n{report}")
        passed = passed and not report.failures
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
