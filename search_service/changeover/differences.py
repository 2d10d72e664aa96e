"""Says in what two answers to one request differ.

Two engines count words in their own ways, so searches by relevance have a tolerance: how many of a
full page have to be the same, and from which difference of scores on an order is meant. Without
words there is nothing to rank by: icat.lucene scores such hits by the ways in which a user may see
them, and their order is not compared. What is sorted by fields has to be equal. Not here: how the
answers were got, see ``replaying``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from search_service.changeover.exchanges import Answer, Exchange, Hit, is_by_relevance

CONCORDANT = 0.9  # of the pairs of hits whose order is meant
_MOST_HITS = 200  # of which pairs are made
_SHOWN = 8
_WORDS = ("text", "userFullName")  # of a query, which hits are ranked by

Pages = tuple[Sequence[Hit], Sequence[Hit]]
NO_PAGES: Pages = ((), ())


class Kind(StrEnum):
    """In what answers differ."""

    STATUS = "status"
    HITS = "hits"
    ORDER = "order"
    FACETS = "facets"


class Order(StrEnum):
    """What has to be the same of the order of hits by relevance."""

    EXACT = "exact"
    RANKED = "ranked"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """``hits``: the share of a full page that has to be the same; ``scores``: a relative difference
    of scores below which hits may change places."""

    order: Order = Order.RANKED
    scores: float = 0.02
    hits: float = 0.9


@dataclass(frozen=True, slots=True)
class Difference:
    """``detail``: what a person reads."""

    kind: Kind
    detail: str


def difference(
    exchange: Exchange,
    peer: Answer,
    service: Answer,
    tolerance: Tolerance,
    before: Pages = NO_PAGES,
) -> Difference | None:
    """The first thing in which two answers differ; None: they are the same.

    ``before``: what each answered on the pages before. By relevance a hit may be on another page.
    """
    if peer.status != service.status:
        detail = f"{_status(peer)}; {_status(service)}"
        return Difference(Kind.STATUS, detail)
    if peer.hits is not None or service.hits is not None:
        return _of_hits(exchange, peer.hits or (), service.hits or (), tolerance, before)
    if peer.facets is not None or service.facets is not None:
        labels = _whole(exchange.params.get("maxLabels"))
        for detail in _of_facets(peer.facets or {}, service.facets or {}, labels):
            return Difference(Kind.FACETS, detail)
    return None


def _status(answer: Answer) -> str:
    status = str(answer.status) if answer.status else "no answer"
    return f"{status} ({answer.message})" if answer.message else status


def _whole(written: str | None) -> int | None:
    return int(written) if written and written.isdecimal() else None


# ── hits ─────────────────────────────────────────────────────────────────────────────────────────


def is_ranked(exchange: Exchange, tolerance: Tolerance) -> bool:
    """Whether the order of hits means something, or has to be the same all the same."""
    query = (exchange.body or {}).get("query")
    has_words = isinstance(query, Mapping) and any(query.get(key) for key in _WORDS)
    is_strict = tolerance.order is Order.EXACT or not is_by_relevance(exchange)
    return not exchange.is_search or has_words or is_strict


def _of_hits(
    exchange: Exchange,
    peer: Sequence[Hit],
    service: Sequence[Hit],
    tolerance: Tolerance,
    before: Pages,
) -> Difference | None:
    most = _whole(exchange.params.get("maxResults"))
    is_full = len(peer) == len(service) == most
    is_strict = tolerance.order is Order.EXACT or not is_by_relevance(exchange)
    so_far = ""
    if any(before) and not is_strict:
        is_full = most in (len(peer), len(service))
        peer, service = [*before[0], *peer], [*before[1], *service]
        # Each went on from one hit, which may stand at another place.
        end = min(len(peer), len(service)) if is_full else None
        peer, service = peer[:end], service[:end]
        so_far = " with those of the pages before"
    wanted, found = [hit.id for hit in peer], [hit.id for hit in service]
    if is_full and len(wanted) == len(found) and not is_ranked(exchange, tolerance):
        return None
    missing, extra = set(wanted) - set(found), set(found) - set(wanted)
    allowed = len(wanted) * (1 - tolerance.hits) + 1e-9 if is_full and not is_strict else 0
    if len(missing) > allowed or len(extra) > allowed or len(wanted) != len(found):
        detail = f"{len(wanted)} and {len(found)} hits{so_far}"
        for name, ids in (("only the peer's", missing), ("only the service's", extra)):
            detail += f"; {name}: {_some(ids)}" if ids else ""
        return Difference(Kind.HITS, detail)
    if is_strict:
        return None if wanted == found else Difference(Kind.ORDER, _first_other(wanted, found))
    if tolerance.order is Order.ANY or not is_ranked(exchange, tolerance):
        return None
    same, all_pairs = _concordance(peer, found, tolerance.scores)
    if all_pairs and same < CONCORDANT * all_pairs:
        detail = f"{same} of {all_pairs} pairs of hits{so_far} are in the same order; "
        return Difference(Kind.ORDER, detail + _first_other(wanted, found))
    return None


def _concordance(peer: Sequence[Hit], found: Sequence[int | None], least: float) -> tuple[int, int]:
    """How many pairs of hits that the peer scores differently the service has in this order."""
    place = {id_: number for number, id_ in enumerate(found)}
    both = [(place[hit.id], hit.score or 0.0) for hit in peer if hit.id in place][:_MOST_HITS]
    same = all_pairs = 0
    for number, (first, high) in enumerate(both):
        for second, low in both[number + 1 :]:
            if high - low > least * max(abs(high), abs(low)):
                all_pairs += 1
                same += first < second
    return same, all_pairs


def _first_other(wanted: Sequence[object], found: Sequence[object]) -> str:
    pairs = enumerate(zip(wanted, found, strict=False), 1)
    place = next((number for number, (a, b) in pairs if a != b), 0)
    return f"from hit {place} on: {_listed(wanted[place - 1 :])}; {_listed(found[place - 1 :])}"


def _some(ids: set[int | None]) -> str:
    return _listed(sorted(ids, key=lambda id_: (id_ is None, id_ or 0)))


def _listed(values: Sequence[object]) -> str:
    more = f", … ({len(values):,})" if len(values) > _SHOWN else ""
    return ", ".join(map(str, values[:_SHOWN])) + more


# ── facets ───────────────────────────────────────────────────────────────────────────────────────


def _of_facets(
    peer: Mapping[str, Mapping[str, int]],
    service: Mapping[str, Mapping[str, int]],
    labels: int | None,
) -> Iterator[str]:
    if peer.keys() != service.keys():
        yield f"dimensions {_listed(sorted(peer))}; {_listed(sorted(service))}"
    for dimension in peer.keys() & service.keys():
        wanted, found = peer[dimension], service[dimension]
        if wanted == found or _is_cut_alike(wanted, found, labels):
            continue
        others = [
            f"{label} {wanted.get(label, 'missing')}; {found.get(label, 'missing')}"
            for label in {**wanted, **found}
            if wanted.get(label) != found.get(label)
        ]
        yield f"{dimension}: {_listed(others)}"


def _is_cut_alike(wanted: Mapping[str, int], found: Mapping[str, int], labels: int | None) -> bool:
    """Where a list of labels is cut, those of the smallest count that is shown may be others."""
    if len(wanted) != labels or sorted(wanted.values()) != sorted(found.values()):
        return False
    least = min(wanted.values(), default=0)
    above = {label: count for label, count in wanted.items() if count > least}
    return above == {label: count for label, count in found.items() if count > least}
