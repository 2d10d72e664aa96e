"""What is known of each generation beside the state: what it was written with, and its pieces.

These are documents of their own, as they may be large, and a re-index writes them without the turn.
Not here: which generations there are, the state says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from search_service.engines.fit import Fit
from search_service.engines.id_ranges import IdRange, Partition
from search_service.engines.opensearch.control.documents import Documents
from search_service.errors import DirectoryRefused

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GenerationDocument:
    """What a generation was written with; ``ids``: what a re-index reads anew, by entity.

    ``files``: names of those that were published.
    """

    fit: Fit
    width: int
    partitions: Mapping[str, Partition] = field(default_factory=dict)
    ids: Mapping[str, IdRange] = field(default_factory=dict)
    files: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GenerationDocuments:
    """The documents of all generations, in the control index."""

    documents: Documents

    def read(self, number: int) -> GenerationDocument:
        """What is known of a generation. Raises DirectoryRefused when there is none."""
        stored = self.documents.read(_id(number))
        if stored is None:
            raise _refused(number, self.documents.index)
        return _from_json(stored.document)

    def find(self, number: int) -> GenerationDocument | None:
        """What is known of a generation, if there is one."""
        stored = self.documents.read(_id(number))
        return None if stored is None else _from_json(stored.document)

    def write(self, number: int, content: GenerationDocument) -> None:
        """Write what is known of a generation, whatever is there."""
        self.documents.put(_id(number), _to_json(content))

    def change(
        self, number: int, changed: Callable[[GenerationDocument], GenerationDocument]
    ) -> None:
        """Write it anew, whoever else does so. Raises DirectoryRefused when there is none."""
        while True:
            stored = self.documents.read(_id(number))
            if stored is None:
                raise _refused(number, self.documents.index)
            content = _to_json(changed(_from_json(stored.document)))
            if self.documents.replace(_id(number), content, stored) is not None:
                return

    def note_file(self, number: int, name: str) -> None:
        """Note that a file is published."""
        if name not in self.read(number).files:
            self.change(number, lambda known: replace(known, files=known.files | {name}))

    def remove(self, number: int) -> None:
        """Remove what is known of a generation."""
        self.documents.remove_many([_id(number)])


def _id(number: int) -> str:
    return f"generation {number}"


def _refused(number: int, index: str) -> DirectoryRefused:
    return DirectoryRefused(f"{index} has no generation {number}")


def _to_json(content: GenerationDocument) -> Json:
    fit = content.fit
    return {
        "fit": {
            "fingerprint": fit.fingerprint,
            "settings": dict(fit.settings),
            "engine": fit.engine,
            "format": fit.format,
        },
        "width": content.width,
        "partitions": {
            entity: [partition.width, list(partition.boundaries)]
            for entity, partition in content.partitions.items()
        },
        "ids": {entity: [ids.low, ids.high] for entity, ids in content.ids.items()},
        "files": sorted(content.files),
    }


def _from_json(content: Json) -> GenerationDocument:
    return GenerationDocument(
        Fit(**content["fit"]),
        content["width"],
        {
            entity: Partition(width, tuple(boundaries))
            for entity, (width, boundaries) in content["partitions"].items()
        },
        {entity: IdRange(low, high) for entity, (low, high) in content["ids"].items()},
        frozenset(content["files"]),
    )
