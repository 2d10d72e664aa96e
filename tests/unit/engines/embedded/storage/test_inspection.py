"""A data directory with a file missing or damaged: refused with what to do, and left as it is."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from search_service.catalogue.documents import Operation
from search_service.engines.base import Document
from search_service.engines.embedded.storage import generations, listing
from search_service.errors import CannotReindex, DirectoryRefused
from search_service.reindex.run import ReindexOptions
from search_service.runtime.state import state_of_closed
from tests.support.indexed import Indexed, datafiles

ROWS = {"Datafile": datafiles(range(20)), "Dataset": dict[int, Document]()}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generation 1 is kept, 2 is searched, 3 is built; Dataset was populated in 2."""
    indexed = Indexed(tmp_path_factory.mktemp("original"))
    indexed.source.write(ROWS)
    store = indexed.open()
    store.changes.modify([Operation("create", "Datafile", 1, {"id": 1, "name": "first"})])
    indexed.run(ReindexOptions(("Datafile", "Dataset"), memory=15_000_000))
    store.changes.lock("Dataset", None, None, delete=True)
    store.changes.add_now("Dataset", [{"id": 7, "name": "run"}])
    store.changes.unlock("Dataset")
    number = store.generations.begin(("Datafile",), indexed.engine().fit)
    (generations.path_of(indexed.root, number) / "reindex.sqlite").touch()
    indexed.close()
    return indexed.root


@pytest.fixture
def indexed(original: Path, tmp_path: Path) -> Indexed:
    shutil.copytree(original, tmp_path / "data")
    indexed = Indexed(tmp_path)
    indexed.source.write(ROWS)
    return indexed


def flipped(path: Path, place: int, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def write(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text)


def unlink(path: Path) -> None:
    path.unlink()


def remove(path: Path) -> None:
    shutil.rmtree(path)


def flip(place: int) -> Callable[[Path], object]:
    return lambda path: flipped(path, place)


NAMES_IT = r"It names the generation that is searched, and nothing was changed. There are: 000001 "
NAMES_IT += (
    r"\(searched before and kept, 1 documents\); 000002 \(21 documents\); 000003 \(built by "
)
NAMES_IT += r"a re-index, 0 documents\).*`echo 000002 > .*/current`"
EDITIONS = r"names the edition of Dataset .* `echo 000002 > .*/Dataset/current`"


@pytest.mark.parametrize(
    ("name", "damage", "sentence"),
    [
        pytest.param("current", unlink, f"current is missing. {NAMES_IT}", id="no-current"),
        pytest.param("current", write(""), f"it is empty.*{NAMES_IT}", id="empty"),
        pytest.param("current", write("0"), f"it says '0'.*{NAMES_IT}", id="zero"),
        pytest.param("current", write("0000"), f"it says '0000'.*{NAMES_IT}", id="cut"),
        pytest.param("current", flip(5), NAMES_IT, id="flipped-to-a-number"),
        pytest.param("current", flip(8), NAMES_IT, id="flipped-in-its-checksum"),
        pytest.param("current", write("7"), f"Generation 7, .*missing.*{NAMES_IT}", id="another"),
        pytest.param("current", write("1"), "000002 holds a generation that is neither", id="kept"),
        pytest.param("generations/000002", remove, "Generation 2, .* is missing", id="gone"),
        pytest.param(
            "generations/000001/kept.json", unlink, "`touch .*000001/kept.json`", id="no-mark"
        ),
        pytest.param("generations/000003/building.json", unlink, "neither", id="no-building"),
        *(
            pytest.param(
                "generations/000003/building.json",
                damage,
                "moving .*000003 away",
                id=f"built-{id_}",
            )
            for id_, damage in (("empty", write("")), ("flipped", flip(14)), ("list", write("[]")))
        ),
        *(
            pytest.param("generations/000002/manifest.json", damage, "manifest.json", id=f"m-{id_}")
            for id_, damage in (("none", unlink), ("empty", write("")), ("cut", write('{"a": 1')))
        ),
        pytest.param("generations/000002/Datafile", remove, "is missing, where", id="no-entity"),
        pytest.param("generations/000002/Dataset/000002", remove, "is missing", id="no-edition"),
        *(
            pytest.param("generations/000002/Dataset/current", damage, EDITIONS, id=f"e-{id_}")
            for id_, damage in (("none", unlink), ("empty", write("")), ("flipped", flip(5)))
        ),
    ],
)
def test_it_is_refused_and_nothing_is_removed(
    name: str, damage: Callable[[Path], object], sentence: str, indexed: Indexed
) -> None:
    damage(indexed.root / name)
    before = contents(indexed.root)
    with pytest.raises(DirectoryRefused, match=sentence):
        indexed.open()
    assert contents(indexed.root) == before


def contents(root: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != "service.lock"
    }


@pytest.mark.parametrize("number", ["2", "000002", "000002\n"])
def test_an_operator_writes_which_generation_is_searched(number: str, indexed: Indexed) -> None:
    (indexed.root / "current").write_text(number)
    indexed.open()
    try:
        assert len(indexed.found("Datafile")) == 20
        assert list(indexed.found("Dataset")) == [7]
        assert [g.state for g in listing.listed(indexed.root)] == [
            "kept",
            "current",
            "building",
        ]
    finally:
        indexed.close()


def test_a_note_of_interrupted_populations_that_is_damaged_is_put_aside(indexed: Indexed) -> None:
    note = indexed.root / "generations/000002/interrupted.json"
    note.write_text("{")
    indexed.open()
    indexed.close()
    assert note.with_name("interrupted.json.damaged").read_text() == "{"
    assert state_of_closed(indexed.engine()).interrupted == {}


@pytest.mark.parametrize("mark", ["kept.json", "building.json"])
def test_what_a_crash_left_of_a_generation_that_was_given_up_goes(
    mark: str, indexed: Indexed
) -> None:
    number = 1 if mark == "kept.json" else 3
    path = generations.path_of(indexed.root, number)
    (path / mark).rename(path / "dropped.json")
    generations.path_of(indexed.root, 2).with_name("000009.removed").mkdir()
    indexed.open()
    indexed.close()
    left = sorted(path.name for path in (indexed.root / "generations").iterdir())
    assert left == sorted({"000001", "000002", "000003"} - {path.name})


def test_a_clear_that_a_crash_interrupted_anywhere_leaves_the_old_or_nothing(
    tmp_path: Path,
) -> None:
    indexed = Indexed(tmp_path)
    store = indexed.open()
    store.changes.modify([Operation("create", "Datafile", 1, {"id": 1, "name": "first"})])
    store.changes.commit()
    before = tmp_path / "before"
    shutil.copytree(indexed.root, before)
    store.changes.clear()
    indexed.close()
    new = generations.path_of(indexed.root, 2)
    # Before the switch: the new generation is there, and is not searched.
    shutil.copytree(before, tmp_path / "early")
    early = Indexed(tmp_path)
    early.root = tmp_path / "early"
    shutil.copytree(new, generations.path_of(early.root, 2))
    early.open()
    assert list(early.found("Datafile")) == [1]
    early.close()
    assert generations.numbers(early.root) == [1]
    # After it: the old one is there still.
    shutil.copytree(generations.path_of(before, 1), generations.path_of(indexed.root, 1))
    indexed.open()
    assert not indexed.found("Datafile")
    indexed.close()
    assert generations.numbers(indexed.root) == [2]


def test_a_crash_after_two_clears_leaves_the_last(tmp_path: Path) -> None:
    indexed = Indexed(tmp_path)
    store = indexed.open()
    store.changes.clear()
    store.changes.clear()
    crashed = Indexed(tmp_path)
    crashed.root = tmp_path / "crashed"
    shutil.copytree(indexed.root, crashed.root, ignore=shutil.ignore_patterns("*.sock"))
    indexed.close()
    crashed.open()
    crashed.close()
    assert generations.numbers(crashed.root) == [3]


# ── which directories are made ────────────────────────────────────────────────────────────────────


def test_a_directory_of_others_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    indexed = Indexed(tmp_path)
    indexed.root.mkdir()
    (indexed.root / "letters").mkdir()
    with pytest.raises(DirectoryRefused, match="and not empty: it holds letters; name the right"):
        indexed.open()
    assert [path.name for path in indexed.root.iterdir()] == ["letters"]


@pytest.mark.parametrize(
    "left",
    [
        *("carried.sqlite", "sync.json", "last-commit"),
        *("slices/0123.lock", "journal/000000000001.journal"),
    ],
)
def test_what_is_left_of_a_data_directory_is_no_new_one(left: str, tmp_path: Path) -> None:
    indexed = Indexed(tmp_path)
    (indexed.root / left).parent.mkdir(parents=True)
    (indexed.root / left).write_bytes(b"x")
    with pytest.raises(DirectoryRefused, match="but its index is gone"):
        indexed.open()


def test_a_first_start_that_a_crash_interrupted_is_done_again(tmp_path: Path) -> None:
    indexed = Indexed(tmp_path)
    path = generations.path_of(indexed.root, 1)
    path.mkdir(parents=True)
    (path / "manifest.json.new").write_bytes(b"{")
    (indexed.root / "service.lock").touch()
    (indexed.root / "lost+found").mkdir()
    indexed.open()
    indexed.close()
    assert generations.current(indexed.root) == 1


def test_a_re_index_that_lost_its_state_is_given_up(indexed: Indexed) -> None:
    built = generations.path_of(indexed.root, 3)
    shutil.copytree(generations.path_of(indexed.root, 2) / "Datafile", built / "Datafile")
    (built / "reindex.sqlite").unlink()
    indexed.open()
    try:
        with pytest.raises(CannotReindex, match=r"reindex.sqlite is missing.*--cancel"):
            indexed.run(ReindexOptions(("Datafile",), resume=True, memory=15_000_000))
    finally:
        indexed.close()
