"""The files of a shard: which of them its last commit names, which are left over or missing.

::

    00000000000000000000.made       this shard was made: without its directory something is lost
    ../../Datafile.made             and so was this entity
    00000000000000000000/
        meta.json                   which segments the last commit holds, and its opstamp
        <segment>.<kind>            never changed once written
        <segment>.<opstamp>.del     which documents of a segment are deleted
        .managed.json               files that the engine may remove
    00000000000000000000.rewrite/   segments of it that are written anew, see ``write.rewrite``

The engine writes segments and deletes before the ``meta.json`` that names them. After a crash in
between they are in the way: the same changes reach the same opstamp, so the same name. Not here:
whether the content of a file is what was written.
"""

import fcntl
import json
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from search_service.errors import ShardDamaged
from search_service.files import remove_tree, sync_directory, write_durably

log = logging.getLogger(__name__)

META = "meta.json"
MANAGED = ".managed.json"
_META_LOCK = ".tantivy-meta.lock"
_MADE = ".made"
REWRITE = ".rewrite"
"""How the directory ends beside a shard where segments of it are written anew."""
_SHARD = re.compile(r"-?\d{19,20}")
_SEGMENT = re.compile("[0-9a-f]{32}")
_UNFINISHED = re.compile(r"\.tmp|.*\.new$")  # to be renamed to a file that is replaced
# A merge of eighty million documents may take minutes between two bytes that it writes.
_MERGE_SILENT_SECONDS = 900
KINDS = ("term", "idx", "pos", "store", "fast", "fieldnorm")


@dataclass(frozen=True, slots=True)
class Commit:
    """The last commit of a shard. ``segments``: of each the opstamp of its deletes, if any.

    ``deleted``: documents that the segments still hold and nobody finds.
    """

    segments: Mapping[str, int | None]
    documents: int
    deleted: int

    @property
    def files(self) -> set[str]:
        """The files that it names."""
        deletes = {
            f"{name}.{stamp}.del" for name, stamp in self.segments.items() if stamp is not None
        }
        return deletes | {f"{name}.{kind}" for name in self.segments for kind in KINDS}


# ── which shards there are ───────────────────────────────────────────────────────────────────────


def shard_path(edition: Path, low: int) -> Path:
    """Where the shard that begins at ``low`` is, or will be.

    Names in order are ids in order, negative ones aside.
    """
    return edition / f"{low:020d}"


def shards_of(edition: Path) -> list[int]:
    """The lowest ids of the shards of an edition, ascending; damaged ones are among them."""
    if not edition.is_dir():
        return []
    names = {path.name.removesuffix(_MADE) for path in edition.iterdir()}
    return sorted(int(n) for n in names if _SHARD.fullmatch(n) and exists(edition / n))


def exists(shard: Path) -> bool:
    """Whether a shard was made, be it damaged or not."""
    if (shard / META).exists() or _mark(shard).exists():
        return True
    # Made by a version that left no mark. A crash amid the making leaves no segments.
    return shard.is_dir() and any(is_of_segment(name) for name in os.listdir(shard))


def note_made(shard: Path) -> None:
    """Note durably that a shard was made, and its entity; it must be durable itself."""
    for made in (shard, shard.parent.parent):
        mark = _mark(made)
        if not mark.exists():
            mark.touch()
            sync_directory(mark.parent)


def made_in(directory: Path) -> set[str]:
    """What was made in a directory and ought to be there: entities, or shards."""
    return {path.name.removesuffix(_MADE) for path in directory.glob(f"*{_MADE}")}


def _mark(made: Path) -> Path:
    return made.with_name(made.name + _MADE)


# ── what its last commit holds ───────────────────────────────────────────────────────────────────


def last_commit(shard: Path) -> Commit | None:
    """The last commit of a shard; None: it was not made yet. Raises ShardDamaged."""
    try:
        content = (shard / META).read_bytes()
    except FileNotFoundError:
        if not exists(shard):
            return None
        what = f"its {META} is missing" if shard.is_dir() else "its directory is missing"
        raise ShardDamaged(shard, what) from None
    return _commit(shard, content)


def _commit(shard: Path, meta: bytes) -> Commit:
    try:
        segments: dict[str, int | None] = {}
        documents = deleted = 0
        for segment in json.loads(meta)["segments"]:
            name = segment["segment_id"].replace("-", "")
            if not _SEGMENT.fullmatch(name):
                raise ValueError(f"{name} is no segment")
            deletes = segment["deletes"]
            segments[name] = deletes["opstamp"] if deletes else None
            gone = deletes["num_deleted_docs"] if deletes else 0
            documents += segment["max_doc"] - gone
            deleted += gone
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ShardDamaged(shard, f"its {META} cannot be read ({error!r})") from error
    return Commit(segments, documents, deleted)


def count(shard: Path) -> int:
    """The number of documents in a shard as of its last commit. Raises ShardDamaged."""
    commit = last_commit(shard)
    return commit.documents if commit else 0


def documents(edition: Path) -> int:
    """The number of documents of an edition; those of damaged shards are not counted."""
    found = 0
    for low in shards_of(edition):
        with suppress(ShardDamaged):
            found += count(shard_path(edition, low))
    return found


def check_files(shard: Path) -> None:
    """Raises ShardDamaged when a file that the last commit names is missing.

    Nobody may write the shard meanwhile.
    """
    commit = last_commit(shard)
    if commit is not None:
        missing = sorted(commit.files.difference(os.listdir(shard)))
        if missing:
            raise ShardDamaged(shard, f"files of it are missing: {', '.join(missing)}")


def is_merging(shard: Path) -> bool:
    """Whether segments are being merged, when nothing else is being written.

    The engine does not tell, but its files do: those of a merge are there before a commit names
    them. What a merge that failed left behind grows no more.
    """
    try:
        commit = last_commit(shard)
        named = commit.files if commit else set[str]()
        unnamed = [name for name in os.listdir(shard) if is_of_segment(name)]
        grown = [(shard / name).stat().st_mtime for name in unnamed if name not in named]
    except FileNotFoundError:
        return True  # a merge has just ended
    except (ShardDamaged, OSError):
        return False
    # What was written before the clock was set back has a time that is yet to come.
    now = time.time()
    return any(abs(now - moment) < _MERGE_SILENT_SECONDS for moment in grown)


# ── what is left over ────────────────────────────────────────────────────────────────────────────


def keep_committed(shard: Path) -> None:
    """Remove what the last commit does not name; nobody may have the shard open for writing.

    Raises ShardDamaged.
    """
    commit = last_commit(shard)
    if commit is None:
        remove_tree(shard)
        return
    check_files(shard)
    if removed := _remove_unnamed(shard, commit):
        log.info(
            "files of a commit that did not end removed",
            extra={"path": str(shard), "files": removed},
        )


def remove_unnamed(shard: Path) -> None:
    """Remove what the last commit does not name any more, as ``keep_committed`` does."""
    commit = last_commit(shard)
    if commit is not None:
        _remove_unnamed(shard, commit)


def _remove_unnamed(shard: Path, commit: Commit) -> int:
    with _readers_waiting(shard):
        names = set(os.listdir(shard)) - commit.files
        left_over = [name for name in names if is_of_segment(name) or _UNFINISHED.match(name)]
        for name in left_over:
            (shard / name).unlink(missing_ok=True)
    write_managed(shard, commit.files)
    return len(left_over)


def is_of_segment(name: str) -> bool:
    """Whether a file belongs to a segment: it never changes, and no other one has its name."""
    return _SEGMENT.fullmatch(name.partition(".")[0]) is not None


@contextmanager
def _readers_waiting(shard: Path) -> Iterator[None]:
    """Readers hold this lock from reading ``meta.json`` until they have its files open."""
    with (shard / _META_LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_managed(shard: Path, names: set[str]) -> None:
    """Write the list of files, without which the engine opens no shard, nor removes what it lacks.

    ``meta.json`` need not be among the names.
    """
    managed = shard / MANAGED
    wanted = {META, *names}
    try:
        if set(json.loads(managed.read_bytes())) == wanted:
            return
    except (FileNotFoundError, ValueError, TypeError):
        pass
    write_durably(managed, _managed(wanted))


def _managed(names: set[str]) -> bytes:
    return json.dumps(sorted(names)).encode()


def remove_rewrites(edition: Path) -> None:
    """Remove what was being written anew when the process ended. Raises OSError."""
    for path in edition.glob(f"*{REWRITE}"):
        remove_tree(path)


# ── copies ───────────────────────────────────────────────────────────────────────────────────────


def link_shard(source: Path, target: Path) -> None:
    """A copy of a shard as of its last commit, without copying: the engine never changes a file.

    The source may be open for writing, and merge its segments meanwhile. Raises ShardDamaged.
    """
    meta, files = _link_commit(source, target)
    write_managed(target, files)
    write_durably(target / META, meta)
    note_made(target)


def link_shard_quickly(source: Path, target: Path) -> None:
    """As ``link_shard``, but it may be gone after a power loss."""
    meta, files = _link_commit(source, target)
    (target / MANAGED).write_bytes(_managed({META, *files}))
    (target / META).write_bytes(meta)
    _mark(target).touch()


def _link_commit(source: Path, target: Path) -> tuple[bytes, set[str]]:
    """The content of ``meta.json``, and the files that it names, which are linked."""
    while True:
        meta = _meta_of(source)
        remove_tree(target)
        target.mkdir()
        files = _commit(source, meta).files
        missing = _link(source, target, files)
        # What the last commit names is not removed before its successor is written.
        if _meta_of(source) == meta:
            break
    if missing:
        raise ShardDamaged(source, f"files of it are missing: {', '.join(missing)}")
    return meta, files


def _meta_of(shard: Path) -> bytes:
    try:
        return (shard / META).read_bytes()
    except FileNotFoundError as error:
        raise ShardDamaged(shard, f"its {META} is missing") from error


def _link(source: Path, target: Path, names: set[str]) -> list[str]:
    missing = []
    for name in sorted(names):
        try:
            os.link(source / name, target / name)
        except FileNotFoundError:
            missing.append(name)  # or merged away: then the commit is another one
    return missing
