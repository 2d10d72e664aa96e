"""Writes segments with many deleted documents anew, beside their shard, and puts the result in.

The engine merges segments of about the same size and none for its deletes: what is deleted in a
large one stays there, and every search goes through it. Its binding cannot be told which segments
to merge. So a directory beside the shard has links to the segments and a ``meta.json`` in which
they look as the engine's policy wants them to merge: each with one document, and with so many
others that hold nothing. The merge reads in the files which documents are deleted.

::

    00000000000000000000/           the shard, which is written meanwhile
    00000000000000000000.rewrite/   the links, and then the segment that was made of them

The shard notes which ids are changed meanwhile; they are deleted from the result. After a crash the
directory is removed, or the files that no ``meta.json`` names yet. Not here: which shards and when,
see ``rewriting``.
"""

import json
import logging
import os
import struct
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy

from search_service.engines.documents.engine_fields import TERMS
from search_service.engines.embedded.index.schema import key_term
from search_service.engines.embedded.storage import shard_files
from search_service.engines.embedded.storage.failures import is_failure
from search_service.engines.embedded.storage.shard_files import META, REWRITE
from search_service.engines.embedded.write.shard_writer import ShardWriter
from search_service.errors import ShardDamaged, StorageFailed
from search_service.files import remove_tree, write_durably

log = logging.getLogger(__name__)

# A search goes through a quarter more documents than it needs, of a segment through a ninth.
_SHARE = 0.2
_SHARE_OF_SEGMENT = 0.1
_SHARE_OF_SHARD = 0.1  # of its documents, that a large segment has
_LARGE = 500_000  # documents of one in any shard
_LEAST_MEMORY = 15_000_000  # of a writer: the engine refuses less
# The engine's policy merges so many segments of about the same size, and takes all below ten
# thousand documents for such.
_MERGED_TOGETHER = 8
_EMPTY_DOCUMENTS = 2  # of which ``meta.json`` says that one is not deleted
_FOOTER = struct.Struct("<II")  # its length, and a magic number


@dataclass(frozen=True, slots=True)
class _Segment:
    """A segment as ``meta.json`` has it."""

    name: str
    documents: int  # with those deleted
    deleted: int
    content: Mapping[str, Any]

    def is_worth_it(self, documents: int) -> bool:
        """Whether much of it is deleted, and it is a large one of a shard of so many documents.

        Smaller ones are merged by the engine soon, maybe before they are written anew.
        """
        is_large = self.documents >= min(_SHARE_OF_SHARD * documents, _LARGE)
        return is_large and self.deleted > _SHARE_OF_SEGMENT * self.documents


class Rewrite:
    """One of a shard. ``merge`` may be called by another thread than the others."""

    def __init__(self, shard: ShardWriter, segments: Sequence[_Segment]) -> None:
        self.shard = shard
        self.merged = False
        self._segments = segments
        self._place = shard.path.with_name(shard.path.name + REWRITE)

    @classmethod
    def begin(cls, shard: ShardWriter, least: int) -> "Rewrite | None":
        """Note changes from now on; None where it is not worth it, or there is no room for it.

        ``least``: deleted documents. The shard must have been opened, so its files are sound.
        Raises ShardDamaged, OSError.
        """
        with shard.lock:
            if shard.dirty:
                return None
            held = _segments(_meta(shard.path))
            deleted = sum(each.deleted for each in held)
            documents = sum(each.documents for each in held)
            if deleted < max(least, _SHARE * documents):
                return None
            chosen = [each for each in held if each.is_worth_it(documents)]
            if not chosen:
                return None
            rewrite = cls(shard, chosen)
            rewrite._link()
            if not rewrite._has_room():
                log.warning("no room to rewrite segments", extra={"path": str(shard.path)})
                rewrite.give_up()
                return None
            shard.note_changes()
            return rewrite

    def merge(self) -> None:
        """Make one segment of them; ``merged`` tells whether it could.

        It takes some fifteen seconds for a million documents, without Python's lock.
        """
        try:
            self._commit(())
            made = shard_files.last_commit(self._place)
            if made is None or len(made.segments) > 1:
                raise StorageFailed("the engine has not merged them")
            self.merged = True
        except BaseException as error:
            if not isinstance(error, ShardDamaged | StorageFailed) and not is_failure(error):
                raise
            log.warning(
                "segments not rewritten", extra={"path": str(self.shard.path), "why": str(error)}
            )

    def finish(self) -> bool:
        """Put the result in; whether it could be. The shard must have no writer.

        Raises ShardDamaged, StorageFailed, OSError: the shard is as it was.
        """
        shard = self.shard
        with shard.lock:
            changed = shard.noted_changes()
            meta = _meta(shard.path)
            held = {each.name: each for each in _segments(meta)}
            ours = [held[each.name] for each in self._segments if each.name in held]
            if changed is None or not self.merged or len(ours) < len(self._segments):
                return False  # the engine has merged some of them, or changes were taken back
            if changed:
                self._commit(changed)
            made = shard_files.last_commit(self._place)
            wanted = sum(each.documents - each.deleted for each in ours)
            if made is None or made.documents != wanted:
                raise StorageFailed(
                    f"{shard.path}: {made.documents if made else 0} documents were rewritten, "
                    f"{wanted} should be; the shard is left as it is"
                )
            self._put_in(meta, ours)
            shard.unpublished = True
            return True

    def give_up(self) -> None:
        """Remove what it has made; the shard does not need it any more."""
        self.shard.noted_changes()
        remove_tree(self._place)

    # ── beside the shard ─────────────────────────────────────────────────────────────────────────

    def _link(self) -> None:
        place, meta = self._place, _meta(self.shard.path)
        remove_tree(place)
        place.mkdir()
        listed: list[Mapping[str, Any]] = []
        for segment in self._segments:
            for name in _files_of(self.shard.path, segment):
                os.link(self.shard.path / name, place / name)
            deletes = segment.content["deletes"]
            few = {**deletes, "num_deleted_docs": segment.documents - 1}
            listed.append({**segment.content, "deletes": few})
        listed += self._empty_segments(_MERGED_TOGETHER - len(listed))
        content = json.dumps({**meta, "segments": listed}).encode()
        (place / META).write_bytes(content)
        shard_files.write_managed(place, {name for name in os.listdir(place) if name != META})

    def _empty_segments(self, count: int) -> list[Mapping[str, Any]]:
        """Segments without documents, which the engine would not keep: their deletes are ours."""
        place = self._place / "empty"
        place.mkdir()
        writer = self._writer(place)
        for _ in range(_EMPTY_DOCUMENTS):
            writer.add_document(tantivy.Document())
        writer.commit()
        writer.wait_merging_threads()
        (segment,) = _segments(_meta(place))
        files = sorted(_files_of(place, segment))
        deletes = _all_deleted((place / files[0]).read_bytes())
        made: list[Mapping[str, Any]] = []
        for _ in range(count):
            id_ = uuid.uuid4()
            for name in files:
                os.link(place / name, self._place / name.replace(segment.name, id_.hex))
            (self._place / f"{id_.hex}.1.del").write_bytes(deletes)
            one = {"num_deleted_docs": _EMPTY_DOCUMENTS - 1, "opstamp": 1}
            made.append({**segment.content, "segment_id": str(id_), "deletes": one})
        remove_tree(place)
        return made

    def _commit(self, deleted: Iterable[int]) -> None:
        """Delete, and let the engine merge."""
        writer = self._writer(self._place)
        for id_ in deleted:
            writer.delete_documents_by_term(TERMS, key_term(id_))
        writer.commit()
        writer.wait_merging_threads()

    def _writer(self, place: Path) -> tantivy.IndexWriter:
        index = self.shard.codec.create(self.shard.entity, str(place))
        return index.writer(_LEAST_MEMORY, 1)

    def _has_room(self) -> bool:
        """Whether the disk holds it twice more: other shards are written meanwhile."""
        needed = sum(path.stat().st_size for path in self._place.iterdir())
        disk = os.statvfs(self._place)
        return disk.f_bavail * disk.f_frsize > 2 * needed

    # ── into the shard ───────────────────────────────────────────────────────────────────────────

    def _put_in(self, meta: Mapping[str, Any], replaced: Sequence[_Segment]) -> None:
        path, made = self.shard.path, _meta(self._place)
        new = {name for segment in _segments(made) for name in _files_of(self._place, segment)}
        before = shard_files.last_commit(path)
        for name in new:
            os.link(self._place / name, path / name)
        shard_files.write_managed(path, new | (before.files if before else set()))
        gone = [segment.content for segment in replaced]
        content = {
            **meta,
            "segments": [*(s for s in meta["segments"] if s not in gone), *made["segments"]],
            "opstamp": max(meta["opstamp"], made["opstamp"]),
        }
        write_durably(path / META, json.dumps(content).encode())
        # What it does not name any more; readers that open it now are waited for.
        shard_files.remove_unnamed(path)


def _meta(place: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((place / META).read_bytes())
    return content


def _segments(meta: Mapping[str, Any]) -> list[_Segment]:
    return [
        _Segment(
            each["segment_id"].replace("-", ""),
            each["max_doc"],
            (each["deletes"] or {"num_deleted_docs": 0})["num_deleted_docs"],
            each,
        )
        for each in meta["segments"]
    ]


def _files_of(place: Path, segment: _Segment) -> list[str]:
    commit = shard_files.last_commit(place)
    return [name for name in (commit.files if commit else ()) if name.startswith(segment.name)]


def _all_deleted(other: bytes) -> bytes:
    """The file of deletes of a segment of which none is left, signed as another file is."""
    content = struct.pack("<IQ", _EMPTY_DOCUMENTS, 0)
    length, magic = _FOOTER.unpack(other[-_FOOTER.size :])
    footer = json.loads(other[-_FOOTER.size - length : -_FOOTER.size])
    signed = json.dumps({**footer, "crc": zlib.crc32(content)}, separators=(",", ":")).encode()
    return content + signed + _FOOTER.pack(len(signed), magic)
