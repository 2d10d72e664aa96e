"""The index that is multiplied: a facility of some million datafiles, made once by a re-index.

Documents go to a file, and from there the way of ``icat-search reindex``. There is one piece of an
entity for each worker and memory for all of it, so that a copy is a few large segments, as those of
a full facility are. Not here: the copies, see ``multiply``.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import orjson

from load_tests.documents import Facility, blocks
from search_service.app import engine_by, open_store
from search_service.catalogue.entities import ENTITIES
from search_service.reindex.run import ReindexOptions, Report, reindex
from search_service.runtime.host import host_of
from search_service.settings.model import Settings
from search_service.sources.open import SourceAt

MEMORY = 1_500  # MB of a worker, enough for 2.5 million datafiles in one segment
_NEVER = 1e9  # seconds

Show = Callable[[str], None]


def make_base(
    facility: Facility, data: Path, *, workers: int = 2, memory: int = MEMORY, show: Show = print
) -> Report:
    """Make the index in ``data``, which must not be there; one that did not end is made anew.

    ``memory``: MB of each worker. On the way a file of 0.8 kB for each datafile stands beside it.
    """
    unfinished = data.with_name(f"{data.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="documents-", dir=data.parent) as directory:
        file = Path(directory) / "documents.jsonl"
        write_documents(facility, file)
        show(f"documents of {facility.datafiles:,} datafiles: {file.stat().st_size:,} bytes")
        settings = Settings(data=unfinished, writer_memory=memory)
        engine = engine_by(settings)
        wanted = ReindexOptions(
            [entity.name for entity in ENTITIES],
            workers=workers,
            memory=memory << 20,
            least=max(1, facility.datafiles // workers),
            commit_seconds=_NEVER,
        )
        with host_of(engine, lambda: open_store(settings)) as host:
            report = reindex(host, engine, SourceAt(str(file)), wanted, lambda lines: None)
    unfinished.rename(data)
    return report


def write_documents(facility: Facility, path: Path) -> None:
    """Every document of a facility as a line, as ``icat-search reindex`` reads a file."""
    with path.open("wb") as file:
        for block in blocks(facility):
            head = b'{"entity":"%s","doc":' % block.entity.encode()
            file.writelines(
                b"%s%s}\n" % (head, orjson.dumps(document)) for document in orjson.loads(block.body)
            )
