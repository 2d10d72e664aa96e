"""Segments are written anew while changes go on: what is found stays the same."""

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import enumerate as enumerate_threads

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.engines.base import Change, Delete, Document, Put
from search_service.engines.embedded.storage import shard_files
from search_service.engines.embedded.storage.damage import damages_of
from search_service.engines.embedded.storage.shard_files import Commit
from tests.support.plain_shards import Opened, PlainCodec
from tests.support.processes import wait_for

Open = Callable[..., Opened]


def put(id_: int, name: str = "first") -> Put:
    return Put(id_, {"id": id_, "name": name})


@pytest.fixture
def opened(open_with: Open) -> Opened:
    """Sixty documents in one segment; a rewrite is worth it from ten that are deleted."""
    opened = open_with(rewritten_from=10)
    commit(opened, [put(id_) for id_ in range(60)])
    return opened


def commit(opened: Opened, changes: Iterable[Change]) -> None:
    opened.writer.apply("Datafile", list(changes))
    opened.writer.commit(["Datafile"])


def shard(opened: Opened) -> Path:
    return Path(opened.writer.view.of("Datafile")[0].path)


def held(opened: Opened) -> Commit:
    found = shard_files.last_commit(shard(opened))
    assert found is not None
    return found


def is_beside(opened: Opened) -> bool:
    """Whether something is being written anew."""
    return shard(opened).with_name(f"{shard(opened).name}.rewrite").exists()


def tend_until(opened: Opened, state: Callable[[], bool], what: str) -> None:
    def tended() -> bool:
        opened.writer.tend()
        return state()

    wait_for(tended, what)


def begin(opened: Opened) -> None:
    tend_until(opened, lambda: is_beside(opened), "the beginning of a rewrite")


def end(opened: Opened) -> None:
    tend_until(opened, lambda: not is_beside(opened), "the end of a rewrite")


def test_a_shard_with_many_deleted_documents_is_written_anew(opened: Opened) -> None:
    commit(opened, [Delete(id_) for id_ in range(0, 60, 3)])
    before = opened.documents("Datafile")
    assert (held(opened).documents, held(opened).deleted) == (40, 20)
    stamp = opened.writer.view.of("Datafile")[0].stamp
    begin(opened)
    end(opened)
    assert (held(opened).documents, held(opened).deleted) == (40, 0)
    assert opened.documents("Datafile") == before
    assert opened.writer.view.of("Datafile")[0].stamp != stamp, "readers open it anew"
    assert not list(damages_of(shard(opened), PlainCodec().schema("Datafile")))
    segments = {path.name for path in shard(opened).iterdir() if path.name[0] != "."}
    assert segments == {"meta.json", *held(opened).files}


def test_more_deletes_than_the_engine_holds_at_a_time_count_too(open_with: Open) -> None:
    opened = open_with(rewritten_from=10)
    commit(opened, [put(id_) for id_ in range(60)])
    opened.writer.apply("Datafile", [Delete(id_) for id_ in range(0, 60, 3)])
    opened.writer.apply("Datafile", [put(1, "second")])
    # As the shard does by itself after twenty thousand deletes.
    shard_writer = opened.writer._editions["Datafile"].shards[0]
    shard_writer.commit()
    opened.writer.commit(["Datafile"])
    begin(opened)
    end(opened)
    assert held(opened).documents == 40


def test_few_deleted_documents_are_left_where_they_are(opened: Opened) -> None:
    commit(opened, [Delete(id_) for id_ in range(9)])
    opened.writer.tend()
    assert not is_beside(opened)
    assert held(opened).deleted == 9


def test_a_small_share_is_left_where_it_is(open_with: Open) -> None:
    opened = open_with(rewritten_from=1)
    commit(opened, [put(id_) for id_ in range(60)])
    commit(opened, [Delete(id_) for id_ in range(11)])
    opened.writer.tend()
    assert not is_beside(opened)


def test_small_segments_beside_it_may_be_merged_meanwhile(opened: Opened) -> None:
    for id_ in range(100, 104):
        commit(opened, [put(id_ % 60)])
    commit(opened, [Delete(id_) for id_ in range(0, 30, 2)])
    found = opened.documents("Datafile")
    begin(opened)
    for id_ in range(60, 68):  # eight small segments, which the engine merges to one
        commit(opened, [put(id_)])
    end(opened)
    assert opened.documents("Datafile") == {
        **found,
        **{id_: {"id": id_, "name": "first"} for id_ in range(60, 68)},
    }
    assert held(opened).deleted < 15


def test_what_is_changed_meanwhile_stays_changed(opened: Opened) -> None:
    commit(opened, [Delete(id_) for id_ in range(0, 60, 3)])
    begin(opened)
    commit(opened, [put(1, "second"), Delete(2), put(3, "again"), put(70), put(71), Delete(71)])
    commit(opened, [put(1, "third")])
    found = opened.documents("Datafile")
    end(opened)
    assert held(opened).documents == 41
    assert opened.documents("Datafile") == found
    assert [found[id_]["name"] for id_ in (1, 3, 70)] == ["third", "again", "first"]
    commit(opened, [put(1, "fourth"), Delete(4)])
    opened.crash()
    found = opened.documents("Datafile")
    assert found[1]["name"] == "fourth"
    assert 4 not in found
    assert not list(damages_of(shard(opened)))


def test_changes_that_are_not_committed_are_waited_for(opened: Opened) -> None:
    commit(opened, [Delete(id_) for id_ in range(0, 60, 3)])
    begin(opened)
    opened.writer.apply("Datafile", [Delete(1)])
    for _ in range(3):
        opened.writer.tend()
    assert is_beside(opened)
    opened.writer.commit(["Datafile"])
    end(opened)
    assert 1 not in opened.documents("Datafile")


def test_it_is_given_up_when_changes_are_taken_back(opened: Opened) -> None:
    commit(opened, [Delete(id_) for id_ in range(0, 60, 3)])
    begin(opened)
    opened.writer.apply("Datafile", [Delete(1), put(2, "lost")])
    opened.writer.undo()
    found = opened.documents("Datafile")
    end(opened)
    assert held(opened).deleted == 20
    assert opened.documents("Datafile") == found
    assert 1 in found


def test_it_is_given_up_when_a_population_takes_the_place(opened: Opened) -> None:
    commit(opened, [Delete(id_) for id_ in range(0, 60, 3)])
    begin(opened)
    old = shard(opened)
    opened.writer.begin("Datafile", delete=False)
    opened.writer.add("Datafile", [(99, {"id": 99})])
    opened.writer.end("Datafile")
    tend_until(
        opened, lambda: not old.with_name(f"{old.name}.rewrite").exists(), "the end of a rewrite"
    )
    assert held(opened).documents == 41
    assert opened.documents("Datafile")[99] == {"id": 99}


def test_what_a_crash_leaves_is_removed_at_the_next_start(opened: Opened) -> None:
    commit(opened, [Delete(id_) for id_ in range(0, 60, 3)])
    found = opened.documents("Datafile")
    left = shard(opened).with_name(f"{shard(opened).name}.rewrite")
    left.mkdir()
    (left / "some.idx").write_text("some")
    # Linked into the shard, and not yet named.
    (shard(opened) / f"{'0' * 32}.idx").write_text("some")
    opened.crash()
    assert not left.exists()
    commit(opened, [Delete(1)])
    assert set(opened.documents("Datafile")) == set(found) - {1}
    assert not (shard(opened) / f"{'0' * 32}.idx").exists()


def test_what_does_not_agree_is_not_put_in(
    opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    commit(opened, [Delete(id_) for id_ in range(0, 60, 3)])
    begin(opened)
    found = opened.documents("Datafile")
    meta = shard(opened).with_name(f"{shard(opened).name}.rewrite") / "meta.json"
    # The engine writes it more than once.
    wait_for(lambda: "rewrite" not in [thread.name for thread in enumerate_threads()], "the merge")
    meta.write_text(
        meta.read_text()
        .replace('"max_doc": 40', '"max_doc": 39')
        .replace('"max_doc":40', '"max_doc":39')
    )
    end(opened)
    (why,) = [vars(record)["why"] for record in caplog.records]
    assert "39 documents were rewritten, 40 should be" in why
    assert opened.documents("Datafile") == found
    assert held(opened).deleted == 20


ids = st.integers(0, 40)
a_change = st.one_of(ids.map(put), ids.map(lambda id_: put(id_, "other")), ids.map(Delete))
steps = st.lists(
    st.one_of(st.lists(a_change, min_size=1, max_size=15), st.sampled_from(["tend", "crash"])),
    max_size=25,
)


@given(steps)
@settings(max_examples=25)
def test_any_history_finds_what_was_committed(
    tmp_path_factory: pytest.TempPathFactory, history: list[list[Change] | str]
) -> None:
    opened = Opened(tmp_path_factory.mktemp("history") / "data", rewritten_from=2)
    expected: dict[int, Document] = {}
    try:
        for step in history:
            if step == "tend":
                opened.writer.tend()
            elif step == "crash":
                opened.crash()
            else:
                assert not isinstance(step, str)
                commit(opened, step)
                for change in step:
                    expected.pop(change.id, None)
                    if isinstance(change, Put):
                        expected[change.id] = change.document
            assert opened.documents("Datafile") == expected
        for _ in range(3):
            opened.writer.tend()
        assert opened.documents("Datafile") == expected
    finally:
        opened.stop()
