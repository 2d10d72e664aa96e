"""A stand-in for schema and analysis: shards that know ids and whole documents only."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import orjson
import tantivy

from search_service.engines.base import Document
from search_service.engines.embedded.index.schema import written
from search_service.engines.embedded.storage.data_directory import DataDirectory
from search_service.engines.embedded.storage.view import View
from search_service.engines.embedded.write.shard_writer import Encode
from search_service.engines.embedded.write.writer import EmbeddedWriter
from search_service.engines.fit import Fit

FIT = Fit(fingerprint="abc", settings={"units": "K: kelvin"})


class PlainCodec:
    """Ids to find and delete by, and the document as it came."""

    def create(self, entity: str, path: str) -> tantivy.Index:
        return tantivy.Index(self._schema(), path=path)

    def schema(self, entity: str) -> list[object]:
        return written(self._schema())

    def _schema(self) -> tantivy.Schema:
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("_key", fast=True)
        builder.add_text_field("_terms", tokenizer_name="whitespace", index_option="basic")
        builder.add_bytes_field("_source", stored=True)
        return builder.build()

    def encoder(self, entity: str) -> Encode:
        return lambda id_, document: orjson.dumps(
            {
                "_key": id_,
                "_terms": f"#{id_}",
                "_source": b64encode(orjson.dumps(document)).decode(),
            }
        ).decode()


def documents(view: View, entity: str) -> dict[int, Document]:
    """Everything that a reader of this view finds; fails when an id is there twice."""
    found: dict[int, Document] = {}
    for shard in view.of(entity):
        searcher = tantivy.Index.open(shard.path).searcher()
        hits = searcher.search(tantivy.Query.all_query(), limit=1_000_000).hits
        addresses = [address for _, address in hits]
        ids = searcher.fast_field_values("_key", addresses)
        for id_, address in zip(ids, addresses, strict=True):
            assert isinstance(id_, int)
            assert shard.low <= id_ < shard.high
            assert id_ not in found, f"{entity} {id_} is there twice"
            source: Any = searcher.doc(address).get_first("_source")
            found[id_] = orjson.loads(source)
    return found


class Opened:
    """A writer over a directory, opened again and again as after crashes and stops."""

    def __init__(self, root: Path, **options: Any) -> None:
        self.root = root
        self.options = options
        self.views: list[View] = []
        self.start()

    def start(self) -> None:
        self.directory = DataDirectory.open(self.root, FIT, width=100)
        self.writer = EmbeddedWriter(
            self.directory,
            PlainCodec(),
            ["Datafile", "Dataset"],
            open_reader=lambda view: NotImplemented,
            on_publish=self.views.append,
            **self.options,
        )

    def stop(self) -> None:
        self.writer.close()

    def crash(self) -> None:
        """Nothing is committed or closed any more; only the locks go, as with the process."""
        self.writer.lose()
        self.start()

    def documents(self, entity: str) -> dict[int, Document]:
        return documents(self.writer.view, entity)
