"""The kinds of things that are in flight when a process is killed, and what leads to them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from search_service.engines.embedded.storage import shard_files
from tests.support.damage import shards
from tests.support.faults.catalogue import Catalogue

_BLOCK = 100  # documents of an addition; fewer are not encoded in processes of their own
_MERGE_SECONDS = 0.05  # that one may take to show itself


@dataclass(frozen=True)
class Kind:
    """``act`` leads to requests of the name ``awaited``; up to ``passing`` of them are let pass.

    ``on_disk``: what the files show, where it is no request that is in flight.
    """

    awaited: str
    act: Callable[[Catalogue], None]
    passing: int = 0
    on_disk: Callable[[Path], bool] | None = None


def is_merging(data: Path) -> bool:
    """Whether files of a shard show a merge, or the remains of one."""
    return any(map(shard_files.is_merging, shards(data, "Datafile")))


def _write(catalogue: Catalogue) -> None:
    catalogue.modify(20)


def _commit(catalogue: Catalogue) -> None:
    catalogue.modify(60)
    catalogue.rename()
    catalogue.commit()


def _merge(catalogue: Catalogue) -> None:
    catalogue.modify(60)
    catalogue.commit()
    end = monotonic() + _MERGE_SECONDS
    while monotonic() < end:
        if is_merging(catalogue.data):
            catalogue.note("merge")
        sleep(0.001)


def _populate(catalogue: Catalogue) -> None:
    catalogue.modify(20)  # which the lock commits
    documents = catalogue.some_datafiles(5 * _BLOCK)
    catalogue.lock()
    for start in range(0, len(documents), _BLOCK):
        catalogue.add(list(documents.values())[start : start + _BLOCK])
    catalogue.unlock(documents)


def _reindex(catalogue: Catalogue) -> None:
    catalogue.modify(20)
    number = catalogue.begin()
    catalogue.build(number)
    catalogue.hand_over(number)
    catalogue.drop_old()


def _roll_back(catalogue: Catalogue) -> None:
    if not catalogue.expected.kept:
        number = catalogue.begin()
        catalogue.build(number)
        catalogue.hand_over(number)
    catalogue.modify(20)
    catalogue.roll_back()


def _give_up(catalogue: Catalogue) -> None:
    catalogue.begin()
    catalogue.modify(20)
    catalogue.give_up()


def _clear(catalogue: Catalogue) -> None:
    catalogue.fill()
    catalogue.modify(20)
    catalogue.clear()
    catalogue.fill()


def _deal(catalogue: Catalogue) -> None:
    catalogue.modify(60)
    catalogue.commit()
    catalogue.search()


KINDS = (
    Kind("write", _write, passing=20),
    Kind("commit", _commit, passing=2),
    Kind("merge", _merge, on_disk=is_merging),
    Kind("lock", _populate),
    Kind("addNow", _populate, passing=4),
    Kind("unlock", _populate),
    Kind("begin", _reindex),
    Kind("write in a re-index", _reindex, passing=2),
    Kind("hand-over", _reindex),
    Kind("cancel", _give_up),
    Kind("drop-old", _reindex),
    Kind("roll-back", _roll_back),
    Kind("clear", _clear),
    Kind("search", _deal, passing=2),
)
