"""One slice of several segments whose columns are spread as columns are, and as they never are.

For tests that sort by a guess from samples: thousands of documents, as a sample of fewer is empty.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from pathlib import Path
from typing import Any

import tantivy

from analyzers import Synonyms
from search_service.catalogue.lookup import entity as entity_named
from search_service.engines.documents.encode import Encoder
from search_service.engines.documents.engine_fields import LONGEST_SORTED, TERMS
from search_service.engines.embedded.index.format import TantivyFormat
from search_service.engines.embedded.index.schema import key_term, register, schema_of
from search_service.engines.embedded.search.slice import Slice
from search_service.query.order import SortKey, Value
from tests.support.shards import FACETABLE

Documents = dict[int, Mapping[str, Any]]

NAMES = (
    "",
    "-",
    "same",
    "été",
    "ünder_score",
    "[x] y",
    '"q"',
    "Zeta",
    "zeta",
    "z" * LONGEST_SORTED,
)


@dataclass(frozen=True)
class Sampled:
    """A slice and what is in it."""

    slice: Slice
    documents: Documents

    def in_order(self, keys: Sequence[SortKey], ids: Sequence[int]) -> list[int]:
        """These ids in the order that the contract asks for."""

        def compare(a: int, b: int) -> int:
            for key in keys:
                x, y = self.value(a, key.field), self.value(b, key.field)
                if x != y:
                    lower = x is None or (y is not None and x < y)  # type: ignore[operator]
                    return -1 if lower != key.descending else 1
            return a - b

        return sorted(ids, key=cmp_to_key(compare))

    def value(self, id_: int, field: str) -> Value:
        """The value that a document is sorted by."""
        value: Value = self.documents[id_].get(field)
        return value[:LONGEST_SORTED] if isinstance(value, str) else value


def spread(count: int, seed: int = 11) -> Documents:
    """Datafiles: names of all kinds, skewed sizes, dates that rise with the ids, and more."""
    dice = random.Random(seed)
    documents: Documents = {}
    for place in range(count):
        id_ = 7 + 3 * place
        document: dict[str, Any] = {
            "id": id_,
            "fileSize": dice.choice([0, 0, 0, int(2 ** (40 * dice.random()))]),
            "fileCount": 1,  # all alike
            "date": 1_000 * id_,
            "investigation.id": place // 40,
            "description": dice.choice(["common", "common word", "word", "rare word"]),
        }
        chance = dice.random()
        if chance < 0.5:
            document["name"] = f"scan_{dice.randrange(count):06d}.nxs"
        elif chance < 0.7:
            document["name"] = dice.choice(NAMES)
        elif chance < 0.72:
            document["name"] = "z" * (LONGEST_SORTED + dice.randrange(3)) + str(place)
        elif chance < 0.9:
            document["name"] = "same"
        if place < count // 2 and dice.random() < 0.5:  # in some segments nowhere
            document["investigation.startDate"] = -place
        if dice.random() < 0.01:
            document["dataset.id"] = dice.randrange(5)
        if dice.random() < 0.9:
            document["datafileFormat.id"] = dice.choice([1, 1, 1, 2, 3])
        documents[id_] = document
    return documents


def sampled_slice(path: Path, documents: Documents, segments: int, deleted: int) -> Sampled:
    """Written in so many segments, then every ``deleted``-th document deleted."""
    index = tantivy.Index(schema_of(entity_named("Datafile"), FACETABLE), path=str(path))
    register(index, reading=False)
    encoder = Encoder("Datafile", FACETABLE, Synonyms.builtin(), "/\\", TantivyFormat())
    writer = index.writer(15_000_000, 1)
    each = -(-len(documents) // segments)
    for place, (id_, document) in enumerate(documents.items(), 1):
        writer.add_json(encoder.line(id_, document))
        if place % each == 0:
            writer.commit()
    left = dict(documents)
    for id_ in list(documents)[::deleted]:
        writer.delete_documents_by_term(TERMS, key_term(id_))
        del left[id_]
    writer.commit()
    writer.wait_merging_threads()
    return Sampled(Slice(str(path), entity_named("Datafile")), left)
