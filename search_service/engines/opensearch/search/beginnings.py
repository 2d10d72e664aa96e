"""What begins as somebody types: words of a field, values that hits are sorted by."""

import re
from collections.abc import Sequence

from search_service.catalogue import lookup
from search_service.catalogue.model import Completion
from search_service.engines.documents import engine_fields
from search_service.engines.opensearch.search.requests import Json, Requests

_LONGEST = 200
"""Characters of a beginning; no word that somebody types is longer."""

_OF_A_SHARD = 1_000  # words that each shard tells: one that is frequent in all is among them
_SPECIAL = re.compile(r'[.?+*|{}\[\]()"\\#@&<>~^$-]')
_LAST = "\U0010ffff"  # after every character that a name goes on with


def words(
    requests: Requests, entity: str, field: str, beginning: str, query: Json | None, limit: int
) -> Sequence[tuple[str, int]]:
    """As in ``Reader``. ``query``: of the matching documents, for the cluster."""
    declared = lookup.entity(entity).by_name.get(field)
    if declared is None or declared.suggested is None or len(beginning) > _LONGEST:
        return []
    if declared.suggested.by is not Completion.WORD:
        return []
    with_such_a_word: list[Json] = [{"prefix": {field: {"value": beginning}}}]
    body: Json = {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": with_such_a_word + ([] if query is None else [query])}},
        "aggs": {
            "words": {
                "terms": {
                    "field": engine_fields.counted_field(field),
                    "include": _SPECIAL.sub(r"\\\g<0>", beginning) + ".*",
                    "size": limit,
                    "shard_size": max(limit, _OF_A_SHARD),
                }
            }
        },
    }
    answer = requests.search(entity, body, "aggregations")
    found = answer["aggregations"]["words"]["buckets"]
    return [(bucket["key"], bucket["doc_count"]) for bucket in found]


def named(entity: str, field: str, beginning: str, query: Json) -> Json | None:
    """Matching documents whose sortable text begins so; None: the field is not sorted by."""
    declared = lookup.entity(entity).by_name.get(field)
    if declared is None or not engine_fields.is_text_sorted(declared):
        return None
    within = {"gte": beginning, "lt": beginning + _LAST}
    return {"bool": {"filter": [query, {"range": {engine_fields.sort_field(field): within}}]}}
