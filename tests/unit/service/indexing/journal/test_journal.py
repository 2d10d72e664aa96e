import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.errors import StorageFailed
from search_service.service.indexing.journal.journal import Journal, JournalDamaged
from search_service.service.indexing.journal.segments import record as framed
from tests.support.disks import in_memory


@contextmanager
def written(directory: Path, *records: bytes, sync: bool = True) -> Iterator[Journal]:
    with closing(Journal(directory, 1, sync=sync)) as journal:
        for record in records:
            journal.settle(journal.append(record))
        yield journal


def write(directory: Path, *records: bytes) -> None:
    with written(directory, *records):
        pass


def read(directory: Path, generation: int = 1) -> list[bytes]:
    return [record.content for record in Journal(directory, generation).records()]


def segments(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.journal"))


def test_records_come_back_in_order(tmp_path: Path) -> None:
    write(tmp_path, b"one", b"", b"three")
    assert read(tmp_path) == [b"one", b"", b"three"]


def test_what_was_written_before_a_stop_comes_before_what_came_after(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    write(tmp_path, b"two")
    assert read(tmp_path) == [b"one", b"two"]


def test_committed_records_are_dropped_and_later_ones_stay(tmp_path: Path) -> None:
    with written(tmp_path, b"one") as journal:
        covered = journal.turn()
        journal.append(b"two")
        journal.drop(covered)
    assert read(tmp_path) == [b"two"]


def test_a_record_whose_commit_had_begun_says_so(tmp_path: Path) -> None:
    with written(tmp_path, b"one") as journal:
        journal.turn()
        journal.append(b"two")
    records = list(Journal(tmp_path, 1).records())
    assert [(record.content, record.begun) for record in records] == [
        (b"one", True),
        (b"two", False),
    ]


def test_a_clear_forgets_everything(tmp_path: Path) -> None:
    with written(tmp_path, b"one") as journal:
        journal.restart(2)
        journal.append(b"two")
    assert read(tmp_path, generation=2) == [b"two"]


def test_records_from_before_an_unfinished_clear_are_not_replayed(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    assert read(tmp_path, generation=2) == []
    assert not segments(tmp_path)


def test_a_torn_end_is_cut_off_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, b"one", b"two")
    path = segments(tmp_path)[0]
    whole = path.read_bytes()
    os.truncate(path, len(whole) - 1)
    assert read(tmp_path) == [b"one"]
    assert "it was never acknowledged" in caplog.text
    (aside,) = tmp_path.glob("*.cut")
    assert str(aside) in vars(caplog.records[-1])["kept_in"]
    assert vars(caplog.records[-1])["operations_at_most"] == 1
    assert aside.read_bytes() == whole[-19:-1]
    caplog.clear()
    write(tmp_path, b"three")
    assert read(tmp_path) == [b"one", b"three"], "the cut segment is whole again"
    assert not caplog.text


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6), st.data())
def test_cut_anywhere_the_whole_records_before_the_cut_are_read(
    records: Sequence[bytes], data: st.DataObject
) -> None:
    with in_memory() as directory:
        write(directory, *records)
        path = segments(directory)[0]
        title = path.read_bytes().index(b"\n") + 1
        ends = [title]
        for record in records:
            ends.append(ends[-1] + 16 + len(record))
        cut = data.draw(st.integers(title, ends[-1]))
        os.truncate(path, cut)
        whole = sum(end <= cut for end in ends) - 1
        assert read(directory) == list(records[:whole])


@given(st.lists(st.binary(max_size=40), min_size=2, max_size=6), st.data())
def test_a_changed_byte_before_the_last_record_is_damage(
    records: Sequence[bytes], data: st.DataObject
) -> None:
    with in_memory() as directory:
        write(directory, *records)
        path = segments(directory)[0]
        content = bytearray(path.read_bytes())
        first = content.index(b"\n") + 1
        place = data.draw(st.integers(first, len(content) - 16 - len(records[-1]) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)
        with pytest.raises(JournalDamaged, match=r"restore it from a backup, or move the files"):
            read(directory)


def test_records_that_were_never_synced_may_be_torn_in_any_order(tmp_path: Path) -> None:
    with written(tmp_path, b"one", b"two", b"three", sync=False):
        path = segments(tmp_path)[0]
    path.write_bytes(path.read_bytes().replace(b"two", b"\0\0\0"))
    assert read(tmp_path) == [b"one"]


def test_a_damaged_segment_before_the_last_is_damage(tmp_path: Path) -> None:
    with written(tmp_path, b"one") as journal:
        journal.turn()
    path = segments(tmp_path)[0]
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(JournalDamaged):
        read(tmp_path)


def test_a_missing_segment_is_damage(tmp_path: Path) -> None:
    for record in (b"one", b"two", b"three"):
        write(tmp_path, record)
    segments(tmp_path)[1].unlink()
    with pytest.raises(JournalDamaged, match="is missing"):
        read(tmp_path)


def test_a_file_that_is_no_journal_is_damage(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    segments(tmp_path)[0].write_bytes(b"something else\n")
    with pytest.raises(JournalDamaged, match="does not begin as a journal does"):
        read(tmp_path)


@pytest.mark.parametrize("torn", [b"", b"icat-sea"])
def test_a_segment_torn_when_it_was_made_is_dropped(torn: bytes, tmp_path: Path) -> None:
    with written(tmp_path, b"one") as journal:
        journal.turn()
    (tmp_path / "000000000003.journal").write_bytes(torn)
    assert read(tmp_path) == [b"one"]
    write(tmp_path, b"two")
    assert read(tmp_path) == [b"one", b"two"]


def test_many_threads_write_whole_records(tmp_path: Path) -> None:
    def work(number: int) -> None:
        for place in range(20):
            journal.settle(journal.append(f"{number} {place}".encode()))

    with written(tmp_path) as journal, ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(work, number) for number in range(8)]:
            done.result()
    found = read(tmp_path)
    assert sorted(found) == sorted(f"{n} {p}".encode() for n in range(8) for p in range(20))
    for number in range(8):
        mine = [record for record in found if record.startswith(f"{number} ".encode())]
        assert mine == [f"{number} {place}".encode() for place in range(20)]


def test_a_disk_that_fails_refuses_every_further_change(tmp_path: Path) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with closing(Journal(tmp_path, 1, to_disk=full)) as journal:
        with pytest.raises(StorageFailed, match="No space left on device"):
            journal.settle(journal.append(b"one"))
        with pytest.raises(StorageFailed, match="so no change is accepted"):
            journal.append(b"two")


def test_what_the_system_refused_is_taken_when_that_is_put_right(tmp_path: Path) -> None:
    place, away = tmp_path / "journal", tmp_path / "away"
    with closing(Journal(place, 1)) as journal:
        journal.settle(journal.append(b"one"))
        place.rename(away)
        with pytest.raises(StorageFailed, match="send it again when that is put right"):
            journal.turn()
        with pytest.raises(StorageFailed, match="send it again when that is put right"):
            journal.append(b"two")
        away.rename(place)
        journal.settle(journal.append(b"three"))
    assert read(place) == [b"one", b"three"]


def test_nothing_is_acknowledged_by_a_file_that_was_removed(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal", 1)) as journal:
        journal.settle(journal.append(b"one"))
        shutil.rmtree(tmp_path / "journal")
        with pytest.raises(StorageFailed, match="it was removed"):
            journal.append(b"two")


# ── what is missing or damaged ───────────────────────────────────────────────────────────────────


def refused(directory: Path, sentence: str, generation: int = 1) -> None:
    before = {path: path.read_bytes() for path in directory.iterdir()}
    with pytest.raises(JournalDamaged, match=f"{sentence}.*; restore it from a backup, or move"):
        read(directory, generation)
    assert {path: path.read_bytes() for path in directory.iterdir()} == before


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_file_that_is_removed_is_missed(place: int, tmp_path: Path) -> None:
    with written(tmp_path, b"one") as journal:
        for record in (b"two", b"three"):
            journal.turn()
            journal.settle(journal.append(record))
    path = segments(tmp_path)[place]
    path.unlink()
    refused(tmp_path, f"{path} is missing")


def test_the_only_file_is_missed(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    path = segments(tmp_path)[0]
    path.unlink()
    refused(tmp_path, f"{path} is missing")


def test_the_last_file_is_missed_after_those_before_it_were_committed(tmp_path: Path) -> None:
    with written(tmp_path, b"one") as journal:
        journal.drop(journal.turn())
        journal.settle(journal.append(b"two"))
        journal.drop(journal.turn())
        journal.settle(journal.append(b"three"))
    (path,) = segments(tmp_path)
    assert read(tmp_path) == [b"three"]
    path.unlink()
    refused(tmp_path, f"{path} is missing")


@pytest.mark.parametrize("place", [0, 1])
def test_a_file_that_is_emptied_is_damage(place: int, tmp_path: Path) -> None:
    with written(tmp_path, b"one") as journal:
        journal.turn()
        journal.append(b"two")
    segments(tmp_path)[place].write_bytes(b"")
    refused(tmp_path, "does not begin as a journal does")


def test_a_segment_that_was_cut_between_two_records_after_it_was_closed_is_damage(
    tmp_path: Path,
) -> None:
    with written(tmp_path, b"one", b"two") as journal:
        journal.turn()
    path = segments(tmp_path)[0]
    os.truncate(path, path.stat().st_size - 16 - len(b"two"))
    refused(tmp_path, f"{path} is damaged: it has")


def test_every_bit_of_a_title_counts(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    path = segments(tmp_path)[0]
    content = path.read_bytes()
    for place in range(content.index(b"\n") + 1):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            refused(tmp_path, "")


def test_a_segment_of_a_later_generation_is_not_dropped(tmp_path: Path) -> None:
    with closing(Journal(tmp_path, 3)) as journal:
        journal.append(b"one")
    refused(tmp_path, "belongs to generation 3, and the journal is that of generation 2", 2)


def test_a_segment_under_the_name_of_another_is_damage(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    segments(tmp_path)[0].rename(tmp_path / "000000000002.journal")
    refused(tmp_path, "is segment 1 of the journal")


@pytest.mark.parametrize("name", ["segments", "held"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", None])
def test_a_note_that_is_damaged_is_refused(
    name: str, content: bytes | None, tmp_path: Path
) -> None:
    with written(tmp_path, b"one") as journal:
        journal.hold()
    path = tmp_path / name
    flipped = bytearray(path.read_bytes())
    flipped[min(flipped.index(digit) for digit in b"0123456789" if digit in flipped)] ^= 1
    path.write_bytes(flipped if content is None else content)
    refused(tmp_path, name)


def test_the_note_of_the_last_segment_is_missed(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    (tmp_path / "segments").unlink()
    refused(tmp_path, "segments is missing")


def test_without_any_file_it_is_a_new_journal(tmp_path: Path) -> None:
    write(tmp_path, b"one")
    for path in tmp_path.iterdir():
        path.unlink()
    with closing(Journal(tmp_path, 1)) as journal:
        assert journal.is_new
    with closing(Journal(tmp_path, 1)) as journal:
        assert not journal.is_new


def test_what_a_drop_left_after_a_power_loss_is_removed(tmp_path: Path) -> None:
    with written(tmp_path, b"one") as journal:
        first = segments(tmp_path)[0]
        content = first.read_bytes()
        covered = journal.turn()
        journal.append(b"two")
        covered = journal.turn()
        journal.drop(covered)
        journal.append(b"three")
    first.write_bytes(content)
    assert read(tmp_path) == [b"three"]


# ── journals of earlier versions ─────────────────────────────────────────────────────────────────


def earlier(directory: Path, number: int, *records: bytes, generation: int = 1) -> None:
    content = f"icat-search journal, generation {generation}\n".encode()
    for content_of in records:
        content += framed(content_of, len(content))
    (directory / f"{number:012d}.journal").write_bytes(content)


def test_a_journal_of_an_earlier_version_is_read_and_gone_on_with(tmp_path: Path) -> None:
    earlier(tmp_path, 4, b"one", b"two")
    earlier(tmp_path, 5, b"three")
    assert read(tmp_path) == [b"one", b"two", b"three"]
    with written(tmp_path, b"four") as journal:
        assert read(tmp_path) == [b"one", b"two", b"three", b"four"]
        journal.drop(journal.turn())
    assert read(tmp_path) == []


def test_a_title_without_a_checksum_proves_nothing(tmp_path: Path) -> None:
    earlier(tmp_path, 4, b"one", generation=1)
    refused(tmp_path, "belongs to generation 1, and the journal is that of generation 3", 3)
    earlier(tmp_path, 4, generation=1)
    assert read(tmp_path, 3) == []


# ── held for the next generation ─────────────────────────────────────────────────────────────────


def held(journal: Journal) -> list[bytes]:
    return list(journal.held_records(0, journal.committed))


def test_what_is_held_stays_over_commits_and_is_not_replayed(tmp_path: Path) -> None:
    with written(tmp_path, b"before") as journal:
        journal.drop(journal.turn())
        journal.append(b"waiting")
        journal.hold()
        journal.append(b"one")
        journal.drop(journal.turn())
        journal.append(b"two")
        assert held(journal) == [b"waiting", b"one"]
    assert read(tmp_path) == [b"two"], "what is committed is not replayed"
    with closing(Journal(tmp_path, 1)) as journal:
        assert journal.is_held
        journal.drop(journal.turn())
        assert held(journal) == [b"waiting", b"one", b"two"]
        journal.release()
        assert segments(tmp_path)[:-1] == []
    with closing(Journal(tmp_path, 1)) as journal:
        assert not journal.is_held


def test_what_was_not_committed_when_the_holding_began_is_replayed(tmp_path: Path) -> None:
    with written(tmp_path, b"before") as journal:
        journal.hold()
    assert read(tmp_path) == [b"before"]


def test_what_is_not_committed_stays_when_the_holding_ends(tmp_path: Path) -> None:
    with written(tmp_path) as journal:
        journal.hold()
        journal.append(b"one")
        journal.drop(journal.turn())
        journal.append(b"two")
        journal.release()
    assert read(tmp_path) == [b"two"]


def test_what_is_held_goes_with_a_clear(tmp_path: Path) -> None:
    with written(tmp_path) as journal:
        journal.hold()
        journal.append(b"one")
        journal.restart(2)
        assert not journal.is_held
    assert segments(tmp_path) == []


def test_damage_of_what_is_held_is_told(tmp_path: Path) -> None:
    with written(tmp_path) as journal:
        journal.hold()
        journal.append(b"one" * 50)
        journal.drop(journal.turn())
        path = segments(tmp_path)[0]
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(JournalDamaged, match="is damaged"):
            held(journal)
