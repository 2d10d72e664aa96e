"""The standard streams of the process, and its signal from the terminal."""

import io
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

_STANDARD = (0, 1, 2)


class OutputFailed(OSError):
    """Standard output was closed, or what it goes to is full."""


def run(command: Callable[[], object]) -> None:
    """Run what is the whole process: its standard streams are usable, Ctrl-C ends it."""
    open_standard_streams()
    signal.signal(signal.SIGINT, _interrupted)
    command()


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def open_standard_streams() -> None:
    """Standard streams that were closed lead nowhere: the next file would get their numbers."""
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            lead_nowhere(number)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Output(1, "w", closefd=False)),
        encoding=encoding,
        line_buffering=os.isatty(1),
    )


def lead_nowhere(number: int) -> None:
    """Have a file descriptor read nothing, and throw away what is written to it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)


class _Output(io.FileIO):
    """Standard output, whose errors cannot be taken for those of other files."""

    def write(self, content: Any) -> Any:
        """As a file."""
        try:
            return super().write(content)
        except OSError as error:
            raise OutputFailed(error.errno, error.strerror) from None
