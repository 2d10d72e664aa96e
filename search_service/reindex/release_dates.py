"""The release dates of investigations, from the source to a table beside the documents.

They are no field of a document: nothing that compares documents knows of them. What the table is
asked for, see ``service.searching.releases``.
"""

from search_service.catalogue.columns import RELEASES
from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER
from search_service.engines.index import Building, Generations
from search_service.errors import CannotReindex, StorageFailed
from search_service.service.searching import releases
from search_service.sources.base import Source


def keep_releases(generations: Generations, building: Building, source: Source) -> None:
    """Write the table of a generation before it is handed over. Raises SourceFailed, CannotReindex.

    What is not read anew is taken over from the generation that is searched.
    """
    try:
        _keep(generations, building, source)
    except StorageFailed as error:
        raise CannotReindex(f"{error}; mend that, then go on by --resume") from error


def _keep(generations: Generations, building: Building, source: Source) -> None:
    before = generations.current()
    ids = building.ids.get(RELEASES.entity)
    if ids is None:
        releases.take_over(generations, building.number, before=before)
        return
    low = LOWEST_INTEGER if ids.low is None else ids.low
    high = HIGHEST_INTEGER if ids.high is None else ids.high
    rows = source.releases(low, high)
    releases.write(generations, building.number, rows, before=before, low=ids.low, high=ids.high)
