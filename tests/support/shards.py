"""Shards on disk made straight from documents, for tests of the reading side alone."""

from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import tantivy

from analyzers import Synonyms
from search_service.catalogue.entities import FACETABLE_BY_DEFAULT
from search_service.catalogue.lookup import entity as entity_named
from search_service.engines.documents.encode import Encoder
from search_service.engines.embedded.index.format import TantivyFormat
from search_service.engines.embedded.index.schema import register, schema_of
from search_service.engines.embedded.search.open_slices import Linking
from search_service.engines.embedded.search.reader import EmbeddedReader
from search_service.engines.embedded.storage.slices.dealing import SliceOptions
from search_service.engines.embedded.storage.view import ShardView, View

FACETABLE = frozenset(FACETABLE_BY_DEFAULT)
Documents = Mapping[int, Mapping[str, Any]]

_stamps = count(1)


def reader_over(
    directory: Path,
    entities: Mapping[str, Documents],
    width: int,
    segment: int = 1_000_000,
    slices: int = 0,
) -> EmbeddedReader:
    """A reader over new shards of ``width`` ids, committed every ``segment`` documents.

    ``slices``: of each entity; 0: as many as suit it, that is one.
    """
    return linked(shards_over(directory, entities, width, segment), directory, slices)


def shards_over(
    directory: Path, entities: Mapping[str, Documents], width: int, segment: int = 1_000_000
) -> View:
    """New shards, as for ``reader_over``."""
    shards = {
        name: tuple(shards_of(directory / name, name, documents, width, segment))
        for name, documents in entities.items()
    }
    return View(next(_stamps), 1, shards)


def linked(view: View, root: Path, slices: int | None = 0) -> EmbeddedReader:
    """A reader that makes so many slices of an entity, in the data directory ``root``.

    None: each shard is searched by itself.
    """
    linking = None if slices is None else Linking(root, SliceOptions(slices, cores=2))
    return EmbeddedReader(FACETABLE, "/\\", view, linking)


def shards_of(
    directory: Path, name: str, documents: Documents, width: int, segment: int = 1_000_000
) -> Iterable[ShardView]:
    """New shards of an entity, as ``reader_over`` makes them."""
    encoder = Encoder(name, FACETABLE, Synonyms.builtin(), "/\\", TantivyFormat())
    lows = sorted({id_ // width * width for id_ in documents})
    for low in lows:
        path = directory / str(low)
        path.mkdir(parents=True)
        index = tantivy.Index(schema_of(entity_named(name), FACETABLE), path=str(path))
        register(index, reading=False)
        writer = index.writer(15_000_000, 1)
        held = [id_ for id_ in documents if low <= id_ < low + width]
        for place, id_ in enumerate(held, 1):
            writer.add_json(encoder.line(id_, documents[id_]))
            if place % segment == 0:
                writer.commit()
        writer.commit()
        writer.wait_merging_threads()
        yield ShardView(str(path), low, low + width, next(_stamps))
