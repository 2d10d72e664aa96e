"""A switch whose directory cannot be synced, as it cannot be opened; in a process of its own.

``python -m tests.support.unconfirmed DIRECTORY switch|population`` prints what was seen as JSON. It
must not have the right to read what it may not (CAP_DAC_OVERRIDE), see ``COMMAND``.
"""

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from search_service.catalogue.documents import Operation
from search_service.engines.embedded.storage import generations
from search_service.errors import StorageFailed
from search_service.reindex.plan import Piece
from search_service.runtime.service import OpenedStore
from tests.support.indexed import Indexed, datafiles

ALONE = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
COMMAND = [*(ALONE if os.getuid() == 0 else []), sys.executable, "-m", __name__]
BUILT = range(100, 150)


def build(indexed: Indexed, store: OpenedStore, *entities: str) -> int:
    """Begin a re-index and build its datafiles. Returns the number of the generation."""
    number = store.generations.begin(entities or ("Datafile",), indexed.engine().fit)
    indexed.source.write({"Datafile": datafiles(BUILT)})
    indexed.build(number, Piece("Datafile", 0, 1000, len(BUILT)))
    return number


def main(directory: Path, what: str) -> None:
    """Whatever is told is told by a service that goes on."""
    indexed = Indexed(directory)
    store = indexed.open()
    document = {"id": 500, "name": "meanwhile"}
    store.changes.modify([Operation("create", "Dataset", 500, document)])
    work: Callable[[], object]
    if what == "switch":
        build(indexed, store)
        store.changes.modify([Operation("create", "Datafile", 500, document)])
        directory, work = indexed.root, store.generations.hand_over
    else:
        store.changes.modify([Operation("create", "Datafile", 500, document)])
        store.changes.commit()
        store.changes.lock("Datafile", None, None, delete=True)
        store.changes.add_now("Datafile", list(datafiles(BUILT).values()))
        directory = generations.path_of(indexed.root, 1) / "Datafile"
        work = partial(store.changes.unlock, "Datafile")
    directory.chmod(0o300)
    seen: dict[str, object] = {
        "refused": _refused(work),
        "current": generations.current(indexed.root),
        "generation": store.state().generation,
        "found": sorted(indexed.found("Datafile")),
        "a change": _refused(
            lambda: store.changes.modify([Operation("delete", "Datafile", 100)]),
        ),
    }
    print(json.dumps(seen))
    sys.stdout.flush()
    os._exit(0)  # as a crash would


def _refused(work: Callable[[], object]) -> str | None:
    try:
        work()
    except StorageFailed as error:
        return str(error)
    return None


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
