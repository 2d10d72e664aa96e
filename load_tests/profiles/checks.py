"""Whether answers are right: shape, bounds, order, rights, and what the facility knows.

A check returns a sentence that says what is wrong, or nothing. It costs the load generator, which
shares the machine: whole pages of 1,000 hits are counted, and read one in ten times.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import orjson

from load_tests.client import Answer

Check = Callable[[Answer], str]
INVESTIGATION = "investigation.id"


def read(answer: Answer) -> Any:
    """The body as JSON; nothing where it is none."""
    try:
        return orjson.loads(answer.body)
    except ValueError:
        return None


def nothing(answer: Answer) -> str:
    """An operation without a result."""
    return "" if answer.status in (200, 204) else f"status {answer.status}"


def results(
    most: int, *, within: Set[int] | None = None, ids: Sequence[int] | None = None
) -> Check:
    """Hits of `/icat.lucene`: at most so many; of these investigations; exactly these ids."""

    def check(answer: Answer) -> str:
        match read(answer):
            case {"results": list(hits)} if len(hits) <= most:
                sources = [hit.get("_source", {}) for hit in hits]
            case {"results": list(hits)}:
                return f"{len(hits)} hits for a page of {most}"
            case _:
                return "no results"
        if ids is not None and [source.get("id") for source in sources] != list(ids):
            return f"not just the documents {list(ids)}"
        return _strangers((source.get(INVESTIGATION) for source in sources), within)

    return check


def counted_results(most: int) -> Check:
    """The same, by looking for what every hit has: for large pages."""

    def check(answer: Answer) -> str:
        if not answer.body.startswith(b'{"results":['):
            return "no results"
        hits = answer.body.count(b'"_source":')
        return "" if hits <= most else f"{hits} hits for a page of {most}"

    return check


def labels(dimension: str, counts: Mapping[str, int]) -> Check:
    """Facets of `/icat.lucene` whose counts are known."""

    def check(answer: Answer) -> str:
        match read(answer):
            case {"aggregations": dict(by_dimension)} if dimension in by_dimension:
                buckets = by_dimension[dimension].get("buckets", {})
            case _:
                return "no aggregations"
        found = {label: bucket.get("doc_count") for label, bucket in buckets.items()}
        return "" if found == counts else f"counts of {dimension} are {found}, not {dict(counts)}"

    return check


def page(limit: int, facets: int, *, within: Set[int] | None, key: str = INVESTIGATION) -> Check:
    """A page of `/v1/search`; ``key``: the field of a hit that says its investigation."""

    def check(answer: Answer) -> str:
        value = read(answer)
        match value:
            case {"hits": list(hits)}:
                found = value.get("facets") or []
                count = (value.get("count") or {}).get("value", limit)
            case _:
                return "no page of hits"
        if len(hits) > limit or len(hits) > count:
            return f"{len(hits)} hits of {count} for a page of {limit}"
        if len(found) != facets:
            return f"{len(found)} facets of {facets}"
        of_itself = key == "id"
        return _strangers(
            (hit.get("id") if of_itself else hit.get("document", {}).get(key) for hit in hits),
            within,
        )

    return check


def suggestions(limit: int) -> Check:
    """An answer of `/v1/suggest`."""

    def check(answer: Answer) -> str:
        match read(answer):
            case {"suggestions": list(found)} if len(found) <= limit and all(
                isinstance(one.get("text"), str) for one in found
            ):
                return ""
            case _:
                return "no suggestions"

    return check


def _strangers(investigations: Any, within: Set[int] | None) -> str:
    if within is None:
        return ""
    strangers = [number for number in investigations if number not in within]
    return f"a hit of investigation {strangers[0]}, which is hidden" if strangers else ""
