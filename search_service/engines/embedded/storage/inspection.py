"""Looks through a data directory before anything in it is changed; refuses what it cannot explain.

What is removed after that is what its own files prove to be superfluous, see ``generations`` and
``data_directory``: a file that was lost or damaged must never make an index look like a leftover.
Each refusal says how to go on. Not here: damage inside shards, which concerns an entity, not the
whole.
"""

from pathlib import Path

from search_service.engines.embedded.storage import generations, manifest
from search_service.engines.embedded.storage.generations import CURRENT, name_of, path_of
from search_service.engines.embedded.storage.manifest import Manifest
from search_service.engines.embedded.storage.shard_files import (
    count,
    made_in,
    shard_path,
    shards_of,
)
from search_service.errors import DirectoryRefused, ShardDamaged
from search_service.files import Unreadable

POPULATION = "population"  # in an edition: a population fills it, and has not ended

# What a directory may hold in which nothing was indexed: also a file system of its own has one.
_BEGUN = frozenset(
    {"service.lock", "control.sock", "current.new", "generations", "journal", "lost+found"}
)
_OURS = frozenset(
    {
        *("service.lock", "generations", "journal", "carried.sqlite", "sync.json"),
        *("set-aside", "slices", "last-commit"),
    }
)


def refuse_foreign(root: Path) -> None:
    """Raises DirectoryRefused for a directory that has no index, and is not empty either."""
    if not root.is_dir() or (root / CURRENT).exists() or _has_index(root):
        return
    found = sorted(path.name for path in root.iterdir())
    foreign = [name for name in found if name not in _BEGUN]
    if not foreign and not any((root / "journal").glob("*.journal")):
        return
    if _OURS & set(found):
        raise DirectoryRefused(
            f"{root} was a data directory, as it holds {_listed(found)}, but its index is gone; "
            "restore it from a backup, or name an empty directory and re-index"
        )
    raise DirectoryRefused(
        f"{root} is no data directory of this service and not empty: it holds {_listed(foreign)}; "
        "name the right one, or an empty one, or one that does not exist yet"
    )


def _has_index(root: Path) -> bool:
    numbers = generations.numbers(root)
    return not all(generations.holds_nothing(path_of(root, number)) for number in numbers)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def inspect(root: Path) -> int:
    """The number of the current generation; 0 in a directory without any. Raises DirectoryRefused.

    Nobody may change the directory meanwhile.
    """
    refuse_foreign(root)
    if not (root / CURRENT).exists() and not _has_index(root):
        return 0
    searched = current_of(root)
    inspect_generation(root, searched)
    for number in generations.numbers(root):
        if number != searched:
            _refuse_unknown(root, number)
    generations.building(root)
    return searched


def current_of(root: Path) -> int:
    """The number of the current generation. Raises DirectoryRefused when that is not known."""
    try:
        searched = generations.current(root)
    except Unreadable as error:
        raise DirectoryRefused(f"{error}. {_how_to_choose(root)}") from error
    if searched == 0 and generations.numbers(root):
        raise DirectoryRefused(f"{root / CURRENT} is missing. {_how_to_choose(root)}")
    if searched == 0:
        raise DirectoryRefused(
            f"There is no data directory at {root}; icat-search serve makes one, or reindex"
        )
    path = path_of(root, searched)
    if not path.is_dir():
        raise DirectoryRefused(
            f"Generation {searched}, which is searched as {root / CURRENT} says, is missing: there "
            f"is no {path}. Restore it from a backup. {_how_to_choose(root)}"
        )
    return searched


def inspect_generation(root: Path, number: int) -> Manifest:
    """The manifest of a generation that is to be opened. Raises DirectoryRefused."""
    path = path_of(root, number)
    found = manifest.read(path)
    for entity in sorted(
        {*_directories(path), *(made for made in made_in(path) if "." not in made)}
    ):
        _inspect_entity(path / entity)
    return found


def _refuse_unknown(root: Path, number: int) -> None:
    path, searched = path_of(root, number), path_of(root, generations.current(root))
    if generations.is_known(root, number) or generations.is_superfluous(root, number):
        return
    raise DirectoryRefused(
        f"{path} holds a generation that is neither searched nor kept nor built, so a file must "
        f"be missing: {path}/building.json if a re-index built it, {path}/kept.json if it was "
        f"searched before, or {root / CURRENT} is wrong, which says {searched.name}. "
        f"Restore that file; or keep the generation for a rollback by `touch {path}/kept.json`; or "
        f"search it by `echo {path.name} > {root / CURRENT}` and `touch "
        f"{searched}/kept.json`; or move {path} away"
    )


def _how_to_choose(root: Path) -> str:
    """What there is to be searched, and how to say so."""
    found = generations.numbers(root)
    if not found:
        return "There is no generation either; restore the directory from a backup, or move it away"
    likely = [n for n in found if not generations.is_known(root, n)] or found
    described = "; ".join(_described(path_of(root, number)) for number in found)
    return (
        f"It names the generation that is searched, and nothing was changed. There are: "
        f"{described}. Restore the file from a backup, or write the one to search: "
        f"`echo {name_of(likely[-1])} > {root / CURRENT}`"
    )


def _described(path: Path) -> str:
    marks = [
        said
        for name, said in (
            ("kept.json", "searched before and kept"),
            ("building.json", "built by a re-index"),
            ("dropped.json", "to be removed"),
        )
        if (path / name).exists()
    ]
    return f"{path.name} ({', '.join([*marks, _documents(path)])})"


def _documents(path: Path) -> str:
    number = 0
    try:
        for entity in _directories(path):
            edition = path / entity / name_of(generations.current(path / entity) or 1)
            number += sum(count(shard_path(edition, low)) for low in shards_of(edition))
    except (ShardDamaged, Unreadable):
        return "damaged"
    return f"{number:,} documents"


def _directories(path: Path) -> list[str]:
    return [entry.name for entry in sorted(path.iterdir()) if entry.is_dir()]


# ── an entity ────────────────────────────────────────────────────────────────────────────────────


def _inspect_entity(path: Path) -> None:
    try:
        named = generations.current(path)
    except Unreadable as error:
        raise DirectoryRefused(f"{error}. {_how_to_choose_edition(path)}") from error
    editions = [path / name for name in _editions(path)]
    if not named and any(int(edition.name) != 1 for edition in editions):
        raise DirectoryRefused(f"{path / CURRENT} is missing. {_how_to_choose_edition(path)}")
    searched = path / name_of(named or 1)
    if not searched.is_dir() and (named or path.name in made_in(path.parent)):
        raise DirectoryRefused(
            f"{searched} is missing, where the documents of {path.name} were. Restore it from a "
            f"backup; or go on without them by `mkdir -p {searched}`, and build them anew by "
            f"`icat-search reindex --entities {path.name}`"
        )
    for edition in editions:
        if edition != searched and not is_left_over(edition, int(searched.name)):
            raise DirectoryRefused(
                f"{edition} is another edition of {path.name} than the one that is searched, which "
                f"is {searched} as {path / CURRENT} says, and no population left it there. Write "
                "the right one into that file, and move the other away"
            )


def is_left_over(edition: Path, searched: int) -> bool:
    """Whether an edition was replaced by a population, or is of one that did not end."""
    if int(edition.name) == searched:
        return False
    if (edition / POPULATION).exists() or not any(edition.iterdir()):
        return True
    return int(edition.name) < searched and generations.is_checked(edition.parent)


def _editions(path: Path) -> list[str]:
    return [name for name in _directories(path) if name.isdigit()] if path.is_dir() else []


def _how_to_choose_edition(path: Path) -> str:
    found = _editions(path)
    described = ", ".join(f"{name} ({_documents_of(path / name)})" for name in found)
    complete = [name for name in found if not (path / name / POPULATION).exists()] or found
    cure = f": `echo {complete[-1]} > {path / CURRENT}`" if complete else ""
    return (
        f"It names the edition of {path.name} that is searched, and nothing was changed. There "
        f"are: {described or 'none'}. Restore the file from a backup, or write the one to search, "
        f"the last one that is complete{cure}"
    )


def _documents_of(edition: Path) -> str:
    try:
        number = sum(count(shard_path(edition, low)) for low in shards_of(edition))
    except ShardDamaged as error:
        return f"damaged: {error.what}"
    unfinished = ", of a population that did not end" if (edition / POPULATION).exists() else ""
    return f"{number:,} documents{unfinished}"
