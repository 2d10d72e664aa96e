"""Documents from files, whatever their order and however they are compressed."""

import gzip
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from search_service.catalogue.documents import Document
from search_service.errors import SourceRefused
from search_service.sources.base import ignore_rejected
from search_service.sources.lines.index import LineIndex
from search_service.sources.lines.records import Reader, Writer
from search_service.sources.open import open_source
from tests.support.processes import stands_still, wait_for
from tests.unit.conftest import Opened

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".jsonl": lambda data: data,
    ".jsonl.gz": gzip.compress,
    ".jsonl.zst": lambda data: zstandard.compress(data[:90]) + zstandard.compress(data[90:]),
}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory for indices, in which nothing may be left."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    yield directory
    assert list(directory.iterdir()) == []


def datafile(id_: int, **more: object) -> Document:
    return {"name": f"scan {id_}.nxs", "id": id_, "dataset.id": id_ // 10, **more}


def line(entity: str, document: object) -> bytes:
    return orjson.dumps({"entity": entity, "doc": document}) + b"\n"


def written(path: Path, *lines: bytes) -> str:
    path.write_bytes(COMPRESS["".join(path.suffixes)](b"".join(lines)))
    return str(path)


@pytest.mark.parametrize("suffix", COMPRESS)
def test_documents_come_in_order_whatever_the_order_of_the_lines(
    tmp_path: Path, opened: type[Opened], suffix: str
) -> None:
    lines = [line("Datafile", datafile(id_)) for id_ in (5, 3, 9, 1, 7)]
    lines.insert(2, line("Sample", {"sample.id": 4, "sample.name": "Fe"}))
    reading = opened(written(tmp_path / f"documents{suffix}", *lines))
    rows = [row for block in reading.source.read("Datafile", 3, 9) for row in block]
    assert rows == [(id_, datafile(id_)) for id_ in (3, 5, 7)]
    assert reading.ids("Sample") == [4]
    assert reading.ids("Dataset") == []
    assert reading.source.bounds("Dataset") is None
    bounds = reading.source.bounds("Datafile")
    assert bounds is not None
    assert (bounds.low, bounds.high, bounds.count) == (1, 9, 5)
    assert reading.rejected == []


def test_pieces_have_equally_many(tmp_path: Path, opened: type[Opened]) -> None:
    ids = [*range(100), *range(5000, 5300)]
    lines = [line("Datafile", datafile(id_)) for id_ in ids]
    reading = opened(written(tmp_path / "documents.jsonl", *lines))
    assert list(reading.source.boundaries("Datafile", 4)) == [5000, 5100, 5200]
    assert list(reading.source.boundaries("Datafile", 1)) == []
    assert list(reading.source.boundaries("Dataset", 4)) == []


@pytest.mark.parametrize(
    ("wrong", "entity", "id_", "reason"),
    [
        pytest.param(b"not json\n", "", None, "line 2: invalid literal", id="no-json"),
        pytest.param(b"[1, 2]\n", "", None, "line 2: it is not of the form", id="array"),
        pytest.param(b'{"entity": "Datafile"}\n', "Datafile", None, "line 2: it", id="no-document"),
        pytest.param(line("Planet", {"id": 2}), "Planet", None, "no entity Planet", id="entity"),
        pytest.param(line("Datafile", {"name": "x"}), "Datafile", None, "has no id", id="no-id"),
        pytest.param(line("Datafile", {"id": "2"}), "Datafile", None, "64-bit", id="id-of-text"),
        pytest.param(line("Datafile", [2]), "Datafile", None, "not of the form", id="list"),
        pytest.param(line("Datafile", datafile(2, doi=None)), "Datafile", 2, "neither", id="null"),
        pytest.param(
            line("Datafile", datafile(2, doi={"id": 8})), "Datafile", 2, "neither", id="nested"
        ),
        pytest.param(
            b'{"entity": "Datafile", "doc": {"id": 2, "name": tru}}\n',
            "Datafile",
            2,
            "line 2: ",
            id="broken-after-the-id",
        ),
        pytest.param(
            line("Datafile", datafile(3)), "Datafile", 3, "line 2: a later line", id="repeated"
        ),
    ],
)
def test_a_line_that_is_no_document_is_told_by_its_number(
    tmp_path: Path, opened: type[Opened], wrong: bytes, entity: str, id_: int | None, reason: str
) -> None:
    around = line("Datafile", datafile(1)), line("Datafile", datafile(3))
    reading = opened(written(tmp_path / "documents.jsonl", around[0], wrong, b"\n", around[1]))
    assert reading.ids("Datafile") == [1, 3]
    ((told_entity, told_id, told_reason),) = reading.rejected
    assert (told_entity, told_id) == (entity, id_)
    assert reason in told_reason


TEXT = st.text(alphabet='{}[],:" \\id123é\n', max_size=12)


@given(st.lists(st.dictionaries(TEXT | st.just("id"), TEXT | st.integers(0, 99))))
def test_the_id_is_found_as_json_says_whatever_the_values_look_like(
    documents: list[Document],
) -> None:
    numbered = [document | {"id": place} for place, document in enumerate(documents)]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "documents.jsonl"
        source = open_source(written(path, *(line("Datafile", one) for one in numbered)))
        rows = [row for block in source.read("Datafile", 0, 10**6) for row in block]
        source.close()
    assert rows == list(enumerate(numbered))


def test_many_lines_are_noted_together_and_one_by_one_alike(
    tmp_path: Path, opened: type[Opened]
) -> None:
    """Where the id comes first, all lines of a piece of a megabyte are looked at together."""
    long = "x" * 500
    documents = [{"id": id_, "name": f"scan {id_}", "summary": long} for id_ in range(5_000)]
    others = [{"summary": long, "id": id_} for id_ in range(5_000, 9_000)]
    lines = [line("Datafile", one) for one in documents[::2]]
    lines += [line("Dataset", one) for one in reversed(documents)]
    lines += [b"none\n", *(line("Datafile", one) for one in (*documents[1::2], *others))]
    reading = opened(written(tmp_path / "documents.jsonl", *lines))
    for entity, expected in (("Datafile", documents + others), ("Dataset", documents)):
        rows = [row for block in reading.source.read(entity, 0, 10**6) for row in block]
        assert [document for _, document in rows] == expected
    ((_, _, reason),) = reading.rejected
    assert reason.startswith("line 7501: ")


@pytest.mark.parametrize("suffix", [".jsonl.gz", ".jsonl.zst"])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"documents{suffix}"
    written(path, *(line("Datafile", datafile(id_)) for id_ in range(5000)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if suffix.endswith("gz") else b"nothing" + whole)
    with pytest.raises(SourceRefused, match="damaged or cut off"):
        open_source(str(path))


def test_an_empty_file_has_nothing(tmp_path: Path, opened: type[Opened]) -> None:
    reading = opened(written(tmp_path / "documents.jsonl"))
    assert reading.source.bounds("Datafile") is None
    assert reading.ids("Datafile") == []


def test_a_last_line_needs_no_end(tmp_path: Path, opened: type[Opened]) -> None:
    path = tmp_path / "documents.jsonl"
    reading = opened(
        written(path, line("Datafile", datafile(1)), line("Datafile", datafile(2))[:-1])
    )
    assert reading.ids("Datafile") == [1, 2]


def test_the_index_is_made_once_and_goes_with_the_last_who_uses_it(
    tmp_path: Path, opened: type[Opened], temporary: Path
) -> None:
    url = written(tmp_path / "documents.jsonl.gz", b"wrong\n", line("Datafile", datafile(1)))
    first, second = opened(url), opened(url)
    assert (len(first.rejected), len(second.rejected)) == (1, 0)
    first.source.close()
    assert second.ids("Datafile") == [1]
    assert len(list(temporary.iterdir())) == 1
    second.source.close()
    assert list(temporary.iterdir()) == []
    assert len(opened(url).rejected) == 1


def test_a_changed_file_is_indexed_anew(tmp_path: Path, opened: type[Opened]) -> None:
    path = tmp_path / "documents.jsonl"
    before = opened(written(path, line("Datafile", datafile(1))))
    assert before.ids("Datafile") == [1]
    path.rename(tmp_path / "old")
    after = opened(written(path, line("Datafile", datafile(1)), line("Datafile", datafile(2))))
    assert after.ids("Datafile") == [1, 2]


def read_piece(url: str, directory: str, low: int, high: int) -> list[int]:
    """In a process of its own."""
    tempfile.tempdir = directory
    source = open_source(url)
    try:
        return [id_ for block in source.read("Datafile", low, high) for id_, _ in block]
    finally:
        source.close()


def test_processes_read_pieces_of_one_file_side_by_side(tmp_path: Path, temporary: Path) -> None:
    ids = [id_ * 7919 % 3001 for id_ in range(3001)]
    path = tmp_path / "documents.jsonl.gz"
    url = written(path, *(line("Datafile", datafile(id_)) for id_ in ids))
    pieces = [(0, 1000), (1000, 2000), (2000, 3001)]
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        found = pool.starmap(read_piece, [(url, str(temporary), *piece) for piece in pieces])
    assert found == [list(range(low, high)) for low, high in pieces]


def open_and_die(url: str, directory: str) -> None:
    """In a process of its own, which leaves its index behind."""
    tempfile.tempdir = directory
    open_source(url)
    os._exit(1)


def test_an_index_left_behind_is_used_and_removed(
    tmp_path: Path, opened: type[Opened], temporary: Path
) -> None:
    url = written(tmp_path / "documents.jsonl.gz", line("Datafile", datafile(1)))
    process = multiprocessing.get_context("spawn").Process(
        target=open_and_die, args=(url, str(temporary))
    )
    process.start()
    process.join(60)
    assert len(list(temporary.iterdir())) == 1
    assert opened(url).ids("Datafile") == [1]


def stand_still(*_: object) -> None:
    """Amid the look through a file, at a line that is rejected."""
    os.kill(os.getpid(), signal.SIGSTOP)


def look_through(path: Path, directory: str) -> None:
    """In a process of its own."""
    tempfile.tempdir = directory
    LineIndex(path, stand_still)


def test_a_process_that_stands_still_amid_the_look_through_a_file_is_waited_for_and_told_of(
    tmp_path: Path, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "documents.jsonl"
    written(path, b"no document\n", line("Datafile", datafile(1)))
    process = multiprocessing.get_context("spawn").Process(
        target=look_through, args=(path, str(temporary))
    )
    process.start()
    try:
        wait_for(lambda: stands_still(process.pid or 0), "it stands still")
        with ThreadPoolExecutor(1) as thread:
            opening = thread.submit(LineIndex, path, ignore_rejected, told_seconds=0.1)
            try:
                wait_for(lambda: "another process looks through" in caplog.text, "a line")
                assert not opening.done()
            finally:
                process.kill()
            opening.result().close()
    finally:
        process.kill()
    process.join()
    assert list(temporary.iterdir()) == []


def index_of(url: str, temporary: Path) -> Path:
    """Where its index is while it is open."""
    source = open_source(url)
    (place,) = temporary.iterdir()
    source.close()
    return place


def test_files_that_a_link_in_the_place_of_an_index_leads_to_are_left_alone(
    tmp_path: Path, opened: type[Opened], temporary: Path
) -> None:
    # Whoever may read where the file is, how long and how old, can work out the name of the index.
    url = written(tmp_path / "documents.jsonl", line("Datafile", datafile(1)))
    place = index_of(url, temporary)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    place.symlink_to(precious)
    with pytest.raises(SourceRefused, match="cannot be read"):
        opened(url)
    assert [*precious.iterdir()] == [precious / "file"]
    place.unlink()


def test_a_directory_that_others_may_write_is_no_index(
    tmp_path: Path, opened: type[Opened], temporary: Path
) -> None:
    url = written(tmp_path / "documents.jsonl", line("Datafile", datafile(1)))
    place = index_of(url, temporary)
    place.mkdir()
    place.chmod(0o777)
    with pytest.raises(SourceRefused, match="belongs to somebody else, too"):
        opened(url)
    place.rmdir()


def test_a_pipe_is_no_source(tmp_path: Path, opened: type[Opened]) -> None:
    path = tmp_path / "documents.jsonl"
    os.mkfifo(path)
    with pytest.raises(SourceRefused, match="is no file of documents"):
        opened(str(path))


@given(ids=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_records_of_any_order_are_sorted_in_runs_and_the_last_of_equals_stays(
    ids: list[int],
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        writer = Writer(Path(directory), buffered=4, run=3)
        for place, id_ in enumerate(ids):
            writer.add("Datafile", id_, place, place + 1)
        repeated: list[tuple[int, int]] = []
        writer.finish(lambda _entity, id_, number: repeated.append((id_, number)))
        assert os.listdir(directory) == ["Datafile"]
        reader = Reader(Path(directory) / "Datafile")
        found = reader.between(0, len(reader))
        reader.close()
    last = {id_: (id_, place, place + 1) for place, id_ in enumerate(ids)}
    assert found == [last[id_] for id_ in sorted(last)]
    assert len(repeated) == len(ids) - len(last)


def test_a_file_may_tell_when_investigations_are_released(
    tmp_path: Path, opened: type[Opened]
) -> None:
    lines = [
        line("Investigation", {"id": 3, "releaseDate": 100}),
        line("Investigation", {"id": 2}),
        line("Investigation", {"id": 1, "releaseDate": "never"}),
    ]
    source = opened(written(tmp_path / "documents.jsonl", *lines)).source
    assert list(source.releases(0, 10)) == [(3, 100)]
    assert list(source.releases(0, 3)) == []
    assert source.pick("Investigation", [2, 3]) == [(2, {"id": 2}), (3, {"id": 3})]
