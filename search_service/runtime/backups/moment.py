"""A moment of an index with its journal: links beside it, in the data directory.

Making them takes milliseconds, so changes go on at once, and whoever copies them, for hours where
they are many, copies what no commit and no merge touches. Not here: what is made of it, see
``make``.
"""

import logging
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from search_service.engines.index import Engine
from search_service.errors import CannotBackUp
from search_service.files import remove_tree
from search_service.runtime import sync_file
from search_service.runtime.backups.turns import is_taken
from search_service.service.indexing import refused_operations
from search_service.service.indexing.moment import Moment

log = logging.getLogger(__name__)

NAME = "moment"
"""Where the links are, in the data directory."""
LOCK = "backup.lock"
_REPLACED_WHOLE = ("identity", sync_file.NAME)

OF_CLUSTER = (
    "The index is in a cluster: snapshots of the cluster are its backup. Its documents, its "
    "journal and what services agree on belong together, and are taken in that order; "
    "docs/cluster.md (Backup) says how, and how they are restored"
)

AtRest = Callable[[Path, Callable[[], object]], float]
"""Copies the journal into a directory and has the index linked: of one moment, which it returns."""


def link_moment(engine: Engine, journal: str, at_rest: AtRest) -> Moment:
    """Link what is searched and acknowledged; nobody else may make a backup meanwhile.

    ``journal``: the name of its directory. Raises CannotBackUp, StorageFailed, OSError.
    """
    started = time.monotonic()
    root, place = engine.root, engine.root / NAME
    remove_tree(place)
    try:
        (place / journal).mkdir(parents=True)
        # First: a sync notes until when it came after its changes were acknowledged.
        for name in _REPLACED_WHOLE:
            with suppress(FileNotFoundError):
                os.link(root / name, place / name)
        generation = 0

        def link() -> None:
            nonlocal generation
            generation = engine.link_searched(place)

        at = at_rest(place / journal, link)
        with suppress(FileNotFoundError):
            shutil.copytree(root / refused_operations.NAME, place / refused_operations.NAME)
    except BaseException:
        remove_tree(place)
        raise
    log.info(
        "moment linked for a backup",
        extra={"generation": generation, "seconds": time.monotonic() - started},
    )
    return Moment(at, generation)


def remove_left(root: Path) -> None:
    """Remove what a backup left that was killed; not while one is made."""
    if (root / NAME).exists() and not is_taken(root / LOCK):
        remove_tree(root / NAME)


def refuse_cluster(engine: Engine) -> None:
    """Raises CannotBackUp where the index is in a cluster."""
    if engine.shared is not None:
        raise CannotBackUp(OF_CLUSTER)
