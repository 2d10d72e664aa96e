"""Shows the progress of a re-index: bars on a terminal, now and then a line elsewhere."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TextIO

from search_service.reindex.progress import Line, forms_of, told
from search_service.reindex.run import Report, Show
from search_service.reindex.state import Reject

_LINE_SECONDS = 30.0
_BARS = (24, 16, 8)
_WITHOUT_A_BAR = 2  # of the forms of a line, so many are worth less than a bar
_USUAL = os.terminal_size((80, 24))  # of a terminal that does not say
_ENDLESS = os.terminal_size((1_000, 1_000))
# Where blocks may be two columns wide.
_WIDE = ("ja", "ko", "zh")


def show_on(stream: TextIO, clock: Callable[[], float] = time.monotonic) -> Show:
    """How progress is shown on this stream. One that cannot be written to any more ends nothing."""
    if stream.isatty() and os.environ.get("TERM") != "dumb":
        return _patient(_Bars(stream).show)
    return _patient(_Lines(stream, clock).show)


def _patient(show: Show) -> Show:
    def shown(lines: Sequence[Line]) -> None:
        with suppress(OSError):
            show(lines)

    return shown


class _Bars:
    """A line for each entity, written over and over."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = 0
        self._signs = _signs(stream)

    def show(self, lines: Sequence[Line]) -> None:
        columns, rows = _size(self._stream)
        if len(lines) >= rows:  # those above the first row could not be written over
            lines = sorted(lines, key=lambda line: line.done)[: max(1, rows - 1)]
        up = f"\x1b[{self._shown}A" if self._shown else ""
        # In the last column some terminals begin a new line.
        written = (_fitted(line, columns - 1, self._signs) for line in lines)
        self._stream.write(up + "".join(f"\r\x1b[K{one}\n" for one in written))
        self._stream.flush()
        self._shown = len(lines)


def _size(stream: TextIO) -> os.terminal_size:
    """Asked each time: the window may have another size by now."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return _ENDLESS  # no terminal at all, whatever it says
    return os.terminal_size((columns or _USUAL.columns, rows or _USUAL.lines))


def _signs(stream: TextIO) -> tuple[str, str]:
    """Of a bar, what is full and what is not: each one column wide."""
    language = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG", "")
    try:
        "█░".encode(stream.encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return "#", "."
    return ("#", ".") if language.startswith(_WIDE) else ("█", "░")


def _fitted(line: Line, width: int, signs: tuple[str, str]) -> str:
    """The longest form that the terminal has room for."""
    forms = forms_of(line)
    for at, text in enumerate(forms):
        for length in _BARS:
            if length + 1 + len(text) <= width:
                return f"{_bar(line, length, signs)} {text}"
        if at >= _WITHOUT_A_BAR and len(text) <= width:
            return text
    return forms[-1][: max(0, width)]


class _Lines:
    """A line for each entity that is at work, now and then, and when it is done."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._next = 0.0
        self._done: set[str] = set()

    def show(self, lines: Sequence[Line]) -> None:
        is_time = self._clock() >= self._next
        if is_time:
            self._next = self._clock() + _LINE_SECONDS
        for line in lines:
            if line.entity in self._done or not (line.done or (is_time and line.documents)):
                continue
            self._stream.write(told(line) + "\n")
            if line.done:
                self._done.add(line.entity)
        self._stream.flush()


def _bar(line: Line, length: int, signs: tuple[str, str]) -> str:
    full = length if line.done else length * line.documents // max(1, line.expected)
    full = min(full, length)
    return signs[0] * full + signs[1] * (length - full)


def summary(report: Report, *, is_searched: bool = True) -> str:
    """The report at the end; without ``is_searched`` the generation waits for a start."""
    rate = report.built / report.seconds if report.seconds else 0.0
    lines = [f"{entity}: {number:,} documents" for entity, number in report.documents.items()]
    total = sum(report.documents.values())
    if total != report.built:
        lines.append(f"{total - report.built:,} of them were built by a run before")
    lines += [
        f"{report.built:,} documents in {report.seconds:,.1f} s, {rate:,.0f}/s, "
        f"{report.size / 1e6:,.1f} MB",
    ]
    if is_searched:
        lines.append(f"{report.caught_up:,} operations came meanwhile and are in it")
    if report.rejected:
        lines.append(f"{report.rejected:,} rows could not be indexed: {report.rejects}")
    if is_searched:
        lines.append(f"generation {report.generation} is searched now; the one before it is kept")
    return "\n".join(lines)


def summary_of_filling(documents: Mapping[str, int], rejects: Sequence[Reject]) -> str:
    """The report after filling a service elsewhere; there are few rejects, so all are told."""
    lines = [f"{entity}: {number:,} documents" for entity, number in documents.items()]
    lines += [f"left out: {one.entity} {one.id}: {one.reason}" for one in rejects]
    return "\n".join(lines)
