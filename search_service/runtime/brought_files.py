"""Files of a generation that one machine after the other changes.

Not here: how they get there, see ``engines.index``.
"""

from pathlib import Path

from search_service.engines.index import GenerationFiles
from search_service.files import write_durably


def brought(files: GenerationFiles, generation: int, name: str) -> Path:
    """A file in its place on this machine, as it was published last by any; it may be missing.

    What was changed here and not published is lost. Raises OSError, StorageFailed.
    """
    here, newest = files.place(generation) / name, files.file(generation, name)
    if newest != here and newest.exists():
        write_durably(here, newest.read_bytes())
    return here
