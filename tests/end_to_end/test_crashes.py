"""What is left of changes when the service is killed, and when its journal is damaged then."""

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from itertools import count
from pathlib import Path
from threading import Thread

import pytest

from tests.support.calling import Caller, Reply, create, delete, update
from tests.support.processes import wait_for
from tests.support.serving import DidNotStart, Served, serving

pytestmark = pytest.mark.slow

ONE_WORKER = {"workers": 1}
SYNCED = {"workers": 1, "journal_sync": "true"}
DONE = Reply(204)


@contextmanager
def calling(data: Path, **settings: object) -> Iterator[tuple[Served, Caller]]:
    with serving(data, {**ONE_WORKER, **settings}) as service:
        yield service, Caller(service.url)


def kill(service: Served) -> None:
    service.process.kill()
    service.process.wait()


def journal(data: Path) -> Path:
    """The file that was written last."""
    return max((data / "journal").glob("*.journal"))


# ── what was acknowledged ─────────────────────────────────────────────────────────────────────────


def test_what_was_acknowledged_is_there_after_a_kill_committed_or_not(tmp_path: Path) -> None:
    with calling(tmp_path) as (service, caller):
        batch = [create("Datafile", id_, f"file {id_}") for id_ in range(1, 6)]
        assert caller.modify(*batch) == DONE
        caller.done("commit")
        changed = caller.modify(
            update("Datafile", 1, "changed"), delete("Datafile", 2), create("Datafile", 9, "new")
        )
        assert changed == DONE
        caller.done("addNow/Datafile", [{"id": 10, "name": "added"}])
        kill(service)
    with calling(tmp_path) as (service, caller):
        expected = {1: "changed", 3: "file 3", 4: "file 4", 5: "file 5", 9: "new", 10: "added"}
        assert caller.names("Datafile") == expected
        kill(service)
    with calling(tmp_path) as (_, caller):
        assert caller.names("Datafile") == expected, "what a start recovers, it keeps"


def test_a_kill_amid_changes_loses_nothing_acknowledged_and_halves_no_batch(tmp_path: Path) -> None:
    acknowledged: list[int] = []
    size = 5

    def change(caller: Caller) -> None:
        """Batch after batch, some committed, until the service has gone."""
        try:
            for number in count():
                ids = range(number * size, (number + 1) * size)
                if caller.modify(*(create("Datafile", id_, "x") for id_ in ids)) == DONE:
                    acknowledged.append(number)
                if number % 7 == 3:
                    caller.done("commit")
        except (OSError, HTTPException):
            return

    with calling(tmp_path, shard_ids=40) as (service, caller):
        changing = Thread(target=change, args=(caller,))
        changing.start()
        wait_for(lambda: len(acknowledged) >= 30, "30 batches")
        kill(service)
        changing.join()
    with calling(tmp_path, shard_ids=40) as (_, caller):
        found = set(caller.documents("Datafile"))
    batches = {id_ // size for id_ in found}
    assert found == {id_ for number in batches for id_ in range(number * size, (number + 1) * size)}
    # The last one may have been done, although nobody was told.
    assert set(acknowledged) <= batches <= {*acknowledged, len(acknowledged)}


def test_a_batch_that_is_sent_again_changes_nothing(tmp_path: Path) -> None:
    batch = [
        create("Datafile", 1, "one"),
        update("Datafile", 2, "two"),
        create("Datafile", 3, "three"),
        delete("Datafile", 3),
        update("Datafile", 1, "one again"),
    ]
    expected = {1: "one again", 2: "two"}
    with calling(tmp_path) as (service, caller):
        assert caller.modify(*batch) == DONE
        assert caller.modify(*batch) == DONE
        kill(service)
    with calling(tmp_path) as (_, caller):
        assert caller.names("Datafile") == expected
        assert caller.modify(*batch) == DONE
        caller.done("commit")
        assert caller.names("Datafile") == expected
        assert caller.status()["documents"] == {"Datafile": 2}


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({"replace": {"_index": "Datafile", "_id": 1}}, id="no-such-operation"),
        pytest.param({**create("Datafile", 8, "a"), **delete("Datafile", 8)}, id="two-operations"),
        pytest.param({"create": {"_index": "Datafile", "doc": {"id": 8}}}, id="no-id"),
        pytest.param({"create": {"_index": "Datafile", "_id": 8}}, id="no-document"),
        pytest.param(
            {"create": {"_index": "Datafile", "_id": 8, "doc": {"id": 8, "fileSize": "big"}}},
            id="text-for-a-number",
        ),
    ],
)
def test_a_batch_with_one_bad_operation_changes_nothing(
    bad: dict[str, object], filled: tuple[Served, Caller]
) -> None:
    _, caller = filled
    reply = caller.modify(update("Datafile", 1, "no"), create("Datafile", 7, "no"), bad)
    assert reply.status == 400
    assert caller.status()["pending_operations"] == 0
    caller.done("commit")
    assert caller.names("Datafile") == {1: "one"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Caller]]:
    """A service with one file."""
    with calling(tmp_path_factory.mktemp("filled")) as (service, caller):
        assert caller.modify(create("Datafile", 1, "one")) == DONE
        caller.done("commit")
        yield service, caller


# Between the engine's deletes, which are small, and its meta.json, which is larger: the system ends
# the process there as by a signal, when the file becomes longer than it may.
_LONGEST_FILE = 8_000
_ENDED_BY_FILE_SIZE = """
import signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
from search_service.cli.main import main
main()
"""


def test_a_kill_between_the_deletes_of_a_commit_and_its_meta_is_no_end(tmp_path: Path) -> None:
    files = [create("Datafile", id_, "first") for id_ in range(1, 6)]
    changes = [update("Datafile", id_, "second") for id_ in (1, 2, 3)]
    with calling(tmp_path) as (service, caller):
        assert caller.modify(*files) == DONE
        caller.done("commit")
        assert service.stop() == 0
    program = ["-c", _ENDED_BY_FILE_SIZE]
    with serving(tmp_path, SYNCED, program=program) as service:
        caller = Caller(service.url)
        assert caller.modify(*changes) == DONE
        no_longer = (_LONGEST_FILE, _LONGEST_FILE)
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, no_longer)
        with pytest.raises((OSError, HTTPException)):
            caller.done("commit")
        assert service.process.wait(20) == -signal.SIGXFSZ
    assert list(tmp_path.rglob("*.del")), "the commit had written its deletes"
    for _ in range(2):
        with calling(tmp_path) as (service, caller):
            expected = {1: "second", 2: "second", 3: "second", 4: "first", 5: "first"}
            assert caller.names("Datafile") == expected
            kill(service)


# ── populations ───────────────────────────────────────────────────────────────────────────────────


def test_a_kill_in_a_population_leaves_what_was_there_before_it(tmp_path: Path) -> None:
    with calling(tmp_path) as (service, caller):
        caller.modify(create("Dataset", 1, "before"), create("Datafile", 1, "other"))
        caller.done("commit")
        caller.done("lock/Dataset", delete="true")
        for start in range(0, 5_000, 1_000):
            batch = [{"id": id_, "name": "added"} for id_ in range(start, start + 1_000)]
            caller.done("addNow/Dataset", batch)
        assert caller.modify(create("Datafile", 2, "meanwhile")) == DONE
        kill(service)
    with calling(tmp_path) as (service, caller):
        assert caller.names("Dataset") == {1: "before"}
        assert caller.names("Datafile") == {1: "other", 2: "meanwhile"}
        said = [line for line in service.log if "population interrupted" in line]
        assert ["entity=Dataset" in line and " warning " in line for line in said] == [True]
        assert list(caller.status()["interrupted"]) == ["Dataset"]
        assert caller.modify(create("Dataset", 2, "unlocked")) == DONE
        caller.populate("Dataset", [[{"id": 7, "name": "whole"}]])
        assert caller.names("Dataset") == {7: "whole"}
        assert caller.status()["interrupted"] == {}


def test_a_finished_population_survives_a_kill(tmp_path: Path) -> None:
    with calling(tmp_path) as (service, caller):
        caller.populate("Datafile", [[{"id": 7, "name": "whole"}]])
        kill(service)
    with calling(tmp_path) as (_, caller):
        assert caller.names("Datafile") == {7: "whole"}
        assert caller.status()["interrupted"] == {}


# ── a damaged journal ─────────────────────────────────────────────────────────────────────────────


def three_acknowledged(data: Path) -> Path:
    """A killed service with one committed file and three that were not; its journal."""
    with calling(data, journal_sync="true") as (service, caller):
        caller.modify(create("Datafile", 9, "committed"))
        caller.done("commit")
        for id_ in (1, 2, 3):
            assert caller.modify(create("Datafile", id_, f"file {id_}")) == DONE
        kill(service)
    return journal(data)


@pytest.mark.parametrize("cut", [1, 40])
def test_a_journal_that_lost_its_end_keeps_what_comes_before_and_says_so(
    cut: int, tmp_path: Path
) -> None:
    path = three_acknowledged(tmp_path)
    os.truncate(path, path.stat().st_size - cut)
    ends_with = path.read_bytes()
    with calling(tmp_path) as (service, caller):
        assert caller.names("Datafile") == {9: "committed", 1: "file 1", 2: "file 2"}
        said = [line for line in service.log if "record that was not finished" in line]
        assert [str(path) in line for line in said] == [True]
        assert " warning " in said[0]
        assert "operations_at_most=1" in said[0]
        (aside,) = path.parent.glob("*.cut")
        assert f"kept_in={aside}" in said[0]
        assert ends_with.endswith(aside.read_bytes())
        assert caller.modify(create("Datafile", 3, "sent again")) == DONE
        kill(service)
    with calling(tmp_path) as (_, caller):
        assert caller.names("Datafile")[3] == "sent again"


def test_a_journal_that_is_damaged_in_its_middle_ends_the_start_with_what_to_do(
    tmp_path: Path,
) -> None:
    path = three_acknowledged(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"file 1", b"file !"))
    with pytest.raises(DidNotStart) as refused, calling(tmp_path):
        pass
    assert f"{path} is damaged at byte" in str(refused.value)
    assert "move the files of the journal away" in str(refused.value)
    assert "Traceback" not in str(refused.value)
    path.parent.rename(tmp_path / "away")
    with calling(tmp_path) as (service, caller):
        assert caller.names("Datafile") == {9: "committed"}
        assert any("there is no journal" in line for line in service.log)


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    os.truncate(path, 0)


def flip_in_title(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"generation 1", b"generation 3", 1))


@pytest.mark.parametrize("damage", [remove, empty, flip_in_title], ids=lambda done: done.__name__)
def test_a_journal_that_lost_a_file_ends_the_start_and_nothing_is_removed(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    path = three_acknowledged(tmp_path)
    damage(path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DidNotStart) as refused, calling(tmp_path):
        pass
    assert str(path) in str(refused.value)
    assert "move the files of the journal away" in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert sorted(tmp_path.rglob("*")) == before


# ── a lost ``current`` ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content", [None, "", "0", "000003"])
def test_without_its_current_generation_a_service_is_not_as_new(
    content: str | None, tmp_path: Path
) -> None:
    with calling(tmp_path) as (service, caller):
        caller.modify(create("Datafile", 1, "one"))
        caller.done("commit")
        caller.modify(create("Datafile", 2, "two"))
        kill(service)
    current = tmp_path / "current"
    if content is None:
        current.unlink()
    else:
        current.write_text(content)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DidNotStart) as refused, calling(tmp_path):
        pass
    assert "There are: 000001 (1 documents)" in str(refused.value)
    assert f"`echo 000001 > {current}`" in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert sorted(tmp_path.rglob("*")) == before
    current.write_text("000001\n")
    with calling(tmp_path) as (_, caller):
        assert caller.names("Datafile") == {1: "one", 2: "two"}


# ── a directory that does not fit ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("setting", "value"),
    [("facet_fields", "type.name"), ("path_separators", "/"), ("units", "K: kelvin")],
)
def test_a_directory_of_other_settings_is_refused_with_what_to_do(
    setting: str, value: str, other_directory: Path
) -> None:
    with (
        pytest.raises(DidNotStart) as refused,
        calling(other_directory, **{setting: value}),
    ):
        pass
    assert setting in str(refused.value)
    assert f"the settings say `{value}`" in str(refused.value)
    assert "`icat-search reindex`" in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_a_directory_of_another_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with calling(tmp_path) as (service, _):
        assert service.stop() == 0
    manifest = next(tmp_path.glob("generations/*/manifest.json"))
    text = manifest.read_text().replace('"fingerprint": "', '"fingerprint": "0')
    manifest.write_text(text)
    with pytest.raises(DidNotStart) as refused, calling(tmp_path):
        pass
    assert "another schema or text analysis" in str(refused.value)
    assert "`icat-search reindex`" in str(refused.value)


@pytest.fixture(scope="module")
def other_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a service with the usual settings that has ended."""
    data = tmp_path_factory.mktemp("other")
    with calling(data) as (service, _):
        assert service.stop() == 0
    return data
