"""Damage to the files of a data directory, as disks and people do it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

KINDS = ("del", "store", "term", "fast", "pos", "idx", "fieldnorm")


def flip(path: Path, place: float, bit: int = 3) -> None:
    """Flip a bit, so far into the file: 0.0 is its first byte, 1.0 its last."""
    content = bytearray(path.read_bytes())
    content[round(place * (len(content) - 1))] ^= 1 << bit
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Leave half of it."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def empty(path: Path) -> None:
    """Leave nothing of it."""
    path.write_bytes(b"")


DAMAGES: Mapping[str, Callable[[Path], None]] = {
    "flipped at its beginning": partial(flip, place=0.0),
    "flipped in its middle": partial(flip, place=0.5),
    "flipped behind its middle": partial(flip, place=0.6),
    "flipped near its end": partial(flip, place=0.97),
    "flipped at its end": partial(flip, place=1.0),
    "cut": cut,
    "emptied": empty,
    "removed": Path.unlink,
}


def shards(data: Path, entity: str) -> Iterator[Path]:
    """The shards of an entity in the generation that is searched."""
    generation = data / "generations" / (data / "current").read_text().split()[0]
    yield from sorted(path.parent for path in (generation / entity).glob("*/*/meta.json"))


def file_of(data: Path, entity: str, kind: str) -> Path:
    """A file of a kind, of the first shard of an entity that has one; ``meta.json`` too."""
    pattern = kind if kind.endswith(".json") else f"*.{kind}"
    return next(path for shard in shards(data, entity) for path in sorted(shard.glob(pattern)))
