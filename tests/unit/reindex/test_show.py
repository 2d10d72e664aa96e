"""How progress is shown."""

import errno
import fcntl
import io
import os
import pty
import struct
import termios
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from search_service.reindex.plan import Piece
from search_service.reindex.progress import Line, Progress, span, told
from search_service.reindex.run import Report
from search_service.reindex.show import show_on, summary
from search_service.reindex.state import Checkpoint


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


class Window:
    """A terminal of any size, and what was written to it."""

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        tty.setraw(slave)  # or it would write \r before each \n
        self.stream = open(slave, "w", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()
        os.close(self._master)

    def resize(self, columns: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def written(self) -> str:
        """What came since the last time."""
        return os.read(self._master, 65_536).decode(errors="replace")


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
    progress.begin([Checkpoint(PIECES[0], 100, 90, True), Checkpoint(PIECES[1], 120, 20, False)])
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


LARGE = [
    Line("DatafileParameter", 11_500_000, 1_200_000_000, 123_456.0, 360_000.0, False, 12),
    Line("InvestigationFacilityCycle", 12, 0, 0.0, None, False),
    Line("Datafile", 1_200_000_000, 1_200_000_000, 9.0, 0.0, True),
    line(50),
]


@pytest.fixture
def window() -> Iterator[Window]:
    with Window() as found:
        yield found


@pytest.mark.parametrize("columns", [300, 120, 80, 40, 20, 10, 2, 1])
def test_no_line_is_wider_than_the_terminal(window: Window, columns: int) -> None:
    show = show_on(window.stream)
    for _ in range(2):
        window.resize(columns, 24)
        show(LARGE)
        rows = window.written().split("\n")[: len(LARGE)]
        assert len(rows) == len(LARGE)
        for row in rows:
            assert len(row.rpartition("\x1b[K")[2]) < max(columns, 2)


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (120, "█" * 6 + "░" * 18 + " Datafile: 50 of about 200 (25 %), 10/s, 0 min 05 s left"),
        (80, "█" * 4 + "░" * 12 + " Datafile: 50 of about 200 (25 %), 10/s, 0 min 05 s left"),
        (60, "█" * 4 + "░" * 12 + " Datafile: 50 (25 %), 10/s, 0 min 05 s left"),
        (40, "Datafile: 25 %, 0 min 05 s left"),
        (30, "██░░░░░░ Datafile: 25 %"),
        (12, "Datafile: 2"),
        (0, "█" * 4 + "░" * 12 + " Datafile: 50 of about 200 (25 %), 10/s, 0 min 05 s left"),
    ],
)
def test_a_narrow_terminal_is_told_less(window: Window, columns: int, row: str) -> None:
    window.resize(columns, 24)
    show_on(window.stream)([line(50)])
    assert window.written().rpartition("\x1b[K")[2] == f"{row}\n"


def test_a_low_terminal_has_as_many_lines_as_can_be_written_over(window: Window) -> None:
    window.resize(80, 3)
    show_on(window.stream)(LARGE)
    assert window.written().count("\n") == 2


def test_a_terminal_without_blocks_has_other_signs(window: Window) -> None:
    window.resize(120, 24)
    with open(window.stream.fileno(), "w", encoding="latin-1", closefd=False) as stream:
        show_on(stream)([line(50)])
    assert "######" + "." * 18 in window.written()


def test_a_dumb_terminal_has_plain_lines(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    show_on(window.stream)([line(50)])
    assert window.written() == f"{told(line(50))}\n"


def test_a_stream_that_is_full_ends_nothing() -> None:
    show_on(Full())([line(50)])


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
