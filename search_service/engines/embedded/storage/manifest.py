"""What a generation of the data directory was written with, and whether that still fits.

A reader with another schema or another analysis would not fail, it would answer wrongly: so a
generation that does not fit ends the start, with a sentence that says what differs.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from search_service.engines.embedded.storage.id_ranges import DEFAULT_WIDTH, Ranges
from search_service.errors import DirectoryRefused, DoesNotFit
from search_service.files import checksum, write_durably

FORMAT = 1
NAME = "manifest.json"
_COMPARED = ("format", "engine", "fingerprint", "settings")


def engine_version() -> str:
    """The engine's minor version decides the format of its files."""
    return ".".join(version("tantivy").split(".")[:2])


@dataclass(frozen=True)
class Fit:
    """All that decides what the shards hold.

    ``fingerprint`` is that of schema and analysis, ``settings`` are those that matter, each as a
    text, so that the sentence can name the one that differs.
    """

    fingerprint: str
    settings: Mapping[str, str] = field(default_factory=dict)
    engine: str = field(default_factory=engine_version)
    format: int = FORMAT


@dataclass(frozen=True)
class Manifest:
    """``ranges`` are those of the entities; ``width`` holds for an entity that is not there.

    ``journal``: the generation whose journal goes on here; 0: its own. ``replaces``: the generation
    that a clear made superfluous when this one became the current one; 0: none.
    """

    fit: Fit
    width: int = DEFAULT_WIDTH
    ranges: Mapping[str, Ranges] = field(default_factory=dict)
    journal: int = 0
    replaces: int = 0

    def ranges_of(self, entity: str) -> Ranges:
        """Where the shards of an entity begin."""
        return self.ranges.get(entity) or Ranges(self.width)

    def write(self, directory: Path) -> None:
        """Write the manifest of a new generation."""
        content: dict[str, Any] = {
            "format": self.fit.format,
            "engine": f"tantivy {self.fit.engine}",
            "fingerprint": self.fit.fingerprint,
            "settings": dict(self.fit.settings),
            "journal": self.journal,
            "replaces": self.replaces,
            "ids in a shard": self.width,
            "shards": {
                entity: {"ids in a shard": ranges.width, "boundaries": list(ranges.boundaries)}
                for entity, ranges in self.ranges.items()
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
        if content.get("checksum") not in (None, _checksum(content)):
            raise ValueError("its checksum is another one")
        return Manifest(
            Fit(
                fingerprint=content["fingerprint"],
                settings=content["settings"],
                engine=content["engine"].removeprefix("tantivy "),
                format=content["format"],
            ),
            width=content["ids in a shard"],
            ranges={
                entity: Ranges(shards["ids in a shard"], tuple(shards["boundaries"]))
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


def _checksum(content: Mapping[str, Any]) -> str:
    """Of all that ``check`` does not compare with what is wanted."""
    return checksum({k: v for k, v in content.items() if k not in (*_COMPARED, "checksum")})


AT_THE_START = "Run `icat-search reindex` for every entity, or start with what it was written with"


def check(directory: Path, written: Fit, wanted: Fit, cure: str = AT_THE_START) -> None:
    """Raises DoesNotFit when the generation was written with something else.

    ``cure``: what whoever asked can do about it.
    """
    differences = list(_differences(written, wanted))
    if differences:
        raise DoesNotFit(
            f"What {directory} holds was written with {'; '.join(differences)}. {cure}"
        )


def _differences(written: Fit, wanted: Fit) -> list[str]:
    if written.format != wanted.format:
        return [f"format {written.format} of the data directory, this version has {wanted.format}"]
    if written.engine != wanted.engine:
        return [f"tantivy {written.engine}, installed is tantivy {wanted.engine}"]
    differences = [
        f"{name} = {_quoted(written.settings.get(name))}, "
        f"the settings say {_quoted(wanted.settings.get(name))}"
        for name in sorted({*written.settings, *wanted.settings})
        if written.settings.get(name) != wanted.settings.get(name)
    ]
    if not differences and written.fingerprint != wanted.fingerprint:
        differences = [
            f"another schema or text analysis ({written.fingerprint}, now {wanted.fingerprint})"
        ]
    return differences


def _quoted(value: str | None) -> str:
    return "nothing" if value is None else f"`{value}`"
