"""The table of entities as settings and mappings of indices.

Which fields there are and what they hold, see ``documents.engine_fields``. Names are literal, with
their dots (``disable_objects``, which is why it takes OpenSearch 3), and only declared fields are
indexed. Columns ("doc values") are kept where something is sorted, counted or looked up by. Of the
JSON that is sent only the stored document stays. Not here: shards and copies, which the options
say, see ``opensearch.write``.
"""

from collections.abc import Iterator
from typing import Any

from search_service.catalogue.lookup import entity as entity_named
from search_service.catalogue.model import Entity, Field, FieldKind
from search_service.engines.config import IndexConfig
from search_service.engines.documents import engine_fields
from search_service.engines.opensearch.index.format import STORED
from search_service.engines.opensearch.index.terms import LONGEST, STACK

Json = dict[str, Any]

LONGEST_PATTERN = 10_000
"""Characters of a regular expression that the cluster takes."""

MOST_TERMS = 65_536
"""Terms of one query."""

MOST_FIELDS = 1_000

_PLACED = "placed"  # words with positions, joined by blanks
_LISTED = "listed"  # words without
_RARITY = "rarity"  # scores a term by how few documents have it, and nothing else


def body_of(entity: str, config: IndexConfig) -> Json:
    """What an index of an entity is made with, but for its shards and copies."""
    return {"settings": _settings(), "mappings": mappings_of(entity_named(entity), config)}


def _settings() -> Json:
    return {
        "index.refresh_interval": "-1",  # what is written is seen at a commit
        "index.gc_deletes": "1h",  # versions of deleted documents: late writes lose against them
        "index.max_regex_length": LONGEST_PATTERN,
        "index.max_terms_count": MOST_TERMS,
        "index.mapping.total_fields.limit": MOST_FIELDS,
        "index.similarity.rarity": {"type": "BM25", "k1": 0, "b": 0},
        "analysis": {
            "tokenizer": {"words": {"type": "whitespace", "max_token_length": LONGEST}},
            "filter": {
                # Leaves the position free.
                "places": {"type": "stop", "stopwords": [engine_fields.STOP_WORD_PLACE]},
                "stack": {
                    "type": "pattern_capture",
                    "preserve_original": False,
                    "patterns": [f"([^\\u{ord(STACK):04x}]+)"],
                },
            },
            "analyzer": {
                _PLACED: {"type": "custom", "tokenizer": "words", "filter": ["places", "stack"]},
                _LISTED: {"type": "custom", "tokenizer": "words", "filter": []},
            },
        },
    }


def mappings_of(entity: Entity, config: IndexConfig) -> Json:
    """The fields of an entity's index."""
    return {
        "dynamic": False,
        "disable_objects": True,
        "_source": {"includes": [STORED]},
        "properties": dict(_fields(entity, config)),
    }


def _fields(entity: Entity, config: IndexConfig) -> Iterator[tuple[str, Json]]:
    yield engine_fields.KEY, {"type": "long"}
    yield engine_fields.UNDECLARED, _exact()
    if entity.parted_fields:
        yield engine_fields.PARTS, _words(norms=False) | {"similarity": _RARITY}
    for field in entity.fields:
        yield from _of_kind(entity, field)
        if engine_fields.has_facet_column(field, config.facetable):
            yield engine_fields.facet_field(field.name), _exact(columns=True)
        if engine_fields.is_text_sorted(field):
            yield engine_fields.sort_field(field.name), _exact(columns=True)


def _of_kind(entity: Entity, field: Field) -> Iterator[tuple[str, Json]]:
    name = field.name
    match field.kind:
        case FieldKind.TEXT:
            yield name, _words()
            yield engine_fields.synonyms_field(name), _list()
            if engine_fields.has_counted_words(field):
                yield engine_fields.counted_field(name), _exact(columns=True) | {"index": False}
        case FieldKind.PATH if field.is_whole_path:
            yield name, _list()
            yield engine_fields.whole_path_field(name), _exact() | _WEIGHED
        case FieldKind.PATH:
            yield name, _words()
        case FieldKind.EXACT:
            yield name, _exact() | _WEIGHED
        case FieldKind.INTEGER if name != entity.id_field:
            yield name, {"type": "long"}
        case FieldKind.DOUBLE:
            yield name, {"type": "double"}
        case _:
            pass  # the id: it is the key


# Else a whole value would weigh the same however many documents have it.
_WEIGHED: Json = {"use_similarity": True}


def _words(*, norms: bool = True) -> Json:
    return {"type": "text", "analyzer": _PLACED, "norms": norms}


def _list() -> Json:
    return {"type": "text", "analyzer": _LISTED, "index_options": "docs", "norms": False}


def _exact(*, columns: bool = False) -> Json:
    return {"type": "keyword", "doc_values": columns}
