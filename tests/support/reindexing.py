"""A re-index in a process of its own, from a source that tests can hold up and lose.

``python -m tests.support.reindexing DATA SOURCE [resume]``, with settings of ``settings.json`` in
the directory of the source, if there are any.
"""

import json
import sys
from pathlib import Path

from search_service.app import engine_by, open_store
from search_service.reindex.run import ReindexOptions, Report, reindex
from search_service.runtime.host import host_of
from search_service.settings.model import Settings
from tests.support.json_source import OpenJson

SETTINGS = "settings.json"


def run(data: Path, source: OpenJson, *, resume: bool = False) -> Report:
    """With small shards; by the service that runs, or without one."""
    given = source.directory / SETTINGS
    others = json.loads(given.read_bytes()) if given.exists() else {}
    settings = Settings(data=data, writer_memory=15, **others)
    wanted = ReindexOptions(
        ("Datafile", "Dataset"),
        resume=resume,
        workers=2,
        least=50,
        memory=15_000_000,
        commit_seconds=0.001,
        pauses=(),
    )
    engine = engine_by(settings)
    with host_of(engine, lambda: open_store(settings)) as host:
        return reindex(host, engine, source, wanted, lambda lines: None)


if __name__ == "__main__":
    run(Path(sys.argv[1]), OpenJson(Path(sys.argv[2])), resume=sys.argv[3:] == ["resume"])
