"""The manifest of a generation: what it was written with, where its shards begin, whose journal.

Not here: whether that still fits, see ``engines.fit``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from search_service.engines.fit import Fit
from search_service.engines.id_ranges import DEFAULT_WIDTH, Partition
from search_service.errors import DirectoryRefused
from search_service.files import checksum, write_durably

FORMAT = 2
NAME = "manifest.json"
_COMPARED = ("format", "engine", "fingerprint", "settings")


def engine_version() -> str:
    """The engine by name and minor version: that decides the format of its files."""
    return f"tantivy {'.'.join(version('tantivy').split('.')[:2])}"


@dataclass(frozen=True)
class Manifest:
    """``partitions`` are those of the entities; ``width`` holds for an entity that is not there.

    ``journal``: the generation whose journal goes on here; 0: its own. ``replaces``: the generation
    that a clear made superfluous when this one became the current one; 0: none.
    """

    fit: Fit
    width: int = DEFAULT_WIDTH
    partitions: Mapping[str, Partition] = field(default_factory=dict)
    journal: int = 0
    replaces: int = 0

    def partition_of(self, entity: str) -> Partition:
        """Where the shards of an entity begin."""
        return self.partitions.get(entity) or Partition(self.width)

    def write(self, directory: Path) -> None:
        """Write the manifest of a new generation."""
        content: dict[str, Any] = {
            "format": self.fit.format,
            "engine": self.fit.engine,
            "fingerprint": self.fit.fingerprint,
            "settings": dict(self.fit.settings),
            "journal": self.journal,
            "replaces": self.replaces,
            "ids in a shard": self.width,
            "shards": {
                entity: {"ids in a shard": each.width, "boundaries": list(each.boundaries)}
                for entity, each in self.partitions.items()
            },
        }
        content["checksum"] = _checksum(content)
        text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True)
        write_durably(directory / NAME, f"{text}\n".encode())


def read(directory: Path) -> Manifest:
    """The manifest of a generation. Raises DirectoryRefused when there is none to be read."""
    path = directory / NAME
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        if content["format"] > FORMAT:
            return _of_a_later_release(content)
        if content.get("checksum") not in (None, _checksum(content)):
            raise ValueError("its checksum is another one")
        return Manifest(
            Fit(
                fingerprint=content["fingerprint"],
                settings=content["settings"],
                engine=content["engine"],
                format=content["format"],
            ),
            width=content["ids in a shard"],
            partitions={
                entity: Partition(shards["ids in a shard"], tuple(shards["boundaries"]))
                for entity, shards in content["shards"].items()
            },
            journal=content.get("journal", 0),
            replaces=content.get("replaces", 0),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DirectoryRefused(
            f"{path} cannot be read ({error}), so nothing is known about the shards beside it; "
            "restore it from a backup, or re-index into an empty data directory"
        ) from error


def _of_a_later_release(content: Mapping[str, Any]) -> Manifest:
    """What a release must know to go back from it: any later format says this as it is said now.

    Nothing else of it is understood; it fits nothing here, so its shards are not opened.
    """
    return Manifest(
        Fit(str(content["fingerprint"]), engine=str(content["engine"]), format=content["format"]),
        journal=int(content["journal"]),
        replaces=int(content["replaces"]),
    )


def _checksum(content: Mapping[str, Any]) -> str:
    """Of all that ``check_fit`` does not compare with what is wanted."""
    return checksum({k: v for k, v in content.items() if k not in (*_COMPARED, "checksum")})
