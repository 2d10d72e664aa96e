"""The segments of a shard as of its last commit, with all that a slice says of them.

Not here: whether their files are there, see ``storage.shard_files``, and undamaged, see
``storage.damage``.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from search_service.engines.embedded.storage.shard_files import KINDS, META
from search_service.errors import ShardDamaged


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment with the deletes of one commit. ``content``: what ``meta.json`` says of it."""

    id: str
    state: str  # differs for each set of deletes
    documents: int  # without those deleted
    files: tuple[str, ...]
    content: object


@dataclass(frozen=True, slots=True)
class ShardSegments:
    """``kind``: schema and settings as JSON; segments of one kind can be in one slice.

    ``documents``: how many there are, without those deleted.
    """

    shard: Path
    kind: str
    opstamp: int
    segments: tuple[Segment, ...]
    documents: int


def read_segments(shard: Path) -> ShardSegments:
    """The segments of a shard's last commit. Raises ShardDamaged."""
    try:
        content = orjson.loads((shard / META).read_bytes())
        described = {name: content[name] for name in ("index_settings", "schema")}
        segments = tuple(map(_segment, content["segments"]))
        return ShardSegments(
            shard,
            # One object for all shards: a schema is some kilobytes.
            sys.intern(orjson.dumps(described).decode()),
            content["opstamp"],
            segments,
            sum(segment.documents for segment in segments),
        )
    except FileNotFoundError as error:
        what = f"its {META} is missing" if shard.is_dir() else "its directory is missing"
        raise ShardDamaged(shard, what) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ShardDamaged(shard, f"its {META} cannot be read ({error!r})") from error


def _segment(content: Any) -> Segment:
    id_ = content["segment_id"].replace("-", "")
    deletes = content["deletes"]
    files = [f"{id_}.{kind}" for kind in KINDS]
    documents = content["max_doc"]
    state = id_
    if deletes:
        state = f"{id_}.{deletes['opstamp']}.del"
        files.append(state)
        documents -= deletes["num_deleted_docs"]
    return Segment(id_, state, documents, tuple(files), content)
