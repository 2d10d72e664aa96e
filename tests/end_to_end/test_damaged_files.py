"""Every file of a data directory, damaged in every way: right answers, or a refusal and no loss.

In the process of the tests, as there are many. What is damaged inside segments is the matter of
``test_damage``.
"""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from search_service.catalogue.documents import Operation
from search_service.engines.base import Document
from search_service.engines.embedded.storage import generations
from search_service.errors import EndsCommand, ShardDamaged
from search_service.reindex.run import ReindexOptions
from tests.support.indexed import Indexed, datafiles

pytestmark = pytest.mark.slow

COMMITTED = {"Datafile": dict(datafiles(range(6))), "Dataset": {7: {"id": 7, "name": "run"}}}
PENDING: Document = {"id": 50, "name": "acknowledged"}
# Locks and sockets hold nothing; what is told of a run or of a sync is no part of what is searched.
NOTHING = ("service.lock", "control.sock", ".lock", "progress.json")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After a kill: one generation kept, one searched, one built; a population; a journal."""
    indexed = Indexed(tmp_path_factory.mktemp("original"))
    indexed.source.write({"Datafile": COMMITTED["Datafile"], "Dataset": {}})
    store = indexed.open()
    store.changes.modify([Operation("create", "Datafile", 1, {"id": 1, "name": "before"})])
    store.changes.commit()  # what waits for a commit would be taken into the next generation
    indexed.run(ReindexOptions(("Datafile", "Dataset"), memory=15_000_000))
    store.changes.lock("Dataset", None, None, delete=True)
    store.changes.add_now("Dataset", [{"id": 7, "name": "run"}])
    store.changes.unlock("Dataset")
    number = store.generations.begin(("Datafile",), indexed.engine().fit)
    (generations.path_of(indexed.root, number) / "reindex.sqlite").touch()
    for id_ in (49, 50):
        store.changes.modify(
            [Operation("create", "Datafile", id_, {"id": id_, "name": "acknowledged"})]
        )
    image = indexed.root.with_name("image")
    shutil.copytree(indexed.root, image)
    indexed.close()
    return image


def delete(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def flip(place: Callable[[int], int]) -> Callable[[Path], None]:
    def flipped(path: Path) -> None:
        content = bytearray(path.read_bytes())
        if content:
            content[place(len(content))] ^= 2
        path.write_bytes(content)

    return flipped


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(delete, id="deleted"),
        pytest.param(empty, id="emptied"),
        pytest.param(cut, id="cut"),
        pytest.param(flip(lambda size: 0), id="flipped-at-its-beginning"),
        pytest.param(flip(lambda size: size // 2), id="flipped-in-its-middle"),
        pytest.param(flip(lambda size: size - 2), id="flipped-at-its-end"),
    ],
)
def test_a_damaged_file_gives_no_wrong_answer_and_loses_no_other(
    damage: Callable[[Path], None], original: Path, tmp_path: Path
) -> None:
    wrong = []
    for number, name in enumerate(files(original)):
        indexed = Indexed(tmp_path / str(number))
        indexed.root.parent.mkdir()
        shutil.copytree(original, indexed.root)
        damage(indexed.root / name)
        why = what_is_wrong(indexed)
        if why is not None:
            wrong.append(f"{name}: {why}")
        shutil.rmtree(indexed.root.parent)
    assert wrong == []


def files(root: Path) -> list[Path]:
    found = (path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file())
    return [path for path in found if not path.name.endswith(NOTHING) and not is_segment(path)]


def is_segment(path: Path) -> bool:
    return len(path.name.partition(".")[0]) == 32


def what_is_wrong(indexed: Indexed) -> str | None:
    """After a start on a directory with one damage."""
    before = contents(indexed.root)
    try:
        store = indexed.open()
    except EndsCommand as error:
        if contents(indexed.root) != before:
            return "refused, and changed something"
        return None if len(str(error)) > 60 else f"says no more than {error}"
    except Exception as error:  # noqa: BLE001 (what is looked for)
        return f"no sentence: {error!r}"
    try:
        expected = {"Datafile": {**COMMITTED["Datafile"], 49: {**PENDING, "id": 49}, 50: PENDING}}
        expected["Dataset"] = COMMITTED["Dataset"]
        torn = list((indexed.root / "journal").glob("*.cut"))
        for entity, documents in expected.items():
            try:
                found = indexed.found(entity)
            except ShardDamaged:
                continue
            lost = set(documents) - set(found)
            if found != {id_: documents[id_] for id_ in found if id_ in documents}:
                return f"{entity} is {found}"
            if lost and not (torn and lost <= {49, 50}):
                return f"{entity} lacks {lost}"
        if generations.numbers(indexed.root)[:2] != [1, 2]:
            return f"generations {generations.numbers(indexed.root)}"
        store.state()
    finally:
        indexed.close()
    return None


def contents(root: Path) -> Mapping[Path, bytes]:
    return {
        path: path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.endswith(NOTHING)
    }
