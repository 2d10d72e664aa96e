"""How often each label is there, of however many fields and labels."""

from pathlib import Path

import tantivy

from search_service.catalogue.lookup import entity as entity_named
from search_service.engines.base import Document, Terms
from search_service.engines.embedded.search import facets
from search_service.engines.embedded.search.slice import Slice
from tests.support.shards import shards_of

MANY = 33_000  # two such fields have more labels than the engine counts at once


def test_fields_that_have_many_labels_together_are_counted_each_by_itself(tmp_path: Path) -> None:
    documents: dict[int, Document] = {
        id_: {"id": id_, "type.name": f"type {id_}", "stringValue": f"value {id_}"}
        for id_ in range(1, MANY + 1)
    }
    (shard,) = shards_of(tmp_path, "DatasetParameter", documents, MANY + 1)
    slice_ = Slice(shard.path, entity_named("DatasetParameter"))
    dimensions = [Terms("type.name"), Terms("stringValue")]
    counts = facets.count(slice_, tantivy.Query.all_query(), dimensions).labels
    assert {field: len(labels) for field, labels in counts.items()} == {
        "type.name": MANY,
        "stringValue": MANY,
    }
    assert counts["stringValue"][f"value {MANY}"] == 1
