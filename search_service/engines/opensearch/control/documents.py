"""The documents of one index of the control kind, which are read by id and never searched.

One is changed by compare-and-set (``cluster.client``); here are those things that are done with
many at a time. All are read as they were written last. Not here: what they say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.client import Cluster, Stored
from search_service.engines.opensearch.cluster.names import written
from search_service.errors import EngineUnavailable

Json = dict[str, Any]

_LINES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of an index."""

    cluster: Cluster
    index: str

    def make_index(
        self, options: ClusterOptions, fields: Json | None = None, gc_deletes: str = "60s"
    ) -> None:
        """Make the index, if there is none. ``fields``: those that are searched, with their types.

        ``gc_deletes``: for so long a write with an older version brings no removed document back.

        A write is acknowledged when all copies have it on the disk. One copy on another node is
        kept as soon as there are two nodes: with one alone it could not be.
        """
        copies = max(1, options.replicas.get("", 1))
        settings = {
            "number_of_shards": 1,
            "auto_expand_replicas": f"0-{copies}",
            "translog.durability": "request",
            "refresh_interval": "-1",
            "gc_deletes": gc_deletes,
        }
        mappings = {"dynamic": False, "properties": fields or {}}
        self.cluster.answer(
            "PUT",
            f"/{self.index}",
            body={
                "settings": {"index": settings},
                "mappings": mappings,
                "aliases": {self._written: {}},
            },
            accept=(HTTPStatus.BAD_REQUEST,),  # there is one
        )

    @property
    def _written(self) -> str:
        """The alias by which it is written: where the index was removed, no write makes one."""
        return written(self.index)

    def exists(self) -> bool:
        """Whether there is such an index."""
        path = f"/{self.index}"
        return self.cluster.answer("HEAD", path, accept=(HTTPStatus.NOT_FOUND,)).is_success

    # ── one ──────────────────────────────────────────────────────────────────────────────────────

    def read(self, id_: str) -> Stored | None:
        """The document; None when there is none."""
        return self.cluster.get(self.index, id_)

    def create(self, id_: str, content: Mapping[str, Any]) -> Stored | None:
        """Write a document that is not there yet; None when one is there."""
        return self.cluster.create(self._written, id_, content, by_alias=True)

    def replace(self, id_: str, content: Mapping[str, Any], instead_of: Stored) -> Stored | None:
        """Write a document in place of the one that was read; None when it has changed since."""
        return self.cluster.replace(self._written, id_, content, instead_of, by_alias=True)

    def put(self, id_: str, content: Mapping[str, Any]) -> None:
        """Write a document, whatever is there."""
        self.cluster.put(self._written, id_, content, by_alias=True)

    # ── many ─────────────────────────────────────────────────────────────────────────────────────

    def read_many(self, ids: Sequence[str], fields: Sequence[str] = ()) -> list[Json | None]:
        """The documents in the order of the ids; None where there is none.

        ``fields``: those that are wanted, all unless given.
        """
        if not ids:
            return []
        return [found.get("_source") for found in self._many(ids, list(fields) or True)]

    def existing(self, ids: Sequence[str]) -> list[bool]:
        """Which of them there are, in the order of the ids."""
        return [bool(found["found"]) for found in self._many(ids, False)]

    def _many(self, ids: Sequence[str], source: bool | list[str]) -> list[Json]:
        docs = [{"_id": id_, "_source": source} for id_ in ids]
        answer = self.cluster.request(
            "POST",
            f"/{self.index}/_mget",
            {"realtime": True, "preference": "_primary_first"},
            {"docs": docs},
        )
        found: list[Json] = answer["docs"]
        for each in found:
            if "error" in each:
                raise EngineUnavailable(
                    f"A document of {self.index} could not be read: {each['error'].get('reason')}"
                )
        return found

    def put_many(self, contents: Iterable[tuple[str, Json]], version: int | None = None) -> None:
        """Write documents, whatever is there; with a version: unless that is newer."""
        self._bulk(
            orjson.dumps({"index": {"_id": id_, **_versioned(version)}})
            + b"\n"
            + orjson.dumps(content)
            for id_, content in contents
        )

    def remove_many(self, ids: Iterable[str], version: int | None = None) -> None:
        """Remove documents, those that are there; with a version: unless they are newer."""
        self._bulk(orjson.dumps({"delete": {"_id": id_, **_versioned(version)}}) for id_ in ids)

    def _bulk(self, lines: Iterable[bytes]) -> None:
        for piece in _pieces(lines):
            content = b"\n".join(piece) + b"\n"
            path, params = f"/{self._written}/_bulk", {"require_alias": True}
            for item in self.cluster.request("POST", path, params, content)["items"]:
                (result,) = item.values()
                # What is to be removed and is not there is no error, nor what a later turn wrote.
                if "error" in result and result["status"] != HTTPStatus.CONFLICT:
                    raise EngineUnavailable(
                        f"A document of {self.index} could not be written: "
                        f"{result['error'].get('reason')}"
                    )


def _versioned(version: int | None) -> Json:
    return {} if version is None else {"version": version, "version_type": "external_gte"}


def _pieces(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    piece: list[bytes] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if len(piece) >= _LINES_AT_ONCE or size >= 16_000_000:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece
