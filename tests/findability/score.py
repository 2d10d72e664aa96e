"""How many needs are met, by kind: ``python -m tests.findability.score [--kind dates] [-v]``.

A service is started for it; with ``--url`` a running one is asked, which is **filled anew** first.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from search_service.settings.values import Matching
from tests.findability.catalogue import called, catalogue
from tests.findability.needs import LIMIT, Found, Need, is_met, needs
from tests.support.calling import BASE, Caller
from tests.support.serving import serving

AT_ONCE = 2000


@dataclass
class Score:
    """How often each kind was asked, and the needs that were missed with what was found."""

    asked: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[Need, Found]] = field(default_factory=list)

    def percent(self, kind: str | None = None) -> float:
        """Of the needs of a kind, or of all, how many are met."""
        asked = self.asked[kind] if kind else self.asked.total()
        missed = sum(kind in (None, need.kind) for need, _ in self.missed)
        return 100 * (asked - missed) / asked

    def __str__(self) -> str:
        missed = Counter(need.kind for need, _ in self.missed)
        lines = [
            f"{kind:24} {asked - missed[kind]:3}/{asked:<3} {self.percent(kind):4.0f} %"
            for kind, asked in self.asked.items()
        ]
        total = self.asked.total()
        whole = f"{'all':24} {total - len(self.missed):3}/{total:<3} {self.percent():4.1f} %"
        return "\n".join([*lines, whole])

    def missed_needs(self) -> str:
        """Each with what was found instead."""
        return "\n".join(_told(need, found) for need, found in self.missed)


def fill(caller: Caller) -> None:
    """Make the catalogue's documents all that the service has."""
    for entity, documents in catalogue().documents.items():
        batches = range(0, len(documents), AT_ONCE)
        caller.populate(entity, (documents[start : start + AT_ONCE] for start in batches))


def ask(caller: Caller, need: Need) -> Found:
    """The first hits of a need."""
    status, answer = asked(caller, need, LIMIT)
    if status != 200:
        return Found(status, message=answer["message"])
    return Found(status, tuple(hit["_source"]["id"] for hit in answer["results"]))


def asked(caller: Caller, need: Need, limit: int, after: Any = None) -> tuple[int, Any]:
    """A page of a need as it is answered."""
    params = {"maxResults": limit} | ({"search_after": json.dumps(after)} if after else {})
    body = {"query": {"target": need.entity, **need.query}, "fields": ["id"]}
    reply = caller.ask(BASE + need.entity.lower(), body, params)
    return reply.status, reply.content


def score(caller: Caller, some: Iterable[Need]) -> Score:
    """Ask for all of them."""
    result = Score()
    for need in some:
        found = ask(caller, need)
        result.asked[need.kind] += 1
        if not is_met(need, found):
            result.missed.append((need, found))
    return result


def _told(need: Need, found: Found) -> str:
    outcome = _names(need, found.ids[:5]) if found.status == 200 else [found.message]
    wanted = _names(need, sorted(need.wanted)[:3]) or ["nothing" if need.nothing else "a 400"]
    where = [found.ids.index(id_) + 1 for id_ in need.wanted if id_ in found.ids]
    return "\n    ".join(
        [
            f"{need.kind}: {need}",
            f"wanted {need.least} of {len(need.wanted)} within {need.within}: {wanted}",
            f"found {found.status}, {len(found.ids)} hits, wanted at {sorted(where)[:8]}",
            f"      {outcome}",
            *(["found what must not be"] if need.never.intersection(found.ids) else []),
        ]
    )


def _names(need: Need, ids: Sequence[int]) -> list[str]:
    documents = catalogue().documents[need.entity]
    return [called(need.entity, documents[id_ - 1]) for id_ in ids]


@contextmanager
def _service(url: str | None, matching: str) -> Iterator[Caller]:
    if url:
        yield Caller(url)
        return
    with (
        tempfile.TemporaryDirectory() as directory,
        serving(Path(directory) / "data", {"matching": matching}) as service,
    ):
        yield Caller(service.url)
        service.stop()


def main() -> int:
    """Print the score; 1 when a need was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a running service, which is filled anew")
    parser.add_argument(
        "--matching", default=Matching.PEOPLE.value, help="of the service that is started"
    )
    parser.add_argument("--kind", action="append", default=[], help="these kinds only")
    parser.add_argument("-v", "--verbose", action="store_true", help="each need that is missed")
    options = parser.parse_args()
    some = [need for need in needs() if not options.kind or need.kind in options.kind]
    if not some:
        print(f"no needs; kinds: {', '.join(sorted({n.kind for n in needs()}))}", file=sys.stderr)
        return 2
    with _service(options.url, options.matching) as caller:
        fill(caller)
        result = score(caller, some)
    if options.verbose:
        print(result.missed_needs())
    print(result)
    return 1 if result.missed else 0


if __name__ == "__main__":
    sys.exit(main())
