"""The release dates of investigations, from the source to a table beside the documents.

They are no field of a document: nothing that compares documents knows of them. What the table is
asked for, see ``service.searching.releases``.
"""

from pathlib import Path

from search_service.catalogue.columns import RELEASES
from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER
from search_service.engines.embedded.storage import generations
from search_service.engines.embedded.storage.generations import Building
from search_service.errors import CannotReindex, StorageFailed
from search_service.service.searching import releases
from search_service.sources.base import Source


def keep_releases(root: Path, building: Building, source: Source) -> None:
    """Write the table of a generation before it is handed over. Raises SourceFailed, CannotReindex.

    What is not read anew is taken over from the generation that is searched.
    """
    try:
        _keep(root, building, source)
    except StorageFailed as error:
        raise CannotReindex(f"{error}; mend that, then go on by --resume") from error


def _keep(root: Path, building: Building, source: Source) -> None:
    generation = generations.path_of(root, building.number)
    before = generations.path_of(root, generations.current(root))
    part = building.parts.get(RELEASES.entity)
    if part is None:
        releases.take_over(generation, before=before)
        return
    low = LOWEST_INTEGER if part.low is None else part.low
    high = HIGHEST_INTEGER if part.high is None else part.high
    rows = source.releases(low, high)
    releases.write(generation, rows, before=before, low=part.low, high=part.high)
