"""Shows the progress of a re-index: bars on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from search_service.reindex.progress import Line, told
from search_service.reindex.run import Report, Show
from search_service.reindex.state import Reject

_LINE_SECONDS = 30.0
_BAR = 24


def show_on(stream: TextIO, clock: Callable[[], float] = time.monotonic) -> Show:
    """How progress is shown on this stream."""
    return _Bars(stream).show if stream.isatty() else _Lines(stream, clock).show


class _Bars:
    """A line for each entity, written over and over."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = 0

    def show(self, lines: Sequence[Line]) -> None:
        up = f"\x1b[{self._shown}A" if self._shown else ""
        self._stream.write(up + "".join(f"\r\x1b[K{_bar(line)} {told(line)}\n" for line in lines))
        self._stream.flush()
        self._shown = len(lines)


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


def _bar(line: Line) -> str:
    full = _BAR if line.done else _BAR * line.documents // max(1, line.expected)
    return "█" * full + "░" * (_BAR - full)


def summary(report: Report) -> str:
    """The report at the end."""
    rate = report.built / report.seconds if report.seconds else 0.0
    lines = [f"{entity}: {number:,} documents" for entity, number in report.documents.items()]
    total = sum(report.documents.values())
    if total != report.built:
        lines.append(f"{total - report.built:,} of them were built by a run before")
    lines += [
        f"{report.built:,} documents in {report.seconds:,.1f} s, {rate:,.0f}/s, "
        f"{report.size / 1e6:,.1f} MB",
        f"{report.caught_up:,} operations came meanwhile and are in it",
    ]
    if report.rejected:
        lines.append(f"{report.rejected:,} rows could not be indexed: {report.rejects}")
    lines.append(f"generation {report.generation} is searched now; the one before it is kept")
    return "\n".join(lines)


def summary_of_filling(documents: Mapping[str, int], rejects: Sequence[Reject]) -> str:
    """The report after filling a service elsewhere; there are few rejects, so all are told."""
    lines = [f"{entity}: {number:,} documents" for entity, number in documents.items()]
    lines += [f"left out: {one.entity} {one.id}: {one.reason}" for one in rejects]
    return "\n".join(lines)
