"""How progress is shown."""

import io
from pathlib import Path

from search_service.reindex.plan import Piece
from search_service.reindex.progress import Line, Progress, span, told
from search_service.reindex.run import Report
from search_service.reindex.show import show_on, summary
from search_service.reindex.state import Stand

PIECES = [Piece("Datafile", 0, 100, 100), Piece("Datafile", 100, 200, 100)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def line(documents: int, *, done: bool = False) -> Line:
    return Line("Datafile", documents, 200, 10.0, 5.0, done)


def test_rate_and_time_left_follow_what_was_built_lately() -> None:
    now = 0.0
    progress = Progress(lambda: now)
    # A run that is gone on with does not count what was there.
    progress.begin([Stand(PIECES[0], 100, 90, True), Stand(PIECES[1], 120, 20, False)])
    now = 5.0
    progress.note(PIECES[1], 70)
    assert progress.lines() == [Line("Datafile", 160, 190, 10.0, 3.0, False)]
    now = 100.0
    progress.note(PIECES[1], 100, done=True)
    assert progress.lines()[0].done


def test_a_time_is_said_as_people_do() -> None:
    assert [span(s) for s in (None, 5, 65, 3660)] == [
        "?",
        "0 min 05 s",
        "1 min 05 s",
        "1 h 01 min",
    ]


def test_a_line_tells_share_rate_and_time_left() -> None:
    assert told(line(50)) == "Datafile: 50 of about 200 (25 %), 10/s, 0 min 05 s left"


def test_a_terminal_has_a_bar_that_is_written_over() -> None:
    stream = Terminal()
    show = show_on(stream)
    show([line(50)])
    show([line(200, done=True)])
    first, again = stream.getvalue().split("\x1b[1A")
    assert first.count("█") == 6
    assert again.count("░") == 0


def test_elsewhere_there_is_a_line_now_and_then() -> None:
    now, stream = 0.0, io.StringIO()
    show = show_on(stream, lambda: now)
    for documents in (10, 20):
        show([line(documents)])
    now = 31.0
    show([line(30)])
    show([line(200, done=True)])
    show([line(200, done=True)])
    assert [one.split()[1] for one in stream.getvalue().splitlines()] == ["10", "30", "200"]


def test_the_report_tells_what_was_left_out(tmp_path: Path) -> None:
    report = Report(3, {"Datafile": 200}, 10.0, 100, 2_000_000, 7, 1, tmp_path / "rejects.jsonl")
    assert summary(report).splitlines() == [
        "Datafile: 200 documents",
        "100 of them were built by a run before",
        "100 documents in 10.0 s, 10/s, 2.0 MB",
        "7 operations came meanwhile and are in it",
        f"1 rows could not be indexed: {tmp_path / 'rejects.jsonl'}",
        "generation 3 is searched now; the one before it is kept",
    ]
