"""Refuses a source that is another catalogue than the index was made from, or read otherwise.

Not here: what is compared, see ``catalogue.origin``.
"""

from collections.abc import Sequence
from itertools import islice

from search_service.catalogue import lookup
from search_service.catalogue.documents import HIGHEST_INTEGER, LOWEST_INTEGER
from search_service.catalogue.origin import Origin, differences
from search_service.client.index_client import IndexClient
from search_service.errors import AnotherCatalogue
from search_service.sources.base import Source

_NAME = "name"
_LOOKED_AT = 100  # documents of an entity
_ENOUGH = 10


def refuse_another(
    what: str, recorded: Origin | None, now: Origin, *, all_entities: bool, cure: str
) -> None:
    """Raises AnotherCatalogue where the source is another than the recorded one.

    ``what`` has the recorded origin, ``cure`` tells an operator what to do.
    """
    if recorded is None:
        return
    if found := list(differences(recorded, now, all_entities=all_entities)):
        raise AnotherCatalogue(f"{what} does not fit this source: {'; '.join(found)}. {cure}")


def refuse_stranger(index: IndexClient, source: Source, entities: Sequence[str]) -> None:
    """Raises AnotherCatalogue where documents in the index have other names in the source.

    For an index that does not say which catalogue it was made from: rows with the same ids are then
    all that can tell. Few differ after a while without messages, in another catalogue most do.
    """
    for entity in entities:
        if _NAME not in {field.name for field in lookup.entity(entity).fields}:
            continue
        some = dict(
            islice(index.walk(entity, LOWEST_INTEGER, HIGHEST_INTEGER, (_NAME,)), _LOOKED_AT)
        )
        rows = dict(source.pick(entity, list(some)))
        same = sum(
            rows[id_].get(_NAME) == found.get(_NAME) for id_, found in some.items() if id_ in rows
        )
        if len(some) >= _ENOUGH and same < len(some) // 2:
            raise AnotherCatalogue(
                f"Of {len(some)} documents of {entity} in the index {same} have the name that the "
                "source gives, so it seems to be another catalogue. If it is the right one, build "
                "the index from it by icat-search reindex, or say --delete-many"
            )
