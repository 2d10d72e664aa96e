"""Whether the shards of a data directory are what was written, generation by generation.

Nothing is changed, and a service may run: what it replaces meanwhile is not missing. Not here: how
a shard is each at, see ``damage``; what is beside the generations, see ``runtime.verifying``.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from search_service.catalogue.entities import ENTITIES
from search_service.catalogue.lookup import entity as entity_named
from search_service.engines.embedded.index.schema import schema_of, written
from search_service.engines.embedded.storage import generations, inspection, manifest
from search_service.engines.embedded.storage.damage import Schema, damages_of, files_of
from search_service.engines.embedded.storage.generations import name_of, path_of
from search_service.engines.embedded.storage.manifest import Manifest
from search_service.engines.embedded.storage.shard_files import shard_path, shards_of
from search_service.engines.index import Verified
from search_service.errors import DirectoryRefused, DoesNotFit
from search_service.files import Unreadable, read_checked

_TRIES = 3
_SMALL_FILES = ("interrupted.json", "kept.json")


def _refusal(root: Path) -> DirectoryRefused | None:
    """Why a service would not open the directory, if it would not."""
    found = None
    for _ in range(_TRIES):
        try:
            inspection.inspect(root)
            inspection.current_of(root)
        except DirectoryRefused as error:
            found = error  # or a service changes it just now
        else:
            return None
    return found


def verify(root: Path) -> Iterator[Verified]:
    """What is searched, and what was searched before and is kept. Raises DirectoryRefused.

    Where a service would not open the directory, the first item says so.
    """
    refused = _refusal(root)
    if refused is not None:
        if not (root / generations.CURRENT).exists() and not generations.numbers(root):
            raise refused
        yield Verified(None, path=root, what=f"is refused by a service: {refused}")
    try:
        inspection.current_of(root)
    except DirectoryRefused:
        return
    for number in [generations.current(root), *generations.kept(root)]:
        found = list(_generation(root, number))
        # Dropped meanwhile, or followed by another one: then nothing of it is missing.
        if path_of(root, number).is_dir() or number == generations.current(root):
            yield from found


def _generation(root: Path, number: int) -> Iterator[Verified]:
    path = path_of(root, number)
    try:
        content = manifest.read(path)
    except DoesNotFit as error:
        yield Verified(number, 1, path=path / manifest.NAME, what=f"cannot be read ({error})")
        return
    yield Verified(number, 1)
    for name in _SMALL_FILES:
        if what := _unreadable(path / name):
            yield Verified(number, 1, path=path / name, what=what)
    schemas = _schemas(content)
    for entity in ENTITIES:
        yield from _entity(number, path / entity.name, schemas.get(entity.name))


def _schemas(content: Manifest) -> Mapping[str, Schema]:
    """The schema of each entity, as this version makes it with the settings of a generation."""
    facetable = frozenset(content.fit.settings.get("facet_fields", "").split())
    return {
        entity.name: written(schema_of(entity_named(entity.name), facetable)) for entity in ENTITIES
    }


def _entity(number: int, path: Path, schema: Schema | None) -> Iterator[Verified]:
    while True:
        edition = _edition(path)
        if edition is None:
            what = "does not hold the number of an edition"
            yield Verified(number, 1, entity=path.name, path=path / generations.CURRENT, what=what)
            return
        found = [
            each
            for low in shards_of(edition)
            for each in _shard(number, path.name, shard_path(edition, low), schema)
        ]
        # A population that ended meanwhile has put another edition in its place.
        if _edition(path) == edition:
            yield from found
            return


def _edition(path: Path) -> Path | None:
    with suppress(Unreadable, OSError):
        return path / name_of(generations.current(path) or 1)
    return None


def _shard(number: int, entity: str, shard: Path, schema: Schema | None) -> Iterator[Verified]:
    sizes = [size for _, size in files_of(shard)]
    yield Verified(number, len(sizes), sum(sizes), entity)
    for damage in damages_of(shard, schema):
        yield Verified(number, 0, 0, entity, damage.path, damage.what)


def _unreadable(path: Path) -> str | None:
    try:
        read_checked(path)
    except FileNotFoundError:
        return None
    except (OSError, Unreadable) as error:
        return f"is damaged: {error}"
    return None
